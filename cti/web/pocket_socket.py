"""`/ws/pocket?card=ID`: joins the browser that holds a pocket card to that card's outbox, and to nothing else.

Must not know what the messages say.
"""

from __future__ import annotations

from aiohttp import web

from cti.desktop.hub import CLOSE_GOING_AWAY, CLOSE_SESSION_ENDED
from cti.errors import NotFound
from cti.web.pocket_routes import session_of
from cti.web.protection import is_our_page
from cti.web.services import SERVICES
from cti.web.sockets import CLOSE_WRONG_ORIGIN, new_socket, part, refuse, serve


async def pocket_socket(request: web.Request) -> web.StreamResponse:
    """Snapshot, then messages until the card is over or the page leaves."""
    services = request.app[SERVICES]
    socket = new_socket()
    if is_our_page(request, services.settings.page_origins) is not True:
        # Only a page has the cookie, and a page says where it is from.
        return await refuse(socket, request, CLOSE_WRONG_ORIGIN)
    card_id = request.query.get("card", "")
    try:
        card = services.pocket.of_session(card_id, session_of(request, card_id))
    except NotFound:
        return await refuse(socket, request, CLOSE_SESSION_ENDED)
    await socket.prepare(request)
    connection = services.pocket.watch(card)
    code = CLOSE_GOING_AWAY
    try:
        code = await serve(socket, connection)
    finally:
        services.pocket.leave(card, connection, code)
        await part(socket, request, code)
    return socket
