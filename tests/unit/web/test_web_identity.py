"""Who a customer is, over the web: who may change it, what they must say, and what stands in the audit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cti.audit.ledger import entries
from cti.customers import people
from cti.customers.learning import learn

Ask = Callable[..., Awaitable[tuple[int, Any]]]
CHANGE = {"old": "0933-000-222", "new": "0922-000-222", "asked_by": "陳太太", "read_back": True}


async def audited(house: Any, action: str) -> list[Any]:
    async with house.services.store.session() as session:
        return [kept.entry for kept in await entries(session, action=action)]


@pytest.mark.parametrize("login", ["lin", "boss", "root"])
async def test_the_owner_and_those_who_lead_change_a_number(house: Any, ask: Ask, login: str) -> None:
    status, done = await ask(await house.logged_in(login), "POST", "/customers/1/numbers/change", json=CHANGE)
    assert (status, done["old"], done["new"], done["recording"]) == (200, "+886933000222", "+886922000222", None)
    (entry,) = await audited(house, "number.changed")
    assert (entry.actor, entry.asked_by, entry.subject_id) == (login, "陳太太", "1")
    # Who sees no customer's numbers outside their own calls sees that one was changed, by whom and when.
    for reader, seen in (("root", ("+886933000222", "+886922000222")), ("boss", ("+8869•••222", "+8869•••222"))):
        status, listed = await ask(await house.logged_in(reader), "GET", "/customers/1/numbers/changes")
        assert (status, [(one["before"], one["after"], one["actor"]) for one in listed]) == (200, [(*seen, login)])


@pytest.mark.parametrize("login", ["mei", "audit"])
async def test_anybody_elses_try_is_refused_and_written_down(house: Any, ask: Ask, login: str) -> None:
    status, answer = await ask(await house.logged_in(login), "POST", "/customers/1/numbers/change", json=CHANGE)
    assert (status, answer["error"]["code"]) == (403, "forbidden")
    (entry,) = await audited(house, "access.refused")
    assert (entry.actor, entry.subject_id) == (login, "POST /api/v1/customers/1/numbers/change")
    assert not await audited(house, "number.changed")


async def test_whoever_has_the_customers_call_changes_it(house: Any, ask: Ask) -> None:
    mei = await house.logged_in("mei")
    house.arrives()
    house.rings("102")
    house.answers()
    house.tracker.set_customer("1.1", 1)
    status, done = await ask(mei, "POST", "/customers/1/numbers/change", json={**CHANGE, "call_id": "1.1"})
    assert (status, done["linkedid"]) == (200, "1.1")
    (entry,) = await audited(house, "number.changed")
    assert (entry.agent, entry.linkedid) == ("102", "1.1")


async def test_a_number_that_was_not_read_back_stays(house: Any, ask: Ask) -> None:
    said = {**CHANGE, "read_back": False}
    status, answer = await ask(await house.logged_in("lin"), "POST", "/customers/1/numbers/change", json=said)
    assert (status, answer["error"]["field"]) == (409, "read_back")
    assert not await audited(house, "number.changed")


async def test_a_number_is_tried_without_keeping_it_and_without_telling_a_masked_one(house: Any, ask: Ask) -> None:
    async with house.services.store.transaction() as session:
        await people.add_number(session, 2, "0922-000-222")
    lin = await house.logged_in("lin")
    _, card = await ask(lin, "GET", "/customers/1/card")
    said = {**CHANGE, "old": f"#{card['numbers'][0]['id']}", "new": "０９２２０００２２２", "read_back": False}
    status, told = await ask(lin, "POST", "/customers/1/numbers/change?try=1", json=said)
    assert (status, told["new"], told["shown"]) == (200, "+886922000222", "0922-000-222")
    assert [one["customer_id"] for one in told["also"]] == [2]
    assert told["old"] == card["numbers"][0]["raw"]
    assert "•" in told["old"]
    _, after = await ask(lin, "GET", "/customers/1/card")
    assert after["numbers"] == card["numbers"]
    assert not await audited(house, "number.changed")
    status, answer = await ask(lin, "POST", "/customers/1/numbers/change?try=1", json={**said, "new": "12"})
    assert (status, answer["error"]["field"]) == (400, "number")


async def test_somebody_new_is_related_with_the_call_as_source(house: Any, ask: Ask) -> None:
    lin = await house.logged_in("lin")
    house.arrives()
    house.rings("101")
    said = {"role": "child", "name": "陳小寶", "call_id": "1.1"}
    status, done = await ask(lin, "POST", "/customers/1/relations", json=said)
    assert status == 201
    _, card = await ask(lin, "GET", "/customers/1/card")
    assert [(one["customer_id"], one["name"], one["role"]) for one in card["relations"]] == [
        (done["customer_id"], "陳小寶", "child")
    ]
    gone = f"/customers/1/relations/{done['customer_id']}/child"
    assert (await ask(lin, "DELETE", gone))[0] == 204
    assert (await ask(lin, "DELETE", gone))[0] == 404


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("/customers/1/relations", {"role": "child"}, 400),
        ("/customers/1/relations", {"role": "child", "name": "x", "customer_id": 2}, 400),
        ("/customers/1/relations", {"role": "emperor", "name": "x"}, 400),
        ("/customers/99/relations", {"role": "child", "name": "x"}, 404),
        ("/customers/x/relations", {"role": "child", "name": "x"}, 404),
        ("/customers/2/relations", {"role": "child", "name": "x"}, 403),
        ("/customers/1/relations", {"role": "child", "name": "x", "call_id": "9.9"}, 404),
    ],
)
async def test_relations_that_are_refused(house: Any, ask: Ask, path: str, said: dict[str, Any], status: int) -> None:
    assert (await ask(await house.logged_in("lin"), "POST", path, json=said))[0] == status


async def test_which_of_several_is_learned_and_shown_as_probable(house: Any, ask: Ask) -> None:
    async with house.services.store.transaction() as session:
        await people.add_number(session, 2, "0933-000-222")
    await house.services.callers.refresh()
    lin = await house.logged_in("lin")
    house.arrives()
    house.rings("101")
    for customer in (1, 2, 2, 1, 2):
        status, _ = await ask(lin, "POST", "/calls/1.1/customer", json={"customer_id": customer})
        assert status == 200
    await house.services.callers.refresh()
    # Put right and said again within one call, it counts once; a second call makes it a habit.
    assert house.services.callers.lookup("+886933000222")[0].probably is None
    async with house.services.store.transaction() as session:
        await learn(session, "+886933000222", 2, house.clock(), house.services.settings.zone)
    await house.services.callers.refresh()
    first = house.services.callers.lookup("+886933000222")[0]
    assert (first.customer_id, first.probably.times) == (2, 2)


async def test_only_those_who_lead_give_codes(house: Any, ask: Ask) -> None:
    assert (await ask(await house.logged_in("lin"), "PUT", "/customers/1/code", json={"code": "V1"}))[0] == 403
    boss = await house.logged_in("boss")
    assert (await ask(boss, "PUT", "/customers/1/code", json={"code": "V1"}))[0] == 204
    assert (await ask(boss, "PUT", "/customers/2/code", json={"code": "V1"}))[0] == 409
    _, found = await ask(boss, "GET", "/customers?q=V1")
    assert [(one["customer_id"], one["code"]) for one in found] == [(1, "V1")]
