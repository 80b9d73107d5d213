"""What every answer carries, and what no answer tells."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import structlog.testing

from cti.web.app import OPERATIONS, description
from cti.web.operations import Access, Operation

Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/session", "/no/such/page", "/static/js/main.js"])
async def test_every_answer_keeps_other_sites_out(house: Any, path: str) -> None:
    async with house.browser().get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert "Server" not in response.headers


async def test_the_page_and_its_files_are_served_and_nothing_beside_them(house: Any) -> None:
    client = house.browser()
    async with client.get("/") as response:
        assert response.status == 200
        assert response.content_type == "text/html"
    async with client.get("/static/js/main.js") as response:
        assert response.status == 200
        assert "javascript" in response.content_type
    for path in ("/static/", "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"):
        async with client.get(path) as response:
            assert response.status in {403, 404}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/no/such", 404, "not_found"),
        ("PUT", "/session", 405, "method_not_allowed"),
    ],
)
async def test_refusals_have_one_shape(house: Any, ask: Ask, method: str, path: str, status: int, code: str) -> None:
    answered, body = await ask(house.browser(), method, path)
    assert (answered, body["error"]["code"]) == (status, code)
    assert body["error"]["message"]


async def test_a_refusal_speaks_the_readers_language(house: Any, ask: Ask) -> None:
    sentences = {
        language: (await ask(house.browser(), "GET", "/agents", headers={"Accept-Language": language}))[1]
        for language in ("en-GB,en;q=0.9", "zh-TW", "fr")
    }
    english, chinese, other = (one["error"]["message"] for one in sentences.values())
    assert english == "please log in"
    assert chinese != english
    assert other == chinese, "a language we have not is answered in the firm's"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 20_000, b'{"presence":"on fire"}', b'{"presence":"away","x":1}'],
)
async def test_nonsense_in_a_body_is_refused_with_a_sentence(house: Any, ask: Ask, data: bytes) -> None:
    client = await house.logged_in("lin")
    status, body = await ask(client, "PATCH", "/agents/me", data=data, headers={"Content-Type": "application/json"})
    assert (status, body["error"]["code"]) == (400, "invalid")


async def test_a_huge_body_is_refused(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    status, body = await ask(client, "POST", "/customers/1/notes", json={"text": "x" * 100_000})
    assert (status, body["error"]["code"]) == (413, "too_large")


async def test_our_own_failure_tells_nothing_of_our_inside(
    house: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await house.logged_in("lin")

    def broken() -> dict[str, str]:
        raise ZeroDivisionError("/secret/path.py")

    monkeypatch.setattr(house.services.desktops, "presences", broken)
    status, body = await ask(client, "GET", "/agents", headers={"Accept-Language": "en"})
    assert status == 500
    assert "secret" not in str(body)
    assert "Zero" not in str(body)


async def test_a_database_that_is_away_is_503_and_said(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    async with house.services.store.transaction() as session:
        await (await session.connection()).exec_driver_sql("DROP TABLE sessions")
    status, body = await ask(client, "GET", "/agents", headers={"Accept-Language": "en"})
    assert (status, body["error"]["code"]) == (503, "store_unavailable")
    assert "sessions" not in body["error"]["message"]


async def test_the_secret_of_a_link_is_in_no_log(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_token: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.services.pocket, "find", broken)
    with structlog.testing.capture_logs() as lines:
        async with house.browser().post("/p/hush-hush/open", json={}) as answer:
            assert answer.status == 500
    assert [one["path"] for one in lines if one["event"] == "web.failed"] == ["/p/{token}/open"]
    assert "hush-hush" not in str([{**one, "exc_info": None} for one in lines])


def address(operation: Operation) -> str:
    return re.sub(r"\{\w+\}", "1", operation.path.replace("{language}", "en"))


async def test_nothing_but_what_is_public_is_told_to_strangers(house: Any, ask: Ask) -> None:
    for one in OPERATIONS:
        status, _ = await ask(house.browser(), one.method, address(one), json={} if one.body else None)
        assert (status == 401) is (one.access is not Access.PUBLIC), f"{one.method} {one.path}"


async def test_an_auditor_changes_nothing(house: Any, ask: Ask) -> None:
    client = await house.logged_in("audit")
    for one in OPERATIONS:
        if one.writes and not one.path.startswith("/session") and one.access is not Access.PUBLIC:  # but their own
            assert (await ask(client, one.method, address(one), json={}))[0] == 403, f"{one.method} {one.path}"


async def test_an_auditor_can_log_out(house: Any, ask: Ask) -> None:
    assert (await ask(await house.logged_in("audit"), "DELETE", "/session"))[0] == 204


async def test_every_route_is_described(house: Any, ask: Ask) -> None:
    status, described = await ask(house.browser(), "GET", "/openapi.json")
    assert status == 200
    assert described == description()
    served = {
        (route.method, route.resource.canonical)
        for route in house.server.app.router.routes()
        if route.resource.canonical.startswith("/api/v1/") and route.method != "HEAD"
    }
    told = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert served - told == {("GET", "/api/v1/openapi.json")}
    assert told <= served
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path} says not what it does"
            assert operation["responses"]


def test_the_description_refers_only_to_what_it_has() -> None:
    described = description()
    known = set(described["components"]["schemas"])

    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*(references(one) for one in part.values()))
        if isinstance(part, list):
            return set().union(*(references(one) for one in part))
        return set()

    assert references(described) <= known


async def test_health_readiness_and_figures(house: Any) -> None:
    client = house.browser()
    async with client.get("/healthz") as response:
        assert response.status == 200
    async with client.get("/readyz") as response:
        assert (response.status, await response.json()) == (
            200,
            {"ready": True, "parts": {"database": True, "ari": True, "ami": True, "agi": True}},
        )
    house.ready["ari"] = False
    async with client.get("/readyz") as response:
        answer = await response.json()
        assert (response.status, answer["ready"], answer["parts"]["ari"]) == (503, False, False)
    await house.desk("lin")
    house.arrives()
    async with client.get("/metrics") as response:
        text = await response.text()
    assert "ringward_desktops 1.0" in text
    assert 'ringward_live_calls{state="asking"} 1.0' in text
    assert 'ringward_promises{level="with_manager"} 0.0' in text
