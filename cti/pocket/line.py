"""Sends a link by LINE: a push message of the firm's official account (Messaging API). Must not know cards."""

from __future__ import annotations

import asyncio
import importlib
import uuid
from dataclasses import dataclass

import aiohttp

from cti.pocket.message import Message
from cti.pocket.ways import Undelivered

SEND_SECONDS = 6.0
"""As for the other ways: the mobile rings meanwhile."""


@dataclass(frozen=True, slots=True)
class Line:
    """One official account. A target is a LINE user id (`U` and 32 hex digits); `url` is LINE's own but in tests."""

    token: str
    url: str = "https://api.line.me"

    async def send(self, target: str, message: Message) -> None:
        """Push one message. The retry key lets LINE drop a second copy of a try whose answer was lost.

        Raises:
            Undelivered: LINE cannot be reached or did not take it.
        """
        from linebot.v3 import messaging  # late: 35 MB that a firm without LINE need not hold
        from linebot.v3.messaging.exceptions import ApiException

        configuration = messaging.Configuration(host=self.url, access_token=self.token)
        request = messaging.PushMessageRequest(
            to=target,
            messages=[messaging.TextMessage(text=message.whole, quickReply=None, quoteToken=None)],
            notificationDisabled=False,
            customAggregationUnits=None,
        )
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{message.key}/{target}"))
        try:
            async with messaging.AsyncApiClient(configuration) as client:
                api = messaging.AsyncMessagingApi(client)
                await api.push_message(request, x_line_retry_key=key, _request_timeout=SEND_SECONDS)
        except ApiException as error:
            if error.status == 409:
                return  # the first try had arrived
            raise Undelivered(
                f"LINE answers {error.status}: {' '.join(str(error.body or '').split())[:160]}"
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Undelivered(str(error) or type(error).__name__) from error

    async def warm_up(self) -> None:
        """Load LINE's library, which takes half a second, beside the event loop."""
        await asyncio.to_thread(importlib.import_module, "linebot.v3.messaging")
