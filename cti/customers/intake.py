"""What comes in over any channel finds its customer's time line: by API, command line or import, once each.

Whoever is unknown and gives a name with a number or an address becomes a prospect; what could be several people's, or
names nobody, waits for a person to say whose it is. Functions take the caller's session and commit nothing. Must not
know who sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers import people
from cti.customers.finding import get
from cti.customers.intake_tables import WaitingMessageRow
from cti.customers.senders import Meant, Sender, find_sender
from cti.customers.tables import CustomerNumberRow, CustomerRow, InteractionRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable
from cti.store.revisions import hold

CHANNELS = ("phone", "web", "mail", "fax", "line", "face", "sms", "note")
DIRECTIONS = ("in", "out", "")
LONGEST_TEXT = 10_000
LONGEST_CODE = 100
MOST_ATTACHMENTS = 20
LONGEST_LINK = 500
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""A clock may be wrong by hours; what is said to come tomorrow has not happened."""

INTAKE = "intake"
"""Held while something comes in: two that bear the same number are one, whoever is first."""

_LINK = re.compile(r"https?://[^\s<>\"'\\^`{|}@]+\Z")

Outcome = Literal["added", "known", "waiting"]
Row = TypeVar("Row", InteractionRow, WaitingMessageRow)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said. `at` is when, with its zone; `agent` a colleague's code; `attachments` are links.

    `external_id` is its number in the system it comes from, `source` which system that is.
    """

    channel: str
    at: datetime
    text: str
    direction: str = "in"
    agent: str | None = None
    external_id: str | None = None
    source: str = ""
    attachments: tuple[str, ...] = ()


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: `added` to the time line, `known` already, or `waiting` for somebody to say whose it is.

    `prospect`: a record was made of the sender. `fresh`: this is the first time it came.
    """

    outcome: Outcome
    customer_id: int | None = None
    interaction_id: int | None = None
    waiting_id: int | None = None
    candidates: tuple[int, ...] = ()
    prospect: bool = False
    fresh: bool = True


async def take(session: AsyncSession, message: Message, sender: Sender, now: datetime) -> Taken:
    """Put a message where it belongs. The same `external_id` again changes nothing, whatever it says.

    Raises:
        Invalid: an unknown channel or direction, a time without zone or in the future, no text, something too long,
            a link that is none, or nobody is named. NotFound: no customer of this id.
    """
    message = checked(message, now)
    await hold(session, INTAKE)
    if message.external_id is not None and (known := await _known(session, message.external_id)) is not None:
        return known
    meant = await find_sender(session, sender, now)
    if meant.sure:
        return await _added(session, message, meant.candidates[0])
    if not meant.candidates and sender.name.strip():
        row = await _prospect(session, sender, meant, message, now)
        return msgspec.structs.replace(await _added(session, message, row.id), prospect=True)
    waiting = WaitingMessageRow(
        number=meant.e164,
        email=meant.email,
        name=storable(sender.name).strip()[:200],
        candidates=json.dumps(meant.candidates),
        received=now,
    )
    await _write(session, waiting, message)
    return Taken(outcome="waiting", waiting_id=waiting.id, candidates=meant.candidates)


async def waiting(session: AsyncSession, limit: int = 100) -> list[WaitingMessageRow]:
    """What still waits for its customer, the oldest first."""
    row = WaitingMessageRow
    still = (row.assigned.is_(None), row.dismissed.is_(None))
    return list(await session.scalars(select(row).where(*still).order_by(row.id).limit(limit)))


async def candidates_of(session: AsyncSession, rows: Sequence[WaitingMessageRow]) -> dict[int, CustomerRow]:
    """Whom waiting messages may be from, by the id that the message has; merged records lead to who they are now."""
    found = {}
    for one in {one for row in rows for one in json.loads(row.candidates)}:
        with suppress(NotFound):  # erased since
            found[one] = await get(session, one)
    return found


async def assign_waiting(
    session: AsyncSession, waiting_id: int, customer_id: int, *, by: str, now: datetime
) -> InteractionRow:
    """Say whose a waiting message is: it moves to their time line. Said again of the same customer, it is said once.

    Raises:
        NotFound: no such message or customer. Refused: it is another customer's already, or was dismissed.
    """
    await hold(session, INTAKE)
    row = await waiting_row(session, waiting_id)
    customer = await get(session, customer_id)
    if row.assigned is not None:
        kept = await session.get(InteractionRow, row.interaction_id) if row.interaction_id else None
        if kept is None or kept.customer_id != customer.id:
            raise Refused(f"message {waiting_id} was assigned already")
        return kept
    _refuse_dismissed(row)
    made = InteractionRow(customer_id=customer.id)
    links = tuple(json.loads(row.attachments))
    texts = {name: getattr(row, name) for name in ("channel", "at", "text", "direction", "agent", "source")}
    await _write(session, made, Message(**texts, external_id=row.external_id, attachments=links))
    row.assigned, row.assigned_by, row.interaction_id = now, by[:100], made.id
    await session.flush()
    return made


