"""Puts calls on their customers' time lines when they are over, answered or not, in or out: with the record, in one
transaction, so that neither is without the other. What an agent filed stays. Commits nothing; must not know screens."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.calls import records
from cti.calls.model import INBOUND, INTERNAL, OUTBOUND, Call, CallState
from cti.customers.tables import InteractionRow
from cti.customers.timeline import record_call
from cti.errors import NotFound
from cti.wording import translate
from cti.wrapup.model import had_by
from cti.wrapup.tables import WrapUpRow


async def keep_on_line(session: AsyncSession, calls: Sequence[Call], language: str) -> None:
    """Put those of `calls` that are over on the time line of whose they are; again when a call changed or is another's.

    Whom nobody spoke with is said in `language`, the firm's; a talk that nobody filed anything of has no text.
    """
    over = [call for call in calls if call.state is CallState.ENDED and call.direction != INTERNAL and call.started]
    ours = {call.linkedid: call for call in over if call.customer_id is not None}
    filed = await session.scalars(
        select(WrapUpRow.linkedid).where(WrapUpRow.linkedid.in_(ours), WrapUpRow.saved.is_not(None))
    )
    for linkedid in filed.all():
        await _move(session, linkedid, ours.pop(linkedid).customer_id)
    for call in ours.values():
        assert call.customer_id is not None
        assert call.started is not None
        direction = "out" if call.direction == OUTBOUND else "in"
        try:
            await record_call(
                session,
                call.customer_id,
                call.linkedid,
                call.started,
                direction=direction,
                text="" if call.answered else _unanswered(call, language),
                agent=had_by(call),
            )
        except NotFound:
            continue  # erased since; the record outlives the customer


async def keep_tied(session: AsyncSession, linkedids: Sequence[str], language: str) -> None:
    """As `keep_on_line`, for recorded calls that were tied to a customer after they were over."""
    for start in range(0, len(linkedids), records.AT_ONCE):
        found = await records.load_many(session, linkedids[start : start + records.AT_ONCE])
        await keep_on_line(session, list(found.values()), language)


def _unanswered(call: Call, language: str) -> str:
    return translate("Missed call" if call.direction == INBOUND else "Called, nobody answered", language)


async def _move(session: AsyncSession, linkedid: str, customer_id: int | None) -> None:
    row = InteractionRow
    statement = update(row).where(row.linkedid == linkedid, row.channel == "phone", row.customer_id != customer_id)
    await session.execute(statement.values(customer_id=customer_id))
