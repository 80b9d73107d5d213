"""Whose phone a new channel is, without a note of its own: from real calls, and where channels only look like legs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from cti.asterisk.events import AnySwitchEvent, ChannelBegan, ChannelHungUp, LegStarted, StepEnded, StepStarted
from cti.asterisk.journal import read_journal
from cti.calls import legs
from cti.calls.legs import DeskLegs
from routing.model import Target, TargetType
from tests.unit.test_call_captures import followed, live_facts, told
from tests.unit.test_journal import CAPTURES, RECORDS, second

DESK = Target(TargetType.DESK, "101", "101")
OTHER = Target(TargetType.DESK, "102", "102")
MOBILE = Target(TargetType.MOBILE, "101", "0900000101")


def unnoted(facts: Iterable[AnySwitchEvent]) -> list[AnySwitchEvent]:
    """The captured facts as they are told now: no desk sends a note of its leg."""
    finder = DeskLegs()
    quick = [fact for fact in facts if not (isinstance(fact, LegStarted) and fact.target.type is TargetType.DESK)]
    return [fact for fact in map(finder.follow, quick) if fact is not None]


def step(index: int, *targets: Target, channel: str = "1.1") -> StepStarted:
    return StepStarted(
        at=second("11:00"), linkedid="1.1", channel=channel, index=index, kind="desk", seconds=15, targets=targets
    )


def began(name: str, **other: Any) -> ChannelBegan:
    fact = ChannelBegan(at=second("11:01"), linkedid="1.1", channel="1.2", channel_name=name)
    return replace(fact, **other)


@pytest.mark.parametrize("name", RECORDS)
def test_a_real_call_gives_the_same_record_from_stream_and_journal_without_the_desks_notes(name: str) -> None:
    live, journal = live_facts(name), read_journal(CAPTURES / f"{name}.cel.csv", 0, 0).events
    noted = followed(journal)

    watched, read = followed(unnoted(live)), followed(unnoted(journal))

    assert told(watched) == told(read) == told(noted)
    assert [leg.channel for leg in watched.legs] == [leg.channel for leg in read.legs]
    assert [leg.channel for leg in read.legs] == [leg.channel for leg in noted.legs]
    for one, other in zip(read.legs, noted.legs, strict=True):
        assert (one.seconds, one.endpoint, one.answered) == (other.seconds, other.endpoint, other.answered)
        assert one.started is None or abs(other.started - one.started) < timedelta(seconds=0.05)  # type: ignore[operator]


def test_a_desk_that_the_step_names_is_a_leg_of_that_step() -> None:
    finder = DeskLegs()
    finder.follow(step(2, DESK, OTHER))

    leg = finder.follow(began("PJSIP/102-0000001a"))

    assert leg == LegStarted(
        at=second("11:01"),
        linkedid="1.1",
        channel="1.2",
        index=2,
        kind="desk",
        seconds=15,
        target=OTHER,
        channel_name="PJSIP/102-0000001a",
        dialler="1.1",
    )


@pytest.mark.parametrize(
    "name",
    ["PJSIP/103-0000001a", "PJSIP/carrier-0000001a", "PJSIP/1010-0000001a", "PJSIP/0900000101-0000001a", "PJSIP/"],
)
def test_a_channel_that_no_step_names_is_nobodys_leg(name: str) -> None:
    finder = DeskLegs()
    finder.follow(step(1, DESK, MOBILE))

    assert finder.follow(began(name)) is None


def test_a_name_with_a_dash_is_read_whole() -> None:
    finder = DeskLegs()
    front = Target(TargetType.DESK, "108", "front-desk")
    finder.follow(step(1, front))

    leg = finder.follow(began("PJSIP/front-desk-0000001a"))

    assert isinstance(leg, LegStarted)
    assert leg.target == front


def test_what_somebody_else_dials_after_the_step_is_not_ours() -> None:
    finder = DeskLegs()
    finder.follow(step(1, DESK))
    over = StepEnded(at=second("11:02"), linkedid="1.1", channel="1.1", index=1, status="NOANSWER", cause=19)

    assert finder.follow(over) is over
    assert finder.follow(began("PJSIP/101-0000001a")) is None


def test_two_hand_overs_of_one_call_each_have_their_step() -> None:
    finder = DeskLegs()
    finder.follow(step(1, DESK, channel="1.5"))
    finder.follow(step(3, OTHER, channel="1.7"))

    first, last = finder.follow(began("PJSIP/101-0000001a")), finder.follow(began("PJSIP/102-0000001b", channel="1.9"))
    finder.follow(ChannelHungUp(at=second("11:02"), linkedid="1.1", channel="1.7", cause=16))

    assert [leg.index for leg in (first, last) if isinstance(leg, LegStarted)] == [1, 3]
    assert finder.follow(began("PJSIP/102-0000001c", channel="1.11")) is None
    assert isinstance(finder.follow(began("PJSIP/101-0000001d", channel="1.13")), LegStarted)


def test_another_call_is_another() -> None:
    finder = DeskLegs()
    finder.follow(step(1, DESK))

    assert finder.follow(began("PJSIP/101-0000001a", linkedid="9.9")) is None


def test_calls_whose_end_was_never_told_are_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legs, "MOST_CALLS", 2)
    finder = DeskLegs()
    for call in ("1.1", "2.1", "3.1"):
        finder.follow(replace(step(1, DESK), linkedid=call))

    assert finder.follow(began("PJSIP/101-0000001a")) is None
    assert isinstance(finder.follow(began("PJSIP/101-0000001b", linkedid="3.1")), LegStarted)
