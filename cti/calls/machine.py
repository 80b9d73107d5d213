"""One call and its legs, moved by facts: `apply` is the whole state machine. Pure: no clock, no I/O.

Facts may come twice, late, or again from the journal after they were seen live. So every fact only fills gaps, and
everything that follows from several facts (`cti.calls.settling`) is worked out anew after each one from the evidence
the call holds, whatever order it came in. Must not know who listens or how calls are stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import singledispatch

from msgspec.structs import replace

from cti.asterisk.events import (
    AnySwitchEvent,
    CallArrived,
    CallbackAsked,
    CallEnded,
    CallPlaced,
    CallTransferred,
    ChannelHungUp,
    Connected,
    IdentityRefused,
    LegAccepted,
    LegRefused,
    LegRinging,
    LegStarted,
    LegUp,
    PartyHandedOn,
    PlanChosen,
    StepEnded,
    StepStarted,
    SwitchEvent,
    TargetPassed,
    TransferReturned,
)
from cti.calls import lanes
from cti.calls.model import INBOUND, Call, Lane, Leg, LegReason, in_plan
from cti.calls.reasons import IDENTITY, is_mobile
from cti.calls.rounds import handed_over_again, in_round
from cti.calls.segments import part_of
from cti.calls.settling import changed_on, settled
from cti.calls.transfers import let_go, returned, transferred
from routing.model import Target, TargetType

TRUNK = "carrier"
LONGEST_TEXT = 200
"""Of what a stranger may have typed; as long as the record's columns."""


def apply(call: Call | None, event: AnySwitchEvent) -> Call | None:
    """The call after `event`. The same object when the fact was known already or says nothing of this call.

    None stays None for a fact that only means something within a call that is known. A note without its `arrived`
    (it was missed) opens the call all the same.
    """
    if call is None:
        if not isinstance(event, CallArrived | CallPlaced | PlanChosen | StepStarted | TargetPassed | LegStarted):
            return None
        call = Call(linkedid=event.linkedid)
    elif call.linkedid != event.linkedid:
        return call
    after = settled(_learn(in_round(event, call), call))
    return call if after == call else after


def close(call: Call, at: datetime) -> Call:
    """End a call of which nothing more will be heard, as of `at`; one that has ended stays as it is."""
    return call if call.ended is not None else settled(replace(call, ended=at))


def last_known(call: Call) -> datetime | None:
    """The latest instant anything was known to happen in the call; None when nothing bears a time."""
    instants: list[datetime | None] = [call.started, call.answered, call.ended]
    for leg in call.legs:
        instants += [leg.started, leg.ringing, leg.picked_up, leg.connected, leg.answered, leg.ended]
    return max((instant for instant in instants if instant is not None), default=None)


@singledispatch
def _learn(event: SwitchEvent, call: Call) -> Call:
    """The call with the bare fact written down; what follows from it is `settled`'s."""
    return call


@_learn.register
def _(event: CallArrived, call: Call) -> Call:
    if event.channel_name and call.caller_channel in {None, event.channel}:
        call = replace(call, local=event.channel_name.startswith("Local/"))
    if call.dialled:
        return handed_over_again(event, call)
    return replace(
        call,
        started=event.at,
        caller_channel=call.caller_channel or event.channel,
        caller_raw=call.caller_raw or event.caller_raw[:LONGEST_TEXT],
        caller_name=call.caller_name or event.caller_name[:LONGEST_TEXT],
        dialled=event.dialled[:60],
        lanes=call.lanes or lanes.first(call, event.channel, event.at),
    )


@_learn.register
def _(event: CallPlaced, call: Call) -> Call:
    if call.dialled:
        return call
    return replace(
        call,
        started=event.at,
        caller_channel=call.caller_channel or event.channel,
        caller_raw=call.caller_raw or event.caller_raw[:LONGEST_TEXT],
        caller_name=call.caller_name or event.caller_name[:LONGEST_TEXT],
        dialled=event.dialled[:60],
        direction=event.direction,
        made_by=event.agent or None,
        shown=event.shown[:40],
    )


