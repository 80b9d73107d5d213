"""The caller index: every customer's numbers in memory, so that a call is matched without the database.

A copy: rebuilt at start, brought up to date when the revision moves, and served as it is while the database is away.
Must not know calls or routing.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.bus import Bus
from cti.customers.identity_tables import CallerChoiceRow
from cti.customers.matching import Callers, Circumstances, Known
from cti.customers.model import CallerMatch
from cti.customers.tables import CustomerNumberRow, CustomerRelationRow, CustomerRow, MatterRow, OrderRow
from cti.store.engine import Store
from cti.store.following import follow
from cti.store.revisions import CALLERS, current

log = structlog.get_logger(__name__)

PAGE = 400
"""Customers read at once: about three milliseconds of the event loop, which calls wait for too."""


BEFORE_A_TRIP = timedelta(hours=72)
"""Who leaves within three days has no time to wait through the usual steps."""

TAIPEI = ZoneInfo("Asia/Taipei")


class CallersChanged(msgspec.Struct, frozen=True):
    """The matches of these numbers (E.164) may differ now; with `everything` those of all, and none is listed."""

    numbers: frozenset[str]
    everything: bool = False


class CallersAsOf:
    """Who may be calling at one instant: a number may be old by then, a trip may have begun."""

    def __init__(self, callers: Callers, at: datetime) -> None:
        self._callers = callers
        self._at = at

    def lookup(self, e164: str) -> tuple[CallerMatch, ...]:
        """As `CallerIndex.lookup`."""
        number = _integer(e164)
        return self._callers.lookup(number, self._at) if number is not None else ()


class CallerIndex:
    """E.164 -> who may be calling. `now` says the instant by which an old number is old and a trip has begun.

    `zone` is where the days of trips begin and end.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: tzinfo = TAIPEI,
    ) -> None:
        self._zone = zone
        self._store = store
        self._bus = bus
        self._now = now
        self._callers = Callers(zone)
        self._revision = -1
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        """How many customers are known."""
        return len(self._callers)

    def lookup(self, e164: str) -> tuple[CallerMatch, ...]:
        """Who may be calling from `e164`, the likeliest first; empty for a number nobody is known by."""
        number = _integer(e164)
        return self._callers.lookup(number, self._now()) if number is not None else ()

    def as_of(self, at: datetime) -> CallersAsOf:
        """The same index as it answers at the aware instant `at`: for asking about another time than now."""
        return CallersAsOf(self._callers, at)

    def owners(self) -> Iterator[tuple[str, str]]:
        """Each known number (E.164) and the code of the agent its calls are routed to."""
        return ((f"+{number}", owner) for number, owner in self._callers.owners(self._now()))

    async def load(self) -> None:
        """Read all customers anew.

        Raises:
            StoreUnavailable: the database cannot be read; the former copy stays.
        """
        async with self._reading:
            await self._load()

    async def refresh(self) -> bool:
        """Read the customers that changed since the last look; whether any did.

        Raises:
            StoreUnavailable: as `load`; what was read before stays.
        """
        async with self._reading:
            return await self._refresh()

    async def run(self) -> None:
        """Look for changes until cancelled. A database that is away is waited for; the last copy serves meanwhile."""
        await follow(self.refresh, "callers")

    async def _load(self) -> None:
        callers = Callers(self._zone)
        async with self._store.session() as session:
            # The revision first: what changes while we read has a later one, and is read again.
            revision = await current(session, CALLERS)
            async for page in _pages(session, CustomerRow.id > 0, self._zone):
                callers.replace(page)
        self._callers, self._revision = callers, revision
        self._publish(CallersChanged(frozenset(), everything=True))

    async def _refresh(self) -> bool:
        touched: set[int] = set()
        found = False
        async with self._store.session() as session:
            revision = await current(session, CALLERS)
            if revision == self._revision:
                return False
            if revision > self._revision >= 0:
                async for page in _pages(session, CustomerRow.revision > self._revision, self._zone):
                    found = True
                    touched |= self._callers.replace(page)
        if not found:
            # Counted up, or back by a restored backup, and no customer says why: something was removed.
            await self._load()
            return True
        self._revision = revision
        self._publish(CallersChanged(frozenset(f"+{number}" for number in touched)))
        return True

    def _publish(self, message: CallersChanged) -> None:
        if self._bus is not None:
            self._bus.publish(message)


