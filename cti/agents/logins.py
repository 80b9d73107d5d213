"""Log-ins, sessions and API tokens: who is it that asks.

Must not know HTTP, cookies or what a role may do.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import secrets
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.tables import AgentRow, LoginRow, SessionRow
from cti.agents.throttle import Throttle
from cti.errors import Invalid, NotFound, Refused

ROLES = ("agent", "lead", "manager", "admin", "auditor")
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000
"""Characters. Longer ones are not safer, and hashing megabytes is a way to keep the machine busy."""

API_TOKEN_DAYS = 3650
"""An API token lives until it is revoked; ten years are that, in a column that every session has."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
"""OWASP's first choice for argon2id (19 MiB, two passes): about 30 ms on one core. RFC 9106's 64 MiB would be a third
of what the daemon may use at all, at the moment when a whole office logs in."""

_HASHING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Two at a time, off the event loop: a shift change costs 40 MB at most, and no call waits for a password."""


class Identity(msgspec.Struct, frozen=True):
    """Who asks: log-in, role (one of `ROLES`), and the code of the agent they are, if they are one."""

    login: str
    role: str
    agent: str | None


def hash_password(password: str) -> str:
    """Argon2id hash of `password`, which may be in any script; about 30 ms.

    Raises:
        Invalid: shorter than `SHORTEST_PASSWORD` or longer than `LONGEST_PASSWORD` characters.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(f"password: give {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return _HASHER.hash(_same_bytes(password))


def login_key(text: str) -> str:
    """A log-in as it is kept: without case, width or surrounding space."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


async def verify(
    session: AsyncSession, login: str, password: str, throttle: Throttle | None = None, now: float | None = None
) -> Identity | None:
    """Whose password this is; None when log-in or password is wrong or the log-in is closed, after the same time.

    `throttle` is the caller's, kept over requests; `now` is of a monotonic clock, in seconds.

    Raises:
        TooManyAttempts: this log-in failed too often just now.
    """
    key = login_key(login)[:100]
    instant = time.monotonic() if now is None else now
    row = await _open_login(session, key) if key.isprintable() else None
    if throttle is not None:
        throttle.check(key, instant)
        throttle.failed(key, instant)  # before the hash: a hundred guesses at once must not pass while one is hashed
    kept = row.password_hash if row is not None else None
    matches = await asyncio.get_running_loop().run_in_executor(_HASHING, _matches, kept, password)
    if row is None or not matches:
        return None
    if throttle is not None:
        throttle.succeeded(key)
    return Identity(row.login, row.role, row.agent_code)


async def add_login(
    session: AsyncSession, login: str, password: str, role: str = "agent", agent: str | None = None
) -> Identity:
    """Make a log-in.

    Raises:
        Invalid: no log-in, an unknown role, or a password that `hash_password` refuses.
        Refused: the log-in exists.
    """
    key = login_key(login)
    if not key or len(key) > 100 or not key.isprintable():
        raise Invalid("login: give 1 to 100 letters or digits")
    if role not in ROLES:
        raise Invalid(f"role: one of {', '.join(ROLES)}")
    if await session.get(LoginRow, key) is not None:
        raise Refused(f"login {key} exists already; choose another")
    session.add(LoginRow(login=key, password_hash=await _hash(password), role=role, agent_code=agent))
    await session.flush()
    return Identity(key, role, agent)


async def set_password(session: AsyncSession, login: str, password: str, keep: str = "") -> None:
    """Change a password; every session of the log-in ends, its API tokens too, but the one whose token is `keep`.

    Raises:
        NotFound: no such log-in. Invalid: as `hash_password`.
    """
    row = await _existing(session, login)
    row.password_hash = await _hash(password)
    others = SessionRow.token_sha256 != _digest(keep)
    await session.execute(delete(SessionRow).where(SessionRow.login == row.login, others))


async def set_active(session: AsyncSession, login: str, active: bool) -> None:
    """Open or close a log-in; closing ends its sessions at once.

    Raises:
        NotFound: no such log-in.
    """
    row = await _existing(session, login)
    row.active = active
    if not active:
        await session.execute(delete(SessionRow).where(SessionRow.login == row.login))


async def create_session(session: AsyncSession, login: str, hours: float, at: datetime | None = None) -> str:
    """Open a session of `hours` from `at` (now); the token, which is kept nowhere else. Ended sessions are swept."""
    instant = at or datetime.now(UTC)
    await session.execute(delete(SessionRow).where(SessionRow.expires <= instant))
    return await _open(session, login, instant, timedelta(hours=hours), "")


async def create_api_token(session: AsyncSession, login: str, label: str, at: datetime | None = None) -> str:
    """Make a token for a program. `label` says which; the same label replaces the earlier token.

    Raises:
        Invalid: no label.
        NotFound: no such log-in.
    """
    if not label.strip():
        raise Invalid("label: say what the token is for")
    row = await _existing(session, login)
    await session.execute(delete(SessionRow).where(SessionRow.login == row.login, SessionRow.label == label))
    return await _open(session, login, at or datetime.now(UTC), timedelta(days=API_TOKEN_DAYS), label)


async def who(session: AsyncSession, token: str, at: datetime | None = None) -> Identity | None:
    """Whose session or API token this is, at the aware instant `at` (now); None when ended, closed or unknown, or when
    the agent whose log-in it is has left."""
    statement = (
        select(LoginRow.login, LoginRow.role, LoginRow.agent_code)
        .join(SessionRow, SessionRow.login == LoginRow.login)
        .outerjoin(AgentRow, AgentRow.code == LoginRow.agent_code)
        .where(SessionRow.token_sha256 == _digest(token), SessionRow.expires > (at or datetime.now(UTC)))
        .where(_is_open())
    )
    row = (await session.execute(statement)).first()
    return Identity(*row) if row else None


async def live_sessions(session: AsyncSession, at: datetime) -> dict[str, tuple[Identity, datetime]]:
    """Every session and API token that is alive at `at`, by `session_key`: whose it is, and when it ends."""
    columns = (SessionRow.token_sha256, SessionRow.expires, LoginRow.login, LoginRow.role, LoginRow.agent_code)
    statement = select(*columns).join(LoginRow, SessionRow.login == LoginRow.login)
    statement = statement.outerjoin(AgentRow, AgentRow.code == LoginRow.agent_code)
    found = await session.execute(statement.where(SessionRow.expires > at).where(_is_open()))
    return {digest: (Identity(login, role, agent), expires) for digest, expires, login, role, agent in found}


def session_key(token: str) -> str:
    """Under which key `live_sessions` has a token's session."""
    return _digest(token)


async def end_session(session: AsyncSession, token: str) -> None:
    """End a session or revoke an API token; nothing happens when it has ended already."""
    await session.execute(delete(SessionRow).where(SessionRow.token_sha256 == _digest(token)))


async def extend_session(session: AsyncSession, token: str, hours: float, at: datetime | None = None) -> None:
    """Let a session end `hours` after `at` (now) instead; API tokens are left alone."""
    ends = (at or datetime.now(UTC)) + timedelta(hours=hours)
    changed = update(SessionRow).where(SessionRow.token_sha256 == _digest(token), SessionRow.label == "")
    await session.execute(changed.values(expires=ends))


async def administrators(session: AsyncSession) -> int:
    """How many log-ins may administer now."""
    statement = select(func.count()).select_from(LoginRow)
    statement = statement.outerjoin(AgentRow, AgentRow.code == LoginRow.agent_code)
    return await session.scalar(statement.where(LoginRow.role == "admin", _is_open())) or 0


async def keep_an_administrator(session: AsyncSession, before: int) -> None:
    """To be asked after a change; `before` is what `administrators` said before it.

    Raises:
        Refused: nobody could administer any more.
    """
    if before and not await administrators(session):
        raise Refused("this is the last administrator's login; make another administrator first")


def _is_open() -> ColumnElement[bool]:
    """The condition on a log-in, its agent joined: neither is it closed, nor has its agent left."""
    return LoginRow.active & or_(LoginRow.agent_code.is_(None), AgentRow.active)


async def _open_login(session: AsyncSession, key: str) -> LoginRow | None:
    statement = select(LoginRow).outerjoin(AgentRow, AgentRow.code == LoginRow.agent_code)
    found: LoginRow | None = await session.scalar(statement.where(LoginRow.login == key, _is_open()))
    return found


async def _open(session: AsyncSession, login: str, at: datetime, life: timedelta, label: str) -> str:
    token = secrets.token_urlsafe(32)
    key = login_key(login)
    session.add(SessionRow(token_sha256=_digest(token), login=key, created=at, expires=at + life, label=label))
    await session.flush()
    return token


async def _existing(session: AsyncSession, login: str) -> LoginRow:
    row = await session.get(LoginRow, login_key(login))
    if row is None:
        raise NotFound(f"there is no login {login_key(login)}")
    return row


async def _hash(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_HASHING, hash_password, password)


@functools.cache
def _nobody() -> str:
    """Checked against for a log-in that does not exist, so that the answer takes as long as for one that does."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def _matches(kept: str | None, password: str) -> bool:
    try:
        matches = _HASHER.verify(kept or _nobody(), _same_bytes(password[:LONGEST_PASSWORD]))
        return matches and kept is not None and len(password) <= LONGEST_PASSWORD
    except (VerificationError, InvalidHashError):
        return False


def _same_bytes(password: str) -> bytes:
    """One keyboard sends é as one character, another as two: both are the same password (RFC 8265)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
