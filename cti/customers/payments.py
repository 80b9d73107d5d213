"""Money that came: once each by its number in the till or the bank, on an order or on account; how they like to pay.

Functions take the caller's session and commit nothing. Must not know who may take money.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.changes import Outcome, Put, differing, put_over
from cti.customers.intake import INTAKE, LONGEST_CODE
from cti.customers.intake_tables import PaymentRow
from cti.customers.senders import Sender, the_customer
from cti.customers.tables import CustomerRow, OrderRow
from cti.errors import Invalid, NotFound
from cti.store.base import storable
from cti.store.revisions import hold

METHODS = ("cash", "card", "transfer", "cheque", "mobile", "account", "voucher", "other")
"""`mobile`: LINE Pay and its like; `account`: set off against what is paid by the month (月結)."""

RECENT = 12
"""How they like to pay is how they paid of late: a year's worth for who pays by the month."""

LARGEST = 2_000_000_000
FIELDS = frozenset({"amount", "method", "at", "agent", "note"})


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """How a customer stands. `terms` are theirs as agreed; `preferred` the method they mostly used of late.

    `outstanding`: what booked and done orders still want; `overdue`: that of it whose due day has passed.
    """

    terms: str
    preferred: str
    outstanding: int
    overdue: int


async def put_payment(
    session: AsyncSession,
    values: Mapping[str, Any],
    *,
    now: datetime,
    sender: Sender | None = None,
    order_id: int | None = None,
    order: str | None = None,
    external_id: str | None = None,
    payment_id: int | None = None,
) -> Put:
    """Put a payment in, or over the one of this `external_id` or `payment_id`: what is not named stays as it is.

    `order` is the order's number in its own system. A payment of an order needs no sender: it is whose the order is.

    Raises:
        Invalid: a field that is none or cannot be so, or an order of somebody else. NotFound: no such payment, order
        or customer. Refused: the customer may be several.
    """
    given = _checked(values, now)
    code = storable(external_id or "").strip() or None
    if code is not None and len(code) > LONGEST_CODE:
        raise Invalid(f"external_id: at most {LONGEST_CODE} characters")
    await hold(session, INTAKE)
    row = await _existing(session, payment_id, code)
    bought = await _order(session, order_id, order)
    if bought is not None:
        given["order_id"] = bought.id
    whose = bought.customer_id if bought is not None else None
    if sender is not None:
        said = await the_customer(session, sender, now)
        if whose is not None and said != whose:
            raise Invalid("order: this order is another customer's")
        whose = said
    if row is None:
        if whose is None:
            raise Invalid("customer: say whose payment it is: order, customer_id, code, number or email")
        if "amount" not in given:
            raise Invalid("amount: how much was paid?")
        fresh = {"method": "other", "at": now, **given}
        row = PaymentRow(customer_id=whose, external_id=code, **fresh)
        session.add(row)
        await session.flush()
        await settle(session, bought)
        return Put(outcome="added", id=row.id, customer_id=whose, before=None, after=differing(PaymentRow(), fresh)[1])
    if whose is not None:
        given["customer_id"] = whose
        if bought is None and whose != row.customer_id:
            given["order_id"] = None
    before, after = differing(row, given)
    former = row.order_id
    if after:
        put_over(row, given)
        await session.flush()
        for one in {former, row.order_id} - {None}:
            await settle(session, await session.get(OrderRow, one), had=True)
    outcome: Outcome = "changed" if after else "unchanged"
    return Put(outcome=outcome, id=row.id, customer_id=row.customer_id, before=before, after=after)


async def settle(session: AsyncSession, order: OrderRow | None, had: bool = False) -> None:
    """Note on the order when it was paid in full, by its payments in the order of time; of one that has none, and
    never `had`, nothing: its own system says how it stands."""
    if order is None:
        return
    row = PaymentRow
    paid = (
        await session.execute(select(row.at, row.amount).where(row.order_id == order.id).order_by(row.at, row.id))
    ).all()
    if not paid and not had:
        return
    total, full = 0, None
    for at, amount in paid:
        total += amount
        full = (full or at) if total >= order.amount else None
    order.settled = full
    if full is not None and order.state == "booked":
        order.state = "paid"
    elif full is None and order.state == "paid":
        order.state = "booked"
    await session.flush()


async def account(session: AsyncSession, customer_id: int, today: Any) -> Account:
    """How a customer stands on `today`, a day of the firm's zone.

    Raises:
        NotFound: no such customer.
    """
    customer = await session.get(CustomerRow, customer_id)
    if customer is None:
        raise NotFound(f"there is no customer {customer_id}")
    row, order = PaymentRow, OrderRow
    methods = select(row.method).where(row.customer_id == customer_id, row.amount > 0)
    recent = (await session.scalars(methods.order_by(row.at.desc(), row.id.desc()).limit(RECENT))).all()
    sums = select(row.order_id, func.sum(row.amount).label("paid")).group_by(row.order_id).subquery()
    owed = (
        select(order.amount, order.due, sums.c.paid)
        .outerjoin(sums, sums.c.order_id == order.id)
        .where(order.customer_id == customer_id, order.state.in_(("booked", "done")), order.settled.is_(None))
    )
    rest = [(max(0, amount - int(paid or 0)), due) for amount, due, paid in await session.execute(owed)]
    return Account(
        terms=customer.terms,
        preferred=preferred_method(recent),
        outstanding=sum(amount for amount, _ in rest),
        overdue=sum(amount for amount, due in rest if due is not None and due < today),
    )


def preferred_method(methods: Sequence[str]) -> str:
    """The method used most among these, the newest first; of equals the one used last. Empty for none."""
    counts = Counter(methods[:RECENT])
    return max(counts, key=lambda one: (counts[one], -methods.index(one))) if counts else ""


async def _existing(session: AsyncSession, payment_id: int | None, code: str | None) -> PaymentRow | None:
    if payment_id is not None:
        row = await session.get(PaymentRow, payment_id) if 0 < payment_id < 2**31 else None
        if row is None:
            raise NotFound(f"there is no payment {payment_id}")
        return row
    if code is None:
        return None
    return (await session.scalars(select(PaymentRow).where(PaymentRow.external_id == code))).one_or_none()


async def _order(session: AsyncSession, order_id: int | None, code: str | None) -> OrderRow | None:
    if order_id is None and not code:
        return None
    row = OrderRow
    known = row.id == order_id if order_id is not None and 0 < order_id < 2**31 else row.external_id == (code or "")
    found = (await session.scalars(select(row).where(known))).one_or_none()
    if found is None:
        raise NotFound(f"there is no order {order_id if order_id is not None else str(code)[:60]}")
    return found


def _checked(values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    given = dict(values)
    for name in given:
        if name not in FIELDS:
            raise Invalid(f"{name}: a payment has no such field")
    amount = given.get("amount", 1)
    if not isinstance(amount, int) or isinstance(amount, bool) or amount == 0 or abs(amount) > LARGEST:
        raise Invalid("amount: a whole number of dollars, below zero for what went back")
    if given.get("method", "other") not in METHODS:
        raise Invalid(f"method: one of {', '.join(METHODS)}")
    if "at" in given and (given["at"] is None or given["at"].tzinfo is None):
        raise Invalid("at: give the time with its zone, like 2026-11-23T14:05:00+08:00")
    for name, longest in (("note", 300), ("agent", 40)):
        if name in given:
            given[name] = " ".join(storable(given[name] or "").split()) or ("" if name == "note" else None)
            if given[name] is not None and len(given[name]) > longest:
                raise Invalid(f"{name}: at most {longest} characters")
    return given
