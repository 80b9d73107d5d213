"""How everybody is now, told to every open desktop when it changes, and to the bus for whoever keeps a record.

Gathers the facts; `cti.agents.presence` decides from them. Must not know sockets, SQL, or what a call is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from cti.agents.directory import DeskRegistered
from cti.agents.presence import Being, ByHand, Facts, PresenceChanged, State, being
from cti.agents.tables import PresenceChangeRow
from cti.bus import Bus
from cti.calls.model import Call
from cti.desktop.hub import Hub
from cti.desktop.messages import Pop, Presence, PresenceGone
from routing.model import Agent, Directory, Passed

GRACE_SECONDS = 30.0
"""A reload takes two seconds, a laptop that changes its network ten; a colleague who is told later has lost nothing."""


class People(Protocol):
    """What is needed of the directory cache: the routing directory, names and what people said, by code."""

    @property
    def directory(self) -> Directory: ...

    @property
    def names(self) -> Mapping[str, str]: ...

    @property
    def by_hand(self) -> Mapping[str, ByHand]: ...


class PresenceBoard:
    """Everybody's state. `wrap_ups` says who is in wrap-up until when; `grace` in seconds.

    Call `refresh()` whenever a fact may have changed, and each second: leave begins and ends by the clock.
    """

    def __init__(
        self,
        hub: Hub,
        bus: Bus,
        people: People,
        *,
        now: Callable[[], datetime],
        grace: float = GRACE_SECONDS,
        wrap_ups: Callable[[], Mapping[str, datetime]] = dict,
    ) -> None:
        self._hub = hub
        self._bus = bus
        self._people = people
        self._now = now
        self._grace = timedelta(seconds=grace)
        self._wrap_ups = wrap_ups
        self._started = now()
        self._left: dict[str, datetime] = {}
        self._seen: dict[str, datetime] = {}
        self._registered: frozenset[str] | None = None
        self._last: dict[str, PresenceChangeRow] = {}
        self._told: dict[str, Presence] = {}
        bus.subscribe(DeskRegistered, lambda desk: self._plugged(desk.code, self._now()))

    def remember(self, last: Iterable[PresenceChangeRow]) -> None:
        """How everybody was when the record ended: a daemon that is replaced makes nobody come and go."""
        for row in last:
            self._last[row.agent_code] = row
            if row.left_page and row.state == State.OFFLINE:
                self._left[row.agent_code] = row.at

    def came(self, agent: str | None) -> None:
        """A page of this agent was opened."""
        if agent is not None:
            self._left.pop(agent, None)

    def went(self, agent: str | None) -> None:
        """A page of this agent was closed; it matters when it was the last."""
        if agent is not None and agent not in self._hub.present():
            self._left[agent] = self._now()

    def took(self, call: Call) -> None:
        """Who takes a call is there."""
        if call.answered_by is not None and call.answered is not None:
            self._seen[call.answered_by] = max(call.answered, self._seen.get(call.answered_by, call.answered))

    def now(self, pops: Iterable[Pop]) -> dict[str, Presence]:
        """How every active agent is, by code; `pops` are all that are on screens."""
        return {code: shown for code, (_, shown) in self._look(pops).items()}

    def refresh(self, pops: Iterable[Pop]) -> None:
        """Tell everyone whose state has changed since it was last told, and who has left the firm."""
        seen = self._look(pops)
        for code in self._told.keys() - seen.keys():
            self._hub.broadcast(PresenceGone(code))
        for code, (one, shown) in seen.items():
            before = self._told.get(code)
            if before != shown:
                self._hub.broadcast(shown)
            if before is None or (before.state, before.reason) != (shown.state, shown.reason):
                self._bus.publish(PresenceChanged(code, one, shown.since or self._now()))
        self._told = {code: shown for code, (_, shown) in seen.items()}

    def _look(self, pops: Iterable[Pop]) -> dict[str, tuple[Being, Presence]]:
        at = self._now()
        talking: set[str | None] = set()
        ringing: set[str | None] = set()
        for pop in pops:
            (talking if pop.state == "talking" else ringing).add(pop.leg.agent)
        registered = self._plugged_in(at)
        wrap_ups, present, by_hand = self._wrap_ups(), self._hub.present(), self._people.by_hand
        seen = {}
        for code, agent in self._people.directory.agents.items():
            if not agent.active:
                continue
            said = by_hand.get(code, ByHand())
            facts = Facts(
                by_hand=said,
                talking=code in talking or (agent.desk_passed is Passed.BUSY and code not in ringing),
                ringing=code in ringing,
                wrap_up_until=wrap_ups.get(code),
                leave_until=leave_until(agent, at),
                desktop=code in present or self._was_there(code, at),
                desktop_left=self._left.get(code),
                seen=max((one for one in (self._seen.get(code), said.since) if one), default=None),
                phone=code in registered,
                mobile_only=agent.desk is None and agent.mobile is not None,
            )
            one = being(facts, at, self._grace)
            seen[code] = (one, self._shown(code, one, at))
        return seen

    def _plugged_in(self, at: datetime) -> frozenset[str]:
        """Whose desk phone is registered. Who has just plugged one in is there, whatever became of the page before."""
        agents = self._people.directory.agents.items()
        registered = {code for code, one in agents if one.desk is not None and one.desk_passed is not Passed.OFFLINE}
        before = registered if self._registered is None else self._registered
        for code in registered - before:
            self._plugged(code, at)
        self._registered = frozenset(registered)
        return self._registered

    def _plugged(self, code: str, at: datetime) -> None:
        """A phone may go and come between two looks, or come while a new daemon has not looked yet."""
        if self._left.get(code, at) < at:
            self._seen[code] = at

    def _shown(self, code: str, one: Being, at: datetime) -> Presence:
        known = (one.state.value, one.reason)
        told, last = self._told.get(code), self._last.get(code)
        since = None
        if told is not None:
            since = told.since if (told.state, told.reason) == known else at
        elif last is not None and (last.state, last.reason) == known:
            since = last.at
        return Presence(code, self._people.names.get(code, code), one.state.value, one.reason, since or at, one.until)

    def _was_there(self, code: str, at: datetime) -> bool:
        """Right after a start pages and phones are still on their way back."""
        last = self._last.get(code)
        return last is not None and last.state != State.OFFLINE and at < self._started + self._grace


def leave_until(agent: Agent, at: datetime) -> datetime | None:
    """When the leave ends that the agent is on at `at`; None when they are on none."""
    return max((leave.ends for leave in agent.leaves if leave.starts <= at < leave.ends), default=None)
