"""Customers by id, by number and page by page; what a customer is in a list. `cti.customers.searching` looks for them
as somebody types. Reads only; must not know screens.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.model import ERASED
from cti.customers.tables import CustomerNumberRow, CustomerRow
from cti.errors import NotFound

MOST_FOUND = 200


class CustomerSummary(msgspec.Struct, frozen=True):
    """A customer in a list; `numbers` are E.164, the valid ones first.

    `found_by`: `name`, `number`, `code` or `order`; empty when nothing was looked for. `found` is the name, number
    (E.164), code, or number and title of the order that was meant.
    """

    customer_id: int
    external_id: str | None
    name: str
    title: str
    kind: str
    tier: str
    state: str
    owner: str | None
    numbers: tuple[str, ...]
    found_by: str = ""
    found: str = ""
    code: str | None = None


async def listed(session: AsyncSession, after: int, limit: int) -> list[CustomerSummary]:
    """Customers in the order in which they came, behind the id `after`; at most `limit` (and `MOST_FOUND`)."""
    row = CustomerRow
    page = (
        select(row)
        .where(row.id > after, row.merged_into.is_(None), row.state != ERASED)
        .order_by(row.id)
        .limit(max(0, min(limit, MOST_FOUND)))
    )
    return await summaries(session, (await session.scalars(page)).all())


async def by_number(session: AsyncSession, e164: str) -> list[CustomerSummary]:
    """Customers who have or had this number."""
    return await summaries(
        session,
        (
            await session.scalars(
                select(CustomerRow).where(has_number(CustomerNumberRow.e164 == e164)).order_by(CustomerRow.id)
            )
        ).all(),
    )


async def get(session: AsyncSession, customer_id: int) -> CustomerRow:
    """One customer; for one that was merged into another, that other.

    Raises:
        NotFound: there is none of this id.
    """
    # Ids come from outside: what does not fit the column cannot exist.
    row = await session.get(CustomerRow, customer_id) if 0 < customer_id < 2**31 else None
    while row is not None and row.merged_into is not None:
        row = await session.get(CustomerRow, row.merged_into)
    if row is None:
        raise NotFound(f"there is no customer {customer_id}")
    if row.state == ERASED:
        raise NotFound(f"customer {customer_id} was erased")
    return row


async def present_id(session: AsyncSession, customer_id: int) -> int:
    """The customer's id, or that of the one they were merged into; one that nobody has comes back as it is."""
    row = await session.get(CustomerRow, customer_id) if 0 < customer_id < 2**31 else None
    return (await get(session, row.id)).id if row is not None else customer_id


def has_number(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on customers: one of their numbers meets `condition`."""
    return CustomerRow.id.in_(select(CustomerNumberRow.customer_id).where(condition))


async def summaries(session: AsyncSession, rows: Sequence[CustomerRow]) -> list[CustomerSummary]:
    """These customers as they stand in a list, in the same order."""
    row = CustomerNumberRow
    ids = [one.id for one in rows]
    numbers: dict[int, list[str]] = {one: [] for one in ids}
    statement = select(row.customer_id, row.e164).where(row.customer_id.in_(ids))
    for customer_id, e164 in await session.execute(statement.order_by(row.valid_until.is_not(None), row.id)):
        numbers[customer_id].append(e164)
    return [
        CustomerSummary(
            r.id, r.external_id, r.name, r.title, r.kind, r.tier, r.state, r.owner, tuple(numbers[r.id]), code=r.code
        )
        for r in rows
    ]
