"""Each night: what is older than it may be goes, and erased people are looked for again.

Must not know which records there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cti.errors import RingwardError
from cti.privacy.erasure import sweep
from cti.privacy.retention import apply_retention
from cti.promises.model import BY_RULE
from cti.store.engine import Store

log = structlog.get_logger(__name__)


class NightlyRetention:
    """Once a day at the firm's local time `at`. `run()` must run. A night that was missed is made up for the next."""

    def __init__(
        self,
        store: Store,
        *,
        at: time,
        days: Mapping[str, int],
        keep_years: int,
        now: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._at = at
        self._days = days
        self._keep_years = keep_years
        self._now = now
        self._zone = zone

    async def run(self) -> None:
        """Wait for the hour, do it, wait for the next; until cancelled."""
        while True:
            now = self._now()
            await asyncio.sleep((next_time(self._at, now, self._zone) - now).total_seconds())
            try:
                await self.once()
            except (RingwardError, SQLAlchemyError) as error:
                log.warning("retention.not_applied", reason=str(error))

    async def once(self) -> dict[str, int]:
        """Do it now; how many records of each kind went."""
        done = await apply_retention(self._store, self._days, self._now(), BY_RULE)
        again = await sweep(self._store, self._now(), self._keep_years)
        log.info("retention.applied", **done, erased_again=again)
        return done


def next_time(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    """The next local time `at` after the aware instant `now`."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), at, zone)
    return today if today > local else datetime.combine(local.date() + timedelta(days=1), at, zone)
