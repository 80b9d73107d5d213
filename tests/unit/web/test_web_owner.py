"""Who looks after whom by HTTP, and two people who work on one customer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.unit.web.conftest import WebHouse

Ask = Callable[..., Awaitable[tuple[int, Any]]]


async def test_a_lead_hands_a_customer_over_and_routing_follows(house: WebHouse, ask: Ask) -> None:
    client = await house.logged_in("boss", Origin=house.origin)
    status, kept = await ask(client, "POST", "/customers/1/owner", json={"to": "102", "reason": "小林請長假"})
    assert status == 200
    assert (kept[0]["agent"], kept[0]["by"], kept[0]["reason"], kept[0]["until"]) == ("102", "boss", "小林請長假", None)
    assert house.services.callers.lookup("+886933000222")[0].owner == "102"
    lin = await house.logged_in("lin")
    assert (await ask(lin, "GET", "/customers/1/assignments"))[1] == kept
    card = (await ask(lin, "GET", "/customers/1/card"))[1]
    assert [one["agent"] for one in card["assignments"]] == ["102"]
    audit = await house.logged_in("audit")
    _, (entry,) = await ask(audit, "GET", "/audit", params={"action": "customer.assigned"})
    assert (entry["before"], entry["after"], entry["text"]) == ({"owner": "101"}, {"owner": "102"}, "小林請長假")


async def test_bad_owners_are_refused(house: WebHouse, ask: Ask) -> None:
    client = await house.logged_in("boss", Origin=house.origin)
    for body, expected in (
        ({"to": "999", "reason": "x"}, 404),
        ({"to": "102", "reason": "  "}, 400),
        ({"reason": "x"}, 400),
    ):
        assert (await ask(client, "POST", "/customers/1/owner", json=body))[0] == expected
    assert (await ask(client, "POST", "/customers/77/owner", json={"to": "102", "reason": "x"}))[0] == 404
    assert house.services.callers.lookup("+886933000222")[0].owner == "101"


async def test_who_looks_a_customer_up_hears_who_talks_to_them_and_the_other_too(house: WebHouse, ask: Ask) -> None:
    mei, lin = await house.desk("mei"), await house.desk("lin")
    house.arrives()
    house.rings("101")
    house.answers()
    await lin.expect("pop")
    await lin.expect("call.answered")
    client = await house.logged_in("mei")
    await ask(client, "GET", "/customers/1/card")
    heard = await mei.expect("colleague.active")
    assert (heard["customer_id"], heard["agent"], heard["what"]) == (1, "101", "call")
    other = await lin.expect("colleague.active")
    assert (other["agent"], other["name"], other["what"]) == ("102", "王美美", "looking")
    late = await house.desk("mei")
    assert [one["agent"] for one in late.snapshot["company"]] == ["101"]
    await ask(client, "GET", "/customers/2/card")
    assert (await mei.expect("colleague.active"))["what"] == "over"
    assert (await lin.expect("colleague.active"))["what"] == "over"
