"""Random histories of an office, played on the real hub and the real desktops: what pages were sent, and what a page
opened at the end is sent. Whoever reads the messages, in Python or in a browser, must come to the same.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from cti.agents.directory import DirectoryChanged
from cti.agents.logins import Identity
from cti.agents.presence import ByHand
from cti.asterisk.events import AnySwitchEvent, CallsJoined
from cti.bus import LocalBus
from cti.calls.machine import apply
from cti.calls.model import Call, CallChanged
from cti.calls.transfers import joined
from cti.customers.model import CallerMatch
from cti.desktop.hub import Connection, Hub
from cti.desktop.messages import Alarm, Match
from cti.desktop.pops import PopContext, caller_of
from cti.desktop.presence import PresenceBoard
from cti.desktop.service import Desktops
from cti.errors import Refused
from cti.promises.model import OwnerWhy, Promise, PromiseChanged, Shown, State
from cti.store.engine import Store
from cti.wrapup.clocks import Clocks
from cti.wrapup.model import EndReason
from routing.model import Agent, Directory, Leave, Passed
from tests.unit.call_tables import START, read_facts

PEOPLE = (
    Identity("lin", "agent", "101"),
    Identity("mei", "agent", "102"),
    Identity("boss", "manager", "103"),
    Identity("audit", "auditor", None),
)
PHONES = {"d1": "d:101:101", "m1": "m:101:0900000101", "d2": "d:102:102", "d3": "d:103:103"}
CALLS = ("1795.1", "1795.2")

STORIES = (
    (
        "caller arrived!0255501000",
        "caller plan!daemon!p9",
        "caller step!1!desk!15!d:101:101",
        "d1 leg!1!desk!15!d:101:101",
        "d1 ringing",
        "d1 hangup 16",
        "caller stepend!1!NOANSWER!19",
        "caller step!2!mobile!20!m:101:0900000101",
        "m1 leg!2!mobile!20!m:101:0900000101",
        "m1 ringing",
        "m1 up",
        "m1 refused!2!m:101:0900000101!silence",
        "m1 hangup 16",
        "caller stepend!2!NOANSWER!19",
        "caller step!3!deputy!15!d:102:102",
        "d2 leg!3!deputy!15!d:102:102",
        "d2 ringing",
        "d2 up",
        "d2 bridge",
        "caller hangup 16",
        "d2 hangup 16",
        "caller over",
    ),
    (
        "caller arrived!0255501000",
        "caller plan!static!p1",
        "caller step!1!group!15!d:101:101+d:102:102+d:103:103",
        "d1 leg!1!group!15!d:101:101",
        "d2 leg!1!group!15!d:102:102",
        "d3 leg!1!group!15!d:103:103",
        "d1 ringing",
        "d2 ringing",
        "d3 ringing",
        "d3 hangup 21",
        "d1 up",
        "d1 bridge",
        "d2 hangup 26",
        "caller hangup 16",
        "d1 hangup 16",
        "caller over",
    ),
    (
        "caller arrived!0255501000",
        "caller passed!1!desk!d:101:101!offline",
        "caller step!2!mobile!20!m:101:0900000101",
        "m1 leg!2!mobile!20!m:101:0900000101",
        "m1 ringing",
        "caller hangup 16",
        "m1 hangup 16",
        "caller over",
    ),
    (
        "caller arrived!0255501000",
        "caller plan!daemon!p1",
        "caller step!1!desk!15!d:101:101",
        "d1 leg!1!desk!15!d:101:101",
        "d1 ringing",
        "d1 up",
        "d1 bridge",
        "d1 hangup 16",
        "caller transfer!2!101!102",
        "caller step!3!desk!15!d:102:102",
        "d2 leg!3!desk!15!d:102:102",
        "d2 ringing",
        "d2 hangup 0",
        "caller stepend!3!NOANSWER!16",
        "caller back!4!101",
        "caller step!4!desk!15!d:101:101",
        "d1b leg!4!desk!15!d:101:101",
        "d1b up",
        "d1b bridge",
        "caller hangup 16",
        "d1b hangup 16",
        "caller over",
    ),
    (
        "caller placed!outbound!101!0933000222!0255501000",
        "o1 leg!1!outbound!90!m::0933000222",
        "o1 ringing",
        "o1 up",
        "o1 bridge",
        "caller bridge",
        "o1 transfer!2!101!102",
        "caller hangup 16",
        "d2 leg!3!desk!15!d:102:102",
        "d2 ringing",
        "d2 up",
        "d2 bridge",
        "d2 hangup 16",
        "o1 hangup 16",
        "caller over",
    ),
    (
        "caller placed!internal!101!102!",
        "caller step!1!desk!60!d:102:102",
        "d2 leg!1!desk!60!d:102:102",
        "d2 ringing",
        "d2 up",
        "d2 bridge",
        "caller hangup 16",
        "d2 hangup 16",
        "caller over",
    ),
)
"""The desk, the mobile that nobody accepts, the deputy; a whole group; a caller who gives up; a call that was handed on
and came back; one that an agent made and handed on; and one between colleagues."""

Step = tuple[Any, ...]
Told = tuple[list[dict[str, Any]], dict[str, Any]]
"""All that one page was sent, its snapshot first; and the snapshot of a page opened when everything had happened."""


@st.composite
def _fact(draw: st.DrawFn) -> Step:
    phone, index = draw(st.sampled_from(sorted(PHONES))), draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["desk", "mobile", "deputy", "group"]))
    target = PHONES[phone]
    several = "+".join(PHONES.values()) if kind == "group" else target
    said = draw(
        st.sampled_from(
            [
                "caller arrived!0255501000",
                "caller plan!daemon!p9",
                f"caller step!{index}!{kind}!15!{several}",
                f"caller passed!{index}!{kind}!{target}!offline",
                f"caller stepend!{index}!NOANSWER!19",
                "caller hangup 16",
                "caller over",
                f"{phone} leg!{index}!{kind}!15!{target}",
                f"{phone} ringing",
                f"{phone} up",
                f"{phone} accepted!{index}!{target}",
                f"{phone} bridge",
                f"{phone} hangup 16",
                f"caller transfer!{index}!101!102",
                f"caller back!{index}!101",
                "caller placed!outbound!101!0933000222!0255501000",
                "caller callback!1",
            ]
        )
    )
    return ("fact", draw(st.sampled_from(CALLS)), said)


agents = st.sampled_from(["101", "102", "103"])
noise = st.lists(
    st.one_of(
        _fact(),
        _fact(),
        st.tuples(st.just("known"), st.sampled_from(CALLS), st.sampled_from([None, 1, 2])),
        st.tuples(st.just("says"), agents, st.sampled_from(["available", "away", "dnd"])),
        st.tuples(st.just("leaves"), agents, st.integers(0, 10)),
        st.tuples(st.just("quits"), agents, st.booleans()),
        st.tuples(st.just("mentors"), agents, agents, st.booleans()),
        st.tuples(st.just("until"), agents, st.integers(0, 10)),
        st.tuples(st.just("asked"), st.sampled_from(CALLS), st.sampled_from(CALLS)),
        st.tuples(st.just("visits"), st.sampled_from(range(4)), st.booleans()),
        st.tuples(st.just("phone"), agents, st.sampled_from([None, Passed.OFFLINE, Passed.BUSY])),
        st.tuples(st.just("alarm"), st.sampled_from(["answer_rate", "rehearsal"]), st.booleans(), st.integers(0, 3)),
        st.tuples(st.just("owed"), st.integers(1, 3), st.sampled_from(["101", "102", None, "gone"]), st.integers(0, 3)),
        st.tuples(st.just("filed"), st.sampled_from(CALLS)),
        st.tuples(st.sampled_from(["looks", "notes"]), agents, st.sampled_from([1, 2])),
        st.tuples(st.sampled_from(["longer", "free"]), st.sampled_from(CALLS)),
        st.tuples(st.just("sweep")),
    ),
    max_size=15,
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Step], list[Step]]:
    """What happened before the pages were opened, and after: a true call or two among things that make no sense."""
    told = [("fact", linkedid, said) for linkedid in CALLS for said in draw(st.sampled_from(STORIES))]
    if draw(st.booleans()):  # two calls at once
        half = len(told) // 2
        told = [one for pair in zip(told[:half], told[half:], strict=False) for one in pair]
    steps: list[Step] = list(told)
    for step in draw(noise):
        steps.insert(draw(st.integers(0, len(steps))), step)
    cut = draw(st.integers(0, len(steps)))
    return steps[:cut], steps[cut:]


class Office:
    """Everything desktops need to know, in memory; the hub, the desktops and the rules are the real ones."""

    def __init__(self, store: Store) -> None:
        self.names = {"101": "林小明", "102": "王美美", "103": "張大同"}
        self.by_hand: dict[str, ByHand] = {}
        self.desks: dict[str, Passed | None] = dict.fromkeys(self.names)
        self.calls: dict[str, Call] = {}
        self.leaves: dict[str, tuple[Leave, ...]] = {}
        self.former: set[str] = set()
        self.mentored: dict[str, frozenset[str]] = {}
        self.visitors: dict[int, Connection] = {}
        self.board: dict[int, Shown] = {}
        self.bus, self.hub = LocalBus(), Hub()
        self.seconds = 0
        self.clocks = Clocks(store, self.bus, seconds=5, now=self.now)
        board = PresenceBoard(self.hub, self.bus, self, now=self.now, wrap_ups=lambda: self.clocks.until)
        shown = {"promises": self, "presence": board, "wrap_ups": self.clocks, "now": self.now}
        self.desktops = Desktops(self.hub, self.bus, self, self, self, store, **shown)
        self.desktops.floor.mentored = lambda code: self.mentored.get(code, frozenset())

    def now(self) -> datetime:
        """The facts' own clock: a second for each thing that happens."""
        return START + timedelta(seconds=self.seconds)

    @property
    def directory(self) -> Directory:
        return Directory(
            {
                code: Agent(
                    code,
                    desk=code,
                    desk_passed=passed,
                    leaves=self.leaves.get(code, ()),
                    active=code not in self.former,
                )
                for code, passed in self.desks.items()
            }
        )

    def live(self) -> tuple[Call, ...]:
        return tuple(self.calls.values())

    def get(self, linkedid: str) -> Call | None:
        return self.calls.get(linkedid)

    def set_customer(self, linkedid: str, customer_id: int) -> object:
        raise AssertionError("nobody chooses here")

    def lookup(self, _e164: str) -> tuple[CallerMatch, ...]:
        return (CallerMatch(1, "陳太太", "A", "101"),)

    def happens(self, step: Step) -> None:
        """One thing happens."""
        kind, *rest = step
        self.seconds += 1
        getattr(self, f"_{kind}")(*rest)

    def _fact(self, linkedid: str, said: str) -> None:
        [fact] = read_facts(f"{self.seconds} {said}", linkedid)
        self._apply(fact)

    def _apply(self, fact: AnySwitchEvent) -> None:
        before = self.calls.get(fact.linkedid)
        self._put(before, apply(before, fact))

    def _put(self, before: Call | None, after: Call | None) -> None:
        if after is None or after == before:
            return
        self.calls[after.linkedid] = after
        self.bus.publish(CallChanged(before, after))
        if after.ended is not None:
            del self.calls[after.linkedid]

    def _known(self, linkedid: str, customer_id: int | None) -> None:
        matches = (Match(customer_id, f"客戶{customer_id}", "A", "number"),) if customer_id else ()
        card = {"customer_id": customer_id, "name": f"客戶{customer_id}"} if customer_id else None
        self.desktops.set_context(linkedid, PopContext(caller_of("0933000222", "", "+886933000222"), matches, card))

    def _says(self, agent: str, state: str) -> None:
        self.by_hand[agent] = ByHand(state, "lunch" if state == "away" else None)
        self.bus.publish(DirectoryChanged(self.seconds))

    def _until(self, agent: str, seconds: int) -> None:
        """They are away for so long."""
        self.by_hand[agent] = ByHand("away", "lunch", self.now(), self.now() + timedelta(seconds=seconds))
        self.bus.publish(DirectoryChanged(self.seconds))

    def _leaves(self, agent: str, seconds: int) -> None:
        """The calendar has a leave that begins now and lasts so long."""
        self.leaves[agent] = (Leave(self.now(), self.now() + timedelta(seconds=seconds)),)
        self.bus.publish(DirectoryChanged(self.seconds))

    def _quits(self, agent: str, gone: bool) -> None:
        """They leave the firm, or are taken on again."""
        (self.former.add if gone else self.former.discard)(agent)
        self.bus.publish(DirectoryChanged(self.seconds))

    def _mentors(self, mentor: str, newcomer: str, begins: bool) -> None:
        """Somebody becomes a newcomer's mentor, or their time as one is over."""
        now = self.mentored.get(mentor, frozenset())
        self.mentored[mentor] = now | {newcomer} if begins else now - {newcomer}
        self.bus.publish(DirectoryChanged(self.seconds))

    def _asked(self, first: str, second: str) -> None:
        """The desk of 101, which has two calls, joins them."""
        phones = {"channel": f"{first}-d1", "second": f"{second}-d1"}
        facts = {"at": self.now(), "linkedid": first, "transferee": first, "target": f"{second}-d2"}
        found = joined(CallsJoined(**facts, **phones), tuple(self.calls.values()))
        if found is not None:
            self._put(*found)

    def _visits(self, place: int, comes: bool) -> None:
        """Somebody else opens a page, or closes it."""
        if place in self.visitors:
            self.desktops.close(self.visitors.pop(place))
        if comes:
            self.visitors[place] = self.desktops.open(PEOPLE[place])

    def _phone(self, agent: str, passed: Passed | None) -> None:
        self.desks[agent] = passed

    def _alarm(self, kind: str, raised: bool, figure: int) -> None:
        self.desktops.set_alarm(Alarm(kind, raised, START, {"fails": figure}))

    def _owed(self, promise_id: int, owner: str | None, level: int) -> None:
        old = self.board.pop(promise_id, None)
        if owner == "gone":
            if old is not None:
                last = Shown(msgspec.structs.replace(old.promise, state=State.KEPT), None)
                self.bus.publish(PromiseChanged(old, None, last))
            return
        self.board[promise_id] = new = Shown(_promise(promise_id, owner, level), None)
        self.bus.publish(PromiseChanged(old, new))

    def _filed(self, linkedid: str) -> None:
        self.clocks.end(linkedid, EndReason.SAVED)

    def _looks(self, agent: str, customer_id: int) -> None:
        self.desktops.looked_up(agent, customer_id)

    def _notes(self, agent: str, customer_id: int) -> None:
        self.desktops.noted(agent, customer_id)

    def _sweep(self) -> None:
        self.clocks.end_due()
        self.desktops.refresh_presence()

    def _longer(self, linkedid: str) -> None:
        with contextlib.suppress(Refused):
            self.clocks.extend(linkedid)

    def _free(self, linkedid: str) -> None:
        self.clocks.end(linkedid, EndReason.BY_HAND)


