"""Messages to customers by HTTP: who may queue, see, retry and cancel them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from cti.audit.ledger import entries
from cti.customers import outbox
from tests.unit.web.conftest import WebHouse

Ask = Callable[..., Awaitable[tuple[int, Any]]]
BODY = {"channel": "sms", "target": "0933-000-222", "text": "您的機票已開立,請以 0933-000-222 登入", "key": "ticket-1"}


async def test_whose_customer_it_is_writes_to_them_and_nobody_else(house: WebHouse, ask: Ask) -> None:
    lin = await house.logged_in("lin", Origin=house.origin)
    status, made = await ask(lin, "POST", "/customers/1/messages", json=BODY)
    assert (status, made["state"], made["by"], made["target"]) == (201, "queued", "lin", "+8869•••222")
    again = (await ask(lin, "POST", "/customers/1/messages", json=BODY))[1]
    assert again["id"] == made["id"]
    mei = await house.logged_in("mei", Origin=house.origin)
    assert (await ask(mei, "POST", "/customers/1/messages", json=BODY | {"key": "x"}))[0] == 403
    assert (await ask(mei, "POST", f"/messages/{made['id']}/cancel"))[0] == 403
    assert (await ask(mei, "GET", "/messages"))[0] == 403
    status, (seen,) = await ask(mei, "GET", "/customers/1/messages")
    assert (status, seen["target"]) == (200, "+8869•••222")
    assert seen["text"] == "您的機票已開立,請以 +8869•••222 登入"
    boss = await house.logged_in("boss", Origin=house.origin)
    status, refused = await ask(boss, "POST", f"/messages/{made['id']}/retry")
    assert (status, refused["error"]["code"]) == (409, "refused")
    assert (await ask(boss, "POST", f"/messages/{made['id']}/cancel"))[1]["state"] == "cancelled"
    assert [one["id"] for one in (await ask(boss, "GET", "/messages", params={"state": "cancelled"}))[1]] == [
        made["id"]
    ]
    assert (await ask(boss, "GET", "/messages", params={"state": "lost"}))[0] == 400
    for path in ("/messages/77/cancel", "/messages/x/retry", "/customers/77/messages"):
        method = "GET" if path.startswith("/cust") else "POST"
        assert (await ask(boss, method, path))[0] == 404
    for wrong in ({"target": "02-2345-6789"}, {"channel": "pigeon"}, {"target": "nobody", "channel": "mail"}):
        status, _ = await ask(boss, "POST", "/customers/1/messages", json=BODY | {"key": "y"} | wrong)
        assert status == 400


async def test_what_failed_is_seen_sent_again_or_given_up_with_a_reason(house: WebHouse, ask: Ask) -> None:
    boss, chief = (
        await house.logged_in("boss", Origin=house.origin),
        await house.logged_in("root", Origin=house.origin),
    )
    made = [(await ask(boss, "POST", "/customers/1/messages", json=BODY | {"key": f"k{n}"}))[1]["id"] for n in range(3)]
    tried = house.services.now()
    async with house.services.store.transaction() as session:
        for one in made[:2]:
            row = await outbox.find(session, one)
            row.state, row.tries, row.tried, row.error = "failed", 12, tried, "0933000222: no such subscriber"
    _, [newest, oldest] = await ask(boss, "GET", "/messages", params={"state": "failed"})
    assert (newest["customer"], newest["tries"], newest["has_way"]) == ("陳太太", 12, False)
    assert newest["tried"] is not None
    assert newest["error"] == "+8869•••222: no such subscriber"
    _, [seen, _] = await ask(chief, "GET", "/messages", params={"state": "failed"})
    assert (seen["target"], seen["error"]) == ("+886933000222", "0933000222: no such subscriber")
    _, earlier = await ask(boss, "GET", "/messages", params={"state": "failed", "before": newest["id"]})
    assert [one["id"] for one in earlier] == [oldest["id"]]
    path = f"/messages/{newest['id']}/give-up"
    assert (await ask(boss, "POST", path, json={"reason": " "}))[0] == 400
    mei = await house.logged_in("mei", Origin=house.origin)
    assert (await ask(mei, "POST", path, json={"reason": "x"}))[0] == 403
    status, given_up = await ask(boss, "POST", path, json={"reason": "已用電話告知"})
    assert (status, given_up["state"], given_up["reason"], given_up["decided_by"]) == (
        200,
        "cancelled",
        "已用電話告知",
        "boss",
    )
    status, again = await ask(boss, "POST", f"/messages/{oldest['id']}/retry")
    assert (status, again["state"], again["error"], again["decided_by"]) == (200, "queued", "", "boss")
    async with house.services.store.session() as session:
        [entry] = [kept.entry for kept in await entries(session, action="message.cancelled")]
    assert (entry.actor, entry.text, entry.subject_id) == ("boss", "已用電話告知", "1")
