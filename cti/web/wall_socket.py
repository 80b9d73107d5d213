"""`/ws/wall`: joins one screen's WebSocket to the wall's outbox, and ends it when its token or session ends.

Must not know what the messages say.
"""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import WSMsgType, web

from cti.agents.logins import Identity
from cti.desktop.hub import CLOSE_GOING_AWAY, CLOSE_NORMAL, CLOSE_SESSION_ENDED, Connection
from cti.errors import NotLoggedIn, StoreUnavailable
from cti.web.asking import token_of, viewer
from cti.web.desktop_socket import CLOSE_WRONG_ORIGIN, LONGEST_INCOMING, SOCKET_HEARTBEAT, part
from cti.web.protection import is_our_page
from cti.web.refusals import Forbidden
from cti.web.services import SERVICES, Services

log = structlog.get_logger(__name__)

LOOK_SECONDS = 15.0
"""How often the token is looked at again: one that was revoked at the command line leaves the wall this soon."""


async def wall_socket(request: web.Request) -> web.StreamResponse:
    """The board, then the board after every change, until the token is revoked or the screen leaves."""
    services = request.app[SERVICES]
    socket = web.WebSocketResponse(heartbeat=SOCKET_HEARTBEAT, max_msg_size=LONGEST_INCOMING, compress=False)
    ours = is_our_page(request, services.settings.page_origins)
    try:
        identity = await viewer(request, services)
    except NotLoggedIn:
        return await _refuse(socket, request, CLOSE_SESSION_ENDED)
    except Forbidden:
        return await _refuse(socket, request, CLOSE_WRONG_ORIGIN)
    if ours is False or (ours is None and token_of(request)[1]):
        return await _refuse(socket, request, CLOSE_WRONG_ORIGIN)
    await socket.prepare(request)
    connection = await services.walls.open(identity)
    code = CLOSE_GOING_AWAY
    try:
        code = await _serve(socket, request, services, connection)
    finally:
        services.walls.close(connection, code)
        await part(socket, request, code)
    return socket


async def _serve(
    socket: web.WebSocketResponse, request: web.Request, services: Services, connection: Connection
) -> int:
    async def write(line: bytes) -> None:
        await socket.send_frame(line, WSMsgType.TEXT)

    async with asyncio.TaskGroup() as tasks:
        running = (
            tasks.create_task(connection.pump(write)),
            tasks.create_task(_read(socket, connection)),
            tasks.create_task(_watch(request, services, connection)),
        )
        code = await connection.closed()
        for task in running:
            task.cancel()
    return code


async def _read(socket: web.WebSocketResponse, connection: Connection) -> None:
    """Take what comes, so that pongs are seen and a close is noticed; nothing of it changes anything."""
    async for _ in socket:
        pass
    connection.close(CLOSE_NORMAL)


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


async def _refuse(socket: web.WebSocketResponse, request: web.Request, code: int) -> web.StreamResponse:
    """As for desktops: accept, say why, and close."""
    await socket.prepare(request)
    await part(socket, request, code)
    return socket
