"""Transactions are whole, writers wait their turn, and a database that is away is one error."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from cti.errors import StoreUnavailable
from cti.store import engine as engine_module
from cti.store.base import storable
from cti.store.engine import Store
from cti.store.revisions import RevisionRow, bump, current


async def test_counting_up_and_reading(store: Store) -> None:
    async with store.transaction() as session:
        assert await current(session, "callers") == 0
        assert [await bump(session, "callers") for _ in range(3)] == [1, 2, 3]
        assert await bump(session, "directory") == 1
    async with store.session() as session:
        assert await current(session, "callers") == 3


async def test_a_block_that_fails_leaves_nothing(store: Store) -> None:
    async def fails() -> None:
        async with store.transaction() as session:
            await bump(session, "callers")
            raise LookupError

    with pytest.raises(LookupError):
        await fails()
    async with store.session() as session:
        assert await current(session, "callers") == 0


async def test_an_error_says_nothing_of_whom_it_was_about(store: Store) -> None:
    """It goes into the log at the end; what is written down there nobody finds again to erase it."""
    async with store.session() as session:
        with pytest.raises(DBAPIError) as caught:
            await session.execute(text("SELECT no_such_function(:said)"), {"said": "陳太太"})
    assert "no_such_function" in str(caught.value)
    assert "陳太太" not in str(caught.value)


async def test_counting_together_loses_nothing(store: Store) -> None:
    """Read, then write, from several at once: nobody writes what somebody else has just changed."""

    async def count() -> None:
        async with store.transaction() as session:
            # On PostgreSQL the lock is asked for; on SQLite the transaction has it from its beginning.
            row = await session.scalar(select(RevisionRow).with_for_update())
            assert row is not None
            row.number += 1

    async with store.transaction() as session:
        await bump(session, "callers")
    await asyncio.gather(*(count() for _ in range(20)))
    async with store.session() as session:
        assert await current(session, "callers") == 21


async def test_a_locked_file_is_unavailable_not_hung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_MILLISECONDS", 1)
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'locked.sqlite3'}")
    async with store.session() as session:
        await session.execute(text("SELECT 1"))
    other = sqlite3.connect(tmp_path / "locked.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        async with store.transaction():
            pass
    other.execute("ROLLBACK")
    other.close()
    async with store.transaction():
        pass
    await store.close()


async def test_a_server_that_is_not_there() -> None:
    store = Store("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(StoreUnavailable):
        async with store.session() as session:
            await session.execute(text("SELECT 1"))
    await store.close()


async def test_a_value_no_column_takes_is_not_an_absence(store: Store) -> None:
    """Who waits for the database to come back would wait for ever."""
    for wrong in ({"subject": "x", "number": 2**70}, {"subject": None, "number": 1}):
        with pytest.raises((DBAPIError, OverflowError)):
            async with store.transaction() as session:
                await session.execute(insert(RevisionRow).values(wrong))


@pytest.mark.postgres
async def test_a_wrong_statement_is_not_an_absence(postgres_url: str) -> None:
    store = Store(postgres_url)
    for wrong in ("SELECT 'x\\0'::bytea::text::int", "SELECT 1/0", "SELECT nothing()"):
        with pytest.raises(DBAPIError):
            async with store.session() as session:
                await session.execute(text(wrong.replace(":", "\\:")))
    await store.close()


@pytest.mark.postgres
async def test_a_server_that_will_not_have_us(postgres_url: str) -> None:
    store = Store(postgres_url.replace("/postgres", "/nothing"))
    with pytest.raises(StoreUnavailable):
        async with store.session() as session:
            await session.execute(text("SELECT 1"))
    await store.close()


@pytest.mark.postgres
async def test_a_connection_that_is_cut_is_unavailable_and_the_next_works(postgres_url: str) -> None:
    store, other = Store(postgres_url), Store(postgres_url)

    async def cut_in_the_middle() -> None:
        async with store.transaction() as session:
            pid = await session.scalar(text("SELECT pg_backend_pid()"))
            async with other.session() as killer:
                await killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await session.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        await cut_in_the_middle()
    async with store.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await store.close()
    await other.close()


def test_what_a_database_cannot_keep_is_left_out() -> None:
    assert storable("a\0b\ud800c😀") == "abc😀"


async def test_naive_instants_are_refused_and_aware_ones_come_back_in_utc(store: Store) -> None:
    from cti.agents.tables import LoginRow, SessionRow

    taipei = datetime.fromisoformat("2026-11-23T21:10:00+08:00")
    async with store.transaction() as session:
        session.add(LoginRow(login="x", password_hash=""))
        await session.flush()
        session.add(SessionRow(token_sha256="t", login="x", created=taipei, expires=taipei))
    async with store.session() as session:
        row = await session.get(SessionRow, "t")
    assert row is not None
    assert (row.created, row.created.tzinfo) == (taipei, UTC)


async def test_rows_are_read_or_the_database_is_said_to_be_gone(store: Store, tmp_path: Path) -> None:
    assert [row[0] for row in await store.rows(text("SELECT :one + 1"), {"one": 1})] == [2]
    folder = tmp_path / "a folder is no database"
    folder.mkdir()
    gone = Store(f"sqlite+aiosqlite:///{folder}")
    with pytest.raises(StoreUnavailable):
        await gone.rows(text("SELECT 1"), {})
    await gone.close()
