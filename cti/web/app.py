"""Makes the web application from its parts: the API's operations, the WebSocket, the page.

Must not know what any route does.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from aiohttp import web

from cti.agents.throttle import FORGIVEN_FROM_ADDRESS, FREE_FROM_ADDRESS, Throttle
from cti.customers.discretion import LookUps
from cti.web import (
    agent_routes,
    audit_routes,
    calendar_routes,
    call_routes,
    chain_routes,
    control_routes,
    conversation_routes,
    customer_routes,
    dealing_routes,
    fact_routes,
    identity_routes,
    import_routes,
    intake_routes,
    leaver_routes,
    login_routes,
    mentor_routes,
    merging_routes,
    message_routes,
    owner_routes,
    person_routes,
    plan_routes,
    pocket_channel_routes,
    pocket_routes,
    presence_routes,
    privacy_routes,
    promise_routes,
    report_routes,
    session_routes,
    supervision_routes,
    text_routes,
    trunk_routes,
    version_routes,
    wall_routes,
    worth_routes,
    wrapup_routes,
)
from cti.web.asking import answering
from cti.web.desktop_socket import desktop_socket
from cti.web.discretion import FINDS, LOOK_UPS
from cti.web.openapi import describe
from cti.web.operations import LONGEST_BODY, Operation
from cti.web.pages import FILES, REGISTRY, STATIC, admin_page, healthz, metrics, page, readyz, registry_for, static_file
from cti.web.pocket_routes import GUESSES, pocket_page
from cti.web.pocket_socket import pocket_socket
from cti.web.protection import add_headers
from cti.web.refusals import refusals
from cti.web.services import ADDRESS_THROTTLE, LOGIN_THROTTLE, SERVICES, Services
from cti.web.session_watch import SESSIONS, SessionWatch
from cti.web.wall_socket import wall_socket

OPERATIONS: tuple[Operation, ...] = (
    *session_routes.operations.all,
    *agent_routes.operations.all,
    *presence_routes.operations.all,
    *customer_routes.operations.all,
    *intake_routes.operations.all,
    *dealing_routes.operations.all,
    *import_routes.operations.all,
    *identity_routes.operations.all,
    *fact_routes.operations.all,
    *merging_routes.operations.all,
    *message_routes.operations.all,
    *trunk_routes.operations.all,
    *owner_routes.operations.all,
    *privacy_routes.operations.all,
    *call_routes.operations.all,
    *control_routes.operations.all,
    *conversation_routes.operations.all,
    *supervision_routes.operations.all,
    *mentor_routes.operations.all,
    *pocket_channel_routes.operations.all,
    *promise_routes.operations.all,
    *report_routes.operations.all,
    *leaver_routes.operations.all,
    *audit_routes.operations.all,
    *text_routes.operations.all,
    *plan_routes.operations.all,
    *person_routes.operations.all,
    *login_routes.operations.all,
    *chain_routes.operations.all,
    *calendar_routes.operations.all,
    *version_routes.operations.all,
    *worth_routes.operations.all,
    *wrapup_routes.operations.all,
    *wall_routes.operations.all,
)


def make_app(services: Services) -> web.Application:
    """The whole web face over `services`; run it with aiohttp's runner on the configured port."""
    app = web.Application(middlewares=[refusals], client_max_size=LONGEST_BODY)
    app[SERVICES] = services
    app[LOGIN_THROTTLE] = Throttle()
    app[ADDRESS_THROTTLE] = Throttle(FREE_FROM_ADDRESS, FORGIVEN_FROM_ADDRESS)
    app[LOOK_UPS] = LookUps(services.settings.look_ups_alarm, services.settings.look_ups_most)
    app[FINDS] = LookUps(services.settings.finds_alarm, services.settings.finds_most)
    app[GUESSES] = Throttle()
    app[SESSIONS] = SessionWatch()
    app[REGISTRY] = registry_for(services)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_close_desktops)
    app.router.add_get("/", page)
    app.router.add_get("/admin", admin_page)
    app.router.add_get("/admin/{view:.*}", admin_page)
    app.router.add_static("/static", STATIC)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/ws/desktop", desktop_socket)
    app.router.add_get("/ws/pocket", pocket_socket)
    app.router.add_get("/ws/wall", wall_socket)
    app.router.add_get("/p/{token}", pocket_page)
    for path, name in FILES.items():
        app.router.add_get(path, static_file(name))
    for operation in pocket_routes.operations.all:
        app.router.add_route(operation.method, f"/p{operation.path}", answering(operation))
    for operation in OPERATIONS:
        app.router.add_route(operation.method, f"/api/v1{operation.path}", answering(operation))
    app.router.add_get("/api/v1/openapi.json", _description)
    return app


def description() -> dict[str, Any]:
    """What `/api/v1/openapi.json` answers."""
    try:
        ours = version("ringward")
    except PackageNotFoundError:
        ours = "0"
    return describe(OPERATIONS, ours)


async def _description(_request: web.Request) -> web.Response:
    return web.json_response(description())


async def _close_desktops(app: web.Application) -> None:
    """Before the server waits for its handlers: open desktops would keep it waiting."""
    app[SERVICES].hub.close()
    app[SERVICES].pocket.close()
    app[SERVICES].walls.hub.close()
