"""A call that a queue hands to us through several Local channels at once: a chain each, side by side. Pure.

Each chain is a lane: its steps are counted from a round of its own and run out on their own, while the caller is one
and so is whoever takes the call. A call with fewer than two lanes is its own only chain. Must not know desktops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from cti.asterisk.events import LegStarted, SwitchEvent
from cti.calls.model import ROUND, Call, CallState, Lane, Leg, in_plan
from cti.calls.reasons import TOGETHER

AT_ONCE = timedelta(seconds=5)
"""A queue that rings all hands a call over to each within milliseconds, on a busy machine within seconds; one that
tries again has let the first try's ring time pass, and hung up."""


def are_several(call: Call) -> bool:
    """Whether more than one chain has been rung side by side in this call."""
    return len(call.lanes) > 1


def first(call: Call, channel: str, at: datetime) -> tuple[Lane, ...]:
    """The lane of a Local channel that brings a call; none for the caller's own channel, which is handed over once."""
    return (Lane(channel=channel, since=at),) if channel != call.linkedid else ()


def ring_beside(call: Call, channel: str, at: datetime) -> bool:
    """Whether a call that arrives on `channel` at that instant rings beside chains that still do."""
    if not call.lanes or channel == call.linkedid or any(lane.channel == channel for lane in call.lanes):
        return False
    since = call.lanes[0].since
    return are_several(call) or (call.lanes[0].gone is None and (since is None or abs(at - since) < AT_ONCE))


def beside(call: Call, channel: str, at: datetime) -> Call:
    """The call with another lane, whose steps are counted from the next round."""
    known = call.lanes
    if not are_several(call):
        mine = {"step": call.step, "kind": call.kind, "targets": call.targets, "steps_over": call.steps_over}
        known = (replace(known[0], base=ROUND * len(call.again), **mine),)
    return replace(call, lanes=(*known, Lane(channel=channel, since=at, base=known[-1].base + ROUND)))


def dialling(event: SwitchEvent, call: Call) -> Lane | None:
    """Whose step an event tells of: the channel that dials says so, else whoever is dialling that phone now."""
    channel = event.dialler or event.channel if isinstance(event, LegStarted) else event.channel
    mine = next((lane for lane in call.lanes if lane.channel == channel), None)
    if mine is not None or not isinstance(event, LegStarted):
        return mine
    there = [lane for lane in call.lanes if lane.since is None or lane.since <= event.at] or call.lanes
    dials = [lane for lane in there if in_plan(lane.step) == event.index and event.target in lane.targets]
    return (dials or there)[-1]


def stepped(call: Call, step: Lane) -> Call:
    """The lane of `step` has begun it; an earlier one that is told late changes nothing."""
    return _changed(call, step.step, lambda lane: lane if step.step < lane.step else _begun(lane, step))


def ran_out(call: Call, index: int, over: int) -> Call:
    """The steps up to `over` of the lane that counts `index` are over, while the caller still waited."""
    return _changed(call, index, lambda lane: replace(lane, steps_over=max(lane.steps_over, over)))


def left(call: Call, channel: str, at: datetime) -> Call:
    """A lane's channel has hung up: its chain is over, and the caller may be in the queue still."""
    gone = (replace(lane, gone=lane.gone or at) if lane.channel == channel else lane for lane in call.lanes)
    return replace(call, lanes=tuple(gone))


def chains(call: Call) -> Iterator[Call]:
    """The call as each of its chains sees it; those that are over only when no other is left."""
    if not are_several(call):
        yield call
        return
    for lane in [lane for lane in call.lanes if lane.gone is None] or call.lanes:
        yield _seen_from(lane, call)


def chain_of(index: int, call: Call) -> Call:
    """The call as the chain sees it that counts the step `index`."""
    lane = lane_of(index, call)
    return call if lane is None else _seen_from(lane, call)


def lane_of(index: int, call: Call) -> Lane | None:
    """Which of several lanes counts the step `index`; None for a call that has only one."""
    if not are_several(call):
        return None
    return next((lane for lane in call.lanes if lane.base == index - in_plan(index)), None)


def settled(call: Call) -> Call:
    """The call's own step and targets, of whoever is rung in any lane; targets of lanes that ring no more are gone."""
    waits = call.state is CallState.RINGING and call.callback_asked is None
    rings = [lane for lane in call.lanes if waits and lane.gone is None and lane.steps_over < lane.step]
    lanes = tuple(lane if lane in rings else replace(lane, targets=()) for lane in call.lanes)
    now = rings[0] if rings else call.lanes[-1]
    targets = tuple(dict.fromkeys(target for lane in rings for target in lane.targets))
    return replace(
        call, lanes=lanes, step=now.step, kind=now.kind, steps_over=call.lanes[0].steps_over, targets=targets
    )


def is_rung_now(leg: Leg, call: Call) -> bool:
    """Whether the leg belongs to a step that is the present one of its chain."""
    return leg.index == chain_of(leg.index, call).step


def _over_before(lane: Lane, call: Call) -> bool:
    """Whether the lane's channel went while the caller still waited: not because the caller went, or was answered."""
    waited = min((at for at in (call.answered, call.ended) if at is not None), default=None)
    return lane.gone is not None and (waited is None or lane.gone < waited - TOGETHER)


def _begun(lane: Lane, step: Lane) -> Lane:
    return replace(lane, step=step.step, kind=step.kind, targets=step.targets)


def _seen_from(lane: Lane, call: Call) -> Call:
    return replace(
        call,
        step=lane.step,
        kind=lane.kind,
        targets=lane.targets,
        steps_over=lane.step if _over_before(lane, call) else lane.steps_over,
        legs=tuple(leg for leg in call.legs if leg.index - in_plan(leg.index) == lane.base),
    )


def _changed(call: Call, index: int, change: Callable[[Lane], Lane]) -> Call:
    base = index - in_plan(index)
    return replace(call, lanes=tuple(change(lane) if lane.base == base else lane for lane in call.lanes))
