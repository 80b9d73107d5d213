"""Orders and payments come in once each; what is paid in full is noted, and what stands twice found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cti.customers import people
from cti.customers.changes import Put
from cti.customers.crosscheck import crosscheck
from cti.customers.orders import find_order, put_order
from cti.customers.payments import account, put_payment
from cti.customers.senders import Sender
from cti.customers.tables import OrderRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store
from cti.store.revisions import CALLERS, current

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CHEN = Sender(code="C1")


@pytest.fixture(autouse=True)
async def chen(store: Store) -> int:
    async with store.transaction() as session:
        made = await people.add(session, "陳太太", ["0933000222"], external_id="C1", terms="月結30天，九五折")
        return made.id


async def order(store: Store, external_id: str | None = "O-1", sender: Sender | None = CHEN, **fields: Any) -> Put:
    async with store.transaction() as session:
        return await put_order(session, fields, now=NOW, sender=sender, external_id=external_id)


async def pay(store: Store, amount: int, external_id: str | None = None, **fields: Any) -> Put:
    named = {name: fields.pop(name) for name in ("order", "order_id", "sender") if name in fields}
    async with store.transaction() as session:
        return await put_payment(session, {"amount": amount, **fields}, now=NOW, external_id=external_id, **named)


async def kept(store: Store, order_id: int) -> OrderRow:
    async with store.session() as session:
        return await find_order(session, order_id)


async def test_an_order_is_put_in_then_over_then_left_alone(store: Store, chen: int) -> None:
    first = await order(store, title="沖繩五日", amount=30000, starts=date(2026, 12, 1), terms="月結")
    assert (first.outcome, first.customer_id) == ("added", chen)
    again = await order(store, title="沖繩五日", amount=30000)
    assert (again.outcome, again.id) == ("unchanged", first.id)
    async with store.session() as session:
        before = await current(session, CALLERS)
    changed = await order(store, sender=None, ends=date(2026, 12, 5), amount=28000)
    assert (changed.outcome, changed.before) == ("changed", {"ends": None, "amount": 30000})
    assert changed.after == {"ends": "2026-12-05", "amount": 28000}
    row = await kept(store, first.id)
    assert (row.title, row.terms, row.state, row.placed) == ("沖繩五日", "月結", "booked", NOW)
    async with store.session() as session:
        assert await current(session, CALLERS) > before, "a trip changes who rings"


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"title": "x", "state": "lost"},
        {"title": "x", "amount": -1},
        {"title": "x", "amount": 2**31},
        {"title": "x", "amount": "30000"},
        {"title": "x", "amount": True},
        {"title": "x", "starts": date(2026, 12, 2), "ends": date(2026, 12, 1)},
        {"title": "x", "ends": date(2026, 12, 1)},
        {"title": "x", "placed": NOW.replace(tzinfo=None)},
        {"title": "x", "colour": "red"},
        {},
    ],
)
async def test_an_order_that_cannot_be_is_refused(store: Store, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await order(store, **fields)


async def test_nobody_and_several_are_told_apart(store: Store) -> None:
    with pytest.raises(Invalid, match="customer"):
        await order(store, title="x", sender=None)
    with pytest.raises(NotFound):
        await order(store, title="x", sender=Sender(code="C404"))
    async with store.transaction() as session:
        await people.add(session, "陳先生", ["0933000222"])
    with pytest.raises(Refused, match="which"):
        await order(store, title="x", sender=Sender(number="0933000222"))


async def test_paid_in_full_is_noted_with_the_day_and_taken_back(store: Store, chen: int) -> None:
    bought = await order(store, title="沖繩", amount=30000)
    await pay(store, 10000, "P-1", order="O-1", at=NOW - timedelta(days=9))
    assert (await kept(store, bought.id)).settled is None
    assert (await pay(store, 20000, "P-2", order="O-1", at=NOW - timedelta(days=2))).customer_id == chen
    assert (await pay(store, 20000, "P-2", order="O-1", at=NOW - timedelta(days=2))).outcome == "unchanged"
    row = await kept(store, bought.id)
    assert (row.settled, row.state) == (NOW - timedelta(days=2), "paid")
    refund = await pay(store, -5000, "P-3", order="O-1")
    row = await kept(store, bought.id)
    assert (row.settled, row.state) == (None, "booked")
    other = (await order(store, "O-2", title="另一團", amount=900)).id
    async with store.transaction() as session:
        await put_payment(session, {}, now=NOW, payment_id=refund.id, order_id=other)
    assert (await kept(store, bought.id)).settled == NOW - timedelta(days=2), "the money was another order's"


async def test_payments_that_cannot_be(store: Store) -> None:
    async with store.transaction() as session:
        other = await people.add(session, "黃先生", external_id="C2")
    await order(store, title="沖繩", amount=100)
    for wrong in (
        {"amount": 0, "sender": CHEN},
        {"amount": 5, "sender": CHEN, "method": "gold"},
        {"amount": 5, "sender": CHEN, "at": NOW.replace(tzinfo=None)},
        {"amount": 5, "sender": CHEN, "note": "x" * 301},
        {"amount": 5},
        {"amount": 5, "order": "O-1", "sender": Sender(customer_id=other.id)},
    ):
        with pytest.raises(Invalid):
            await pay(store, **wrong)
    with pytest.raises(NotFound):
        await pay(store, 5, order="O-404")


async def test_how_they_pay_and_what_is_open(store: Store, chen: int) -> None:
    await order(store, title="沖繩", amount=30000, due=date(2026, 11, 1))
    await order(store, "O-2", title="高鐵票", amount=4000, due=date(2026, 12, 31))
    await pay(store, 12000, order="O-1", method="transfer")
    for day in range(3):
        await pay(store, 100, sender=CHEN, method="card", at=NOW - timedelta(days=day))
    async with store.session() as session:
        found = await account(session, chen, date(2026, 11, 23))
    assert (found.terms, found.preferred, found.outstanding, found.overdue) == (
        "月結30天，九五折",
        "card",
        22000,
        18000,
    )


async def test_orders_are_held_against_calls_and_each_other(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        caller = await people.add(session, "黃先生")
        await people.record_call(session, chen, "1.1", NOW - timedelta(days=3))
        await people.record_call(session, caller.id, "2.1", NOW - timedelta(days=4), agent="101")
        await people.record_call(session, caller.id, "2.2", NOW - timedelta(days=5), agent="102")
        silent = await people.add(session, "林小姐", external_id="C9")
    day = date(2026, 12, 1)
    first = await order(store, "A", title="沖繩 五日", starts=day, placed=NOW - timedelta(days=2))
    twice = await order(store, "B", title="沖繩五日", starts=day, placed=NOW - timedelta(days=1))
    await order(store, "C", title="沖繩五日", starts=date(2027, 1, 1), placed=NOW - timedelta(days=1))
    await order(store, "D", title="沖繩五日", starts=day, state="cancelled", placed=NOW - timedelta(days=1))
    alone = await order(store, "E", Sender(customer_id=silent.id), title="簽證", placed=NOW - timedelta(days=1))
    async with store.session() as session:
        found = await crosscheck(session, NOW - timedelta(days=30), NOW)
    assert [(one.first.order_id, one.second.order_id, one.why) for one in found.twice] == [
        (first.id, twice.id, "title")
    ]
    assert [one.order_id for one in found.without_contact] == [alone.id]
    assert [(one.customer_id, one.calls, one.agent) for one in found.called_only] == [(caller.id, 2, "101")]
