"""Handing one customer to another agent, with its reason and its entry in the audit.

Functions take the caller's session and commit nothing. Must not know who may do it, nor
which agents there are: who asks has looked.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers.people import assign_owner, get
from cti.customers.tables import CustomerRow
from cti.errors import Invalid
from cti.store.base import storable

LONGEST_REASON = 200


async def hand_to(
    session: AsyncSession, customer_id: int, agent: str | None, *, by: str, reason: str, at: datetime
) -> CustomerRow:
    """From the aware instant `at` on, `agent` (None: nobody) looks after the customer; twice is once.

    Raises:
        NotFound: there is no such customer.
        Invalid: no reason was given, or one that is too long.
    """
    why = storable(reason).strip()
    if not 0 < len(why) <= LONGEST_REASON:
        raise Invalid(f"reason: write 1 to {LONGEST_REASON} characters")
    row = await get(session, customer_id)
    before = row.owner
    if before == agent:
        return row
    row = await assign_owner(session, row.id, agent, by=by, reason=why, at=at)
    entry = Entry(action="customer.assigned", actor=by, subject="customer", subject_id=str(row.id))
    changed = {"before": {"owner": before}, "after": {"owner": agent}, "text": why}
    record(session, replace(entry, **changed), at)
    return row
