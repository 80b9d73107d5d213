"""Who looks after which customer, from when until when: people hold customers for a time, the firm owns them.

Functions take the caller's session and commit nothing. Must not know who may assign, nor what else an agent holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.tables import AssignmentRow, CustomerRow, MatterRow
from cti.customers.telling import is_told, tell
from cti.store.base import UtcDateTime
from cti.store.revisions import CALLERS, bump


@dataclass(frozen=True, slots=True)
class Held:
    """What an agent looks after: customers, open matters, and customers who want them as the owner's deputy."""

    customers: int
    matters: int
    stands_in: int


async def assign(
    session: AsyncSession,
    customer_id: int,
    agent: str | None,
    *,
    by: str = "",
    reason: str = "",
    at: datetime | None = None,
) -> None:
    """Note that `agent` (None: nobody) looks after the customer from the aware instant `at` (now) on."""
    row, instant = AssignmentRow, at or datetime.now(UTC)
    open_now = await session.scalar(select(row).where(row.customer_id == customer_id, row.ends.is_(None)))
    if open_now is not None:
        if open_now.agent == agent:
            return
        open_now.ends = instant
    if agent is not None:
        session.add(row(customer_id=customer_id, agent=agent, starts=instant, by=by[:100], reason=reason[:200]))
    await session.flush()


async def assignments(session: AsyncSession, customer_id: int) -> list[AssignmentRow]:
    """Everyone who looked after a customer, the latest first."""
    row = AssignmentRow
    found = select(row).where(row.customer_id == customer_id).order_by(row.starts.desc(), row.id.desc())
    return list(await session.scalars(found))


async def held_by(session: AsyncSession, agent: str) -> Held:
    """What an agent looks after now."""
    customers = select(func.count()).select_from(CustomerRow).where(CustomerRow.owner == agent)
    matters = select(func.count()).select_from(MatterRow).where(MatterRow.agent == agent, MatterRow.state != "closed")
    stands_in = select(func.count()).select_from(CustomerRow).where(CustomerRow.deputy == agent)
    return Held(
        customers=await session.scalar(customers) or 0,
        matters=await session.scalar(matters) or 0,
        stands_in=await session.scalar(stands_in) or 0,
    )


async def hand_over(session: AsyncSession, leaver: str, successor: str, *, by: str, reason: str, at: datetime) -> Held:
    """Give everything that `leaver` looks after to `successor`; what was moved.

    What the leaver wrote, sold and answered stays signed by them. Whoever wanted the leaver as deputy gets the
    successor, unless the successor is their owner already: then the owner's usual deputy.
    """
    held = await held_by(session, leaver)
    revision = await bump(session, CALLERS)
    row, customer = AssignmentRow, CustomerRow
    mine = customer.owner == leaver
    if is_told(session):
        for one in await session.scalars(select(customer.id).where(mine).order_by(customer.id)):
            tell(session, "owner.changed", one, before=leaver, after=successor)
    await session.execute(update(row).where(row.agent == leaver, row.ends.is_(None)).values(ends=at))
    begun = select(customer.id, literal(successor), literal(at, UtcDateTime), literal(by[:100]), literal(reason[:200]))
    columns = ["customer_id", "agent", "starts", "by", "reason"]
    await session.execute(insert(row).from_select(columns, begun.where(mine)))
    await session.execute(update(customer).where(mine).values(owner=successor, revision=revision))
    wanted = customer.deputy == leaver
    own = update(customer).where(wanted, customer.owner == successor).values(deputy=None, revision=revision)
    await session.execute(own)
    await session.execute(update(customer).where(wanted).values(deputy=successor, revision=revision))
    open_matters = update(MatterRow).where(MatterRow.agent == leaver, MatterRow.state != "closed")
    await session.execute(open_matters.values(agent=successor))
    return held


async def settle(session: AsyncSession, revision: int, *, by: str, at: datetime) -> None:
    """Make the assignments of all customers last changed in `revision` say what their records say: after an import."""
    row, customer = AssignmentRow, CustomerRow
    changed = select(customer.id).where(customer.revision == revision)
    same = select(customer.id).where(customer.id == row.customer_id, customer.owner == row.agent).exists()
    over = update(row).where(row.customer_id.in_(changed), row.ends.is_(None), ~same)
    await session.execute(over.values(ends=at).execution_options(synchronize_session=False))
    assigned = select(row.id).where(row.customer_id == customer.id, row.ends.is_(None)).exists()
    begun = select(customer.id, customer.owner, literal(at, UtcDateTime), literal(by[:100]), literal(""))
    begun = begun.where(customer.revision == revision, customer.owner.is_not(None), ~assigned)
    await session.execute(insert(row).from_select(["customer_id", "agent", "starts", "by", "reason"], begun))
