"""What follows from a call's evidence, worked out anew after each fact: who answered, the state, why legs ended. Pure.

Must not know events: in whatever order facts came, and however often, the same evidence gives the same call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace

from cti.calls import lanes
from cti.calls.model import Call, CallState, Leg
from cti.calls.reasons import decide, is_mobile
from cti.calls.segments import parts


def settled(call: Call) -> Call:
    """Everything that follows from the evidence: who answered, the state, what still rings, each leg's reason."""
    done = [_part_settled(part) for part in parts(call)]
    call = done[0]
    if len(done) > 1:
        first = next((part for part in done if part.answered is not None), call)
        legs = tuple(leg for part in done for leg in part.legs)
        call = replace(call, legs=legs, answered=first.answered, answered_by=first.answered_by)
    state = _state(done[-1])
    if lanes.are_several(call):
        return lanes.settled(replace(call, state=state))
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
    return replace(part, legs=tuple(_with_reason(leg, lanes.chain_of(leg.index, part)) for leg in part.legs))


def _with_desk_answer(call: Call) -> Call:
    """A desk that is up has the call, when nobody has it yet; of several the first."""
    if any(leg.answered is not None for leg in call.legs):
        return call
    up = [(leg.picked_up, leg.channel) for leg in call.legs if leg.picked_up and leg.channel and not is_mobile(leg)]
    if not up:
        return call
    _, channel = min(up)
    return replace(call, legs=changed_on(call.legs, channel, lambda leg: replace(leg, answered=leg.picked_up)))


def _with_last_connected(call: Call) -> Call:
    """Of two phones answered in the same instant Asterisk keeps one: the one whose leg ends last has the call.

    A mobile behind a Local channel may be bridged to that for a moment before the desk turns out to have been first.
    """
    holder = next((leg for leg in call.legs if leg.answered is not None), None)
    if holder is None or holder.ended is None:
        return call
    beside = lanes.are_several(call)
    rivals = [leg for leg in call.legs if (beside or leg.index == holder.index) and leg.connected is not None]
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


def changed_on(legs: Iterable[Leg], channel: str, change: Callable[[Leg], Leg]) -> tuple[Leg, ...]:
    """The legs after `change` to the one that has this channel."""
    return tuple(change(leg) if leg.channel == channel else leg for leg in legs)
