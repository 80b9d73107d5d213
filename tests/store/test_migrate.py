"""The written steps and the tables say the same, on both databases, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, NullPool, inspect, select, text
from sqlalchemy.engine import make_url
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
from cti.agents.tables import AgentRow
from cti.customers import people
from cti.errors import StoreUnavailable
from cti.store import migrate
from cti.store.base import Base
from cti.store.engine import Store
from cti.store.shape import StoreMisfits, expected_revision
from tests.postgres import PostgresServer

Found = TypeVar("Found")


def differences(connection: Connection) -> object:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": migrate.is_declared})
    return compare_metadata(context, Base.metadata)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def on(url: str, look: Callable[[Connection], Found]) -> Found:
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


@pytest.mark.postgres
@pytest.mark.parametrize("may_extend", [True, False])
async def test_searching_needs_no_superuser(postgres: PostgresServer, may_extend: bool) -> None:
    """The trigrams are there where the role may add the extension; where it may not, all else is."""
    name = f"clerk_{'may' if may_extend else 'may_not'}"
    url = postgres.create(name)
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE ROLE {name} LOGIN"))
        await connection.execute(text(f"GRANT ALL ON SCHEMA public TO {name}"))
        if may_extend:
            await connection.execute(text(f"GRANT CREATE ON DATABASE {name} TO {name}"))
    await engine.dispose()
    theirs = make_url(url).set(username=name).render_as_string(hide_password=False)
    migrate.upgrade(theirs)
    assert await on(theirs, differences) == []
    found = await on(theirs, own_indexes)
    assert {"px_customers_name", "px_customer_numbers_e164"} <= found
    assert ("px_customers_name_trigrams" in found) == may_extend
    store = Store(theirs)
    async with store.transaction() as session:
        await people.add(session, "王陳美玲", ["0933000222"])
        for part in ("陳美玲", "33000"):
            assert [one.name for one in await people.search(session, part)] == ["王陳美玲"]
    await store.close()


def own_indexes(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'px%'")))


def test_a_database_that_is_not_there_is_said_so() -> None:
    with pytest.raises(StoreUnavailable):
        migrate.upgrade("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")


async def test_a_database_of_another_version_says_what_to_do(empty_url: str) -> None:
    """Nobody reads `no such column`: the older one is to be migrated, and is used as soon as it is."""
    assert expected_revision() == migrate.newest_revision()
    store = Store(empty_url)
    statement = select(AgentRow.code)
    try:
        with pytest.raises(StoreMisfits, match="older version"):
            await store.rows(statement, {})
        await asyncio.to_thread(migrate.upgrade, empty_url, "0002")
        for _ in range(2):
            with pytest.raises(StoreMisfits, match=r"older version \(0002, .*`ringward db upgrade`"):
                await store.rows(statement, {})
        await asyncio.to_thread(migrate.upgrade, empty_url)
        assert await store.rows(statement, {}) == []
    finally:
        await store.close()
    store = Store(empty_url)
    try:
        async with store.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(StoreMisfits, match="newer version"):
            async with store.transaction():
                pass
    finally:
        await store.close()
