"""The written steps and the tables say the same, on both databases, whole or not at all."""

from __future__ import annotations

import asyncio

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, NullPool, inspect
from sqlalchemy.ext.asyncio import create_async_engine

import cti.agents.tables
import cti.audit.tables
import cti.calls.tables
import cti.customers.identity_tables
import cti.customers.intake_tables
import cti.customers.tables
import cti.customers.worth.tables
import cti.pocket.tables
import cti.promises.tables
import cti.reports.tables
import cti.store.revisions
import cti.wall.tables
import cti.wrapup.tables  # noqa: F401 - fill Base.metadata
from cti.errors import StoreUnavailable
from cti.store import migrate
from cti.store.base import Base


def differences(connection: Connection) -> object:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, Base.metadata)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def on(url: str, look: object) -> object:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        return await connection.run_sync(look)


async def test_upgrade_makes_the_tables_as_they_are_declared(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    assert await on(empty_url, differences) == []
    assert migrate.current_revision(empty_url) == migrate.newest_revision()


async def test_down_and_up_again(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    migrate.downgrade(empty_url, "base")
    assert await on(empty_url, tables) == {"alembic_version"}
    migrate.upgrade(empty_url)
    migrate.upgrade(empty_url)
    assert await on(empty_url, differences) == []


async def test_a_step_that_fails_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed start leaves behind must not stand in the way of the next."""

    def fails_after_all(connection: Connection) -> None:
        upgrade_all(connection)
        raise RuntimeError("killed in the middle")

    def upgrade_all(connection: Connection) -> None:
        command.upgrade(migrate.configuration(connection), "head")

    with pytest.raises(RuntimeError):
        migrate._run(empty_url, fails_after_all)
    assert await on(empty_url, tables) == set()
    migrate.upgrade(empty_url)


async def test_two_starts_at_once(empty_url: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate.upgrade, empty_url) for _ in range(2)))
    assert await on(empty_url, differences) == []


def test_a_database_that_is_not_there_is_said_so() -> None:
    with pytest.raises(StoreUnavailable):
        migrate.upgrade("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
