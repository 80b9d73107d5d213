"""Who belongs to whom: households, companies with their travellers and payers, family, friends, who sent whom.

Functions take the caller's session and commit nothing. Must not know calls: it is told in which one something was said.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.finding import get
from cti.customers.tables import CustomerRelationRow, CustomerRow
from cti.errors import Invalid, NotFound
from cti.store.revisions import CALLERS, bump
from cti.store.upsert import insert_into

BELONGING = ("member", "traveller", "booker", "payer")
"""Of a household or a company. A traveller and the account that pays are two records."""

FAMILY = ("spouse", "child", "parent", "sibling")
"""Of a person. Who is one of a household's family lives there too, until somebody says otherwise."""

PERSONAL = (*FAMILY, "classmate", "colleague", "friend", "referrer")
"""Of a person. `referrer`: who sent them here."""

ROLES = (*BELONGING, *PERSONAL)

MIRRORED = frozenset({"spouse", "sibling", "classmate", "colleague", "friend"})
"""What is true both ways is kept once: asked for again the other way round, it is known already."""


async def relate(
    session: AsyncSession,
    customer_id: int,
    of_id: int,
    role: str,
    *,
    source: str = "",
    linkedid: str | None = None,
    at: datetime | None = None,
) -> None:
    """`customer_id` is `role` of `of_id`; said twice is said once. `linkedid` is the call it was told in.

    Raises:
        NotFound: one of them does not exist.
        Invalid: an unknown role, or `of_id` is not of the kind that has one.
    """
    if role not in ROLES:
        raise Invalid(f"role: one of {', '.join(ROLES)}")
    member, above = await get(session, customer_id), await get(session, of_id)
    if member.id == above.id:
        raise Invalid("of: must be another record")
    if role in BELONGING and above.kind == "person":
        raise Invalid(f"of: customer {above.id} must be a household or a company, and another record")
    if role in PERSONAL and "household" in (member.kind, above.kind):
        raise Invalid("role: people of a household are its members")
    if await _known(session, member.id, above.id, role):
        return
    values = {"customer_id": member.id, "of_id": above.id, "role": role, "source": source[:100], "linkedid": linkedid}
    values["since"] = at or datetime.now(UTC)
    await session.execute(insert_into(session, CustomerRelationRow).values(values).on_conflict_do_nothing())
    await _touch(session, member, above)


async def unrelate(session: AsyncSession, customer_id: int, of_id: int, role: str) -> None:
    """They are not that of each other any more.

    Raises:
        NotFound: one of them does not exist, or they were not.
    """
    row = CustomerRelationRow
    member, above = await get(session, customer_id), await get(session, of_id)
    gone = delete(row).where(row.customer_id == member.id, row.of_id == above.id, row.role == role)
    if not cast(Any, await session.execute(gone)).rowcount:
        raise NotFound(f"customer {customer_id} is no {role} of {of_id}")
    await _touch(session, member, above)


async def _known(session: AsyncSession, customer_id: int, of_id: int, role: str) -> bool:
    row = CustomerRelationRow
    ways = [and_(row.customer_id == customer_id, row.of_id == of_id)]
    if role in MIRRORED:
        ways.append(and_(row.customer_id == of_id, row.of_id == customer_id))
    return await session.scalar(select(row.id).where(or_(*ways), row.role == role).limit(1)) is not None


async def _touch(session: AsyncSession, *rows: CustomerRow) -> None:
    revision = await bump(session, CALLERS)
    for row in rows:
        row.revision = revision
    await session.flush()
