"""The card's one statement: what is read of a customer, block by block.

It is in the path before the phone rings. Every statement is several trips to the database's thread, and each trip
costs more than the query; so the blocks of the card are the rows of one `UNION ALL`, in columns they share.
Must not know what becomes of the rows: `cti.customers.card` does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, Text, and_, bindparam, func, not_, null, select, union_all
from sqlalchemy import cast as sql_cast
from sqlalchemy import literal_column as sql
from sqlalchemy.orm import InstrumentedAttribute

from cti.customers.identity_tables import CustomerFieldRow, IdentityNumberRow
from cti.customers.tables import (
    AssignmentRow,
    CustomerNumberRow,
    CustomerRelationRow,
    CustomerRow,
    InteractionRow,
    MatterRow,
    OrderRow,
    PreferenceRow,
)
from cti.customers.worth.tables import WorthRow
from cti.store.base import UtcDateTime

COUNTS = (
    "orders_life",
    "margin_life",
    "orders_12m",
    "turnover_12m",
    "margin_12m",
    "margin_90d",
    "quotes_12m",
    "pay_days",
    "contacts_12m",
    "complaints_12m",
    "rhythm_days",
    "recency",
    "frequency",
    "monetary",
    "completeness",
)
"""Figures of a customer's worth, in the order in which they travel."""

NO_COUNT = -(2**31)
"""Stands for a count that is not known, where all of them travel in one text."""

MOST_ORDERS = 5
MOST_INTERACTIONS = 10
MOST_MISSED = 100
"""Calls without an answer, of which the card makes a row each time they follow one another."""

MOST_MATTERS = 10
MOST_FACTS = 100
MOST_ASSIGNMENTS = 5
MOST_OTHERS = 30
"""Numbers, relations. A company account may have hundreds of travellers; a card shows what can be read
while a phone rings, and the customer's page shows the rest."""

CLOSED_DAYS = 180
"""A complaint settled within half a year is still on the customer's mind: it stands after the open ones."""