async def make_prospect(
    session: AsyncSession, waiting_id: int, name: str, *, owner: str | None, by: str, now: datetime
) -> InteractionRow:
    """Make a prospect of a waiting message's sender, with the number and address that it bears; it moves to their line.

    `owner` is the agent's code who looks after them, None for nobody yet.

    Raises:
        NotFound: no such message. Refused: it is a customer's already, or was dismissed. Invalid: no name, or one that
            is too long.
    """
    await hold(session, INTAKE)
    row = await waiting_row(session, waiting_id)
    if row.assigned is not None:
        raise Refused(f"message {waiting_id} was assigned already")
    _refuse_dismissed(row)
    numbers = [row.number] if row.number else ()
    source = row.source or row.channel
    prospect = await people.add(
        session, name, numbers, state="prospect", owner=owner, email=row.email, source=source, at=now
    )
    return await assign_waiting(session, waiting_id, prospect.id, by=by, now=now)


async def numbers_of(session: AsyncSession, customer_id: int) -> tuple[str, ...]:
    """A customer's numbers (E.164)."""
    row = CustomerNumberRow
    return tuple(await session.scalars(select(row.e164).where(row.customer_id == customer_id).order_by(row.id)))


def checked(message: Message, now: datetime) -> Message:
    """The message as it is kept.

    Raises:
        Invalid: as `take`.
    """
    if message.channel not in CHANNELS:
        raise Invalid(f"channel: one of {', '.join(CHANNELS)}")
    if message.direction not in DIRECTIONS:
        raise Invalid("direction: in, out, or empty")
    at = message.at
    if at.tzinfo is None:
        raise Invalid("at: give the time with its zone, like 2026-11-23T14:05:00+08:00")
    if not EARLIEST <= at <= now + AHEAD:
        raise Invalid("at: must not be in the future, nor before 1970")
    text = storable(message.text).strip()
    if len(text) > LONGEST_TEXT or not (text or message.attachments):
        raise Invalid(f"text: give 1 to {LONGEST_TEXT} characters")
    for field, value, longest in (("agent", message.agent, 40), ("source", message.source, 100)):
        if value is not None and (len(value) > longest or not (value.isprintable() or not value)):
            raise Invalid(f"{field}: at most {longest} characters on one line")
    code = storable(message.external_id or "").strip() or None
    if code is not None and len(code) > LONGEST_CODE:
        raise Invalid(f"external_id: at most {LONGEST_CODE} characters")
    links = _links(message.attachments)
    return msgspec.structs.replace(message, text=text, external_id=code, attachments=links, agent=message.agent or None)


def _links(links: Sequence[str]) -> tuple[str, ...]:
    if len(links) > MOST_ATTACHMENTS:
        raise Invalid(f"attachments: at most {MOST_ATTACHMENTS} links")
    for link in links:
        if len(link) > LONGEST_LINK or not link.isprintable() or not _LINK.match(link):
            raise Invalid("attachments: links that begin with http:// or https://, without a password in them")
    return tuple(links)


async def waiting_row(session: AsyncSession, waiting_id: int) -> WaitingMessageRow:
    """A message that waits, or waited.

    Raises:
        NotFound: there is none of this id.
    """
    row = await session.get(WaitingMessageRow, waiting_id) if 0 < waiting_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no waiting message {waiting_id}")
    return row


def _refuse_dismissed(row: WaitingMessageRow) -> None:
    if row.dismissed is not None:
        raise Refused(f"message {row.id} was dismissed: take that back first")


async def _known(session: AsyncSession, external_id: str) -> Taken | None:
    interaction, row = InteractionRow, WaitingMessageRow
    found = await session.scalar(select(interaction).where(interaction.external_id == external_id))
    if found is not None:
        return Taken(outcome="known", customer_id=found.customer_id, interaction_id=found.id, fresh=False)
    still = await session.scalar(select(row).where(row.external_id == external_id))
    if still is None:
        return None
    if still.dismissed is not None:  # whoever sends it again does not bring it back
        return Taken(outcome="known", waiting_id=still.id, fresh=False)
    return Taken(outcome="waiting", waiting_id=still.id, candidates=tuple(json.loads(still.candidates)), fresh=False)


async def _prospect(
    session: AsyncSession, sender: Sender, meant: Meant, message: Message, now: datetime
) -> CustomerRow:
    return await people.add(
        session,
        sender.name,
        [meant.e164] if meant.e164 else (),
        state="prospect",
        external_id=storable(sender.code or "").strip() or None,
        email=meant.email,
        source=message.source or message.channel,
        at=now,
    )


async def _added(session: AsyncSession, message: Message, customer_id: int) -> Taken:
    row = InteractionRow(customer_id=customer_id)
    await _write(session, row, message)
    return Taken(outcome="added", customer_id=customer_id, interaction_id=row.id)


async def _write(session: AsyncSession, row: Row, message: Message) -> None:
    row.at, row.channel, row.direction, row.text = message.at, message.channel, message.direction, message.text
    row.agent, row.external_id, row.source = message.agent, message.external_id, message.source
    row.attachments = json.dumps(message.attachments, ensure_ascii=False)
    session.add(row)
    await session.flush()
