"""The API an agent's page works with: colleagues, customers, calls, the plan in words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Ask = Callable[..., Awaitable[tuple[int, Any]]]


async def a_call_of_101(house: Any, answered: bool = True) -> None:
    """陳太太 rings 101, who talks to her; over and recorded."""
    house.arrives()
    house.rings("101")
    if answered:
        house.answers()
    house.hangs_up()
    await house.tracker.flush()


async def test_colleagues_and_presence(house: Any, ask: Ask) -> None:
    client, watching = await house.logged_in("lin"), await house.desk("mei")
    status, agents = await ask(client, "GET", "/agents")
    assert status == 200
    assert [one["code"] for one in agents] == ["101", "102", "103"]
    assert agents[0] | {"name": "林小明", "deputy": "102", "presence": "available"} == agents[0]
    assert "phone_secret" not in agents[0]
    assert (await ask(client, "PATCH", "/agents/me", json={"presence": "dnd"})) == (204, None)
    told = await watching.expect("presence")
    while (told["agent"], told["state"]) != ("101", "dnd"):
        told = await watching.expect("presence")
    assert (await ask(client, "GET", "/agents"))[1][0]["state"] == "dnd"
    assert house.services.directory.directory.agents["101"].dnd, "the next call must know"


async def test_presence_belongs_to_agents(house: Any, ask: Ask) -> None:
    status, answer = await ask(await house.logged_in("root"), "PATCH", "/agents/me", json={"presence": "dnd"})
    assert (status, answer["error"]["code"]) == (409, "refused")


async def test_searching_needs_something_to_search_for(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    for query in ("?q=陳", "?q=%20陳%20", "?q=陳太&limit=201", "?q=陳太&owner=101"):
        assert (await ask(client, "GET", f"/customers{query}"))[0] == 400, query
    assert await ask(client, "GET", "/customers?q=陳太") == (
        200,
        [
            {"customer_id": 1, "name": "陳太太", "tier": "A", "owner": "101", "number": "+8869•••222"}
            | {"code": None, "found_by": "name", "found": "陳太太"}
        ],
    )
    assert [one["customer_id"] for one in (await ask(client, "GET", "/customers?q=0933-000-222"))[1]] == [1]
    assert (await ask(client, "GET", "/customers?q=%25%25"))[1] == [], "a wildcard is only a letter"


async def test_card_and_history(house: Any, ask: Ask) -> None:
    client = await house.logged_in("mei")
    status, card = await ask(client, "GET", "/customers/1/card")
    assert (status, card["name"], card["owner"]) == (200, "陳太太", "101")
    first = (await ask(client, "GET", "/customers/1/history?limit=3"))[1]
    assert [entry["text"] for entry in first] == ["day 1", "day 2", "day 3"]
    rest = (await ask(client, "GET", f"/customers/1/history?limit=3&before={first[-1]['id']}"))[1]
    assert [entry["text"] for entry in rest] == ["day 4", "day 5"]


@pytest.mark.parametrize("path", ["/customers/99/card", "/customers/x/card", "/customers/-1/card", "/customers/²/card"])
async def test_no_such_customer(house: Any, ask: Ask, path: str) -> None:
    status, answer = await ask(await house.logged_in("lin"), "GET", path)
    assert (status, answer["error"]["code"]) == (404, "not_found")


async def test_a_note_reaches_history_and_the_card_on_the_screen(house: Any, ask: Ask) -> None:
    client, page = await house.logged_in("lin"), await house.desk("lin")
    house.arrives()
    house.rings("101")
    await page.expect("pop")
    await ask(client, "POST", "/calls/1.1/customer", json={"customer_id": 1})
    assert (await page.expect("pop.card"))["card"]["name"] == "陳太太"
    note = {"text": "想坐靠窗", "call_id": "1.1"}
    assert (await ask(client, "POST", "/customers/1/notes", json=note)) == (204, None)
    changed = await page.expect("pop.card")
    assert changed["card"]["interactions"][0]["text"] == "想坐靠窗"
    [newest, *_] = (await ask(client, "GET", "/customers/1/history"))[1]
    assert (newest["text"], newest["agent"], newest["linkedid"], newest["channel"]) == (
        "想坐靠窗",
        "101",
        "1.1",
        "note",
    )


async def test_a_new_prospect_of_an_unknown_caller(house: Any, ask: Ask) -> None:
    client, page = await house.logged_in("mei"), await house.desk("mei")
    house.arrives(raw="0912345678")
    house.rings("102")
    assert (await page.expect("pop"))["card"] is None
    status, made = await ask(client, "POST", "/customers", json={"name": "新客人", "call_id": "1.1"})
    assert (status, made["card"]["owner"], made["card"]["numbers"][0]["e164"]) == (201, "102", "+886912345678")
    changed = await page.expect("pop.card")
    assert changed["card"]["customer_id"] == made["customer_id"]
    assert changed["matches"][0]["why"] == "chosen"
    assert house.tracker.get("1.1").customer_id == made["customer_id"]
    assert await house.services.callers.refresh()
    assert house.services.callers.lookup("+886912345678")[0].name == "新客人"


async def test_a_prospect_whose_number_is_withheld(house: Any, ask: Ask) -> None:
    client = await house.logged_in("mei")
    house.arrives(raw="anonymous")
    house.rings("102")
    status, made = await ask(client, "POST", "/customers", json={"name": "不願透露", "call_id": "1.1"})
    assert (status, made["card"]["numbers"]) == (201, [])
    assert (await ask(client, "POST", "/customers", json={"name": "x"}))[0] == 400
    assert (await ask(client, "POST", "/customers", json={"name": "x", "number": "hello"}))[0] == 400


async def test_a_hostile_text_stays_text(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    hostile = "<img src=x onerror=alert(1)>'; DROP TABLE customers;-- 😀"
    status, made = await ask(client, "POST", "/customers", json={"name": hostile, "number": "0955123456"})
    assert (status, made["card"]["name"]) == (201, hostile)
    assert (await ask(client, "POST", f"/customers/{made['customer_id']}/notes", json={"text": hostile}))[0] == 204
    assert (await ask(client, "GET", f"/customers/{made['customer_id']}/history"))[1][0]["text"] == hostile


async def test_an_agent_sees_their_own_calls_and_a_lead_all(house: Any, ask: Ask) -> None:
    await a_call_of_101(house)
    owner, other, boss = [await house.logged_in(login) for login in ("lin", "mei", "boss")]
    for client, number in ((owner, "+886933000222"), (boss, None), (await house.logged_in("audit"), "+886933000222")):
        [call] = (await ask(client, "GET", "/calls"))[1]
        assert (call["linkedid"], call["caller"]["e164"], call["answered_by"]) == ("1.1", number, "101")
        assert (await ask(client, "GET", "/calls/1.1"))[1]["legs"][0]["reason"] == "answered"
    assert await ask(other, "GET", "/calls") == (200, [])
    assert (await ask(other, "GET", "/calls/1.1"))[0] == 404
    assert (await ask(other, "POST", "/calls/1.1/customer", json={"customer_id": 2}))[0] == 404
    assert (await ask(other, "POST", "/customers/1/notes", json={"text": "x", "call_id": "1.1"}))[0] == 404


async def test_a_call_that_is_over_can_still_be_tied(house: Any, ask: Ask) -> None:
    await a_call_of_101(house, answered=False)
    client = await house.logged_in("lin")
    house.tracker._calls.clear()
    status, card = await ask(client, "POST", "/calls/1.1/customer", json={"customer_id": 2})
    assert (status, card["name"]) == (200, "黃先生")
    [call] = (await ask(client, "GET", "/calls"))[1]
    assert (call["customer_id"], call["customer_name"], call["reason"]) == (2, "黃先生", "caller_hung_up")
    assert (await ask(client, "POST", "/calls/1.1/customer", json={"customer_id": 99}))[0] == 404


async def test_calls_before_an_instant(house: Any, ask: Ask) -> None:
    await a_call_of_101(house)
    client = await house.logged_in("boss")
    [call] = (await ask(client, "GET", "/calls"))[1]
    assert await ask(client, "GET", "/calls", params={"before": call["started"]}) == (200, [])
    assert (await ask(client, "GET", "/calls?before=yesterday"))[0] == 400
    assert (await ask(client, "GET", "/calls?limit=0"))[0] == 400


async def test_who_would_ring_and_why(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin", **{"Accept-Language": "en"})
    question = {"to": "0255501000", "from": "0933000222", "at": "2026-11-23 21:10"}
    status, plan = await ask(client, "GET", "/route/explain", params=question)
    assert status == 200
    assert (plan["dialled"], plan["caller"], plan["customer"]["name"]) == ("+886255501000", "+886933000222", "陳太太")
    assert plan["at"] == "2026-11-23T21:10:00+08:00", "a time without a zone is the firm's"
    steps = [(step["kind"], step["agent"], step["endpoint"], step["seconds"]) for step in plan["steps"]]
    assert steps == [
        ("desk", "101", "PJSIP/101", 15),
        ("mobile", "101", "PJSIP/0900000101@carrier", 20),
        ("deputy", "102", "PJSIP/102", 15),
        ("deputy", "102", "PJSIP/0900000102@carrier", 20),
        ("group", None, "PJSIP/101&PJSIP/102&PJSIP/103", 30),
    ]
    assert "林小明" in plan["steps"][0]["why"]
    assert plan["steps"][0]["why_code"] == "owner_desk"
    assert "總機" in plan["steps"][-1]["why"]
    chinese = (await ask(client, "GET", "/route/explain", params=question, headers={"Accept-Language": "zh-TW"}))[1]
    assert chinese["steps"][0]["why"] != plan["steps"][0]["why"]
    assert (await ask(client, "GET", "/route/explain"))[0] == 400


async def test_a_withheld_number_and_an_unregistered_desk_are_explained(house: Any, ask: Ask) -> None:
    from routing.model import Passed

    house.directory.set_desk_state("101", Passed.OFFLINE)
    client = await house.logged_in("lin")
    withheld = (await ask(client, "GET", "/route/explain?to=0255501000"))[1]
    assert (withheld["caller"], withheld["customer"]) == (None, None)
    assert [step["kind"] for step in withheld["steps"]] == ["group"]
    known = (await ask(client, "GET", "/route/explain?to=0255501000&from=0933000222"))[1]
    assert (known["steps"][0]["passed"], known["steps"][1]["passed"]) == ("offline", None)
    assert known["steps"][0]["passed_text"]


async def test_the_pages_dictionary(house: Any, ask: Ask) -> None:
    client = house.browser()
    chinese, english = [(await ask(client, "GET", f"/translations/{tag}"))[1] for tag in ("zh-Hant", "en")]
    assert chinese["busy"] not in {"", "busy"}
    assert english["busy"] == "busy"
    assert (await ask(client, "GET", "/translations/tlh"))[0] == 404


HOSTILE: list[tuple[str, str, Any]] = [
    ("GET", "/calls?before=0001-01-01T00:00:00%2B14:00", None),
    ("GET", "/audit?until=9999-12-31T23:59:59-12:00", None),
    ("GET", "/presence/history?since=0001-01-01T00:00:00%2B14:00", None),
    ("GET", "/route/week?agent=101&at=9999-12-31T23:59:59", None),
    ("POST", "/people/101/leaves", {"starts": "0001-01-01T00:00:00", "ends": "9999-12-31T23:59:59"}),
    ("PATCH", "/people/101", {"version": 10**30, "nickname": "x"}),
    ("PATCH", "/logins/lin", {"version": 2**63, "active": True}),
    ("PUT", "/route/tiers/A", {"version": 2**63, "desk_seconds": 10}),
]


@pytest.mark.parametrize(("method", "path", "body"), HOSTILE)
async def test_years_and_numbers_beyond_all_measure_are_refused(
    house: Any, ask: Ask, method: str, path: str, body: Any
) -> None:
    status, answer = await ask(await house.logged_in("root"), method, path, json=body)
    assert (status, answer["error"]["code"]) == (400, "invalid"), answer
