"""Ways by which a link may travel: what a way must do, those that need no service of their own, and the tellers of why.

Must not know cards or calls: a message and a target go in, and it arrives or `Undelivered` is raised.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from cti.delivery.courier import Smtp, Undelivered
from cti.pocket.message import Message

__all__ = ["LINE", "LOG", "MAIL", "PUSH", "SMS", "Gone", "Log", "Mail", "Undelivered", "Way"]

PUSH, LINE, SMS, MAIL, LOG = "push", "line", "sms", "mail", "log"
KINDS = (PUSH, LINE, SMS, MAIL, LOG)

log = structlog.get_logger(__name__)


class Gone(Undelivered):
    """The receiver says that this target will never take anything again: a browser withdrew its subscription."""


class Way(Protocol):
    """One way of sending. `target` is the channel's own."""

    async def send(self, target: str, message: Message) -> None:
        """Deliver, or raise `Undelivered`."""

    async def warm_up(self) -> None:
        """Load what takes long, before a phone rings."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter, by the mail server of the promises' notices."""

    smtp: Smtp
    subject: str

    async def send(self, target: str, message: Message) -> None:
        """Deliver one letter.

        Raises:
            Undelivered: the server cannot be reached or refused it.
        """
        body = json.dumps({"subject": self.subject, "text": f"{message.text}\n{message.link}\n"}, ensure_ascii=False)
        await self.smtp.send(target, message.key, body)

    async def warm_up(self) -> None:
        """Nothing takes long."""


@dataclass(frozen=True, slots=True)
class Log:
    """Writes the link into the daemon's log: for trying it out, for a log is read by people who need not see cards.

    `seen` is told of each link too, so that the command line can show it.
    """

    seen: Callable[[str, str], None] = lambda _key, _link: None

    async def send(self, target: str, message: Message) -> None:
        """Write it down."""
        log.info("pocket.link", text=message.text, link=message.link, target=target)
        self.seen(message.key, message.link)

    async def warm_up(self) -> None:
        """Nothing takes long."""
