"""The time line: what happened between a customer and the firm. Must not know screens or calls' legs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy import text as text_clause
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.finding import MOST_FOUND, get, present_id
from cti.customers.model import CardInteraction
from cti.customers.tables import InteractionRow
from cti.customers.telling import is_told, tell
from cti.errors import Invalid
from cti.store.base import storable
from cti.store.upsert import insert_into

LONGEST_NOTE = 10_000


async def add_note(
    session: AsyncSession,
    customer_id: int,
    text: str,
    agent: str | None,
    linkedid: str | None = None,
    at: datetime | None = None,
) -> CardInteraction:
    """Note something about a customer, in a call (`linkedid`) or outside one.

    Raises:
        NotFound: no such customer. Invalid: an empty note, or one of more than `LONGEST_NOTE` characters.
    """
    customer_id = (await get(session, customer_id)).id
    note = storable(text).strip()
    if not note or len(note) > LONGEST_NOTE:
        raise Invalid(f"text: give 1 to {LONGEST_NOTE} characters")
    row = InteractionRow(
        customer_id=customer_id,
        at=at or datetime.now(UTC),
        channel="note",
        direction="",
        text=note,
        agent=agent,
        linkedid=linkedid,
    )
    session.add(row)
    await session.flush()
    return _interaction(row)


async def record_call(
    session: AsyncSession,
    customer_id: int,
    linkedid: str,
    at: datetime,
    *,
    direction: str = "in",
    text: str = "",
    agent: str | None = None,
) -> None:
    """Put an ended call on the customer's time line, once per `linkedid`: said again, it is corrected.

    Raises:
        NotFound: no such customer.
    """
    customer_id = (await get(session, customer_id)).id
    values = {"customer_id": customer_id, "at": at, "direction": direction, "text": storable(text), "agent": agent}
    insert = insert_into(session, InteractionRow).values(channel="phone", linkedid=linkedid, **values)
    # As words and no parameter: after five times PostgreSQL plans for any value, and then finds the index no more.
    is_call = text_clause("channel = 'phone'")
    if is_told(session) and await _is_news(session, linkedid, values):
        said = {"channel": "phone", "linkedid": linkedid, "direction": direction, "text": text, "agent": agent}
        tell(session, "interaction.added", customer_id, interaction={**said, "at": at.astimezone(UTC).isoformat()})
    await session.execute(insert.on_conflict_do_update(index_elements=["linkedid"], index_where=is_call, set_=values))


async def _is_news(session: AsyncSession, linkedid: str, values: dict[str, Any]) -> bool:
    """Whether the call is not on the line yet, or stands there otherwise."""
    row = InteractionRow
    columns = [getattr(row, name) for name in values]
    known = (await session.execute(select(*columns).where(row.linkedid == linkedid, row.channel == "phone"))).first()
    return known is None or tuple(known) != tuple(values.values())


async def history(
    session: AsyncSession, customer_id: int, before: int | None = None, limit: int = 50
) -> list[CardInteraction]:
    """The customer's time line, newest first; `before` is the id of the last entry already seen."""
    row, customer_id = InteractionRow, await present_id(session, customer_id)
    statement = select(row).where(row.customer_id == customer_id).order_by(row.at.desc(), row.id.desc())
    if before is not None:
        seen = await session.get(InteractionRow, before)
        if seen is None or seen.customer_id != customer_id:
            return []
        statement = statement.where(or_(row.at < seen.at, and_(row.at == seen.at, row.id < seen.id)))
    rows = await session.scalars(statement.limit(max(0, min(limit, MOST_FOUND))))
    return [_interaction(one) for one in rows]


def _interaction(row: InteractionRow) -> CardInteraction:
    return CardInteraction(row.id, row.at, row.channel, row.direction, row.text, row.agent, row.linkedid)
