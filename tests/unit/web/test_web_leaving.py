"""Somebody leaves, over the API: managers only, a dry run first, and the leaver's page and tokens end at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import WSMsgType

from cti.agents import people
from cti.agents.logins import add_login
from cti.audit.ledger import entries

Ask = Callable[..., Awaitable[tuple[int, Any]]]
CLOSE_SESSION_ENDED = 4401


@pytest.mark.parametrize("login", ["lin", "audit"])
async def test_only_managers_pass_a_desk_on(house: Any, ask: Ask, login: str) -> None:
    body = {"to": "102", "dry_run": True}
    assert (await ask(await house.logged_in(login), "POST", "/agents/101/succession", json=body))[0] == 403


async def test_a_dry_run_changes_nothing_and_the_real_one_ends_the_leavers_page(house: Any, ask: Ask) -> None:
    await house.directory.refresh()
    page, lin, boss = await house.desk("lin"), await house.logged_in("lin"), await house.logged_in("root")
    status, foreseen = await ask(boss, "POST", "/agents/101/succession", json={"to": "102"})
    assert (status, foreseen["version"], foreseen["logins"]) == (200, None, ["lin"])
    assert (await ask(lin, "GET", "/session"))[0] == 200

    status, done = await ask(boss, "POST", "/agents/101/succession", json={"to": "102", "dry_run": False})
    assert (status, done["logins"], done["customers"]) == (200, ["lin"], foreseen["customers"])
    assert (await ask(lin, "GET", "/session"))[0] == 401
    while (message := await page.socket.receive()).type is WSMsgType.TEXT:
        pass
    assert (message.type, page.socket.close_code) == (WSMsgType.CLOSE, CLOSE_SESSION_ENDED)
    async with house.services.store.session() as session:
        (kept,) = await entries(session, action="agent.left")
    assert (kept.entry.actor, kept.entry.subject_id) == ("root", "101")


async def test_refused_with_a_sentence_that_says_what_to_do(house: Any, ask: Ask) -> None:
    async with house.services.store.transaction() as session:
        await people.set_agent(session, "102", deputy="101")
    boss = await house.logged_in("root")
    status, answer = await ask(boss, "POST", "/agents/101/succession", json={"to": "102"})
    assert (status, answer["error"]["code"]) == (409, "refused")
    assert "102" in answer["error"]["message"]
    assert (await ask(boss, "POST", "/agents/999/succession", json={"to": "102"}))[0] == 404
    assert (await ask(boss, "POST", "/agents/101/succession", json={"to": "102", "deputies": ["103"]}))[0] == 400


async def test_a_manager_does_not_close_an_administrator_by_saying_that_they_left(house: Any, ask: Ask) -> None:
    async with house.services.store.transaction() as session:
        await add_login(session, "chief", "correct horse", "manager", None)
        await add_login(session, "over", "correct horse", "admin", "101")
    chief, root = await house.logged_in("chief"), await house.logged_in("root")
    for body in ({"to": "102"}, {"to": "102", "dry_run": False}):
        assert (await ask(chief, "POST", "/agents/101/succession", json=body))[0] == 403
    _, person = await ask(root, "GET", "/people/101")
    change = {"active": False, "version": person["version"]}
    assert (await ask(chief, "PATCH", "/people/101", json=change))[0] == 403
    assert (await ask(root, "PATCH", "/people/101", json=change))[0] == 200
    lin = {"login": "lin", "password": "correct horse"}
    assert (await ask(house.browser(), "POST", "/session", json=lin))[0] == 401, "inactive, so not of the firm"
