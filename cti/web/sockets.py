"""What every WebSocket of ours does: it begins, writes its outbox, takes what comes, is refused with a code, and parts.

Must not know whose it is, nor what the messages say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import WSMsgType, web

from cti.desktop.hub import CLOSE_NORMAL, Connection

CLOSE_WRONG_ORIGIN = 4403
LONGEST_INCOMING = 4096
"""A page only says `pong` and `hello`."""

SOCKET_HEARTBEAT = 30.0
"""WebSocket pings, answered by every browser: a laptop that was shut is noticed within 45 s."""

FAREWELL_SECONDS = 1.0
"""Who does not take the close frame within this time has his connection cut."""


def new_socket() -> web.WebSocketResponse:
    """A socket that notices who has gone; nothing is compressed, for messages are small and many."""
    return web.WebSocketResponse(heartbeat=SOCKET_HEARTBEAT, max_msg_size=LONGEST_INCOMING, compress=False)


async def serve(
    socket: web.WebSocketResponse,
    connection: Connection,
    *watching: Coroutine[Any, Any, None],
    hear: Callable[[str], None] = lambda _: None,
) -> int:
    """Write the outbox and take what comes until the connection closes; its code. `watching` runs beside them."""

    async def write(line: bytes) -> None:
        await socket.send_frame(line, WSMsgType.TEXT)

    async with asyncio.TaskGroup() as tasks:
        parts = (connection.pump(write), _read(socket, connection, hear), *watching)
        running = [tasks.create_task(part) for part in parts]
        code = await connection.closed()
        for task in running:
            task.cancel()
    return code


async def refuse(socket: web.WebSocketResponse, request: web.Request, code: int) -> web.StreamResponse:
    """A page sees a close code, but not the status of a handshake that failed: so accept, say why, and close."""
    await socket.prepare(request)
    await part(socket, request, code)
    return socket


async def part(socket: web.WebSocketResponse, request: web.Request, code: int) -> None:
    """Close with a code, and do not wait long for a page that has gone."""
    try:
        async with asyncio.timeout(FAREWELL_SECONDS):
            await socket.close(code=code)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()


async def _read(socket: web.WebSocketResponse, connection: Connection, hear: Callable[[str], None]) -> None:
    """Take what comes, so that pongs are seen and a close is noticed; nothing of it changes anything."""
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            hear(message.data)
    connection.close(CLOSE_NORMAL)