@_learn.register
def _(event: PlanChosen, call: Call) -> Call:
    return replace(
        _seen_on_caller(event, call),
        plan_source=call.plan_source or event.source,
        plan_id=call.plan_id or event.plan_id,
    )


@_learn.register
def _(event: StepStarted, call: Call) -> Call:
    call = _seen_on_caller(event, call)
    if lanes.are_several(call):
        base = event.index - in_plan(event.index)
        step = Lane(channel=event.channel, base=base, step=event.index, kind=event.kind, targets=event.targets)
        return lanes.stepped(call, step)
    if event.index < call.step and (event.index <= call.steps_over or any(leg.index >= call.step for leg in call.legs)):
        return call
    return replace(call, step=event.index, kind=event.kind, targets=event.targets)


@_learn.register
def _(event: TargetPassed, call: Call) -> Call:
    call = _seen_on_caller(event, call)
    endpoint = endpoint_of(event.target)
    same = (event.index, event.target.agent, endpoint)
    if any(leg.channel is None and (leg.index, leg.agent, leg.endpoint) == same for leg in call.legs):
        return call
    leg = Leg(
        index=event.index,
        kind=event.kind,
        agent=event.target.agent or None,
        endpoint=endpoint,
        seconds=0,
        started=event.at,
        ended=event.at,
        reason=LegReason(event.reason),
    )
    return _with_leg(call, leg)


@_learn.register
def _(event: LegStarted, call: Call) -> Call:
    # A Local channel only stands between the caller and a phone; the phone has a channel and a note of its own.
    if event.channel_name.startswith("Local/") or any(leg.channel == event.channel for leg in call.legs):
        return call
    leg = Leg(
        index=event.index,
        kind=event.kind,
        agent=event.target.agent or None,
        endpoint=_dialled_endpoint(event),
        seconds=event.seconds,
        channel=event.channel,
        started=event.at,
    )
    return _with_leg(call, leg)


@_learn.register
def _(event: LegRinging, call: Call) -> Call:
    return _on_leg(call, event, lambda leg: replace(leg, ringing=leg.ringing or event.at))


@_learn.register
def _(event: LegUp, call: Call) -> Call:
    return _on_leg(call, event, lambda leg: replace(leg, picked_up=leg.picked_up or event.at))


@_learn.register
def _(event: LegAccepted, call: Call) -> Call:
    accepted = _on_leg(call, event, lambda leg: replace(leg, picked_up=leg.picked_up or event.at))
    return _answered_by(accepted, event)


@_learn.register
def _(event: LegRefused, call: Call) -> Call:
    # Dial hears of the caller's hang-up only when the prompt is over: a prompt without a caller was not refused.
    if call.ended is not None and call.ended <= event.at:
        return call
    return _on_leg(call, event, lambda leg: leg if leg.answered is not None else replace(leg, refused=True))


@_learn.register
def _(event: IdentityRefused, call: Call) -> Call:
    # To Asterisk a 403 is "declined", which nobody did: the note knows better, whichever of the two came first.
    return _on_leg(call, event, lambda leg: replace(leg, cause=IDENTITY, ended=leg.ended or event.at))


@_learn.register
def _(event: Connected, call: Call) -> Call:
    # Nobody is bridged before the accept prompt is passed: a bridge proves an answer even when the note was missed.
    connected = _on_leg(
        call, event, lambda leg: replace(leg, picked_up=leg.picked_up or event.at, connected=leg.connected or event.at)
    )
    if event.channel == call.linkedid and call.direction == "inbound":
        connected = replace(connected, bridged=connected.bridged or event.at)
    return _answered_by(connected, event)


@_learn.register
def _(event: CallbackAsked, call: Call) -> Call:
    return replace(_seen_on_caller(event, call), callback_asked=call.callback_asked or event.at)


@_learn.register
def _(event: StepEnded, call: Call) -> Call:
    call = _seen_on_caller(event, call)
    # CANCEL is the caller's own hang-up; every other status, and a caller who is still there, means the step ran out.
    over = event.index if event.status != "CANCEL" else event.index - 1
    if lanes.are_several(call):
        return lanes.ran_out(call, event.index, over)
    return replace(call, steps_over=max(call.steps_over, over))


