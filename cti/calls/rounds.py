"""A call that is handed to us several times, by a queue that tries again: the steps of each time counted apart. Pure.

Must not know what a fact changes in a call beyond that.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from cti.asterisk.events import (
    AnySwitchEvent,
    CallArrived,
    CallTransferred,
    LegStarted,
    StepEnded,
    StepStarted,
    TargetPassed,
    TransferReturned,
)
from cti.calls import lanes
from cti.calls.model import ROUND, Call, in_plan

SAME_ARRIVAL = timedelta(seconds=1.5)
"""One `arrived` is told by stream and journal, some milliseconds apart; nobody hands a call over twice within this."""


def in_round(event: AnySwitchEvent, call: Call) -> AnySwitchEvent:
    """The fact with its step counted on from the earlier hand-overs of the same call."""
    counted = StepStarted | TargetPassed | LegStarted | StepEnded | CallTransferred | TransferReturned
    if not isinstance(event, counted) or not (call.again or lanes.are_several(call)):
        return event
    lane = lanes.dialling(event, call) if lanes.are_several(call) else None
    if lane is not None:
        return replace(event, index=event.index + lane.base)
    return replace(event, index=event.index + ROUND * sum(at <= event.at for at in call.again))


def handed_over_again(event: CallArrived, call: Call) -> Call:
    """The call after another `arrived`: the same once more, or a queue's next try, whose steps follow the others.

    The daemon's own `arrived`, made when it is asked, names no channel; it says nothing that a note does not.
    """
    known = (call.started, *call.again)
    if lanes.ring_beside(call, event.channel, event.at):
        return lanes.beside(call, event.channel, event.at)
    if lanes.are_several(call):
        return call
    if not event.channel_name or any(at is None or event.at < at + SAME_ARRIVAL for at in known):
        return call
    again = (*call.again, event.at)
    legs = tuple(
        replace(leg, index=in_plan(leg.index) + ROUND * sum(at <= leg.started for at in again)) if leg.started else leg
        for leg in call.legs
    )
    return replace(
        call,
        again=again,
        legs=legs,
        caller_channel=event.channel,
        local=event.channel_name.startswith("Local/"),
        steps_over=max(call.steps_over, call.step),
        lanes=lanes.first(call, event.channel, event.at),
    )
