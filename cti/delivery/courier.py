"""Sends the notices that stand in the outbox, by SMTP and by HTTP, until each has arrived.

A notice is written with the change it tells of, so a restart loses none. It may arrive twice (the machine died between
the sending and the mark): its key is the same then, and a receiver knows it by that. Must not know what it tells of.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Literal, Protocol

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from cti.delivery.tables import MAIL, WEBHOOK, NoticeColumns
from cti.errors import StoreUnavailable
from cti.store.engine import Store

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
"""What is told of is minutes long; a notice that waits a second is early enough."""

SEND_SECONDS = 20.0
"""How long one delivery may take: a receiver that is slower is as good as away."""

LEASE = timedelta(seconds=60)
"""While one daemon sends a notice no other takes it; longer than a delivery may last."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 1800.0
"""Seconds between tries, doubling: a restart of a mail server is hardly noticed, a dead one costs little."""

GIVE_UP = timedelta(hours=72)
"""After three days nobody wants to read what was new then; who keeps a copy reads it anew."""

AT_ONCE = 20


class Undelivered(Exception):
    """The receiver could not be reached or did not take it."""


class Carrier(Protocol):
    """One way of sending. `target` an address or URL, `body` the notice's JSON."""

    async def send(self, target: str, key: str, body: str) -> None:
        """Deliver, or raise `Undelivered`."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """Mail by SMTP. `security`: `none`, `starttls` (refused without it) or `tls` from the first byte."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    security: Literal["none", "starttls", "tls"] = "starttls"

    async def send(self, target: str, key: str, body: str) -> None:
        """Deliver one letter.

        Raises:
            Undelivered: the server cannot be reached or refused it.
        """
        import aiosmtplib  # who sends nothing, as most commands, need not load it

        try:
            message = self._letter(target, key, json.loads(body))
        except (KeyError, ValueError, TypeError) as error:
            # One letter that is none must not keep all others from being sent.
            raise Undelivered(f"this is no letter: {error}") from error
        try:
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.user or None,
                password=self.password or None,
                use_tls=self.security == "tls",
                start_tls=self.security == "starttls",
                timeout=SEND_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise Undelivered(str(error)) from error

    def _letter(self, target: str, key: str, letter: Mapping[str, str]) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, target, letter["subject"]
        message["Message-ID"] = f"<{key}@{self.sender.rpartition('@')[2].rstrip('>') or 'ringward'}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Ringward-Key"] = key
        message.set_content(letter["text"])
        return message


@dataclass(frozen=True, slots=True)
class Webhook:
    """A POST of JSON. With a `secret` it bears `Ringward-Signature: sha256=…`, HMAC-SHA256 of the body."""

    secret: str = ""

    async def send(self, target: str, key: str, body: str) -> None:
        """Deliver one notice: any 2xx means that it was taken.

        Raises:
            Undelivered: it was not.
        """
        import aiohttp

        content = body.encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Ringward-Key": key}
        if self.secret:
            headers["Ringward-Signature"] = signature(self.secret, content)
        timeout = aiohttp.ClientTimeout(total=SEND_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as client,
                client.post(target, data=content, headers=headers, allow_redirects=False) as answer,
            ):
                if not 200 <= answer.status < 300:
                    raise Undelivered(f"HTTP {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Undelivered(str(error) or type(error).__name__) from error


def signature(secret: str, body: bytes) -> str:
    """What the header `Ringward-Signature` bears; compare it in constant time."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Rounds(ABC):
    """Goes round for as long as the daemon runs, when there is anything to send by (`active`)."""

    def __init__(self, *, active: bool) -> None:
        self._active = active
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something new to send."""
        self._wake.set()

    @abstractmethod
    async def deliver(self) -> int:
        """Try what is to be sent now, some at a time; how many were tried.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """

    async def run(self) -> None:
        """Send until cancelled; a database that is away is waited for."""
        while True:
            if self._active:
                try:
                    while await self.deliver():
                        pass
                except (StoreUnavailable, SQLAlchemyError) as error:
                    log.warning("notices.store_away", reason=str(error)[:300])
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()


class Courier(Rounds):
    """Sends what waits in `outbox`. `carriers`: by channel; what has none waits until it is configured again."""

    def __init__(
        self,
        store: Store,
        outbox: type[NoticeColumns],
        carriers: Mapping[str, Carrier],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(active=bool(carriers))
        self._store = store
        self._outbox = outbox
        self._carriers = carriers
        self._now = now

    async def deliver(self) -> int:
        """Try what is to be sent now, some at a time; how many were tried.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        claimed = await self._claim()
        await asyncio.gather(*(self._one(notice) for notice in claimed))
        return len(claimed)

    async def _claim(self) -> list[NoticeColumns]:
        row, now = self._outbox, self._now()
        waiting = select(row.id).where(
            row.sent.is_(None), row.given_up.is_(None), row.next_try <= now, row.channel.in_(self._carriers)
        )
        async with self._store.session() as session:
            ids = list(await session.scalars(waiting.order_by(row.id).limit(AT_ONCE)))
        if not ids:
            return []
        taken = update(row).where(row.id.in_(ids), row.sent.is_(None), row.next_try <= now).values(next_try=now + LEASE)
        async with self._store.transaction() as session:
            mine = list(await session.scalars(taken.returning(row.id)))
            return list(await session.scalars(select(row).where(row.id.in_(mine)).order_by(row.id)))

    async def _one(self, notice: NoticeColumns) -> None:
        error = ""
        try:
            await self._carriers[notice.channel].send(notice.target, notice.key, notice.body)
        except Undelivered as failed:
            error = str(failed)[:300] or "refused"
        now = self._now()
        tries = notice.tries + 1
        values: dict[str, object] = {"tries": tries, "error": error}
        if not error:
            values["sent"] = now
        elif now - notice.created >= GIVE_UP:
            values["given_up"] = now
            log.error("notices.given_up", key=notice.key, reason=error)
        else:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries - 1, 20))
            values["next_try"] = now + timedelta(seconds=pause)
            log.warning("notices.not_delivered", key=notice.key, again_in=pause, reason=error)
        async with self._store.transaction() as session:
            await session.execute(update(self._outbox).where(self._outbox.id == notice.id).values(**values))


def carriers_of(*, smtp: Smtp | None, webhook_secret: str = "", webhook: bool = False) -> dict[str, Carrier]:
    """The ways that are configured."""
    ways: dict[str, Carrier] = {}
    if smtp is not None:
        ways[MAIL] = smtp
    if webhook:
        ways[WEBHOOK] = Webhook(webhook_secret)
    return ways
