"""One person in the database: their records, numbers, calls and promises, and every way their numbers may be written.

Reads only. Must not know what becomes of what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.tables import AgentRow
from cti.calls.tables import CallRow
from cti.customers.model import ERASED
from cti.customers.numbers import display, normalise
from cti.customers.tables import CustomerNumberRow, CustomerRow, email_key
from cti.errors import NotFound, Refused
from cti.promises.tables import PromiseRow

FEWEST_DIGITS = 7
"""A shorter number stands in many others; it is left to the columns that hold numbers alone."""

SHORTEST_NAME = 3
"""Characters. `陳太太` may be told from others; two characters stand in any sentence."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is meant. `ids`: their record, and those merged into it. `numbers` (E.164) are theirs alone, `shared` others'
    too. `calls` are linkedids. `needles`: how numbers, mail address and name may stand in a text, the longest first.
    `presented` are the names that carriers showed with their calls.
    """

    customer_id: int
    name: str
    state: str
    ids: tuple[int, ...]
    numbers: tuple[str, ...]
    shared: tuple[str, ...]
    calls: tuple[str, ...]
    promises: tuple[int, ...]
    needles: tuple[str, ...]
    presented: tuple[str, ...]

    @property
    def erased(self) -> bool:
        """Whether this person was erased before."""
        return self.state == ERASED


async def find_person(session: AsyncSession, customer_id: int) -> Person:
    """Everything by which a customer's traces are found.

    Raises:
        NotFound: there is no such customer.
        Refused: the record was merged into another one, which is the person's.
    """
    row = await session.get(CustomerRow, customer_id) if 0 < customer_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no customer {customer_id}")
    if row.merged_into is not None:
        raise Refused(f"customer {customer_id} was merged into customer {row.merged_into}; ask for that one")
    ids = await _merged(session, customer_id)
    own, shared = await _numbers(session, ids)
    calls = await _calls(session, ids, own)
    promise = PromiseRow
    theirs = or_(promise.customer_id.in_(ids), promise.number.in_(own))
    promises = await session.scalars(select(promise.id).where(theirs).order_by(promise.id))
    return Person(
        customer_id=customer_id,
        name=row.name,
        state=row.state,
        ids=ids,
        numbers=own,
        shared=shared,
        calls=calls,
        promises=tuple(promises),
        needles=await _needles(session, row, ids, own),
        presented=await _presented(session, ids, own),
    )


def spellings(e164: str, country: str = "886") -> set[str]:
    """How a number may be written in a file of the switch or in a note: in full, without `+`, as dialled here."""
    digits = e164.lstrip("+")
    found = {f"+{digits}", digits}
    if digits.startswith(country):
        found.add("0" + digits.removeprefix(country))
    return found


def written(e164: str) -> set[str]:
    """How people write a number in a note: in groups, with a hyphen, a blank or a dot between them."""
    area, *rest = display(e164).split("-")
    if not rest:  # a foreign one, which is shown with blanks
        return {display(e164)}
    found = {f"{area}-{''.join(rest)}", f"{area} {''.join(rest)}"}
    for between in "- .":
        found |= {between.join((area, *rest)), between.join(("+886", area.lstrip("0"), *rest))}
    for number in ("".join(rest), *(between.join(rest) for between in "- ")):
        found |= {f"({area}){number}", f"({area}) {number}"}
    return found


def pattern_of(needles: Iterable[str]) -> re.Pattern[str] | None:
    """What finds any of the needles, in capitals or not, digits only where no further digit touches them; None without
    needles."""
    ways = []
    for needle in sorted(set(needles), key=lambda one: (-len(one), one)):
        plain = re.escape(needle)
        before = r"(?<![0-9+])" if needle[0].isdigit() or needle[0] == "+" else ""
        after = r"(?![0-9])" if needle[-1].isdigit() else ""
        ways.append(f"{before}{plain}{after}")
    return re.compile("|".join(ways), re.IGNORECASE) if ways else None


async def _merged(session: AsyncSession, customer_id: int) -> tuple[int, ...]:
    ids, latest = [customer_id], [customer_id]
    while latest:
        found = select(CustomerRow.id).where(CustomerRow.merged_into.in_(latest), CustomerRow.id.not_in(ids))
        latest = list(await session.scalars(found))
        ids += latest
    return tuple(ids)


async def _numbers(session: AsyncSession, ids: tuple[int, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    row = CustomerNumberRow
    theirs = set(await session.scalars(select(row.e164).where(row.customer_id.in_(ids))))
    others = set(await session.scalars(select(row.e164).where(row.e164.in_(theirs), row.customer_id.not_in(ids))))
    return tuple(sorted(theirs - others)), tuple(sorted(theirs & others))


async def _calls(session: AsyncSession, ids: tuple[int, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    row = CallRow
    nobody = row.customer_id.is_(None)
    by_number = nobody & or_(row.caller_e164.in_(own), row.dialled_e164.in_(own))
    found = select(row.linkedid).where(or_(row.customer_id.in_(ids), by_number)).order_by(row.started, row.linkedid)
    return tuple(await session.scalars(found))


async def _presented(session: AsyncSession, ids: tuple[int, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    row = CallRow
    theirs = or_(row.customer_id.in_(ids), row.caller_e164.in_(own)) & (row.direction == "inbound")
    found = select(row.caller_name).where(theirs, row.caller_name != "").distinct().order_by(row.caller_name)
    return tuple(await session.scalars(found))


async def _needles(
    session: AsyncSession, row: CustomerRow, ids: tuple[int, ...], own: tuple[str, ...]
) -> tuple[str, ...]:
    found: set[str] = set()
    for e164 in own:
        if len(e164) > FEWEST_DIGITS:
            found |= spellings(e164) | written(e164)
    raws = await session.scalars(
        select(CustomerNumberRow.raw).where(CustomerNumberRow.customer_id.in_(ids), CustomerNumberRow.e164.in_(own))
    )
    found |= {raw for raw in raws if normalise(raw).e164 in own and len(raw) > FEWEST_DIGITS}
    names = set(await session.scalars(select(CustomerRow.name).where(CustomerRow.id.in_(ids))))
    for column, value in [
        (CustomerRow.email, row.email),
        *((CustomerRow.name, name) for name in sorted(names - await _staff(session))),
    ]:
        if value and len(value) >= SHORTEST_NAME and not await _another(session, column == value, ids):
            # An address is compared in small letters where it says who wrote.
            found |= {value, email_key(value)} if column is CustomerRow.email else {value}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


async def _staff(session: AsyncSession) -> set[str]:
    """What colleagues are called: a customer of the same name must not take theirs out of the notes."""
    found = await session.execute(select(AgentRow.name, AgentRow.nickname))
    return {name for names in found for name in names}


async def _another(session: AsyncSession, condition: ColumnElement[bool], ids: tuple[int, ...]) -> bool:
    others = select(func.count()).select_from(CustomerRow).where(condition, CustomerRow.id.not_in(ids))
    return bool(await session.scalar(others))