async def _pages(session: AsyncSession, condition: ColumnElement[bool], zone: tzinfo) -> AsyncIterator[list[Known]]:
    """The customers that meet `condition`, a page at a time in the order of ids, with all that matching needs."""
    row = CustomerRow
    last = 0
    while True:
        columns = select(row.id, row.name, row.tier, row.owner, row.kind, row.deputy).where(condition, row.id > last)
        customers = (await session.execute(columns.order_by(row.id).limit(PAGE))).all()
        if not customers:
            return
        ids = [customer.id for customer in customers]
        numbers, ends = await _numbers(session, ids)
        relations = await _relations(session, ids)
        trips, avoid = await _trips(session, ids, zone), await _complaints(session, ids)
        choices = await _choices(session, ids)
        yield [
            Known(
                c.id,
                c.name,
                sys.intern(c.tier),
                sys.intern(c.owner) if c.owner else None,
                sys.intern(c.kind),
                _compact(numbers[c.id]),
                ends.get(c.id),
                tuple(relations[c.id]),
                Circumstances(
                    c.deputy, tuple(trips.get(c.id, ())), tuple(avoid.get(c.id, ())), tuple(choices.get(c.id, ()))
                )
                if c.deputy or c.id in trips or c.id in avoid or c.id in choices
                else None,
            )
            for c in customers
        ]
        last = ids[-1]


async def _numbers(session: AsyncSession, ids: list[int]) -> tuple[dict[int, list[int]], dict[int, dict[int, float]]]:
    row = CustomerNumberRow
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    ends: defaultdict[int, dict[int, float]] = defaultdict(dict)
    statement = select(row.customer_id, row.e164, row.valid_until).where(row.customer_id.in_(ids)).order_by(row.id)
    for customer_id, e164, valid_until in await session.execute(statement):
        number = _integer(e164)
        if number is None:
            continue
        numbers[customer_id].append(number)
        if valid_until is not None:
            ends[customer_id][number] = valid_until.timestamp()
    return numbers, ends


async def _relations(session: AsyncSession, ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    row: Any = CustomerRelationRow
    relations: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    statement = select(row.customer_id, row.of_id, row.role).where(row.customer_id.in_(ids)).order_by(row.id)
    for customer_id, of_id, role in await session.execute(statement):
        relations[customer_id].append((of_id, sys.intern(role)))
    return relations


async def _trips(session: AsyncSession, ids: list[int], zone: tzinfo) -> dict[int, list[tuple[float, float]]]:
    """Trips that are not over, by customer, as `Circumstances.trips`."""
    row = OrderRow
    last_day = func.coalesce(row.ends, row.starts)
    # A day of grace: the zone may be a day ahead of UTC or behind it.
    since = datetime.now(UTC).date() - timedelta(days=1)
    statement = select(row.customer_id, row.starts, last_day).where(
        row.customer_id.in_(ids), row.starts.is_not(None), last_day >= since, row.state.in_(("booked", "paid"))
    )
    trips: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for customer_id, starts, ends in await session.execute(statement.order_by(row.starts)):
        if starts is not None:
            begins = datetime.combine(starts, time.min, zone) - BEFORE_A_TRIP
            over = datetime.combine(ends + timedelta(days=1), time.min, zone)
            trips[customer_id].append((begins.timestamp(), over.timestamp()))
    return trips


async def _complaints(session: AsyncSession, ids: list[int]) -> dict[int, list[str]]:
    """Whom each customer has an open complaint about."""
    row = MatterRow
    statement = select(row.customer_id, row.about_agent).where(
        row.customer_id.in_(ids), row.kind == "complaint", row.state != "closed", row.about_agent.is_not(None)
    )
    about: defaultdict[int, list[str]] = defaultdict(list)
    for customer_id, agent in await session.execute(statement.distinct().order_by(row.about_agent)):
        if agent:
            about[customer_id].append(sys.intern(agent))
    return about


async def _choices(session: AsyncSession, ids: list[int]) -> dict[int, list[tuple[int, int, int]]]:
    """What was said of calls from shared numbers, by customer, as `Circumstances.choices`."""
    row = CallerChoiceRow
    choices: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    statement = select(row.customer_id, row.e164, row.bucket, row.times).where(row.customer_id.in_(ids))
    for customer_id, e164, bucket, times in await session.execute(statement.order_by(row.id)):
        if (number := _integer(e164)) is not None:
            choices[customer_id].append((number, bucket, times))
    return choices


def _compact(numbers: list[int]) -> int | tuple[int, ...]:
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def _integer(e164: str) -> int | None:
    digits = e164[1:]
    return int(digits) if e164[:1] == "+" and digits.isascii() and digits.isdigit() and len(digits) <= 18 else None
