"""Nobody who called is lost: callers give up at any moment, and each becomes exactly one promise to call back."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import select

from cti.calls.tables import CallRow
from tests.pbx.floor import MAIN, Floor, until

pytestmark = pytest.mark.pbx

CALLS = 200
NUMBERS = [f"09140{number:05}" for number in range(40)]
AT_ONCE = 25
LONGEST = 3.0
"""Seconds until a caller gives up: within the ask, while the group rings, and anywhere between."""


async def test_two_hundred_callers_who_give_up_are_each_owed_one_call(floor: Floor) -> None:
    await floor.register("101", "102")
    drawn = random.Random(20261123)
    gate = asyncio.Semaphore(AT_ONCE)

    async def give_up(number: str, after: float) -> None:
        async with gate:
            call = await floor.call(number, MAIN)
            try:
                await call.until_over(after)
            except TimeoutError:
                call.hang_up()
            await call.until_over()
            assert not call.answered, "nobody took it, and no machine may"

    async with asyncio.TaskGroup() as callers:
        for number in NUMBERS * (CALLS // len(NUMBERS)):
            callers.create_task(give_up(number, drawn.uniform(0.0, LONGEST)))

    async def all_owed() -> list[dict[str, Any]] | None:
        ours = [one for one in await floor.get("/promises?limit=500") if (one["number"] or "").startswith("+886914")]
        return ours if sum(one["attempts"] for one in ours) >= CALLS else None

    owed = await until(all_owed, "every call to be owed for", 60.0)
    assert sorted(one["number"] for one in owed) == sorted(f"+886{number[1:]}" for number in NUMBERS)
    assert {one["state"] for one in owed} == {"open"}
    assert sum(one["attempts"] for one in owed) == CALLS
    assert all(one["owner"] and one["due"] for one in owed)
    async with floor.pbx.database() as store, store.session() as session:
        row = CallRow
        ours = await session.scalars(select(row).where(row.caller_e164.startswith("+886914")))
        recorded = ours.all()
    assert len(recorded) == CALLS
    assert {one.state for one in recorded} == {"ended"}
    assert not any(one.answered for one in recorded)
