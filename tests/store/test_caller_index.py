"""Who is calling, from memory: complete, followed at once, and there while the database is not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from cti.bus import LocalBus
from cti.customers import index as index_module
from cti.customers import people
from cti.customers.index import CallerIndex, CallersChanged
from cti.customers.model import CallerMatch
from cti.customers.tables import CustomerNumberRow, CustomerRow
from cti.errors import StoreUnavailable
from cti.store.engine import Store
from cti.store.revisions import CALLERS, bump

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MOBILE, LANDLINE = "+886933000222", "+88638331234"


def names(index: CallerIndex, e164: str) -> list[tuple[str, str]]:
    return [(match.name, match.why) for match in index.lookup(e164)]


@pytest.fixture
async def index(store: Store) -> CallerIndex:
    """An index over an empty database."""
    index = CallerIndex(store, LocalBus(), lambda: NOW)
    await index.load()
    return index


async def test_a_match_is_complete(store: Store, index: CallerIndex) -> None:
    async with store.transaction() as session:
        row = await people.add(session, "陳美玲", ["0933000222"], tier="A", owner="101")
    assert index.lookup(MOBILE) == ()
    assert await index.refresh()
    assert index.lookup(MOBILE) == (CallerMatch(row.id, "陳美玲", "A", "101", "number"),)
    assert list(index.owners()) == [(MOBILE, "101")]
    assert len(index) == 1


@pytest.mark.parametrize("e164", ["", "+", "x", "886933000222", "+٨", "+" + "9" * 40, "+1 2", "+-1"])
async def test_what_is_no_number_matches_nobody(index: CallerIndex, e164: str) -> None:
    assert index.lookup(e164) == ()


async def test_a_households_landline_is_several_people(store: Store, index: CallerIndex) -> None:
    async with store.transaction() as session:
        home = await people.add(session, "陳家", ["03-833-1234"], kind="household")
        wife = await people.add(session, "陳太太", ["0933000222"], owner="101")
        husband = await people.add(session, "陳先生", ["03-833-1234"], owner="102")
        payer = await people.add(session, "外公")
        await people.relate(session, wife.id, home.id, "member")
        await people.relate(session, husband.id, home.id, "member")
        await people.relate(session, payer.id, home.id, "payer")
    await index.refresh()
    assert names(index, LANDLINE) == [("陳先生", "number"), ("陳家", "household"), ("陳太太", "household")]
    assert names(index, MOBILE) == [("陳太太", "number")]
    assert dict(index.owners()) == {LANDLINE: "102", MOBILE: "101"}


async def test_an_accounts_number_is_the_company_and_who_books(store: Store, index: CallerIndex) -> None:
    async with store.transaction() as session:
        firm = await people.add(session, "大洋公司", ["02-2555-1234"], kind="company", owner="103")
        for role in ("booker", "traveller"):
            one = await people.add(session, role)
            await people.relate(session, one.id, firm.id, role)
    await index.refresh()
    assert names(index, "+886225551234") == [("大洋公司", "account"), ("booker", "account")]
    assert list(index.owners()) == [("+886225551234", "103")]


async def test_an_old_number_says_so_and_comes_last(store: Store, index: CallerIndex) -> None:
    async with store.transaction() as session:
        old = await people.add(session, "舊主人", ["0933000222"], owner="101")
        await people.add(session, "新主人", ["0933000222"], owner="102")
        soon = await people.add(session, "快換號", ["0911111111"])
        await people.retire_number(session, old.id, MOBILE, NOW)
        await people.retire_number(session, soon.id, "+886911111111", NOW + timedelta(days=1))
    await index.refresh()
    assert names(index, MOBILE) == [("新主人", "number"), ("舊主人", "old_number")]
    assert names(index, "+886911111111") == [("快換號", "number")]
    assert list(index.owners()) == [(MOBILE, "102")]


async def test_changes_reach_it_and_are_told_with_their_numbers(store: Store, index: CallerIndex) -> None:
    heard: list[CallersChanged] = []
    assert index._bus is not None
    index._bus.subscribe(CallersChanged, heard.append)
    async with store.transaction() as session:
        row = await people.add(session, "陳", ["0933000222"], owner="101")
    await index.refresh()
    async with store.transaction() as session:
        await people.assign_owner(session, row.id, "102")
        await people.add_number(session, row.id, "0912345678")
    await index.refresh()
    assert not await index.refresh()
    assert heard == [
        CallersChanged(frozenset({MOBILE})),
        CallersChanged(frozenset({MOBILE, "+886912345678"})),
    ]
    assert index.lookup("+886912345678")[0].owner == "102"


async def test_a_members_change_is_a_change_of_the_households_number(store: Store, index: CallerIndex) -> None:
    async with store.transaction() as session:
        home = await people.add(session, "陳家", ["03-833-1234"], kind="household")
        wife = await people.add(session, "陳太太")
    await index.refresh()
    heard: list[CallersChanged] = []
    assert index._bus is not None
    index._bus.subscribe(CallersChanged, heard.append)
    async with store.transaction() as session:
        await people.relate(session, wife.id, home.id, "member")
    await index.refresh()
    assert heard == [CallersChanged(frozenset({LANDLINE}))]
    assert names(index, LANDLINE) == [("陳家", "household"), ("陳太太", "household")]


async def test_what_was_removed_or_restored_is_read_anew(store: Store, index: CallerIndex) -> None:
    async with store.transaction() as session:
        await people.add(session, "陳", ["0933000222"])
    await index.refresh()
    async with store.transaction() as session:
        await session.execute(delete(CustomerNumberRow))
        await session.execute(delete(CustomerRow))
        await bump(session, CALLERS)
    await index.refresh()
    assert index.lookup(MOBILE) == ()
    assert len(index) == 0


async def test_a_load_and_the_same_changes_one_by_one_agree(
    store: Store, index: CallerIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever order things came in, and whatever the pages were."""
    monkeypatch.setattr(index_module, "PAGE", 2)
    ids: list[int] = []
    for step in range(12):
        async with store.transaction() as session:
            kind = ("person", "household", "person")[step % 3]
            row = await people.add(session, f"c{step}", [f"09330002{step % 5:02d}"], kind=kind, owner=f"{step}")
            ids.append(row.id)
            if step > 3 and kind == "person":
                await people.relate(session, row.id, ids[1], "member")
            if step % 4 == 3:
                await people.assign_owner(session, ids[step // 2], None)
        if step % 5 != 1:
            await index.refresh()
    await index.refresh()
    fresh = CallerIndex(store, now=lambda: NOW)
    await fresh.load()
    numbers = [f"+8869330002{n:02d}" for n in range(6)]
    assert [index.lookup(n) for n in numbers] == [fresh.lookup(n) for n in numbers]
    assert sorted(index.owners()) == sorted(fresh.owners())
    assert len(index) == len(fresh) == 12


async def test_the_running_index_follows_by_itself_and_outlives_the_store(
    store: Store, index: CallerIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.store.following.POLL_SECONDS", 0.01)
    async with store.transaction() as session:
        await people.add(session, "陳", ["0933000222"])
    await index.refresh()
    there, looks = store.session, asyncio.Semaphore(0)

    def gone() -> None:
        looks.release()
        raise StoreUnavailable("away")

    changed = asyncio.Event()
    assert index._bus is not None
    index._bus.subscribe(CallersChanged, lambda _: changed.set())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(index.run())
        monkeypatch.setattr(store, "session", gone)
        for _ in range(3):
            await looks.acquire()
        assert names(index, MOBILE) == [("陳", "number")]
        monkeypatch.setattr(store, "session", there)
        async with store.transaction() as session:
            await people.add(session, "林", ["0912345678"])
        await changed.wait()
        assert names(index, "+886912345678") == [("林", "number")]
        running.cancel()
