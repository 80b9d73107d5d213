"""Logging in and out, and what a session may not be used for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from cti.agents.throttle import FREE_FROM_ADDRESS
from cti.web.protection import sender_of

Ask = Callable[..., Awaitable[tuple[int, Any]]]
PASSWORD = "correct horse"


async def test_log_in_gives_a_token_and_a_cookie_no_script_can_read(house: Any) -> None:
    client = house.browser()
    async with client.post("/api/v1/session", json={"login": "Lin", "password": PASSWORD}) as response:
        answer = await response.json()
        cookie = response.headers["Set-Cookie"]
        assert response.status == 200
    assert {key: answer[key] for key in ("login", "role", "agent", "name")} == {
        "login": "lin",
        "role": "agent",
        "agent": "101",
        "name": "林小明",
    }
    assert answer["token"] in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    left = datetime.fromisoformat(answer["expires"]) - house.clock()
    assert timedelta(hours=11) < left <= timedelta(hours=12)


async def test_the_cookie_alone_and_bearer_alone_both_log_in(house: Any, ask: Ask) -> None:
    by_cookie = await house.logged_in("lin")
    status, who = await ask(by_cookie, "GET", "/session")
    assert (status, who["agent"]) == (200, "101")
    by_bearer = house.browser(Authorization=f"Bearer {await house.token('root')}")
    status, who = await ask(by_bearer, "GET", "/session")
    assert (status, who["agent"], who["role"], who["name"]) == (200, None, "admin", "root")


@pytest.mark.parametrize("body", [{"login": "lin", "password": "wrong"}, {"login": "nobody", "password": PASSWORD}])
async def test_wrong_password_and_unknown_login_look_the_same(house: Any, ask: Ask, body: dict[str, str]) -> None:
    status, answer = await ask(house.browser(), "POST", "/session", json=body)
    assert (status, answer["error"]["code"]) == (401, "not_logged_in")


async def test_guessing_is_slowed_down(house: Any, ask: Ask) -> None:
    client = house.browser()
    guess = {"login": "lin", "password": "wrong"}
    statuses = [(await ask(client, "POST", "/session", json=guess))[0] for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    async with client.post("/api/v1/session", json=guess) as response:
        assert response.status == 429
        assert int(response.headers["Retry-After"]) >= 1
    assert (await ask(client, "POST", "/session", json={"login": "mei", "password": PASSWORD}))[0] == 200


async def test_log_out_ends_the_session_everywhere(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    token = next(cookie.value for cookie in client.cookie_jar)
    assert (await ask(client, "DELETE", "/session")) == (204, None)
    assert (await ask(client, "GET", "/session"))[0] == 401
    replayed = house.browser(Authorization=f"Bearer {token}")
    assert (await ask(replayed, "GET", "/agents"))[0] == 401


async def test_a_session_ends_by_itself(house: Any, ask: Ask) -> None:
    client = house.browser(Authorization=f"Bearer {await house.token('lin')}")
    assert (await ask(client, "GET", "/agents"))[0] == 200
    house.clock.ahead = timedelta(hours=13)
    assert (await ask(client, "GET", "/agents"))[0] == 401


async def test_a_write_by_cookie_from_another_site_is_refused(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    change = {"json": {"presence": "away"}}
    for origin in ("https://evil.example", "null"):
        status, answer = await ask(client, "PATCH", "/agents/me", headers={"Origin": origin}, **change)
        assert (status, answer["error"]["code"]) == (403, "forbidden")
    fetched = {"Sec-Fetch-Site": "cross-site"}
    assert (await ask(client, "PATCH", "/agents/me", headers=fetched, **change))[0] == 403
    for origin in (house.origin, "https://desk.example"):
        assert (await ask(client, "PATCH", "/agents/me", headers={"Origin": origin}, **change))[0] == 204


async def test_a_form_of_another_site_cannot_write(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        status, answer = await ask(
            client, "PATCH", "/agents/me", data=b'{"presence":"away"}', headers={"Content-Type": kind}
        )
        assert (status, answer["error"]["code"]) == (415, "wrong_media_type")


async def test_a_token_in_the_address_is_worth_nothing(house: Any, ask: Ask) -> None:
    token = await house.token("lin")
    assert (await ask(house.browser(), "GET", f"/session?token={token}"))[0] == 401


async def test_guesses_at_once_are_slowed_down_like_those_one_by_one(
    house: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    # At one instant: on a busy machine the twelve would last until the next one is let through.
    monkeypatch.setattr("cti.agents.logins.time", SimpleNamespace(monotonic=lambda: 1000.0))
    client = house.browser()
    guesses = [{"login": "lin", "password": f"wrong {n}"} for n in range(12)]
    answers = await asyncio.gather(*(ask(client, "POST", "/session", json=guess) for guess in guesses))
    assert sorted(status for status, _ in answers) == [401] * 5 + [429] * 7


async def test_one_password_at_many_log_ins_is_slowed_down_by_where_it_comes_from(
    house: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    # At one instant, too: each minute forgives one.
    monkeypatch.setattr("cti.web.session_routes.time", SimpleNamespace(monotonic=lambda: 1000.0))
    client = house.browser(**{"X-Forwarded-For": "203.0.113.7, 198.51.100.1"})
    statuses = []
    for n in range(FREE_FROM_ADDRESS + 2):
        statuses.append((await ask(client, "POST", "/session", json={"login": f"l{n}", "password": PASSWORD}))[0])
    assert statuses == [401] * FREE_FROM_ADDRESS + [429] * 2
    elsewhere = house.browser(**{"X-Forwarded-For": "203.0.113.7, 198.51.100.2"})
    right = {"login": "lin", "password": PASSWORD}
    assert (await ask(elsewhere, "POST", "/session", json=right))[0] == 200
    assert (await ask(client, "POST", "/session", json=right))[0] == 429


def test_only_our_own_proxy_says_who_is_out_there() -> None:
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": "198.51.100.9"})
    there = request.remote or ""
    assert sender_of(request, ("192.0.2.1",)) == there
    assert sender_of(request, ("192.0.2.1", there)) == "198.51.100.9"


async def test_who_logs_in_takes_the_place_of_who_sat_there_before(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    before = house.browser(Authorization=f"Bearer {next(cookie.value for cookie in client.cookie_jar)}")
    assert (await ask(before, "GET", "/session"))[0] == 200
    assert (await ask(client, "POST", "/session", json={"login": "mei", "password": PASSWORD}))[0] == 200
    assert (await ask(client, "GET", "/session"))[1]["login"] == "mei"
    assert (await ask(before, "GET", "/session"))[0] == 401


async def test_ones_own_password_is_changed_and_every_other_session_ends(house: Any, ask: Ask) -> None:
    here, there = await house.logged_in("lin"), await house.logged_in("lin")
    change = {"present": PASSWORD, "password": "another horse"}
    assert await ask(here, "PUT", "/session/password", json=change) == (204, None)
    assert (await ask(here, "GET", "/session"))[0] == 200
    assert (await ask(there, "GET", "/session"))[0] == 401
    for password, status in ((PASSWORD, 401), ("another horse", 200)):
        login = {"login": "lin", "password": password}
        assert (await ask(house.browser(), "POST", "/session", json=login))[0] == status
    entries = await ask(await house.logged_in("audit"), "GET", "/audit?action=login.changed")
    assert (entries[0], entries[1][0]["actor"]) == (200, "lin")
    assert "horse" not in str(entries)


async def test_ones_own_password_asks_for_the_present_one_and_for_no_more_guesses_than_a_log_in(
    house: Any, ask: Ask
) -> None:
    client = await house.logged_in("lin", **{"Accept-Language": "en"})
    short = {"present": PASSWORD, "password": "short"}
    status, refused = await ask(client, "PUT", "/session/password", json=short)
    assert (status, refused["error"]["field"]) == (400, "password")
    guess = {"present": "wrong", "password": "another horse"}
    answers = [await ask(client, "PUT", "/session/password", json=guess) for _ in range(6)]
    assert [status for status, _ in answers] == [400] * 5 + [429]
    assert answers[0][1]["error"]["field"] == "present"
    assert (await ask(client, "GET", "/session"))[0] == 200
