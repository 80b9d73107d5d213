"""Sends the messages that wait for customers (`cti.customers.outbox`), each until it has arrived or is given up.

Whether it may go, and to which number, is looked at again in the moment of sending. A message may arrive twice (the
machine died between the sending and the mark): its key is the same then. Must not know gateways.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import select, update

from cti.customers import outbox
from cti.customers.identity_tables import OutgoingMessageRow
from cti.delivery.courier import LEASE, Rounds, Undelivered
from cti.errors import NotFound
from cti.store.engine import Store
from cti.wording import code_text, translate

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 30.0, 3600.0
"""Seconds between tries, doubling: a gateway's restart is over by then, and one that is away is asked once an hour."""

MOST_TRIES = 12
"""Some six hours: what has not arrived by then somebody should rather say on the telephone."""

AT_ONCE = 10
KEYS = uuid.UUID("7a1c0c1e-6f0f-4f43-9d0b-6d1b1d0a5c11")


class Way(Protocol):
    """One way of sending. `key` is the same for every try of one message."""

    async def send(self, target: str, key: str, text: str) -> None:
        """Deliver, or raise `Undelivered`."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it goes out now; `why` it must not, else empty."""

    id: int
    customer_id: int
    channel: str
    target: str
    text: str
    tries: int
    key: str
    why: str


async def _nobody(_customer_id: int) -> None:
    return


class MessageCourier(Rounds):
    """Sends by `ways`, by channel; what has none waits until it is set up. `told` hears whose time line has grown."""

    def __init__(
        self,
        store: Store,
        ways: Mapping[str, Way],
        now: Callable[[], datetime],
        language: str,
        told: Callable[[int], Awaitable[object]] = _nobody,
    ) -> None:
        super().__init__(active=bool(ways))
        self._store = store
        self._ways = ways
        self._now = now
        self._language = language
        self._told = told

    async def deliver(self) -> int:
        """Try what is to be sent now, some at a time; how many were tried.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        claimed = await self._claim()
        await asyncio.gather(*(self._one(message_id) for message_id in claimed))
        return len(claimed)

    async def _claim(self) -> list[int]:
        row, now = OutgoingMessageRow, self._now()
        due = (row.state == "queued", row.not_before <= now, row.channel.in_(self._ways))
        async with self._store.session() as session:
            ids = list(await session.scalars(select(row.id).where(*due).order_by(row.id).limit(AT_ONCE)))
        if not ids:
            return []
        # While one daemon sends a message no other takes it.
        taken = update(row).where(row.id.in_(ids), *due).values(not_before=now + LEASE).returning(row.id)
        async with self._store.transaction() as session:
            return sorted(await session.scalars(taken))

    async def _one(self, message_id: int) -> None:
        message = await self._look(message_id)
        if message is None:
            return
        if message.why:
            await self._give_up(message, message.why)
            return
        try:
            await self._ways[message.channel].send(message.target, message.key, message.text)
        except Undelivered as failed:
            await self._failed(message, str(failed)[:300] or "refused")
        else:
            await self._sent(message)

    async def _look(self, message_id: int) -> Outgoing | None:
        async with self._store.session() as session:
            row = await session.get(OutgoingMessageRow, message_id)
            if row is None or row.state != "queued":
                return None
            why = await outbox.hindrance(session, row, self._now())
            key = uuid.uuid5(KEYS, row.key).hex
            return Outgoing(row.id, row.customer_id, row.channel, row.target, row.text, row.tries, key, why)

    async def _sent(self, message: Outgoing) -> None:
        values = {"state": "sent", "sent": self._now(), "tried": self._now(), "target": message.target, "error": ""}
        await self._write(message, {**values, "tries": message.tries + 1}, f"message-{message.id}", message.text)

    async def _failed(self, message: Outgoing, error: str) -> None:
        tries = message.tries + 1
        if tries >= MOST_TRIES:
            await self._give_up(message, error)
            return
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1))
        log.warning("messages.not_delivered", message=message.id, again_in=pause, reason=error)
        again = self._now() + timedelta(seconds=pause)
        await self._write(message, {"tries": tries, "tried": self._now(), "error": error, "not_before": again})

    async def _give_up(self, message: Outgoing, error: str) -> None:
        log.error("messages.given_up", message=message.id, reason=error)
        reason = code_text("message_error", error, self._language)
        text = translate("Not delivered ({reason}): {message}", self._language, reason=reason, message=message.text)
        # One that is tried anew and fails again is told of again.
        key = f"message-{message.id}-failed-{int(self._now().timestamp())}"
        values = {"state": "failed", "tries": message.tries + 1, "tried": self._now(), "error": error}
        await self._write(message, values, key, text)

    async def _write(self, message: Outgoing, values: dict[str, object], key: str = "", text: str = "") -> None:
        row = OutgoingMessageRow
        async with self._store.transaction() as session:
            mine = update(row).where(row.id == message.id)
            # What was cancelled while it was tried stays so; what has left has left.
            mine = mine if values.get("state") == "sent" else mine.where(row.state == "queued")
            if await session.scalar(mine.values(**values).returning(row.id)) is None:
                return
            if key:
                kept = await session.get_one(row, message.id, populate_existing=True)
                try:
                    await outbox.put_on_line(session, kept, key, text, self._now())
                except NotFound:  # erased meanwhile
                    return
        if key:
            await self._told(message.customer_id)