@_learn.register
def _(event: ChannelHungUp, call: Call) -> Call:
    if _was_the_callers(event.channel, call):
        call = replace(call, ended=call.ended or event.at)
        return _leg_gone(event, call) if call.transfers or call.direction != INBOUND else call
    if any(lane.channel == event.channel for lane in call.lanes):
        call = lanes.left(call, event.channel, event.at)
    if event.channel == call.caller_channel and call.ended is None:
        # What stood between us and the caller has gone; the caller may be in a queue still, which will try again.
        return replace(call, steps_over=max(call.steps_over, call.step))
    return _leg_gone(event, call)


@_learn.register
def _(event: CallTransferred, call: Call) -> Call:
    return transferred(event, call)


@_learn.register
def _(event: PartyHandedOn, call: Call) -> Call:
    return let_go(event, call)


@_learn.register
def _(event: TransferReturned, call: Call) -> Call:
    return returned(event, call)


@_learn.register
def _(event: CallEnded, call: Call) -> Call:
    return replace(call, ended=call.ended or event.at)


def _was_the_callers(channel: str, call: Call) -> bool:
    """Whether the call is over without this channel: the caller's, or after a transfer that of who was handed on."""
    if call.direction != INBOUND or (call.transfers and not call.local):
        return channel == call.caller_channel
    return channel == call.linkedid or (channel == call.caller_channel and not call.local)


def _leg_gone(event: ChannelHungUp, call: Call) -> Call:
    return _on_leg(
        call, event, lambda leg: leg if leg.cause is not None else replace(leg, cause=event.cause, ended=event.at)
    )


def endpoint_of(target: Target) -> str:
    """Technology and resource: `PJSIP/101` for a desk, `PJSIP/0900000101@carrier` for a mobile."""
    suffix = f"@{TRUNK}" if target.type is TargetType.MOBILE else ""
    return f"PJSIP/{target.resource}{suffix}"


def _dialled_endpoint(event: LegStarted) -> str:
    """As `endpoint_of`, with the trunk over which this mobile is really called: `PJSIP/backup-0000001a` tells it."""
    endpoint = endpoint_of(event.target)
    carrier = event.channel_name.removeprefix("PJSIP/").rpartition("-")[0]
    if event.target.type is not TargetType.MOBILE or not carrier:
        return endpoint
    return f"{endpoint.partition('@')[0]}@{carrier}"


def _seen_on_caller(event: SwitchEvent, call: Call) -> Call:
    return replace(call, started=call.started or event.at, caller_channel=call.caller_channel or event.channel)


def _with_leg(call: Call, leg: Leg) -> Call:
    """Legs stand in the plan's order, then as they began. A later step's leg proves that the earlier ones ran out."""
    legs = sorted((*call.legs, leg), key=lambda one: (one.index, one.started is None, one.started, one.endpoint))
    call = replace(call, started=call.started or leg.started, legs=tuple(legs))
    if lanes.are_several(call):
        return lanes.ran_out(call, leg.index, leg.index - 1)
    return replace(call, steps_over=max(call.steps_over, leg.index - 1))


def _on_leg(call: Call, event: SwitchEvent, change: Callable[[Leg], Leg]) -> Call:
    return replace(call, legs=changed_on(call.legs, event.channel, change))


def _answered_by(call: Call, event: SwitchEvent) -> Call:
    """This leg has the call, unless another has. Two phones may go up at once: the one that is bridged has it."""
    mine = next((leg for leg in call.legs if leg.channel == event.channel), None)
    if mine is None:
        return call
    rivals = [leg for leg in call.legs if part_of(leg, call) == part_of(mine, call)]
    holder = next((leg for leg in rivals if leg.answered is not None), None)
    if mine is holder:
        return call
    if holder is not None and (holder.connected is not None or mine.connected is None):
        return call
    answered = event.at if is_mobile(mine) else mine.picked_up
    return replace(
        call,
        legs=tuple(
            replace(leg, answered=answered, refused=False)
            if leg is mine
            else replace(leg, answered=None)
            if leg in rivals
            else leg
            for leg in call.legs
        ),
    )
