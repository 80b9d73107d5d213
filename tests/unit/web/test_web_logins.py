"""Log-ins by the API: who may give which right, what ends a session, and that no secret is ever told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cti.agents.accounts import add_account
from tests.unit.web.conftest import PASSWORD

Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def manager(house: Any) -> Any:
    async with house.services.store.transaction() as session:
        await add_account(session, "chief", PASSWORD, "manager", "103")
    return await house.logged_in("chief", **{"Accept-Language": "en"})


async def version_of(ask: Ask, client: Any, login: str) -> int:
    [found] = [one for one in (await ask(client, "GET", "/logins"))[1] if one["login"] == login]
    return int(found["version"])


async def test_a_login_is_made_and_used(house: Any, ask: Ask, manager: Any) -> None:
    new = {"login": "Wang", "password": "long enough", "role": "lead", "agent": "102"}
    status, made = await ask(manager, "POST", "/logins", json=new)
    assert (status, made["key"]) == (201, "wang")
    everyone = await ask(manager, "GET", "/logins")
    assert "argon2" not in str(everyone)
    assert "hash" not in str(everyone)
    status, session = await ask(house.browser(), "POST", "/session", json={"login": "wang", "password": "long enough"})
    assert (status, session["role"], session["agent"]) == (200, "lead", "102")
    assert (await ask(manager, "POST", "/logins", json=new))[0] == 409
    assert (await ask(manager, "POST", "/logins", json={**new, "login": "w2", "agent": "777"}))[0] == 404
    status, refused = await ask(manager, "POST", "/logins", json={**new, "login": "w2", "password": "short"})
    assert (status, refused["error"]["field"]) == (400, "password")


async def test_nobody_gives_a_right_that_they_do_not_have(house: Any, ask: Ask, manager: Any) -> None:
    new = {"login": "evil", "password": "long enough", "role": "admin"}
    assert (await ask(manager, "POST", "/logins", json=new))[0] == 403
    person = {"code": "109", "name": "x", "login": new}
    assert (await ask(manager, "POST", "/people", json=person))[0] == 403
    assert (await ask(manager, "PATCH", "/logins/lin", json={"role": "admin", "version": 0}))[0] == 403
    for body in ({"active": False, "version": 0}, {"role": "agent", "version": 0}):
        assert (await ask(manager, "PATCH", "/logins/root", json=body))[0] == 403
    taken = {"password": "mine now, all of it", "version": 0}
    assert (await ask(manager, "PUT", "/logins/root/password", json=taken))[0] == 403
    assert (await ask(house.browser(), "POST", "/session", json={"login": "root", "password": PASSWORD}))[0] == 200


async def test_closing_ends_the_sessions_at_once(house: Any, ask: Ask, manager: Any) -> None:
    page, client = await house.desk("lin"), await house.logged_in("lin")
    status, _ = await ask(manager, "PATCH", "/logins/lin", json={"active": False, "version": 0})
    assert status == 200
    assert await page.close_code() == 4401
    assert (await ask(client, "GET", "/session"))[0] == 401
    wrong = await ask(house.browser(), "POST", "/session", json={"login": "lin", "password": PASSWORD})
    assert wrong[0] == 401


async def test_a_new_password_ends_the_sessions_and_is_noted_without_itself(house: Any, ask: Ask, manager: Any) -> None:
    client = await house.logged_in("lin")
    body = {"password": "quite another one", "version": 0}
    assert (await ask(manager, "PUT", "/logins/lin/password", json=body))[0] == 200
    assert (await ask(client, "GET", "/session"))[0] == 401
    [latest, *_] = (await ask(manager, "GET", "/route/log"))[1]
    assert latest["by"] == "chief"
    assert latest["changes"][0]["fields"] == [{"field": "password", "before": None, "after": "changed"}]
    assert "quite another one" not in str(latest)


async def test_the_last_administrator_stays(house: Any, ask: Ask) -> None:
    root = await house.logged_in("root", **{"Accept-Language": "en"})
    for body in ({"active": False}, {"role": "agent"}):
        status, refused = await ask(root, "PATCH", "/logins/root", json={**body, "version": 0})
        assert (status, refused["error"]["code"]) == (409, "refused")
        assert "last administrator" in refused["error"]["message"]
    assert (await ask(root, "GET", "/session"))[0] == 200, "nothing of it was kept"


async def test_a_login_that_changed_meanwhile(house: Any, ask: Ask, manager: Any) -> None:
    assert (await ask(manager, "PATCH", "/logins/lin", json={"role": "lead", "version": 0}))[0] == 200
    status, refused = await ask(manager, "PATCH", "/logins/lin", json={"active": False, "version": 0})
    assert (status, refused["error"]["code"]) == (409, "stale")
    assert refused["error"]["changes"] == [{"field": "role", "before": "agent", "after": "lead"}]
    version = await version_of(ask, manager, "lin")
    assert (await ask(manager, "PATCH", "/logins/lin", json={"active": False, "version": version}))[0] == 200
    assert (await ask(manager, "PATCH", "/logins/nobody", json={"role": "lead", "version": 0}))[0] == 404