async def played(store: Store, before: Sequence[Step], after: Sequence[Step]) -> list[Told]:
    """What each person's page was sent that was opened between `before` and `after`, and what a fresh one is sent."""
    office = Office(store)
    for step in before:
        office.happens(step)
    pages = [office.desktops.open(person) for person in PEOPLE]
    for step in after:
        office.happens(step)
    office.happens(("sweep",))
    fresh = [office.desktops.open(person) for person in PEOPLE]
    return [(await sent(page), (await sent(late))[0]) for page, late in zip(pages, fresh, strict=True)]


def folded(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a page knows after these messages, the first of them a snapshot: as docs/desktop-protocol.md says it."""
    state: dict[str, Any] = {}
    for message in messages:
        _fold(state, dict(message))
    return state


def _fold(state: dict[str, Any], message: dict[str, Any]) -> None:
    kind = message.pop("type")
    message.pop("seq")
    match kind:
        case "snapshot":
            state["pops"] = {one["call_id"]: _untyped(one) for one in message["pops"]}
            state["colleagues"] = {one["agent"]: _untyped(one) for one in message["colleagues"]}
            state["promises"] = {one["id"]: _untyped(one) for one in message["promises"]}
            state["alarms"] = {one["kind"]: _untyped(one) for one in message["alarms"]}
            state["wrapup"] = message["wrapup"] and _untyped(message["wrapup"])
            state["floor"] = {(one["call_id"], one["agent"]): _untyped(one) for one in message["floor"]}
            state["company"] = {(one["customer_id"], one["agent"]): _untyped(one) for one in message["company"]}
        case "pop":
            state["pops"][message["call_id"]] = message
        case "pop.moved" | "pop.card":
            state["pops"][message["call_id"]].update(message)
        case "call.answered":
            state["pops"][message["call_id"]].update(state="talking", answered=message["at"])
        case "pop.withdrawn" | "call.ended":
            state["pops"].pop(message["call_id"], None)
        case "presence":
            state["colleagues"][message["agent"]] = message
        case "floor.call":
            state["floor"][message["call_id"], message["agent"]] = message
        case "floor.gone":
            del state["floor"][message["call_id"], message["agent"]]
        case "presence.gone":
            del state["colleagues"][message["agent"]]
        case "promise":
            state["promises"][message["id"]] = message
        case "promise.gone":
            del state["promises"][message["id"]]
        case "wrapup.started":
            state["wrapup"] = message
        case "wrapup.ended":
            assert state["wrapup"]["call_id"] == message["call_id"]
            state["wrapup"] = None
        case "colleague.active":
            state["company"].pop((message["customer_id"], message["agent"]), None)
            if message["what"] != "over":
                state["company"][message["customer_id"], message["agent"]] = message
        case "alarm":
            state["alarms"].pop(message["kind"], None)
            if message["raised"]:
                state["alarms"][message["kind"]] = message


def _untyped(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key != "type"}


async def sent(connection: Connection) -> list[dict[str, Any]]:
    """Everything queued for a page, as its socket would get it."""
    lines: list[bytes] = []

    async def write(line: bytes) -> None:
        lines.append(line)
        if connection.seq == len(lines):
            connection.close()

    await connection.pump(write)
    return [msgspec.json.decode(line) for line in lines]


def _promise(promise_id: int, owner: str | None, level: int) -> Promise:
    return Promise(
        id=promise_id,
        caller=f"+88691234567{promise_id}",
        number=f"+88691234567{promise_id}",
        raw="",
        customer_id=None,
        dialled="0255501000",
        owner=owner,
        why=OwnerWhy.OWNER,
        state=State.OPEN,
        due=START + timedelta(minutes=30 * promise_id),
        first_missed=START,
        last_missed=START,
        since=START,
        level=level,
    )
