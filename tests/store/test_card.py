"""The card is complete, in the order it is read, and costs one statement."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import event

from cti.customers import people
from cti.customers.card import card_json, load_card, quick_card
from cti.customers.model import CardInteraction, CardMatter, CardNumber, CardOrder, CardPreference, CardRelation
from cti.customers.tables import InteractionRow, MatterRow, OrderRow, PreferenceRow
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def chen(store: Store) -> int:
    """陳太太 with more of everything than a card shows."""
    async with store.transaction() as session:
        row = await people.add(
            session,
            "陳美玲",
            ["0933-000-222", "(03)833-1234"],
            title="陳太太",
            tier="A",
            owner="101",
            email="chen@example.com",
            address="花蓮市",
            terms="月結",
        )
        other = await people.add(session, "別人", ["0911111111"])
        home = await people.add(session, "陳家", kind="household")
        child = await people.add(session, "陳小寶")
        await people.relate(session, row.id, home.id, "member")
        await people.retire_number(session, row.id, "+886933000222", NOW)
        company = await people.add(session, "公司", kind="company")
        await people.relate(session, child.id, company.id, "traveller")
        for owner in (row.id, other.id):
            session.add_all(
                OrderRow(customer_id=owner, title=f"order {n}", state="paid", placed=NOW - n * DAY, amount=n)
                for n in range(8)
            )
            session.add_all(
                InteractionRow(customer_id=owner, at=NOW - n * DAY, channel="mail", text=f"mail {n}") for n in range(13)
            )
        matters = [
            ("complaint", "closed long ago", "closed", 400, 181),
            ("complaint", "closed", "closed", 5, 3),
            ("complaint", "old and open", "open", 300, None),
            ("complaint", "new and in progress", "in_progress", 2, None),
            ("request", "high floor", "open", 1, None),
        ]
        for kind, words, state, opened, closed in matters:
            closing = None if closed is None else NOW - closed * DAY
            session.add(
                MatterRow(
                    customer_id=row.id, kind=kind, text=words, state=state, opened=NOW - opened * DAY, closed=closing
                )
            )
        session.add_all(
            PreferenceRow(customer_id=row.id, key=key, value="v", last_confirmed=NOW, do_not_mention=key == "z")
            for key in "bza"
        )
    return row.id


async def test_the_card_in_the_order_it_is_read(store: Store, chen: int) -> None:
    async with store.session() as session:
        card = await load_card(session, chen, NOW)
    assert card is not None
    assert (card.name, card.title, card.kind, card.tier, card.state, card.owner) == (
        "陳美玲",
        "陳太太",
        "person",
        "A",
        "customer",
        "101",
    )
    assert (card.terms, card.email, card.address) == ("月結", "chen@example.com", "花蓮市")
    assert tuple(replace(one, id=0) for one in card.numbers) == (
        CardNumber("(03)833-1234", "+88638331234", "landline", None),
        CardNumber("0933-000-222", "+886933000222", "mobile", NOW),
    )
    assert [order.title for order in card.orders] == [f"order {n}" for n in range(5)]
    assert [m.text for m in card.complaints] == ["new and in progress", "old and open", "closed"]
    assert [m.text for m in card.requests] == ["high floor"]
    assert [entry.text for entry in card.interactions] == [f"mail {n}" for n in range(10)]
    assert [p.key for p in card.preferences] == ["z", "a", "b"]
    assert [(r.name, r.role) for r in card.relations] == [("陳家", "member")]


async def test_every_field_of_every_block(store: Store) -> None:
    async with store.transaction() as session:
        row = await people.add(session, "林家", kind="household")
        member = await people.add(session, "林小明")
        await people.relate(session, member.id, row.id, "member")
        session.add_all(
            [
                OrderRow(
                    id=1,
                    customer_id=row.id,
                    title="花蓮三日",
                    amount=12_000,
                    state="booked",
                    placed=NOW,
                    starts=date(2026, 12, 24),
                    agent="101",
                ),
                MatterRow(
                    id=2,
                    customer_id=row.id,
                    kind="request",
                    text="t",
                    state="closed",
                    opened=NOW - DAY,
                    closed=NOW,
                    agent="102",
                ),
                InteractionRow(
                    id=3,
                    customer_id=row.id,
                    at=NOW,
                    channel="phone",
                    direction="out",
                    text="x",
                    agent="103",
                    linkedid="1.2",
                ),
                PreferenceRow(
                    id=4,
                    customer_id=row.id,
                    key="房間",
                    value="高樓層",
                    source="phone",
                    times_confirmed=3,
                    last_confirmed=NOW,
                    do_not_mention=True,
                ),
            ]
        )
    async with store.session() as session:
        card = await load_card(session, row.id, NOW)
    assert card is not None
    assert card.orders == (CardOrder(1, "花蓮三日", 12_000, "booked", NOW, date(2026, 12, 24), "101"),)
    assert card.requests == (CardMatter(2, "t", "closed", NOW - DAY, NOW, "102"),)
    assert card.interactions == (CardInteraction(3, NOW, "phone", "out", "x", "103", "1.2"),)
    assert card.preferences == (CardPreference("房間", "高樓層", "phone", 3, NOW, True, 4),)
    assert card.relations == (CardRelation(member.id, "林小明", "member"),)


async def test_the_card_travels_as_json_with_utc(store: Store, chen: int) -> None:
    async with store.session() as session:
        card = await load_card(session, chen, NOW)
    assert card is not None
    shown = json.loads(json.dumps(card_json(card)))
    assert shown["orders"][0]["date"] == "2026-11-23T01:00:00Z"
    assert shown["numbers"][1]["valid_until"] == "2026-11-23T01:00:00Z"
    assert shown["customer_id"] == chen


async def test_a_new_customers_card_is_empty_and_a_strangers_none(store: Store) -> None:
    async with store.transaction() as session:
        row = await people.add(session, "新")
        card = await load_card(session, row.id, NOW)
        assert card is not None
        assert (card.orders, card.complaints, card.interactions, card.relations) == ((), (), (), ())
        assert await load_card(session, 999, NOW) is None


async def test_the_card_costs_one_statement(store: Store, chen: int) -> None:
    statements: list[str] = []
    event.listen(store.engine.sync_engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    async with store.session() as session:
        await load_card(session, chen, NOW)
    assert len(statements) == 1


async def test_the_quick_card_is_the_same_and_never_a_stale_one(store: Store, chen: int) -> None:
    async with store.session() as session:
        at_leisure = await load_card(session, chen)
    assert await quick_card(store, chen) == at_leisure
    assert await quick_card(store, 999) is None
    async with store.transaction() as session:
        session.add(InteractionRow(customer_id=chen, at=NOW, channel="phone", direction="in", text="剛剛", agent="101"))
    card = await quick_card(store, chen)
    assert card is not None
    assert "剛剛" in [one.text for one in card.interactions]


async def test_missed_calls_are_one_row_and_push_no_talk_off(store: Store) -> None:
    minute = timedelta(minutes=1)
    async with store.transaction() as session:
        row = await people.add(session, "陳美玲", ["0933000222"])
        await people.record_call(session, row.id, "1.0", NOW - 60 * minute, text="改期", agent="101")
        for n in range(12):
            await people.record_call(session, row.id, f"2.{n}", NOW - (50 - n) * minute, text="未接來電")
        tried = NOW - 30 * minute
        await people.record_call(session, row.id, "3.0", tried, direction="out", text="撥出，無人接聽")
        await people.record_call(session, row.id, "4.0", NOW - 20 * minute, text="未接來電")
    async with store.session() as session:
        card = await load_card(session, row.id, NOW)
        line = await people.history(session, row.id)
    assert card is not None
    assert [(one.direction, one.missed, one.date, one.since) for one in card.interactions] == [
        ("in", 1, NOW - 20 * minute, None),
        ("out", 1, tried, None),
        ("in", 12, NOW - 39 * minute, NOW - 50 * minute),
        ("in", 0, NOW - 60 * minute, None),
    ]
    assert len(line) == 15


async def test_nobody_comes_back_after_the_call_that_is_looked_at(store: Store) -> None:
    minute = timedelta(minutes=1)
    async with store.transaction() as session:
        row = await people.add(session, "陳美玲", ["0933000222"])
        await people.record_call(session, row.id, "1.0", NOW - 20 * minute, text="改期", agent="101")
        await people.record_call(session, row.id, "2.0", NOW - 5 * minute, text="又來電", agent="102")
    async with store.session() as session:
        seen = [await load_card(session, row.id, NOW, call_id=call) for call in (None, "2.0", "1.0")]
        alone = await load_card(session, row.id, NOW + 11 * minute, call_id="2.0")
    assert [[one.agent for one in card.hot if one.kind == "back_again"] for card in seen if card] == [
        ["102"],
        ["101"],
        ["102"],
    ]
    assert alone is not None
    assert [one.kind for one in alone.hot] == []
