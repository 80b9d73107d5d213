"""The alarms of those who lead: the answer rate is under its threshold, or the last rehearsal found a failure.

Looks at the database every few seconds, and after each call, and publishes what has changed. Must not know desktops.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from cti.bus import Bus
from cti.calls.model import CallRecorded
from cti.errors import StoreUnavailable
from cti.reports.answering import is_alarm
from cti.reports.reading import read_answer_rate, read_last_failures
from cti.store.engine import Store

log = structlog.get_logger(__name__)

LOOK_SECONDS = 15.0
"""Calls leave the window by the clock, and a rehearsal may be made by the command line: nobody tells us of either."""

GATHER_SECONDS = 1.0
"""Calls that end together are one look: a rush must not make a query a call."""


class AlarmTerms(msgspec.Struct, frozen=True):
    """When the answer rate is an alarm: under `threshold` (a share of 1; 0 for never) of `minutes`, if there were at
    least `minimum` calls.
    """

    threshold: float
    minutes: int
    minimum: int


class AlarmChanged(msgspec.Struct, frozen=True):
    """An alarm of this `kind` was raised, has other figures, or is over. `since` is when it began (aware)."""

    kind: str
    raised: bool
    since: datetime
    values: dict[str, Any]


class Alarms:
    """Keeps the alarms true. `run()` must run."""

    def __init__(self, store: Store, bus: Bus, terms: AlarmTerms, now: Callable[[], datetime]) -> None:
        self._store = store
        self._bus = bus
        self._terms = terms
        self._now = now
        self._standing: dict[str, AlarmChanged] = {}
        self._due = asyncio.Event()
        bus.subscribe(CallRecorded, lambda _: self._due.set())

    async def run(self) -> None:
        """Look until cancelled. While the database is away what stood stands."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                log.warning("alarms.not_looked", reason=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._due.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._due.clear()

    async def look(self) -> None:
        """Look once, and publish what has changed.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        await self._look_at_rate()
        failures = await read_last_failures(self._store)
        self._put("rehearsal", failures is not None and failures > 0, {"fails": failures or 0})

    async def _look_at_rate(self) -> None:
        terms, now = self._terms, self._now()
        found = await read_answer_rate(self._store, now - timedelta(minutes=terms.minutes), now)
        raised = is_alarm(found, terms.threshold, terms.minimum, standing="answer_rate" in self._standing)
        values: dict[str, Any] = {
            "rate": round(found.rate or 0.0, 4),
            "threshold": terms.threshold,
            "answered": found.answered,
            "inbound": found.inbound,
            "minutes": terms.minutes,
        }
        self._put("answer_rate", raised, values)

    def _put(self, kind: str, raised: bool, values: dict[str, Any]) -> None:
        standing = self._standing.get(kind)
        if not raised and standing is None:
            return
        since = standing.since if standing is not None else self._now()
        alarm = AlarmChanged(kind, raised, since, values)
        if alarm == standing:
            return
        if raised:
            self._standing[kind] = alarm
        else:
            del self._standing[kind]
        if standing is None or not raised:
            log.warning("alarm.raised" if raised else "alarm.over", kind=kind, **values)
        self._bus.publish(alarm)
