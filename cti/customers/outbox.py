"""Messages that wait to be sent to a customer: queued with the change they tell of, and following a changed number.

Functions take the caller's session and commit nothing. Must not know any gateway.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.finding import get
from cti.customers.identity_tables import OutgoingMessageRow
from cti.customers.numbers import is_mobile, read_number
from cti.customers.tables import PreferenceRow
from cti.errors import Invalid, Refused
from cti.store.base import storable

CHANNELS = ("sms", "mail")
LONGEST_TEXT = 2000


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
        Refused: they have said that they do not want this channel.
    """
    customer = await get(session, customer_id)
    said = storable(text).strip()
    if channel not in CHANNELS:
        raise Invalid(f"channel: one of {', '.join(CHANNELS)}")
    if await _refuses(session, customer.id, channel):
        raise Refused(f"channel: customer {customer.id} does not want {channel}")
    if not 0 < len(said) <= LONGEST_TEXT:
        raise Invalid(f"text: give 1 to {LONGEST_TEXT} characters")
    if channel == "sms":
        target = read_number(target).e164
        if not is_mobile(target):
            raise Invalid("target: a text message needs a mobile")
    elif "@" not in target or len(target) > 200:
        raise Invalid("target: write an address like name@example.com")
    row = OutgoingMessageRow
    known = (await session.scalars(select(row).where(row.key == key[:100]))).one_or_none()
    if known is not None:
        return known
    now = at or datetime.now(UTC)
    message = row(key=key[:100], customer_id=customer.id, channel=channel, target=target, text=said, by=by[:100])
    message.state, message.created, message.not_before, message.tries = "queued", now, not_before or now, 0
    session.add(message)
    await session.flush()
    return message


async def _refuses(session: AsyncSession, customer_id: int, channel: str) -> bool:
    """Whether the customer has said that they do not want this channel; a fact like any other (`consent.sms`)."""
    row = PreferenceRow
    said = select(row.value).where(row.customer_id == customer_id, row.key == f"consent.{channel}")
    return await session.scalar(said) == "no"


async def redirect(session: AsyncSession, customer_id: int, old: str, new: str) -> int:
    """What waits for this customer at `old` goes to `new`; how many messages."""
    row = OutgoingMessageRow
    waiting = update(row).where(row.customer_id == customer_id, row.target == old, row.state == "queued")
    return int(cast(Any, await session.execute(waiting.values(target=new))).rowcount)


async def messages(session: AsyncSession, customer_id: int, limit: int = 50) -> list[OutgoingMessageRow]:
    """What was and is to be sent to a customer, the newest first."""
    row = OutgoingMessageRow
    found = select(row).where(row.customer_id == customer_id).order_by(row.id.desc()).limit(limit)
    return list(await session.scalars(found))
