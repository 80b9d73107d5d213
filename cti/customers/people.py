"""Customers as people work with them: find, add, note, hand over. Every change counts the `callers` revision up.

Functions take the caller's session and commit nothing: one transaction may hold several of them. Must not know
screens, calls' legs or who may do what.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.assignments import assign
from cti.customers.finding import CustomerSummary, by_number, get, has_number, listed
from cti.customers.model import CallerMatch
from cti.customers.numbers import NewNumber, read_number
from cti.customers.relations import relate
from cti.customers.searching import search
from cti.customers.tables import CustomerNumberRow, CustomerRow
from cti.customers.timeline import add_note, history, record_call
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable
from cti.store.revisions import CALLERS, bump

__all__ = [
    "CustomerSummary",
    "NewNumber",
    "add",
    "add_note",
    "add_number",
    "add_prospect",
    "assign_owner",
    "by_number",
    "get",
    "history",
    "listed",
    "match_of",
    "read_number",
    "record_call",
    "relate",
    "retire_number",
    "search",
    "set_code",
    "set_tier",
]

KINDS = ("person", "company", "household")
STATES = ("prospect", "customer")
TIERS = ("", "A", "B", "C")
NUMBER_KINDS = ("mobile", "landline", "work", "fax", "other")


async def add(
    session: AsyncSession,
    name: str,
    numbers: Iterable[str] = (),
    *,
    kind: str = "person",
    title: str = "",
    tier: str = "",
    state: str = "customer",
    owner: str | None = None,
    external_id: str | None = None,
    code: str | None = None,
    email: str = "",
    address: str = "",
    terms: str = "",
    language: str = "zh-Hant",
    source: str = "",
    at: datetime | None = None,
) -> CustomerRow:
    """Add a customer; `at` (now) is when they became one.

    Raises:
        Invalid: no name, something too long, an unknown kind, tier or state, or an unreadable number.
        Refused: the external id or the code is another customer's.
    """
    read = [read_number(number) for number in numbers]
    texts = {
        "external_id": external_id,
        "kind": _one_of("kind", kind, KINDS),
        "name": _filled("name", name),
        "title": title,
        "tier": _one_of("tier", tier, TIERS),
        "state": _one_of("state", state, STATES),
        "owner": owner,
        "email": email,
        "address": address,
        "terms": terms,
        "language": language,
        "source": source,
    }
    fields = {key: _fitting(key, value) for key, value in texts.items()}
    if fields["external_id"] is not None:
        taken = select(CustomerRow.id).where(CustomerRow.external_id == fields["external_id"])
        if (other := await session.scalar(taken)) is not None:
            raise Refused(f"external id {fields['external_id']} is customer {other}'s already")
    fields["code"] = await _free_code(session, code)
    row = CustomerRow(**fields, created=at or datetime.now(UTC), revision=await bump(session, CALLERS))
    session.add(row)
    await session.flush()
    _keep_numbers(session, row.id, read, row.created)
    await assign(session, row.id, row.owner, by=row.source, at=row.created)
    await session.flush()
    return row


async def add_prospect(
    session: AsyncSession, name: str, number: str, source: str, owner: str | None, at: datetime | None = None
) -> CustomerRow:
    """Add the person behind an unknown number, in one click. A prospect who has the number already is not doubled.

    Raises:
        Invalid: no name, or an unreadable number.
    """
    read = read_number(number)
    same = select(CustomerRow).where(
        has_number(CustomerNumberRow.e164 == read.e164),
        CustomerRow.state == "prospect",
        CustomerRow.name == _fitting("name", _filled("name", name)),
    )
    existing = (await session.scalars(same.order_by(CustomerRow.id))).first()
    if existing is not None:
        return existing
    return await add(session, name, [number], state="prospect", source=source, owner=owner, at=at)


async def add_number(
    session: AsyncSession, customer_id: int, number: str, *, kind: str | None = None, at: datetime | None = None
) -> NewNumber:
    """Give a customer one more number, from the aware instant `at` (now) on; one that was old is theirs again.

    `kind` is `mobile`, `landline`, `work`, `fax` or `other`; what the number says by itself when it is not given.

    Raises:
        NotFound: no such customer. Invalid: an unreadable number.
    """
    read = read_number(number)
    if kind is not None:
        read = msgspec.structs.replace(read, kind=_one_of("kind", kind, NUMBER_KINDS))
    customer = await get(session, customer_id)
    customer_id = customer.id
    await _touch(session, customer)
    row, since = CustomerNumberRow, at or datetime.now(UTC)
    kept = (
        await session.scalars(select(row).where(row.customer_id == customer_id, row.e164 == read.e164))
    ).one_or_none()
    if kept is None:
        _keep_numbers(session, customer_id, [read], since)
    elif kept.valid_until is not None:
        kept.valid_from, kept.valid_until = since, None
    await session.flush()
    return read


async def retire_number(session: AsyncSession, customer_id: int, e164: str, at: datetime | None = None) -> None:
    """A number is no longer theirs from the aware instant `at` (now) on; calls from it still say who had it.

    Raises:
        NotFound: the customer has no such number.
    """
    row, customer = CustomerNumberRow, await get(session, customer_id)
    kept = (await session.scalars(select(row).where(row.customer_id == customer.id, row.e164 == e164))).one_or_none()
    if kept is None:
        raise NotFound(f"customer {customer_id} has no number {e164}")
    kept.valid_until = at or datetime.now(UTC)
    await _touch(session, customer)
    await session.flush()


async def set_code(session: AsyncSession, customer_id: int, code: str | None) -> CustomerRow:
    """Give a customer the firm's own code, by which they may be found; None for none.

    Raises:
        NotFound: no such customer. Invalid: the code is too long. Refused: it is another customer's.
    """
    row = await get(session, customer_id)
    row.code = await _free_code(session, code, row.id)
    await _touch(session, row)
    return row


async def assign_owner(
    session: AsyncSession,
    customer_id: int,
    owner: str | None,
    *,
    by: str = "",
    reason: str = "",
    at: datetime | None = None,
) -> CustomerRow:
    """Hand a customer to another agent (by code), or to nobody. Routing follows within a second.

    Raises:
        NotFound: no such customer. Invalid: the code is too long.
    """
    row = await get(session, customer_id)
    row.owner = _fitting("owner", owner)
    await assign(session, row.id, row.owner, by=by, reason=reason, at=at)
    await _touch(session, row)
    return row


async def set_tier(session: AsyncSession, customer_id: int, tier: str) -> CustomerRow:
    """Set a customer's tier: A, B, C or none.

    Raises:
        NotFound: no such customer. Invalid: an unknown tier.
    """
    row = await get(session, customer_id)
    row.tier, row.tier_by = _one_of("tier", tier, TIERS), "hand"
    await _touch(session, row)
    return row


def match_of(row: CustomerRow, why: str = "number") -> CallerMatch:
    """The match a pop shows for a customer chosen or made by hand."""
    return CallerMatch(row.id, row.name, row.tier, row.owner, why)


async def _free_code(session: AsyncSession, code: str | None, customer_id: int | None = None) -> str | None:
    wanted = _fitting("code", code) or None
    if wanted is not None:
        taken = await session.scalar(select(CustomerRow.id).where(CustomerRow.code == wanted))
        if taken is not None and taken != customer_id:
            raise Refused(f"code {wanted} is customer {taken}'s already")
    return wanted


def _keep_numbers(session: AsyncSession, customer_id: int, numbers: Iterable[NewNumber], since: datetime) -> None:
    for number in {one.e164: one for one in numbers}.values():
        session.add(
            CustomerNumberRow(
                customer_id=customer_id,
                raw=number.raw,
                e164=number.e164,
                extension=number.extension,
                kind=number.kind,
                valid_from=since,
            )
        )


async def _touch(session: AsyncSession, row: CustomerRow) -> None:
    """Stamp a customer as changed, so that the index in memory reads it again."""
    row.revision = await bump(session, CALLERS)
    await session.flush()


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Invalid(f"{field}: one of {', '.join(one or '(empty)' for one in allowed)}")
    return value


def _filled(field: str, value: str) -> str:
    if not value.strip():
        raise Invalid(f"{field}: must not be empty")
    return value


def _fitting(field: str, value: str | None) -> str | None:
    if value is None:
        return None
    text = storable(value).strip()
    kind = CustomerRow.__table__.c[field].type
    longest = kind.length if isinstance(kind, String) else None
    if longest is not None and len(text) > longest:
        raise Invalid(f"{field}: at most {longest} characters, these are {len(text)}")
    return text
