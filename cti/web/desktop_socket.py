"""`/ws/desktop`: joins one browser's WebSocket to its outbox, and ends it when it should end.

Must not know what the messages say.
"""

from __future__ import annotations

import asyncio

import msgspec
import structlog
from aiohttp import web

from cti.agents.directory import DirectoryChanged
from cti.desktop.hub import CLOSE_GOING_AWAY, CLOSE_SESSION_ENDED, Connection
from cti.errors import StoreUnavailable
from cti.web.asking import identify, token_of
from cti.web.operations import RANKS
from cti.web.protection import is_our_page
from cti.web.services import SERVICES, Services
from cti.web.session_watch import SESSIONS
from cti.web.sockets import CLOSE_WRONG_ORIGIN, new_socket, part, refuse, serve

log = structlog.get_logger(__name__)

SESSION_SECONDS = 15.0
"""How often the session is looked at again: a log-in closed at the command line loses its desktops this soon."""

SHARED = 0.2
"""The share of `SESSION_SECONDS` that a look at all sessions serves every desktop that asks."""


class Incoming(msgspec.Struct):
    """What a desktop may say. Both are only signs of life: a page that missed messages reconnects for a snapshot."""

    type: str
    last_seq: int | None = None


_incoming = msgspec.json.Decoder(Incoming).decode


async def desktop_socket(request: web.Request) -> web.StreamResponse:
    """Snapshot, then messages until the session ends, the page leaves, or it stops reading."""
    services = request.app[SERVICES]
    socket = new_socket()
    ours = is_our_page(request, services.settings.page_origins)
    by_cookie = token_of(request)[1]
    if ours is False or (ours is None and by_cookie):
        return await refuse(socket, request, CLOSE_WRONG_ORIGIN)
    identity = await identify(request, services)
    if identity is None or identity.role not in RANKS:
        return await refuse(socket, request, CLOSE_SESSION_ENDED)
    await socket.prepare(request)
    connection = services.desktops.open(identity)
    code = CLOSE_GOING_AWAY
    try:
        code = await serve(socket, connection, _watch_session(request, services, connection), hear=_hear)
    finally:
        services.desktops.close(connection, code)
        await part(socket, request, code)
    return socket


def _hear(text: str) -> None:
    try:
        heard = _incoming(text)
    except msgspec.DecodeError:
        return  # a newer page, or nonsense: neither is a reason to lose a desktop
    log.debug("desktop.heard", type=heard.type, last_seq=heard.last_seq)


async def _watch_session(request: web.Request, services: Services, connection: Connection) -> None:
    """Close when the session has ended, whoever ended it. An unreachable database ends nobody's session."""
    token, left = token_of(request)[0] or "", False
    while True:
        try:
            found = await request.app[SESSIONS].look(services, token, 0.0 if left else SESSION_SECONDS * SHARED)
        except StoreUnavailable as error:
            log.warning("desktop.session_unseen", login=connection.identity.login, reason=str(error))
            await asyncio.sleep(SESSION_SECONDS)
            continue
        seconds = (found[1] - services.now()).total_seconds() if found is not None else 0.0
        if found is None or found[0] != connection.identity or seconds <= 0:
            break
        left = await _pause(services, connection, min(SESSION_SECONDS, seconds))
    connection.close(CLOSE_SESSION_ENDED)


async def _pause(services: Services, connection: Connection, seconds: float) -> bool:
    """Wait so long, or until the directory says that this page's agent has left the firm; whether they have."""
    code = connection.identity.agent
    left = asyncio.Event()
    stop = services.bus.subscribe(DirectoryChanged, lambda _: None if _works_here(services, code) else left.set())
    try:
        async with asyncio.timeout(seconds):
            await left.wait()
    except TimeoutError:
        return False
    finally:
        stop()
    return True


def _works_here(services: Services, code: str | None) -> bool:
    row = services.directory.agent(code) if code is not None else None
    return row is None or row.active
