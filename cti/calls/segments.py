"""A transferred call in parts: what each of its phones was rung for, and who has the call now. Pure.

Each transfer begins a part of its own, with legs of its own of which one may answer: so a call answered twice is told
from two phones that went up for the same ring. Must not know events.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from cti.calls.model import Call, Leg, Transfer


def part_of(leg: Leg, call: Call) -> int:
    """How many transfers came before this leg began."""
    return part_at(leg.started, call)


def part_at(at: datetime | None, call: Call) -> int:
    """How many transfers came up to the instant `at`."""
    return 0 if at is None else sum(transfer.at <= at for transfer in call.transfers)


def parts(call: Call) -> Iterator[Call]:
    """The call as it was in each part, the first one first: the same but for its legs, and who had the caller then."""
    if not call.transfers:
        yield call
        return
    for number in range(len(call.transfers) + 1):
        legs = tuple(leg for leg in call.legs if part_of(leg, call) == number)
        yield replace(call, legs=legs, bridged=call.bridged if number == 0 else None)


def legs_now(call: Call) -> tuple[Leg, ...]:
    """The legs since the last transfer; all of a call that was not transferred."""
    if not call.transfers:
        return call.legs
    return tuple(leg for leg in call.legs if part_of(leg, call) == len(call.transfers))


def holder(call: Call) -> Leg | None:
    """The leg that has the call, or had it last; None while it is on its way to somebody."""
    return next((leg for leg in legs_now(call) if leg.answered is not None), None)


def is_under_way(call: Call) -> bool:
    """Whether the caller was handed on and nobody has taken the call since."""
    return bool(call.transfers) and holder(call) is None


def last_transfer(call: Call) -> Transfer | None:
    """The latest transfer."""
    return call.transfers[-1] if call.transfers else None
