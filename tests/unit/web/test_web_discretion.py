"""Nobody below manager walks out with the list: every way of trying is refused and stands in the audit (M16, M17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from cti.audit.ledger import entries
from cti.customers import people
from cti.customers.csv_file import read_customers

Ask = Callable[..., Awaitable[tuple[int, Any]]]
ATTEMPTS = [
    "/customers",
    "/customers?limit=200",
    "/customers?q=%20",
    "/customers?after=1",
    "/customers/export",
    "/reports/nearly-lost",
    "/reports/stand-ins",
    "/audit",
]


async def audited(house: Any, action: str) -> list[Any]:
    async with house.services.store.session() as session:
        return [kept.entry for kept in await entries(session, action=action)]


async def crowd(house: Any, many: int) -> list[int]:
    """Customers of somebody else."""
    async with house.services.store.transaction() as session:
        rows = [await people.add(session, f"客{n}", [f"09771{n:05}"], owner="103") for n in range(many)]
        return [row.id for row in rows]


@pytest.mark.parametrize("path", ATTEMPTS)
@pytest.mark.parametrize("login", ["lin", "mei"])
async def test_a_salesperson_lists_and_exports_nothing(house: Any, ask: Ask, login: str, path: str) -> None:
    assert (await ask(await house.logged_in(login), "GET", path))[0] == 403
    (entry,) = await audited(house, "access.refused")
    assert (entry.actor, entry.subject_id) == (login, f"GET /api/v1{path.partition('?')[0]}")


async def test_a_manager_lists_and_it_is_written_down(house: Any, ask: Ask) -> None:
    ids = await crowd(house, 5)
    root = await house.logged_in("root")
    status, page = await ask(root, "GET", f"/customers?limit=3&after={ids[0]}")
    assert (status, [one["customer_id"] for one in page]) == (200, ids[1:4])
    assert page[0]["number"] == "+886977100001"
    assert [entry.actor for entry in await audited(house, "customers.listed")] == ["root"]


async def test_an_export_bears_its_watermark_on_every_line_and_can_be_imported(house: Any) -> None:
    async with house.services.store.transaction() as session:
        await people.add(session, '=HYPERLINK("http://x")', ["0977123456"], external_id="E-1")
    async with (await house.logged_in("root")).get("/api/v1/customers/export") as answer:
        content = await answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    (entry,) = await audited(house, "customers.exported")
    header, *lines = content.decode("utf-8-sig").splitlines()
    assert header.split(",")[:2] == ["external_id", "name"]
    assert lines
    assert all(line.endswith(entry.subject_id) for line in lines)
    assert "\"'=HYPERLINK" in content.decode("utf-8-sig")
    plan = read_customers(content)
    assert not plan.faults
    assert plan.ignored == ("watermark",)
    assert "+886933000222" in {number.e164 for line in plan.lines for number in line.numbers}


async def test_numbers_are_masked_outside_ones_own_calls(house: Any, ask: Ask) -> None:
    mei, root = await house.logged_in("mei"), await house.logged_in("root")
    (found,) = (await ask(mei, "GET", "/customers?q=陳太"))[1]
    assert found["number"] == "+8869•••222"
    (number,) = (await ask(mei, "GET", "/customers/1/card"))[1]["numbers"]
    assert (number["raw"], number["e164"], number["masked"]) == ("+8869•••222", "", True)
    assert number["id"]
    (number,) = (await ask(root, "GET", "/customers/1/card"))[1]["numbers"]
    assert (number["e164"], number["masked"]) == ("+886933000222", False)

    page = await house.desk("mei")
    house.arrives()
    house.rings("102")
    await page.expect("pop")
    assert (await page.expect("pop.card"))["card"]["numbers"][0]["e164"] == "+886933000222"
    (number,) = (await ask(mei, "GET", "/customers/1/card"))[1]["numbers"]
    assert number["e164"] == "+886933000222"
    house.tracker.set_customer("1.1", 1)
    house.hangs_up()
    await house.tracker.flush()
    (number,) = (await ask(mei, "GET", "/customers/1/card"))[1]["numbers"]
    assert number["e164"] == "+886933000222", "notes are still being finished"
    house.clock.ahead += timedelta(hours=2)
    assert (await ask(mei, "GET", "/customers/1/card"))[1]["numbers"][0]["e164"] == ""


async def test_unusual_look_ups_alarm_the_manager_once_and_then_stop(house: Any, ask: Ask) -> None:
    settings = house.services.settings
    ids = await crowd(house, settings.look_ups_most + 1)
    mei, boss = await house.logged_in("mei"), await house.desk("root")
    for customer_id in ids[: settings.look_ups_most]:
        assert (await ask(mei, "GET", f"/customers/{customer_id}/card"))[0] == 200
    status, answer = await ask(mei, "GET", f"/customers/{ids[-1]}/card")
    assert (status, answer["error"]["code"]) == (429, "too_many_attempts")
    alarm = await boss.expect("alarm")
    assert (alarm["kind"], alarm["raised"], alarm["values"]["login"]) == ("look_ups", True, "mei")
    (entry,) = await audited(house, "customers.many_looked_up")
    assert (entry.actor, entry.after["customers"]) == ("mei", settings.look_ups_alarm)
    assert (await ask(mei, "GET", f"/customers/{ids[0]}/card"))[0] == 200, "who was seen already is no further one"


async def test_ones_own_call_is_no_way_through_the_book(house: Any, ask: Ask) -> None:
    settings = house.services.settings
    ids = await crowd(house, settings.look_ups_most + 1)
    mei, page = await house.logged_in("mei"), await house.desk("mei")
    house.arrives(raw="0988777666")
    house.rings("102")
    await page.expect("pop")
    statuses = [
        (await ask(mei, "POST", "/calls/1.1/customer", json={"customer_id": customer_id}))[0] for customer_id in ids
    ]
    assert statuses == [200] * settings.look_ups_most + [429]
