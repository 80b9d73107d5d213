"""`/ws/pocket?card=ID`: joins the browser that holds a pocket card to that card's outbox, and to nothing else.

Must not know what the messages say.
"""

from __future__ import annotations

import asyncio

from aiohttp import WSMsgType, web

from cti.desktop.hub import CLOSE_GOING_AWAY, CLOSE_NORMAL, CLOSE_SESSION_ENDED, Connection
from cti.errors import NotFound
from cti.web.desktop_socket import CLOSE_WRONG_ORIGIN, LONGEST_INCOMING, SOCKET_HEARTBEAT, part
from cti.web.pocket_routes import session_of
from cti.web.protection import is_our_page
from cti.web.services import SERVICES


async def pocket_socket(request: web.Request) -> web.StreamResponse:
    """Snapshot, then messages until the card is over or the page leaves."""
    services = request.app[SERVICES]
    socket = web.WebSocketResponse(heartbeat=SOCKET_HEARTBEAT, max_msg_size=LONGEST_INCOMING, compress=False)
    await socket.prepare(request)
    if is_our_page(request, services.settings.page_origins) is not True:
        await part(socket, request, CLOSE_WRONG_ORIGIN)  # only a page has the cookie, and a page says where it is from
        return socket
    card_id = request.query.get("card", "")
    try:
        card = services.pocket.of_session(card_id, session_of(request, card_id))
    except NotFound:
        await part(socket, request, CLOSE_SESSION_ENDED)
        return socket
    connection = services.pocket.watch(card)
    code = CLOSE_GOING_AWAY
    try:
        code = await _serve(socket, connection)
    finally:
        services.pocket.leave(card, connection, code)
        await part(socket, request, code)
    return socket


async def _serve(socket: web.WebSocketResponse, connection: Connection) -> int:
    async def write(line: bytes) -> None:
        await socket.send_frame(line, WSMsgType.TEXT)

    async with asyncio.TaskGroup() as tasks:
        running = (tasks.create_task(connection.pump(write)), tasks.create_task(_read(socket, connection)))
        code = await connection.closed()
        for task in running:
            task.cancel()
    return code


async def _read(socket: web.WebSocketResponse, connection: Connection) -> None:
    """Take what comes, so that pongs are seen and a close is noticed; nothing of it changes anything."""
    async for _ in socket:
        pass
    connection.close(CLOSE_NORMAL)
