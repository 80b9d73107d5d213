"""The audit only grows: chained by hash, refused to be changed by the database itself, erasable in its contents."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cti.audit.ledger import entries, erase_contents, record, verify
from cti.audit.model import GENESIS, Entry
from cti.store.engine import Store

CHANGE = Entry(
    action="number.changed",
    actor="101",
    agent="101",
    department="票務",
    asked_by="王經理",
    subject="customer",
    subject_id="12",
    before={"mobile": "+886933000222"},
    after={"mobile": "+886933000333"},
    linkedid="1700000000.1",
)


async def write(store: Store, *made: Entry) -> None:
    async with store.transaction() as session:
        for one in made:
            record(session, one)


async def tamper(store: Store, statement: str, backend: str) -> None:
    """As somebody with the database in his hands, triggers and all."""
    async with store.engine.begin() as connection:
        if backend == "sqlite":
            triggers = await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for (name,) in triggers.all():
                await connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for one in statement.split("; "):
            await connection.execute(text(one))


async def test_entries_come_back_as_they_were_written(store: Store) -> None:
    await write(store, CHANGE, Entry(action="customers.list_refused", actor="101"))
    async with store.session() as session:
        refused, changed = await entries(session)
        assert changed.entry == CHANGE
        assert (changed.number, refused.number, refused.entry.action) == (1, 2, "customers.list_refused")
        assert [one.number for one in await entries(session, subject="customer", subject_id="12")] == [1]
        assert [one.number for one in await entries(session, action="customers.")] == [2]
        assert [one.number for one in await entries(session, before=2)] == [1]
        assert await entries(session, linkedid="1700000000.2") == []


async def test_a_change_that_is_rolled_back_leaves_no_entry(store: Store) -> None:
    async def fails() -> None:
        async with store.transaction() as session:
            record(session, CHANGE)
            raise RuntimeError("it did not happen")

    with pytest.raises(RuntimeError):
        await fails()
    async with store.session() as session:
        assert await entries(session) == []
        assert (await verify(session)).head == GENESIS


async def test_a_chain_is_sound_until_somebody_touches_it(store: Store) -> None:
    for _ in range(3):
        await write(store, CHANGE, CHANGE)
    async with store.session() as session:
        verdict = await verify(session)
    assert (verdict.sound, verdict.entries, verdict.erased) == (True, 6, 0)
    assert verdict.head != GENESIS


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'somebody else'",
        "DELETE FROM audit_entries",
        "UPDATE audit_contents SET content = '{}'",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET number = 0, link = ''",
    ],
)
async def test_the_database_refuses_to_change_what_was_written(store: Store, statement: str) -> None:
    await write(store, CHANGE)
    with pytest.raises(DBAPIError, match="the audit only grows"):
        async with store.engine.begin() as connection:
            await connection.execute(text(statement))
    async with store.session() as session:
        assert (await verify(session)).sound


async def test_nor_to_do_so_by_another_way(store: Store, backend: str) -> None:
    """SQLite's REPLACE deletes without telling triggers of it; PostgreSQL's TRUNCATE is no DELETE."""
    await write(store, CHANGE)
    ways = {
        "sqlite": (
            "REPLACE INTO audit_contents SELECT number, salt, '{}' FROM audit_contents",
            "REPLACE INTO audit_entries SELECT number, at, action, 'somebody', agent, department, subject, subject_id, "
            "linkedid, recording, content_digest, previous, link FROM audit_entries",
        ),
        "postgresql": ("TRUNCATE audit_contents", "TRUNCATE audit_head", "TRUNCATE audit_entries CASCADE"),
    }
    for statement in ways[backend]:
        with pytest.raises(DBAPIError, match="the audit only grows"):
            async with store.engine.begin() as connection:
                await connection.execute(text(statement))
    await write(store, CHANGE)
    async with store.session() as session:
        verdict = await verify(session)
    assert (verdict.sound, verdict.entries, verdict.erased) == (True, 2, 0)


@pytest.mark.parametrize(
    ("statement", "broken_at", "fault"),
    [
        ("UPDATE audit_entries SET actor = '102' WHERE number = 2", 2, "altered"),
        ("UPDATE audit_entries SET at = '2020-01-01 00:00:00+00:00' WHERE number = 3", 3, "altered"),
        ('UPDATE audit_contents SET content = \'{"text": "nothing"}\' WHERE number = 2', 2, "content_altered"),
        ("DELETE FROM audit_contents WHERE number = 2; DELETE FROM audit_entries WHERE number = 2", 2, "missing"),
    ],
)
async def test_who_changes_it_all_the_same_is_found(
    store: Store, backend: str, statement: str, broken_at: int, fault: str
) -> None:
    for _ in range(4):
        await write(store, CHANGE)
    await tamper(store, statement, backend)
    async with store.session() as session:
        verdict = await verify(session)
    assert (verdict.broken_at, verdict.fault, verdict.entries) == (broken_at, fault, broken_at - 1)


async def test_entries_cut_off_at_the_end_are_missed(store: Store, backend: str) -> None:
    for _ in range(3):
        await write(store, CHANGE)
    await tamper(
        store, "DELETE FROM audit_contents WHERE number = 3; DELETE FROM audit_entries WHERE number = 3", backend
    )
    async with store.session() as session:
        verdict = await verify(session)
    assert (verdict.broken_at, verdict.fault) == (3, "cut")


async def test_a_chain_without_its_end_is_not_sound(store: Store, backend: str) -> None:
    await write(store, CHANGE)
    await tamper(store, "DELETE FROM audit_head", backend)
    async with store.session() as session:
        verdict = await verify(session)
    assert (verdict.sound, verdict.fault) == (False, "cut")


async def test_contents_may_be_erased_and_the_chain_still_holds(store: Store) -> None:
    for _ in range(3):
        await write(store, CHANGE)
    async with store.transaction() as session:
        assert await erase_contents(session, [1, 3]) == 2
    async with store.session() as session:
        verdict = await verify(session)
        found = await entries(session)
    assert (verdict.sound, verdict.entries, verdict.erased) == (True, 3, 2)
    assert [(one.erased, one.entry.after is None, one.entry.actor) for one in found] == [
        (True, True, "101"),
        (False, False, "101"),
        (True, True, "101"),
    ]


async def test_many_writers_make_one_chain(store: Store) -> None:
    await asyncio.gather(*(write(store, CHANGE) for _ in range(20)))
    async with store.session() as session:
        verdict = await verify(session)
    assert (verdict.sound, verdict.entries) == (True, 20)


async def test_what_does_not_fit_is_cut_and_never_stops_the_change(store: Store) -> None:
    hostile = Entry(
        action="x" * 100,
        actor="y" * 300,
        subject_id="z" * 300,
        text="\0半\ud83d" * 10_000,
        before={"名\0": "\0"},
        linkedid="1" * 200,
    )
    async with store.transaction() as session:
        record(session, hostile, datetime(2026, 1, 1, tzinfo=UTC))
    async with store.session() as session:
        (kept,) = await entries(session)
        assert (await verify(session)).sound
    assert kept.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (len(kept.entry.action), len(kept.entry.actor), kept.entry.text[:2]) == (60, 100, "半半")
