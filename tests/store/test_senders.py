"""Who writes by mail is found by the address they have now, however it came to be theirs."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

import cti.calls.tables
import cti.pocket.tables
import cti.promises.tables
import cti.reports.tables
import cti.wall.tables
import cti.wrapup.tables  # noqa: F401 - a merge knows every room's tables
from cti.customers import facts, merging, people
from cti.customers.importing import apply_import, read_customers
from cti.customers.number_change import Changer
from cti.customers.senders import Sender, find_sender
from cti.store import migrate
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
BY = Changer(actor="lin")


async def of(store: Store, address: str) -> tuple[int, ...]:
    async with store.session() as session:
        return (await find_sender(session, Sender(email=address), NOW)).candidates


async def test_the_address_is_followed_whoever_writes_it(store: Store) -> None:
    async with store.transaction() as session:
        chen = (await people.add(session, "陳太太", ["0933000222"], email="Chen@Example.com", external_id="C1")).id
        other = (await people.add(session, "陳美玲", ["0933000333"], external_id="C2")).id
    assert await of(store, " chen@example.COM ") == (chen,)
    async with store.transaction() as session:
        await facts.set_fact(session, chen, "email", "Mei@Example.com", by=BY, at=NOW)
    assert (await of(store, "chen@example.com"), await of(store, "mei@example.com")) == ((), (chen,))
    file = "external_id,name,email\nC1,陳太太,Mei@New.example\nC2,陳美玲,\nC9,周先生,Chou@Example.com\n"
    await apply_import(store, read_customers(file.encode()), NOW)
    assert (await of(store, "mei@example.com"), await of(store, "mei@new.example")) == ((), (chen,))
    assert len(await of(store, "chou@example.com")) == 1
    async with store.transaction() as session:
        made = await merging.merge(session, other, chen, by=BY, at=NOW)
    assert await of(store, "mei@new.example") == (other,)
    async with store.transaction() as session:
        await merging.unmerge(session, made.id, by=BY, at=NOW)
    assert await of(store, "mei@new.example") == (chen,)


async def test_no_table_is_read_through(store: Store) -> None:
    async with store.session() as session:
        if store.is_sqlite:
            explained = "EXPLAIN QUERY PLAN "
        else:
            explained = "EXPLAIN "
            await session.execute(text("SET LOCAL enable_seqscan = off"))  # an empty table is read through otherwise
        plan = await session.execute(text(f"{explained} SELECT id FROM customers WHERE email_key = 'a@b.tw'"))
        assert "ix_customers_email_key" in str(plan.all())


async def test_addresses_of_before_are_found_after_the_migration(empty_url: str) -> None:
    migrate.upgrade(empty_url, "0023")
    columns = "kind, name, title, tier, state, email, address, terms, language, created, source, revision"
    values = "'person', '陳太太', '', '', 'customer', ' Chen@Example.com', '', '', 'zh-Hant', '2026-11-23', '', 0"
    before = create_async_engine(empty_url)  # a store refuses a database of an older version
    async with before.begin() as connection:
        await connection.execute(text(f"INSERT INTO customers ({columns}) VALUES ({values})"))
    await before.dispose()
    migrate.upgrade(empty_url)
    store = Store(empty_url)
    assert len(await of(store, "chen@example.com")) == 1
    await store.close()
