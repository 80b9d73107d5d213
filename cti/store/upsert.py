"""`INSERT … ON CONFLICT`, which both databases speak and SQLAlchemy spells twice. Must not know any table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from cti.store.base import Base

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def insert_into(session: AsyncSession | Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An insert into `table` that has `on_conflict_do_update` and `on_conflict_do_nothing`."""
    # One of the two is needed, and each takes its time to load.
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
