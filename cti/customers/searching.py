"""Searching customers: by part of a name or of a number in any form, by customer code, by order number.

Meant to be asked again at every letter somebody types: what begins so is found by an index, and only when that is not
enough is looked for what holds it somewhere. Reads only; must not know screens.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from cti.customers.finding import MOST_FOUND, CustomerSummary, summaries
from cti.customers.model import ERASED
from cti.customers.numbers import normalise
from cti.customers.tables import CustomerNumberRow, CustomerRow, OrderRow
from cti.store.base import storable

FEWEST_DIGITS = 3
"""Two digits stand in every number there is."""

FEWEST_OF_A_CODE = 2
"""The beginning of a code; one letter begins half of them."""

_HOME = "+886"

_LAST = chr(0x10FFFF)
"""Comes after every character there is."""

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


def looked_for(text: str) -> str:
    """What a search looks for: `text` in one way of writing, without what cannot be looked for; "" finds everybody."""
    return storable(unicodedata.normalize("NFKC", storable(text))).strip()[:200]


def number_tried(text: str) -> str | None:
    """The number, or the part of one, that is looked for; None when it is neither."""
    return normalise(looked_for(text)).e164 or part_of_number(text)


def part_of_number(text: str) -> str | None:
    """The digits, when what is looked for may be part of a number and is no whole one."""
    wanted = looked_for(text)
    digits = "".join(c for c in wanted if c.isdigit() and c.isascii())
    if len(digits) < FEWEST_DIGITS or any(c.isalpha() for c in wanted) or normalise(wanted).e164 is not None:
        return None
    return digits


async def search(session: AsyncSession, text: str = "", limit: int = 50) -> list[CustomerSummary]:
    """Customers whose name holds `text`, or one of whose numbers (in any form) does, or whose customer code or order
    number begins with it; all when it is empty.

    At most `limit` (and `MOST_FOUND`): what was meant exactly first, then names, codes and numbers that begin so, then
    the rest in the order of names. When more are found than are wanted, the rest is not the whole of it.
    """
    wanted = looked_for(text)
    most = max(0, min(limit, MOST_FOUND))
    if not wanted:
        everyone = (
            select(CustomerRow)
            .where(CustomerRow.merged_into.is_(None), CustomerRow.state != ERASED)
            .order_by(CustomerRow.name, CustomerRow.id)
            .limit(most)
        )
        return await summaries(session, (await session.scalars(everyone)).all())
    typed = _Typed(wanted, session.get_bind().dialect.name == "sqlite")
    found: dict[int, tuple[CustomerRow, str, str]] = {}
    for ways in (_beginning, _holding):
        if len(found) < most:
            for customer, by, what in await session.execute(_together(list(ways(typed)), most)):
                found.setdefault(customer.id, (customer, by, what))
    chosen = list(found.values())[:most]
    told = await summaries(session, [customer for customer, _, _ in chosen])
    return [
        msgspec.structs.replace(summary, found_by=by, found=what)
        for summary, (_, by, what) in zip(told, chosen, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed, and how each database compares it so that its indexes serve; A and a are the same.

    SQLite's LIKE makes no difference between A and a, and reads a whole index; what has no capitals is a range of it.
    PostgreSQL's ILIKE is slow, and trigrams are all it can use: for beginnings there are indexes on what `folded` says.
    """

    text: str
    sqlite: bool

    def folded(self, column: Column) -> Column:
        """What beginnings are compared with and ordered by."""
        return column if self.sqlite else func.lower(column).collate("C")

    def begins(self, column: Column) -> ColumnElement[bool]:
        if not self.sqlite:
            return self.folded(column).like(func.lower(self._escaped + "%"), escape="/")
        if self._has_capitals:
            return column.startswith(self.text, autoescape=True)
        return and_(column >= self.text, column < self.text + _LAST)

    def is_within(self, column: Column) -> ColumnElement[bool]:
        if self.sqlite or not self._has_capitals:
            return column.contains(self.text, autoescape=True)
        return column.ilike(f"%{self._escaped}%", escape="/")

    @property
    def _has_capitals(self) -> bool:
        return self.text.lower() != self.text.upper()

    @property
    def _escaped(self) -> str:
        return self.text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _together(ways: Sequence[Select[Any]], most: int) -> Select[Any]:
    hits = union_all(*(select(way.limit(most).subquery()) for way in ways)).subquery()
    row = CustomerRow
    statement: Any = select(row, hits.c.found_by, hits.c.found).join(hits, row.id == hits.c.customer_id)
    return statement.order_by(hits.c.place, row.name, row.id)  # type: ignore[no-any-return]


def _beginning(typed: _Typed) -> Iterator[Select[Any]]:
    """Each way in which it is, or begins, what a customer is known by."""
    row, text = CustomerRow, typed.text
    yield _way(_present(), literal(1), "name", row.name).where(typed.begins(row.name)).order_by(typed.folded(row.name))
    if len(text) >= FEWEST_OF_A_CODE and text.isascii():
        order = OrderRow.external_id
        codes: tuple[tuple[Column, Column, str, Column], ...] = (
            (row.code, _present(), "code", row.code),
            (row.external_id, _present(), "code", row.external_id),
            (order, OrderRow.customer_id, "order", order + " " + OrderRow.title),
        )
        for column, customer, by, shown in codes:
            exactly = case((func.lower(column) == func.lower(text), 0), else_=1)
            # In this order the one that is meant is first of all that begin so.
            yield _way(customer, exactly, by, shown).where(typed.begins(column)).order_by(typed.folded(column))
    e164, whose = CustomerNumberRow.e164, CustomerNumberRow.customer_id
    number = normalise(text).e164
    if number is not None:
        yield _way(whose, literal(0), "number", e164).where(e164 == number)
    elif beginning := _beginning_of_a_number(text):
        begins = _Typed(beginning, typed.sqlite)
        yield _way(whose, literal(1), "number", e164).where(begins.begins(e164)).order_by(begins.folded(e164))


def _holding(typed: _Typed) -> Iterator[Select[Any]]:
    """Each way in which it stands in the middle of what a customer is known by. These may read a whole index."""
    name, e164 = CustomerRow.name, CustomerNumberRow.e164
    within = _way(_present(), literal(2), "name", name).where(typed.is_within(name), ~typed.begins(name))
    yield within.order_by(typed.folded(name))
    digits = part_of_number(typed.text)
    if digits is not None and not typed.text.startswith("+"):
        # The last digits are what people remember, and what is left of a torn note.
        yield _way(CustomerNumberRow.customer_id, literal(2), "number", e164).where(e164.contains(digits))


def _present() -> Column:
    """Who was merged into another is found by the former name, too."""
    return func.coalesce(CustomerRow.merged_into, CustomerRow.id)


def _way(customer: Column, place: Column, by: str, found: Column) -> Select[Any]:
    way: Any = select(
        customer.label("customer_id"),
        place.label("place"),
        literal(by, Text).label("found_by"),
        cast(found, Text).label("found"),
    )
    return way  # type: ignore[no-any-return]


def _beginning_of_a_number(text: str) -> str:
    """What E.164 numbers begin with when this, as dialled here or abroad, begins them; empty when it begins none."""
    digits = part_of_number(text) or ""
    if text.startswith("+") or digits.startswith("00"):
        abroad = digits.lstrip("0")
        return f"+{abroad}" if abroad else ""
    return _HOME + digits[1:] if digits.startswith("0") else ""
