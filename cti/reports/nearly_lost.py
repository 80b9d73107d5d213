"""Calls that were nearly lost, and those that were: who was tried, for how long, and why each attempt ended. Pure.

Nearly lost is a call that only the last net caught: the last step of its plan, or the group that rings when a whole
chain has failed. One that its first step took was in no danger, even if that step was the only one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cti.calls.attempts import attempts
from cti.calls.model import Call, Leg, LegReason, in_plan
from cti.calls.taken import is_taken
from cti.reports.answering import SecondsToAnswer, is_inbound, is_missed, seconds_to_answer
from cti.reports.decided import Decided
from routing.model import LegKind

SUCCEEDED = frozenset({LegReason.ANSWERED, LegReason.ANSWERED_ELSEWHERE})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One phone that was tried. `seconds` it rang; 0 for one that was passed. `reason` as in `call show`."""

    index: int
    kind: str
    agent: str | None
    endpoint: str
    seconds: float
    reason: str | None


@dataclass(frozen=True, slots=True)
class LateCall:
    """A call that was `saved` by its last net, or `missed`. `waited`: seconds until a person answered, or to the end.

    `steps`: how many steps its plan had; null where that is not known. `reason`: why the last attempt that failed did.
    """

    linkedid: str
    outcome: Literal["saved", "missed"]
    caller: str
    customer_id: int | None
    dialled: str
    started: datetime | None
    waited: float | None
    answered_by: str | None
    saved_by: str | None
    steps: int | None
    reason: str | None
    tried: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class AgentTotal:
    """One agent in the calls of the report: attempts on their phones, those they took, and why the others failed."""

    agent: str
    tried: int
    answered: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class NearlyLost:
    """The report of inbound calls that began in [`since`, `until`), aware UTC; the calls in the order they came.

    `inbound`, `answered` and `seconds_to_answer` are of all calls of the period, `reasons` and `agents` of these.
    """

    since: datetime
    until: datetime
    inbound: int
    answered: int
    saved: int
    missed: int
    seconds_to_answer: SecondsToAnswer
    reasons: dict[str, int]
    agents: tuple[AgentTotal, ...]
    calls: tuple[LateCall, ...]


def nearly_lost(
    calls: Iterable[Call], decisions: Mapping[str, Decided], since: datetime, until: datetime
) -> NearlyLost:
    """The report on `calls`, which are those that began in the period. `decisions`: what was decided, by linkedid."""
    inbound = [call for call in calls if is_inbound(call)]
    answered = [call for call in inbound if is_taken(call)]
    late = [one for call in inbound if (one := _late(call, decisions.get(call.linkedid))) is not None]
    late.sort(key=lambda one: (one.started is None, one.started, one.linkedid))
    return NearlyLost(
        since=since,
        until=until,
        inbound=len(answered) + sum(is_missed(call) for call in inbound),
        answered=len(answered),
        saved=sum(one.outcome == "saved" for one in late),
        missed=sum(one.outcome == "missed" for one in late),
        seconds_to_answer=seconds_to_answer(answered),
        reasons=_counted(one.reason for call in late for one in call.tried),
        agents=_agents(late),
        calls=tuple(late),
    )


def saved_by_last(call: Call, steps: int | None) -> Leg | None:
    """The attempt that caught the call if it was the last net, else None. `steps`: how many its plan had, if known."""
    tried = attempts(call)
    taken = next((leg for leg in tried if leg.answered is not None), None)
    if taken is None or taken.index <= 1:
        return None
    # A big group rings in several steps; only after somebody's own chain is it the net below it.
    after_a_chain = any(leg.index < taken.index and leg.kind != LegKind.GROUP for leg in tried)
    last_group = taken.kind == LegKind.GROUP and after_a_chain
    return taken if last_group or (steps is not None and in_plan(taken.index) >= steps) else None


def _late(call: Call, decided: Decided | None) -> LateCall | None:
    steps = len(decided.steps) if decided is not None and decided.fits(call) else None
    missed = is_missed(call)
    taken = None if missed else saved_by_last(call, steps)
    if not missed and taken is None:
        return None
    tried = tuple(_attempt(leg) for leg in attempts(call))
    until = call.ended if missed else call.answered
    failed = [one.reason for one in tried if one.reason and one.reason not in SUCCEEDED]
    return LateCall(
        linkedid=call.linkedid,
        outcome="missed" if missed else "saved",
        caller=call.caller_e164 or call.caller_raw,
        customer_id=call.customer_id,
        dialled=call.dialled,
        started=call.started,
        waited=_seconds(call.started, until),
        answered_by=None if missed else call.answered_by,
        saved_by=taken.kind if taken is not None else None,
        steps=steps,
        reason=failed[-1] if failed else None,
        tried=tried,
    )


def _attempt(leg: Leg) -> Attempt:
    seconds = _seconds(leg.started, leg.answered or leg.ended) if leg.channel is not None else 0.0
    reason = leg.reason.value if leg.reason else None
    return Attempt(leg.index, leg.kind, leg.agent, leg.endpoint, seconds or 0.0, reason)


def _agents(late: Iterable[LateCall]) -> tuple[AgentTotal, ...]:
    theirs: defaultdict[str, list[Attempt]] = defaultdict(list)
    for call in late:
        for one in call.tried:
            if one.agent is not None:
                theirs[one.agent].append(one)
    return tuple(
        AgentTotal(
            agent=agent,
            tried=len(tried),
            answered=sum(one.reason == LegReason.ANSWERED for one in tried),
            reasons=_counted(one.reason for one in tried),
        )
        for agent, tried in sorted(theirs.items())
    )


def _counted(reasons: Iterable[str | None]) -> dict[str, int]:
    """Why attempts failed, the most frequent first."""
    return dict(Counter(one for one in reasons if one and one not in SUCCEEDED).most_common())


def _seconds(first: datetime | None, last: datetime | None) -> float | None:
    return round(max(0.0, (last - first).total_seconds()), 1) if first and last else None
