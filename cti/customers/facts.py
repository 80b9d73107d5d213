"""Facts about a customer, each with its source, its day, and how often and when it was confirmed (M4, M9, M10, M12).

Functions take the caller's session and commit nothing. Must not know who may write: its faces do.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers import fields
from cti.customers.asking import CORE
from cti.customers.finding import get
from cti.customers.number_change import Changer
from cti.customers.outbox import redirect
from cti.customers.tables import CustomerRow, PreferenceRow
from cti.errors import Invalid, NotFound
from cti.store.base import storable
from cti.store.revisions import CALLERS, bump

KINDS = ("preference", "contact", "family", "policy", "terms", "consent", "field")
CHANNELS = ("phone", "mail", "sms", "line")
LONGEST_KEY, LONGEST_VALUE = 60, 300
YES, NO = "yes", "no"


async def set_fact(
    session: AsyncSession,
    customer_id: int,
    key: str,
    value: str,
    *,
    by: Changer,
    kind: str = "preference",
    source: str = "",
    do_not_mention: bool | None = None,
    at: datetime | None = None,
) -> PreferenceRow:
    """Note a fact. Said again it is confirmed; said otherwise it is corrected, and the audit keeps what it was.

    `source` is `call` or `person` when it is not given. A key of a field of the firm's own takes that field's type,
    one of `CORE` is the customer's own column, too.

    Raises:
        NotFound: no such customer. Invalid: an unknown kind, no key or value, one too long or not of the field's type.
    """
    customer, now = await get(session, customer_id), at or datetime.now(UTC)
    key = _text("key", key, LONGEST_KEY)
    own = await fields.of_key(session, key)
    kind = CORE.get(key) or ("field" if own is not None else kind)
    if kind not in KINDS or (kind == "consent") != key.startswith("consent."):
        raise Invalid(f"kind: one of {', '.join(KINDS)}")
    value = _text("value", fields.checked(own, value) if own is not None else value, LONGEST_VALUE)
    kept = await _of_key(session, customer, key)
    if kept is not None and kept.value == value:
        _confirm(kept, by, now)
    else:
        before = kept.value if kept is not None else None
        if kept is None:
            kept = PreferenceRow(customer_id=customer.id, key=key, kind=kind, created=now, do_not_mention=False)
            session.add(kept)
        kept.value, kept.times_confirmed, kept.last_confirmed = value, 1, now
        kept.source, kept.linkedid, kept.by = source[:100] or _source(by), by.linkedid, by.actor[:100]
        if before is not None:
            _audit(session, "fact.corrected", kept, by, now, before=before, after=value)
    if do_not_mention is not None:
        kept.do_not_mention = do_not_mention
    await _mirror(session, customer, key, value)
    await session.flush()
    return kept


async def confirm(
    session: AsyncSession, customer_id: int, fact: str, *, by: Changer, at: datetime | None = None
) -> PreferenceRow:
    """It is still so: one click. `fact` is its id, or the key of one that only stands in the customer's columns.

    Raises:
        NotFound: no such customer, or they have no such fact.
    """
    kept = await find(session, customer_id, fact)
    _confirm(kept, by, at or datetime.now(UTC))
    await session.flush()
    return kept


async def set_mention(
    session: AsyncSession, customer_id: int, fact: str, do_not_mention: bool, *, by: Changer, at: datetime | None = None
) -> PreferenceRow:
    """Whether the customer must not notice that this is known.

    Raises:
        NotFound: as `confirm`.
    """
    kept = await find(session, customer_id, fact)
    if kept.do_not_mention != do_not_mention:
        _audit(
            session,
            "fact.mention_set",
            kept,
            by,
            at or datetime.now(UTC),
            before=not do_not_mention,
            after=do_not_mention,
        )
    kept.do_not_mention = do_not_mention
    await session.flush()
    return kept


async def forget(
    session: AsyncSession, customer_id: int, fact: str, *, by: Changer, at: datetime | None = None
) -> None:
    """It is not so any more, and nothing is known in its place.

    Raises:
        NotFound: as `confirm`.
    """
    kept = await find(session, customer_id, fact)
    _audit(session, "fact.forgotten", kept, by, at or datetime.now(UTC), before=kept.value)
    await _mirror(session, await get(session, kept.customer_id), kept.key, "")
    await session.delete(kept)
    await session.flush()


async def set_consent(
    session: AsyncSession, customer_id: int, channel: str, given: bool, *, by: Changer, at: datetime | None = None
) -> PreferenceRow:
    """Whether the customer may be written to or called by this channel, with day and source.

    Raises:
        NotFound: no such customer. Invalid: an unknown channel.
    """
    if channel not in CHANNELS:
        raise Invalid(f"channel: one of {', '.join(CHANNELS)}")
    return await set_fact(
        session, customer_id, f"consent.{channel}", YES if given else NO, by=by, kind="consent", at=at
    )


async def find(session: AsyncSession, customer_id: int, fact: str) -> PreferenceRow:
    """A fact of a customer by its id or key; one that only stands in the customer's columns becomes one of its own.

    Raises:
        NotFound: no such customer, or they have no such fact.
    """
    customer, row = await get(session, customer_id), PreferenceRow
    if fact.isascii() and fact.isdigit() and len(fact) < 10:
        kept = await session.get(row, int(fact))
        if kept is not None and kept.customer_id == customer.id:
            return kept
    elif (kept := await _of_key(session, customer, fact[:LONGEST_KEY])) is not None:
        return kept
    raise NotFound(f"customer {customer_id} has no fact {fact[:30]}")


async def _of_key(session: AsyncSession, customer: CustomerRow, key: str) -> PreferenceRow | None:
    row = PreferenceRow
    kept = (await session.scalars(select(row).where(row.customer_id == customer.id, row.key == key))).one_or_none()
    column = getattr(customer, key) if key in CORE else ""
    if kept is not None and column and column != kept.value:
        # A file has brought another value since somebody said so.
        kept.value, kept.source, kept.linkedid, kept.times_confirmed, kept.by = column, "import", None, 1, ""
    if kept is not None or not column:
        return kept
    kept = row(customer_id=customer.id, key=key, kind=CORE[key], value=column, source=customer.source)
    kept.created = kept.last_confirmed = customer.created
    kept.times_confirmed, kept.do_not_mention, kept.by = 1, False, ""
    session.add(kept)
    return kept


async def _mirror(session: AsyncSession, customer: CustomerRow, key: str, value: str) -> None:
    if key not in CORE or getattr(customer, key) == value:
        return
    length = CustomerRow.__table__.c[key].type.length  # type: ignore[attr-defined]
    if len(value) > length:
        raise Invalid(f"value: at most {length} characters, these are {len(value)}")
    if key == "email" and customer.email and value:
        await redirect(session, customer.id, customer.email, value)
    setattr(customer, key, value)
    customer.revision = await bump(session, CALLERS)


def _confirm(kept: PreferenceRow, by: Changer, at: datetime) -> None:
    kept.times_confirmed += 1
    kept.last_confirmed = at
    if by.linkedid is not None:
        kept.linkedid = by.linkedid


def _source(by: Changer) -> str:
    return "call" if by.linkedid else "person"


def _text(name: str, given: str, longest: int) -> str:
    text = storable(given).strip()
    if not 0 < len(text) <= longest:
        raise Invalid(f"{name}: give 1 to {longest} characters")
    return text


def _audit(
    session: AsyncSession,
    action: str,
    kept: PreferenceRow,
    by: Changer,
    at: datetime,
    *,
    before: object = None,
    after: object = None,
) -> None:
    entry = Entry(
        action=action,
        actor=by.actor,
        agent=by.agent,
        department=by.department,
        subject="customer",
        subject_id=str(kept.customer_id),
        before={kept.key: before},
        after={kept.key: after},
        linkedid=by.linkedid,
    )
    record(session, entry, at)
