"""Wrap-up over HTTP and on the desktop: the clock, filing, who may, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cti.asterisk.events import CallTransferred, ChannelHungUp

Ask = Callable[..., Awaitable[tuple[int, Any]]]
WRAP_UP = "/calls/1.1/wrap-up"
WON = {"json": {"disposition": "won"}}


async def had_by_101(house: Any) -> None:
    """陳太太 rings 101, who talks to her and hangs up."""
    house.arrives()
    house.services.tracker.set_customer("1.1", 1)
    house.rings("101")
    house.answers()
    house.hangs_up()


async def test_the_clock_runs_on_the_page_of_who_had_the_call(house: Any, ask: Ask) -> None:
    mine, client = await house.desk("lin"), await house.logged_in("lin")
    house.arrives()
    house.rings("101")
    await mine.expect("pop")
    house.answers()
    await mine.expect("call.answered")
    house.hangs_up()
    started = await mine.expect("call.ended", "wrapup.started")
    if started["type"] == "call.ended":
        started = await mine.expect("wrapup.started")
    assert (started["call_id"], started["agent"], started["seconds"], started["extended"]) == ("1.1", "101", 30, False)
    standing = (await house.desk("lin")).snapshot["wrapup"]
    assert standing | {"seq": started["seq"]} == started
    longer = (await ask(client, "POST", f"{WRAP_UP}/extend"))[1]
    assert longer["running"]
    assert (await ask(client, "POST", f"{WRAP_UP}/extend"))[0] == 409
    ended = (await ask(client, "POST", f"{WRAP_UP}/end"))[1]
    assert (ended["running"], ended["end_reason"]) == (False, "by_hand")
    assert (await ask(client, "POST", f"{WRAP_UP}/end"))[0] == 200
    assert (await house.desk("lin")).snapshot["wrapup"] is None


async def test_colleagues_see_who_is_in_wrap_up(house: Any, ask: Ask) -> None:
    watching = await house.desk("mei")
    await had_by_101(house)
    told = await watching.expect("presence")
    while (told["agent"], told["state"]) != ("101", "wrap_up"):
        told = await watching.expect("presence")
    assert told["until"] is not None
    assert (await ask(await house.logged_in("lin"), "PUT", WRAP_UP, **WON))[0] == 200
    while (told["agent"], told["state"]) != ("101", "available"):
        told = await watching.expect("presence")


async def test_filing_ends_the_clock_and_stands_everywhere(house: Any, ask: Ask) -> None:
    await had_by_101(house)
    await house.tracker.flush()
    client = await house.logged_in("lin", **{"Accept-Language": "zh-TW"})
    codes = (await ask(client, "GET", "/dispositions"))[1]
    assert codes[0] == {"code": "won", "text": "已成交", "zh": "已成交", "en": "Sold"}
    day = (house.clock() + timedelta(days=2)).date().isoformat()
    body = {"disposition": "quoting", "note": "沖繩", "next_step": "寄報價單", "next_step_due": day}
    status, filed = await ask(client, "PUT", WRAP_UP, json=body)
    assert (status, filed["disposition"], filed["running"], filed["end_reason"]) == (200, "quoting", False, "saved")
    due = datetime.fromisoformat(filed["next_step_due"])
    assert due > house.clock() + timedelta(days=1)
    assert (await ask(client, "PUT", WRAP_UP, json=body))[1] == filed
    assert (await ask(client, "GET", WRAP_UP))[1] == filed
    [promise] = (await ask(client, "GET", "/promises"))[1]
    assert (promise["kind"], promise["text"], promise["owner"]) == ("next_step", "寄報價單", "101")
    assert promise["number"] == "+886933000222"
    assert (await ask(client, "GET", "/calls/1.1"))[1]["disposition"] == "quoting"
    assert (await ask(client, "GET", "/calls"))[1][0]["disposition"] == "quoting"
    history = (await ask(client, "GET", "/customers/1/history?limit=1"))[1]
    assert history[0]["text"] == "報價中\n沖繩\n下一步：寄報價單"


async def test_filing_may_leave_the_clock_running(house: Any, ask: Ask) -> None:
    await had_by_101(house)
    client = await house.logged_in("lin")
    assert (await ask(client, "PUT", WRAP_UP, json={"disposition": "won", "stay": True}))[1]["running"]


async def test_only_who_had_the_call_or_leads_files_it(house: Any, ask: Ask) -> None:
    house.arrives()
    house.rings("102")
    house.happens(ChannelHungUp, "leg1", cause=19)
    house.rings("101", index=2, kind="deputy")
    house.answers(2)
    house.hangs_up()
    assert (await ask(await house.logged_in("mei"), "PUT", WRAP_UP, **WON))[0] == 403
    assert (await ask(await house.logged_in("audit"), "PUT", WRAP_UP, **WON))[0] == 403
    assert (await ask(await house.logged_in("boss"), "PUT", WRAP_UP, **WON))[0] == 200
    assert (await ask(await house.logged_in("root"), "GET", WRAP_UP))[1]["saved_by"] == "boss"


async def test_who_was_handed_the_call_files_it_and_who_handed_it_on_may(house: Any, ask: Ask) -> None:
    house.arrives()
    house.rings("101")
    house.answers()
    house.happens(ChannelHungUp, "leg1", cause=16)
    house.happens(CallTransferred, index=2, by="101", to="102")
    house.rings("102", index=3)
    house.answers(3)
    page = await house.desk("mei")
    house.hangs_up()
    assert (await page.expect("wrapup.started"))["agent"] == "102"
    filed = await ask(await house.logged_in("mei"), "PUT", WRAP_UP, **WON)
    assert (filed[0], filed[1]["agent"]) == (200, "102")
    assert (await ask(await house.logged_in("lin"), "PUT", WRAP_UP, **WON))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"disposition": "sold"},
        {"disposition": "won", "note": "x" * 4001},
        {"disposition": "won", "next_step_due": "2030-01-01"},
        {"disposition": "won", "next_step": "call", "next_step_due": "2020-01-01"},
        {"disposition": "won", "next_step": "call", "next_step_due": "soon"},
        {"disposition": "won", "matter_id": 77},
        {"disposition": "won", "customer": 1},
    ],
)
async def test_what_makes_no_sense_is_refused(house: Any, ask: Ask, body: dict[str, Any]) -> None:
    await had_by_101(house)
    client = await house.logged_in("lin")
    assert (await ask(client, "PUT", WRAP_UP, json=body))[0] == 400
    assert (await ask(client, "GET", WRAP_UP))[1]["disposition"] is None


async def test_a_call_nobody_answered_is_not_wrapped_up(house: Any, ask: Ask) -> None:
    house.arrives()
    house.rings("101")
    house.hangs_up()
    client = await house.logged_in("lin")
    assert (await ask(client, "PUT", WRAP_UP, **WON))[0] == 409
    assert (await ask(client, "GET", WRAP_UP))[0] == 404
    assert (await ask(client, "GET", "/calls/9.9/wrap-up"))[0] == 404
