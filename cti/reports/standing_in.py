"""Who stood in for whom, how often, and what came of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cti.calls.attempts import attempts
from cti.calls.model import Call, Leg, in_plan
from cti.reports.answering import is_inbound
from cti.reports.decided import Decided
from routing.model import LegKind


@dataclass(frozen=True, slots=True)
class StandIn:
    """Calls in which `agent`'s phone rang as `stands_for`'s deputy, and those of them that `agent` took.

    `stands_for` is null where no record says it: the switch rang by itself, and nobody's phone had rung before.
    """

    agent: str
    stands_for: str | None
    rung: int
    answered: int


@dataclass(frozen=True, slots=True)
class StandIns:
    """The report of inbound calls that began in [`since`, `until`), aware UTC; who stood in most comes first."""

    since: datetime
    until: datetime
    pairs: tuple[StandIn, ...]


def stand_ins(calls: Iterable[Call], decisions: Mapping[str, Decided], since: datetime, until: datetime) -> StandIns:
    """The report on `calls`, which are those that began in the period. `decisions`: what was decided, by linkedid."""
    rung: Counter[tuple[str, str | None]] = Counter()
    answered: Counter[tuple[str, str | None]] = Counter()
    for call in calls:
        if not is_inbound(call):
            continue
        found = dict(_of_call(call, decisions.get(call.linkedid)))
        rung.update(found.keys())
        answered.update(pair for pair, took in found.items() if took)
    pairs = [StandIn(agent, whom, count, answered[agent, whom]) for (agent, whom), count in rung.items()]
    pairs.sort(key=lambda one: (-one.rung, one.agent, one.stands_for or ""))
    return StandIns(since, until, tuple(pairs))


def _of_call(call: Call, decided: Decided | None) -> Iterator[tuple[tuple[str, str | None], bool]]:
    """Each pair of the call once, with whether the deputy took it: a desk and a mobile are one standing in."""
    tried = attempts(call)
    taken = {leg.agent for leg in tried if leg.answered is not None}
    plan = decided if decided is not None and decided.fits(call) else None
    for leg in tried:
        if leg.kind == LegKind.DEPUTY and leg.agent is not None and leg.channel is not None:
            yield (leg.agent, _whom(leg, tried, plan)), leg.agent in taken


def _whom(leg: Leg, tried: tuple[Leg, ...], decided: Decided | None) -> str | None:
    """As it was decided; else whoever's own phones were tried before."""
    step = decided.step(in_plan(leg.index)) if decided is not None else None
    if step is not None and step.stands_for is not None:
        return step.stands_for
    own = (LegKind.DESK, LegKind.MOBILE)
    return next((one.agent for one in tried if one.kind in own and one.index < leg.index), None)
