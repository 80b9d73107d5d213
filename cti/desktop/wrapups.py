"""Wrap-ups on desktops: each agent's own, as it begins, is extended and ends.

Must not know why one begins, nor what is filed.
"""

from __future__ import annotations

from typing import Protocol

from cti.bus import Bus
from cti.desktop import messages
from cti.desktop.hub import Hub
from cti.wrapup.model import Clock, WrapUpEnded, WrapUpStarted


class Running(Protocol):
    """What is needed of the clocks: the wrap-up an agent is in."""

    def of(self, agent: str | None) -> Clock | None: ...


class WrapUpsShown:
    """Tells desktops of their agent's wrap-up. Without clocks there is none."""

    def __init__(self, hub: Hub, bus: Bus, running: Running | None) -> None:
        self._hub = hub
        self._running = running
        self._unsubscribe = (bus.subscribe(WrapUpStarted, self._started), bus.subscribe(WrapUpEnded, self._ended))

    def of(self, agent: str | None) -> messages.WrapUpStarted | None:
        """The wrap-up this agent is in."""
        clock = self._running.of(agent) if self._running is not None else None
        return shown(clock) if clock is not None else None

    def stop(self) -> None:
        """Tell no more."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def _started(self, started: WrapUpStarted) -> None:
        self._hub.send(started.clock.agent, shown(started.clock))

    def _ended(self, ended: WrapUpEnded) -> None:
        self._hub.send(ended.clock.agent, messages.WrapUpEnded(ended.clock.linkedid, ended.reason.value))


def shown(clock: Clock) -> messages.WrapUpStarted:
    """A wrap-up as it travels."""
    return messages.WrapUpStarted(
        call_id=clock.linkedid,
        linkedid=clock.linkedid,
        agent=clock.agent,
        customer_id=clock.customer_id,
        seconds=round((clock.ends - clock.started).total_seconds()),
        ends_at=clock.ends,
        extended=clock.extended,
    )
