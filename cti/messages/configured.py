"""The settings' part of messages to customers, made into ways of sending. Must not do anything with them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cti.delivery.courier import SEND_SECONDS, Smtp
from cti.messages.courier import Way
from cti.pocket.configured import gateway_of
from cti.pocket.gateway import Sms
from cti.promises.configured import smtp_of
from cti.settings import Settings
from cti.wording import translate


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """By the SMS gateway that also sends links to pocket cards."""

    gateway: Sms

    async def send(self, target: str, key: str, text: str) -> None:
        """Hand it to the gateway, or raise `Undelivered`."""
        await self.gateway.send_text(target, key, text)


@dataclass(frozen=True, slots=True)
class Letter:
    """By the mail server of the promises' notices."""

    smtp: Smtp
    subject: str

    async def send(self, target: str, key: str, text: str) -> None:
        """Hand it to the mail server, or raise `Undelivered`."""
        await self.smtp.send(target, key, json.dumps({"subject": self.subject, "text": text}, ensure_ascii=False))


def ways_of(settings: Settings) -> dict[str, Way]:
    """The ways by which customers are written to; none unless `message_channels` names them.

    Raises:
        Invalid: the gateway's template cannot work.
    """
    ways: dict[str, Way] = {}
    gateway, smtp = gateway_of(settings), smtp_of(settings)
    if "sms" in settings.message_channels and gateway is not None:
        ways["sms"] = ShortMessage(Sms(gateway, SEND_SECONDS))
    if "mail" in settings.message_channels and smtp is not None:
        ways["mail"] = Letter(smtp, settings.message_subject or translate("A message for you", settings.language))
    return ways
