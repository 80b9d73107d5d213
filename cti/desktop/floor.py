"""Colleagues' calls on the screens of those who may listen, and what pops show beside the call itself.

Must not know how the switch holds, mutes or listens, nor who may: it is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from msgspec.structs import replace

from cti.agents.logins import Identity
from cti.customers.discretion import masked_if_number
from cti.desktop.messages import DesktopMessage, FloorCall, FloorGone, Handling, Pop

LEADING = frozenset({"lead", "manager", "admin"})
"""Roles that see everybody's calls, and may listen to them."""


class Desktops(Protocol):
    """What is needed of the hub."""

    def identities(self) -> frozenset[Identity]: ...

    def send_to_identity(self, identity: Identity, message: DesktopMessage) -> None: ...


class Handlings:
    """What agents did to their conversations, and who watches which; `refresh(linkedid)` shows it."""

    def __init__(self, refresh: Callable[[str], None]) -> None:
        self._refresh = refresh
        self._handled: defaultdict[str, dict[str, Handling]] = defaultdict(dict)
        self._watchers: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(dict)

    def of(self, linkedid: str, agent: str) -> Handling:
        """What this agent did to the call."""
        return self._handled.get(linkedid, {}).get(agent, Handling())

    def set(self, linkedid: str, agent: str, handling: Handling) -> None:
        """It is so now."""
        self._handled[linkedid][agent] = handling
        self._refresh(linkedid)

    def watch(self, linkedid: str, watcher: str, watched: str, mode: str) -> None:
        """`watcher` listens to the part of `watched` in the call, and has the same card."""
        self._watchers[linkedid][watcher] = watched, mode
        self._refresh(linkedid)

    def unwatch(self, linkedid: str, watcher: str) -> None:
        """They do no longer."""
        if self._watchers.get(linkedid, {}).pop(watcher, None) is not None:
            self._refresh(linkedid)

    def forget(self, linkedid: str) -> None:
        """The call is over."""
        self._handled.pop(linkedid, None)
        self._watchers.pop(linkedid, None)

    def added(self, linkedid: str, pops: Mapping[str, Pop]) -> dict[str, Pop]:
        """The call's pops with this beside them, and those of who watches."""
        handled = self._handled.get(linkedid, {})
        shown = {
            agent: replace(pop, handling=handled[agent]) if agent in handled and pop.state == "talking" else pop
            for agent, pop in pops.items()
        }
        for watcher, (watched, mode) in self._watchers.get(linkedid, {}).items():
            pop = shown.get(watched)
            if pop is not None and watcher not in pops:
                shown[watcher] = replace(pop, leg=replace(pop.leg, agent=watched), handling=None, watching=mode)
        return shown


class FloorShown:
    """Who is in which call, told to those who may know. `mentored` says whose calls a mentor sees, by their code."""

    def __init__(self, hub: Desktops, mentored: Callable[[str], Collection[str]] = lambda _: ()) -> None:
        self._hub = hub
        self.mentored = mentored
        self._shown: dict[str, dict[str, FloorCall]] = {}
        self._mentored: dict[Identity, frozenset[str]] = {}

    def of(self, identity: Identity) -> tuple[FloorCall, ...]:
        """The calls that this person may know of."""
        calls = (call for calls in self._shown.values() for call in calls.values())
        return tuple(call for call in calls if self._may_know(identity, call.agent))

    def refresh(self) -> None:
        """Tell mentors whose time has begun or is over of the calls that they may know of now, or may no longer."""
        before, self._mentored = self._mentored, {}
        for identity in self._hub.identities():
            now = self._newcomers(identity)
            then = before.get(identity, now)
            for call in (call for calls in self._shown.values() for call in calls.values() if then != now):
                if call.agent in then - now:
                    self._hub.send_to_identity(identity, FloorGone(call.call_id, call.agent))
                elif call.agent in now - then:
                    self._hub.send_to_identity(identity, call)

    def show(self, linkedid: str, pops: Mapping[str, Pop]) -> None:
        """The call's pops are these now."""
        before = self._shown.get(linkedid, {})
        after = {agent: _told(agent, pop) for agent, pop in pops.items() if pop.watching is None}
        if before == after:
            return
        for agent in before.keys() - after.keys():
            self._tell(agent, FloorGone(linkedid, agent))
        for agent, call in after.items():
            if before.get(agent) != call:
                self._tell(agent, call)
        if after:
            self._shown[linkedid] = after
        else:
            self._shown.pop(linkedid, None)

    def _tell(self, agent: str, message: FloorCall | FloorGone) -> None:
        for identity in self._hub.identities():
            if self._may_know(identity, agent):
                self._hub.send_to_identity(identity, message)

    def _may_know(self, identity: Identity, agent: str) -> bool:
        if identity.agent == agent:
            return False
        return identity.role in LEADING or agent in self._newcomers(identity)

    def _newcomers(self, identity: Identity) -> frozenset[str]:
        """Whose mentor this person was when they were last told: what began or ended since, `refresh` tells."""
        if identity.role in LEADING or identity.agent is None:
            return frozenset()
        if identity not in self._mentored:
            self._mentored[identity] = frozenset(self.mentored(identity.agent)) - {identity.agent}
        return self._mentored[identity]


def _told(agent: str, pop: Pop) -> FloorCall:
    who = str(pop.card.get("name", "")) if pop.card else pop.matches[0].name if pop.matches else ""
    if not who and not pop.caller.withheld:
        # Whoever listens reads the number with the call's own pop; whoever only sees that it goes on, does not.
        who = masked_if_number(pop.caller.name or pop.caller.e164 or pop.caller.raw)
    customer = pop.card.get("customer_id") if pop.card else None
    since = pop.answered if pop.state == "talking" else pop.started
    return FloorCall(pop.call_id, agent, pop.state, pop.direction, who, customer, since)
