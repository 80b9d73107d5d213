"""Engine and sessions: one place that knows how SQLite and PostgreSQL must be opened.

Must not know any table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from cti.errors import StoreUnavailable

BUSY_MILLISECONDS = 2000
"""How long a writer waits for SQLite's lock: longer than any of our transactions, shorter than a person's patience."""


AWAY_STATES = ("08", "28", "3D", "40", "53", "55", "57")
"""Classes of PostgreSQL's SQLSTATE that say that the server cannot serve now: connection, refusal at the door, no such
database, deadlock, resources, locks, shutdown. The others say that a statement is wrong: waiting will not mend it."""

_BEGIN_IMMEDIATE = text("BEGIN IMMEDIATE")


class Store:
    """The database of one installation. `url` is an SQLAlchemy URL for aiosqlite or asyncpg."""

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_pre_ping": True, "pool_size": 10}
        self.engine: AsyncEngine = create_async_engine(url, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; nothing is committed.

        Raises:
            StoreUnavailable: the database is gone, or locked for longer than `BUSY_MILLISECONDS`.
        """
        try:
            async with self._sessions() as session:
                yield session
        except Exception as error:
            if not is_away(error):
                raise
            raise StoreUnavailable(f"the database cannot be used now: {error}") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends well and leaves nothing behind when it does not.

        Raises:
            StoreUnavailable: as `session`.
        """
        async with self.session() as session, session.begin():
            if self.is_sqlite:
                # sqlite3 would begin at the first write: what was read before it could be stale by then.
                await session.execute(_BEGIN_IMMEDIATE)
            yield session

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def is_away(error: Exception) -> bool:
    """Whether `error` says that the database cannot be used now, rather than that what was asked of it is wrong."""
    if isinstance(error, (OSError, PoolTimeout)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(getattr(error.orig, "__cause__", None), ValueError):
        return False  # asyncpg's DataError: a value that fits no column is no InterfaceError, though it is one
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(AWAY_STATES)
    # InternalError is what asyncpg raises when its connection was cut in the middle of a statement.
    return isinstance(error, (OperationalError, InterfaceError, InternalError))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.close()
