"""Finding customers: by part of a name, any form of a number, an external id. Reads only; must not know screens."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.numbers import normalise
from cti.customers.tables import CustomerNumberRow, CustomerRow
from cti.errors import NotFound
from cti.store.base import storable

MOST_FOUND = 200


class CustomerSummary(msgspec.Struct, frozen=True):
    """A customer in a list; `numbers` are E.164, the valid ones first."""

    customer_id: int
    external_id: str | None
    name: str
    title: str
    kind: str
    tier: str
    state: str
    owner: str | None
    numbers: tuple[str, ...]


async def search(session: AsyncSession, text: str = "", limit: int = 50) -> list[CustomerSummary]:
    """Customers whose name holds `text`, or whose number (in any form) or external id it is; all when it is empty.

    At most `limit` (and `MOST_FOUND`), in the order of names.
    """
    wanted = storable(text).strip()[:200]
    statement = select(CustomerRow).order_by(CustomerRow.name, CustomerRow.id)
    if wanted:
        statement = statement.where(_found_by(wanted))
    rows = (await session.scalars(statement.limit(max(0, min(limit, MOST_FOUND))))).all()
    return await _summaries(session, rows)


async def by_number(session: AsyncSession, e164: str) -> list[CustomerSummary]:
    """Customers who have or had this number."""
    return await _summaries(
        session,
        (
            await session.scalars(
                select(CustomerRow).where(has_number(CustomerNumberRow.e164 == e164)).order_by(CustomerRow.id)
            )
        ).all(),
    )


async def get(session: AsyncSession, customer_id: int) -> CustomerRow:
    """One customer.

    Raises:
        NotFound: there is none of this id.
    """
    # Ids come from outside: what does not fit the column cannot exist.
    row = await session.get(CustomerRow, customer_id) if 0 < customer_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no customer {customer_id}")
    return row


def _found_by(wanted: str) -> ColumnElement[bool]:
    number = normalise(wanted)
    conditions = [
        CustomerRow.name.icontains(wanted, autoescape=True),
        CustomerRow.external_id == wanted,
    ]
    digits = "".join(c for c in wanted if c.isdigit() and c.isascii())
    if number.e164 is not None:
        conditions.append(has_number(CustomerNumberRow.e164 == number.e164))
    elif len(digits) >= 4 and not any(c.isalpha() for c in wanted):
        # The last digits are what people remember, and what is left of a torn note.
        conditions.append(has_number(CustomerNumberRow.e164.endswith(digits.removeprefix("0"))))
    return or_(*conditions)


def has_number(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on customers: one of their numbers meets `condition`."""
    return CustomerRow.id.in_(select(CustomerNumberRow.customer_id).where(condition))


async def _summaries(session: AsyncSession, rows: Sequence[CustomerRow]) -> list[CustomerSummary]:
    row = CustomerNumberRow
    ids = [one.id for one in rows]
    numbers: dict[int, list[str]] = {one: [] for one in ids}
    statement = select(row.customer_id, row.e164).where(row.customer_id.in_(ids))
    for customer_id, e164 in await session.execute(statement.order_by(row.valid_until.is_not(None), row.id)):
        numbers[customer_id].append(e164)
    return [
        CustomerSummary(r.id, r.external_id, r.name, r.title, r.kind, r.tier, r.state, r.owner, tuple(numbers[r.id]))
        for r in rows
    ]
