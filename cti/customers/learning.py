"""What was learned of who calls from a number that several people share: said by hand, counted by hour of day.

Only ever a hint: a match says "probably" with its reason, and nothing is tied to anybody by it. Functions take the
caller's session and commit nothing.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.finding import get
from cti.customers.identity_tables import CallerChoiceRow
from cti.customers.matching import bucket_of
from cti.store.revisions import CALLERS, bump
from cti.store.upsert import insert_into


async def learn(
    session: AsyncSession, e164: str, customer_id: int, at: datetime, zone: tzinfo, instead_of: int | None = None
) -> None:
    """Somebody said that a call from `e164` at the aware instant `at` was this customer's; `instead_of` is whom they
    had said before in the same call, which is taken back.

    Raises:
        NotFound: no such customer.
    """
    customer = await get(session, customer_id)
    if customer.id == instead_of:
        return
    bucket = bucket_of(at, zone)
    row = CallerChoiceRow
    if instead_of is not None:
        await _take_back(session, e164, instead_of, bucket)
    values = {"e164": e164, "customer_id": customer.id, "bucket": bucket, "times": 1, "last": at}
    insert = insert_into(session, row).values(values)
    again = {"times": row.__table__.c.times + 1, "last": at}
    await session.execute(insert.on_conflict_do_update(index_elements=["e164", "customer_id", "bucket"], set_=again))
    customer.revision = await bump(session, CALLERS)
    await session.flush()


async def _take_back(session: AsyncSession, e164: str, customer_id: int, bucket: int) -> None:
    row = CallerChoiceRow
    former = await get(session, customer_id)
    said = select(row).where(row.e164 == e164, row.customer_id == former.id, row.bucket == bucket)
    kept = (await session.scalars(said)).one_or_none()
    if kept is None:
        return
    kept.times -= 1
    if kept.times <= 0:
        await session.delete(kept)
    former.revision = await bump(session, CALLERS)
    await session.flush()
