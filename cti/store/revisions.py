"""Counts changes, so that whoever holds a copy in memory sees cheaply that it is out of date.

Must not know what a subject means, only its name.
"""

from __future__ import annotations

from sqlalchemy import Integer, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base
from cti.store.upsert import insert_into

DIRECTORY = "directory"
"""Agents, leave, groups and the firm's numbers: everything routing is made of."""

CALLERS = "callers"
"""Who is calling: names, tiers, owners, numbers and relations of customers."""

PROMISES = "promises"
"""What is owed: promises to call back, open or not."""


class RevisionRow(Base):
    """One row a subject, counted up in the transaction of every change.

    The daemon reads it twice a second, so that a change made by the command line or another daemon reaches
    live routing within a second.
    """

    __tablename__ = "revisions"

    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, default=0)


async def bump(session: AsyncSession, subject: str) -> int:
    """Count `subject` up, in the caller's transaction; the new number.

    The row stays locked until that transaction ends, so revisions become visible in the order of their numbers:
    who has read number 7 will never see a change of number 6 appear later.
    """
    row = RevisionRow.__table__
    statement = insert_into(session, RevisionRow).values(subject=subject, number=1)
    counted = statement.on_conflict_do_update(index_elements=["subject"], set_={"number": row.c.number + 1})
    number: int = (await session.execute(counted.returning(row.c.number))).scalar_one()
    return number


async def hold(session: AsyncSession, subject: str) -> None:
    """Keep others from changing `subject` until this transaction ends, without counting it up.

    Who changes several rows of a subject takes this first: transactions locking in one order never lock each other up.
    """
    row = RevisionRow.__table__
    statement = insert_into(session, RevisionRow).values(subject=subject, number=0)
    await session.execute(statement.on_conflict_do_update(index_elements=["subject"], set_={"number": row.c.number}))


async def current(session: AsyncSession, subject: str) -> int:
    """The number `subject` is at; 0 when it was never changed."""
    found = await session.scalar(select(RevisionRow.number).where(RevisionRow.subject == subject))
    return found or 0
