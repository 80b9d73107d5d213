"""Finding customers: by part of a name or of a number in any form, by customer code, by order number.

Meant to be asked again at every letter somebody types: each way of finding stops by itself when it has enough.
Reads only; must not know screens.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Text, case, cast, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from cti.customers.model import ERASED
from cti.customers.numbers import normalise
from cti.customers.tables import CustomerNumberRow, CustomerRow, OrderRow
from cti.errors import NotFound
from cti.store.base import storable

MOST_FOUND = 200

FEWEST_DIGITS = 3
"""Two digits stand in every number there is."""

FEWEST_OF_A_CODE = 2
"""The beginning of a code; one letter begins half of them."""

_HOME = "+886"

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


class CustomerSummary(msgspec.Struct, frozen=True):
    """A customer in a list; `numbers` are E.164, the valid ones first.

    `found_by`: `name`, `number`, `code` or `order`; empty when nothing was looked for. `found` is the name, number
    (E.164), code, or number and title of the order that was meant.
    """

    customer_id: int
    external_id: str | None
    name: str
    title: str
    kind: str
    tier: str
    state: str
    owner: str | None
    numbers: tuple[str, ...]
    found_by: str = ""
    found: str = ""
    code: str | None = None


def looked_for(text: str) -> str:
    """What a search looks for: `text` in one way of writing, without what cannot be looked for; "" finds everybody."""
    return storable(unicodedata.normalize("NFKC", storable(text))).strip()[:200]


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

    At most `limit` (and `MOST_FOUND`): what was meant exactly first, then names and codes that begin so, then the rest
    in the order of names. When more are found than are wanted, the rest is not the whole of it.
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
        return await _summaries(session, (await session.scalars(everyone)).all())
    # SQLite's LIKE makes no difference between A and a; to say lower() there doubles the time.
    ignores_case = session.get_bind().dialect.name == "sqlite"
    hits = union_all(*(select(way.limit(most).subquery()) for way in _ways(wanted, ignores_case))).subquery()
    row = CustomerRow
    statement = select(row, hits.c.found_by, hits.c.found).join(hits, row.id == hits.c.customer_id)
    found: dict[int, tuple[CustomerRow, str, str]] = {}
    for customer, by, what in await session.execute(statement.order_by(hits.c.place, row.name, row.id)):
        found.setdefault(customer.id, (customer, by, what))
    chosen = list(found.values())[:most]
    summaries = await _summaries(session, [customer for customer, _, _ in chosen])
    return [
        msgspec.structs.replace(summary, found_by=by, found=what)
        for summary, (_, by, what) in zip(summaries, chosen, strict=True)
    ]


async def listed(session: AsyncSession, after: int, limit: int) -> list[CustomerSummary]:
    """Customers in the order in which they came, behind the id `after`; at most `limit` (and `MOST_FOUND`)."""
    row = CustomerRow
    page = (
        select(row)
        .where(row.id > after, row.merged_into.is_(None), row.state != ERASED)
        .order_by(row.id)
        .limit(max(0, min(limit, MOST_FOUND)))
    )
    return await _summaries(session, (await session.scalars(page)).all())


async def by_number(session: AsyncSession, e164: str) -> list[CustomerSummary]:
    """Customers who have or had this number."""
    return await _summaries(
        session,
        (
            await session.scalars(
                select(CustomerRow).where(has_number(CustomerNumberRow.e164 == e164)).order_by(CustomerRow.id)
            )
        ).all(),
    )


async def get(session: AsyncSession, customer_id: int) -> CustomerRow:
    """One customer; for one that was merged into another, that other.

    Raises:
        NotFound: there is none of this id.
    """
    # Ids come from outside: what does not fit the column cannot exist.
    row = await session.get(CustomerRow, customer_id) if 0 < customer_id < 2**31 else None
    while row is not None and row.merged_into is not None:
        row = await session.get(CustomerRow, row.merged_into)
    if row is None:
        raise NotFound(f"there is no customer {customer_id}")
    if row.state == ERASED:
        raise NotFound(f"customer {customer_id} was erased")
    return row


async def present_id(session: AsyncSession, customer_id: int) -> int:
    """The customer's id, or that of the one they were merged into; one that nobody has comes back as it is."""
    row = await session.get(CustomerRow, customer_id) if 0 < customer_id < 2**31 else None
    return (await get(session, row.id)).id if row is not None else customer_id


