"""Desk and mobile of one person in one step: who has the call, and why the other leg ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cti.asterisk.events import (
    AnySwitchEvent,
    CallArrived,
    ChannelHungUp,
    Connected,
    LegAccepted,
    LegRefused,
    LegRinging,
    LegStarted,
    LegUp,
    StepStarted,
)
from cti.calls.machine import apply
from cti.calls.model import Call
from routing.model import Target, TargetType

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DESK = Target(TargetType.DESK, "101", "101")
MOBILE = Target(TargetType.MOBILE, "101", "0900000101")
ON = {"linkedid": "9.1"}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def leg(target: Target, channel: str) -> LegStarted:
    return LegStarted(
        at=at(0),
        **ON,
        channel=channel,
        index=1,
        kind="desk",
        seconds=12,
        target=target,
        channel_name=f"PJSIP/{channel}",
    )


RINGS: list[AnySwitchEvent] = [
    CallArrived(
        at=at(0), **ON, channel="9.1", channel_name="PJSIP/c-1", caller_raw="0922", caller_name="", dialled="0255501101"
    ),
    StepStarted(at=at(0), **ON, channel="9.1", index=1, kind="desk", seconds=12, targets=(DESK, MOBILE)),
    leg(DESK, "desk"),
    leg(MOBILE, "mobile"),
    LegRinging(at=at(0.1), **ON, channel="desk"),
    LegRinging(at=at(0.1), **ON, channel="mobile"),
]


def reasons(*facts: AnySwitchEvent) -> list[str]:
    """Reasons of desk and mobile, and who answered."""
    call: Call | None = None
    for fact in (*RINGS, *facts):
        call = apply(call, fact)
    assert call is not None
    told = {leg.channel: str(leg.reason) if leg.reason else "" for leg in call.legs}
    return [told["desk"], told["mobile"]]


def up(channel: str, seconds: float) -> LegUp:
    return LegUp(at=at(seconds), **ON, channel=channel)


def gone(channel: str, seconds: float, cause: int = 16) -> ChannelHungUp:
    return ChannelHungUp(at=at(seconds), **ON, channel=channel, cause=cause)


def joined(channel: str, seconds: float) -> Connected:
    return Connected(at=at(seconds), **ON, channel=channel, bridge="b")


def test_a_prompt_that_the_desks_answer_ends_was_answered_elsewhere() -> None:
    cut = LegRefused(at=at(3.1), **ON, channel="mobile", how="hangup")
    assert reasons(up("mobile", 1), up("desk", 3), cut, gone("mobile", 3.2), joined("desk", 3.1)) == [
        "answered",
        "answered_elsewhere",
    ]


def test_a_prompt_that_ran_out_before_was_not_accepted() -> None:
    silent = LegRefused(at=at(3), **ON, channel="mobile", how="silence")
    assert reasons(up("mobile", 1), silent, gone("mobile", 3.1), up("desk", 6), joined("desk", 6)) == [
        "answered",
        "not_accepted",
    ]


@pytest.mark.parametrize(("declines", "other"), [("desk", "mobile"), ("mobile", "desk")])
def test_who_declines_on_one_phone_declines_on_both(declines: str, other: str) -> None:
    assert reasons(gone(declines, 2, 21), gone(other, 2.1, 0), gone("9.1", 9)) == ["declined", "declined"]


def test_what_stopped_long_after_was_not_declined() -> None:
    first, second = reasons(gone("mobile", 2, 21), gone("desk", 12.1, 0), gone("9.1", 20))
    assert (first, second) == ("no_answer", "declined")


def test_of_two_answers_the_one_that_is_kept_has_the_call() -> None:
    """The mobile is bridged to its Local channel for a moment; Dial has taken the desk."""
    accepted = LegAccepted(at=at(4), **ON, channel="mobile")
    facts = [up("mobile", 1), accepted, joined("mobile", 4.01), up("desk", 4.0), joined("desk", 4.02)]
    assert reasons(*facts, gone("mobile", 4.05), gone("desk", 30), gone("9.1", 30.1)) == [
        "answered",
        "answered_elsewhere",
    ]
    assert reasons(*facts, gone("desk", 4.05, 26), gone("mobile", 30), gone("9.1", 30.1)) == [
        "answered_elsewhere",
        "answered",
    ]
