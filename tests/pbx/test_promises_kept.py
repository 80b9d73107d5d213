"""Nobody who called is lost: callers give up at any moment, and each becomes exactly one promise to call back."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from cti.calls.tables import CallRow
from tests.pbx.floor import MAIN, Floor, direct, until

pytestmark = pytest.mark.pbx

CALLS = 200
NUMBERS = [f"09140{number:05}" for number in range(40)]
HASTY, HASTY_E164 = "0914100001", "+886914100001"
HASTY_CALLS = 5
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
        ours = [one for one in await floor.get("/promises?limit=500") if (one["number"] or "").startswith("+8869140")]
        return ours if sum(one["attempts"] for one in ours) >= CALLS else None

    owed = await until(all_owed, "every call to be owed for", 60.0)
    assert sorted(one["number"] for one in owed) == sorted(f"+886{number[1:]}" for number in NUMBERS)
    assert {one["state"] for one in owed} == {"open"}
    assert sum(one["attempts"] for one in owed) == CALLS
    assert all(one["owner"] and one["due"] for one in owed)
    async with floor.pbx.database() as store, store.session() as session:
        row = CallRow
        ours = await session.scalars(select(row).where(row.caller_e164.startswith("+8869140")))
        recorded = ours.all()
    assert len(recorded) == CALLS
    assert {one.state for one in recorded} == {"ended"}
    assert not any(one.answered for one in recorded)


async def test_who_hangs_up_in_the_instant_of_the_answer_keeps_what_was_owed(floor: Floor) -> None:
    """Nobody spoke, so the open promise stays open, and is still the only one; the report and the promise agree."""
    await floor.register("101")
    missed = await floor.call(HASTY, direct("101"))
    await floor.rung("101")
    missed.hang_up()
    await floor.record(HASTY_E164)
    before = await until(lambda: floor.owed(HASTY_E164), "the promise")
    for _ in range(HASTY_CALLS):
        floor.opened = datetime.now(UTC)
        caller = await floor.call(HASTY, direct("101"))
        await (await floor.rung("101")).answer()
        await caller.until_answered()
        caller.hang_up()
        await caller.until_over()
        await floor.record(HASTY_E164)

    async def told() -> dict[str, Any] | None:
        found: dict[str, Any] = await floor.get(f"/promises/{before['id']}")
        return found if len(found["calls"]) == HASTY_CALLS + 1 else None

    after = await until(told, "every call in the promise's history")
    assert after["state"] == "open"
    assert [one["id"] for one in await floor.get("/promises?limit=500") if one["number"] == HASTY_E164] == [
        before["id"]
    ]
    whats = [one["what"] for one in after["history"]]
    assert whats[0] == "opened"
    assert set(whats[1:]) <= {"brief", "missed_again"}
    assert after["attempts"] == 1 + whats.count("missed_again")
    await floor.no_longer_owed(after)
