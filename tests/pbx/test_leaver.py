"""Story 5: who leaves takes nobody with them.

Customers, matters, promises and duties are the successor's, the leaver's page and tokens end, and the next call rings
the successor, with the history still signed by the leaver.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import aiohttp
import pytest

from cti.agents.logins import add_login
from cti.customers import dealings, people
from cti.store.engine import Store
from tests.pbx.floor import Floor, until
from tests.pbx.installation import Installation

pytestmark = pytest.mark.pbx

LEAVER, SUCCESSOR, STOOD_FOR = "191", "102", "192"
PASSWORD = "correct horse battery"
CUSTOMERS, MATTERS = 240, 6
CALLER, OTHER = "0914500000", "0914500001"
CLOSE_SESSION_ENDED = 4401


async def employ(pbx: Installation) -> None:
    """A new colleague with 240 customers and 6 open matters, who is the deputy of another new colleague."""
    for code in (LEAVER, STOOD_FOR):
        await pbx.ringward("agent", "add", code, "--name", f"新人{code}", "--extension", code)
    await pbx.ringward("agent", "set", LEAVER, "--deputy", SUCCESSOR)
    await pbx.ringward("agent", "set", STOOD_FOR, "--deputy", LEAVER)
    store = Store(pbx.settings.database)
    try:
        async with store.transaction() as session:
            await add_login(session, LEAVER, PASSWORD, agent=LEAVER)
            for number in range(CUSTOMERS):
                one = await people.add(session, f"離職者的客戶{number}", [f"0914500{number:03}"], owner=LEAVER)
                if number < MATTERS:
                    await dealings.add_complaint(session, one.id, "房間沒有窗", agent=LEAVER)
                if number == 0:
                    await people.add_note(session, one.id, "喜歡窗邊", LEAVER, at=datetime.now(UTC))
    finally:
        await store.close()


async def routed_to(floor: Floor, caller: str, code: str) -> None:
    """Wait until live routing sends this caller to this agent first."""

    async def so() -> bool:
        said = await floor.pbx.ringward("route", "explain", "--to", "0255501000", "--from", caller, "--json")
        return bool(json.loads(said)["steps"][0]["agent"] == code)

    await until(so, f"{caller} routed to {code}")


async def give_up(floor: Floor, number: str) -> None:
    call = await floor.call(number)
    await call.until_ringing()
    call.hang_up()
    await call.until_over()


async def until_closed(page: aiohttp.ClientWebSocketResponse) -> None:
    while (await page.receive()).type is aiohttp.WSMsgType.TEXT:
        pass


async def test_a_leavers_customers_reach_the_successor_and_the_leaver_nothing(floor: Floor) -> None:
    pbx = floor.pbx
    await employ(pbx)
    await routed_to(floor, CALLER, LEAVER)
    await floor.register(SUCCESSOR)
    for number in (CALLER, OTHER):
        await give_up(floor, number)

    async def owed() -> bool:
        return len(json.loads(await pbx.ringward("promise", "list", "--owner", LEAVER, "--json"))) == 2

    await until(owed, "two promises of the leaver's")
    async with aiohttp.ClientSession(f"{pbx.url}/") as browser:
        async with browser.post("/api/v1/session", json={"login": LEAVER, "password": PASSWORD}) as answer:
            bearer = {"Authorization": f"Bearer {(await answer.json())['token']}"}
        async with browser.ws_connect("/ws/desktop", headers=bearer) as page:
            await page.receive()
            leaving = asyncio.create_task(until_closed(page))  # as a page does: who never reads answers no ping
            foreseen = json.loads(
                await pbx.ringward("agent", "leave", LEAVER, "--to", SUCCESSOR, "--dry-run", "--json")
            )
            done = json.loads(await pbx.ringward("agent", "leave", LEAVER, "--to", SUCCESSOR, "--json"))
            async with asyncio.timeout(10):
                await leaving
            assert page.close_code == CLOSE_SESSION_ENDED
        async with browser.get("/api/v1/session", headers=bearer) as answer:
            assert answer.status == 401
    for one in (foreseen, done):
        assert (one["customers"], one["matters"], len(one["promises"])) == (CUSTOMERS, MATTERS, 2)
        assert one["deputies"] == {STOOD_FOR: SUCCESSOR}
    assert foreseen["version"] is None
    assert done["logins"] == [LEAVER]
    assert json.loads(await pbx.ringward("promise", "list", "--owner", LEAVER, "--json")) == []

    desktop = await floor.desktop(SUCCESSOR)
    await routed_to(floor, CALLER, SUCCESSOR)
    caller = await floor.call(CALLER)
    phone = await floor.rung(SUCCESSOR)
    pop = await desktop.expect("pop")
    assert pop["card"]["owner"] == SUCCESSOR
    assert [one["agent"] for one in pop["card"]["interactions"] if one["channel"] == "note"] == [LEAVER]
    caller.hang_up()
    await phone.until_over()
    verdict = json.loads(await pbx.ringward("audit", "verify", "--json"))
    (entry,) = json.loads(await pbx.ringward("audit", "list", "--action", "agent.left", "--json"))
    assert verdict["sound"]
    assert (entry["subject_id"], entry["after"]["customers"]) == (LEAVER, CUSTOMERS)
