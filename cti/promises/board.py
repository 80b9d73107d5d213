"""The open promises in memory, for whoever shows them: a copy of the database that follows it, revision by revision.

Must not know why something is owed, nor who shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from cti.bus import Bus
from cti.promises import finding
from cti.promises.model import PromiseChanged, Shown, State
from cti.store.engine import Store
from cti.store.revisions import PROMISES, current


class Board:
    """`refresh()` reads what changed and publishes `PromiseChanged` for each change of what is open."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._open: dict[int, Shown] = {}
        self._revision = -1
        self._refreshing = asyncio.Lock()

    @property
    def open(self) -> Mapping[int, Shown]:
        """Every open promise by id, as last read; never waits."""
        return MappingProxyType(self._open)

    async def refresh(self) -> None:
        """Read what changed since the last look, and say so on the bus.

        Raises:
            StoreUnavailable: the database cannot be read; the board stays as it was.
        """
        async with self._refreshing:
            async with self._store.session() as session:
                revision = await current(session, PROMISES)
                if revision == self._revision:
                    return
                if revision > self._revision >= 0:
                    changed = {one.promise.id: one for one in await finding.changed_since(session, self._revision)}
                    gone: set[int] = set()
                else:
                    # The first look, or a restored backup: what is not among the open ones is open no longer.
                    changed = {one.promise.id: one for one in await finding.find(session)}
                    gone = self._open.keys() - changed.keys()
            self._revision = revision
            for promise_id in gone:
                self._take_off(promise_id, self._open[promise_id])
            for promise_id, shown in changed.items():
                self._put(promise_id, shown)

    def _put(self, promise_id: int, shown: Shown) -> None:
        before = self._open.get(promise_id)
        if shown.promise.state is not State.OPEN:
            self._take_off(promise_id, shown)
        elif shown != before:
            self._open[promise_id] = shown
            self._bus.publish(PromiseChanged(before, shown))

    def _take_off(self, promise_id: int, last: Shown) -> None:
        before = self._open.pop(promise_id, None)
        if before is not None:
            self._bus.publish(PromiseChanged(before, None, last))
