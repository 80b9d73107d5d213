"""Messages that wait to be sent to a customer: queued with the change they tell of, and following a changed number.

Functions take the caller's session and commit nothing. Must not know any gateway.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers.discretion import reveals
from cti.customers.finding import get
from cti.customers.identity_tables import OutgoingMessageRow
from cti.customers.numbers import is_mobile, read_number
from cti.customers.tables import CustomerNumberRow, InteractionRow, PreferenceRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable

CHANNELS = ("sms", "mail")
STATES = ("queued", "sent", "failed", "cancelled")
LONGEST_TEXT = 2000
LONGEST_REASON = 300

UNWANTED, UNSPEAKABLE, NUMBER_OVER = "unwanted", "unspeakable", "number_over"
"""Why a message must not go: they do not want this channel, it says what they must not notice is known, or the number
is not theirs any more."""

SOURCE = "outbox"


async def queue(
    session: AsyncSession,
    customer_id: int,
    channel: str,
    target: str,
    text: str,
    *,
    key: str,
    by: str = "",
    at: datetime | None = None,
    not_before: datetime | None = None,
) -> OutgoingMessageRow:
    """Queue a message, once per `key`; `not_before` (now) is when it may go, an aware instant.

    Raises:
        NotFound: no such customer. Invalid: an unknown channel, no text, or a target that nothing can be sent to.
        Refused: they have said that they do not want this channel, the number is not theirs any more, or the text
            says what must not be mentioned to them.
    """
    customer = await get(session, customer_id)
    said = storable(text).strip()
    if channel not in CHANNELS:
        raise Invalid(f"channel: one of {', '.join(CHANNELS)}")
    if not 0 < len(said) <= LONGEST_TEXT:
        raise Invalid(f"text: give 1 to {LONGEST_TEXT} characters")
    if not key.strip():
        raise Invalid("key: give one, so that what is queued twice is sent once")
    if channel == "sms":
        target = read_number(target).e164
        if not is_mobile(target):
            raise Invalid("target: a text message needs a mobile")
    elif "@" not in target or len(target) > 200 or not target.isprintable() or " " in target:
        raise Invalid("target: write an address like name@example.com")
    row, now = OutgoingMessageRow, at or datetime.now(UTC)
    known = (await session.scalars(select(row).where(row.key == key[:100]))).one_or_none()
    if known is not None:
        return known
    message = row(key=key[:100], customer_id=customer.id, channel=channel, target=target, text=said, by=by[:100])
    _refuse(await hindrance(session, message, now), message)
    message.state, message.created, message.not_before, message.tries = "queued", now, not_before or now, 0
    session.add(message)
    await session.flush()
    return message


async def hindrance(session: AsyncSession, message: OutgoingMessageRow, now: datetime) -> str:
    """Why a message must not go as things stand at the aware instant `now`; empty when it may."""
    fact, number = PreferenceRow, CustomerNumberRow
    said = select(fact.value).where(fact.customer_id == message.customer_id)
    if await session.scalar(said.where(fact.key == f"consent.{message.channel}")) == "no":
        return UNWANTED
    hidden = said.where(fact.do_not_mention.is_(True), fact.kind != "consent")
    if reveals(message.text, await session.scalars(hidden)):
        return UNSPEAKABLE
    theirs = select(number.valid_until).where(
        number.customer_id == message.customer_id, number.e164 == message.target, number.valid_until <= now
    )
    return NUMBER_OVER if await session.scalar(theirs) is not None else ""


async def redirect(session: AsyncSession, customer_id: int, old: str, new: str) -> int:
    """What waits for this customer at `old`, a number or an address, goes to `new`; how many messages."""
    row = OutgoingMessageRow
    there = func.lower(row.target) == old.lower()
    mine = update(row).where(row.customer_id == customer_id, there).values(target=new)
    # One that failed goes to where they are now, should somebody try it anew; it does not wait.
    await session.execute(mine.where(row.state == "failed"))
    return int(cast(Any, await session.execute(mine.where(row.state == "queued"))).rowcount)


async def messages(
    session: AsyncSession,
    customer_id: int | None = None,
    limit: int = 50,
    *,
    state: str = "",
    before: int | None = None,
) -> list[OutgoingMessageRow]:
    """What was and is to be sent, to one customer or to all, the newest first; `before` the one of this id.

    Raises:
        Invalid: an unknown state.
    """
    row = OutgoingMessageRow
    if state and state not in STATES:
        raise Invalid(f"state: one of {', '.join(STATES)}")
    found = select(row).order_by(row.id.desc()).limit(limit)
    if customer_id is not None:
        found = found.where(row.customer_id == customer_id)
    if before is not None:
        found = found.where(row.id < before)
    return list(await session.scalars(found.where(row.state == state) if state else found))


async def find(session: AsyncSession, message_id: int) -> OutgoingMessageRow:
    """One message.

    Raises:
        NotFound: there is none of this id.
    """
    row = await session.get(OutgoingMessageRow, message_id) if 0 < message_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no message {message_id}")
    return row


async def retry(session: AsyncSession, message_id: int, *, by: str, at: datetime) -> OutgoingMessageRow:
    """Try a message that was given up anew, from now on.

    Raises:
        NotFound: no such message. Refused: it was not given up, or must not go as things stand.
    """
    row = await find(session, message_id)
    if row.state != "failed":
        raise Refused(f"message {row.id} is {row.state}: only one that failed is tried again")
    _refuse(await hindrance(session, row, at), row)
    row.state, row.not_before, row.tries, row.error = "queued", at, 0, ""
    _decided(session, "message.retried", row, "", by, at)
    await session.flush()
    return row


async def cancel(
    session: AsyncSession, message_id: int, *, by: str, at: datetime, reason: str = ""
) -> OutgoingMessageRow:
    """Do not send a message that waits, or is not to be tried again; `reason` is why, for whoever asks later.

    Raises:
        NotFound: no such message. Refused: it was sent, or cancelled already. Invalid: the reason is too long.
    """
    why = storable(reason).strip()
    if len(why) > LONGEST_REASON:
        raise Invalid(f"reason: at most {LONGEST_REASON} characters")
    row = await find(session, message_id)
    if row.state not in {"queued", "failed"}:
        raise Refused(f"message {row.id} is {row.state}: there is nothing to cancel")
    row.state = "cancelled"
    _decided(session, "message.cancelled", row, why, by, at)
    await session.flush()
    return row


async def put_on_line(session: AsyncSession, row: OutgoingMessageRow, key: str, text: str, at: datetime) -> None:
    """What became of a message stands on its customer's time line, once per `key`."""
    customer = await get(session, row.customer_id)
    line = InteractionRow
    if await session.scalar(select(line.id).where(line.external_id == key)) is not None:
        return
    said = line(customer_id=customer.id, at=at, channel=row.channel, direction="out", text=text, attachments="[]")
    said.external_id, said.source = key, SOURCE
    session.add(said)
    await session.flush()


def _refuse(why: str, message: OutgoingMessageRow) -> None:
    if why == UNWANTED:
        raise Refused(f"channel: customer {message.customer_id} does not want {message.channel}")
    if why == UNSPEAKABLE:
        raise Refused("text: it says what must not be mentioned to this customer")
    if why == NUMBER_OVER:
        raise Refused("target: this number is not theirs any more")


def _decided(session: AsyncSession, action: str, row: OutgoingMessageRow, reason: str, by: str, at: datetime) -> None:
    row.decided, row.decided_by, row.reason = at, by[:100], reason
    after = {"message": row.id, "channel": row.channel}
    customer = str(row.customer_id)
    entry = Entry(action=action, actor=by, subject="customer", subject_id=customer, after=after, text=reason)
    record(session, entry, at)
