"""What a customer is worth, worked out by the database: from orders, payments and calls, alike on both."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cti.customers import dealings, people
from cti.customers.card import load_card
from cti.customers.tables import CustomerRow, InteractionRow, OrderRow
from cti.customers.worth.nightly import work_out
from cti.customers.worth.plays import worth_of
from cti.customers.worth.rules import Terms, labels
from cti.customers.worth.tables import WorthRow
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
TAIPEI = ZoneInfo("Asia/Taipei")
Order = dict[str, Any]


def bought(days_ago: float, amount: int = 10_000, **more: Any) -> Order:
    """An order that was paid."""
    return {"placed": NOW - timedelta(days=days_ago), "amount": amount, "state": "done", "title": "沖繩", **more}


class Book:
    """A few customers and their figures after a run."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def add(self, name: str, *orders: Order, calls: int = 0, **fields: Any) -> int:
        async with self.store.transaction() as session:
            row = await people.add(session, name, at=NOW - timedelta(days=2000), **fields)
            session.add_all(OrderRow(customer_id=row.id, **order) for order in orders)
            session.add_all(
                InteractionRow(
                    customer_id=row.id, at=NOW - timedelta(days=n + 1), channel="phone", linkedid=f"{name}{n}"
                )
                for n in range(calls)
            )
            return row.id

    async def worth(self, customer_id: int, **terms: Any) -> WorthRow:
        await work_out(self.store, Terms(**terms), NOW, set_tiers=True)
        async with self.store.session() as session:
            return await session.get_one(WorthRow, customer_id)

    async def tiers(self) -> dict[str, str]:
        async with self.store.session() as session:
            return dict((await session.execute(select(CustomerRow.name, CustomerRow.tier))).all())


@pytest.fixture
def book(store: Store) -> Book:
    return Book(store)


async def test_figures_of_one_customer(book: Book) -> None:
    one = await book.add(
        "陳太太",
        bought(400, 50_000, margin=9_000),
        bought(100, 20_000, margin=3_000, settled=NOW - timedelta(days=70)),
        bought(10, 30_000, settled=NOW - timedelta(days=4), renews=(NOW + timedelta(days=20)).date()),
        bought(5, 99_000, state="quoted"),
        bought(6, 99_000, state="cancelled"),
        calls=3,
        email="a@example.test",
    )
    found = await book.worth(one, margin=0.1)
    assert (found.orders_life, found.orders_12m, found.quotes_12m, found.contacts_12m) == (3, 2, 1, 3)
    assert (found.margin_life, found.margin_12m, found.margin_90d) == (15_000, 6_000, 3_000)
    assert (found.turnover_12m, found.pay_days) == (50_000, 18)
    assert found.rhythm_days == 195
    assert found.next_purchase == (NOW - timedelta(days=10) + timedelta(days=195)).date()
    assert found.renews == (NOW + timedelta(days=20)).date()
    assert (found.computed, found.last_order) == (NOW, NOW - timedelta(days=10))
    assert (found.dormancy, found.hollow, found.completeness) == ("", False, 20)


async def test_the_card_says_what_a_customer_is_worth_and_why(book: Book) -> None:
    one = await book.add("陳太太", *(bought(days, 100_000, margin=30_000) for days in (300, 200, 101)))
    async with book.store.session() as session:
        before = await load_card(session, one, NOW)
    assert before is not None
    assert before.worth is None
    row = await book.worth(one)
    async with book.store.session() as session:
        card = await load_card(session, one, NOW)
    assert card is not None
    assert card.worth is not None
    assert card.worth.labels == tuple(labels(worth_of(row), NOW.date(), TAIPEI))
    assert [(one.code, one.values) for one in card.worth.labels[:2]] == [
        ("grade", {"grade": "A", "margin": 90_000, "days": None}),
        ("due_again", {"rhythm": 99, "date": (NOW - timedelta(days=2)).date()}),
    ]
    assert (card.worth.grade, card.worth.score, card.worth.margin_life) == ("A", "555", 90_000)


async def test_margin_and_not_turnover_makes_the_class(book: Book) -> None:
    small = await book.add("小戶高毛利", bought(10, 10_000, margin=8_000))
    large = await book.add("大戶低毛利", bought(10, 900_000, margin=1_000))
    third = await book.add("薄利", bought(10, 20_000, margin=1_000))
    losing = await book.add("賠錢", bought(10, 50_000, margin=-500))
    nobody = await book.add("沒買過")
    grades = {one: (await book.worth(one)).grade for one in (small, large, third, losing, nobody)}
    assert grades == {small: "A", large: "B", third: "B", losing: "C", nobody: ""}
    assert (await book.worth(losing)).hollow
    assert await book.tiers() == {"小戶高毛利": "A", "大戶低毛利": "B", "薄利": "B", "賠錢": "C", "沒買過": ""}


async def test_a_tier_set_by_hand_stays_and_a_computed_one_moves(book: Book) -> None:
    hand = await book.add("手動", bought(10, margin=1), tier="A")
    moved = await book.add("會變", bought(10, margin=100_000))
    await book.worth(moved)
    assert await book.tiers() == {"手動": "A", "會變": "A"}
    async with book.store.transaction() as session:
        await people.set_tier(session, hand, "B")
        row = await session.get_one(CustomerRow, moved)
        before = row.revision
    await book.add("更大", bought(3, margin=9_000_000))
    await book.worth(moved)
    assert await book.tiers() == {"手動": "B", "會變": "C", "更大": "A"}
    async with book.store.session() as session:
        assert (await session.get_one(CustomerRow, moved)).revision > before, "routing hears of it"


