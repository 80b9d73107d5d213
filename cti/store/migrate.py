"""Brings a database to the shape this version expects, all of it or nothing.

Must not know any table: the steps in `migrations/versions` are complete by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, NullPool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from cti.errors import StoreUnavailable
from cti.store.engine import is_away

if TYPE_CHECKING:  # Alembic takes ten megabytes and the daemon never migrates: imported where it is used
    from alembic.config import Config

LOCK = 7_294_645_370
"""PostgreSQL advisory lock of ours: two daemons started together must not both create the tables."""

BUSY_SECONDS = 30
"""How long one start waits for another that is migrating the same SQLite file."""


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database at `url` (SQLAlchemy, aiosqlite or asyncpg) up to `revision`.

    One transaction on both databases: a start that is killed in the middle leaves the old shape, and the next heals.
    May be called with an event loop running; it blocks until done.

    Raises:
        StoreUnavailable: the database cannot be reached, or is locked for longer than `BUSY_SECONDS`.
    """
    from alembic import command

    _run(url, lambda connection: command.upgrade(configuration(connection), revision))


def downgrade(url: str, revision: str) -> None:
    """Migrate the database at `url` back to `revision` (`base` for nothing at all).

    Raises:
        StoreUnavailable: as `upgrade`.
    """
    from alembic import command

    _run(url, lambda connection: command.downgrade(configuration(connection), revision))


def current_revision(url: str) -> str | None:
    """The revision the database at `url` is at; None for an empty one.

    Raises:
        StoreUnavailable: as `upgrade`.
    """
    from alembic.runtime.migration import MigrationContext

    found: list[str | None] = []
    _run(url, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision()))
    return found[0]


def newest_revision() -> str | None:
    """The revision this version of Ringward expects."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(configuration(None)).get_current_head()


def configuration(connection: Connection | None) -> Config:
    """Alembic's configuration, without a file: `connection` is the one the steps run on."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("cti.store") / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def is_declared(_item: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Whether something of a database stands in the tables' declarations; Alembic asks when it compares the two.

    Indexes named `px_…` do not: PostgreSQL has them alone, some of them only where an extension can be had.
    """
    return not (kind == "index" and name is not None and name.startswith("px_"))


def _run(url: str, act: Callable[[Connection], object]) -> None:
    """In a thread of its own, because Alembic is synchronous and the caller may stand on an event loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, _in_one_transaction(url, act)).result()


async def _in_one_transaction(url: str, act: Callable[[Connection], object]) -> None:
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # SQLite's foreign keys stay off here (its default): rebuilding a table drops it, which would cascade.
    options = {"connect_args": {"timeout": BUSY_SECONDS}} if is_sqlite else {}
    engine = create_async_engine(url, poolclass=NullPool, **options)
    try:
        async with engine.begin() as connection:
            # sqlite3 opens no transaction before DDL by itself.
            await connection.execute(text("BEGIN IMMEDIATE" if is_sqlite else f"SELECT pg_advisory_xact_lock({LOCK})"))
            await connection.run_sync(act)
    except Exception as error:
        if not is_away(error):
            raise
        raise StoreUnavailable(f"the database cannot be migrated now: {error}") from error
    finally:
        await engine.dispose()
