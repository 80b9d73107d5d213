"""What is between a customer and the firm as far as it changes who rings: orders with their days, complaints.

Every change stamps the customer, so that the caller index reads it again within a second; functions commit nothing.
Must not know routing: it is told what the index makes of these.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.finding import get
from cti.customers.tables import CustomerRow, MatterRow, OrderRow
from cti.errors import Invalid, NotFound
from cti.store.base import storable
from cti.store.revisions import CALLERS, bump

ORDER_STATES = ("quoted", "booked", "paid", "done", "cancelled")
LONGEST_CODE = 40


async def add_order(
    session: AsyncSession,
    customer_id: int,
    title: str,
    *,
    state: str = "booked",
    amount: int = 0,
    starts: date | None = None,
    ends: date | None = None,
    agent: str | None = None,
    at: datetime | None = None,
) -> OrderRow:
    """Note an order, placed at `at` (now); `starts` to `ends` are the days of travel, both included.

    Raises:
        NotFound: no such customer. Invalid: no title, an unknown state, or it ends before it starts.
    """
    customer = await get(session, customer_id)
    if not title.strip() or len(title) > 200:
        raise Invalid("title: 1 to 200 characters")
    if state not in ORDER_STATES:
        raise Invalid(f"state: one of {', '.join(ORDER_STATES)}")
    if ends is not None and (starts is None or ends < starts):
        raise Invalid("ends: must not be before starts")
    row = OrderRow(customer_id=customer.id, title=storable(title).strip(), state=state, amount=amount, agent=agent)
    row.placed, row.starts, row.ends = at or datetime.now(UTC), starts, ends
    session.add(row)
    await touch(session, customer)
    return row


async def set_order_state(session: AsyncSession, order_id: int, state: str) -> OrderRow:
    """An order is booked, paid, done, cancelled: one that is cancelled or done is no trip any more.

    Raises:
        NotFound: no such order. Invalid: an unknown state.
    """
    if state not in ORDER_STATES:
        raise Invalid(f"state: one of {', '.join(ORDER_STATES)}")
    row = await session.get(OrderRow, order_id) if 0 < order_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no order {order_id}")
    row.state = state
    await touch(session, await get(session, row.customer_id))
    return row


async def add_complaint(
    session: AsyncSession,
    customer_id: int,
    text: str,
    *,
    about: str | None = None,
    agent: str | None = None,
    at: datetime | None = None,
) -> MatterRow:
    """Note a complaint; while it is open, the agent it is `about` is not rung for this customer.

    Raises:
        NotFound: no such customer. Invalid: no text, or a code that is none.
    """
    customer = await get(session, customer_id)
    if not text.strip():
        raise Invalid("text: must not be empty")
    for code in (about, agent):
        if code is not None and not 0 < len(code) <= LONGEST_CODE:
            raise Invalid(f"agent: a code of 1 to {LONGEST_CODE} characters")
    row = MatterRow(customer_id=customer.id, kind="complaint", text=storable(text).strip(), agent=agent)
    row.state, row.opened, row.about_agent = "open", at or datetime.now(UTC), about
    session.add(row)
    await touch(session, customer)
    return row


async def close_matter(session: AsyncSession, matter_id: int, at: datetime | None = None) -> MatterRow:
    """A complaint or request is settled; closing it again changes nothing.

    Raises:
        NotFound: there is none of this id.
    """
    row = await session.get(MatterRow, matter_id) if 0 < matter_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no complaint or request {matter_id}")
    if row.state != "closed":
        row.state, row.closed = "closed", at or datetime.now(UTC)
        await touch(session, await get(session, row.customer_id))
    return row


async def set_deputy(session: AsyncSession, customer_id: int, deputy: str | None) -> CustomerRow:
    """Whom this customer wants when their owner is not there; None for the owner's own deputy.

    Raises:
        NotFound: no such customer. Invalid: a code that is none.
    """
    row = await get(session, customer_id)
    if deputy is not None and not 0 < len(deputy) <= LONGEST_CODE:
        raise Invalid(f"deputy: a code of 1 to {LONGEST_CODE} characters")
    row.deputy = deputy
    await touch(session, row)
    return row


async def touch_all(session: AsyncSession, customers: Collection[int]) -> None:
    """As `touch`, for many at once; one that was merged into another stands for that one."""
    if not customers:
        return
    row, revision = CustomerRow, await bump(session, CALLERS)
    present = select(func.coalesce(row.merged_into, row.id)).where(row.id.in_(customers))
    await session.execute(update(row).where(row.id.in_(present)).values(revision=revision))


async def touch(session: AsyncSession, row: CustomerRow) -> None:
    """Stamp the customer, so that the caller index reads them again."""
    row.revision = await bump(session, CALLERS)
    await session.flush()
