"""Keeps our copies of the switch true: its facts to the tracker, its phones' states to the directory.

Calls come over ARI, the phones' states over AMI: ARI's own module for them locks up (modules.conf says how). After
every (re)connection it reads again what the switch knows now, because nothing is replayed: the journal, then the live
channels; the phones. Must not decide anything about a call, and knows no desktop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog

from cti.agents.directory import DirectoryCache
from cti.asterisk.ami import AmiClient
from cti.asterisk.ari import AriClient, AriEvent, Channel
from cti.asterisk.parse_ari import parse_ari
from cti.asterisk.phones import newly_registered, registered, without_contact
from cti.calls.catchup import catch_up
from cti.calls.tracker import Tracker
from cti.errors import RingwardError, SwitchUnavailable
from cti.store.engine import Store
from routing.model import Passed

log = structlog.get_logger(__name__)

RECONCILE_SECONDS = 60.0
"""Events are not supposed to get lost in between; if one is, a pop that should be gone stays a minute at most."""

PHONES_PAUSE = 1.0
"""Asterisk takes log-ins before it has loaded what answers us; it boots in a second or two."""

PHONE = "PJSIP/"

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
    """Connects one switch with tracker and directory. `run()` must run; `start()` before the clients' `run()`.

    `reconciled` is called whenever the calls are known to be what the switch has.
    """

    def __init__(
        self,
        *,
        ari: AriClient,
        ami: AmiClient,
        tracker: Tracker,
        directory: DirectoryCache,
        store: Store,
        journal: Path,
        reconciled: Callable[[], None] = lambda: None,
    ) -> None:
        self._ari = ari
        self._ami = ami
        self._tracker = tracker
        self._directory = directory
        self._store = store
        self._journal = journal
        self._reconciled = reconciled
        self._reading = asyncio.Lock()
        self._phones_due = asyncio.Event()
        self._told: set[str] = set()
        self._left: set[str] = set()

    def start(self) -> None:
        """Subscribe to everything the clients hear."""
        self._ari.on_resync(self.reconcile)
        self._ari.on_any_event(self._heard)
        self._ami.on_event("DeviceStateChange", self._heard_of_phone)
        self._ami.on_event("ContactStatus", self._heard_of_contact)
        self._ami.on_event("FullyBooted", lambda _: self._phones_due.set())
        self._ami.on_connected(self._phones_due.set)

    async def run(self) -> None:
        """Follow the phones, and reconcile now and then, until cancelled; connected or not: the journal is a file."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_phones())
            while True:
                await asyncio.sleep(RECONCILE_SECONDS)
                self._phones_due.set()
                try:
                    await self.reconcile()
                except RingwardError as error:
                    log.warning("watch.not_reconciled", reason=str(error))
                except Exception:
                    # Whatever is wrong with one row or record, the telephones need a daemon that answers them.
                    log.exception("watch.not_reconciled")

    async def reconcile(self) -> None:
        """Read the journal, and end what the switch no longer knows.

        Raises:
            SwitchUnavailable: Asterisk does not answer; the journal was read all the same.
            StoreUnavailable: the database cannot be used now; the next reading does it all.
        """
        async with self._reading:
            since, asked = time.monotonic(), datetime.now(UTC)
            try:
                channels = {one.id: _linkedid(one) for one in await self._ari.channels.list()}
            except SwitchUnavailable:
                await catch_up(self._tracker, self._store, self._journal)
                raise
            await catch_up(self._tracker, self._store, self._journal, channels=channels, since=since, asked=asked)
        self._reconciled()

    async def read_phones(self) -> None:
        """Learn every desk phone's state: whether it can be rung by its contacts, and whether it is in use.

        Raises:
            SwitchUnavailable: Asterisk does not answer. AmiRefused: the account may not ask.
        """
        told: set[str] = set()
        self._told = told
        reply = await self._ami.demand("DeviceStateList")
        there = await registered(self._ami)
        self._left -= there  # not later: who leaves while the next list is made has left
        nowhere = await without_contact(self._ami)
        for state in reply.events:
            device = state.get("Device", "")
            if device not in told:  # what was told while the lists were made is newer
                self._learn(device, state.get("State", ""), there, nowhere)

    async def _follow_phones(self) -> None:
        while True:
            await self._phones_due.wait()
            self._phones_due.clear()
            if not self._ami.connected:
                continue  # Asterisk says that it has booted before it lets us in; the log-in sets this again
            try:
                await self.read_phones()
            except RingwardError as error:
                log.warning("watch.phones_unread", reason=str(error))
                await asyncio.sleep(PHONES_PAUSE)
                if self._ami.connected:
                    self._phones_due.set()

    def _heard(self, event: AriEvent) -> None:
        for fact in parse_ari(event):
            self._tracker.handle(fact)

    def _heard_of_phone(self, state: Mapping[str, str]) -> None:
        device, now = state.get("Device", ""), state.get("State", "")
        self._told.add(device)
        self._learn(device, now)
        if DEVICE_STATES.get(now) is Passed.OFFLINE or device.removeprefix(PHONE) in self._left:
            self._phones_due.set()  # it may be back already; or gone, though its state does not say so

    def _heard_of_contact(self, status: Mapping[str, str]) -> None:
        extension = newly_registered(status)
        if extension is None:
            self._left.add(status.get("AOR", ""))
            self._phones_due.set()
            return
        self._left.discard(extension)
        if self._directory.desk_state(extension) is Passed.OFFLINE:
            self._told.add(f"{PHONE}{extension}")
            self._directory.set_desk_state(extension, None)

    def _learn(
        self, device: str, state: str, there: frozenset[str] = frozenset(), nowhere: frozenset[str] = frozenset()
    ) -> None:
        if not device.startswith(PHONE) or state not in DEVICE_STATES:
            return
        extension, passed = device.removeprefix(PHONE), DEVICE_STATES[state]
        if extension in nowhere:
            passed = Passed.OFFLINE
        elif passed is Passed.OFFLINE and extension in there:
            passed = None
        self._directory.set_desk_state(extension, passed)


def _linkedid(channel: Channel) -> str:
    return str(channel.json.get("channelvars", {}).get("CHANNEL(linkedid)", channel.id))
