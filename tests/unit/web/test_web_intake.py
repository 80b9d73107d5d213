"""Messages, orders and payments by API: who may put in what, once each, and what stands in the audit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cti.agents.logins import add_login, create_api_token
from cti.audit.ledger import entries
from cti.customers import people

Ask = Callable[..., Awaitable[tuple[int, Any]]]
SAID = {"channel": "web", "at": "2026-01-05T14:05:00+08:00", "text": "想去<b>沖繩</b>", "number": "0933-000-222"}


async def audited(house: Any, action: str) -> list[Any]:
    async with house.services.store.session() as session:
        return [kept.entry for kept in await entries(session, action=action)]


async def program(house: Any) -> Any:
    """The booking system: a manager's log-in of its own, with an API token."""
    async with house.services.store.transaction() as session:
        await add_login(session, "booking", "correct horse", "manager")
        token = await create_api_token(session, "booking", "booking system")
    return house.browser(Authorization=f"Bearer {token}")


async def test_a_program_puts_a_message_in_once(house: Any, ask: Ask) -> None:
    booking = await program(house)
    said = {**SAID, "external_id": "W-1", "agent": "102", "attachments": ["https://x.tw/a.pdf"]}
    status, first = await ask(booking, "POST", "/interactions", json=said)
    assert (status, first["outcome"], first["customer_id"]) == (200, "added", 1)
    assert (await ask(booking, "POST", "/interactions", json=said))[1]["outcome"] == "known"
    _, found = await ask(booking, "GET", "/customers/1/history?channel=web,fax")
    assert [(one["kind"], one["text"], one["agent"]) for one in found] == [("message", "想去<b>沖繩</b>", "102")]
    assert found[0]["attachments"] == ["https://x.tw/a.pdf"]


