"""Promises over the API and on desktops: whose they are to see and to close, and who did it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from cti.calls.model import Call, CallState

Ask = Callable[..., Awaitable[tuple[int, Any]]]


async def miss(house: Any, linkedid: str = "1.1", number: str = "+886933000222") -> int:
    """A caller is missed; the promise's id, once desktops have been told."""
    now = house.clock()
    call = Call(
        linkedid=linkedid,
        caller_raw=number,
        caller_e164=number,
        dialled="0255501000",
        started=now - timedelta(seconds=30),
        ended=now,
        state=CallState.ENDED,
    )
    promise = await house.services.keeper.decide(call)
    await house.services.keeper.refresh()
    found: int = promise.id
    return found


async def test_an_agent_sees_their_own_and_who_leads_sees_all(house: Any, ask: Ask) -> None:
    mine = await miss(house)
    others = await miss(house, "2.1", "+886912345678")
    lin, mei, boss, audit, root = [await house.logged_in(login) for login in ("lin", "mei", "boss", "audit", "root")]
    status, found = await ask(lin, "GET", "/promises")
    assert (status, [one["id"] for one in found]) == (200, [mine, others])
    assert found[0] | {"customer": "陳太太", "owner": "101", "state": "open", "late": False, "attempts": 1} == found[0]
    assert (await ask(mei, "GET", "/promises"))[1] == []
    for client in (boss, audit, root):
        assert len((await ask(client, "GET", "/promises"))[1]) == 2
    assert (await ask(mei, "GET", f"/promises/{mine}"))[0] == 404
    assert (await ask(mei, "POST", f"/promises/{mine}/close", json={"reason": "x"}))[0] == 404
    assert (await ask(boss, "GET", "/promises", params={"number": "0933-000-222"}))[1][0]["id"] == mine
    assert (await ask(boss, "GET", "/promises", params={"late": "true"}))[1] == []
    house.clock.ahead = timedelta(hours=1)
    assert len((await ask(boss, "GET", "/promises", params={"late": "true"}))[1]) == 2


async def test_closing_keeps_who_and_why_and_desktops_are_told(house: Any, ask: Ask) -> None:
    page, other = await house.desk("lin"), await house.desk("mei")
    assert page.snapshot["promises"] == []
    promise_id = await miss(house)
    message = await page.expect("promise")
    assert (message["id"], message["customer"], message["level"]) == (promise_id, "陳太太", 0)
    again = await house.desk("lin")
    assert [one["id"] for one in again.snapshot["promises"]] == [promise_id]

    lin = await house.logged_in("lin")
    status, answer = await ask(lin, "POST", f"/promises/{promise_id}/assign", json={"owner": "102"})
    assert (status, answer["owner"], answer["why"]) == (200, "102", "assigned")
    assert (await page.expect("promise.gone"))["reason"] == "moved"
    assert (await other.expect("promise"))["id"] == promise_id

    mei = await house.logged_in("mei")
    assert (await ask(mei, "POST", f"/promises/{promise_id}/note", json={"text": "三點再打"}))[0] == 200
    status, answer = await ask(mei, "POST", f"/promises/{promise_id}/close", json={"reason": "已用 LINE 聯絡"})
    assert (status, answer["state"], answer["ended_by"], answer["reason"]) == (200, "closed", "mei", "已用 LINE 聯絡")
    assert (await other.expect("promise.gone"))["reason"] == "closed"
    _, whole = await ask(mei, "GET", f"/promises/{promise_id}")
    assert [(one["what"], one["who"]) for one in whole["history"]] == [
        ("opened", "ringward"),
        ("assigned", "lin"),
        ("noted", "mei"),
        ("closed", "mei"),
    ]
    assert whole["calls"] == ["1.1"]
    status, answer = await ask(mei, "POST", f"/promises/{promise_id}/reopen", json={"reason": "客戶說沒有"})
    assert (status, answer["state"]) == (200, "open")


async def test_what_is_refused(house: Any, ask: Ask) -> None:
    promise_id = await miss(house)
    lin, audit = await house.logged_in("lin"), await house.logged_in("audit")
    close = f"/promises/{promise_id}/close"
    assert (await ask(lin, "POST", close, json={"reason": "  "}))[0] == 400
    assert (await ask(lin, "POST", close, json={"reason": "x" * 2001}))[0] == 400
    assert (await ask(lin, "POST", f"/promises/{promise_id}/assign", json={"owner": "999"}))[0] == 404
    assert (await ask(lin, "POST", f"/promises/{promise_id}/reopen", json={"reason": "x"}))[0] == 409
    assert (await ask(lin, "POST", "/promises/x/close", json={"reason": "x"}))[0] == 404
    assert (await ask(audit, "POST", close, json={"reason": "x"}))[0] == 403
    assert (await ask(lin, "POST", close, json={"reason": "<script>"}))[1]["reason"] == "<script>"
    assert (await ask(lin, "POST", close, json={"reason": "again"}))[0] == 409
