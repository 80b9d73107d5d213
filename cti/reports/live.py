"""How the firm stands now: calls, promises, who is there, how well it answers, who stands in. Pure.

One definition for the wallboard, the API and the command line. Must not know where people's states come from: the
daemon sees them, the command line reads what was last written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cti.calls.lanes import is_rung_now
from cti.calls.model import OUTBOUND, Call, CallState
from cti.calls.segments import holder, legs_now
from cti.reports.answering import AnswerRate, answer_rate, is_alarm, is_inbound
from cti.reports.decided import Decided
from cti.reports.standing_in import StandIn, stand_ins


@dataclass(frozen=True, slots=True)
class Colleague:
    """How one person is, since when, and until when if that is known. Instants aware UTC."""

    agent: str
    name: str
    state: str
    reason: str | None
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Whose:
    """A customer's name, and the code of who looks after them."""

    name: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that goes on. `agents`: codes of who is rung, or who has it. `since`: when it began, or was answered.

    `state`: `ringing` or `talking`. `kind`: the step's, `outbound` for a call that an agent makes. `owner`: the code of
    who looks after the customer, when it can be but one; `caller`, the customer's name, only where names are shown.
    """

    linkedid: str
    direction: str
    state: str
    kind: str
    since: datetime | None
    agents: tuple[str, ...]
    owner: str | None
    caller: str | None = None


@dataclass(frozen=True, slots=True)
class Debt:
    """A promise that is open: who owes it (a code, or nobody), until when. `level` 0 is in time. No customer's name."""

    id: int
    owner: str | None
    due: datetime
    kind: str
    level: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """When the answer rate is an alarm: `rate`, a share of 1, of the last `minutes`, from `minimum` decided calls."""

    rate: float
    minutes: int
    minimum: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What calls come to: `answer_rate` and `stand_ins` since `since`, `recent` in the threshold's minutes.

    `alarm`: the recent rate is under the threshold.
    """

    since: datetime
    answer_rate: AnswerRate
    stand_ins: tuple[StandIn, ...]
    threshold: Threshold
    recent: AnswerRate
    alarm: bool


@dataclass(frozen=True, slots=True)
class Live:
    """The firm at `at`. `states` counts people by state; `ringing` and `talking` count inbound calls.

    `promises` are all that are open, the most urgent first; `late` of them are overdue.
    """

    at: datetime
    since: datetime
    people: tuple[Colleague, ...]
    states: Mapping[str, int]
    ringing: int
    talking: int
    calls: tuple[LiveCall, ...]
    promises: tuple[Debt, ...]
    late: int
    answer_rate: AnswerRate
    recent: AnswerRate
    threshold: Threshold
    alarm: bool
    stand_ins: tuple[StandIn, ...]


def figures(
    calls: Iterable[Call], decisions: Mapping[str, Decided], threshold: Threshold, since: datetime, at: datetime
) -> Figures:
    """The figures of `calls`, which are those that began since `since`, and at least in the threshold's minutes."""
    recorded = list(calls)
    asked = [call for call in recorded if call.started is not None and call.started >= since]
    first = at - timedelta(minutes=threshold.minutes)
    recent = answer_rate((call for call in recorded if call.started is not None and call.started >= first), first, at)
    return Figures(
        since=since,
        answer_rate=answer_rate(asked, since, at),
        stand_ins=stand_ins(asked, decisions, since, at).pairs,
        threshold=threshold,
        recent=recent,
        alarm=is_alarm(recent, threshold.rate, threshold.minimum, standing=False),
    )


def live(
    people: Iterable[Colleague],
    calls: Iterable[Call],
    debts: Iterable[Debt],
    found: Figures,
    at: datetime,
    whose: Mapping[int, Whose] | None = None,
    *,
    names: bool = False,
) -> Live:
    """The firm at `at`. `calls` may have ones that are over; `whose`: customers by id; `names`: callers' are shown."""
    known, going = tuple(people), [call for call in calls if call.state is not CallState.ENDED and call.ended is None]
    customers = whose or {}
    inbound = [call for call in going if is_inbound(call)]
    owed = tuple(sorted(debts, key=lambda one: (one.due, one.id)))
    return Live(
        at=at,
        since=found.since,
        people=known,
        states=dict(Counter(one.state for one in known)),
        ringing=sum(_answered(call) is None for call in inbound),
        talking=sum(_answered(call) is not None for call in inbound),
        calls=tuple(sorted((_shown(call, customers, names) for call in going), key=_ringing_first)),
        promises=owed,
        late=sum(one.due <= at for one in owed),
        answer_rate=found.answer_rate,
        recent=found.recent,
        threshold=found.threshold,
        alarm=found.alarm,
        stand_ins=found.stand_ins,
    )


def _shown(call: Call, customers: Mapping[int, Whose], names: bool) -> LiveCall:
    customer = customers.get(call.customer_id) if call.customer_id is not None else None
    answered = _answered(call)
    return LiveCall(
        linkedid=call.linkedid,
        direction=call.direction,
        state="ringing" if answered is None else "talking",
        kind=OUTBOUND if call.direction == OUTBOUND and not call.transfers else call.kind,
        since=answered or call.started,
        agents=_agents(call),
        owner=customer.owner if customer is not None else None,
        caller=customer.name if customer is not None and names else None,
    )


def _answered(call: Call) -> datetime | None:
    """Since when somebody talks; None while it rings, be it again for who it was handed on to."""
    if not call.transfers:
        return call.answered
    has = holder(call)
    return has.answered if has is not None else None


def _agents(call: Call) -> tuple[str, ...]:
    """Who has it, or else whose phones have not stopped in this step."""
    if call.transfers:
        has = holder(call)
        if has is not None:
            return (has.agent,) if has.agent is not None else ()
    elif call.direction == OUTBOUND:
        return (call.made_by,) if call.made_by is not None else ()
    elif call.answered_by is not None:
        return (call.answered_by,)
    legs = [leg for leg in legs_now(call) if is_rung_now(leg, call)]
    stopped = {leg.agent for leg in legs if leg.ended} - {leg.agent for leg in legs if leg.ended is None}
    return tuple(dict.fromkeys(target.agent for target in call.targets if target.agent not in stopped))


def _ringing_first(call: LiveCall) -> tuple[bool, float]:
    return call.state != "ringing", call.since.timestamp() if call.since is not None else 0.0
