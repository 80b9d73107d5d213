"""An SQLite file that was removed or replaced while it was open is noticed, and never made anew empty."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, text

from cti.errors import StoreUnavailable
from cti.store.engine import Store
from cti.store.revisions import RevisionRow, bump, current

ROWS = select(RevisionRow.number)


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated database."""
    return Path(shutil.copy(sqlite_template, tmp_path / "firm.sqlite3"))


async def counted(store: Store) -> None:
    async with store.transaction() as session:
        await bump(session, "callers")


async def test_a_file_that_is_removed_is_gone_and_stays_gone(file: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{file}")
    await counted(store)
    await store.rows(ROWS, {})
    for one in file.parent.glob("firm*"):
        one.unlink()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="put it back"):
            await counted(store)
        with pytest.raises(StoreUnavailable, match="put it back"):
            await store.rows(ROWS, {})
    assert not file.exists()
    await store.close()


async def test_what_is_put_back_is_read_and_written(file: Path, sqlite_template: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{file}")
    for _ in range(2):
        await counted(store)
    assert await store.rows(ROWS, {})
    for one in file.parent.glob("firm*"):
        one.unlink()
    with pytest.raises(StoreUnavailable):
        await counted(store)
    shutil.copy(sqlite_template, file)
    assert not await store.rows(ROWS, {})
    await counted(store)
    async with store.session() as session:
        assert await current(session, "callers") == 1
    await store.close()
    again = Store(f"sqlite+aiosqlite:///{file}")
    async with again.session() as session:
        assert await current(session, "callers") == 1
    await again.close()


async def test_a_file_that_is_replaced_between_two_looks_is_the_new_one(file: Path, sqlite_template: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{file}")
    await counted(store)
    await store.rows(ROWS, {})
    other = Path(shutil.copy(sqlite_template, file.with_name("other")))
    for companion in file.parent.glob("firm*-*"):
        companion.unlink()
    other.replace(file)
    async with store.session() as session:
        assert await current(session, "callers") == 0
    assert not await store.rows(ROWS, {})
    await store.close()


async def test_a_first_use_makes_the_file(tmp_path: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'firm.sqlite3'}")
    async with store.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await store.close()
