"""Who is asking, may they, and what exactly: a request becomes an `Asked`, or is refused, before any route sees it.

Must not know any single route.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from cti.agents.logins import Identity, who
from cti.agents.tables import SessionRow
from cti.errors import Invalid, NotLoggedIn
from cti.wall import tokens as wall_tokens
from cti.web.operations import LONGEST_BODY, RANKS, Access, Asked, Body, Operation
from cti.web.protection import is_our_page
from cti.web.refusals import ASKER, Forbidden, TooLarge, WrongMediaType
from cti.web.services import SERVICES, Services

COOKIE = "rw_session"
WALL_COOKIE = "rw_wall"
LONGEST_TOKEN = 200


def token_of(request: web.Request) -> tuple[str | None, bool]:
    """The session's token, and whether a browser sent it by itself (a cookie) and not on purpose (`Bearer`)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()[:LONGEST_TOKEN], False
    cookie = request.cookies.get(COOKIE)
    return (cookie[:LONGEST_TOKEN] if cookie else None), True


async def identify(request: web.Request, services: Services) -> Identity | None:
    """Who is asking; None without a session that is alive.

    Raises:
        StoreUnavailable: the database cannot be used now.
    """
    token, _ = token_of(request)
    if not token:
        return None
    async with services.store.session() as session:
        return await who(session, token, services.now())


async def viewer(request: web.Request, services: Services) -> Identity:
    """Who looks at the wall: a person who leads, an auditor, or a screen by its token.

    Raises:
        NotLoggedIn: nobody. Forbidden: somebody else. StoreUnavailable: the database cannot be used now.
    """
    person = await identify(request, services)
    if person is not None and (person.role == "auditor" or RANKS.get(person.role, Access.PUBLIC) >= Access.LEAD):
        return person
    token, by_itself = token_of(request)
    shown = request.cookies.get(WALL_COOKIE) if by_itself else token
    if shown:
        async with services.store.session() as session:
            screen = await wall_tokens.who(session, shown[:LONGEST_TOKEN])
        if screen is not None:
            return screen
    if person is not None:
        request[ASKER] = person
        raise Forbidden("this needs the role lead or higher")
    raise NotLoggedIn("please log in, or open the wall by its token's address")


async def session_end(request: web.Request, services: Services) -> datetime | None:
    """When the session of this request ends, aware UTC; None when it has none.

    Raises:
        StoreUnavailable: the database cannot be used now.
    """
    token, _ = token_of(request)
    digest = hashlib.sha256((token or "").encode("utf-8", "surrogatepass")).hexdigest()
    async with services.store.session() as session:
        row = await session.get(SessionRow, digest)
    return row.expires if row is not None else None


def answering(operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of an operation: checks before it, writes its answer after it."""
    writer = _writer(operation.answer) if operation.answer is not None else None

    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.config_dict[SERVICES]
        identity = await _allowed(request, services, operation)
        query = _read(operation.query, dict(request.query)) if operation.query else None
        body = await _body(request, operation)
        answer = await operation.handler(Asked(request, services, identity, body, query))
        if isinstance(answer, web.StreamResponse):
            return answer
        if writer is None:
            return web.Response(status=204)
        return web.Response(
            body=writer.dump_json(writer.validate_python(answer)),
            status=operation.status,
            content_type="application/json",
        )

    return handle


@functools.cache
def _writer(answer: Any) -> TypeAdapter[Any]:
    """One a shape: building it costs more than most answers, and many operations answer alike."""
    return TypeAdapter(answer)


async def _allowed(request: web.Request, services: Services, operation: Operation) -> Identity | None:
    """The person asking, once it is sure that they may.

    Raises:
        NotLoggedIn, Forbidden, StoreUnavailable.
    """
    # A cookie comes along by itself, whoever wrote the page: only our own pages may make it write.
    foreign = token_of(request)[1] and is_our_page(request, services.settings.page_origins) is False
    if operation.writes and foreign:
        raise Forbidden("this page may not speak to Ringward; open Ringward's own address")
    if operation.access is Access.PUBLIC:
        return None
    if operation.access is Access.WALL:
        return await viewer(request, services)
    identity = await identify(request, services)
    if identity is None:
        raise NotLoggedIn("please log in")
    request[ASKER] = identity
    if RANKS.get(identity.role, Access.PUBLIC) < operation.access:
        raise Forbidden(f"this needs the role {operation.access.name.lower()} or higher")
    if identity.role == "auditor" and operation.writes and not operation.keeps_records:
        raise Forbidden("an auditor reads and changes nothing")
    return identity


async def _body(request: web.Request, operation: Operation) -> Body | None:
    if operation.body is None:
        return None
    if request.content_type != "application/json":
        raise WrongMediaType("send the body as application/json")
    try:
        if operation.longest > LONGEST_BODY:
            request = request.clone(client_max_size=operation.longest)
        content = json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge(f"that is too long; {operation.longest // 1024} kB are the most") from error
    except (ValueError, RecursionError) as error:
        raise Invalid("the body is not JSON") from error
    return _read(operation.body, content)


def _read(model: type[Body], content: object) -> Body:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise Invalid(f"{field}: {first['msg']}") from error
