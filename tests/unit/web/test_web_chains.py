"""Numbers, services, groups, hours, the calendar and their versions by the API."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

Ask = Callable[..., Awaitable[tuple[int, Any]]]
EN = {"Accept-Language": "en"}
MAIN = "+886255501000"


async def put(ask: Ask, client: Any, path: str, body: dict[str, Any], **options: Any) -> Any:
    status, answer = await ask(client, "PUT", path, json=body, **options)
    assert status == 200, answer
    return answer


async def furnish(ask: Ask, client: Any) -> None:
    """Main number by a service with hours, and a night group."""
    await put(ask, client, "/route/groups/night", {"name": "夜間", "members": ["102"], "seconds": 25})
    await put(ask, client, "/route/hours/office", {"week": "週一-週五 09:00-18:00", "region": "TW"})
    service = {"name": "業務", "group": "company", "hours": "office", "closed": "night"}
    team = {"tier": "A", "group": "night"}
    await put(ask, client, "/route/services/sales", {**service, "teams": [team]})
    await put(ask, client, f"/route/numbers/{MAIN}", {"label": "總機", "service": "sales", "version": 0})


async def test_a_service_with_hours_routes_at_once(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    await furnish(ask, boss)
    _, routing = await ask(boss, "GET", "/route")
    assert routing["hours"][0]["state"]["weekly"] == "Mon-Fri 09:00-18:00"
    assert routing["services"][0]["state"]["teams"] == [["A", "", "night"]]
    assert routing["zone"] == "Asia/Taipei"
    night = {"to": MAIN, "at": "2026-11-23 22:00"}
    _, told = await ask(boss, "GET", "/route/explain", params=night)
    assert (told["closed"], told["steps"][0]["why_code"]) == ("hours", "closed_group")
    assert house.services.directory.directory.numbers[MAIN].service == "sales"


async def test_what_callers_hear_while_waiting_is_set_and_told(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root", **EN)
    await furnish(ask, boss)

    async def set_to(waiting: dict[str, Any] | None) -> Any:
        _, routing = await ask(boss, "GET", "/route")
        version = routing["services"][0]["version"]
        said = {} if waiting is None else {"waiting": waiting}
        await put(ask, boss, "/route/services/sales", {"name": "業務", "group": "company", "version": version, **said})
        return (await ask(boss, "GET", "/route/explain", params={"to": MAIN}))[1]["waiting"]

    assert await set_to(None) is None
    offer = {"kind": "offer", "seconds": 12, "language": "en", "answered": True}
    told = await set_to(offer)
    assert told == {
        **offer,
        "text": "every 12 s the caller is offered, in English, a call back on key 1; the call is answered for it",
    }
    assert await set_to(None) == told
    headers = {"Accept-Language": "zh-TW"}
    _, chinese = await ask(boss, "GET", "/route/explain", params={"to": MAIN}, headers=headers)
    assert chinese["waiting"]["text"] == "每 12 秒以英語告知來電者可按 1 請我們回電；為此先接起來電"
    for wrong in ({"kind": "menu"}, {"kind": "told", "seconds": 7}, {"kind": "told", "language": "xx"}):
        _, routing = await ask(boss, "GET", "/route")
        body = {"name": "業務", "waiting": wrong, "version": routing["services"][0]["version"]}
        assert (await ask(boss, "PUT", "/route/services/sales", json=body))[0] == 400
    assert await set_to({"kind": "off"}) is None


async def test_the_week_and_the_instant_agree(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    await furnish(ask, boss)
    status, blocks = await ask(boss, "GET", "/route/week", params={"to": MAIN, "at": "2026-11-23"})
    assert status == 200
    assert (blocks[0]["from"], blocks[-1]["to"]) == ("2026-11-23T00:00:00+08:00", "2026-11-30T00:00:00+08:00")
    assert [block["closed"] for block in blocks][:3] == ["hours", None, "hours"]
    for block in blocks:
        _, told = await ask(boss, "GET", "/route/explain", params={"to": MAIN, "at": block["from"]})
        assert (told["closed"], told["steps"][0]["endpoint"]) == (block["closed"], block["endpoint"])
    assert (await ask(boss, "GET", "/route/week", params={"agent": "101"}))[1][0]["agent"] == "101"
    assert (await ask(boss, "GET", "/route/week", params={"agent": "777"}))[0] == 404
    assert (await ask(boss, "GET", "/route/week", params={"agent": "101", "to": MAIN}))[0] == 400
    assert (await ask(boss, "GET", "/route/week"))[0] == 400


async def test_what_would_ring_nobody_or_is_still_used_is_refused(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root", **EN)
    status, refused = await ask(boss, "PUT", "/route/groups/company", json={"name": "x", "members": [], "version": 0})
    assert (status, "would ring nobody" in refused["error"]["message"]) == (409, True)
    assert (await ask(boss, "PUT", "/route/groups/x", json={"name": "x", "members": ["777"]}))[0] == 404
    status, refused = await ask(boss, "DELETE", "/route/groups/company", json={"version": 0})
    assert (status, refused["error"]["message"]) == (
        409,
        f"group company is still used by number {MAIN}; change that first",
    )
    status, refused = await ask(boss, "PUT", "/route/hours/office", json={"week": "Mon 9-18"})
    assert (status, refused["error"]["field"]) == (400, "hours")
    assert (await ask(boss, "PUT", "/route/tiers/Z", json={}))[0] == 400
    assert (await ask(boss, "DELETE", "/route/colours/red", json={"version": 0}))[0] == 404
    assert (await ask(boss, "GET", "/route/log"))[1] == []


async def test_a_number_is_taken_away_and_a_group_after_it(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    number = "02-5550-1999"
    await put(ask, boss, "/route/groups/few", {"name": "少數", "members": ["101"]})
    made = await put(ask, boss, f"/route/numbers/{number}", {"group": "few"})
    assert made["key"] == "+886255501999"
    assert (await ask(boss, "DELETE", f"/route/numbers/{number}", json={"version": 0}))[1]["error"]["code"] == "stale"
    assert (await ask(boss, "DELETE", f"/route/numbers/{number}", json={"version": made["version"]}))[0] == 200
    assert "+886255501999" not in house.services.directory.directory.numbers
    few = next(one for one in (await ask(boss, "GET", "/route"))[1]["groups"] if one["key"] == "few")
    assert (await ask(boss, "DELETE", "/route/groups/few", json={"version": few["version"]}))[0] == 200


async def test_a_try_of_hours_shows_the_plan_and_keeps_nothing(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    await furnish(ask, boss)
    before = (await ask(boss, "GET", "/route"))[1]
    version = before["hours"][0]["version"]
    answer = await put(
        ask,
        boss,
        "/route/hours/office",
        {"week": "daily 00:00-24:00", "version": version},
        params={"try": "1", "to": MAIN},
    )
    assert answer["plan"]["closed"] is None
    assert (await ask(boss, "GET", "/route"))[1] == before


async def test_the_rota(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    await furnish(ask, boss)
    turn = {"group": "night", "agent": "101", "starts": "2026-11-23 18:00", "ends": "2026-11-24 09:00"}
    status, made = await ask(boss, "POST", "/route/duties", json=turn)
    assert status == 201
    asked = {"to": MAIN, "at": "2026-11-23 22:00"}
    assert (await ask(boss, "GET", "/route/explain", params=asked))[1]["steps"][0]["why_code"] == "on_duty"
    assert (await ask(boss, "DELETE", f"/route/duties/{made['key']}", json={"version": made["version"]}))[0] == 200
    assert (await ask(boss, "GET", "/route/explain", params=asked))[1]["steps"][0]["why_code"] == "closed_group"
    assert (await ask(boss, "DELETE", "/route/duties/x", json={"version": 0}))[0] == 404


async def test_the_calendar_is_tried_then_taken_whole(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root", **EN)
    text = "西元日期,星期,是否放假,備註\n20261223,三,2,自訂假日\n20261226,六,0,補行上班\n"
    content = base64.b64encode(text.encode("cp950")).decode()
    status, tried = await ask(boss, "POST", "/calendar/import", json={"content": content, "try": True})
    assert (status, tried["changed"], tried["years"]) == (200, 2, [2026])
    assert [(day["day"], day["kind"]) for day in tried["days"]] == [
        ("2026-12-23", "holiday"),
        ("2026-12-26", "workday"),
    ]
    assert (await ask(boss, "GET", "/calendar"))[1] == []
    assert (await ask(boss, "POST", "/calendar/import", json={"content": content}))[1]["changed"] == 2
    assert len((await ask(boss, "GET", "/calendar?year=2026"))[1]) == 2
    wrong = base64.b64encode("西元日期,是否放假\n明天,2\n".encode()).decode()
    _, tried = await ask(boss, "POST", "/calendar/import", json={"content": wrong, "try": True})
    assert [fault["line"] for fault in tried["faults"]] == [2]
    assert (await ask(boss, "POST", "/calendar/import", json={"content": wrong}))[0] == 409
    assert (await ask(boss, "POST", "/calendar/import", json={"content": "§"}))[0] == 400
    assert (await ask(boss, "POST", "/calendar/import", json={"content": "A" * 100_000, "try": True}))[0] == 200
    assert (await ask(boss, "POST", "/calendar/import", json={"content": "A" * 800_000, "try": True}))[0] == 413


async def test_the_firms_own_day(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    await furnish(ask, boss)
    party = {"kind": "holiday", "name": "公司尾牙"}
    assert (await put(ask, boss, "/calendar/2026-11-23", party)) == {"changed": 1, "unchanged": 0}
    noon = {"to": MAIN, "at": "2026-11-23 12:00"}
    assert (await ask(boss, "GET", "/route/explain", params=noon))[1]["closed"] == "holiday"
    assert (await put(ask, boss, "/calendar/2026-11-23", {"kind": "none"}))["changed"] == 1
    assert (await ask(boss, "GET", "/route/explain", params=noon))[1]["closed"] is None
    assert (await ask(boss, "PUT", "/calendar/someday", json=party))[0] == 400


async def test_versions_differences_and_the_way_back(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root", **EN)
    await furnish(ask, boss)
    log = (await ask(boss, "GET", "/route/log"))[1]
    before = log[0]["version"]
    assert log[0]["by"] == "root"
    changed = await put(ask, boss, f"/route/numbers/{MAIN}", {"group": "company", "version": log[0]["version"]})
    _, differences = await ask(boss, "GET", "/route/diff", params={"first": before})
    assert {one["field"]: (one["before"], one["after"]) for one in differences[0]["fields"]} == {
        "label": ("總機", ""),
        "group_code": (None, "company"),
        "service_code": ("sales", None),
    }
    status, refused = await ask(boss, "POST", "/route/rollback", json={"version": before, "newest": before})
    assert (status, refused["error"]["code"]) == (409, "stale"), "what came later must have been seen"
    back = {"version": before, "newest": changed["version"]}
    status, made = await ask(boss, "POST", "/route/rollback", json=back)
    assert (status, made["version"] > changed["version"]) == (200, True)
    assert house.services.directory.directory.numbers[MAIN].service == "sales"
    assert (await ask(boss, "GET", "/route/log"))[1][0]["note"] == f"rollback {before}"
    status, _ = await ask(boss, "POST", "/route/rollback", json={"version": 99_999, "newest": made["version"]})
    assert status == 404


async def test_a_way_back_leaves_logins_alone(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("root")
    await put(ask, boss, "/route/groups/few", {"name": "少數", "members": ["101"]})
    first = (await ask(boss, "GET", "/route/log"))[1][0]["version"]
    assert (await ask(boss, "PATCH", "/logins/lin", json={"role": "lead", "version": 0}))[0] == 200
    changed = await put(ask, boss, "/route/groups/few", {"name": "更少", "members": ["101"], "version": first})
    back = {"version": first, "newest": changed["version"]}
    assert (await ask(boss, "POST", "/route/rollback", json=back))[0] == 200
    [lin] = [one for one in (await ask(boss, "GET", "/logins"))[1] if one["login"] == "lin"]
    assert lin["role"] == "lead"
