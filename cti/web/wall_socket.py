"""`/ws/wall`: joins one screen's WebSocket to the wall's outbox, and ends it when its token or session ends.

Must not know what the messages say.
"""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web

from cti.agents.logins import Identity
from cti.desktop.hub import CLOSE_GOING_AWAY, CLOSE_SESSION_ENDED, Connection
from cti.errors import NotLoggedIn, StoreUnavailable
from cti.wall import tokens
from cti.web.asking import token_of, viewer
from cti.web.protection import is_our_page
from cti.web.refusals import Forbidden
from cti.web.services import SERVICES, Services
from cti.web.sockets import CLOSE_WRONG_ORIGIN, new_socket, part, refuse, serve

log = structlog.get_logger(__name__)

LOOK_SECONDS = 15.0
"""How often the token is looked at again: one that was revoked at the command line leaves the wall this soon."""


async def wall_socket(request: web.Request) -> web.StreamResponse:
    """The board, then the board after every change, until the token is revoked or the screen leaves."""
    services = request.app[SERVICES]
    socket = new_socket()
    ours = is_our_page(request, services.settings.page_origins)
    try:
        identity = await viewer(request, services)
    except NotLoggedIn:
        return await refuse(socket, request, CLOSE_SESSION_ENDED)
    except Forbidden:
        return await refuse(socket, request, CLOSE_WRONG_ORIGIN)
    if ours is False or (ours is None and token_of(request)[1]):
        return await refuse(socket, request, CLOSE_WRONG_ORIGIN)
    await socket.prepare(request)
    await _note_use(services, identity)
    connection = await services.walls.open(identity)
    code = CLOSE_GOING_AWAY
    try:
        code = await serve(socket, connection, _watch(request, services, connection))
    finally:
        services.walls.close(connection, code)
        await _note_use(services, identity)
        await part(socket, request, code)
    return socket


async def _note_use(services: Services, identity: Identity) -> None:
    """So that a screen that nobody looks at is known by it. A database that is away darkens no wall."""
    try:
        async with services.store.transaction() as session:
            await tokens.note_use(session, identity, services.now())
    except StoreUnavailable as error:
        log.warning("wall.use_not_noted", viewer=identity.login, reason=str(error))


async def _watch(request: web.Request, services: Services, connection: Connection) -> None:
    """Close when the token or the session has ended. An unreachable database ends nobody's view."""
    identity: Identity | None = connection.identity
    while identity == connection.identity:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            identity = await viewer(request, services)
        except (NotLoggedIn, Forbidden):
            break
        except StoreUnavailable as error:
            log.warning("wall.viewer_unseen", viewer=connection.identity.login, reason=str(error))
    connection.close(CLOSE_SESSION_ENDED)