async def test_an_agent_signs_with_their_own_name(house: Any, ask: Ask) -> None:
    lin = await house.logged_in("lin")
    assert (await ask(lin, "POST", "/interactions", json={**SAID, "agent": "102"}))[0] == 403
    assert (await ask(lin, "POST", "/interactions", json=SAID))[0] == 200
    assert (await ask(lin, "GET", "/customers/1/history?limit=9&channel=web"))[1][0]["agent"] == "101"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"at": "2026-01-05T14:05:00"}, "at"),
        ({"at": "2999-01-05T14:05:00Z"}, "at"),
        ({"text": "x" * 10_001}, "text"),
        ({"channel": "pigeon"}, "channel"),
        ({"number": "hello"}, "number"),
        ({"number": None}, "customer"),
        ({"attachments": ["javascript:alert(1)"]}, "attachments"),
        ({"agent": "999"}, "agent"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_is_refused(house: Any, ask: Ask, change: dict[str, Any], field: str) -> None:
    status, answer = await ask(await house.logged_in("root"), "POST", "/interactions", json={**SAID, **change})
    assert (status, answer["error"]["field"]) == (400, field)


async def test_who_leads_sees_what_waits_and_assigns_it(house: Any, ask: Ask) -> None:
    booking, boss = await program(house), await house.logged_in("boss")
    said = {"channel": "mail", "text": "請報價,寄到 Someone@example.com", "email": "someone@example.com"}
    _, taken = await ask(booking, "POST", "/interactions", json=said)
    assert taken["outcome"] == "waiting"
    _, [waiting] = await ask(boss, "GET", "/interactions/waiting")
    assert (waiting["id"], waiting["email"]) == (taken["waiting_id"], "s•••@example.com")
    assert waiting["text"] == "請報價,寄到 s•••@example.com", "the text says it once more"
    status, done = await ask(boss, "POST", f"/interactions/waiting/{waiting['id']}", json={"customer_id": 2})
    assert (status, done["customer_id"]) == (200, 2)
    assert (await ask(boss, "GET", "/interactions/waiting"))[1] == []
    assert (await ask(await house.logged_in("lin"), "GET", "/interactions/waiting"))[0] == 403


async def test_who_leads_makes_a_prospect_of_a_sender(house: Any, ask: Ask) -> None:
    booking, boss = await program(house), await house.logged_in("boss")
    lin = await house.logged_in("lin")
    await ask(booking, "POST", "/interactions", json={**SAID, "number": "0966-000-111"})
    _, [waiting] = await ask(boss, "GET", "/interactions/waiting")
    assert (waiting["number"], waiting["may_be"]) == ("+8869•••111", [])
    path = f"/interactions/waiting/{waiting['id']}/prospect"
    assert (await ask(lin, "POST", path, json={"name": "周小姐"}))[0] == 403
    assert (await ask(boss, "POST", path, json={"name": " "}))[0] == 400
    status, answer = await ask(boss, "POST", path, json={"name": "周小姐", "owner": "999"})
    assert (status, answer["error"]["field"]) == (400, "owner")
    status, made = await ask(boss, "POST", path, json={"name": "周小姐", "owner": "101"})
    assert status == 201
    _, [found] = await ask(lin, "GET", "/customers?q=周小姐")
    assert (found["customer_id"], found["owner"]) == (made["customer_id"], "101")
    _, [entry] = await ask(lin, "GET", f"/customers/{made['customer_id']}/history")
    assert entry["text"] == SAID["text"]
    assert (await ask(boss, "POST", path, json={"name": "周小姐"}))[0] == 409
    # From now on the number is theirs.
    _, again = await ask(booking, "POST", "/interactions", json={**SAID, "number": "0966-000-111", "text": "再問一次"})
    assert (again["outcome"], again["customer_id"]) == ("added", made["customer_id"])


async def test_whom_it_may_be_is_said_by_name(house: Any, ask: Ask) -> None:
    booking, boss = await program(house), await house.logged_in("boss")
    async with house.services.store.transaction() as session:
        await people.add_number(session, 2, "0933-000-222")
    await ask(booking, "POST", "/interactions", json=SAID)
    _, [waiting] = await ask(boss, "GET", "/interactions/waiting")
    assert waiting["candidates"] == [1, 2]
    assert [(one["name"], one["owner"]) for one in waiting["may_be"]] == [("陳太太", "101"), ("黃先生", "102")]


async def test_orders_and_payments_of_the_booking_system(house: Any, ask: Ask) -> None:
    booking = await program(house)
    orders = [{"external_id": f"B-{n}", "title": f"第{n}團", "amount": 1000, "customer_id": 1} for n in range(300)]
    status, done = await ask(booking, "POST", "/orders/bulk", json={"orders": orders})
    assert (status, {one["outcome"] for one in done}) == (200, {"added"})
    assert {one["outcome"] for one in (await ask(booking, "POST", "/orders/bulk", json={"orders": orders}))[1]} == {
        "unchanged"
    }
    paid = {"external_id": "P-1", "order": "B-7", "amount": 1000, "method": "card"}
    status, done = await ask(booking, "POST", "/payments", json=paid)
    assert (status, done["customer_id"]) == (200, 1)
    _, account = await ask(booking, "GET", "/customers/1/account")
    assert (account["preferred"], account["outstanding"]) == ("card", 299_000)
    _, [newest] = await ask(booking, "GET", "/customers/1/history?kind=payment")
    assert (newest["text"], newest["amount"], newest["method"]) == ("第7團", 1000, "card")
    assert [entry.subject_id for entry in await audited(house, "payment.added")] == [str(done["id"])]


async def test_one_fault_keeps_the_whole_call_out(house: Any, ask: Ask) -> None:
    booking = await program(house)
    wrong = [{"title": "好", "customer_id": 1}, {"title": "壞", "customer_id": 404}]
    status, answer = await ask(booking, "POST", "/orders/bulk", json={"orders": wrong})
    assert (status, answer["error"]["field"]) == (400, "orders")
    assert "404" in answer["error"]["message"]
    assert (await ask(booking, "GET", "/customers/1/history?kind=order"))[1] == []
    assert not await audited(house, "order.added")
    many = [{"title": "x", "customer_id": 1}] * 501
    assert (await ask(booking, "POST", "/orders/bulk", json={"orders": many}))[0] == 400


async def test_an_agent_puts_one_order_in_and_changes_it(house: Any, ask: Ask) -> None:
    lin = await house.logged_in("lin")
    _, made = await ask(lin, "POST", "/orders", json={"title": "沖繩", "customer_id": 1})
    status, changed = await ask(lin, "PATCH", f"/orders/{made['id']}", json={"amount": 500, "due": "2026-12-01"})
    assert (status, changed["outcome"]) == (200, "changed")
    (entry,) = await audited(house, "order.changed")
    assert (entry.actor, entry.before["amount"], entry.after["amount"]) == ("lin", 0, 500)
    for path, body in (("/orders/bulk", {"orders": []}), ("/payments/bulk", {"payments": []})):
        assert (await ask(lin, "POST", path, json=body))[0] == 403
    assert (await ask(lin, "PATCH", "/payments/1", json={"amount": 1}))[0] == 403
    assert (await ask(lin, "GET", "/reports/orders"))[0] == 403
    assert (await ask(await house.logged_in("root"), "GET", "/reports/orders"))[1]["twice"] == []


async def test_a_colleagues_order_is_neither_changed_nor_taken(house: Any, ask: Ask) -> None:
    """By our number, by theirs, and by saying that it is another customer's."""
    lin, mei, boss = [await house.logged_in(one) for one in ("lin", "mei", "boss")]
    _, made = await ask(lin, "POST", "/orders", json={"title": "沖繩", "customer_id": 1, "external_id": "B-1"})
    _, mine = await ask(mei, "POST", "/orders", json={"title": "北海道", "customer_id": 2, "external_id": "B-2"})
    for method, path, body in (
        ("PATCH", f"/orders/{made['id']}", {"discount": 900}),
        ("PATCH", f"/orders/{made['id']}", {"customer_id": 2}),
        ("PATCH", f"/orders/{mine['id']}", {"customer_id": 1}),
        ("POST", "/orders", {"external_id": "B-1", "state": "cancelled"}),
        ("POST", "/orders", {"external_id": "B-1", "customer_id": 2}),
    ):
        assert (await ask(mei, method, path, json=body))[0] == 403, (path, body)
    assert not await audited(house, "order.changed")
    assert len(await audited(house, "access.refused")) == 5
    assert (await ask(mei, "PATCH", f"/orders/{mine['id']}", json={"discount": 9}))[0] == 200
    assert (await ask(boss, "PATCH", f"/orders/{made['id']}", json={"discount": 9}))[0] == 200


async def test_a_payment_that_was_put_in_is_changed_by_managers(house: Any, ask: Ask) -> None:
    booking, lin = await program(house), await house.logged_in("lin")
    paid = {"external_id": "P-1", "customer_id": 1, "amount": 1000}
    assert (await ask(lin, "POST", "/payments", json=paid))[1]["outcome"] == "added"
    assert (await ask(lin, "POST", "/payments", json=paid))[1]["outcome"] == "unchanged"
    assert (await ask(lin, "POST", "/payments", json={**paid, "amount": 1}))[0] == 403
    assert (await ask(booking, "POST", "/payments", json={**paid, "amount": 1}))[1]["outcome"] == "changed"


async def test_what_is_nobodys_is_dismissed_with_a_reason_and_taken_back(house: Any, ask: Ask) -> None:
    booking, boss = await program(house), await house.logged_in("boss")
    said = {"channel": "mail", "text": "便宜機票!!!", "email": "spam@example.com", "external_id": "M-1"}
    _, taken = await ask(booking, "POST", "/interactions", json=said)
    path = f"/interactions/waiting/{taken['waiting_id']}"
    assert (await ask(boss, "POST", f"{path}/dismiss", json={"reason": " "}))[0] == 400
    assert (await ask(await house.logged_in("lin"), "POST", f"{path}/dismiss", json={"reason": "x"}))[0] == 403
    assert (await ask(boss, "POST", f"{path}/dismiss", json={"reason": "廣告"}))[0] == 204
    assert (await ask(boss, "GET", "/interactions/waiting"))[1] == []
    _, [gone] = await ask(boss, "GET", "/interactions/waiting?dismissed=true")
    assert (gone["id"], gone["dismissed_by"], gone["reason"]) == (taken["waiting_id"], "boss", "廣告")
    # It comes once more, is dismissed once more, is given to somebody all the same.
    assert (await ask(booking, "POST", "/interactions", json=said))[1]["outcome"] == "known"
    assert (await ask(boss, "POST", f"{path}/dismiss", json={"reason": "廣告"}))[0] == 409
    assert (await ask(boss, "POST", path, json={"customer_id": 2}))[0] == 409
    assert (await ask(boss, "POST", f"{path}/prospect", json={"name": "周小姐"}))[0] == 409
    assert (await ask(boss, "POST", f"{path}/restore"))[0] == 204
    assert (await ask(boss, "POST", f"{path}/restore"))[0] == 409
    assert (await ask(boss, "POST", path, json={"customer_id": 2}))[0] == 200
    assert (await ask(boss, "POST", f"{path}/dismiss", json={"reason": "廣告"}))[0] == 409
    [entry] = await audited(house, "waiting_message.dismissed")
    assert (entry.actor, entry.text, entry.subject_id) == ("boss", "廣告", str(taken["waiting_id"]))
    assert [one.actor for one in await audited(house, "waiting_message.restored")] == ["boss"]
