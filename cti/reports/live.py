"""How the firm stands now: who is there, who talks, how well it answers, who stands in. Pure: figures in, figures out.

Must not know where people's states come from: the daemon sees them, the command line reads what was last written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cti.calls.model import Call, CallState
from cti.reports.answering import AnswerRate, answer_rate, is_inbound
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
class Live:
    """The firm at `at`. `states` counts people by state; `ringing` and `talking` count inbound calls.

    `answer_rate` and `stand_ins` are those of the calls that began since `since`.
    """

    at: datetime
    since: datetime
    people: tuple[Colleague, ...]
    states: Mapping[str, int]
    ringing: int
    talking: int
    answer_rate: AnswerRate
    stand_ins: tuple[StandIn, ...]


def live(
    people: Iterable[Colleague], calls: Iterable[Call], decisions: Mapping[str, Decided], since: datetime, at: datetime
) -> Live:
    """The figures of `calls`, which are those that began in [`since`, `at`), and of `people` as they are at `at`."""
    known, recorded = tuple(people), list(calls)
    going = [call for call in recorded if is_inbound(call) and call.state is not CallState.ENDED]
    return Live(
        at=at,
        since=since,
        people=known,
        states=dict(Counter(one.state for one in known)),
        ringing=sum(call.answered is None for call in going),
        talking=sum(call.answered is not None for call in going),
        answer_rate=answer_rate(recorded, since, at),
        stand_ins=stand_ins(recorded, decisions, since, at).pairs,
    )
