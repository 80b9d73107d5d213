"""Who may do what: every route of the web face, asked by every role, answers as one table says.

A route that is not in the table fails: who adds one says here whom it is for.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType

from cti.agents.logins import add_login
from tests.unit.web.conftest import PASSWORD

Ask = Callable[..., Awaitable[tuple[int, Any]]]

WHO = (None, "mei", "boss", "chief", "root", "audit")
"""Nobody, an agent, a lead, a manager, an administrator, an auditor: the columns of the tables."""

FIRST = {"snapshot", "wall"}

CLASSES = {401: "in", 403: "no", 404: "--", 429: "--"}
"""`in`: log in first. `no`: not for this role. `--`: there is none, or none that they may know of. `ok`: whatever else
a route answers to those it serves, be it that an empty body is not what it takes. A pocket card that nobody has is not
there, asked too often or not."""

API = """
POST   /p/{token}/customer                      ok   ok   ok   ok   ok   ok
GET    /p/{token}/wrap-up                       --   --   --   --   --   --
POST   /p/{token}/wrap-up                       ok   ok   ok   ok   ok   ok
POST   /p/{token}/open                          --   --   --   --   --   --
POST   /api/v1/session                          ok   ok   ok   ok   ok   ok
GET    /api/v1/session                          in   ok   ok   ok   ok   ok
DELETE /api/v1/session                          in   ok   ok   ok   ok   ok
PUT    /api/v1/session/password                 in   ok   ok   ok   ok   ok
GET    /api/v1/agents                           in   ok   ok   ok   ok   ok
PATCH  /api/v1/agents/me                        in   ok   ok   ok   ok   no
GET    /api/v1/presence                         in   ok   ok   ok   ok   ok
PUT    /api/v1/presence                         in   ok   ok   ok   ok   no
PUT    /api/v1/agents/{code}/presence           in   no   no   ok   ok   no
GET    /api/v1/presence/history                 in   ok   ok   ok   ok   ok
GET    /api/v1/customers                        in   ok   ok   ok   ok   ok
GET    /api/v1/customers/export                 in   no   no   ok   ok   no
POST   /api/v1/customers                        in   ok   ok   ok   ok   no
GET    /api/v1/customers/{customer_id}/card     in   ok   ok   ok   ok   ok
GET    /api/v1/customers/{customer_id}/history  in   ok   ok   ok   ok   ok
POST   /api/v1/customers/{customer_id}/notes    in   ok   ok   ok   ok   no
POST   /api/v1/interactions                     in   ok   ok   ok   ok   no
GET    /api/v1/interactions/waiting             in   no   ok   ok   ok   ok
POST   /api/v1/interactions/waiting/{waiting_id} in  no   ok   ok   ok   no
POST   /api/v1/interactions/waiting/{waiting_id}/prospect in no ok   ok   ok   no
POST   /api/v1/interactions/waiting/{waiting_id}/dismiss in no ok   ok   ok   no
POST   /api/v1/interactions/waiting/{waiting_id}/restore in no --   --   --   no
POST   /api/v1/orders                           in   ok   ok   ok   ok   no
POST   /api/v1/orders/bulk                      in   no   no   ok   ok   no
PATCH  /api/v1/orders/{order_id}                in   --   --   --   --   no
POST   /api/v1/payments                         in   ok   ok   ok   ok   no
POST   /api/v1/payments/bulk                    in   no   no   ok   ok   no
PATCH  /api/v1/payments/{payment_id}            in   no   no   --   --   no
GET    /api/v1/customers/{customer_id}/account  in   ok   ok   ok   ok   ok
GET    /api/v1/reports/orders                   in   no   no   ok   ok   ok
POST   /api/v1/imports                          in   no   no   ok   ok   no
GET    /api/v1/imports                          in   no   no   ok   ok   no
POST   /api/v1/imports/{import_id}/undo         in   no   no   --   --   no
GET    /api/v1/customers/{customer_id}/dossier  in   no   no   ok   ok   no
GET    /api/v1/customers/{customer_id}/dossier/text in no no   ok   ok   no
GET    /api/v1/retention                        in   no   no   ok   ok   no
POST   /api/v1/customers/{customer_id}/erase    in   no   no   ok   ok   no
GET    /api/v1/customers/{customer_id}/assignments in ok   ok   ok   ok   ok
POST   /api/v1/customers/{customer_id}/owner    in   no   ok   ok   ok   no
GET    /api/v1/calls                            in   ok   ok   ok   ok   ok
GET    /api/v1/calls/{linkedid}                 in   --   ok   ok   ok   ok
POST   /api/v1/calls/{linkedid}/customer        in   ok   ok   ok   ok   no
POST   /api/v1/calls/{linkedid}/answer          in   ok   ok   ok   ok   no
PUT    /api/v1/calls/{linkedid}/hold            in   ok   ok   ok   ok   no
PUT    /api/v1/calls/{linkedid}/mute            in   ok   ok   ok   ok   no
POST   /api/v1/calls/{linkedid}/consult         in   ok   ok   ok   ok   no
POST   /api/v1/calls/{linkedid}/join            in   ok   ok   ok   ok   no
GET    /api/v1/live-calls                       in   ok   ok   ok   ok   ok
POST   /api/v1/calls/{linkedid}/watch           in   ok   ok   no   no   no
DELETE /api/v1/calls/{linkedid}/watch           in   ok   ok   ok   ok   no
GET    /api/v1/mentors                          in   no   ok   ok   ok   ok
POST   /api/v1/agents/{code}/mentors            in   no   no   ok   ok   no
DELETE /api/v1/mentors/{id}                     in   no   no   --   --   no
PATCH  /api/v1/mentors/{id}                     in   no   no   ok   ok   no
GET    /api/v1/pocket/channels                  in   ok   ok   ok   ok   ok
POST   /api/v1/pocket/channels                  in   ok   ok   ok   ok   no
PUT    /api/v1/pocket/channels                  in   ok   ok   ok   ok   no
DELETE /api/v1/pocket/channels/{id}             in   --   --   ok   ok   no
POST   /api/v1/pocket/channels/{id}/test        in   --   --   ok   ok   no
GET    /api/v1/reports/pocket                   in   no   ok   ok   ok   ok
GET    /api/v1/promises                         in   ok   ok   ok   ok   ok
GET    /api/v1/promises/{promise_id}            in   --   --   --   --   --
POST   /api/v1/promises/{promise_id}/close      in   ok   ok   ok   ok   no
POST   /api/v1/promises/{promise_id}/reopen     in   ok   ok   ok   ok   no
POST   /api/v1/promises/{promise_id}/assign     in   ok   ok   ok   ok   no
POST   /api/v1/promises/{promise_id}/note       in   ok   ok   ok   ok   no
GET    /api/v1/reports/answer-rate              in   no   ok   ok   ok   ok
GET    /api/v1/live                             in   no   ok   ok   ok   ok
GET    /api/v1/reports/nearly-lost              in   no   ok   ok   ok   ok
GET    /api/v1/reports/stand-ins                in   no   ok   ok   ok   ok
GET    /api/v1/reports/rehearsal                in   no   --   --   --   --
POST   /api/v1/agents/{code}/succession         in   no   no   ok   ok   no
GET    /api/v1/audit                            in   no   no   ok   ok   ok
GET    /api/v1/audit/verdict                    in   no   no   ok   ok   ok
GET    /api/v1/translations/{language}          ok   ok   ok   ok   ok   ok
GET    /api/v1/route/explain                    in   ok   ok   ok   ok   ok
GET    /api/v1/route/week                       in   ok   ok   ok   ok   ok
GET    /api/v1/people                           in   no   ok   ok   ok   ok
GET    /api/v1/people/{code}                    in   no   ok   ok   ok   ok
POST   /api/v1/people                           in   no   no   ok   ok   no
PATCH  /api/v1/people/{code}                    in   no   no   ok   ok   no
GET    /api/v1/people/{code}/phone              in   no   no   ok   ok   no
POST   /api/v1/people/{code}/leaves             in   no   no   ok   ok   no
DELETE /api/v1/leaves/{leave_id}                in   no   no   ok   ok   no
GET    /api/v1/logins                           in   no   no   ok   ok   ok
POST   /api/v1/logins                           in   no   no   ok   ok   no
PATCH  /api/v1/logins/{login}                   in   no   no   ok   ok   no
PUT    /api/v1/logins/{login}/password          in   no   no   ok   ok   no
GET    /api/v1/route                            in   no   ok   ok   ok   ok
PUT    /api/v1/route/numbers/{key}              in   no   no   ok   ok   no
PUT    /api/v1/route/groups/{key}               in   no   no   ok   ok   no
PUT    /api/v1/route/services/{key}             in   no   no   ok   ok   no
PUT    /api/v1/route/hours/{key}                in   no   no   ok   ok   no
PUT    /api/v1/route/tiers/{key}                in   no   no   ok   ok   no
POST   /api/v1/route/duties                     in   no   no   ok   ok   no
DELETE /api/v1/route/duties/{duty_id}           in   no   no   ok   ok   no
DELETE /api/v1/route/{subject}/{key}            in   no   no   ok   ok   no
GET    /api/v1/calendar                         in   no   ok   ok   ok   ok
PUT    /api/v1/calendar/{day}                   in   no   no   ok   ok   no
POST   /api/v1/calendar/import                  in   no   no   ok   ok   no
GET    /api/v1/route/log                        in   no   ok   ok   ok   ok
GET    /api/v1/route/diff                       in   ok   ok   ok   ok   ok
POST   /api/v1/route/rollback                   in   no   no   ok   ok   no
GET    /api/v1/dispositions                     in   ok   ok   ok   ok   ok
GET    /api/v1/calls/{linkedid}/wrap-up         in   --   ok   ok   ok   ok
PUT    /api/v1/calls/{linkedid}/wrap-up         in   ok   ok   ok   ok   no
POST   /api/v1/calls/{linkedid}/wrap-up/extend  in   --   ok   ok   ok   no
POST   /api/v1/calls/{linkedid}/wrap-up/end     in   --   ok   ok   ok   no
GET    /api/v1/wall                             in   no   ok   ok   ok   ok
POST   /api/v1/wall/screen                      ok   ok   ok   ok   ok   ok
GET    /api/v1/wall/tokens                      in   no   no   ok   ok   no
POST   /api/v1/wall/tokens                      in   no   no   ok   ok   no
DELETE /api/v1/wall/tokens/{label}              in   no   no   --   --   no
GET    /api/v1/openapi.json                     ok   ok   ok   ok   ok   ok
POST   /api/v1/customers/{customer_id}/numbers/change in   ok   ok   ok   ok   no
GET    /api/v1/customers/{customer_id}/numbers/changes in   no   ok   ok   ok   ok
POST   /api/v1/customers/{customer_id}/relations in   ok   ok   ok   ok   no
DELETE /api/v1/customers/{customer_id}/relations/{other_id}/{role} in   no   --   --   --   no
PUT    /api/v1/customers/{customer_id}/code     in   no   ok   ok   ok   no
POST   /api/v1/calls                            in   ok   ok   no   no   no
DELETE /api/v1/calls/{linkedid}                 in   --   ok   ok   ok   no
POST   /api/v1/calls/{linkedid}/transfer        in   ok   ok   ok   ok   no
GET    /api/v1/customers/{customer_id}/prompts  in   ok   ok   ok   ok   ok
POST   /api/v1/customers/{customer_id}/plays/{play}/outcome in   ok   ok   ok   ok   no
GET    /api/v1/plays                            in   no   ok   ok   ok   ok
PUT    /api/v1/plays/{play}                     in   no   no   ok   ok   no
DELETE /api/v1/plays/{play}                     in   no   no   ok   ok   no
GET    /api/v1/reports/plays                    in   no   ok   ok   ok   ok
GET    /api/v1/duplicates                       in   no   ok   ok   ok   ok
POST   /api/v1/duplicates/find                  in   no   no   ok   ok   no
POST   /api/v1/customers/{customer_id}/duplicates/dismiss in   no   ok   ok   ok   no
POST   /api/v1/customers/{customer_id}/duplicates/reopen in   no   ok   ok   ok   no
POST   /api/v1/customers/{customer_id}/merge    in   no   ok   ok   ok   no
GET    /api/v1/customers/{customer_id}/merges   in   no   ok   ok   ok   ok
GET    /api/v1/merges                           in   no   ok   ok   ok   ok
POST   /api/v1/merges/{merge_id}/undo           in   no   --   --   --   no
GET    /api/v1/messages                         in   no   ok   ok   ok   ok
GET    /api/v1/customers/{customer_id}/messages in   ok   ok   ok   ok   ok
POST   /api/v1/customers/{customer_id}/messages in   ok   ok   ok   ok   no
POST   /api/v1/messages/{message_id}/retry      in   --   --   --   --   no
POST   /api/v1/messages/{message_id}/cancel     in   --   --   --   --   no
GET    /api/v1/trunks                           in   no   ok   ok   ok   ok
POST   /api/v1/trunks/{trunk}/reset             in   no   no   --   --   no
POST   /api/v1/messages/{message_id}/give-up    in   ok   ok   ok   ok   no
PUT    /api/v1/customers/{customer_id}/facts    in   ok   ok   ok   ok   no
POST   /api/v1/customers/{customer_id}/facts/{fact}/confirm in   no   --   --   --   no
PUT    /api/v1/customers/{customer_id}/facts/{fact}/mention in   ok   ok   ok   ok   no
DELETE /api/v1/customers/{customer_id}/facts/{fact} in   no   --   --   --   no
PUT    /api/v1/customers/{customer_id}/consents/{channel} in   ok   ok   ok   ok   no
GET    /api/v1/fields                           in   ok   ok   ok   ok   ok
PUT    /api/v1/fields/{key}                     in   no   no   ok   ok   no
DELETE /api/v1/fields/{key}                     in   no   no   ok   ok   no
PUT    /api/v1/customers/{customer_id}/identity/{kind} in   ok   ok   ok   ok   no
POST   /api/v1/customers/{customer_id}/identity/{kind}/reveal in   no   no   --   --   no
"""

OTHERS = """
GET    /                                        ok   ok   ok   ok   ok   ok
GET    /admin                                   ok   ok   ok   ok   ok   ok
GET    /admin/{view}                            ok   ok   ok   ok   ok   ok
GET    /static                                  no   no   no   no   no   no
GET    /healthz                                 ok   ok   ok   ok   ok   ok
GET    /readyz                                  ok   ok   ok   ok   ok   ok
GET    /metrics                                 ok   ok   ok   ok   ok   ok
GET    /p/{token}                               --   --   --   --   --   --
GET    /wall                                    ok   ok   ok   ok   ok   ok
GET    /pocket                                  ok   ok   ok   ok   ok   ok
GET    /manifest.webmanifest                    ok   ok   ok   ok   ok   ok
GET    /sw.js                                   ok   ok   ok   ok   ok   ok
"""

SOCKETS = """
GET    /ws/desktop                              4401 ok   ok   ok   ok   ok
GET    /ws/wall                                 4401 4403 ok   ok   ok   ok
GET    /ws/pocket                               4401 4401 4401 4401 4401 4401
"""

QUERIES = {
    "/api/v1/customers": "?q=陳太",
    "/api/v1/route/diff": "?first=1&last=2",
    "/api/v1/route/explain": "?agent=101",
    "/api/v1/route/week": "?agent=101",
}
"""What a route must be told before it can look at who asks."""

PARTS = {"code": "101", "customer_id": "1", "linkedid": "1.1", "language": "en", "day": "2026-11-23", "login": "lin"}
PARTS |= {"subject": "group", "key": "company", "filename": "js/main.js", "view": "people", "token": "x"}


def rows(table: str) -> dict[str, list[str]]:
    """`METHOD PATH` -> what each of `WHO` is answered."""
    found = {}
    for line in table.strip().splitlines():
        method, path, *classes = line.split()
        assert f"{method} {path}" not in found, line
        found[f"{method} {path}"] = classes
    return found


def address(path: str) -> str:
    """A path with things in it that are there, where the firm has such things."""
    return re.sub(r"\{(\w+)(:[^}]*)?\}", lambda name: PARTS.get(name[1], "1"), path)


@pytest.fixture
async def people(house: Any) -> list[ClientSession]:
    """A browser of each of `WHO`, in a firm where 101 had a call."""
    async with house.services.store.transaction() as session:
        await add_login(session, "chief", PASSWORD, "manager", None)
    house.arrives()
    house.rings("101")
    house.answers()
    house.hangs_up()
    await house.tracker.flush()
    return [await browser(house, login) for login in WHO]


async def browser(house: Any, login: str | None) -> ClientSession:
    client: ClientSession = await house.logged_in(login) if login else house.browser()
    return client


async def classes_of(people: list[ClientSession], method: str, path: str) -> list[str]:
    """What each person is answered."""
    found = []
    for client in people:
        body = {} if method not in {"GET", "HEAD"} else None
        async with client.request(method, address(path) + QUERIES.get(path, ""), json=body) as response:
            assert response.status != 500, (method, path)
            found.append(CLASSES.get(response.status, "ok"))
    return found


async def test_every_operation_answers_each_role_as_the_table_says(house: Any, people: list[ClientSession]) -> None:
    seen = {}
    for route in served(house):
        if "/api/v1/" in route or "/p/{token}/" in route:
            seen[route] = await classes_of(people, *route.split())
            if route == "DELETE /api/v1/session":
                people = [await browser(house, login) for login in WHO]
    assert seen == rows(API)


async def test_every_page_answers_each_role_as_the_table_says(house: Any, people: list[ClientSession]) -> None:
    """Pages are empty shells: what is in them comes from the API."""
    pages = [one for one in served(house) if not any(part in one for part in ("/api/v1/", "/p/{token}/", "/ws/"))]
    seen = {route: await classes_of(people, *route.split()) for route in pages}
    assert seen == rows(OTHERS)


async def test_every_socket_answers_each_role_as_the_table_says(house: Any, people: list[ClientSession]) -> None:
    seen = {}
    for route in served(house):
        if "/ws/" in route:
            path = route.split()[1]
            seen[route] = [await opened(client, path, house.origin) for client in people]
    assert seen == rows(SOCKETS)


async def opened(client: ClientSession, path: str, origin: str) -> str:
    """`ok` when the first message of a page comes, else with which code the socket was closed."""
    async with client.ws_connect(path, headers={"Origin": origin}) as socket:
        first = await socket.receive(timeout=10)
        return "ok" if first.type is WSMsgType.TEXT and first.json()["type"] in FIRST else str(socket.close_code)


def served(house: Any) -> list[str]:
    """`METHOD PATH` of all that the server answers to."""
    routes = [(route.method, route.resource.canonical) for route in house.server.app.router.routes()]
    return [f"{method} {path}" for method, path in routes if method != "HEAD"]
