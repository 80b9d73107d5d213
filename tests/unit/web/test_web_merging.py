"""One record a person, over the web: who may merge, what the former id answers, and the audit of both ways."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cti.audit.ledger import entries
from cti.customers import people

Ask = Callable[..., Awaitable[tuple[int, Any]]]


async def twin(house: Any) -> int:
    """陳太太 a second time, by another number."""
    async with house.services.store.transaction() as session:
        row = await people.add(session, "陳太太", ["0955-000-555", "0933-000-222"], email="chen@example.com")
        await people.add_note(session, row.id, "早餐吃素", "102")
        return row.id


async def test_duplicates_are_merged_and_taken_apart_again(house: Any, ask: Ask) -> None:
    other = await twin(house)
    root, boss = await house.logged_in("root"), await house.logged_in("boss")
    assert await ask(root, "POST", "/duplicates/find") == (200, {"open": 1})
    status, tried = await ask(boss, "POST", "/customers/1/merge?try=1", json={"loser_id": other})
    assert (status, tried["set_aside"]) == (200, {"customer_numbers": 1})
    assert await ask(boss, "GET", "/merges") == (200, [])
    status, done = await ask(boss, "POST", "/customers/1/merge", json={"loser_id": other, "reason": "同一人"})
    assert tried["moved"] == done["moved"]
    assert (status, done["set_aside"], done["by"]) == (200, {"customer_numbers": 1}, "boss")
    status, card = await ask(boss, "GET", f"/customers/{other}/card")
    assert (status, card["customer_id"], len(card["numbers"])) == (200, 1, 2)
    _, said = await ask(boss, "GET", f"/customers/{other}/history")
    assert "早餐吃素" in {one["text"] for one in said}
    _, listed = await ask(boss, "GET", "/customers/1/merges")
    _, (named,) = await ask(boss, "GET", "/merges")
    assert (named["winner"], named["loser"], named["id"]) == ("陳太太", "陳太太", listed[0]["id"])
    status, undone = await ask(boss, "POST", f"/merges/{listed[0]['id']}/undo")
    assert (status, undone["undone_by"]) == (200, "boss")
    _, card = await ask(boss, "GET", f"/customers/{other}/card")
    assert (card["customer_id"], card["email"][-12:]) == (other, "@example.com")
    assert (await ask(boss, "POST", f"/merges/{listed[0]['id']}/undo"))[0] == 409
    async with house.services.store.session() as session:
        actions = [kept.entry.action for kept in await entries(session, action="customer.")]
    assert actions == ["customer.unmerged", "customer.merged"]


async def test_a_pair_is_dismissed(house: Any, ask: Ask) -> None:
    async with house.services.store.transaction() as session:
        other = (await people.add(session, "陳美玲", ["0933-000-222"])).id
    root, boss = await house.logged_in("root"), await house.logged_in("boss")
    assert await ask(root, "POST", "/duplicates/find") == (200, {"open": 1})
    _, (pair,) = await ask(boss, "GET", "/duplicates?least=60")
    assert (pair["first_id"], pair["second_id"], pair["reasons"]) == (1, other, ["number", "surname"])
    assert (await ask(boss, "POST", "/customers/1/duplicates/dismiss", json={"other_id": other}))[0] == 204
    assert await ask(boss, "GET", "/duplicates") == (200, [])
    assert await ask(root, "POST", "/duplicates/find") == (200, {"open": 0})
    assert (await ask(boss, "POST", "/customers/1/duplicates/reopen", json={"other_id": other}))[0] == 204
    assert len((await ask(boss, "GET", "/duplicates"))[1]) == 1


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/duplicates", None),
        ("POST", "/duplicates/find", None),
        ("POST", "/customers/1/merge", {"loser_id": 2}),
        ("POST", "/customers/1/duplicates/dismiss", {"other_id": 2}),
        ("GET", "/customers/1/merges", None),
        ("GET", "/merges", None),
        ("POST", "/merges/1/undo", None),
    ],
)
async def test_an_agent_merges_nobody(house: Any, ask: Ask, method: str, path: str, said: Any) -> None:
    options = {"json": said} if said is not None else {}
    assert (await ask(await house.logged_in("lin"), method, path, **options))[0] == 403


async def test_a_live_call_of_the_one_who_goes_is_the_others(house: Any, ask: Ask) -> None:
    other = await twin(house)
    house.arrives("0955000555")
    house.rings("103")
    house.tracker.set_customer("1.1", other)
    status, _ = await ask(await house.logged_in("boss"), "POST", "/customers/1/merge", json={"loser_id": other})
    assert (status, house.tracker.get("1.1").customer_id) == (200, 1)
