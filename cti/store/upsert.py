"""`INSERT … ON CONFLICT`, which both databases speak and SQLAlchemy spells twice. Must not know any table."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from cti.store.base import Base


def insert_into(session: AsyncSession | Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An insert into `table` that has `on_conflict_do_update` and `on_conflict_do_nothing`."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
