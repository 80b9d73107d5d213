"""What is known of a customer, over the web: who writes it, who defines fields, who opens an identity number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cti.audit.ledger import entries

Ask = Callable[..., Awaitable[tuple[int, Any]]]
EN = {"Accept-Language": "en"}


async def audited(house: Any, action: str) -> list[Any]:
    async with house.services.store.session() as session:
        return [kept.entry for kept in await entries(session, action=action)]


async def test_a_fact_is_noted_in_a_call_confirmed_hidden_and_forgotten(house: Any, ask: Ask) -> None:
    lin = await house.logged_in("lin")
    house.arrives()
    house.rings("101")
    said = {"key": "房間", "value": "安靜", "call_id": "1.1"}
    status, fact = await ask(lin, "PUT", "/customers/1/facts", json=said)
    assert (status, fact["source"], fact["linkedid"], fact["times_confirmed"]) == (200, "call", "1.1", 1)
    at = f"/customers/1/facts/{fact['id']}"
    _, fact = await ask(lin, "POST", f"{at}/confirm", json={})
    assert fact["times_confirmed"] == 2
    _, fact = await ask(lin, "PUT", f"{at}/mention", json={"do_not_mention": True})
    assert fact["do_not_mention"]
    _, card = await ask(lin, "GET", "/customers/1/card")
    assert [(one["key"], one["do_not_mention"]) for one in card["preferences"]] == [("房間", True)]
    assert [one["key"] for one in card["to_ask"]] == ["email", "address"]
    assert (await ask(lin, "DELETE", at))[0] == 204
    assert (await ask(lin, "POST", f"{at}/confirm", json={}))[0] == 404
    assert [entry.actor for entry in await audited(house, "fact.")] == ["lin", "lin"]


async def test_what_was_read_masked_is_not_kept_so(house: Any, ask: Ask) -> None:
    lin = await house.logged_in("lin")
    whole = {"key": "LINE", "value": "0977-123-456", "kind": "contact"}
    assert (await ask(lin, "PUT", "/customers/1/facts", json=whole))[0] == 200
    status, refusal = await ask(lin, "PUT", "/customers/1/facts", json={**whole, "value": "0977•••456"})
    assert (status, refusal["error"]["field"]) == (400, "value"), refusal
    root = await house.logged_in("root")
    kept = (await ask(root, "GET", "/customers/1/card"))[1]["facts"]
    assert "0977-123-456" in {one["value"] for one in kept}


async def test_the_card_on_the_screen_follows_a_fact(house: Any, ask: Ask) -> None:
    page = await house.desk("lin")
    house.arrives()
    house.rings("101")
    await page.expect("pop")
    lin = await house.logged_in("lin")
    await ask(lin, "PUT", "/customers/1/facts", json={"key": "email", "value": "chen@example.com"})
    while True:
        told = await page.expect("pop.card", "pop")
        if told["card"] and told["card"]["email"] == "chen@example.com":
            break
    assert [one["key"] for one in told["card"]["to_ask"]] == ["address"]


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("PUT", "/customers/1/facts", {"key": "a", "value": "b"}),
        ("POST", "/customers/1/facts/email/confirm", {}),
        ("PUT", "/customers/1/consents/sms", {"given": True}),
        ("PUT", "/customers/1/identity/national", {"number": "A123456789"}),
        ("POST", "/customers/1/identity/national/reveal", None),
        ("PUT", "/fields/seat", {"label": "座位"}),
        ("DELETE", "/fields/seat", {"version": 0}),
    ],
)
async def test_a_colleague_writes_nothing_and_each_try_is_written_down(
    house: Any, ask: Ask, method: str, path: str, said: Any
) -> None:
    options = {"json": said} if said is not None else {}
    assert (await ask(await house.logged_in("mei"), method, path, **options))[0] == 403
    assert [entry.subject_id for entry in await audited(house, "access.refused")] == [f"{method} /api/v1{path}"]


async def test_an_identity_number_is_kept_by_its_owner_and_opened_by_who_may(house: Any, ask: Ask) -> None:
    lin, root = await house.logged_in("lin"), await house.logged_in("root")
    status, kept = await ask(lin, "PUT", "/customers/1/identity/national", json={"number": "A123456789"})
    assert (status, kept) == (200, {"kind": "national", "shown": "A1•••••789"})
    for login in ("lin", "boss"):
        status, _ = await ask(await house.logged_in(login), "POST", "/customers/1/identity/national/reveal")
        assert status == 403
    assert await ask(root, "POST", "/customers/1/identity/national/reveal") == (200, {"number": "A123456789"})
    assert [entry.actor for entry in await audited(house, "identity.revealed")] == ["root"]


async def test_fields_are_defined_by_managers_and_filled_by_agents(house: Any, ask: Ask) -> None:
    lin, root = await house.logged_in("lin"), await house.logged_in("root")
    field = {"label": "座位", "kind": "choice", "choices": ["走道", "靠窗"], "ask": True}
    status, made = await ask(root, "PUT", "/fields/seat", json=field)
    version = made["version"]
    assert (status, made) == (200, {"key": "seat", **field, "version": version})
    assert await ask(lin, "GET", "/fields") == (200, [made])
    status, answer = await ask(lin, "PUT", "/customers/1/facts", json={"key": "seat", "value": "中間"})
    assert (status, answer["error"]["field"]) == (400, "seat")
    assert (await ask(lin, "PUT", "/customers/1/facts", json={"key": "seat", "value": "走道"}))[0] == 200
    assert (await ask(root, "DELETE", "/fields/seat", json={"version": version}))[0] == 204
    assert await ask(lin, "GET", "/fields") == (200, [])


async def test_a_field_that_somebody_changed_meanwhile_is_not_written_over(house: Any, ask: Ask) -> None:
    root, other = await house.logged_in("root"), await house.logged_in("root", **EN)
    _, made = await ask(root, "PUT", "/fields/seat", json={"label": "座位"})
    status, refused = await ask(other, "PUT", "/fields/seat", json={"label": "位子"})
    assert (status, refused["error"]["code"], refused["error"]["field"]) == (409, "refused", "key")
    seen = {"version": made["version"]}
    _, now = await ask(root, "PUT", "/fields/seat", json={"label": "機上座位", **seen})
    for method, body in (("PUT", {"label": "位子", **seen}), ("DELETE", seen)):
        status, refused = await ask(other, method, "/fields/seat", json=body)
        error = refused["error"]
        assert (status, error["code"], error["by"]) == (409, "stale", "root")
        assert error["changes"] == [{"field": "label", "before": "座位", "after": "機上座位"}]
    assert (await ask(other, "GET", "/fields"))[1] == [now]
    assert (await ask(other, "DELETE", "/fields/seat", json={"version": now["version"]}))[0] == 204
    # Taken away is changed, too: nobody brings it back unseen.
    assert (await ask(other, "PUT", "/fields/seat", json={"label": "位子", "version": now["version"]}))[0] == 409


async def test_a_consent_is_kept_with_its_call(house: Any, ask: Ask) -> None:
    lin = await house.logged_in("lin")
    status, said = await ask(lin, "PUT", "/customers/1/consents/sms", json={"given": False})
    assert (status, said["key"], said["value"], said["source"]) == (200, "consent.sms", "no", "person")
    assert (await ask(lin, "PUT", "/customers/1/consents/pigeon", json={"given": False}))[0] == 400
