"""A rehearsal on the real switch: it rings nobody, finds what is wrong now, and the managers' desktops say so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import update

from cti.agents.people import add_leave
from cti.agents.tables import AgentRow
from cti.store.revisions import DIRECTORY, bump
from tests.pbx.floor import Desktop, Floor

pytestmark = pytest.mark.pbx


@pytest_asyncio.fixture(autouse=True)
async def as_before(floor: Floor) -> AsyncIterator[None]:
    """Afterwards routing is as it was, and the last rehearsal one that found nothing."""
    async with floor.pbx.routing_as_before():
        yield
        await mobile_of_103(floor, "+886900000103")
    await floor.kept("103", "m:103:0900000103")
    await rehearsed(floor, failures=0)


async def test_what_is_wrong_is_found_and_told(floor: Floor) -> None:
    await floor.register("101")
    manager = await floor.desktop(manager_of(floor))
    found = await rehearsed(floor, failures=0)
    assert {("desk_ok", "101"), ("desk_offline", "102"), ("trunk_ok", "")} <= found.keys()
    assert "200" in found["trunk_ok", ""]["what"]
    now = datetime.now(UTC)
    async with floor.pbx.database() as store, store.transaction() as session:
        await add_leave(session, "102", now - timedelta(hours=1), now + timedelta(hours=1), "104")
    await mobile_of_103(floor, "+8869000")
    await floor.kept("101", "deputy!3!d:104:104")
    found = await rehearsed(floor, failures=1)
    assert {("deputy_away", "101"), ("mobile_invalid", "103")} <= found.keys()
    assert not floor.desks["101"].calls, "a rehearsal rings nobody"
    await looked_at(floor)
    alarm = await manager.expect("alarm", kind="rehearsal", raised=True, seconds=30)
    assert alarm["values"]["fails"] >= 1
    assert (await floor.get("/reports/rehearsal"))["failures"] >= 1
    await it_is_over(floor, manager)


async def it_is_over(floor: Floor, manager: Desktop) -> None:
    """The number is mended, and with the next rehearsal the alarm ends."""
    await mobile_of_103(floor, "+886900000103")
    await floor.kept("103", "m:103:0900000103")
    await rehearsed(floor, failures=0)
    await looked_at(floor)
    await manager.expect("alarm", kind="rehearsal", raised=False, seconds=30)


async def test_a_carrier_that_says_nothing_is_a_failure(floor: Floor) -> None:
    await floor.register("101")
    await floor.carrier.close()
    try:
        found = await rehearsed(floor, failures=1)
    finally:
        await floor.carrier.open()
    assert found["trunk_silent", ""]["state"] == "fail"
    assert found["trunk_silent", ""]["advice"]


async def rehearsed(floor: Floor, *, failures: int) -> dict[tuple[str, str], dict[str, Any]]:
    """Rehearse by the command line: what it found by check and subject. With failures its exit status is 1."""
    words = ("--lang", "en", "route", "rehearse", "--json")
    told = json.loads(await floor.pbx.ringward(*words, status=1 if failures else 0))
    assert bool(told["failures"]) is bool(failures), [one for one in told["findings"] if one["state"] == "fail"]
    return {(one["check"], one["subject"]): one for one in told["findings"]}


async def looked_at(floor: Floor) -> None:
    """The daemon looks at its alarms after each call."""
    call = await floor.call("0911900001")
    call.hang_up()
    await call.until_over()


async def mobile_of_103(floor: Floor, number: str) -> None:
    """As an old import may have left it: the command line would refuse a wrong one."""
    async with floor.pbx.database() as store, store.transaction() as session:
        await session.execute(update(AgentRow).where(AgentRow.code == "103").values(mobile=number))
        await bump(session, DIRECTORY)


def manager_of(floor: Floor) -> str:
    """Somebody who sees the alarms."""
    return str(next(one["login"] for one in floor.pbx.description["web"]["users"] if one["role"] == "manager"))
