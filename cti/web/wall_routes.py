"""The wall's way in: who looks at it, and the screen that keeps its token in a cookie. Its tokens, for managers.

Must not know what stands on the wall.
"""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import Field

from cti.errors import NotLoggedIn
from cti.wall import tokens
from cti.web.asking import WALL_COOKIE
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()

COOKIE_SECONDS = 400 * 86_400
"""The longest that browsers keep a cookie; each start of the screen from its token's address renews it."""


class ViewerAnswer(Answer):
    """Who looks: a log-in, or `wall:LABEL`. `language` is the firm's, `time_zone` an IANA name."""

    viewer: str
    time_zone: str
    language: str


class ShownToken(Body):
    """A wall's token, as the address of the screen has it."""

    token: str = Field(min_length=1, max_length=200)


class NewWallToken(Body):
    """A token for the screen `label`."""

    label: str = Field(min_length=1, max_length=tokens.LONGEST_LABEL)


class WallTokenAnswer(Answer):
    """A token in force; instants in UTC. `used`: when its screen last came or went, null while it never did.

    `showing`: it shows the wall now.
    """

    label: str
    created: datetime
    by: str
    used: datetime | None
    showing: bool


class MadeWallToken(Answer):
    """A new token, shown this once, and the address that a screen opens."""

    label: str
    created: datetime
    by: str
    token: str
    address: str


@operations.route("GET", "/wall", answer=ViewerAnswer, access=Access.WALL)
async def read_viewer(asked: Asked) -> ViewerAnswer:
    """Who looks at the wall; for those who lead, auditors, and screens with a token."""
    settings = asked.services.settings
    return ViewerAnswer(viewer=asked.who.login, time_zone=settings.time_zone, language=settings.language)


@operations.route("POST", "/wall/screen", body=ShownToken, answer=ViewerAnswer, access=Access.PUBLIC)
async def open_screen(asked: Asked) -> web.Response:
    """Take a screen's token into a cookie that its page cannot read."""
    services, token = asked.services, asked.body.token
    async with services.store.session() as session:
        identity = await tokens.who(session, token)
    if identity is None:
        raise NotLoggedIn("this wall token is unknown or revoked; make one with `ringward wall token add`")
    settings = services.settings
    answer = ViewerAnswer(viewer=identity.login, time_zone=settings.time_zone, language=settings.language)
    response = web.Response(text=answer.model_dump_json(), content_type="application/json")
    response.set_cookie(
        WALL_COOKIE,
        token,
        max_age=COOKIE_SECONDS,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=asked.request.secure or asked.request.headers.get("Origin", "").startswith("https://"),
    )
    return response


@operations.route("GET", "/wall/tokens", answer=list[WallTokenAnswer], access=Access.MANAGER)
async def list_tokens(asked: Asked) -> list[WallTokenAnswer]:
    """The tokens in force, without the tokens; for managers."""
    async with asked.services.store.session() as session:
        found = await tokens.tokens(session)
    showing = {identity.login for identity in asked.services.walls.hub.identities()}
    return [
        WallTokenAnswer(label=one.label, created=one.created, by=one.by, used=one.used, showing=one.login in showing)
        for one in found
    ]


@operations.route("POST", "/wall/tokens", body=NewWallToken, answer=MadeWallToken, access=Access.MANAGER, status=201)
async def add_token(asked: Asked) -> MadeWallToken:
    """Make a token for a screen; for managers."""
    services, by, at = asked.services, asked.who.login, asked.services.now()
    async with services.store.transaction() as session:
        token = await tokens.add(session, asked.body.label, by, at)
    address = f"{services.settings.public_address}/wall#{token}"
    return MadeWallToken(label=asked.body.label.strip(), created=at, by=by, token=token, address=address)


@operations.route("DELETE", "/wall/tokens/{label}", access=Access.MANAGER, status=204)
async def revoke_token(asked: Asked) -> None:
    """Revoke a screen's token: it goes dark; for managers."""
    services, label = asked.services, asked.path("label")
    async with services.store.transaction() as session:
        await tokens.revoke(session, label, asked.who.login, services.now())
    services.walls.hub.drop(tokens.screen_of(label.strip()))
