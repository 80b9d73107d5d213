"""Presence over HTTP: one's own to say, a colleague's for managers, told to every desktop, and the record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from cti.agents.logins import add_login

Ask = Callable[..., Awaitable[tuple[int, Any]]]


async def test_saying_how_one_is_reaches_colleagues_and_snapshots(house: Any, ask: Ask) -> None:
    client, watching = await house.logged_in("mei"), await house.desk("lin")
    until = (house.clock() + timedelta(hours=1)).isoformat()
    wish = {"state": "away", "reason": "lunch", "until": until}
    status, shown = await ask(client, "PUT", "/presence", json=wish)
    assert (status, shown["agent"], shown["state"], shown["reason"]) == (200, "102", "away", "lunch")
    told = await watching.expect("presence")
    while told["agent"] != "102" or told["state"] != "away":
        told = await watching.expect("presence")
    assert told["reason"] == "lunch"
    assert told["since"] is not None
    assert told["until"] is not None
    snapshot = (await house.desk("boss")).snapshot
    assert snapshot["presence"] == snapshot["colleagues"]
    assert [one["state"] for one in snapshot["presence"]] == ["available", "away", "available"]
    assert (await ask(client, "GET", "/presence"))[1][1] == shown
    assert (await ask(client, "PUT", "/presence", json={"state": "available"}))[1]["state"] == "available"


@pytest.mark.parametrize(
    "wish",
    [
        {"state": "on_call"},
        {"state": "available", "reason": "lunch"},
        {"state": "away", "reason": "x" * 101},
        {"state": "away", "until": "2020-01-01T00:00:00Z"},
        {"state": "away", "why": "lunch"},
        {},
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(house: Any, ask: Ask, wish: dict[str, Any]) -> None:
    client = await house.logged_in("lin")
    assert (await ask(client, "PUT", "/presence", json=wish))[0] == 400
    assert (await ask(client, "GET", "/presence"))[1][0]["state"] == "available"


async def test_only_managers_say_it_for_others(house: Any, ask: Ask) -> None:
    async with house.services.store.transaction() as session:
        await add_login(session, "chief", "correct horse", "manager", None)
    away = {"json": {"state": "away", "reason": "<b>客戶處</b>"}}
    for login in ("mei", "boss", "audit"):
        assert (await ask(await house.logged_in(login), "PUT", "/agents/101/presence", **away))[0] == 403
    chief = await house.logged_in("chief")
    assert (await ask(chief, "PUT", "/agents/101/presence", **away))[1]["reason"] == "<b>客戶處</b>"
    assert (await ask(chief, "PUT", "/agents/999/presence", **away))[0] == 404
    assert (await ask(chief, "PUT", "/presence", **away))[0] == 409
    assert (await ask(await house.logged_in("audit"), "PUT", "/presence", **away))[0] == 403


async def test_the_record_is_ones_own_or_everybodys_for_those_who_lead(house: Any, ask: Ask) -> None:
    for login in ("lin", "mei"):
        await ask(await house.logged_in(login), "PUT", "/presence", json={"state": "dnd"})
    lines = (await ask(await house.logged_in("lin"), "GET", "/presence/history?agent=102"))[1]
    assert [(one["agent"], one["source"], one["by"]) for one in lines] == [("101", "said", "lin")]
    everybody = (await ask(await house.logged_in("boss"), "GET", "/presence/history"))[1]
    assert [one["agent"] for one in everybody] == ["102", "101"]
    assert len((await ask(await house.logged_in("boss"), "GET", "/presence/history?agent=102"))[1]) == 1
