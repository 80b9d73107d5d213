"""A call that comes through a queue: several hand-overs, Local channels between, answers by people we did not ring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cti.asterisk.events import (
    AnySwitchEvent,
    CallArrived,
    ChannelHungUp,
    Connected,
    LegRinging,
    LegStarted,
    StepEnded,
    StepStarted,
)
from cti.calls.machine import apply
from cti.calls.model import ROUND, Call, CallState, LegReason
from cti.promises.model import Outcome
from cti.promises.rules import read
from routing.model import Target, TargetType

LINKEDID = "17.1"
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DESK = Target(TargetType.DESK, "101", "101")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def handed_over(seconds: float, channel: str, leg: str) -> list[AnySwitchEvent]:
    """One try of a queue: a Local channel arrives, the desk rings for three seconds, the Local channel goes."""
    on = {"linkedid": LINKEDID, "channel": channel}
    return [
        CallArrived(
            at=at(seconds),
            **on,
            channel_name="Local/0255501101@site-0001;2",
            caller_raw="0922000701",
            caller_name="",
            dialled="0255501101",
        ),
        StepStarted(at=at(seconds + 0.1), **on, index=1, kind="desk", seconds=3, targets=(DESK,)),
        LegStarted(
            at=at(seconds + 0.2),
            linkedid=LINKEDID,
            channel=leg,
            index=1,
            kind="desk",
            seconds=3,
            target=DESK,
            channel_name=f"PJSIP/101-{leg}",
        ),
        LegRinging(at=at(seconds + 0.3), linkedid=LINKEDID, channel=leg),
        StepEnded(at=at(seconds + 3.2), **on, index=1, status="NOANSWER", cause=0),
        ChannelHungUp(at=at(seconds + 3.2), linkedid=LINKEDID, channel=leg, cause=0),
        ChannelHungUp(at=at(seconds + 3.3), **on, cause=19),
    ]


FIRST, SECOND = handed_over(0, "17.2", "17.3"), handed_over(8, "17.5", "17.6")


def told(events: list[AnySwitchEvent]) -> Call:
    call = None
    for event in events:
        call = apply(call, event)
    assert call is not None
    return call


def test_the_end_of_a_queues_channel_is_not_the_end_of_the_call() -> None:
    call = told(FIRST)

    assert call.state is CallState.RINGING
    assert call.ended is None
    assert not call.targets
    assert [leg.reason for leg in call.legs] == [LegReason.NO_ANSWER]


def test_the_second_try_is_appended_and_rings() -> None:
    call = told([*FIRST, *SECOND[:4]])

    assert [leg.index for leg in call.legs] == [1, ROUND + 1]
    assert call.step == ROUND + 1
    assert call.targets == (DESK,)
    assert call.caller_channel == "17.5"
    assert call.dialled == "0255501101"
    assert call.started == at(0)


def test_what_the_stream_and_the_journal_tell_twice_is_one_hand_over() -> None:
    live = told([*FIRST, *SECOND])
    journal = [
        CallArrived(
            at=event.at + timedelta(microseconds=400),
            linkedid=event.linkedid,
            channel=event.channel,
            channel_name=event.channel_name,
            caller_raw=event.caller_raw,
            caller_name=event.caller_name,
            dialled=event.dialled,
        )
        if isinstance(event, CallArrived)
        else event
        for event in [*FIRST, *SECOND]
    ]
    call: Call | None = live
    for event in journal:
        call = apply(call, event)

    assert call == live


def test_the_daemons_own_arrival_is_no_hand_over_however_late() -> None:
    call = told(FIRST)
    arrived = FIRST[0]
    assert isinstance(arrived, CallArrived)
    stale = CallArrived(
        at=at(6),
        linkedid=LINKEDID,
        channel="17.2",
        channel_name="",
        caller_raw=arrived.caller_raw,
        caller_name="",
        dialled=arrived.dialled,
    )

    assert apply(call, stale) is call


@given(st.permutations(range(len(FIRST) + len(SECOND))))
def test_the_caller_going_ends_it_whatever_came_when(order: list[int]) -> None:
    facts = [*FIRST, *SECOND]
    gone = ChannelHungUp(at=at(20), linkedid=LINKEDID, channel=LINKEDID, cause=16)
    call = told([facts[0], *(facts[place] for place in order), gone])

    assert call.state is CallState.ENDED
    assert call.ended == at(20)
    assert [leg.channel for leg in call.legs if leg.index < ROUND] == ["17.3"]
    assert [leg.channel for leg in call.legs if leg.index > ROUND] == ["17.6"]
    found = read(call, 20.0)
    assert found is not None
    assert found.outcome is Outcome.MISSED


def test_whom_somebody_else_answered_is_not_missed() -> None:
    joined = Connected(at=at(1), linkedid=LINKEDID, channel=LINKEDID, bridge="b")
    gone = ChannelHungUp(at=at(31), linkedid=LINKEDID, channel=LINKEDID, cause=16)
    call = told([*FIRST[:4], joined])
    assert call.state is CallState.TALKING
    assert not call.targets
    call = told([*FIRST[:4], joined, gone])

    assert call.answered == at(1)
    assert call.answered_by is None
    found = read(call, 20.0)
    assert found is not None
    assert found.outcome is Outcome.SPOKE
    short = read(told([*FIRST[:4], joined, gone]), 60.0)
    assert short is not None
    assert short.outcome is Outcome.BRIEF