@pytest.mark.parametrize(
    ("days", "dormancy"), [(179, ""), (181, "half"), (364, "half"), (366, "full")], ids=lambda value: str(value)
)
async def test_dormancy(book: Book, days: int, dormancy: str) -> None:
    assert (await book.worth(await book.add("x", bought(days)))).dormancy == dormancy


async def test_a_false_customer_costs_time_and_buys_nothing(book: Book) -> None:
    asks = await book.add("問很多", *(bought(n, state="quoted") for n in range(1, 4)), calls=4)
    new = await book.add("剛開始問", calls=2)
    assert ((await book.worth(asks)).hollow, (await book.worth(asks)).sensitivity) == (True, "price")
    assert not (await book.worth(new)).hollow


async def test_fifths(book: Book) -> None:
    ids = [await book.add(f"n{n}", *(bought(10 + n, margin=100 * n) for _ in range(n))) for n in range(1, 11)]
    best, worst = await book.worth(ids[-1]), await book.worth(ids[0])
    assert (best.recency, best.frequency, best.monetary) == (1, 5, 5)
    assert (worst.recency, worst.frequency, worst.monetary) == (5, 1, 1)


async def test_complaints_count_and_gaps_in_ids_do_no_harm(book: Book) -> None:
    one = await book.add("客訴", bought(5))
    async with book.store.transaction() as session:
        session.add(CustomerRow(id=one + 70_000, name="遠", created=NOW))
        for _ in range(2):
            await dealings.add_complaint(session, one, "不乾淨", at=NOW - timedelta(days=3))
    assert (await book.worth(one)).complaints_12m == 2
    async with book.store.session() as session:
        assert await session.get(WorthRow, one + 70_000) is not None


async def test_again_gives_the_same(book: Book) -> None:
    one = await book.add("陳太太", bought(10), bought(200))

    async def figures() -> dict[str, Any]:
        row = await book.worth(one)
        return {column.name: getattr(row, column.name) for column in WorthRow.__table__.columns}

    assert await figures() == await figures()


async def test_an_empty_book(book: Book) -> None:
    done = await work_out(book.store, Terms(), NOW, set_tiers=True)
    assert (done.customers, done.tiers) == (0, 0)


MIDNIGHT = datetime(2026, 5, 27, 16, tzinfo=UTC)
"""Of the 28th of May 2026 in Taipei; in UTC it is the 27th all the while."""


@pytest.mark.parametrize(
    ("last", "at", "dormancy"),
    [
        # 180 days after the 27th is the 23rd of November, after the 28th the 24th.
        (MIDNIGHT - timedelta(minutes=1), datetime(2026, 11, 22, 15, 59, tzinfo=UTC), ""),
        (MIDNIGHT - timedelta(minutes=1), datetime(2026, 11, 22, 16, tzinfo=UTC), "half"),
        (MIDNIGHT, datetime(2026, 11, 23, 15, 59, tzinfo=UTC), ""),
        (MIDNIGHT, datetime(2026, 11, 23, 16, tzinfo=UTC), "half"),
        (MIDNIGHT, datetime(2027, 5, 27, 15, 59, tzinfo=UTC), "half"),
        (MIDNIGHT, datetime(2027, 5, 27, 16, tzinfo=UTC), "full"),
    ],
)
async def test_days_without_an_order_are_the_firms(book: Book, last: datetime, at: datetime, dormancy: str) -> None:
    one = await book.add("半夜", {"placed": last, "amount": 10_000, "state": "done", "title": "沖繩"})
    await work_out(book.store, Terms(), at, set_tiers=False, zone=TAIPEI)
    async with book.store.session() as session:
        row = await session.get_one(WorthRow, one)
    assert row.dormancy == dormancy
    said = {one.code: one.values for one in labels(worth_of(row), at.astimezone(TAIPEI).date(), TAIPEI)}
    if dormancy:
        first = 180 if dormancy == "half" and at.year == 2026 else 365 if dormancy == "full" else 364
        assert said[f"dormant_{dormancy}"] == {"days": first}


@pytest.mark.parametrize(
    ("zone", "last", "day"),
    [
        (TAIPEI, MIDNIGHT - timedelta(seconds=1), date(2026, 5, 27)),
        (TAIPEI, MIDNIGHT, date(2026, 5, 28)),
        (TAIPEI, MIDNIGHT + timedelta(hours=8), date(2026, 5, 28)),
        # Where the clock is set it is that of the day of the order: midnight is at 4 in summer, at 5 in winter.
        (ZoneInfo("America/New_York"), datetime(2026, 7, 1, 4, 30, tzinfo=UTC), date(2026, 7, 1)),
        (ZoneInfo("America/New_York"), datetime(2026, 2, 1, 4, 30, tzinfo=UTC), date(2026, 1, 31)),
    ],
)
async def test_the_next_purchase_is_counted_from_the_firms_day(
    book: Book, zone: ZoneInfo, last: datetime, day: date
) -> None:
    orders = ({"placed": at, "amount": 1, "state": "done", "title": "x"} for at in (last - timedelta(days=30), last))
    one = await book.add("每月", *orders)
    await book.add("早年", {"placed": datetime(2019, 1, 1, tzinfo=UTC), "amount": 1, "state": "done", "title": "x"})
    await work_out(book.store, Terms(), NOW, set_tiers=False, zone=zone)
    async with book.store.session() as session:
        row = await session.get_one(WorthRow, one)
    assert (row.rhythm_days, row.next_purchase) == (30, day + timedelta(days=30))
