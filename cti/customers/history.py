"""Everything between a customer and the firm on one time line, newest first: calls, notes, messages, orders, payments,
complaints, requests (M8, M32). Reads only; must not know screens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.finding import MOST_FOUND, get
from cti.customers.intake import CHANNELS
from cti.customers.intake_tables import PaymentRow
from cti.customers.tables import InteractionRow, MatterRow, OrderRow
from cti.errors import Invalid

KINDS = ("call", "note", "message", "order", "payment", "complaint", "request")
_RANKS = {"interaction": 0, "order": 1, "payment": 2, "matter": 3}
"""Of what happened in the same instant the lower rank stands first: any order does, if only it is always the same."""

_ROWS: dict[str, Any] = {"interaction": InteractionRow, "order": OrderRow, "payment": PaymentRow, "matter": MatterRow}
_WHEN: dict[str, Any] = {
    "interaction": InteractionRow.at,
    "order": OrderRow.placed,
    "payment": PaymentRow.at,
    "matter": MatterRow.opened,
}


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `kind`: one of `KINDS`; `id` is of its own kind, `cursor` of the whole line.

    `channel` and `direction` are a call's, note's or message's; `state` is an order's or a matter's, `method` a
    payment's; `amount` in whole New Taiwan dollars.
    """

    kind: str
    id: int
    cursor: str
    date: datetime
    channel: str = ""
    direction: str = ""
    text: str = ""
    agent: str | None = None
    linkedid: str | None = None
    external_id: str | None = None
    amount: int | None = None
    state: str = ""
    method: str = ""
    attachments: tuple[str, ...] = ()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What of the line: all, or only these kinds, channels, this agent's, from `since` up to, not including, `until`.

    With channels there is nothing but calls, notes and messages. `before` is the cursor of the last entry seen.
    """

    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    agent: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None
    limit: int = 50


async def time_line(session: AsyncSession, customer_id: int, wanted: Wanted) -> list[HistoryEntry]:
    """The customer's time line, newest first.

    Raises:
        NotFound: no such customer. Invalid: an unknown kind or channel, or a cursor that is none.
    """
    _check(wanted)
    customer_id = (await get(session, customer_id)).id
    limit = max(0, min(wanted.limit, MOST_FOUND))
    behind = await _behind(session, customer_id, wanted.before) if wanted.before is not None else None
    if wanted.before is not None and behind is None:
        return []
    entries: list[HistoryEntry] = []
    for source in _RANKS:
        statement = _select(source, customer_id, wanted)
        if statement is None:
            continue
        if behind is not None:
            statement = statement.where(_after(source, *behind))
        rows = await session.execute(statement.order_by(_WHEN[source].desc(), _ROWS[source].id.desc()).limit(limit))
        entries.extend(_entry(source, *row) for row in rows)
    entries.sort(key=lambda one: (one.date, -_RANKS[one.cursor.partition("-")[0]], one.id), reverse=True)
    return entries[:limit]


def _check(wanted: Wanted) -> None:
    for field, given, allowed in (("kind", wanted.kinds, KINDS), ("channel", wanted.channels, CHANNELS)):
        if not set(given) <= set(allowed):
            raise Invalid(f"{field}: one of {', '.join(allowed)}")
    for instant in (wanted.since, wanted.until):
        if instant is not None and instant.tzinfo is None:
            raise Invalid("from, to: give times with their zone")


async def _behind(session: AsyncSession, customer_id: int, cursor: str) -> tuple[datetime, int, int] | None:
    """Where the cursor stands: instant, rank and id. A bare number is an interaction's."""
    source, _, digits = cursor.rpartition("-")
    source = source or "interaction"
    if source not in _RANKS or not (digits.isascii() and digits.isdigit()) or len(digits) > 10:
        raise Invalid("before: the cursor of an entry")
    number = int(digits)
    row = await session.get(_ROWS[source], number) if 0 < number < 2**31 else None
    if row is None or row.customer_id != customer_id:
        return None
    return getattr(row, _WHEN[source].key), _RANKS[source], number


def _after(source: str, at: datetime, rank: int, number: int) -> ColumnElement[bool]:
    when, mine = _WHEN[source], _RANKS[source]
    earlier: ColumnElement[bool] = when < at
    if mine == rank:
        return or_(earlier, and_(when == at, _ROWS[source].id < number))
    return or_(earlier, when == at) if mine > rank else earlier


def _select(source: str, customer_id: int, wanted: Wanted) -> Select[Any] | None:
    row, when = _ROWS[source], _WHEN[source]
    statement: Select[Any] = select(row)
    if source == "payment":
        statement = select(row, OrderRow.title).outerjoin(OrderRow, OrderRow.id == row.order_id)
    statement = statement.where(row.customer_id == customer_id)
    conditions = _of_kinds(source, wanted.kinds)
    if conditions is None or (wanted.channels and source != "interaction"):
        return None
    statement = statement.where(*conditions)
    if wanted.channels:
        statement = statement.where(InteractionRow.channel.in_(wanted.channels))
    if wanted.agent is not None:
        statement = statement.where(row.agent == wanted.agent)
    if wanted.since is not None:
        statement = statement.where(when >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(when < wanted.until)
    return statement


def _of_kinds(source: str, kinds: Iterable[str]) -> list[ColumnElement[bool]] | None:
    """Conditions on a source for these kinds; None when it has nothing of them."""
    asked = set(kinds) or set(KINDS)
    if source == "interaction":
        channel = InteractionRow.channel
        each = {"call": channel == "phone", "note": channel == "note", "message": channel.not_in(("phone", "note"))}
        chosen = [each[kind] for kind in each if kind in asked]
        return [or_(*chosen)] if chosen else None
    if source == "matter":
        both = sorted(asked & {"complaint", "request"})
        return [MatterRow.kind.in_(both)] if both else None
    return [] if source in asked else None


def _entry(source: str, row: Any, title: str | None = None) -> HistoryEntry:
    cursor = f"{source}-{row.id}"
    common = {"id": row.id, "cursor": cursor, "date": getattr(row, _WHEN[source].key), "agent": row.agent}
    if source == "interaction":
        kind = {"phone": "call", "note": "note"}.get(row.channel, "message")
        said = {"channel": row.channel, "direction": row.direction, "text": row.text, "linkedid": row.linkedid}
        links = tuple(json.loads(row.attachments))
        return HistoryEntry(kind=kind, **common, **said, external_id=row.external_id, attachments=links)
    if source == "order":
        bought = {"text": row.title, "state": row.state, "amount": row.amount, "external_id": row.external_id}
        return HistoryEntry(kind="order", **common, **bought)
    if source == "payment":
        text = " · ".join(part for part in (title, row.note) if part)
        paid = {"text": text, "method": row.method, "amount": row.amount, "external_id": row.external_id}
        return HistoryEntry(kind="payment", **common, **paid)
    return HistoryEntry(kind=row.kind, **common, text=row.text, state=row.state)
