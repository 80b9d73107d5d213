"""One call and its legs, moved by facts: `apply` is the whole state machine. Pure: no clock, no I/O.

Facts may come twice, late, or again from the journal after they were seen live. So every fact only fills gaps, and
everything that follows from several facts (state, who answered, why a leg ended) is worked out anew after each one
from the evidence the call holds, whatever order it came in. Must not know who listens or how calls are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
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
from cti.calls.model import INBOUND, ROUND, Call, CallState, Leg, LegReason, in_plan
from cti.calls.reasons import IDENTITY, decide, is_mobile
from cti.calls.segments import part_of, parts
from cti.calls.transfers import let_go, returned, transferred
from routing.model import Target, TargetType

TRUNK = "carrier"
SAME_ARRIVAL = timedelta(seconds=1.5)
"""One `arrived` is told by stream and journal, some milliseconds apart; nobody hands a call over twice within this."""
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
    after = _settled(_learn(_in_round(event, call), call))
    return call if after == call else after


def close(call: Call, at: datetime) -> Call:
    """End a call of which nothing more will be heard, as of `at`; one that has ended stays as it is."""
    return call if call.ended is not None else _settled(replace(call, ended=at))


def last_known(call: Call) -> datetime | None:
    """The latest instant anything was known to happen in the call; None when nothing bears a time."""
    instants: list[datetime | None] = [call.started, call.answered, call.ended]
    for leg in call.legs:
        instants += [leg.started, leg.ringing, leg.picked_up, leg.connected, leg.answered, leg.ended]
    return max((instant for instant in instants if instant is not None), default=None)


@singledispatch
def _learn(event: SwitchEvent, call: Call) -> Call:
    """The call with the bare fact written down; what follows from it is `_settled`'s."""
    return call


@_learn.register
def _(event: CallArrived, call: Call) -> Call:
    if event.channel_name and call.caller_channel in {None, event.channel}:
        call = replace(call, local=event.channel_name.startswith("Local/"))
    if call.dialled:
        return _handed_over_again(event, call)
    return replace(
        call,
        started=event.at,
        caller_channel=call.caller_channel or event.channel,
        caller_raw=call.caller_raw or event.caller_raw[:LONGEST_TEXT],
        caller_name=call.caller_name or event.caller_name[:LONGEST_TEXT],
        dialled=event.dialled[:60],
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
        endpoint=endpoint_of(event.target),
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
    return replace(call, steps_over=max(call.steps_over, over))


@_learn.register
def _(event: ChannelHungUp, call: Call) -> Call:
    if _was_the_callers(event.channel, call):
        call = replace(call, ended=call.ended or event.at)
        return _leg_gone(event, call) if call.transfers or call.direction != INBOUND else call
    if event.channel == call.caller_channel:
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


def _in_round(event: AnySwitchEvent, call: Call) -> AnySwitchEvent:
    """The fact with its step counted on from the earlier hand-overs of the same call."""
    counted = StepStarted | TargetPassed | LegStarted | StepEnded | CallTransferred | TransferReturned
    if not call.again or not isinstance(event, counted):
        return event
    return replace(event, index=event.index + ROUND * sum(at <= event.at for at in call.again))


def _handed_over_again(event: CallArrived, call: Call) -> Call:
    """The call after another `arrived`: the same once more, or a queue's next try, whose steps follow the others.

    The daemon's own `arrived`, made when it is asked, names no channel; it says nothing that a note does not.
    """
    known = (call.started, *call.again)
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
    )


def _seen_on_caller(event: SwitchEvent, call: Call) -> Call:
    return replace(call, started=call.started or event.at, caller_channel=call.caller_channel or event.channel)


def _with_leg(call: Call, leg: Leg) -> Call:
    """Legs stand in the plan's order, then as they began. A later step's leg proves that the earlier ones ran out."""
    legs = sorted((*call.legs, leg), key=lambda one: (one.index, one.started is None, one.started, one.endpoint))
    return replace(
        call,
        started=call.started or leg.started,
        steps_over=max(call.steps_over, leg.index - 1),
        legs=tuple(legs),
    )