_SHARED = ("id", "at", "until", "day", "last", "amount", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
_TYPES: dict[str, Any] = {
    "id": Integer,
    "at": UtcDateTime,
    "until": UtcDateTime,
    "day": Date,
    "last": Date,
    "amount": Integer,
}
_CUSTOMER = bindparam("customer_id", type_=Integer)
_CLOSED_SINCE = bindparam("closed_since", type_=UtcDateTime)


def _block(name: str, **columns: InstrumentedAttribute[Any] | ColumnElement[Any]) -> Select[Any]:
    """A select of the shared columns, those not given being null."""
    chosen: list[ColumnElement[Any]] = [sql(f"'{name}'", Text).label("block")]
    for shared in _SHARED:
        column, kind = columns.pop(shared, None), _TYPES.get(shared, Text)
        if column is None or kind is Text:
            # PostgreSQL wants one type down each column of a union, nulls included.
            column = sql_cast(null() if column is None else column, kind)
        chosen.append(column.label(shared))
    assert not columns
    return select(*chosen)


def _customer() -> Select[Any]:
    row = CustomerRow
    texts = {"a": row.name, "b": row.title, "c": row.kind, "d": row.tier, "e": row.state, "f": row.owner}
    more: dict[str, Any] = {"g": row.terms, "h": row.email, "i": row.address, "j": row.code, "k": row.source}
    return _block("customer", id=row.id, at=row.created, amount=row.merged_into, **texts, **more).where(
        row.id == _CUSTOMER
    )


def _numbers() -> Select[Any]:
    row = CustomerNumberRow
    block = _block("number", id=row.id, until=row.valid_until, a=row.raw, b=row.e164, c=row.kind)
    return block.where(row.customer_id == _CUSTOMER).order_by(row.valid_until.is_not(None), row.id).limit(MOST_OTHERS)


def _orders() -> Select[Any]:
    row = OrderRow
    texts = {"a": row.title, "b": row.state, "c": row.agent}
    block = _block("order", id=row.id, at=row.placed, day=row.starts, last=row.ends, amount=row.amount, **texts)
    return block.where(row.customer_id == _CUSTOMER).order_by(row.placed.desc(), row.id.desc()).limit(MOST_ORDERS)


def _matters(kind: str) -> Select[Any]:
    row = MatterRow
    texts = {"a": row.text, "b": row.state, "c": row.agent, "d": row.about_agent}
    block = _block(kind, id=row.id, at=row.opened, until=row.closed, **texts)
    is_open = row.state != "closed"
    shown = block.where(row.customer_id == _CUSTOMER, row.kind == kind, is_open | (row.closed >= _CLOSED_SINCE))
    return shown.order_by(is_open.desc(), row.opened.desc(), row.id.desc()).limit(MOST_MATTERS)


def _interactions(block: str, *which: ColumnElement[bool], most: int) -> Select[Any]:
    row = InteractionRow
    texts = {"a": row.channel, "b": row.direction, "c": row.text, "d": row.agent, "e": row.linkedid}
    chosen = _block(block, id=row.id, at=row.at, **texts).where(row.customer_id == _CUSTOMER, *which)
    return chosen.order_by(row.at.desc(), row.id.desc()).limit(most)


def _unanswered() -> ColumnElement[bool]:
    """A call of ours that nobody had: the line says so in words, and there is nobody who had it."""
    row = InteractionRow
    return and_(row.channel == "phone", row.linkedid.is_not(None), row.agent.is_(None), row.text != "")


def _all_facts() -> Select[Any]:
    row = PreferenceRow
    texts = {"a": row.key, "b": row.value, "c": row.source, "d": row.kind, "e": row.linkedid, "f": row.by}
    block = _block(
        "fact",
        id=row.id,
        at=row.last_confirmed,
        until=row.created,
        amount=row.times_confirmed,
        g=sql_cast(row.do_not_mention, Integer),
        **texts,
    )
    return block.where(row.customer_id == _CUSTOMER).order_by(row.do_not_mention.desc(), row.key).limit(MOST_FACTS)


def _fields() -> Select[Any]:
    """Fields of the firm's own: the same for everybody, and few."""
    row = CustomerFieldRow
    block = _block("field", id=sql_cast(row.ask, Integer), a=row.key, b=row.label, c=row.kind, d=row.choices)
    return block.where(~row.retired).order_by(row.position, row.key)


def _identity() -> Select[Any]:
    row = IdentityNumberRow
    return _block("identity", a=row.kind, b=row.shown).where(row.customer_id == _CUSTOMER).order_by(row.id)


def _assignments() -> Select[Any]:
    row = AssignmentRow
    block = _block("assignment", id=row.id, at=row.starts, until=row.ends, a=row.agent, b=row.by, c=row.reason)
    return block.where(row.customer_id == _CUSTOMER).order_by(row.starts.desc(), row.id.desc()).limit(MOST_ASSIGNMENTS)


def _worth() -> Select[Any]:
    """One row, or none before the first nightly run. Its many counts travel in one text, in the order of `COUNTS`."""
    row = WorthRow
    counts: ColumnElement[Any] = sql("''", Text)
    for name in COUNTS:
        counts = counts + sql_cast(func.coalesce(getattr(row, name), NO_COUNT), Text) + ","
    texts: dict[str, Any] = {"a": row.grade, "b": row.dormancy, "c": row.sensitivity, "d": counts}
    block = _block("worth", id=sql_cast(row.hollow, Integer), at=row.last_order, day=row.next_purchase, **texts)
    return block.where(row.customer_id == _CUSTOMER)


def _renewal() -> Select[Any]:
    """A block of its own: the shared columns have one day to spare, and it is taken."""
    row = WorthRow
    block = _block("renewal", at=row.first_order, until=row.computed, day=row.renews)
    return block.where(row.customer_id == _CUSTOMER)


def _relations(mine: Any, other: Any) -> Select[Any]:
    """Records this one belongs to (`mine` is `customer_id`), or that belong to it (`mine` is `of_id`)."""
    block = _block("relation", id=CustomerRow.id, a=CustomerRow.name, b=CustomerRelationRow.role)
    joined = block.select_from(CustomerRelationRow).join(CustomerRow, CustomerRow.id == other)
    return joined.where(mine == _CUSTOMER).order_by(CustomerRelationRow.id).limit(MOST_OTHERS)


CARD = union_all(
    *(
        select(block.subquery())
        for block in (
            _customer(),
            _numbers(),
            _orders(),
            _matters("complaint"),
            _matters("request"),
            _interactions("interaction", not_(_unanswered()), most=MOST_INTERACTIONS),
            _interactions("missed", _unanswered(), most=MOST_MISSED),
            _all_facts(),
            _fields(),
            _identity(),
            _assignments(),
            _worth(),
            _renewal(),
            _relations(CustomerRelationRow.customer_id, CustomerRelationRow.of_id),
            _relations(CustomerRelationRow.of_id, CustomerRelationRow.customer_id),
        )
    )
)


def wanted(customer_id: int, at: datetime) -> dict[str, Any]:
    """What `CARD` is to be told: whose card, as of the aware instant `at`."""
    return {"customer_id": customer_id, "closed_since": at - timedelta(days=CLOSED_DAYS)}
