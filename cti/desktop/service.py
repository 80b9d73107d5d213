"""Keeps every open desktop equal to the live calls: who sees which pop, with which card, and how colleagues are.

Asterisk, through the tracker, is the truth about calls; what is known of their callers `cti.desktop.contexts` keeps.
Must not know sockets or HTTP, nor who routes a call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec
import structlog

from cti.agents.directory import DirectoryChanged, PhoneChanged
from cti.agents.logins import Identity
from cti.bus import Bus
from cti.calls.model import Call, CallChanged
from cti.customers.asking import STALE_DAYS
from cti.customers.index import TAIPEI
from cti.desktop.company import Company
from cti.desktop.contexts import Callers, Calls, Contexts
from cti.desktop.floor import FloorShown, Handlings
from cti.desktop.hub import CLOSE_NORMAL, Connection, Hub
from cti.desktop.messages import Alarm, Caller, DesktopMessage, Pop, Presence, Snapshot
from cti.desktop.pops import PopContext, changes, code_of, views
from cti.desktop.presence import People, PresenceBoard
from cti.desktop.promises import Board, PromisesShown
from cti.desktop.wrapups import Running, WrapUpsShown
from cti.store.engine import Store
from cti.wrapup.model import WrapUpEnded, WrapUpStarted
from routing.model import Why

log = structlog.get_logger(__name__)

PRESENCE_PAUSE = 0.1
"""Presence goes to every desktop, a pop to one: it waits, so that no phone's ring waits behind a hundred sockets, and
the several changes of one moment are told once."""

SWEEP_SECONDS = 1.0
"""Registrations of phones reach the directory without a call or a message; a second late is soon enough."""


class PopTold(msgspec.Struct, frozen=True):
    """An agent's desktops were told `message` of a call: for whoever shows the same card elsewhere. On the bus."""

    linkedid: str
    agent: str
    message: DesktopMessage


ALARMED = frozenset({"lead", "manager", "admin"})
"""Whose desktops are told of alarms: those who can do something about the firm, not those who are on the phone."""


