"""A customer's number changes: read back, written down for good, and what waits for them follows (M18).

Takes the caller's session and commits nothing. Must not know who may change a number: its faces do.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import entries, record
from cti.audit.model import Entry, Kept
from cti.customers import outbox
from cti.customers.finding import get
from cti.customers.numbers import read_number
from cti.customers.people import add_number, retire_number
from cti.customers.tables import CustomerNumberRow, CustomerRow
from cti.errors import Invalid, NotFound, Refused

ACTION = "number.changed"

MOST_HOLDERS = 5
"""Of a switchboard's number the first few say enough."""


class Changer(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes the change: a log-in, the agent behind it and their department, and the customer's call with its
    recording, where there is one."""

    actor: str
    agent: str | None = None
    department: str = ""
    linkedid: str | None = None
    recording: str | None = None


class Holder(msgspec.Struct, frozen=True):
    """Another customer who has the new number already: right for a household or an office, else a mistake."""

    customer_id: int
    name: str


class NumberChange(msgspec.Struct, frozen=True, kw_only=True):
    """What was done; `old` is kept as an old number, `messages` is how many that waited go to `new` now."""

    customer_id: int
    old: str
    new: str
    messages: int
    department: str
    asked_by: str
    linkedid: str | None
    recording: str | None
    also: tuple[Holder, ...] = ()


async def change_number(
    session: AsyncSession,
    customer_id: int,
    old: str,
    new: str,
    *,
    asked_by: str,
    read_back: bool,
    by: Changer,
    at: datetime | None = None,
) -> NumberChange:
    """Put `new` (any form) in place of a customer's `old` (any form, or the id of one of their numbers as `#12`).

    Raises:
        NotFound: no such customer, or the old number is not one they have now.
        Invalid: nobody is said to have asked, an unreadable number, or both are the same.
        Refused: the new number was not read back to whoever asked.
    """
    if not read_back:
        raise Refused("read_back: read the new number back to the customer and say so; nothing was changed")
    if not asked_by.strip():
        raise Invalid("asked_by: who asked for the change?")
    customer, now = await get(session, customer_id), at or datetime.now(UTC)
    former = await _present(session, customer.id, old, now)
    wanted = read_number(new)
    if wanted.e164 == former.e164:
        raise Invalid("new: this is the number they have already")
    await retire_number(session, customer.id, former.e164, now)
    await add_number(session, customer.id, new, at=now)
    moved = await outbox.redirect(session, customer.id, former.e164, wanted.e164)
    change = NumberChange(
        customer_id=customer.id,
        old=former.e164,
        new=wanted.e164,
        messages=moved,
        department=by.department,
        asked_by=asked_by.strip()[:200],
        linkedid=by.linkedid,
        recording=by.recording,
        also=await _holders(session, wanted.e164, customer.id, now),
    )
    record(session, _entry(change, by), now)
    return change


async def changes(session: AsyncSession, customer_id: int, limit: int = 50) -> list[Kept]:
    """Who changed this customer's numbers, and those of records merged into this one, the latest first."""
    customer = await get(session, customer_id)
    merged = await session.scalars(select(CustomerRow.id).where(CustomerRow.merged_into == customer.id))
    found: list[Kept] = []
    for one in (customer.id, *merged.all()):
        found += await entries(session, subject="customer", subject_id=str(one), action=ACTION, limit=limit)
    return sorted(found, key=lambda kept: kept.number, reverse=True)[:limit]


def _entry(change: NumberChange, by: Changer) -> Entry:
    return Entry(
        action=ACTION,
        actor=by.actor,
        agent=by.agent,
        department=by.department,
        asked_by=change.asked_by,
        subject="customer",
        subject_id=str(change.customer_id),
        before={"number": change.old},
        after={"number": change.new, "read_back": True, "messages": change.messages},
        linkedid=by.linkedid,
        recording=by.recording,
    )


async def _holders(session: AsyncSession, e164: str, but: int, now: datetime) -> tuple[Holder, ...]:
    row = CustomerNumberRow
    statement = (
        select(CustomerRow.id, CustomerRow.name)
        .join(row, row.customer_id == CustomerRow.id)
        .where(row.e164 == e164, CustomerRow.id != but, row.valid_until.is_(None) | (row.valid_until > now))
        .order_by(CustomerRow.id)
        .limit(MOST_HOLDERS)
    )
    return tuple(Holder(*one) for one in await session.execute(statement))


async def _present(session: AsyncSession, customer_id: int, old: str, now: datetime) -> CustomerNumberRow:
    row = CustomerNumberRow
    given = old.strip()
    if given.startswith("#") and given[1:].isascii() and given[1:].isdigit() and len(given) < 11:
        wanted = row.id == int(given[1:])
    else:
        wanted = row.e164 == read_number(old).e164
    kept = (await session.scalars(select(row).where(row.customer_id == customer_id, wanted))).one_or_none()
    if kept is None or (kept.valid_until is not None and kept.valid_until <= now):
        raise NotFound(f"customer {customer_id} has no number {given[:30]} now")
    return kept
