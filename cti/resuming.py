"""After a restart, or a stream that was lost: reads from the switch how people's conversations stand, and who listens.

Nothing of it is in the journal. Must not know what is shown of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol

import structlog

from cti.asterisk.standing import ChannelNow
from cti.errors import RingwardError

log = structlog.get_logger(__name__)

PAUSE = 1.0
"""Seconds until the next try; a page that says for a second longer that nobody is on hold harms little."""


class Switch(Protocol):
    """What is needed of `cti.asterisk.control`."""

    async def channels_now(self, phones: Collection[str]) -> Mapping[str, ChannelNow]: ...


class Standing(Protocol):
    """Whoever keeps in memory what stands on the switch.

    `reading()` is called before the channels are read: what changes from then on is newer than what they say. It names
    the channels of which is to be known whether they hold.
    """

    def reading(self) -> Collection[str]: ...

    def stand(self, channels: Mapping[str, ChannelNow]) -> None: ...


class Resuming:
    """One switch. `due()` whenever calls have been read again; `run()` must run."""

    def __init__(self, switch: Switch, *rooms: Standing) -> None:
        self._switch = switch
        self._rooms = rooms
        self._due = asyncio.Event()

    def due(self) -> None:
        """Read as soon as possible."""
        self._due.set()

    async def run(self) -> None:
        """Read whenever it is due, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            phones = [channel for room in self._rooms for channel in room.reading()]
            try:
                channels = await self._switch.channels_now(phones)
            except RingwardError as error:
                log.warning("resuming.not_read", reason=str(error))
                await asyncio.sleep(PAUSE)
                self._due.set()
            else:
                for room in self._rooms:
                    room.stand(channels)
