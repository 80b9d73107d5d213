"""Setting up people by the API: the command line's checks and words, nothing overwritten unseen, live at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Ask = Callable[..., Awaitable[tuple[int, Any]]]
EN = {"Accept-Language": "en"}

NEW = {
    "code": "109",
    "name": "何大同",
    "nickname": "阿同",
    "extension": "109",
    "mobile": "0900-000-109",
    "deputy": "101",
    "direct": "02-5550-1109",
    "groups": ["company"],
    "login": {"login": "he", "password": "long enough", "role": "agent"},
}


async def test_a_person_is_set_up_in_one_change_and_routes_at_once(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    status, made = await ask(boss, "POST", "/people", json=NEW)
    assert (status, made["key"], made["switch"]) == (201, "109", "by_hand")
    assert "phone_secret" not in str(made)
    directory = house.services.directory.directory
    assert directory.agents["109"].mobile == "0900000109"
    assert directory.numbers["+886255501109"].agent == "109"
    assert "109" in directory.groups["company"].members
    _, person = await ask(boss, "GET", "/people/109")
    assert person["direct"] == ["+886255501109"]
    assert person["logins"] == [
        {"login": "he", "role": "agent", "active": True, "version": person["logins"][0]["version"]}
    ]
    status, session = await ask(house.browser(), "POST", "/session", json={"login": "he", "password": "long enough"})
    assert (status, session["agent"]) == (200, "109")
    _, told = await ask(boss, "GET", "/route/explain", params={"agent": "109"})
    assert [step["why_code"] for step in told["steps"]][:2] == ["direct_desk", "direct_mobile"]


async def test_all_of_a_new_person_or_nothing(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root", **EN)
    wrong = {**NEW, "login": {"login": "he", "password": "short"}}
    status, refused = await ask(boss, "POST", "/people", json=wrong)
    assert (status, refused["error"]["field"]) == (400, "password")
    assert (await ask(boss, "GET", "/people/109"))[0] == 404


@pytest.mark.parametrize(
    ("change", "status", "field", "sentence"),
    [
        ({"mobile": "0204-123-456"}, 409, "mobile", "premium-rate"),
        ({"mobile": "+852 9123 4567"}, 409, "mobile", "mobile_countries"),
        ({"mobile": "02-2345"}, 400, "mobile", "is no mobile number"),
        ({"deputy": "777"}, 404, None, "there is no agent 777"),
        ({"deputy": "101"}, 400, "deputy", "nobody is their own deputy"),
        ({"extension": "102"}, 409, None, "extension 102 is agent 102's"),
        ({"steps": "desk:15 sofa:20"}, 400, "steps", "is no step"),
        ({"mobile": "", "steps": "mobile:20"}, 409, None, "ring nobody"),
        ({"profile": "mobile-only", "mobile": ""}, 409, None, "has no mobile number"),
        ({"direct": "02-5550-1000"}, 409, "direct", "belongs to the firm"),
        ({"groups": ["nowhere"]}, 404, None, "there is no group nowhere"),
        ({"desk_seconds": 0}, 400, "desk_seconds", "whole seconds"),
        ({"presence": "asleep"}, 400, "presence", "one of"),
        ({"colour": "red"}, 400, "colour", ""),
    ],
)
async def test_what_the_command_line_refuses_is_refused_in_its_words(
    house: Any, ask: Ask, change: dict[str, Any], status: int, field: str | None, sentence: str
) -> None:
    boss = await house.logged_in("root", **EN)
    got, answer = await ask(boss, "PATCH", "/people/101", json={**change, "version": 0})
    assert (got, answer["error"].get("field")) == (status, field), answer
    assert sentence in answer["error"]["message"]
    assert (await ask(boss, "GET", "/people/101"))[1]["mobile"] == "+886900000101"


async def test_who_changes_an_old_state_is_told_what_happened_meanwhile(house: Any, ask: Ask) -> None:
    first, second = await house.logged_in("root"), await house.logged_in("root", **EN)
    status, made = await ask(first, "PATCH", "/people/101", json={"deputy": "103", "version": 0})
    assert status == 200
    status, answer = await ask(second, "PATCH", "/people/101", json={"mobile_seconds": 30, "version": 0})
    error = answer["error"]
    assert (status, error["code"], error["by"]) == (409, "stale", "root")
    assert error["changes"] == [{"field": "deputy", "before": "102", "after": "103"}]
    status, _ = await ask(second, "PATCH", "/people/101", json={"mobile_seconds": 30, "version": made["version"]})
    assert status == 200
    status, answer = await ask(second, "POST", "/people", json={"code": "101", "name": "x"})
    assert (status, answer["error"]["code"]) == (409, "refused")


async def test_a_try_says_what_would_ring_and_keeps_nothing(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    tried = {"params": {"try": "1", "to": "agent:101"}}
    status, answer = await ask(boss, "PATCH", "/people/101", json={"steps": "desk:8 both:20", "version": 0}, **tried)
    assert status == 200
    assert [(step["why_code"], step["seconds"]) for step in answer["plan"]["steps"]][:2] == [
        ("direct_desk", 8),
        ("direct_both", 20),
    ]
    assert (await ask(boss, "GET", "/people/101"))[1]["steps"] == ""
    status, answer = await ask(boss, "POST", "/people", json=NEW, params={"try": "1", "to": "agent:109"})
    assert (status, answer["plan"]["steps"][0]["agent"]) == (201, "109")
    assert (await ask(boss, "GET", "/people/109"))[0] == 404
    assert (await ask(boss, "GET", "/route/log"))[1] == []


async def test_leave_reaches_routing_and_is_taken_back(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    times = {"starts": "2026-11-20 09:00", "ends": "2036-12-05T18:00:00+08:00", "deputy": "103"}
    status, made = await ask(boss, "POST", "/people/101/leaves", json=times)
    assert (status, made["state"]["starts"]) == (201, "2026-11-20T01:00:00+00:00")
    _, told = await ask(boss, "GET", "/route/explain", params={"agent": "101", "at": "2026-11-23 10:00"})
    assert (told["on_leave"], told["steps"][0]["agent"]) == (["101"], "103")
    [leave] = (await ask(boss, "GET", "/people/101"))[1]["leaves"]
    status, _ = await ask(boss, "DELETE", f"/leaves/{leave['id']}", json={"version": made["version"]})
    assert status == 200
    assert (await ask(boss, "DELETE", "/leaves/99", json={"version": 0}))[0] == 404
    assert (await ask(boss, "GET", "/people/101"))[1]["leaves"] == []
    backwards = {"starts": times["ends"], "ends": times["starts"]}
    assert (await ask(boss, "POST", "/people/101/leaves", json=backwards))[0] == 400


async def test_who_may_see_and_who_may_change(house: Any, ask: Ask) -> None:
    agent, lead, auditor = [await house.logged_in(login) for login in ("lin", "boss", "audit")]
    assert (await ask(agent, "GET", "/people/101"))[0] == 200, "one's own"
    assert (await ask(agent, "GET", "/people/101"))[1]["logins"] == []
    for path in ("/people", "/people/102", "/route", "/route/log", "/route/diff?first=0", "/calendar", "/logins"):
        assert (await ask(agent, "GET", path))[0] == 403, path
    for client in (lead, auditor):
        assert (await ask(client, "GET", "/people"))[0] == 200
        assert (await ask(client, "GET", "/route"))[0] == 200
    assert (await ask(lead, "GET", "/logins"))[0] == 403
    assert (await ask(auditor, "GET", "/logins"))[0] == 200
    for client in (agent, lead, auditor):
        assert (await ask(client, "PATCH", "/people/101", json={"version": 0}))[0] == 403
        assert (await ask(client, "GET", "/people/101/phone"))[0] == 403
    boss = await house.logged_in("root")
    assert (await ask(boss, "GET", "/people/101/phone"))[1]["username"] == "101"
