"""A file of orders is put in by pieces: the same as one by one, and others write in between."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

import cti.calls.tables
import cti.pocket.tables
import cti.promises.tables
import cti.reports.tables
import cti.wall.tables
import cti.wrapup.tables  # noqa: F401 - a merge knows every room's tables
from cti.customers import dealing_import, merging, people
from cti.customers.dealing_file import read_dealings
from cti.customers.dealing_import import import_dealings
from cti.customers.importing import ImportFaulty
from cti.customers.imports import Origin
from cti.customers.number_change import Changer
from cti.customers.orders import put_order
from cti.customers.payments import put_payment
from cti.customers.senders import Sender
from cti.customers.tables import CustomerRow, OrderRow
from cti.store.engine import Store
from cti.store.revisions import CALLERS, current

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ORIGIN = Origin("boss", "orders.csv")
FILE = """order_no,code,phone,title,amount,state
O1,C1,,沖繩五日,30000,paid
O2,C2,,北海道,40000,
O3,,0933000222,京都,20000,quoted
O4,GONE,0933000222,首爾,10000,booked
"""


@pytest.fixture(autouse=True)
async def firm(store: Store) -> None:
    """陳太太 is C1; C2 was found to be her, too. O1 is there already, with a payment of 25,000."""
    async with store.transaction() as session:
        chen = await people.add(session, "陳太太", ["0933000222"], external_id="C1", at=NOW)
        other = await people.add(session, "陳美玲", external_id="C2", at=NOW)
        await merging.merge(session, chen.id, other.id, by=Changer(actor="boss"), at=NOW)
        fields = {"title": "沖繩四日", "amount": 25000, "state": "booked"}
        await put_order(session, fields, now=NOW, sender=Sender(code="C1"), external_id="O1")
        await put_payment(session, {"amount": 25000, "at": NOW}, now=NOW, order="O1", external_id="P1")


async def kept(store: Store) -> list[tuple[object, ...]]:
    async with store.session() as session:
        rows = await session.scalars(select(OrderRow).order_by(OrderRow.external_id))
        return [(r.external_id, r.customer_id, r.title, r.amount, r.state, r.settled, r.placed) for r in rows]


async def test_a_piece_is_the_same_as_its_lines_one_by_one(store: Store) -> None:
    plan = read_dealings("orders", FILE.encode(), UTC)
    async with store.session() as session:
        before = await current(session, CALLERS)
    report, _ = await import_dealings(store, plan, ORIGIN, NOW)
    assert (report.added, report.changed, report.unchanged) == (3, 1, 0)
    by_piece = await kept(store)
    assert [row[:5] for row in by_piece] == [
        ("O1", 1, "沖繩五日", 30000, "booked"),  # said to be paid, but 25,000 have come
        ("O2", 1, "北海道", 40000, "booked"),
        ("O3", 1, "京都", 20000, "quoted"),
        ("O4", 1, "首爾", 10000, "booked"),
    ]
    async with store.session() as session:
        assert (await session.get_one(CustomerRow, 1)).revision > before
    async with store.transaction() as session:
        for line in plan.lines:
            given = {"sender": line.sender, "external_id": line.external_id}
            put = await put_order(session, line.fields, now=NOW, **given)  # type: ignore[arg-type]
            assert put.outcome == ("changed" if line.external_id == "O1" else "unchanged")
    again, number = await import_dealings(store, read_dealings("orders", FILE.encode(), UTC), ORIGIN, NOW)
    assert (again.added, again.unchanged) == (0, 3)
    assert number is not None  # O1 is still said to be paid
    assert await kept(store) == by_piece


async def test_each_fault_is_told_by_its_line_and_nothing_is_written(store: Store) -> None:
    before = await kept(store)
    wrong = FILE + "O5,NOBODY,,a,1,\nO6,C1,,,1,\nO7,C1,,ok,1,\nO8,,0933999999,b,1,\n"
    with pytest.raises(ImportFaulty) as told:
        await import_dealings(store, read_dealings("orders", wrong.encode(), UTC), ORIGIN, NOW)
    assert [(one.line, one.what) for one in told.value.faults] == [
        (6, "there is no customer NOBODY"),
        (7, "title: 1 to 200 characters"),
        (9, "there is no customer 0933999999"),
    ]
    assert await kept(store) == before


async def test_others_write_while_a_long_file_comes_in(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call's record must not wait for the whole of it."""
    monkeypatch.setattr(dealing_import, "ORDERS_AT_ONCE", 1)
    monkeypatch.setattr(dealing_import, "LOCKED_SECONDS", 0)
    lines = "".join(f"N{number},C1,,團費,{number},\n" for number in range(1, 25))
    plan = read_dealings("orders", ("order_no,code,phone,title,amount,state\n" + lines).encode(), UTC)
    importing = asyncio.create_task(import_dealings(store, plan, ORIGIN, NOW))
    seen: set[int] = set()
    while not importing.done():
        async with store.transaction() as session:
            seen.add(len((await session.scalars(select(OrderRow.id))).all()))
        await asyncio.sleep(0)
    report, _ = await importing
    assert report.added == 24
    assert len(seen) > 2  # a writer got in again and again, not only before and after
