"""Sends a short message through the firm's SMS gateway. `cti.pocket.sms` makes the request."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from cti.pocket.message import Message
from cti.pocket.sms import Gateway, accepted, request_for
from cti.pocket.ways import Undelivered

SEND_SECONDS = 6.0
"""A mobile rings twenty: a gateway that has not answered by then leaves time for the next way."""

LONGEST_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Sms:
    """One gateway, which has `seconds` to answer. A target is a mobile number, E.164."""

    gateway: Gateway
    seconds: float = SEND_SECONDS

    async def send(self, target: str, message: Message) -> None:
        """Hand one message to the gateway.

        Raises:
            Undelivered: it cannot be reached or did not take it.
        """
        await self.send_text(target, message.key, message.whole)

    async def send_text(self, target: str, key: str, text: str) -> None:
        """As `send`. A gateway that has seen `key` before need not send again.

        Raises:
            Undelivered: as `send`.
        """
        asked = request_for(self.gateway, target, text, key)
        timeout = aiohttp.ClientTimeout(total=self.seconds)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as client,
                client.request(
                    asked.method, asked.url, data=asked.content or None, headers=asked.headers, allow_redirects=False
                ) as answer,
            ):
                said = (await answer.content.read(LONGEST_ANSWER)).decode("utf-8", "replace")
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Undelivered(type(error).__name__) from error  # the error's own words would hold the password
        if not accepted(self.gateway, status, said):
            raise Undelivered(f"HTTP {status}: {' '.join(said.split())[:120]}")

    async def warm_up(self) -> None:
        """Nothing takes long."""
