"""Orders held against calls, and against each other: orders that stand twice (重單), orders before which nobody spoke
with the customer, and customers who called and bought nothing (M20, M48). Reads only; must not know screens."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.tables import CustomerRow, InteractionRow, OrderRow

TWICE = timedelta(days=7)
"""The same trip entered again comes within days; the same trip a month later is another one."""

NEAR = timedelta(days=30)
"""A month between the first talk and the order is usual for a journey."""

MOST = 500
PAGE = 500


class OrderSeen(msgspec.Struct, frozen=True):
    """An order in this report."""

    order_id: int
    external_id: str | None
    customer_id: int
    customer: str
    title: str
    amount: int
    placed: datetime
    agent: str | None


class Twice(msgspec.Struct, frozen=True):
    """Two orders that may be one. `why`: `title` or `amount`, each with the same days."""

    first: OrderSeen
    second: OrderSeen
    why: str


class CalledOnly(msgspec.Struct, frozen=True):
    """A customer who called within the time and ordered nothing since; `agent` had the last call."""

    customer_id: int
    customer: str
    calls: int
    last: datetime
    agent: str | None


class Crosscheck(msgspec.Struct, frozen=True):
    """The whole report; at most `MOST` of each."""

    twice: tuple[Twice, ...]
    without_contact: tuple[OrderSeen, ...]
    called_only: tuple[CalledOnly, ...]


async def crosscheck(session: AsyncSession, since: datetime, until: datetime) -> Crosscheck:
    """Orders placed, and calls made, from `since` up to, not including, `until`, aware instants."""
    row = OrderRow
    found = await session.execute(
        select(row, CustomerRow.name)
        .join(CustomerRow, CustomerRow.id == row.customer_id)
        .where(row.placed >= since, row.placed < until, row.state != "cancelled")
        .order_by(row.customer_id, row.placed, row.id)
    )
    orders: defaultdict[int, list[tuple[OrderRow, str]]] = defaultdict(list)
    for order, name in found:
        orders[order.customer_id].append((order, name))
    spoken = await _spoken(session, list(orders), since - NEAR, until)
    alone = [
        _seen(order, name)
        for customer_id, placed in orders.items()
        for order, name in placed
        if not _spoke(spoken.get(customer_id, []), order.placed)
    ]
    pairs = [pair for placed in orders.values() for pair in _twice(placed)]
    only = await _called_only(session, since, until)
    return Crosscheck(tuple(pairs[:MOST]), tuple(alone[:MOST]), tuple(only))


def same_order(first: OrderRow, second: OrderRow) -> str:
    """Why two orders of one customer may be one: `title`, `amount`; empty when they are two. Pure."""
    if abs(second.placed - first.placed) > TWICE or first.starts != second.starts:
        return ""
    if _plain(first.title) == _plain(second.title):
        return "title"
    return "amount" if first.starts is not None and first.amount == second.amount > 0 else ""


def _twice(placed: Sequence[tuple[OrderRow, str]]) -> list[Twice]:
    pairs = []
    for place, (first, name) in enumerate(placed):
        for second, _ in placed[place + 1 :]:
            if second.placed - first.placed > TWICE:
                break
            if why := same_order(first, second):
                pairs.append(Twice(_seen(first, name), _seen(second, name), why))
    return pairs


def _spoke(instants: list[datetime], placed: datetime) -> bool:
    # Who orders at the counter is noted afterwards: the same day counts.
    at = bisect_left(instants, placed - NEAR)
    return at < len(instants) and instants[at] <= placed + timedelta(days=1)


async def _spoken(
    session: AsyncSession, customers: Sequence[int], since: datetime, until: datetime
) -> dict[int, list[datetime]]:
    row = InteractionRow
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for start in range(0, len(customers), PAGE):
        some = row.customer_id.in_(customers[start : start + PAGE])
        near = select(row.customer_id, row.at).where(some, row.at >= since, row.at < until + timedelta(days=1))
        for customer_id, at in await session.execute(near.order_by(row.at)):
            found[customer_id].append(at)
    return found


async def _called_only(session: AsyncSession, since: datetime, until: datetime) -> list[CalledOnly]:
    row, order = InteractionRow, OrderRow
    bought = select(order.id).where(order.customer_id == row.customer_id, order.placed >= since).exists()
    calls = (
        select(row.customer_id, CustomerRow.name, row.at, row.agent)
        .join(CustomerRow, CustomerRow.id == row.customer_id)
        .where(row.channel == "phone", row.at >= since, row.at < until, ~bought)
        .order_by(row.at.desc(), row.id.desc())
    )
    found: dict[int, CalledOnly] = {}
    for customer_id, name, at, agent in await session.execute(calls):
        known = found.get(customer_id)
        if known is not None:
            found[customer_id] = msgspec.structs.replace(known, calls=known.calls + 1)
        elif len(found) < MOST:
            found[customer_id] = CalledOnly(customer_id, name, 1, at, agent)
    return list(found.values())


def _seen(row: OrderRow, name: str) -> OrderSeen:
    return OrderSeen(row.id, row.external_id, row.customer_id, name, row.title, row.amount, row.placed, row.agent)


def _plain(title: str) -> str:
    return "".join(unicodedata.normalize("NFKC", title).casefold().split())
