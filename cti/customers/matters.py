"""Complaints and requests across all customers: the firm's tickets. Reads only; must not know screens."""

from __future__ import annotations

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.model import CardMatter
from cti.customers.tables import CustomerRow, MatterRow
from cti.errors import NotFound


class Ticket(msgspec.Struct, frozen=True):
    """A complaint or a request (`kind`) and whose it is."""

    kind: str
    matter: CardMatter
    customer_id: int
    customer: str


async def tickets(
    session: AsyncSession,
    *,
    everything: bool = False,
    kind: str | None = None,
    agent: str | None = None,
    customer_id: int | None = None,
    limit: int = 50,
) -> list[Ticket]:
    """Those that are not closed, or every one; the oldest first. `agent`: only what they look after."""
    statement = _all()
    if not everything:
        statement = statement.where(MatterRow.state != "closed")
    wanted = ((MatterRow.kind, kind), (MatterRow.agent, agent), (MatterRow.customer_id, customer_id))
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    rows = await session.execute(statement.order_by(MatterRow.opened, MatterRow.id).limit(limit))
    return [_ticket(*row) for row in rows]


async def ticket(session: AsyncSession, matter_id: int) -> Ticket:
    """One of them, closed or not.

    Raises:
        NotFound: there is none of this id.
    """
    row = (await session.execute(_all().where(MatterRow.id == matter_id))).first() if 0 < matter_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no complaint or request {matter_id}")
    return _ticket(*row)


def _all() -> Select[MatterRow, str]:
    return select(MatterRow, CustomerRow.name).join(CustomerRow, CustomerRow.id == MatterRow.customer_id)


def _ticket(row: MatterRow, name: str) -> Ticket:
    matter = CardMatter(row.id, row.text, row.state, row.opened, row.closed, row.agent, row.about_agent)
    return Ticket(row.kind, matter, row.customer_id, name)
