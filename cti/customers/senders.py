"""Whose message, order or payment it is: by id, by the customer's code, by number or by e-mail, never by a guess.

Reads only. Must not know what came in.
"""

from __future__ import annotations

import re
from datetime import datetime

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.finding import get
from cti.customers.numbers import read_number
from cti.customers.tables import CustomerNumberRow, CustomerRow, email_key
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable

MOST_CANDIDATES = 20
_ADDRESS = re.compile(r"[^@\s<>\"',;:\\]{1,64}@[^@\s<>\"',;:\\]{3,130}\Z")


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who a system says it is. `code` is the customer's number there (`external_id`), `number` in any form."""

    customer_id: int | None = None
    code: str | None = None
    number: str | None = None
    email: str | None = None
    name: str = ""


class Meant(msgspec.Struct, frozen=True):
    """Whom that may be. `sure`: it is the one candidate; a number they had once, or that several have, is not sure.

    `e164` and `email` are the sender's, as they are compared.
    """

    candidates: tuple[int, ...]
    sure: bool
    e164: str | None = None
    email: str = ""


async def find_sender(session: AsyncSession, sender: Sender, at: datetime) -> Meant:
    """Whom the sender may be at the aware instant `at`; nobody when they are unknown.

    What is said first counts: id, then code, number, e-mail. A code nobody has leaves the rest to decide.

    Raises:
        NotFound: no customer of this id. Invalid: an unreadable number or address, or nothing is said at all.
    """
    e164 = read_number(sender.number).e164 if sender.number and sender.number.strip() else None
    email = read_email(sender.email)
    if sender.customer_id is not None:
        return Meant(((await get(session, sender.customer_id)).id,), True, e164, email)
    code = storable(sender.code or "").strip()
    if not (code or e164 or email):
        raise Invalid("customer: say who it is: customer_id, code, number or email")
    if code:
        known = await session.scalar(select(CustomerRow.id).where(CustomerRow.external_id == code[:200]))
        if known is not None:
            return Meant(((await get(session, known)).id,), True, e164, email)
    if e164 is not None:
        now, old = await _of_number(session, e164, at)
        if now or old:
            return Meant(tuple((now or old)[:MOST_CANDIDATES]), len(now) == 1, e164, email)
    if email:
        mine = CustomerRow.email_key == email
        same = select(CustomerRow.id).where(mine, CustomerRow.merged_into.is_(None)).order_by(CustomerRow.id)
        found = tuple(await session.scalars(same.limit(MOST_CANDIDATES)))
        return Meant(found, len(found) == 1, e164, email)
    return Meant((), False, e164, email)


async def the_customer(session: AsyncSession, sender: Sender, at: datetime) -> int:
    """The one customer who is meant.

    Raises:
        NotFound: nobody. Refused: it may be several. Invalid: as `find_sender`.
    """
    meant = await find_sender(session, sender, at)
    if not meant.candidates:
        said = sender.code or sender.number or sender.email or ""
        raise NotFound(f"there is no customer {said[:60]}")
    if not meant.sure:
        ids = ", ".join(str(one) for one in meant.candidates)
        raise Refused(f"customer: this may be {ids}; say which by customer_id or code")
    return meant.candidates[0]


def read_email(text: str | None) -> str:
    """An address as it is compared; empty for none.

    Raises:
        Invalid: it is no address.
    """
    address = email_key(storable(text or ""))
    if address and (len(address) > 200 or not _ADDRESS.match(address) or not address.isprintable()):
        raise Invalid("email: write an address like name@example.com")
    return address


async def _of_number(session: AsyncSession, e164: str, at: datetime) -> tuple[list[int], list[int]]:
    row = CustomerNumberRow
    valid = or_(row.valid_until.is_(None), row.valid_until > at)
    found = await session.execute(
        select(row.customer_id, valid.label("valid")).where(row.e164 == e164).order_by(row.id)
    )
    pairs = [(one, bool(is_valid)) for one, is_valid in found]
    return [one for one, is_valid in pairs if is_valid], [one for one, is_valid in pairs if not is_valid]
