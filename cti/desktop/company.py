"""Two people who work on one customer are told of each other: who has the card up, who talks to them, who noted.

`told` decides purely; `Company` remembers what no call says (a card looked up, a note just written) and tells desktops
what has changed. Must not know calls beyond their pops, nor what a card holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from cti.calls.model import INTERNAL
from cti.desktop.hub import Hub
from cti.desktop.messages import ColleagueActive, Pop
from cti.wrapup.model import Clock

LOOKING_FOR = timedelta(minutes=5)
"""How long a card that was looked up counts as up: the page does not say when it is put away."""

NOTED_FOR = timedelta(minutes=10)
"""Who wrote of a customer so lately may be about to do what they wrote."""

RANKS = {"call": 0, "wrap_up": 1, "noted": 2, "ringing": 3, "looking": 4}
"""What somebody does with a customer; of several the first is told."""

WORKING = frozenset({"call", "wrap_up", "noted"})
CARD_UP = frozenset({"call", "wrap_up", "ringing", "looking"})
OVER = "over"


class Activity(msgspec.Struct, frozen=True):
    """What `agent` does with a customer since when. `call_id` is the call that it is part of."""

    customer_id: int
    agent: str
    what: str
    since: datetime
    call_id: str | None = None


Known = dict[str, dict[tuple[int, str], Activity]]
"""Agent -> (customer, colleague) -> what that colleague does."""


def told(activities: Iterable[Activity]) -> Known:
    """Who is to know of whom: one has the card up, the other works on the customer. In one call they know already."""
    by_customer: dict[int, dict[str, Activity]] = {}
    for one in activities:
        mine = by_customer.setdefault(one.customer_id, {})
        held = mine.get(one.agent)
        if held is None or (RANKS[one.what], one.since) < (RANKS[held.what], held.since):
            mine[one.agent] = one
    known: Known = {}
    for customer_id, agents in by_customer.items():
        for agent, mine_ in agents.items():
            for colleague, theirs in agents.items():
                if colleague != agent and _matters(mine_, theirs):
                    known.setdefault(agent, {})[customer_id, colleague] = theirs
    return known


def _matters(one: Activity, other: Activity) -> bool:
    if one.call_id is not None and one.call_id == other.call_id:
        return False
    pairs = ((one.what, other.what), (other.what, one.what))
    return any(mine in CARD_UP and theirs in WORKING for mine, theirs in pairs)


def of_pops(shown: Mapping[str, Mapping[str, Pop]]) -> Iterator[Activity]:
    """What agents do by the pops on their screens, of calls whose customer is known."""
    for call_id, pops in shown.items():
        for agent, pop in pops.items():
            customer_id = pop.card.get("customer_id") if pop.card else None
            since = pop.answered or pop.started
            if isinstance(customer_id, int) and since is not None:
                what = "call" if pop.state == "talking" else "ringing"
                if pop.direction == INTERNAL:  # a colleague asks them about the customer, who does not call them
                    what = "looking"
                yield Activity(customer_id, agent, what, since, call_id)


class Company:
    """Keeps desktops told. `refresh` is to be called whenever pops or wrap-ups may have changed, and now and then."""

    def __init__(self, hub: Hub, now: Callable[[], datetime]) -> None:
        self._hub = hub
        self._now = now
        self._looking: dict[str, tuple[int, datetime]] = {}
        self._noted: dict[tuple[int, str], datetime] = {}
        self._known: Known = {}

    def looked(self, agent: str | None, customer_id: int) -> None:
        """An agent has looked a customer up; their former card is put away."""
        if agent is not None:
            self._looking[agent] = (customer_id, self._now())

    def noted(self, agent: str | None, customer_id: int) -> None:
        """An agent has written something down of a customer."""
        if agent is not None:
            self._noted[customer_id, agent] = self._now()

    def of(self, agent: str | None, names: Mapping[str, str]) -> tuple[ColleagueActive, ...]:
        """What this agent was told and still holds."""
        known = self._known.get(agent, {}) if agent is not None else {}
        return tuple(_message(one, names) for _, one in sorted(known.items()))

    def refresh(
        self, shown: Mapping[str, Mapping[str, Pop]], wrap_ups: Iterable[Clock], names: Mapping[str, str]
    ) -> None:
        """Tell everyone what is new, or over, since they were last told."""
        before, self._known = self._known, told((*of_pops(shown), *_of_clocks(wrap_ups), *self._remembered()))
        for agent in before.keys() | self._known.keys():
            old, new = before.get(agent, {}), self._known.get(agent, {})
            for key, one in sorted(old.items()):
                if key not in new:
                    self._hub.send(agent, _message(msgspec.structs.replace(one, what=OVER), names))
            for key, one in sorted(new.items()):
                if old.get(key) != one:
                    self._hub.send(agent, _message(one, names))

    def _remembered(self) -> Iterator[Activity]:
        now = self._now()
        self._looking = {agent: one for agent, one in self._looking.items() if now - one[1] < LOOKING_FOR}
        self._noted = {key: at for key, at in self._noted.items() if now - at < NOTED_FOR}
        for agent, (customer_id, at) in self._looking.items():
            yield Activity(customer_id, agent, "looking", at)
        for (customer_id, agent), at in self._noted.items():
            yield Activity(customer_id, agent, "noted", at)


def _of_clocks(clocks: Iterable[Clock]) -> Iterator[Activity]:
    for clock in clocks:
        if clock.customer_id is not None:
            yield Activity(clock.customer_id, clock.agent, "wrap_up", clock.started, clock.linkedid)


def _message(one: Activity, names: Mapping[str, str]) -> ColleagueActive:
    return ColleagueActive(one.customer_id, one.agent, names.get(one.agent, one.agent), one.what, one.since)
