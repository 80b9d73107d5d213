"""Presence in the database: what people say of themselves, and the record of every change with its time.

Functions commit nothing; `PresenceJournal` writes behind what it hears. Must not know how a state is decided
(`cti.agents.presence`), nor screens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.changes import act_as, acting, changing
from cti.agents.presence import BY_HAND, ByHand, PresenceChanged, State
from cti.agents.tables import AgentRow, PresenceChangeRow
from cti.bus import Bus
from cti.errors import Invalid, NotFound, StoreUnavailable
from cti.store.base import storable
from cti.store.engine import Store

log = structlog.get_logger(__name__)

SAID, SEEN = "said", "seen"
"""Whether a line of the record is what somebody said, or what was seen from then on."""

LONGEST_REASON = 100
LONGEST_AWAY = timedelta(days=31)
"""Who is away longer than a month is on leave, and that has a deputy and a calendar."""

MOST_WAITING = 10_000
"""Changes kept while the database is away: days of an office's work."""

LOOK_SECONDS = 1.0
"""A look at memory; who comes back from lunch a second late has missed no ring."""

PAUSE = 2.0
RULE = "ringward"
"""Who did it, when no person did."""


async def say(
    session: AsyncSession,
    code: str,
    state: str,
    *,
    reason: str | None = None,
    until: datetime | None = None,
    at: datetime,
) -> AgentRow:
    """Note what a person says of themselves, or who leads says of them: `available`, `away` or `dnd`.

    Raises:
        NotFound: no such agent. Invalid: an unknown state, a reason without `away`, or an end that is past.
    """
    row = await session.scalar(select(AgentRow).where(AgentRow.code == storable(code)))
    if row is None:
        raise NotFound(f"there is no agent {code[:40]}; `ringward agent list` shows those there are")
    said = _checked(state, reason, until, at)
    # Counted like a change of the directory: routing reads presence from there.
    async with changing(session, "agent", row.code, check=False):
        row.presence, row.presence_reason, row.presence_until = said.state, said.reason, said.until
        row.presence_since = at
    line = PresenceChangeRow(agent_code=row.code, at=at, source=SAID, state=said.state, reason=said.reason)
    line.until, line.by = said.until, acting(session)
    session.add(line)
    await session.flush()
    return row


async def expire(session: AsyncSession, at: datetime) -> list[str]:
    """Make available again whoever said until when and whose time is over; their codes."""
    over = select(AgentRow).where(AgentRow.presence_until <= at, AgentRow.presence != State.AVAILABLE.value)
    rows = list(await session.scalars(over.order_by(AgentRow.code)))
    for row in rows:
        await say(session, row.code, State.AVAILABLE, at=at)
    return [row.code for row in rows]


async def history(
    session: AsyncSession,
    *,
    code: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 200,
) -> list[PresenceChangeRow]:
    """The record, the latest first; of one agent, or of a span of aware instants."""
    row = PresenceChangeRow
    query = select(row).order_by(row.at.desc(), row.id.desc()).limit(limit)
    if code is not None:
        query = query.where(row.agent_code == storable(code))
    if since is not None:
        query = query.where(row.at >= since)
    if until is not None:
        query = query.where(row.at < until)
    return list(await session.scalars(query))


async def last_seen(session: AsyncSession) -> dict[str, PresenceChangeRow]:
    """The latest line of what was seen of each agent, by code."""
    row = PresenceChangeRow
    latest = select(func.max(row.id)).where(row.source == SEEN).group_by(row.agent_code)
    return {one.agent_code: one for one in await session.scalars(select(row).where(row.id.in_(latest)))}


def _checked(state: str, reason: str | None, until: datetime | None, at: datetime) -> ByHand:
    if state not in BY_HAND:
        raise Invalid(f"presence: one of {', '.join(BY_HAND)}")
    text = " ".join(storable(reason or "").split()) or None
    if text is not None and state != State.AWAY:
        raise Invalid("reason: belongs to away; say away, or leave the reason out")
    if text is not None and len(text) > LONGEST_REASON:
        raise Invalid(f"reason: at most {LONGEST_REASON} characters")
    if until is not None and state == State.AVAILABLE:
        raise Invalid("until: belongs to away or dnd; leave it out")
    if until is not None and not at < until <= at + LONGEST_AWAY:
        raise Invalid(f"until: an instant within the next {LONGEST_AWAY.days} days; for longer, note a leave")
    return ByHand(state, text, at, until)


class PresenceJournal:
    """Writes what is seen of people into the record, behind the facts. While the database is away it waits.

    `ringing` is not written: the call's own record has every ring. What is told twice is written once.
    """

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._waiting: deque[PresenceChanged] = deque(maxlen=MOST_WAITING)
        self._last: dict[str, tuple[str, str | None]] = {}
        self._wake = asyncio.Event()
        self.stop = bus.subscribe(PresenceChanged, self._changed)

    def remember(self, last: Iterable[PresenceChangeRow]) -> None:
        """What the record ends with: the same again is no change."""
        self._last = {row.agent_code: (row.state, row.reason) for row in last}

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.flush()
            except (StoreUnavailable, SQLAlchemyError) as error:
                log.warning("presence.not_written", waiting=len(self._waiting), reason=str(error)[:300])
                self._wake.set()
                await asyncio.sleep(PAUSE)

    async def flush(self) -> None:
        """Write what waits.

        Raises:
            StoreUnavailable: the database cannot be used now; it goes on waiting.
        """
        changes = tuple(self._waiting)
        if not changes:
            return
        async with self._store.transaction() as session:
            session.add_all(_line(change) for change in changes)
        for _ in changes:
            self._waiting.popleft()

    def _changed(self, change: PresenceChanged) -> None:
        shown = (change.being.state.value, change.being.reason)
        if change.being.state is State.RINGING or self._last.get(change.agent) == shown:
            return
        self._last[change.agent] = shown
        self._waiting.append(change)
        self._wake.set()


def _line(change: PresenceChanged) -> PresenceChangeRow:
    being = change.being
    line = PresenceChangeRow(agent_code=change.agent, at=change.since, source=SEEN, state=being.state.value)
    line.reason, line.until, line.by, line.left_page = being.reason, being.until, RULE, being.left
    return line


class Said(Protocol):
    """What is needed of the directory cache: what people said, and a fresh look at the database."""

    @property
    def by_hand(self) -> Mapping[str, ByHand]: ...

    async def refresh(self) -> bool: ...


class PresenceEnds:
    """Ends what somebody said until when, in the database too: routing goes by what stands there."""

    def __init__(self, store: Store, people: Said, now: Callable[[], datetime]) -> None:
        self._store = store
        self._people = people
        self._now = now

    async def run(self) -> None:
        """Look each second until cancelled; a database that is away is waited for."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.end()
            except (StoreUnavailable, SQLAlchemyError) as error:
                log.warning("presence.not_ended", reason=str(error)[:300])
                await asyncio.sleep(PAUSE)

    async def end(self) -> None:
        """End what is over; asks the database only when memory says that something is.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        at = self._now()
        if not any(said.until is not None and said.until <= at for said in self._people.by_hand.values()):
            return
        async with self._store.transaction() as session:
            act_as(session, RULE)
            await expire(session, at)
        await self._people.refresh()
