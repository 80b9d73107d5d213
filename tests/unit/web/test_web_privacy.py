"""Dossier and erasure by HTTP: for managers, tried before it is done, and followed at once by the next call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from cti.agents.logins import add_login
from tests.unit.web.conftest import PASSWORD, WebHouse

Ask = Callable[..., Awaitable[tuple[int, Any]]]


async def manager(house: WebHouse) -> Any:
    async with house.services.store.transaction() as session:
        await add_login(session, "chief", PASSWORD, "manager")
    return await house.logged_in("chief", Origin=house.origin)


async def test_nobody_below_manager_has_either(house: WebHouse, ask: Ask) -> None:
    for login in ("lin", "boss", "audit"):
        client = await house.logged_in(login, Origin=house.origin)
        assert (await ask(client, "GET", "/customers/1/dossier"))[0] == 403
        assert (await ask(client, "GET", "/customers/1/dossier/text"))[0] == 403
        assert (await ask(client, "GET", "/retention"))[0] == 403
        status, _ = await ask(client, "POST", "/customers/1/erase", json={"reason": "x", "dry_run": False})
        assert status == 403
    assert (await ask(await house.logged_in("lin"), "GET", "/customers/1/card"))[1]["name"] == "陳太太"


async def test_the_dossier_is_given_and_audited(house: WebHouse, ask: Ask) -> None:
    client = await manager(house)
    status, held = await ask(client, "GET", "/customers/1/dossier")
    assert status == 200
    assert held["name"] == "陳太太"
    assert held["numbers"]["theirs_alone"] == ["+886933000222"]
    assert len(held["tables"]["interactions"]) == 5
    assert held["copies"]["astdb"] is None, "there is no Asterisk here, and it says so"
    _, (entry,) = await ask(client, "GET", "/audit", params={"action": "customer.dossier_made"})
    assert (entry["actor"], entry["subject_id"], entry["after"]) == ("chief", "1", None)


async def test_the_dossier_is_given_to_be_read_and_audited_alike(house: WebHouse, ask: Ask) -> None:
    client = await manager(house)
    async with client.get("/api/v1/customers/1/dossier/text", headers={"Accept-Language": "zh-Hant"}) as answer:
        assert (answer.status, answer.content_type) == (200, "text/plain")
        assert "dossier-1.txt" in answer.headers["Content-Disposition"]
        text = await answer.text()
    assert "陳太太" in text
    assert "== 往來紀錄" in text
    assert len((await ask(client, "GET", "/audit", params={"action": "customer.dossier_made"}))[1]) == 1


async def test_how_long_records_are_kept_is_told(house: WebHouse, ask: Ask) -> None:
    status, told = await ask(await manager(house), "GET", "/retention")
    assert (status, told["at"], told["keep_orders_years"]) == (200, "03:30", 5)
    assert {one["kind"]: one["days"] for one in told["kinds"]}["pocket_cards"] == 180
    assert {one["kind"]: one["count"] for one in told["kinds"]}["interactions"] == 5


async def test_an_erased_customer_is_a_stranger_at_once(house: WebHouse, ask: Ask) -> None:
    client = await manager(house)
    foreseen = await ask(client, "POST", "/customers/1/erase", json={})
    assert foreseen[1]["done"] is False
    assert (await ask(client, "GET", "/customers/1/card"))[0] == 200
    status, done = await ask(client, "POST", "/customers/1/erase", json={"reason": "letter", "dry_run": False})
    assert (status, done["done"], done["rows"]) == (200, True, foreseen[1]["rows"])
    assert house.services.callers.lookup("+886933000222") == ()
    assert (await ask(client, "GET", "/customers/1/card"))[0] == 404
    assert (await ask(client, "POST", "/customers/1/notes", json={"text": "back"}))[0] == 404
    assert (await ask(client, "GET", "/audit/verdict"))[1]["sound"]


async def test_a_live_call_and_a_missing_reason_are_refused(house: WebHouse, ask: Ask) -> None:
    client = await manager(house)
    assert (await ask(client, "POST", "/customers/1/erase", json={"dry_run": False}))[0] == 400
    house.arrives()
    house.rings("101")
    house.tracker.set_customer("1.1", 1)
    await house.tracker.flush()
    status, told = await ask(client, "POST", "/customers/1/erase", json={"reason": "x", "dry_run": False})
    assert status == 409
    assert "1.1" in told["error"]["message"]
    house.hangs_up()
    await house.tracker.flush()
    house.clock.ahead += timedelta(minutes=3)
    assert (await ask(client, "POST", "/customers/1/erase", json={"reason": "x", "dry_run": False}))[0] == 200
