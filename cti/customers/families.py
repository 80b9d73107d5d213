"""Somebody new in a customer's life: the child, the friend or the colleague told of in a call gets a record at once.

Functions take the caller's session and commit nothing. Must not know calls: it is told in which one something was said.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers import people
from cti.customers.finding import get
from cti.customers.relations import FAMILY, relate
from cti.customers.tables import CustomerRelationRow, CustomerRow


async def add_relative(
    session: AsyncSession,
    of_id: int,
    name: str,
    role: str,
    *,
    source: str = "",
    linkedid: str | None = None,
    at: datetime | None = None,
) -> CustomerRow:
    """Somebody new who is `role` of a customer: a child told of in a call. Of a household they become a member; a
    person's family joins that person's households. They get that customer's owner.

    Raises:
        NotFound: no such customer. Invalid: no name, an unknown role, or one that this customer cannot have.
    """
    above = await get(session, of_id)
    household = above.kind == "household"
    if household and role in FAMILY:
        role = "member"
    row = await people.add(session, name, source=source, owner=above.owner, at=at)
    await relate(session, row.id, above.id, role, source=source, linkedid=linkedid, at=at)
    if role in FAMILY:
        for home in await households_of(session, above.id):
            await relate(session, row.id, home, "member", source=source, linkedid=linkedid, at=at)
    return row


async def households_of(session: AsyncSession, customer_id: int) -> list[int]:
    """The households a person is a member of."""
    row = CustomerRelationRow
    statement = (
        select(row.of_id)
        .join(CustomerRow, CustomerRow.id == row.of_id)
        .where(row.customer_id == customer_id, row.role == "member", CustomerRow.kind == "household")
    )
    return list(await session.scalars(statement.order_by(row.id)))
