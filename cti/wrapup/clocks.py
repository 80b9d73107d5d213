"""The wrap-ups that run now: begun by the end of a call, ended by the clock, by hand, by filing, or by the next call.

Memory is the truth while the daemon lives; the record follows behind, and a daemon that starts reads what still runs.
Must not know desktops or HTTP: it says on the bus what happens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from cti.bus import Bus
from cti.calls.model import CallChanged
from cti.errors import Refused, StoreUnavailable
from cti.store.engine import Store
from cti.store.upsert import insert_into
from cti.wrapup.model import Clock, EndReason, WrapUpEnded, WrapUpStarted, begun, had_by
from cti.wrapup.tables import WrapUpRow

log = structlog.get_logger(__name__)

PAUSE = 2.0
"""Between two tries while the database is away."""

MOST_WAITING = 10_000

IDLE_SECONDS = 3600.0
"""Nothing runs: whatever begins wakes us."""


class Clocks:
    """Who is in wrap-up until when. `seconds`: how long one lasts; 0 for none."""

    def __init__(self, store: Store, bus: Bus, *, seconds: int, now: Callable[[], datetime]) -> None:
        self._store = store
        self._bus = bus
        self._seconds = seconds
        self._now = now
        self._running: dict[str, Clock] = {}
        self._waiting: deque[tuple[Clock, EndReason | None, datetime | None]] = deque(maxlen=MOST_WAITING)
        self._due = asyncio.Event()
        self._write = asyncio.Event()
        # Who files and the keeper may both write what waits: the second finds nothing left to do, and never half of it.
        self._writing = asyncio.Lock()
        self.stop = bus.subscribe(CallChanged, self._call_changed)

    @property
    def until(self) -> Mapping[str, datetime]:
        """Who is in wrap-up until when, by agent's code."""
        return {agent: clock.ends for agent, clock in self._running.items()}

    @property
    def linkedids(self) -> frozenset[str]:
        """The calls whose wrap-up runs."""
        return frozenset(clock.linkedid for clock in self._running.values())

    def of(self, agent: str | None) -> Clock | None:
        """The wrap-up that an agent is in."""
        return self._running.get(agent) if agent is not None else None

    def extend(self, linkedid: str) -> Clock:
        """As long again, from its present end; once.

        Raises:
            Refused: it does not run, or was extended before.
        """
        clock = self._of_call(linkedid)
        if clock.extended:
            raise Refused("this wrap-up was extended already; file it, or go on later from the list of calls")
        longer = replace(clock, ends=clock.ends + timedelta(seconds=self._seconds), extended=True)
        self._start(longer)
        return longer

    def end(self, linkedid: str, reason: EndReason) -> bool:
        """End the wrap-up of a call; False when it does not run (any more)."""
        for agent, clock in tuple(self._running.items()):
            if clock.linkedid == linkedid:
                self._end(agent, reason)
                return True
        return False

    async def load(self) -> None:
        """Take over the wrap-ups that a daemon before this one began and that still run.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        row = WrapUpRow
        query = select(row).where(row.ended.is_(None), row.ends > self._now()).order_by(row.ends)
        async with self._store.session() as session:
            for found in await session.scalars(query):
                if found.started is not None and found.ends is not None:
                    ids = found.linkedid, found.agent, found.customer_id
                    self._running.setdefault(found.agent, Clock(*ids, found.started, found.ends, found.extended))

    async def run(self) -> None:
        """End wrap-ups in time and write them down until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            tasks.create_task(self._keep())

    def end_due(self) -> float:
        """End those whose time is up; seconds until the next one is."""
        now = self._now()
        for agent, clock in tuple(self._running.items()):
            if clock.ends <= now:
                self._end(agent, EndReason.TIME)
        rest = [(clock.ends - now).total_seconds() for clock in self._running.values()]
        return min(rest, default=IDLE_SECONDS)

    async def flush(self) -> None:
        """Write what waits.

        Raises:
            StoreUnavailable: the database cannot be used now; it goes on waiting.
        """
        async with self._writing:
            while self._waiting:
                await self._write_down(*self._waiting[0])
                self._waiting.popleft()

    async def _write_down(self, clock: Clock, reason: EndReason | None, ended: datetime | None) -> None:
        values = {"agent": clock.agent, "customer_id": clock.customer_id, "started": clock.started}
        values |= {"ends": clock.ends, "extended": clock.extended}
        values |= {"ended": ended, "end_reason": reason.value if reason else ""}
        async with self._store.transaction() as session:
            insert = insert_into(session, WrapUpRow).values(
                linkedid=clock.linkedid, note="", next_step="", saved_by="", **values
            )
            await session.execute(insert.on_conflict_do_update(index_elements=["linkedid"], set_=values))

    async def _watch(self) -> None:
        while True:
            pause = self.end_due()
            try:
                async with asyncio.timeout(pause):
                    await self._due.wait()
            except TimeoutError:
                pass
            self._due.clear()

    async def _keep(self) -> None:
        while True:
            await self._write.wait()
            self._write.clear()
            try:
                await self.flush()
            except (StoreUnavailable, SQLAlchemyError) as error:
                log.warning("wrapup.not_written", waiting=len(self._waiting), reason=str(error)[:300])
                self._write.set()
                await asyncio.sleep(PAUSE)

    def _call_changed(self, change: CallChanged) -> None:
        taken = _taken_by(change)
        if taken is not None and taken in self._running:
            self._end(taken, EndReason.NEXT_CALL)
        clock = begun(change.before, change.after, self._seconds, self._now())
        if clock is not None:
            if clock.agent in self._running:
                self._end(clock.agent, EndReason.NEXT_CALL)
            self._start(clock)

    def _start(self, clock: Clock) -> None:
        self._running[clock.agent] = clock
        self._note(clock)
        self._due.set()
        self._bus.publish(WrapUpStarted(clock))

    def _end(self, agent: str, reason: EndReason) -> None:
        clock, at = self._running.pop(agent), self._now()
        self._note(clock, reason, at)
        self._bus.publish(WrapUpEnded(clock, reason, at))

    def _note(self, clock: Clock, reason: EndReason | None = None, at: datetime | None = None) -> None:
        self._waiting.append((clock, reason, at))
        self._write.set()

    def _of_call(self, linkedid: str) -> Clock:
        for clock in self._running.values():
            if clock.linkedid == linkedid:
                return clock
        raise Refused("this call's wrap-up does not run; what came of it can be filed all the same")


def _taken_by(change: CallChanged) -> str | None:
    """Who has a call since this change."""
    agent = had_by(change.after)
    if change.after.ended is not None or agent is None:
        return None
    return agent if change.before is None or had_by(change.before) != agent else None
