"""A queue that rings two people's chains at once: two lanes of one call, whoever takes it, and told twice or once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cti.asterisk.events import (
    AnySwitchEvent,
    CallArrived,
    ChannelHungUp,
    Connected,
    LegRinging,
    LegStarted,
    LegUp,
    StepEnded,
    StepStarted,
)
from cti.calls.machine import apply
from cti.calls.model import ROUND, Call, CallState
from cti.desktop.pops import PopContext, caller_of, views
from routing.model import Target, TargetType, Why, WhyCode

LINKEDID = "17.1"
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LANES = {"101": "17.2", "103": "17.5"}
"""Whose chain each Local channel rings."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def arrived(code: str, seconds: float) -> CallArrived:
    return CallArrived(
        at=at(seconds),
        linkedid=LINKEDID,
        channel=LANES[code],
        channel_name=f"Local/0255501{code}@site-0001;2",
        caller_raw="0922000701",
        caller_name="",
        dialled=f"0255501{code}",
    )


def rung(code: str, seconds: float, index: int, kind: str, leg: str) -> list[AnySwitchEvent]:
    """A step of this person's chain. A mobile's leg does not say who dials it."""
    mobile = kind == "mobile"
    target = Target(TargetType.MOBILE if mobile else TargetType.DESK, code, f"0900000{code}" if mobile else code)
    step: dict[str, Any] = {"index": index, "kind": kind, "seconds": 20}
    on_lane: dict[str, Any] = {"linkedid": LINKEDID, "channel": LANES[code]}
    on_leg: dict[str, Any] = {"linkedid": LINKEDID, "channel": leg}
    dialler = "" if mobile else LANES[code]
    return [
        StepStarted(at=at(seconds), **on_lane, **step, targets=(target,)),
        LegStarted(at=at(seconds + 0.1), **on_leg, **step, target=target, channel_name=f"PJSIP/{leg}", dialler=dialler),
        LegRinging(at=at(seconds + 0.2), **on_leg),
    ]


BOTH_DESKS: list[AnySwitchEvent] = [
    arrived("101", 0),
    arrived("103", 0.01),
    *rung("101", 0.1, 1, "desk", "17.3"),
    *rung("103", 0.11, 1, "desk", "17.6"),
]
TO_THE_MOBILE: list[AnySwitchEvent] = [
    ChannelHungUp(at=at(2), linkedid=LINKEDID, channel="17.3", cause=17),
    StepEnded(at=at(2), linkedid=LINKEDID, channel=LANES["101"], index=1, status="BUSY", cause=17),
    *rung("101", 2.1, 2, "mobile", "17.8"),
]
OTHER_ANSWERS: list[AnySwitchEvent] = [
    LegUp(at=at(4), linkedid=LINKEDID, channel="17.6"),
    Connected(at=at(4.1), linkedid=LINKEDID, channel="17.6", bridge="b"),
    ChannelHungUp(at=at(4.2), linkedid=LINKEDID, channel="17.8", cause=16),
    ChannelHungUp(at=at(4.2), linkedid=LINKEDID, channel=LANES["101"], cause=16),
]
CALLER_GOES: list[AnySwitchEvent] = [
    ChannelHungUp(at=at(9), linkedid=LINKEDID, channel=LINKEDID, cause=16),
    ChannelHungUp(at=at(9.05), linkedid=LINKEDID, channel="17.6", cause=16),
    ChannelHungUp(at=at(9.05), linkedid=LINKEDID, channel="17.8", cause=16),
    ChannelHungUp(at=at(9.05), linkedid=LINKEDID, channel=LANES["101"], cause=16),
    ChannelHungUp(at=at(9.05), linkedid=LINKEDID, channel=LANES["103"], cause=16),
]


def told(*events: AnySwitchEvent) -> Call:
    call = None
    for event in events:
        call = apply(call, event)
    assert call is not None
    return call


def reasons(call: Call) -> dict[str | None, str]:
    return {leg.channel: leg.reason.value if leg.reason else "" for leg in call.legs}


def on_screens(call: Call) -> dict[str, tuple[int, str, str]]:
    """Whose pop says what: step, kind and why."""
    whys = {
        LANES["101"]: (Why(WhyCode.DIRECT_DESK), Why(WhyCode.DIRECT_MOBILE)),
        LANES["103"]: (Why(WhyCode.OWNER_DESK),),
    }
    context = PopContext(caller_of("0922000701", "", None), whys=whys[LANES["103"]], chains=whys)
    return {agent: (pop.leg.index, pop.leg.kind, pop.why) for agent, pop in views(call, context, {}).items()}


def test_both_ring_and_each_pop_follows_its_own_chain() -> None:
    call = told(*BOTH_DESKS)
    assert on_screens(call) == {"101": (1, "desk", "direct_desk"), "103": (ROUND + 1, "desk", "owner_desk")}

    call = told(*BOTH_DESKS, *TO_THE_MOBILE)
    assert on_screens(call) == {"101": (2, "mobile", "direct_mobile"), "103": (ROUND + 1, "desk", "owner_desk")}
    assert reasons(call) == {"17.3": "busy", "17.8": "", "17.6": ""}
    assert {target.agent for target in call.targets} == {"101", "103"}


def test_whoever_answers_has_it_and_the_others_were_answered_elsewhere() -> None:
    call = told(*BOTH_DESKS, *TO_THE_MOBILE, *OTHER_ANSWERS)

    assert (call.state, call.answered_by, call.targets) == (CallState.TALKING, "103", ())
    assert reasons(call) == {"17.3": "busy", "17.8": "answered_elsewhere", "17.6": "answered"}
    assert list(on_screens(call)) == ["103"]


def test_who_waited_in_vain_in_both() -> None:
    call = told(*BOTH_DESKS, *TO_THE_MOBILE, *CALLER_GOES)

    assert call.state is CallState.ENDED
    assert reasons(call) == {"17.3": "busy", "17.8": "caller_hung_up", "17.6": "caller_hung_up"}


@pytest.mark.parametrize("end", [OTHER_ANSWERS, CALLER_GOES], ids=["answered", "given up"])
def test_told_again_by_the_journal_it_is_the_same_call(end: list[AnySwitchEvent]) -> None:
    facts = [*BOTH_DESKS, *TO_THE_MOBILE, *end]
    call: Call | None = told(*facts)
    for fact in facts:
        assert apply(call, fact) is call


def test_a_chain_that_has_run_out_does_not_keep_its_pop_while_the_other_rings() -> None:
    call = told(*BOTH_DESKS, *TO_THE_MOBILE, ChannelHungUp(at=at(6), linkedid=LINKEDID, channel="17.8", cause=19))
    call = told_on(call, ChannelHungUp(at=at(6.1), linkedid=LINKEDID, channel=LANES["101"], cause=19))

    assert list(on_screens(call)) == ["103"]
    assert reasons(call)["17.8"] == "no_answer"
    assert call.state is CallState.RINGING


def told_on(call: Call, *events: AnySwitchEvent) -> Call:
    for event in events:
        call = apply(call, event) or call
    return call
