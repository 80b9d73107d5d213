"""Engine and sessions: one place that knows how SQLite and PostgreSQL must be opened.

Must not know any table.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Executable, Row, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from cti.errors import StoreUnavailable
from cti.store.shape import REVISION, check_revision, is_misfit, older

BUSY_MILLISECONDS = 2000
"""How long a writer waits for SQLite's lock: longer than any of our transactions, shorter than a person's patience."""


AWAY_STATES = ("08", "28", "3D", "40", "53", "55", "57")
"""Classes of PostgreSQL's SQLSTATE that say that the server cannot serve now: connection, refusal at the door, no such
database, deadlock, resources, locks, shutdown. The others say that a statement is wrong: waiting will not mend it."""

READERS = 2
"""Threads that read SQLite for `rows`: the second for when the disk holds up the first."""

_GONE = (-1, -1)
"""In place of the device and inode of a file that was there before."""

_BEGIN_IMMEDIATE = text("BEGIN IMMEDIATE")


class Store:
    """The database of one installation. `url` is an SQLAlchemy URL for aiosqlite or asyncpg."""

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # An error says its statement, into the log at the end: not with the names, numbers and notes it was about.
        options: dict[str, Any] = {"hide_parameters": True}
        if not self.is_sqlite:
            options |= {"pool_pre_ping": True, "pool_size": 10}
        self.engine: AsyncEngine = create_async_engine(url, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        self.info: dict[str, Any] = {}
        """What every session that is opened from now on knows: a room keeps here what its transactions must know."""
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, info=self.info)
        self._reader: Engine | None = None
        self._file: Path | None = None
        self._opened: tuple[int, int] | None = None
        self._fits = False
        if self.is_sqlite and parsed.database and parsed.database != ":memory:" and not parsed.query:
            self._file = Path(parsed.database)
            self._reader = create_engine(
                parsed.set(drivername="sqlite"), isolation_level="AUTOCOMMIT", hide_parameters=True
            )
            event.listen(self._reader, "connect", _prepare_sqlite)
            self._threads = ThreadPoolExecutor(READERS, "reader")

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; nothing is committed.

        Raises:
            StoreUnavailable: the database is gone, or locked for longer than `BUSY_MILLISECONDS`. As `StoreMisfits`: it
                is of another version than this program.
        """
        await self._look_at_file()
        try:
            async with self._sessions() as session:
                if not self._fits:
                    await self._look_at_shape(session)
                yield session
        except Exception as error:
            if refusal := self._refusal(error):
                raise refusal from error
            raise

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

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """What one reading statement finds, in a transaction of its own: what was committed before it is seen.

        For what must be quick. On SQLite a session hands every step (open, execute, fetch, close, roll back) to
        another thread and back; here the statement goes there once, whole.

        Raises:
            StoreUnavailable: as `session`.
        """
        if self._reader is None or not self._fits:
            async with self.session() as session:
                return (await session.execute(statement, parameters)).all()
        await self._look_at_file()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, _all_rows, self._reader, statement, parameters
            )
        except Exception as error:
            if refusal := self._refusal(error):
                raise refusal from error
            raise

    def _refusal(self, error: Exception) -> StoreUnavailable | None:
        """What to raise instead of `error`; None when that says it best."""
        if not self._fits and isinstance(error, DBAPIError) and is_misfit(error.orig):
            return older("-")
        return StoreUnavailable(f"the database cannot be used now: {error}") if is_away(error) else None

    async def _look_at_shape(self, session: AsyncSession) -> None:
        """Once, and again until it fits: a program that began with it may go on while the next version migrates.

        Raises:
            StoreMisfits: the database is of another version. One without any revision is looked at when it is used.
        """
        try:
            found = await session.scalar(text(REVISION))
        except DBAPIError as error:
            if not is_misfit(error.orig):
                raise
            found = None
        await session.rollback()
        if found is not None:
            check_revision(found)
            self._fits = True

    async def _look_at_file(self) -> None:
        """Let go of an SQLite file that was removed or replaced: who has it open would go on writing to what nobody
        will ever find, and to open a file that is gone would make an empty one.

        Raises:
            StoreUnavailable: the file was there and is not any more.
        """
        if self._file is None:
            return
        try:
            found = self._file.stat()
        except OSError as error:
            if self._opened is None:
                return  # it is made, or refused, when it is opened
            if self._opened != _GONE:
                self._opened = _GONE
                await self._let_go()
            raise StoreUnavailable(f"the database {self._file} is gone: put it back where it was") from error
        now = found.st_dev, found.st_ino
        before, self._opened = self._opened, now
        if before not in {None, now}:
            self._fits = False
        if before not in {None, _GONE, now}:
            await self._let_go()

    async def _let_go(self) -> None:
        await self.engine.dispose()
        if self._reader is not None:
            self._reader.dispose()

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
        if self._reader is not None:
            await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
            self._reader.dispose()


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


def _all_rows(engine: Engine, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(statement, parameters).all()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.close()
