"""The program is newer than its database: calls ring as last planned, and every address says what brings it up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from cti.store import migrate
from tests.pbx.floor import CHEN, Floor, outline, until

pytestmark = pytest.mark.pbx

OLDER = "0024"
"""Any revision before the newest; the daemon reads columns that are not there yet."""
ADVICE = "ringward db upgrade"


@pytest_asyncio.fixture
async def outdated(floor: Floor) -> AsyncIterator[Floor]:
    """A floor whose daemon does not run and whose database is of an older version; both are mended afterwards."""
    await floor.register("101")
    await floor.kept("101", "desk!3!")
    floor.pbx.kill_daemon()
    await asyncio.to_thread(migrate.downgrade, floor.pbx.settings.database, OLDER)
    yield floor
    await asyncio.to_thread(migrate.upgrade, floor.pbx.settings.database)
    await floor.pbx.serves()


async def says(floor: Floor, path: str, **headers: str) -> tuple[int, str]:
    """Status and text of an address; 0 while nobody is there."""
    try:
        async with aiohttp.ClientSession() as web, web.get(f"{floor.pbx.url}{path}", headers=headers) as answer:
            return answer.status, await answer.text()
    except aiohttp.ClientConnectionError:
        return 0, ""


async def test_the_daemon_waits_says_so_and_serves_once_it_fits(outdated: Floor) -> None:
    floor = outdated
    floor.pbx.start_daemon()

    async def not_ready() -> Any:
        status, text = await says(floor, "/readyz")
        return text if status == 503 and ADVICE in text else None

    assert OLDER in await until(not_ready, "a daemon that is not ready and says why")
    page = await says(floor, "/", **{"Accept": "text/html", "Accept-Language": "zh-TW"})
    assert page[0] == 503
    assert "舊版" in page[1]
    assert ADVICE in page[1]
    status, text = await says(floor, "/api/v1/agents", **{"Accept-Language": "en"})
    assert status == 503
    assert "older version" in text
    assert (await says(floor, "/healthz"))[0] == 200
    caller = await floor.call(CHEN)
    desk = await floor.rung("101")
    await desk.answer()
    await caller.until_answered()
    caller.hang_up()
    await desk.until_over()
    await floor.pbx.ringward("db", "upgrade")
    await floor.pbx.serves()
    record = await floor.shown("+886933000222")
    assert outline(record) == ["desk 101 answered"]
    assert record["plan_source"] == "kept"