class Desktops:
    """All that open desktops are told. `run()` must run for cards to come back and presence to follow the phones."""

    def __init__(
        self,
        hub: Hub,
        bus: Bus,
        tracker: Calls,
        callers: Callers,
        directory: People,
        store: Store,
        *,
        promises: Board | None = None,
        presence: PresenceBoard | None = None,
        wrap_ups: Running | None = None,
        say: Callable[[Why], str] = code_of,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: tzinfo = TAIPEI,
        stale_days: int = STALE_DAYS,
    ) -> None:
        self._hub = hub
        self._bus = bus
        self._tracker = tracker
        self._directory = directory
        self._say = say
        self._now = now
        self._contexts = Contexts(tracker, callers, store, self._name, self._refresh, zone=zone, stale_days=stale_days)
        self._shown: dict[str, dict[str, Pop]] = {}
        self._promises = PromisesShown(hub, bus, promises)
        self._wrap_ups = WrapUpsShown(hub, bus, wrap_ups)
        self.presence = presence or PresenceBoard(hub, bus, directory, now=now)
        self.floor = FloorShown(hub)
        self.handlings = Handlings(self._refresh)
        self._running = wrap_ups
        self.company = Company(hub, now)
        self._alarms: dict[str, Alarm] = {}
        self._presence_due = asyncio.Event()
        self._unsubscribe = (
            bus.subscribe(CallChanged, self._call_changed),
            *(
                bus.subscribe(kind, lambda _changed: self._presence_due.set())
                for kind in (DirectoryChanged, PhoneChanged, WrapUpStarted, WrapUpEnded)
            ),
        )

    # Connections

    def open(self, identity: Identity) -> Connection:
        """A new desktop with its snapshot already in the outbox; everything after it follows in order."""
        # First what is on its way: else this snapshot knows a state that passes before the others are told of it, and
        # nothing is ever sent that takes it back.
        self.refresh_presence()
        connection = self._hub.connect(identity)
        self.presence.came(identity.agent)
        self._hub.send_to(connection, self.snapshot(identity))
        self._presence_due.set()
        return connection

    def close(self, connection: Connection, code: int = CLOSE_NORMAL) -> None:
        """A desktop has gone."""
        self._hub.disconnect(connection, code)
        self.presence.went(connection.identity.agent)
        self._presence_due.set()

    def snapshot(self, identity: Identity) -> Snapshot:
        """Everything this person's page shows, as of now; without an agent's code no pops."""
        agent = identity.agent
        mine = [pops[agent] for pops in self._shown.values() if agent in pops] if agent is not None else []
        presence = tuple(self.presence.now(self._pops()).values())
        return Snapshot(
            at=self._now(),
            agent=agent,
            name=self._name(agent) if agent is not None else identity.login,
            pops=tuple(mine),
            colleagues=presence,
            promises=self._promises.of(identity),
            alarms=tuple(self._alarms.values()) if identity.role in ALARMED else (),
            presence=presence,
            wrapup=self._wrap_ups.of(agent),
            floor=self.floor.of(identity),
            company=self.company.of(agent, self._directory.names),
        )

    # Alarms

    def set_alarm(self, alarm: Alarm) -> None:
        """An alarm is raised, has other figures, or is over; desktops of those who lead are told if that is news."""
        standing = self._alarms.get(alarm.kind)
        if alarm == standing or (standing is None and not alarm.raised):
            return
        if alarm.raised:
            self._alarms[alarm.kind] = alarm
        else:
            del self._alarms[alarm.kind]
        self._hub.send_to_roles(ALARMED, alarm)

    def end_alarm(self, alarm: Alarm) -> None:
        """This very alarm is over; one that has taken its place stands."""
        if self._alarms.get(alarm.kind) == alarm:
            self.set_alarm(msgspec.structs.replace(alarm, raised=False))

    # Calls

    def context(self, linkedid: str) -> PopContext | None:
        """What is known of a call's caller, or None for a call that nobody asked about."""
        return self._contexts.get(linkedid)

    def set_context(self, linkedid: str, context: PopContext) -> None:
        """What is known of a call's caller; set before the call's first step, or again when more is known.

        A card that is missing although there are matches (it was too slow for the ring) is fetched by `run`.
        """
        self._contexts.set(linkedid, context)

    def context_of(self, linkedid: str) -> PopContext | None:
        """What is known of a call's other party, as it stands on the screens; None for a call that is not live."""
        return self._contexts.of(linkedid)

    def colleague(self, code: str, raw: str = "") -> Caller:
        """One of us, as who calls."""
        return self._contexts.colleague(code, raw)

    def pops_of(self, linkedid: str) -> Mapping[str, Pop]:
        """Who has this call's pop up now, by agent's code."""
        return self._shown.get(linkedid, {})

    async def choose_customer(self, call_id: str, customer_id: int) -> dict[str, Any]:
        """Tie a call to a customer by hand; the card changes on every desktop that has the pop. Returns the card.

        Raises:
            NotFound: no such customer.
            StoreUnavailable: the database cannot be used now.
        """
        return await self._contexts.choose(call_id, customer_id)

    async def refresh_card(self, customer_id: int) -> None:
        """The customer's file changed: bring it up to date wherever it stands on a screen.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        await self._contexts.refresh(customer_id)

    # Presence

    def everybody(self) -> dict[str, Presence]:
        """How every active agent is now, since and until when, by code."""
        return self.presence.now(self._pops())

    def presences(self) -> dict[str, str]:
        """The plain state of every active agent, by code."""
        return {code: one.state for code, one in self.everybody().items()}

    def refresh_presence(self) -> None:
        """Tell everyone whose state has changed since it was last told, who works on the customer they work on, and
        mentors of the calls they may know of since."""
        self.presence.refresh(self._pops())
        self.floor.refresh()
        names, running = self._directory.names, self._running
        clocks = (running.of(code) for code in names) if running is not None else ()
        self.company.refresh(self._shown, [one for one in clocks if one is not None], names)

    def looked_up(self, agent: str | None, customer_id: int) -> None:
        """An agent has this customer's card up without a call."""
        self.company.looked(agent, customer_id)
        self._presence_due.set()

    def noted(self, agent: str | None, customer_id: int) -> None:
        """An agent has just written something down of this customer."""
        self.company.noted(agent, customer_id)
        self._presence_due.set()

    async def run(self) -> None:
        """Take up the live calls found at the start, then bring back missing cards and follow presence."""
        for call in self._tracker.live():
            self._on_call(call)
            self._contexts.fetch(call.linkedid)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_presence())
            tasks.create_task(self._contexts.run())

    def stop(self) -> None:
        """Listen to no more calls."""
        for unsubscribe in (*self._unsubscribe, self._promises.stop, self._wrap_ups.stop):
            unsubscribe()

    # Inside

    def _call_changed(self, change: CallChanged) -> None:
        self._on_call(change.after)

    def _pops(self) -> Iterator[Pop]:
        return (pop for pops in self._shown.values() for pop in pops.values() if pop.watching is None)

    def _on_call(self, call: Call) -> None:
        if call.ended is None:
            self._contexts.begin(call)
        self._show(call)
        if call.ended is not None:
            self._contexts.end(call.linkedid)
            self.handlings.forget(call.linkedid)
        self.presence.took(call)
        self._presence_due.set()

    def _refresh(self, linkedid: str) -> None:
        call = self._tracker.get(linkedid)
        if call is not None:
            self._show(call)

    def _show(self, call: Call) -> None:
        before = self._shown.get(call.linkedid, {})
        context = self._contexts.get(call.linkedid)
        after = views(call, context, self._directory.names, self._say) if context else {}
        after = self.handlings.added(call.linkedid, after)
        self.floor.show(call.linkedid, after)
        for agent, message in changes(before, after, call):
            self._hub.send(agent, message)
            self._bus.publish(PopTold(call.linkedid, agent, message))
        if after:
            self._shown[call.linkedid] = after
        else:
            self._shown.pop(call.linkedid, None)

    async def _follow_presence(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._presence_due.wait()
            await asyncio.sleep(PRESENCE_PAUSE)
            self._presence_due.clear()
            self.refresh_presence()

    def _name(self, code: str) -> str:
        return self._directory.names.get(code, code)
