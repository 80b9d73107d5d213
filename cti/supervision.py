"""Listening to a colleague's call, whispering to them, joining in: by whom leads and by a newcomer's mentor.

Each is written into the audit before the phone rings: what cannot be written down cannot be done. The card is on the
listener's screen as it is on the colleague's. Must not know HTTP, nor how a log-in is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from cti.agents.directory import DirectoryCache
from cti.agents.logins import Identity
from cti.asterisk.ari import AriEvent
from cti.asterisk.ari.payload import ChannelDestroyed
from cti.asterisk.standing import ChannelNow, Mark
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.bus import Bus
from cti.calls.control import conversation
from cti.calls.model import Call, CallChanged
from cti.desktop.floor import LEADING
from cti.desktop.service import Desktops
from cti.errors import Refused
from cti.store.engine import Store

log = structlog.get_logger(__name__)

MODES = ("listen", "whisper", "barge")


class Switch(Protocol):
    """What is needed of `cti.asterisk.control`."""

    async def watch(self, extension: str, channel: str, mode: str, shows: str, watches: str = "") -> str: ...

    async def watch_as(self, channel: str, mode: str, watches: str = "") -> None: ...

    async def hang_up(self, channel: str) -> None: ...


class Watch(msgspec.Struct, frozen=True):
    """`watcher` hears the part of `watched` in a call, on their own phone's `channel`. All but the channel: codes."""

    linkedid: str
    watched: str
    watcher: str
    mode: str
    channel: str


class Supervision:
    """Who listens to whom, on one switch. Each person to one call at a time."""

    def __init__(
        self,
        *,
        switch: Switch,
        store: Store,
        desktops: Desktops,
        directory: DirectoryCache,
        bus: Bus,
        now: Callable[[], datetime],
    ) -> None:
        self._switch = switch
        self._store = store
        self._desktops = desktops
        self._directory = directory
        self._now = now
        self._watches: dict[str, Watch] = {}
        self._older: frozenset[Watch] = frozenset()
        desktops.floor.mentored = lambda agent: directory.mentored(agent, now())
        bus.subscribe(CallChanged, self._changed)

    def may_watch(self, who: Identity, agent: str) -> bool:
        """Whether this person may listen to that colleague now: by role, or as their mentor."""
        if who.agent is None or who.agent == agent:
            return False
        return who.role in LEADING or agent in self._directory.mentored(who.agent, self._now())

    def of(self, watcher: str) -> Watch | None:
        """Whom this person listens to."""
        return next((one for one in self._watches.values() if one.watcher == watcher), None)

    async def watch(self, who: Identity, call: Call, watched: str, mode: str) -> Watch:
        """Ring the listener's own desk phone; once picked up it hears the call. Already listening: change the mode.

        Raises:
            Refused: `watched` does not talk in this call, or the listener has a part in it, or no phone.
            StoreUnavailable: it cannot be written down. SwitchUnavailable: Asterisk does not answer.
        """
        watcher = who.agent or ""
        talk = conversation(call, watched)
        if talk is None:
            raise Refused("nobody talks on that phone now")
        agent = self._directory.directory.agents.get(watcher)
        if agent is None or agent.desk is None:
            raise Refused("listening needs a desk phone of your own")
        pop = self._desktops.pops_of(call.linkedid).get(watcher)
        if pop is not None and pop.watching is None:
            raise Refused("you have a part in this call yourself")
        standing, about = self.of(watcher), "!".join((call.linkedid, watched, watcher, mode))
        await self._write(who, call, watched, mode)
        if standing is not None and (standing.linkedid, standing.watched) == (call.linkedid, watched):
            await self._switch.watch_as(standing.channel, mode, about)
            channel = standing.channel
        else:
            if standing is not None:
                await self.stop(watcher)
            watched_desk = self._directory.directory.agents[watched].desk or watched
            self._desktops.handlings.watch(call.linkedid, watcher, watched, mode)
            try:
                channel = await self._switch.watch(agent.desk, talk.own, mode, watched_desk, about)
            except BaseException:
                self._desktops.handlings.unwatch(call.linkedid, watcher)
                raise
        one = Watch(call.linkedid, watched, watcher, mode, channel)
        self._watches[channel] = one
        self._desktops.handlings.watch(call.linkedid, watcher, watched, mode)
        return one

    async def stop(self, watcher: str) -> None:
        """Listen no more.

        Raises:
            Refused: they do not. SwitchUnavailable: Asterisk does not answer.
        """
        one = self.of(watcher)
        if one is None:
            raise Refused("you listen to nobody")
        self._over(one)
        try:
            await self._switch.hang_up(one.channel)
        except Refused:
            return  # they have put the receiver down already

    def heard(self, event: AriEvent) -> None:
        """An event of the switch: the listener's phone may have ended."""
        if isinstance(event, ChannelDestroyed):
            one = self._watches.get(event.channel.id)
            if one is not None:
                self._over(one)

    def reading(self) -> tuple[str, ...]:
        """The switch's channels are about to be read: who begins from now on is newer than they."""
        self._older = frozenset(self._watches.values())
        return ()

    def stand(self, channels: Mapping[str, ChannelNow]) -> None:
        """The switch has these channels: whoever listens on one of them does, and nobody else."""
        for one in self._older:
            if one.channel not in channels and self._watches.get(one.channel) == one:
                self._over(one)
        for channel in channels.values():
            fields = channel.fields(Mark.WATCHES, 4)
            if fields is None or channel.id in self._watches:
                continue
            linkedid, watched, watcher, mode = fields
            if mode in MODES and watched in self._desktops.pops_of(linkedid):
                self._watches[channel.id] = Watch(linkedid, watched, watcher, mode, channel.id)
                self._desktops.handlings.watch(linkedid, watcher, watched, mode)

    def _changed(self, change: CallChanged) -> None:
        for one in tuple(self._watches.values()):
            if one.linkedid == change.after.linkedid and conversation(change.after, one.watched) is None:
                self._over(one)  # their phone ends with the part that they listened to

    def _over(self, one: Watch) -> None:
        self._watches.pop(one.channel, None)
        self._desktops.handlings.unwatch(one.linkedid, one.watcher)

    async def _write(self, who: Identity, call: Call, watched: str, mode: str) -> None:
        agent = self._directory.agent(who.agent or "")
        entry = Entry(
            action="call.watched",
            actor=who.login,
            agent=who.agent,
            department=agent.department if agent is not None else "",
            subject="agent",
            subject_id=watched,
            after={"mode": mode},
            linkedid=call.linkedid,
        )
        async with self._store.transaction() as session:
            record(session, entry, self._now())