def _ways(wanted: str, ignores_case: bool) -> Iterator[Select[Any]]:
    """Each way `wanted` may mean a customer: the place of such a hit (0 first), which way, and what.

    Every one of them reads a whole index at worst, so there are as few as can be.
    """
    begins = "startswith" if ignores_case else "istartswith"
    row, name = CustomerRow, CustomerRow.name
    first = case((getattr(name, begins)(wanted, autoescape=True), 1), else_=2)
    holds = (name.contains if ignores_case else name.icontains)(wanted, autoescape=True)
    # Who was merged into another is found by the former name, too.
    present = func.coalesce(row.merged_into, row.id)
    yield _way(present, first, "name", name).where(holds).order_by(first, name)
    if len(wanted) >= FEWEST_OF_A_CODE and wanted.isascii():
        code, order = row.external_id, OrderRow.external_id
        for column, customer, by, shown in (
            (row.code, present, "code", row.code),
            (code, present, "code", code),
            (order, OrderRow.customer_id, "order", order + " " + OrderRow.title),
        ):
            exactly = case((func.lower(column) == wanted.lower(), 0), else_=1)
            yield _way(customer, exactly, by, shown).where(getattr(column, begins)(wanted, autoescape=True))
    e164 = CustomerNumberRow.e164
    number = normalise(wanted).e164
    if number is not None:
        yield _way(CustomerNumberRow.customer_id, literal(0), "number", e164).where(e164 == number)
    elif (pattern := _part_of_a_number(wanted, e164)) is not None:
        yield _way(CustomerNumberRow.customer_id, literal(2), "number", e164).where(pattern)


def _way(customer: Column, place: Column, by: str, found: Column) -> Select[Any]:
    way: Any = select(
        customer.label("customer_id"),
        place.label("place"),
        literal(by, Text).label("found_by"),
        cast(found, Text).label("found"),
    )
    return way  # type: ignore[no-any-return]


def _part_of_a_number(wanted: str, e164: Column) -> ColumnElement[bool] | None:
    """The condition that a number holds these digits, as dialled here or abroad; None when it is no part of one."""
    digits = part_of_number(wanted)
    if digits is None:
        return None
    if wanted.startswith("+"):
        return e164.startswith(f"+{digits}")
    # The last digits are what people remember, and what is left of a torn note.
    ways = [e164.contains(digits)]
    if digits.startswith("00"):
        ways.append(e164.startswith(f"+{digits.lstrip('0')}"))
    elif digits.startswith("0"):
        ways.append(e164.startswith(_HOME + digits[1:]))
    return or_(*ways)


def has_number(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on customers: one of their numbers meets `condition`."""
    return CustomerRow.id.in_(select(CustomerNumberRow.customer_id).where(condition))


async def _summaries(session: AsyncSession, rows: Sequence[CustomerRow]) -> list[CustomerSummary]:
    row = CustomerNumberRow
    ids = [one.id for one in rows]
    numbers: dict[int, list[str]] = {one: [] for one in ids}
    statement = select(row.customer_id, row.e164).where(row.customer_id.in_(ids))
    for customer_id, e164 in await session.execute(statement.order_by(row.valid_until.is_not(None), row.id)):
        numbers[customer_id].append(e164)
    return [
        CustomerSummary(
            r.id, r.external_id, r.name, r.title, r.kind, r.tier, r.state, r.owner, tuple(numbers[r.id]), code=r.code
        )
        for r in rows
    ]
