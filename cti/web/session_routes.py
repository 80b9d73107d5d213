"""Logging in and out, and one's own password.

Must not know how passwords are kept.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import structlog
from aiohttp import web
from pydantic import Field

from cti.agents import accounts
from cti.agents.logins import Identity, create_session, end_session, login_key, verify
from cti.errors import Invalid, NotLoggedIn
from cti.store.revisions import DIRECTORY, hold
from cti.web.asking import COOKIE, session_end, token_of
from cti.web.changing import act_as
from cti.web.login_routes import note_change
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.protection import sender_of
from cti.web.services import ADDRESS_THROTTLE, LOGIN_THROTTLE, Services

log = structlog.get_logger(__name__)
operations = Operations()


class LogIn(Body):
    """Log-in and password, as typed."""

    login: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=1000)


class OwnPassword(Body):
    """The password of who asks, as it is and as it shall be. What one sits at stays open; every other session ends."""

    present: str = Field(min_length=1, max_length=1000)
    password: str


class SessionAnswer(Answer):
    """Who is logged in. `expires` is UTC; `time_zone` (an IANA name) is the firm's, in which people read times."""

    login: str
    role: str
    agent: str | None
    name: str
    expires: datetime
    time_zone: str


class NewSessionAnswer(SessionAnswer):
    """A new session; `token` goes into `Authorization: Bearer` of programs."""

    token: str


@operations.route("POST", "/session", body=LogIn, answer=NewSessionAnswer, access=Access.PUBLIC)
async def log_in(asked: Asked) -> web.Response:
    """Log in: a cookie for the browser, a token for programs."""
    services, body = asked.services, asked.body
    address = sender_of(asked.request, services.settings.proxies)
    identity = await _verified(asked, body.login, body.password, address)
    if identity is None:
        log.warning("login.failed", login=login_key(body.login)[:100], address=address)
        raise NotLoggedIn("login or password is wrong")
    hours = services.settings.session_hours
    now = services.now()
    before, by_cookie = token_of(asked.request)
    async with services.store.transaction() as session:
        if before and by_cookie:  # whoever sat here before is out, also for who copied their cookie
            await end_session(session, before)
        token = await create_session(session, identity.login, hours, now)
    answer = NewSessionAnswer(**_who(identity, services), expires=now + timedelta(hours=hours), token=token)
    response = web.Response(text=answer.model_dump_json(), content_type="application/json")
    origin = asked.request.headers.get("Origin", "")
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(hours * 3600),
        path="/",
        httponly=True,
        samesite="Strict",
        secure=asked.request.secure or origin.startswith("https://"),
    )
    return response


@operations.route("GET", "/session", answer=SessionAnswer)
async def read_session(asked: Asked) -> SessionAnswer:
    """Who is logged in."""
    ends = await session_end(asked.request, asked.services)
    if ends is None:
        raise NotLoggedIn("please log in")
    return SessionAnswer(**_who(asked.who, asked.services), expires=ends)


@operations.route("DELETE", "/session", status=204, keeps_records=True)
async def log_out(asked: Asked) -> web.Response:
    """Log out: the session ends, and with it the desktops of this log-in."""
    token, _ = token_of(asked.request)
    async with asked.services.store.transaction() as session:
        await end_session(session, token or "")
    asked.services.hub.drop(asked.who.login)
    asked.services.walls.hub.drop(asked.who.login)
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
    return response


@operations.route("PUT", "/session/password", body=OwnPassword, status=204, keeps_records=True)
async def change_password(asked: Asked) -> None:
    """Change one's own password; every other session of the log-in ends, its API tokens too."""
    services, body, who = asked.services, asked.body, asked.who
    address = sender_of(asked.request, services.settings.proxies)
    # Asked for again: a page that somebody left open must not give the log-in away for good.
    if await _verified(asked, who.login, body.present, address) is None:
        log.warning("password.refused", login=who.login, address=address)
        raise Invalid("present: this is not your password")
    token, _ = token_of(asked.request)
    async with services.store.transaction() as session:
        await hold(session, DIRECTORY)
        act_as(asked, session)
        await accounts.reset_password(session, who.login, body.password, keep=token or "")
        note_change(asked, session, "login.changed", who.login, {"password": "changed"})
    # Their pages ask anew who they are: the one that stays is known, the others are not.
    services.hub.drop(who.login)
    services.walls.hub.drop(who.login)


async def _verified(asked: Asked, login: str, password: str, address: str) -> Identity | None:
    """Whose password it is, tried neither too often at one log-in nor too often from one address."""
    throttles, now = asked.request.config_dict, time.monotonic()
    from_there = throttles[ADDRESS_THROTTLE]
    from_there.check(address, now)
    from_there.failed(address, now)
    async with asked.services.store.session() as session:
        identity = await verify(session, login, password, throttles[LOGIN_THROTTLE])
    if identity is not None:
        from_there.was_none(address)
    return identity


def _who(identity: Identity, services: Services) -> dict[str, str | None]:
    agent = identity.agent
    name = services.directory.names.get(agent, agent) if agent is not None else identity.login
    zone = services.settings.time_zone
    return {"login": identity.login, "role": identity.role, "agent": agent, "name": name, "time_zone": zone}
