"""A call's attempts: one per person and endpoint and step, as people count them. Pure.

A phone that is registered from several contacts gets several channels at once, each a leg with evidence of its own.
Whoever lists "who was rung" wants one line for it: that is made here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from cti.calls.model import Call, Leg, LegReason

_TELLING = (
    LegReason.ANSWERED,
    LegReason.NOT_ACCEPTED,
    LegReason.DECLINED,
    LegReason.ANSWERED_ELSEWHERE,
    LegReason.CALLER_HUNG_UP,
    LegReason.NO_ANSWER,
    LegReason.DND,
    LegReason.BUSY,
    LegReason.TRUNK_ERROR,
    LegReason.OFFLINE,
    LegReason.BARRED,
)
"""What a person did on one contact says more than that another rang in vain; a dead contact says least."""


def attempts(call: Call) -> tuple[Leg, ...]:
    """The call's legs with those of one phone in one step made one, in the order in which they began."""
    phones: dict[tuple[int, str | None, str], list[Leg]] = {}
    for leg in call.legs:
        phones.setdefault((leg.index, leg.agent, leg.endpoint), []).append(leg)
    return tuple(_one(legs) for legs in phones.values())


def _one(legs: list[Leg]) -> Leg:
    if len(legs) == 1:
        return legs[0]
    answered = next((leg for leg in legs if leg.answered is not None), None)
    main = answered or min(legs, key=lambda leg: _TELLING.index(leg.reason) if leg.reason else -1)
    last = None if any(leg.ended is None for leg in legs) else max(leg.ended for leg in legs if leg.ended is not None)
    return replace(
        main,
        started=_first(leg.started for leg in legs),
        ringing=_first(leg.ringing for leg in legs),
        ended=answered.ended if answered is not None else last,
    )


def _first(instants: Iterable[datetime | None]) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
