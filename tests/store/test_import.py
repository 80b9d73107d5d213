"""Importing customers: all of it or nothing, and the second time nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, select

from cti.customers import facts, fields, importing, people
from cti.customers.export import export_csv
from cti.customers.importing import ImportFaulty, ImportReport, apply_import, read_customers
from cti.customers.index import CallerIndex
from cti.customers.number_change import Changer
from cti.customers.tables import CustomerNumberRow, CustomerRow, PreferenceRow
from cti.store.engine import Store
from cti.store.revisions import CALLERS, current

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FILE = """客戶編號,姓名,電話,負責人,等級,偏好
C1,陳美玲,0933-000-222;03-8331234,101,A,房間=高樓層
C2,林大同,0912-345-678,102,,
C3,=1+1,,,,
"""


async def rows(store: Store) -> dict[str, CustomerRow]:
    async with store.session() as session:
        return {str(row.external_id): row for row in await session.scalars(select(CustomerRow))}


async def test_the_file_is_there_and_matched(store: Store) -> None:
    report = await apply_import(store, read_customers(FILE.encode()), NOW)
    assert report == ImportReport(added=3, changed=0, unchanged=0)
    found = await rows(store)
    chen = found["C1"]
    assert (chen.name, chen.owner, chen.tier, chen.source, chen.created) == ("陳美玲", "101", "A", "import", NOW)
    assert found["C3"].name == "=1+1"
    index = CallerIndex(store)
    await index.load()
    assert index.lookup("+88638331234")[0].customer_id == chen.id
    async with store.session() as session:
        preference = (await session.scalars(select(PreferenceRow))).one()
    assert (preference.key, preference.value, preference.source) == ("房間", "高樓層", "import")


async def test_the_second_run_changes_nothing_and_locks_nothing(store: Store) -> None:
    await apply_import(store, read_customers(FILE.encode()), NOW)
    statements: list[str] = []
    event.listen(store.engine.sync_engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    report = await apply_import(store, read_customers(FILE.encode("cp950")), NOW)
    assert report == ImportReport(added=0, changed=0, unchanged=3)
    assert all(statement.startswith("SELECT") for statement in statements)


async def test_only_what_differs_is_changed_and_followed(store: Store) -> None:
    await apply_import(store, read_customers(FILE.encode()), NOW)
    index = CallerIndex(store)
    await index.load()
    before = await rows(store)
    other = FILE.replace("0912-345-678,102", "0912-345-678;0922-222-222,103")
    assert await apply_import(store, read_customers(other.encode()), NOW) == ImportReport(0, 1, 2)
    after = await rows(store)
    assert after["C2"].owner == "103"
    assert after["C1"].revision == before["C1"].revision
    await index.refresh()
    assert index.lookup("+886922222222")[0].owner == index.lookup("+886912345678")[0].owner == "103"


async def test_nothing_is_taken_away(store: Store) -> None:
    """People add numbers, preferences and owners in calls; last night's export does not know them."""
    await apply_import(store, read_customers(FILE.encode()), NOW)
    async with store.transaction() as session:
        chen = (await people.search(session, "C1"))[0].customer_id
        await people.add_number(session, chen, "0955-555-555")
        await people.retire_number(session, chen, "+88638331234", NOW)
        preference = (await session.scalars(select(PreferenceRow))).one()
        preference.value, preference.source = "低樓層", "phone"
    emptied = FILE.replace("101,A,房間=高樓層", ",,房間=高樓層")
    assert await apply_import(store, read_customers(emptied.encode()), NOW) == ImportReport(0, 0, 3)
    row = (await rows(store))["C1"]
    assert (row.owner, row.tier) == ("101", "A")
    async with store.session() as session:
        numbers = {n.e164: n.valid_until for n in await session.scalars(select(CustomerNumberRow)) if n.customer_id}
        assert numbers["+88638331234"] == NOW
        assert "+886955555555" in numbers
        assert (await session.scalars(select(PreferenceRow))).one().value == "低樓層"


async def test_a_preference_from_a_file_follows_the_file(store: Store) -> None:
    await apply_import(store, read_customers(FILE.encode()), NOW)
    other = FILE.replace("高樓層", "靠海")
    assert await apply_import(store, read_customers(other.encode()), NOW) == ImportReport(0, 1, 2)
    async with store.session() as session:
        assert (await session.scalars(select(PreferenceRow))).one().value == "靠海"


async def test_what_people_confirmed_the_file_does_not_write_over(store: Store) -> None:
    await apply_import(store, read_customers(FILE.encode()), NOW)
    async with store.transaction() as session:
        (chen,) = await session.scalars(select(CustomerRow.id).where(CustomerRow.external_id == "C1"))
        await facts.confirm(session, chen, "房間", by=Changer(actor="lin", linkedid="c-1"), at=NOW)
    other = FILE.replace("高樓層", "靠海")
    assert await apply_import(store, read_customers(other.encode()), NOW) == ImportReport(0, 0, 3)
    async with store.session() as session:
        kept = (await session.scalars(select(PreferenceRow))).one()
        assert (kept.value, kept.times_confirmed) == ("高樓層", 2)


async def test_fields_of_the_firms_own_have_their_type_in_a_file_too(store: Store) -> None:
    async with store.transaction() as session:
        await fields.define(session, "passport_until", "護照效期", "date", by=Changer(actor="boss"))
    wrong = FILE.replace("房間=高樓層", "passport_until=明年")
    with pytest.raises(ImportFaulty) as told:
        await apply_import(store, read_customers(wrong.encode()), NOW)
    assert [one.line for one in told.value.faults] == [2]
    assert "passport_until" in told.value.faults[0].what
    right = FILE.replace("房間=高樓層", "passport_until=2030/01/31")
    assert await apply_import(store, read_customers(right.encode()), NOW) == ImportReport(3, 0, 0)
    assert await apply_import(store, read_customers(right.encode()), NOW) == ImportReport(0, 0, 3)
    async with store.session() as session:
        kept = (await session.scalars(select(PreferenceRow))).one()
        assert (kept.kind, kept.value) == ("field", "2030-01-31")
        assert "passport_until=2030-01-31" in "".join([part async for part in export_csv(session, "RW-1")])


async def test_one_fault_and_nothing_is_written(store: Store) -> None:
    plan = read_customers((FILE + "C4,,,,,\nC5,好人,12,,,\n").encode())
    with pytest.raises(ImportFaulty) as caught:
        await apply_import(store, plan, NOW)
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [(5, "姓名"), (6, "電話")]
    assert "line 5" in str(caught.value)
    assert await rows(store) == {}


async def test_a_failure_in_the_middle_writes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PAGE", 1)
    original = importing._Writing.write
    calls: list[int] = []

    async def fails_on_the_third(self: importing._Writing, *args: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("killed")
        await original(self, *args)

    monkeypatch.setattr(importing._Writing, "write", fails_on_the_third)
    with pytest.raises(RuntimeError):
        await apply_import(store, read_customers(FILE.encode()), NOW)
    assert await rows(store) == {}
    async with store.session() as session:
        assert await current(session, CALLERS) == 0


async def test_a_large_file_in_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PAGE", 7)
    text = "id,name,phone\n" + "".join(f"{n},customer {n},0912{n:06d}\n" for n in range(50))
    assert await apply_import(store, read_customers(text.encode()), NOW) == ImportReport(50, 0, 0)
    assert await apply_import(store, read_customers(text.encode()), NOW) == ImportReport(0, 0, 50)
    async with store.session() as session:
        assert await session.scalar(select(func.count()).select_from(CustomerNumberRow)) == 50
