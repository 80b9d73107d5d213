"""Two records become one and two again without loss, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

import cti.calls.tables
import cti.pocket.tables
import cti.promises.tables
import cti.reports.tables
import cti.wall.tables
import cti.wrapup.tables  # noqa: F401 - a merge knows every room's tables
from cti.audit.ledger import entries, verify
from cti.customers import duplicates, merging, people, relations
from cti.customers.card import load_card, quick_card
from cti.customers.identity_tables import CallerChoiceRow, MergeRow
from cti.customers.importing import apply_import, read_customers
from cti.customers.index import CallerIndex
from cti.customers.moving import Journal, references
from cti.customers.number_change import Changer
from cti.customers.tables import (
    CustomerNumberRow,
    CustomerRelationRow,
    CustomerRow,
    InteractionRow,
    MatterRow,
    OrderRow,
    PreferenceRow,
)
from cti.errors import Invalid, NotFound, Refused
from cti.promises.tables import PromiseRow
from cti.store.base import Base
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BY = Changer(actor="boss", agent="103", department="業務部")


async def contents(session: AsyncSession) -> dict[str, set[tuple[Any, ...]]]:
    """Every row that has to do with customers, but for revisions and what is written of merges themselves."""
    await session.flush()
    tables = {table.name: table for table, _ in references()} | {"customers": Base.metadata.tables["customers"]}
    found = {}
    for name, table in tables.items():
        columns = [column for column in table.columns if column.name != "revision"]
        found[name] = {tuple(row) for row in await session.execute(select(*columns))}
    return found


@pytest.fixture
async def two(store: Store) -> tuple[int, int]:
    """陳美玲 twice: with something of everything, and with things of her own."""
    async with store.transaction() as session:
        one = await people.add(session, "陳美玲", ["0933-000-222"], owner="101", code="VIP", at=NOW)
        home = await people.add(session, "陳家", kind="household")
        other = await people.add(
            session, "陳太太", ["0933-000-222", "03-833-1234"], owner="102", email="c@example.com", external_id="E7"
        )
        await people.relate(session, other.id, home.id, "member")
        await people.relate(session, other.id, one.id, "spouse")
        await people.add_note(session, other.id, "喜歡窗邊", "102", at=NOW)
        session.add_all(
            [
                OrderRow(customer_id=other.id, title="沖繩", state="paid", placed=NOW, starts=date(2026, 12, 1)),
                MatterRow(customer_id=other.id, kind="complaint", text="房間", state="open", opened=NOW),
                PreferenceRow(customer_id=one.id, key="房間", value="低樓層", last_confirmed=NOW),
                PreferenceRow(customer_id=other.id, key="房間", value="安靜", last_confirmed=NOW + timedelta(days=1)),
                CallerChoiceRow(customer_id=other.id, e164="+88638331234", bucket=3, times=2, last=NOW),
            ]
        )
        owed = {"due": NOW, "first_missed": NOW, "last_missed": NOW, "since": NOW, "state": "open"}
        session.add(PromiseRow(caller="+88638331234", number="+88638331234", customer_id=other.id, **owed))
    return one.id, other.id


async def merged(store: Store, one: int, other: int) -> merging.Merge:
    async with store.transaction() as session:
        return await merging.merge(session, one, other, by=BY, reason="同一人", at=NOW)


async def test_everything_of_the_other_is_on_the_one_card(store: Store, two: tuple[int, int]) -> None:
    one, other = two
    done = await merged(store, one, other)
    assert (done.winner_id, done.loser_id, done.by) == (one, other, "boss")
    assert done.set_aside == {"customer_numbers": 1, "preferences": 1, "customer_relations": 1}
    card = await quick_card(store, other)
    assert card is not None
    assert card.customer_id == one
    assert (card.owner, card.email) == ("101", "c@example.com")
    assert {number.e164 for number in card.numbers} == {"+886933000222", "+88638331234"}
    assert [order.title for order in card.orders] == ["沖繩"]
    assert [matter.text for matter in card.complaints] == ["房間"]
    assert [said.text for said in card.interactions] == ["喜歡窗邊"]
    # Of two that contradict each other, the one confirmed later stands.
    assert [(fact.key, fact.value) for fact in card.preferences] == [("房間", "安靜")]
    assert [(relation.name, relation.role) for relation in card.relations] == [("陳家", "member")]
    async with store.session() as session:
        assert (await people.get(session, other)).id == one
        assert [said.text for said in await people.history(session, other)] == ["喜歡窗邊"]
        assert [found.customer_id for found in await people.search(session, "陳太太")] == [one]
        assert [found.customer_id for found in await people.search(session, "E7")] == [one]
        assert {found.customer_id for found in await people.listed(session, 0, 50)} == {
            one,
            card.relations[0].customer_id,
        }
        promise = (await session.scalars(select(PromiseRow))).one()
        assert promise.customer_id == one
        (entry,) = await entries(session, action="customer.merged")
        assert (entry.entry.actor, entry.entry.department, entry.entry.before["name"]) == ("boss", "業務部", "陳太太")
    index = CallerIndex(store)
    await index.load()
    assert [match.customer_id for match in index.lookup("+88638331234")] == [one]


async def test_an_un_merge_restores_exactly_and_keeps_what_is_new(store: Store, two: tuple[int, int]) -> None:
    one, other = two
    async with store.session() as session:
        before = await contents(session)
    done = await merged(store, one, other)
    index = CallerIndex(store)
    await index.load()
    async with store.transaction() as session:
        await people.add_note(session, other, "合併後的備註", "101", at=NOW)
        await people.add_number(session, one, "0977-000-777", at=NOW)
    async with store.transaction() as session:
        undone = await merging.unmerge(session, done.id, by=BY, at=NOW)
    assert undone.undone == NOW
    async with store.session() as session:
        after = await contents(session)
        new = {name: after[name] - before[name] for name in after}
        assert all(before[name] <= after[name] for name in before)
        assert {name: len(rows) for name, rows in new.items() if rows} == {"interactions": 1, "customer_numbers": 1}
        history = await people.history(session, one)
        assert [said.text for said in history] == ["合併後的備註"]
        assert (await verify(session)).sound
        assert len(await entries(session, action="customer.unmerged")) == 1
    await index.refresh()
    assert [match.customer_id for match in index.lookup("+88638331234")] == [other]
    with pytest.raises(Refused, match="already"):
        async with store.transaction() as session:
            await merging.unmerge(session, done.id, by=BY)


async def test_a_leavers_customer_comes_back_to_the_others_owner(store: Store, two: tuple[int, int]) -> None:
    done = await merged(store, *two)
    async with store.transaction() as session:
        await merging.unmerge(session, done.id, by=BY, gone={"102"}, at=NOW)
    async with store.session() as session:
        assert (await people.get(session, two[1])).owner == "101"


async def test_a_file_that_knows_the_former_record_reaches_the_one(store: Store, two: tuple[int, int]) -> None:
    await merged(store, *two)
    async with store.transaction() as session:
        third = await people.add(session, "美玲", external_id="E8")
        await merging.merge(session, two[0], third.id, by=BY)
    file = "客戶編號,姓名,電話\nE8,美玲,0955-000-555\n".encode()
    await apply_import(store, read_customers(file))
    card = await quick_card(store, two[0])
    assert card is not None
    assert (card.name, "+886955000555" in {number.e164 for number in card.numbers}) == ("陳美玲", True)
    assert (await apply_import(store, read_customers(file))).unchanged == 1


async def test_what_cannot_be_merged(store: Store, two: tuple[int, int]) -> None:
    async with store.transaction() as session:
        company = await people.add(session, "公司", kind="company")
        for one, other, error in ((two[0], two[0], Invalid), (two[0], company.id, Invalid), (two[0], 999, NotFound)):
            with pytest.raises(error):
                await merging.merge(session, one, other, by=BY)
        with pytest.raises(NotFound):
            await merging.unmerge(session, 999, by=BY)
    await merged(store, *two)
    with pytest.raises(Invalid, match="already"):
        await merged(store, *two)


async def test_a_chain_of_merges_is_undone_from_its_end(store: Store, two: tuple[int, int]) -> None:
    async with store.transaction() as session:
        third = (await people.add(session, "美玲")).id
    first = await merged(store, *two)
    second = await merged(store, third, two[0])
    async with store.session() as session:
        assert [(await people.get(session, one)).id for one in (*two, third)] == [third] * 3
        card = await load_card(session, two[1])
        assert card is not None
        assert card.customer_id == third
    with pytest.raises(Refused, match=f"undo merge {second.id} first"):
        async with store.transaction() as session:
            await merging.unmerge(session, first.id, by=BY)
    for done in (second, first):
        async with store.transaction() as session:
            await merging.unmerge(session, done.id, by=BY)
    async with store.session() as session:
        assert [(await people.get(session, one)).id for one in (*two, third)] == [*two, third]


NUMBERS = [f"+88691100000{n}" for n in range(4)]
RECORD = st.fixed_dictionaries(
    {
        "numbers": st.lists(
            st.tuples(st.sampled_from(NUMBERS), st.booleans()), unique_by=lambda one: one[0], max_size=3
        ),
        "facts": st.lists(
            st.tuples(st.sampled_from("abc"), st.integers(0, 3)), unique_by=lambda one: one[0], max_size=3
        ),
        "orders": st.integers(0, 3),
        "said": st.integers(0, 3),
        "choices": st.lists(st.tuples(st.sampled_from(NUMBERS), st.integers(0, 1)), unique=True, max_size=2),
        "owner": st.sampled_from([None, "101", "102"]),
        "email": st.sampled_from(["", "a@x.tw", "b@x.tw"]),
        "names": st.booleans(),
        "state": st.sampled_from(["prospect", "customer"]),
    }
)
RELATION = st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["spouse", "friend"]))
STEP = st.tuples(st.integers(0, 4), st.integers(0, 4))


async def make(
    session: AsyncSession, records: list[dict[str, Any]], relations: list[tuple[int, int, str]]
) -> list[int]:
    ids = []
    for place, record in enumerate(records):
        names = {"external_id": f"P{place}", "code": f"K{place}"} if record["names"] else {}
        row = await people.add(
            session, f"人{place}", owner=record["owner"], email=record["email"], state=record["state"], at=NOW, **names
        )
        ids.append(row.id)
        common = {"customer_id": row.id}
        for e164, old in record["numbers"]:
            until = NOW if old else None
            session.add(CustomerNumberRow(**common, raw=e164, e164=e164, valid_until=until))
        for key, day in record["facts"]:
            at = NOW + timedelta(days=day)
            session.add(PreferenceRow(**common, key=key, value=f"{place}", last_confirmed=at))
        for n in range(record["orders"]):
            session.add(OrderRow(**common, title=f"{place}-{n}", state="paid", placed=NOW))
        for n in range(record["said"]):
            session.add(InteractionRow(**common, at=NOW, channel="phone", linkedid=f"{place}.{n}"))
        for e164, bucket in record["choices"]:
            session.add(CallerChoiceRow(**common, e164=e164, bucket=bucket, times=place + 1, last=NOW))
    await session.flush()
    known = {(ids[a % len(ids)], ids[b % len(ids)], role) for a, b, role in relations if a % len(ids) != b % len(ids)}
    rows = [{"customer_id": a, "of_id": b, "role": role} for a, b, role in sorted(known)]
    if rows:
        await session.execute(insert(CustomerRelationRow), rows)
    return ids


def amounts(found: dict[str, set[tuple[Any, ...]]], journals: list[Journal]) -> dict[str, int]:
    """Rows by table, those set aside by merges that stand included."""
    aside = [table for journal in journals for table, _ in journal.dropped]
    return {name: len(rows) + aside.count(name) for name, rows in found.items()}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    records=st.lists(RECORD, min_size=2, max_size=5),
    relations=st.lists(RELATION, max_size=6),
    steps=st.lists(STEP, min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
)
async def test_random_records_merge_and_un_merge_without_loss(
    store: Store, records: list[dict[str, Any]], relations: list[tuple[int, int, str]], steps: list[Any], order: Any
) -> None:
    async with store.session() as session:  # never committed: every example begins with nothing
        ids = await make(session, records, relations)
        before = await contents(session)
        done = []
        for one, other in steps:
            if (await people.get(session, ids[one % len(ids)])).id == (
                await people.get(session, ids[other % len(ids)])
            ).id:
                continue
            done.append((await merging.merge(session, ids[one % len(ids)], ids[other % len(ids)], by=BY, at=NOW)).id)
            session.expire_all()
            standing = [Journal.from_text(text) for text in await session.scalars(select(MergeRow.journal))]
            assert amounts(await contents(session), standing) == amounts(before, [])
        order.shuffle(done)
        while done:
            for merge_id in list(done):
                try:
                    await merging.unmerge(session, merge_id, by=BY, at=NOW)
                except Refused:
                    continue
                session.expire_all()
                done.remove(merge_id)
                break
            else:
                raise AssertionError(f"none of {done} can be undone")
        assert await contents(session) == before


async def test_duplicates_are_found_kept_and_decided(store: Store, two: tuple[int, int]) -> None:
    # 陳太太 may be the wife of a 陳, on his telephone: nobody suspects whom a relation explains.
    assert await duplicates.find(store, at=NOW) == 0
    async with store.transaction() as session:
        await relations.unrelate(session, two[1], two[0], "spouse")
    assert await duplicates.find(store, at=NOW) == 1
    async with store.session() as session:
        (pair,) = await duplicates.duplicates(session)
    assert (pair.first_id, pair.second_id, set(pair.reasons)) == (*two, {"number", "surname"})
    async with store.transaction() as session:
        await duplicates.dismiss(session, two[1], two[0], by=BY)
    assert await duplicates.find(store) == 0
    async with store.transaction() as session:
        await duplicates.reopen(session, *two, by=BY)
        assert len(await duplicates.duplicates(session)) == 1
        with pytest.raises(NotFound, match="nobody said"):
            await duplicates.reopen(session, *two, by=BY)
        await duplicates.dismiss(session, *two, by=BY)
    async with store.session() as session:
        told = [one.entry for one in await entries(session, subject="customer", subject_id=str(two[0]))]
    assert [one.action for one in told] == [
        "customer.told_apart",
        "customer.suspected_again",
        "customer.told_apart",
    ]
    assert {one.after["other_id"] for one in told} == {two[1]}
    done = await merged(store, *two)
    assert await duplicates.find(store) == 0
    async with store.transaction() as session:
        await merging.unmerge(session, done.id, by=BY)
    # Who was taken apart again is not suspected again.
    assert await duplicates.find(store) == 0


async def test_a_pair_that_is_none_any_more_goes(store: Store, two: tuple[int, int]) -> None:
    async with store.transaction() as session:
        await relations.unrelate(session, two[1], two[0], "spouse")
    assert await duplicates.find(store) == 1
    async with store.transaction() as session:
        (await people.get(session, two[1])).name = "完全不同"
    assert await duplicates.find(store) == 0
    async with store.transaction() as session:
        (await session.get_one(CustomerRow, two[1])).email = (await session.get_one(CustomerRow, two[0])).email = (
            "a@b.tw"
        )
    assert await duplicates.find(store, apart=True) == 1
