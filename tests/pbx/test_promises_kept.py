"""Nobody who called is lost: callers give up at any moment, and each becomes exactly one promise to call back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import or_, select

from cti.calls.tables import CallRow, LegRow
from cti.local.sip_call import CallOver, SipCall
from cti.local.sip_phone import Behaviour
from tests.pbx.floor import MAIN, Floor, direct, mobile, until

pytestmark = pytest.mark.pbx

CALLS = 200
NUMBERS = [f"09140{number:05}" for number in range(40)]
WITHHELD, NOBODY = 20, '"Anonymous" <sip:anonymous@anonymous.invalid>'
GAVE_UP = "caller_hung_up"
HASTY, HASTY_E164 = "0914100001", "+886914100001"
HASTY_CALLS = 5
AT_ONCE = 25
LONGEST = 3.0
"""Seconds until a caller gives up: before it rings at all, within the ask, at any phone, and anywhere between."""
WHERE = (direct("101"), direct("103"), direct("105"), direct("107"), MAIN)
"""Whose desk rings; whose mobile speaks its prompt; whose deputy rings; whose chain ends in the group; the group."""


async def test_two_hundred_callers_who_give_up_are_each_owed_one_call(floor: Floor) -> None:
    """And twenty who withhold their number, each for a call: nobody knows whether two of them are one person."""
    await floor.register("101", "102", "103", "105", "106", "107", "108")
    for code in ("103", "105", "107", "108"):
        floor.desks[code].behaviour = Behaviour(reject_with=486)
    drawn = random.Random(20261123)
    gate = asyncio.Semaphore(AT_ONCE)

    async def give_up(place: Callable[[], Awaitable[SipCall]], after: float) -> None:
        async with gate:
            call = await place()
            try:
                await call.until_over(after)
            except TimeoutError:
                call.hang_up()
            await call.until_over()
            assert not call.answered, "nobody took it, and no machine may"

    async with asyncio.TaskGroup() as tasks:
        mobiles = [
            tasks.create_task(always(floor, code, picks_up=code == "103")) for code in ("103", "105", "107", "108")
        ]
        async with asyncio.TaskGroup() as callers:
            for turn, number in enumerate(NUMBERS * (CALLS // len(NUMBERS))):
                place = partial(floor.call, number, WHERE[(turn + turn // len(NUMBERS)) % len(WHERE)])
                callers.create_task(give_up(place, drawn.uniform(0.0, LONGEST) if turn % 10 else 0.0))
            for turn in range(WITHHELD):
                place = partial(floor.carrier.place, WHERE[turn % len(WHERE)], sender=NOBODY)
                callers.create_task(give_up(place, drawn.uniform(0.0, LONGEST) if turn % 10 else 0.0))
        for one in mobiles:
            one.cancel()

    async def all_owed() -> list[dict[str, Any]] | None:
        since = [
            one for one in await floor.get("/promises?limit=500") if one["first_missed"] >= floor.opened.isoformat()
        ]
        ours = [one for one in since if one["number"] is None or one["number"].startswith("+8869140")]
        return ours if sum(one["attempts"] for one in ours) >= CALLS + WITHHELD else None

    owed = await until(all_owed, "every call to be owed for", 60.0)
    named = [one for one in owed if one["number"] is not None]
    assert sorted(one["number"] for one in named) == sorted(f"+886{number[1:]}" for number in NUMBERS)
    assert len(owed) - len(named) == WITHHELD
    assert {one["state"] for one in owed} == {"open"}
    assert sum(one["attempts"] for one in named) == CALLS
    assert all(one["owner"] and one["due"] for one in owed)
    await each_recorded_once(floor)


async def always(floor: Floor, code: str, *, picks_up: bool) -> None:
    """This mobile picks up and says nothing, or is busy, whoever calls."""
    while True:
        call = await floor.carrier.rung(mobile(code), 300)
        call.ring()
        if picks_up:
            with suppress(CallOver):
                await call.answer()
        else:
            call.reject(486)


async def each_recorded_once(floor: Floor) -> None:
    """So many records, none answered; and the callers gave up in every kind of moment."""
    ours = or_(CallRow.caller_e164.startswith("+8869140"), CallRow.caller_raw == "anonymous")
    async with floor.pbx.database() as store, store.session() as session:
        recorded = (await session.scalars(select(CallRow).where(ours, CallRow.started >= floor.opened))).all()
        legs = (
            await session.scalars(select(LegRow).where(LegRow.linkedid.in_([one.linkedid for one in recorded])))
        ).all()
    assert len(recorded) == CALLS + WITHHELD
    assert {one.state for one in recorded} == {"ended"}
    assert not any(one.answered for one in recorded)
    moments = {
        f"{one.kind} {'in the prompt' if one.picked_up else ''}".strip() for one in legs if one.reason == GAVE_UP
    }
    assert {"desk", "mobile in the prompt", "deputy", "group"} <= moments
    assert {one.linkedid for one in recorded} - {one.linkedid for one in legs}, "some gave up before anything rang"


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
