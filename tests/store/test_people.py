"""Customers as people work with them: found, added, noted, handed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from cti.customers import people
from cti.customers.tables import CustomerNumberRow, CustomerRow, OrderRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store
from cti.store.revisions import CALLERS, current

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture
async def chen(store: Store) -> int:
    """陳太太 of 101, with a mobile and a landline."""
    async with store.transaction() as session:
        numbers = ["0933-000-222", "(03)833-1234#12"]
        row = await people.add(
            session, "陳美玲", numbers, title="陳太太", owner="101", tier="A", external_id="C001", at=NOW
        )
    return row.id


async def test_what_was_added_is_there(store: Store, chen: int) -> None:
    async with store.session() as session:
        row = await people.get(session, chen)
        numbers = (await session.scalars(select(CustomerNumberRow).order_by(CustomerNumberRow.id))).all()
        assert (row.name, row.state, row.created) == ("陳美玲", "customer", NOW)
        assert [(n.raw, n.e164, n.extension, n.kind) for n in numbers] == [
            ("0933-000-222", "+886933000222", "", "mobile"),
            ("(03)833-1234#12", "+88638331234", "12", "landline"),
        ]
        assert row.revision == await current(session, CALLERS) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "美",
        "陳美玲",
        "C001",
        "0933000222",
        "+886 933 000 222",
        "886933000222",
        "0222",
        "833-1234",
        " 03-8331234 ",
        "c00",
        "０９３３",
        "+886 93",
        "(03)833",
        "00886933",
        "3 8331",
    ],
)
async def test_found_by_any_way_of_saying(store: Store, chen: int, text: str) -> None:
    async with store.session() as session:
        found = await people.search(session, text)
    assert [one.customer_id for one in found] == [chen]
    assert found[0].numbers == ("+886933000222", "+88638331234")


@pytest.mark.parametrize(
    "text", ["王", "%", "_", "C", "C002", "0912345678", "999", "0833", "x\x00'--", "\ud800\ud800x"]
)
async def test_not_found_by_anything_else(store: Store, chen: int, text: str) -> None:
    async with store.session() as session:
        assert await people.search(session, text) == []


async def test_what_was_meant_exactly_comes_first_and_says_what_it_was(store: Store) -> None:
    async with store.transaction() as session:
        for name, code in (("王五", "K7"), ("林K7", None), ("K7 旅行", None), ("張三", "K78"), ("李四", None)):
            row = await people.add(session, name, external_id=code, at=NOW)
        order = {"external_id": "k7-2026", "title": "北海道", "state": "paid", "placed": NOW}
        session.add(OrderRow(customer_id=row.id, **order))
    async with store.session() as session:
        found = await people.search(session, "k7")
        [by_order] = await people.search(session, "K7-20")
        two = await people.search(session, "k7", 2)
    assert next(one.name for one in found) == "王五"
    assert [one.name for one in found][-1] == "林K7"
    assert {one.name: one.found_by for one in found} == {
        "王五": "code",
        "K7 旅行": "name",
        "張三": "code",
        "李四": "order",
        "林K7": "name",
    }
    assert (by_order.name, by_order.found) == ("李四", "k7-2026 北海道")
    assert len(two) == 2
    assert two[0].name == "王五"


async def test_the_code_that_is_meant_is_not_lost_among_those_that_begin_so(store: Store) -> None:
    async with store.transaction() as session:
        for code in (*(f"K7{number}" for number in range(30)), "K7"):
            await people.add(session, f"客戶 {code}", external_id=code, at=NOW)
    async with store.session() as session:
        found = [one.external_id for one in await people.search(session, "k7", 3)]
    assert found[0] == "K7"
    assert len(found) == 3


async def test_what_begins_so_comes_before_what_holds_it(store: Store) -> None:
    async with store.transaction() as session:
        for name in ("王一陳", "陳二", "Chen Mei", "Amy Chen", "丁陳三", "100%_a/b"):
            await people.add(session, name)
    async with store.session() as session:
        assert [one.name for one in await people.search(session, "陳", 1)] == ["陳二"]
        assert [one.name for one in await people.search(session, "陳")] == ["陳二", "丁陳三", "王一陳"]
        assert [one.name for one in await people.search(session, "CHEN")] == ["Chen Mei", "Amy Chen"]
        for part in ("%_a", "a/b", "00%"):
            assert [one.name for one in await people.search(session, part)] == ["100%_a/b"]


async def test_search_is_limited(store: Store) -> None:
    async with store.transaction() as session:
        for number in range(5):
            await people.add(session, f"陳{number}")
        assert len(await people.search(session, "陳", 3)) == 3
        assert await people.search(session, "陳", 0) == []
        assert await people.search(session, "陳", -1) == []


async def test_by_number_also_knows_who_had_it(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        await people.retire_number(session, chen, "+886933000222", NOW)
        assert [one.customer_id for one in await people.by_number(session, "+886933000222")] == [chen]
        assert (await people.search(session, "陳"))[0].numbers == ("+88638331234", "+886933000222")


async def test_a_retired_number_can_be_theirs_again(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        await people.retire_number(session, chen, "+886933000222", NOW)
        await people.add_number(session, chen, "0933000222")
        kept = (await session.scalars(select(CustomerNumberRow))).all()
        assert len(kept) == 2
        assert all(one.valid_until is None for one in kept)
        with pytest.raises(NotFound):
            await people.retire_number(session, chen, "+886911111111")


async def test_every_change_that_matching_sees_is_counted(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        home = await people.add(session, "陳家", kind="household")
        changes = [
            lambda: people.assign_owner(session, chen, "102"),
            lambda: people.set_tier(session, chen, "B"),
            lambda: people.add_number(session, chen, "0912345678"),
            lambda: people.retire_number(session, chen, "+886912345678"),
            lambda: people.relate(session, chen, home.id, "member"),
        ]
        for change in changes:
            before = await current(session, CALLERS)
            await change()
            assert await current(session, CALLERS) == before + 1
            stamped = await session.scalar(select(CustomerRow.revision).where(CustomerRow.id == chen))
            assert stamped == before + 1


async def test_a_prospect_in_one_click_and_not_twice(store: Store) -> None:
    async with store.transaction() as session:
        first = await people.add_prospect(session, "王先生", "0912-345-678", "phone", "103", NOW)
        again = await people.add_prospect(session, " 王先生", "+886912345678", "phone", "104", NOW)
        other = await people.add_prospect(session, "王太太", "0912345678", "phone", None, NOW)
    assert (first.state, first.owner, first.source) == ("prospect", "103", "phone")
    assert again.id == first.id != other.id


@pytest.mark.parametrize(
    ("name", "numbers", "fields"),
    [
        ("", [], {}),
        ("x" * 201, [], {}),
        ("陳", ["201"], {}),
        ("陳", ["anonymous"], {}),
        ("陳", [], {"kind": "dog"}),
        ("陳", [], {"tier": "Z"}),
        ("陳", [], {"state": "friend"}),
        ("陳", [], {"email": "x" * 300}),
    ],
)
async def test_wrong_customers_are_refused(store: Store, name: str, numbers: list[str], fields: dict[str, str]) -> None:
    async with store.session() as session:
        with pytest.raises(Invalid):
            await people.add(session, name, numbers, **fields)


async def test_who_does_not_exist(store: Store, chen: int) -> None:
    async with store.session() as session:
        for customer_id in (0, -1, 999, 2**80):
            with pytest.raises(NotFound):
                await people.get(session, customer_id)
        with pytest.raises(Refused):
            await people.add(session, "another", external_id="C001")
        with pytest.raises(Invalid):
            await people.relate(session, chen, chen, "member")
        with pytest.raises(Invalid):
            await people.relate(session, chen, chen, "boss")


async def test_notes_and_calls_make_the_time_line(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        await people.record_call(session, chen, "1.1", NOW, text="no one answered")
        await people.add_note(session, chen, " 要素食 \x00", "101", "1.1", NOW + timedelta(minutes=1))
        await people.add_note(session, chen, "second", "101", "1.1", NOW + timedelta(minutes=1))
        await people.record_call(session, chen, "1.1", NOW, text="answered", agent="101")
        line = await people.history(session, chen)
    assert [(e.channel, e.text, e.agent, e.linkedid) for e in line] == [
        ("note", "second", "101", "1.1"),
        ("note", "要素食", "101", "1.1"),
        ("phone", "answered", "101", "1.1"),
    ]


async def test_a_call_is_once_whoever_it_belongs_to(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        other = await people.add(session, "林")
        await people.record_call(session, chen, "1.1", NOW)
        await people.record_call(session, other.id, "1.1", NOW)
        assert await people.history(session, chen) == []
        assert len(await people.history(session, other.id)) == 1


async def test_history_in_pages_of_equal_instants(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        for number in range(7):
            await people.add_note(session, chen, str(number), None, at=NOW + timedelta(minutes=number // 3))
        seen: list[str] = []
        before: int | None = None
        while page := await people.history(session, chen, before, limit=2):
            seen.extend(entry.text for entry in page)
            before = page[-1].id
        assert seen == list("6543210")
        assert await people.history(session, chen, before=10_000) == []


async def test_notes_that_are_none(store: Store, chen: int) -> None:
    async with store.session() as session:
        for text in ("", "  \n", "\x00", "x" * 10_001):
            with pytest.raises(Invalid):
                await people.add_note(session, chen, text, "101")
        with pytest.raises(NotFound):
            await people.add_note(session, 999, "x", "101")
        with pytest.raises(NotFound):
            await people.record_call(session, 999, "1.1", NOW)


def test_a_match_made_by_hand() -> None:
    row = CustomerRow(id=7, name="陳", tier="A", owner="101")
    assert people.match_of(row).why == "number"
