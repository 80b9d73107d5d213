"""What the daemon does once a day at an hour of the firm's: whether it is due, and looking again and again.

Must not know what is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

import structlog

from cti.errors import RingwardError

log = structlog.get_logger(__name__)

LOOK_SECONDS = 20.0
"""Half a minute late is early enough for what happens once a day."""


def is_due(at: time, last: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Whether today's, at the local time `at`, is to be done now. `last`: when it was done before, or the start.

    A daemon that was away at the time does it when it returns; one that has never done it waits for the hour.
    """
    due = datetime.combine(now.astimezone(zone).date(), at, zone)
    return last < due <= now


async def when_due(do_if_due: Callable[[], Awaitable[object]], failed: str) -> None:
    """Look until cancelled; what fails is logged as `failed` and tried again at the next look."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await do_if_due()
        except RingwardError as error:
            log.warning(failed, reason=str(error))