def _on_leg(call: Call, event: SwitchEvent, change: Callable[[Leg], Leg]) -> Call:
    return replace(call, legs=_changed(call.legs, event.channel, change))


def _changed(legs: Iterable[Leg], channel: str, change: Callable[[Leg], Leg]) -> tuple[Leg, ...]:
    return tuple(change(leg) if leg.channel == channel else leg for leg in legs)


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


def _settled(call: Call) -> Call:
    """Everything that follows from the evidence: who answered, the state, what still rings, each leg's reason."""
    settled = [_part_settled(part) for part in parts(call)]
    call = settled[0]
    if len(settled) > 1:
        first = next((part for part in settled if part.answered is not None), call)
        legs = tuple(leg for part in settled for leg in part.legs)
        call = replace(call, legs=legs, answered=first.answered, answered_by=first.answered_by)
    state = _state(settled[-1])
    ringing = state is CallState.RINGING and call.steps_over < call.step and call.callback_asked is None
    return replace(call, state=state, targets=call.targets if ringing else ())


def _part_settled(part: Call) -> Call:
    """One part of a call: who answered it, and why its other legs ended."""
    part = _with_last_connected(_with_desk_answer(part))
    holder = next((leg for leg in part.legs if leg.answered is not None), None)
    if part.ended is not None:
        part = replace(part, legs=tuple(_ended_with_call(leg, part.ended) for leg in part.legs))
    # Whoever spoke with the caller without being rung by us (a queue's own member) has answered it, too.
    answered = holder.answered if holder else part.bridged
    part = replace(part, answered=answered, answered_by=holder.agent if holder else None)
    return replace(part, legs=tuple(_with_reason(leg, part) for leg in part.legs))


def _with_desk_answer(call: Call) -> Call:
    """A desk that is up has the call, when nobody has it yet; of several the first."""
    if any(leg.answered is not None for leg in call.legs):
        return call
    up = [(leg.picked_up, leg.channel) for leg in call.legs if leg.picked_up and leg.channel and not is_mobile(leg)]
    if not up:
        return call
    _, channel = min(up)
    return replace(call, legs=_changed(call.legs, channel, lambda leg: replace(leg, answered=leg.picked_up)))


def _with_last_connected(call: Call) -> Call:
    """Of two phones answered in the same instant Asterisk keeps one: the one whose leg ends last has the call.

    A mobile behind a Local channel may be bridged to that for a moment before the desk turns out to have been first.
    """
    holder = next((leg for leg in call.legs if leg.answered is not None), None)
    if holder is None or holder.ended is None:
        return call
    rivals = [leg for leg in call.legs if leg.index == holder.index and leg.connected is not None]
    kept = next((leg for leg in rivals if leg.ended is None or leg.ended > holder.ended), None)
    if kept is None or holder.connected is None:
        return call
    return replace(
        call,
        legs=tuple(
            replace(leg, answered=leg.picked_up) if leg is kept else replace(leg, answered=None) for leg in call.legs
        ),
    )


def _ended_with_call(leg: Leg, at: datetime) -> Leg:
    """Nothing outlives the call. When the leg's own hang-up is heard of after all, its time replaces this one."""
    if leg.ended is not None:
        return leg
    return replace(leg, ended=max(at, leg.started) if leg.started else at)


def _with_reason(leg: Leg, call: Call) -> Leg:
    reason = decide(leg, call)
    return leg if reason is None or reason is leg.reason else replace(leg, reason=reason)


def _state(call: Call) -> CallState:
    if call.ended is not None:
        return CallState.ENDED
    if call.answered is not None:
        return CallState.TALKING
    return CallState.RINGING if call.step or call.legs or call.transfers else CallState.ASKING
