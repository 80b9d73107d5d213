"""Keeps every open wallboard equal to the firm: calls, presence and promises from memory, figures from the records.

Must not know sockets or HTTP, nor how anything is counted (`cti.reports.live`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
import structlog

from cti.agents.logins import Identity
from cti.agents.presence import PresenceChanged
from cti.bus import Bus
from cti.calls.model import Call, CallChanged, CallRecorded
from cti.desktop.hub import CLOSE_NORMAL, Connection, Hub
from cti.desktop.messages import Presence
from cti.errors import StoreUnavailable
from cti.promises.model import PromiseChanged, Shown
from cti.reports import periods, reading
from cti.reports.live import Colleague, Debt, Figures, Live, Threshold, Whose, figures, live
from cti.store.engine import Store
from cti.wall.messages import Wall, on_the_wall

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.25
"""A call changes a dozen times while it is set up; the eye of somebody who passes by does not see four changes a
second."""

FIGURES_SECONDS = 5.0
"""The least between two readings of the day's records, however many calls end: one query, however busy the day."""

IDLE_SECONDS = 15.0
"""Promises become late and calls leave the window by the clock: nobody tells us of either."""


class WallTerms(msgspec.Struct, frozen=True):
    """What the wall shows and how it judges. `names`: callers' names too."""

    threshold: Threshold
    zone: ZoneInfo
    names: bool = False


class Calls(Protocol):
    """What is needed of the tracker."""

    def live(self) -> tuple[Call, ...]: ...


class Everybody(Protocol):
    """What is needed of the desktops: how everybody is, by code."""

    def everybody(self) -> Mapping[str, Presence]: ...


class Promises(Protocol):
    """What is needed of the keeper: every open promise by id."""

    @property
    def board(self) -> Mapping[int, Shown]: ...


class Walls:
    """All open wallboards. `run()` must run. Figures are read only while somebody looks."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        calls: Calls,
        desktops: Everybody,
        promises: Promises,
        terms: WallTerms,
        now: Callable[[], datetime],
    ) -> None:
        self.hub = Hub(clock=now)
        self._store = store
        self._calls = calls
        self._desktops = desktops
        self._promises = promises
        self._terms = terms
        self._now = now
        self._figures: Figures | None = None
        self._read_at: datetime | None = None
        self._whose: dict[int, Whose] = {}
        self._told: Wall | None = None
        self._due = asyncio.Event()
        self._unsubscribe = tuple(
            bus.subscribe(kind, lambda _: self._due.set())
            for kind in (CallChanged, CallRecorded, PresenceChanged, PromiseChanged)
        )

    async def now(self, window: str = "today") -> Live:
        """How the firm stands now, with the figures of `window`, as the API and the wall say it.

        Raises:
            Invalid: the window is none. StoreUnavailable: the database cannot be used now.
        """
        at = self._now()
        since, until = periods.window(window, at, self._terms.zone)
        found = await reading.read_figures(self._store, self._terms.threshold, since, until)
        return self._look(found, await reading.read_whose(self._store, self._calls.live()))

    async def open(self, identity: Identity) -> Connection:
        """A new wallboard with the board in its outbox; everything after it follows in order."""
        await self._read(at_least=FIGURES_SECONDS if len(self.hub) else 0.0)
        connection = self.hub.connect(identity)
        self._told = self._board()
        self.hub.broadcast(self._told)
        return connection

    def close(self, connection: Connection, code: int = CLOSE_NORMAL) -> None:
        """A wallboard has gone."""
        self.hub.disconnect(connection, code)

    async def run(self) -> None:
        """Follow the firm until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.hub.run())
            tasks.create_task(self._follow())

    def stop(self) -> None:
        """Listen to nothing more."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._due.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._due.clear()
            if len(self.hub):
                await self._read()
                self._tell()

    async def _read(self, at_least: float = FIGURES_SECONDS) -> None:
        """Read figures that are older than `at_least` seconds, and whose the calls are. Without the database what was
        last read stands."""
        calls, at = self._calls.live(), self._now()
        try:
            new = {call.customer_id for call in calls} - {None} - self._whose.keys()
            if new:
                self._whose = await reading.read_whose(self._store, calls)
            if self._read_at is None or at >= self._read_at + timedelta(seconds=at_least):
                since, until = periods.window("today", at, self._terms.zone)
                self._figures = await reading.read_figures(self._store, self._terms.threshold, since, until)
                self._read_at = at
        except StoreUnavailable as error:
            log.warning("wall.figures_missing", reason=str(error))

    def _tell(self) -> None:
        """Tell every wall, if there is news: that time has passed is none."""
        board = self._board()
        before = self._told
        if before is None or replace(before.live, at=board.live.at) != board.live:
            self._told = board
            self.hub.broadcast(board)

    def _board(self) -> Wall:
        at = self._now()
        found = self._figures or figures((), {}, self._terms.threshold, at, at)
        return on_the_wall(self._look(found, self._whose))

    def _look(self, found: Figures, whose: Mapping[int, Whose]) -> Live:
        people = map(colleague, self._desktops.everybody().values())
        debts = debts_of(self._promises.board.values())
        return live(people, self._calls.live(), debts, found, self._now(), whose, names=self._terms.names)


def colleague(shown: Presence) -> Colleague:
    """How a person is, as the figures have it."""
    return Colleague(shown.agent, shown.name, shown.state, shown.reason, shown.since, shown.until)


def debts_of(shown: Iterable[Shown]) -> list[Debt]:
    """What is owed, without to whom."""
    promises = [one.promise for one in shown]
    return [Debt(one.id, one.escalated_to or one.owner, one.due, str(one.kind), one.level) for one in promises]
