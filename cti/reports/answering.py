"""How well the firm answers: the one definition of the answer rate, and when it is an alarm. Pure.

The rate is the share of inbound calls that a person answered, of all whose outcome is known: a call that still rings is
neither. A caller who hung up while it rang was not answered, however soon it was; nor one who was gone in the moment in
which a phone went up (`cti.calls.taken`): who is owed a call here is missed here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cti.calls.model import Call, CallState
from cti.calls.taken import is_taken

RECOVERED_BY = 0.05
"""How far above its threshold the rate must come before the alarm ends: on the brink each call would ring it again."""


@dataclass(frozen=True, slots=True)
class SecondsToAnswer:
    """From the call's arrival to a person on the line, of the calls that were answered. None when none was."""

    median: float | None
    p95: float | None
    longest: float | None


@dataclass(frozen=True, slots=True)
class AnswerRate:
    """Inbound calls that began in [`since`, `until`), aware UTC. `rate` is a share of 1; None without decided calls.

    `missed` includes `gave_up`: the caller hung up while a phone rang. `ringing`: not decided yet, and not counted.
    """

    since: datetime
    until: datetime
    inbound: int
    answered: int
    missed: int
    gave_up: int
    ringing: int
    rate: float | None
    seconds_to_answer: SecondsToAnswer


def is_inbound(call: Call) -> bool:
    """Whether somebody called the firm."""
    return call.direction == "inbound"


def is_missed(call: Call) -> bool:
    """Whether it is over and no person had answered it."""
    return call.state is CallState.ENDED and not is_taken(call)


def answer_rate(calls: Iterable[Call], since: datetime, until: datetime) -> AnswerRate:
    """The rate of `calls`, which are those that began in the period. Legs are only looked at for who gave up."""
    inbound = [call for call in calls if is_inbound(call)]
    answered = [call for call in inbound if is_taken(call)]
    missed = [call for call in inbound if is_missed(call)]
    decided = len(answered) + len(missed)
    return AnswerRate(
        since=since,
        until=until,
        inbound=decided,
        answered=len(answered),
        missed=len(missed),
        gave_up=sum(_gave_up(call) for call in missed),
        ringing=len(inbound) - decided,
        rate=len(answered) / decided if decided else None,
        seconds_to_answer=seconds_to_answer(answered),
    )


def seconds_to_answer(calls: Iterable[Call]) -> SecondsToAnswer:
    """How long callers waited until a person answered; calls without both instants are left out."""
    waits = sorted(
        max(0.0, (call.answered - call.started).total_seconds()) for call in calls if call.answered and call.started
    )
    return SecondsToAnswer(_quantile(waits, 0.5), _quantile(waits, 0.95), _quantile(waits, 1.0))


def is_alarm(found: AnswerRate, threshold: float, minimum: int, *, standing: bool) -> bool:
    """Whether this rate is an alarm. `threshold`: a share of 1. `standing`: it is one already.

    Fewer than `minimum` decided calls are none: the first missed call of a quiet morning is a rate of nought.
    """
    if found.rate is None or found.inbound < minimum:
        return False
    limit = min(1.0, threshold + RECOVERED_BY) if standing else threshold
    return found.answered < round(limit * found.inbound, 6)  # 0.9 + 0.05 is a little more than 0.95


def _gave_up(call: Call) -> bool:
    """Whether the caller of a missed call hung up; if a phone went up all the same, it was in that very moment."""
    return call.answered is not None or any(leg.reason == "caller_hung_up" for leg in call.legs)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank: a wait that somebody really had."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3)
