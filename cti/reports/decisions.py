"""Keeps what was decided for each call, behind the call: no caller waits for this, and a locked database loses nothing.

Must not know how a plan is made.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from cti.bus import Bus
from cti.errors import StoreUnavailable
from cti.reports.decided import Decided, PlanDecided, decided
from cti.reports.tables import CallPlanRow
from cti.store.engine import Store
from cti.store.upsert import insert_into

log = structlog.get_logger(__name__)

GATHER_SECONDS = 1.0
"""One transaction a second at most, whatever the load: nobody reads a call's plan sooner."""

TIDY_SECONDS = 3600.0

PAUSE_SECONDS = 5.0
"""Between two tries while the database is away."""

BATCH = 500
MOST_WAITING = 20_000
"""A day of calls of a large office: a database that is gone for longer than that loses its oldest evidence."""

LONGEST_LINKEDID = 150


class Decisions:
    """Hears every `PlanDecided` and writes it. `run()` must run; `tidy()` forgets what is older than `keep_days`."""

    def __init__(
        self, store: Store, bus: Bus, *, keep_days: int = 0, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._keep_days = keep_days
        self._now = now
        self._waiting: OrderedDict[str, tuple[datetime, Decided]] = OrderedDict()
        self._wake = asyncio.Event()
        bus.subscribe(PlanDecided, self._heard)

    async def run(self) -> None:
        """Write what is heard until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            try:
                await self.flush()
            except StoreUnavailable as error:
                log.warning("decisions.not_written", waiting=len(self._waiting), reason=str(error))
                self._wake.set()
                await asyncio.sleep(PAUSE_SECONDS)

    async def tidy(self) -> None:
        """Forget what is too old, each hour until cancelled."""
        while True:
            try:
                await self.forget()
            except (StoreUnavailable, SQLAlchemyError) as error:
                log.warning("decisions.not_forgotten", reason=str(error)[:300])
            await asyncio.sleep(TIDY_SECONDS)

    async def forget(self) -> int:
        """Take out what was decided more than `keep_days` ago; 0 days keep everything. Returns how many.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        if self._keep_days <= 0:
            return 0
        old = delete(CallPlanRow).where(CallPlanRow.at < self._now() - timedelta(days=self._keep_days))
        async with self._store.transaction() as session:
            gone = list(await session.scalars(old.returning(CallPlanRow.linkedid)))
        return len(gone)

    async def flush(self) -> None:
        """Write all that waits.

        Raises:
            StoreUnavailable: the database cannot be used now; what is not written stays to be written.
        """
        while batch := list(self._waiting.items())[:BATCH]:
            async with self._store.transaction() as session:
                written = insert_into(session, CallPlanRow)
                # A call that is routed twice (it was transferred) is told by its last plan.
                replaced = {"at": written.excluded.at, "content": written.excluded.content}
                await session.execute(
                    written.on_conflict_do_update(index_elements=["linkedid"], set_=replaced),
                    [
                        {"linkedid": linkedid, "at": at, "content": msgspec.json.encode(plan).decode()}
                        for linkedid, (at, plan) in batch
                    ],
                )
            for linkedid, what in batch:
                if self._waiting.get(linkedid) is what:
                    del self._waiting[linkedid]

    def _heard(self, told: PlanDecided) -> None:
        if not told.linkedid or len(told.linkedid) > LONGEST_LINKEDID:
            return
        self._waiting[told.linkedid] = (told.at, decided(told.plan))
        self._waiting.move_to_end(told.linkedid)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
        self._wake.set()
