"""Keeps our copies of the switch true: its facts to the tracker, its phones' states to the directory.

After every (re)connection it reads again what the switch knows now, because nothing is replayed: the journal first,
then the live channels, then the phones. Must not decide anything about a call, and knows no desktop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from cti.agents.directory import DirectoryCache
from cti.asterisk.ari import AriClient, AriEvent, Channel
from cti.asterisk.parse_ari import parse_ari
from cti.calls.catchup import catch_up
from cti.calls.tracker import Tracker
from cti.errors import RingwardError, SwitchUnavailable
from cti.store.engine import Store
from routing.model import Passed

log = structlog.get_logger(__name__)

RECONCILE_SECONDS = 60.0
"""Events are not supposed to get lost in between; if one is, a pop that should be gone stays a minute at most."""

DEVICE_STATES: Mapping[str, Passed | None] = {
    "NOT_INUSE": None,
    "RINGING": None,
    "UNKNOWN": None,
    "INUSE": Passed.BUSY,
    "BUSY": Passed.BUSY,
    "RINGINUSE": Passed.BUSY,
    "ONHOLD": Passed.BUSY,
    "UNAVAILABLE": Passed.OFFLINE,
    "INVALID": Passed.OFFLINE,
}
"""What the dial plan does with each device state (`ringward-desk`), so that the first pop goes where it will ring."""


class SwitchWatch:
    """Connects one ARI client with tracker and directory. `run()` must run; `start()` before the client's `run()`."""

    def __init__(
        self, *, ari: AriClient, tracker: Tracker, directory: DirectoryCache, store: Store, journal: Path
    ) -> None:
        self._ari = ari
        self._tracker = tracker
        self._directory = directory
        self._store = store
        self._journal = journal
        self._reading = asyncio.Lock()

    def start(self) -> None:
        """Subscribe to everything the client hears."""
        self._ari.on_resync(self.reconcile)
        self._ari.on_any_event(self._heard)

    async def run(self) -> None:
        """Reconcile now and then until cancelled, connected or not: the journal is a file."""
        while True:
            await asyncio.sleep(RECONCILE_SECONDS)
            try:
                await self.reconcile()
            except RingwardError as error:
                log.warning("watch.not_reconciled", reason=str(error))

    async def reconcile(self) -> None:
        """Read the journal, end what the switch no longer knows, learn the phones' states.

        Raises:
            SwitchUnavailable: Asterisk does not answer; the journal was read all the same.
            StoreUnavailable: the database cannot be used now; the next reading does it all.
        """
        async with self._reading:
            since = time.monotonic()
            try:
                channels = {one.id: _linkedid(one) for one in await self._ari.channels.list()}
            except SwitchUnavailable:
                await catch_up(self._tracker, self._store, self._journal)
                raise
            await catch_up(self._tracker, self._store, self._journal, channels=channels, since=since)
            for endpoint in await self._ari.endpoints.list():
                self._learn_endpoint(endpoint.json)

    def _heard(self, event: AriEvent) -> None:
        for fact in parse_ari(event):
            self._tracker.handle(fact)
        if event.type == "DeviceStateChanged":
            self._learn_device(event.get("device_state", {}))

    def _learn_device(self, device: Mapping[str, object]) -> None:
        name, state = str(device.get("name", "")), str(device.get("state", ""))
        if name.startswith("PJSIP/") and state in DEVICE_STATES:
            self._directory.set_desk_state(name.removeprefix("PJSIP/"), DEVICE_STATES[state])

    def _learn_endpoint(self, endpoint: Mapping[str, object]) -> None:
        """An endpoint's listing knows registered or not; whether it is in use comes with the next change of state."""
        if endpoint.get("technology") != "PJSIP":
            return
        extension = str(endpoint.get("resource", ""))
        if endpoint.get("state") == "offline":
            self._directory.set_desk_state(extension, Passed.OFFLINE)
        elif endpoint.get("channel_ids"):
            self._directory.set_desk_state(extension, Passed.BUSY)
        else:
            self._directory.set_desk_state(extension, None)


def _linkedid(channel: Channel) -> str:
    return str(channel.json.get("channelvars", {}).get("CHANNEL(linkedid)", channel.id))
