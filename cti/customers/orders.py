"""Orders as other systems say them: put in once by their number there, put over when they change.

Functions take the caller's session and commit nothing. Must not know who may order, nor how money comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.changes import Outcome, Put, differing, put_over
from cti.customers.dealings import ORDER_STATES, touch
from cti.customers.finding import get
from cti.customers.intake import INTAKE, LONGEST_CODE
from cti.customers.payments import settle
from cti.customers.senders import Sender, the_customer
from cti.customers.tables import OrderRow
from cti.errors import Invalid, NotFound
from cti.store.base import storable
from cti.store.revisions import hold

FIELDS = frozenset(
    {"title", "amount", "state", "placed", "starts", "ends", "agent", "discount", "terms", "due", "margin", "renews"}
)
LARGEST = 2_000_000_000
"""New Taiwan dollars; the column holds no more."""

_TEXTS = {"title": 200, "terms": 200, "agent": 40}
_AMOUNTS = {"amount": 0, "discount": 0, "margin": -LARGEST}


async def put_order(
    session: AsyncSession,
    values: Mapping[str, Any],
    *,
    now: datetime,
    sender: Sender | None = None,
    external_id: str | None = None,
    order_id: int | None = None,
) -> Put:
    """Put an order in, or over the one of this `external_id` or `order_id`: what is not named stays as it is.

    Raises:
        Invalid: a field that is none or cannot be so. NotFound: no such order or customer.
        Refused: the customer may be several.
    """
    given = checked(values)
    code = order_code(external_id)
    await hold(session, INTAKE)
    row = await find_order(session, order_id) if order_id is not None else await _of_code(session, code)
    if row is None and sender is not None:
        check_title(given)
    whose = await the_customer(session, sender, now) if sender is not None else None
    done = take_over(session, row, whose, code, given, now)
    await session.flush()
    if done.outcome == "changed":
        await settle(session, done.row)
    for customer_id in done.touched:
        await touch(session, await get(session, customer_id))
    return done.put


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one order; whose customers' records show it. It has its id when the session is flushed."""

    outcome: Outcome
    row: OrderRow
    before: dict[str, Any] | None
    after: dict[str, Any]
    touched: frozenset[int]

    @property
    def put(self) -> Put:
        """The same, for whoever asked."""
        row = self.row
        return Put(outcome=self.outcome, id=row.id, customer_id=row.customer_id, before=self.before, after=self.after)


def take_over(
    session: AsyncSession,
    row: OrderRow | None,
    whose: int | None,
    code: str | None,
    given: dict[str, Any],
    now: datetime,
) -> Done:
    """Put checked fields into a new order or over `row`, without asking the database. Flush, then settle and touch.

    Raises:
        Invalid: nobody's order, no title, or days that cannot be so.
    """
    if row is None:
        if whose is None:
            raise Invalid("customer: say whose order it is: customer_id, code, number or email")
        check_title(given)
        fresh = {"amount": 0, "state": "booked", "placed": now, **given}
        _check_days(fresh.get("starts"), fresh.get("ends"))
        row = OrderRow(customer_id=whose, external_id=code, **fresh)
        session.add(row)
        return Done("added", row, None, differing(OrderRow(), fresh)[1], frozenset({whose}))
    fields = given if whose is None else {**given, "customer_id": whose}
    _check_days(fields.get("starts", row.starts), fields.get("ends", row.ends))
    before, after = differing(row, fields)
    if not after:
        return Done("unchanged", row, before, after, frozenset())
    former = row.customer_id
    put_over(row, fields)
    return Done("changed", row, before, after, frozenset({former, row.customer_id}))


def check_title(given: Mapping[str, Any]) -> None:
    """A new order has a title.

    Raises:
        Invalid: it has none.
    """
    if "title" not in given:
        raise Invalid("title: 1 to 200 characters")


async def find_order(session: AsyncSession, order_id: int) -> OrderRow:
    """One order.

    Raises:
        NotFound: there is none of this id.
    """
    row = await session.get(OrderRow, order_id) if 0 < order_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no order {order_id}")
    return row


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are kept.

    Raises:
        Invalid: one that is none, is too long, or cannot be so.
    """
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name not in FIELDS:
            raise Invalid(f"{name}: an order has no such field")
        if name in _TEXTS:
            given[name] = _text(name, value)
        elif name in _AMOUNTS:
            given[name] = None if value is None and name == "margin" else whole(name, value, _AMOUNTS[name])
        else:
            given[name] = value
    if given.get("state", "booked") not in ORDER_STATES:
        raise Invalid(f"state: one of {', '.join(ORDER_STATES)}")
    placed = given.get("placed")
    if "placed" in given and (placed is None or placed.tzinfo is None):
        raise Invalid("placed: give the time with its zone, like 2026-11-23T14:05:00+08:00")
    return given


def whole(name: str, value: Any, least: int = -LARGEST) -> int:
    """An amount of money.

    Raises:
        Invalid: it is no whole number within what can be kept.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
        raise Invalid(f"{name}: a whole number of dollars from {least:,} to {LARGEST:,}")
    return value


async def _of_code(session: AsyncSession, code: str | None) -> OrderRow | None:
    if code is None:
        return None
    return (await session.scalars(select(OrderRow).where(OrderRow.external_id == code))).one_or_none()


def order_code(text: str | None) -> str | None:
    """An order's number in its own system, as it is kept.

    Raises:
        Invalid: it is too long.
    """
    code = storable(text or "").strip() or None
    if code is not None and len(code) > LONGEST_CODE:
        raise Invalid(f"external_id: at most {LONGEST_CODE} characters")
    return code


def _text(name: str, value: str | None) -> str | None:
    text = " ".join(storable(value or "").split())
    if len(text) > _TEXTS[name] or (name == "title" and not text):
        raise Invalid(f"{name}: 1 to {_TEXTS[name]} characters")
    return text or None if name == "agent" else text


def _check_days(starts: date | None, ends: date | None) -> None:
    if ends is not None and (starts is None or ends < starts):
        raise Invalid("ends: must not be before starts")
