"""Tokens of screens on walls: made, listed, revoked, each with its entry in the audit.

A token reads the wallboard and nothing else: no other part of the web asks here. Must not know HTTP or cookies.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.logins import Identity
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.errors import Invalid, NotFound, Refused
from cti.wall.tables import WallTokenRow

ROLE = "wall"
"""The role of who shows a token. No log-in can have it."""

LONGEST_LABEL = 60
_SCREEN = "wall:"


class WallToken(msgspec.Struct, frozen=True):
    """A token that is in force, without the token: which screen, since when (aware UTC), made by whom.

    `used` is when its screen last came or went (aware UTC), None while it never did.
    """

    label: str
    created: datetime
    by: str
    used: datetime | None = None

    @property
    def login(self) -> str:
        """What its screen is known by."""
        return screen_of(self.label)


async def add(session: AsyncSession, label: str, by: str, at: datetime) -> str:
    """Make a token for the screen `label`; it is returned, and kept nowhere else.

    Raises:
        Invalid: no label, or one that is no plain line of text. Refused: that screen has one.
    """
    name = label.strip()
    if not name or len(name) > LONGEST_LABEL or not name.isprintable():
        raise Invalid(f"label: say which screen it is for, in 1 to {LONGEST_LABEL} characters")
    if await session.get(WallTokenRow, name) is not None:
        raise Refused(f"the screen {name} has a token; revoke it first, or choose another label")
    token = secrets.token_urlsafe(32)
    session.add(WallTokenRow(label=name, token_sha256=_digest(token), created=at, by=by))
    record(session, Entry(action="wall_token.added", actor=by, subject="wall_token", subject_id=name), at)
    return token


async def revoke(session: AsyncSession, label: str, by: str, at: datetime) -> None:
    """End a screen's token: it goes dark within seconds.

    Raises:
        NotFound: there is none.
    """
    row = await session.get(WallTokenRow, label.strip())
    if row is None:
        raise NotFound(f"there is no wall token {label.strip()[:LONGEST_LABEL]}")
    await session.delete(row)
    record(session, Entry(action="wall_token.revoked", actor=by, subject="wall_token", subject_id=row.label), at)


async def tokens(session: AsyncSession) -> list[WallToken]:
    """Every token in force, by label."""
    rows = await session.scalars(select(WallTokenRow).order_by(WallTokenRow.label))
    return [WallToken(one.label, one.created, one.by, one.used) for one in rows]


async def who(session: AsyncSession, token: str) -> Identity | None:
    """The screen that shows this token; None when it is unknown or revoked."""
    row = WallTokenRow
    label = await session.scalar(select(row.label).where(row.token_sha256 == _digest(token)))
    return Identity(screen_of(label), ROLE, None) if label is not None else None


def screen_of(label: str) -> str:
    """What the screen of a token is known by, where people have a log-in."""
    return f"{_SCREEN}{label}"


async def note_use(session: AsyncSession, identity: Identity, at: datetime) -> None:
    """Note that a screen came or went, at the aware instant `at`; of anybody who is no screen nothing is noted."""
    if identity.role == ROLE:
        label = identity.login.removeprefix(_SCREEN)
        await session.execute(update(WallTokenRow).where(WallTokenRow.label == label).values(used=at))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
