"""Links of pocket cards to and from the database. Must not know calls, channels or pages.

Written behind what happens: a link must reach the phone that rings whether or not the database can be used now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.pocket.model import CardState, PocketCard
from cti.pocket.tables import PocketCardRow
from cti.store.base import storable

_TEXTS = {"linkedid": 150, "endpoint": 200, "failure": 300, "shown_link": 300}


async def save(session: AsyncSession, cards: Iterable[PocketCard]) -> None:
    """Write each card as it is now. Commits nothing."""
    for card in cards:
        values = {name: getattr(card, name) for name in card.__struct_fields__}
        values["state"] = card.state.value
        for name, longest in _TEXTS.items():
            values[name] = storable(values[name])[:longest]
        await session.merge(PocketCardRow(**values))


async def unexpired(session: AsyncSession, at: datetime) -> list[PocketCard]:
    """Every card that may still be asked for at `at`."""
    rows = await session.scalars(select(PocketCardRow).where(PocketCardRow.expires > at))
    return [card_of(row) for row in rows]


async def recent(
    session: AsyncSession, *, limit: int, agent: str | None = None, linkedid: str | None = None
) -> list[PocketCard]:
    """The latest cards first."""
    row = PocketCardRow
    query = select(row).order_by(row.issued.desc(), row.id).limit(limit)
    if agent is not None:
        query = query.where(row.agent == storable(agent))
    if linkedid is not None:
        query = query.where(row.linkedid == storable(linkedid))
    return [card_of(one) for one in await session.scalars(query)]


async def between(session: AsyncSession, since: datetime, until: datetime) -> list[PocketCard]:
    """Cards made from `since` up to, not including, `until` (aware), the earliest first."""
    row = PocketCardRow
    query = select(row).where(row.issued >= since, row.issued < until).order_by(row.issued, row.id)
    return [card_of(one) for one in await session.scalars(query)]


async def unsent(session: AsyncSession, since: datetime) -> int:
    """How many cards since then no way took, although it was tried."""
    row = PocketCardRow
    query = select(func.count()).where(row.issued >= since, row.sent.is_(None), row.failure != "")
    return await session.scalar(query) or 0


def card_of(row: PocketCardRow) -> PocketCard:
    """A row as a value."""
    values = {name: getattr(row, name) for name in PocketCard.__struct_fields__ if name != "state"}
    return PocketCard(state=CardState(row.state), **values)
