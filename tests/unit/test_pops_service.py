"""Desktops over a real tracker and a real database: facts of the switch in, messages on outboxes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cti.agents.logins import Identity
from cti.agents.presence import ByHand
from cti.asterisk.events import (
    AnySwitchEvent,
    CallArrived,
    CallEnded,
    ChannelHungUp,
    LegRefused,
    LegRinging,
    LegStarted,
    LegUp,
    StepEnded,
    StepStarted,
)
from cti.bus import LocalBus
from cti.calls.tracker import Tracker
from cti.customers.model import CallerMatch
from cti.customers.numbers import normalise
from cti.customers.tables import CustomerRow
from cti.desktop import contexts
from cti.desktop.hub import Connection, Hub
from cti.desktop.messages import Match
from cti.desktop.pops import PopContext, caller_of
from cti.desktop.presence import PresenceBoard
from cti.desktop.service import Desktops
from cti.errors import NotFound
from cti.store.base import Base
from cti.store.engine import Store
from routing.model import Agent, Directory, Passed, Target, TargetType

T0 = datetime(2026, 11, 23, 13, 10, tzinfo=UTC)
CHEN = CallerMatch(1, "陳太太", "A", "101")
DESK = Target(TargetType.DESK, "101", "101")
MOBILE = Target(TargetType.MOBILE, "101", "0900000101")
DEPUTY = Target(TargetType.DESK, "102", "102")


class Firm:
    """Three agents, as the directory cache would tell of them."""

    def __init__(self) -> None:
        self.names = {"101": "林小明", "102": "王美美", "103": "張大同"}
        self.by_hand = {"103": ByHand("away", "lunch")}
        self.desks: dict[str, Passed | None] = {"101": None, "102": None, "103": None}

    @property
    def directory(self) -> Directory:
        return Directory({code: Agent(code, desk=code, desk_passed=self.desks[code]) for code in self.names})


class Callers:
    """An index that knows one number."""

    def lookup(self, e164: str) -> tuple[CallerMatch, ...]:
        return (CHEN,) if e164 == "+886933000222" else ()


class Office:
    """Everything one test needs, and verbs for what happens at the switch."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.bus = LocalBus()
        self.hub = Hub()
        self.firm = Firm()
        self.seconds = 0.0
        self.tracker = Tracker(store, self.bus, normalise=lambda raw: normalise(raw).e164)
        self.desktops = self.service()

    def service(self) -> Desktops:
        presence = PresenceBoard(self.hub, self.bus, self.firm, now=self.now, grace=30)
        return Desktops(
            self.hub, self.bus, self.tracker, Callers(), self.firm, self.store, presence=presence, now=self.now
        )

    def now(self) -> datetime:
        return T0 + timedelta(seconds=self.seconds)

    def sit_down(self, agent: str | None, login: str = "") -> Desk:
        return Desk(self.desktops.open(Identity(login or f"login{agent}", "agent", agent)))

    def happens(
        self, fact: Callable[..., AnySwitchEvent], seconds: float, channel: str = "1.1", /, **facts: Any
    ) -> None:
        self.tracker.handle(fact(at=T0 + timedelta(seconds=seconds), linkedid="1.1", channel=channel, **facts))

    def arrives(self, raw: str = "0933000222", name: str = "CHEN") -> None:
        self.happens(
            CallArrived, 0, channel_name="PJSIP/carrier-1", caller_raw=raw, caller_name=name, dialled="+886255501000"
        )

    def step(self, index: int, kind: str, target: Target, seconds: float) -> None:
        self.happens(StepStarted, seconds, index=index, kind=kind, seconds=15, targets=(target,))

    def rings(self, index: int, kind: str, target: Target, seconds: float) -> None:
        channel = f"leg{index}"
        self.happens(
            LegStarted, seconds, channel, index=index, kind=kind, seconds=15, target=target, channel_name="PJSIP/x-1"
        )
        self.happens(LegRinging, seconds, channel)


class Desk:
    """A page that reads everything at once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def read(self) -> list[dict[str, Any]]:
        lines: list[bytes] = []

        async def write(line: bytes) -> None:
            lines.append(line)

        pump = asyncio.ensure_future(self.connection.pump(write))
        await self.connection.flushed()
        pump.cancel()
        return [msgspec.json.decode(line) for line in lines]

    async def expect(self, kind: str) -> dict[str, Any]:
        """The next message of this type, waited for."""
        lines: asyncio.Queue[bytes] = asyncio.Queue()
        pump = asyncio.ensure_future(self.connection.pump(lines.put))
        try:
            while True:
                message: dict[str, Any] = msgspec.json.decode(await lines.get())
                if message["type"] == kind:
                    return message
        finally:
            pump.cancel()

    async def types(self, but: str = "presence") -> list[str]:
        return [message["type"] for message in await self.read() if message["type"] != but]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'r.sqlite3'}")
    async with store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with store.transaction() as session:
        session.add(CustomerRow(id=1, name="陳太太", tier="A", owner="101", created=T0))
        session.add(CustomerRow(id=2, name="黃先生", tier="B", owner="102", created=T0))
    yield Office(store)
    await store.close()


async def test_the_pop_follows_desk_mobile_deputy(office: Office) -> None:
    owner, deputy, other = office.sit_down("101"), office.sit_down("102"), office.sit_down("103")
    for desk in (owner, deputy, other):
        assert await desk.types() == ["snapshot"]
    context = PopContext(caller_of("0933000222", "CHEN", "+886933000222"), (Match(1, "陳太太", "A", "number"),), {})
    office.desktops.set_context("1.1", context)
    office.arrives()
    office.step(1, "desk", DESK, 0)
    assert await owner.types() == ["pop"]
    office.rings(1, "desk", DESK, 0.1)
    office.happens(ChannelHungUp, 15, "leg1", cause=0)
    office.happens(StepEnded, 15, index=1, status="NOANSWER", cause=19)
    office.step(2, "mobile", MOBILE, 15)
    [moved] = [message for message in await owner.read() if message["type"] != "presence"]
    assert (moved["type"], moved["leg"]["kind"], moved["tried"][0]["reason"]) == ("pop.moved", "mobile", "no_answer")
    office.rings(2, "mobile", MOBILE, 15.1)
    office.happens(LegUp, 18, "leg2")
    office.happens(LegRefused, 23, "leg2", how="silence")
    office.happens(ChannelHungUp, 23, "leg2", cause=16)
    office.happens(StepEnded, 23, index=2, status="ANSWER", cause=16)
    office.step(3, "deputy", DEPUTY, 23)
    [gone] = [message for message in await owner.read() if message["type"] != "presence"]
    assert (gone["type"], gone["reason"]) == ("pop.withdrawn", "not_accepted")
    [pop] = [message for message in await deputy.read() if message["type"] != "presence"]
    assert (pop["type"], [one["reason"] for one in pop["tried"]]) == ("pop", ["no_answer", "not_accepted"])
    office.rings(3, "deputy", DEPUTY, 23.1)
    office.happens(LegUp, 27, "leg3")
    assert await deputy.types() == ["call.answered"]
    office.happens(ChannelHungUp, 90, "1.1", cause=16)
    office.happens(CallEnded, 90)
    assert await deputy.types() == ["call.ended"]
    assert await owner.types() == []
    assert await other.types() == []


async def test_a_page_that_comes_back_in_mid_call_has_the_same_card(office: Office) -> None:
    office.desktops.set_context("1.1", PopContext(caller_of("0933000222", "", "+886933000222"), (), {"customer_id": 1}))
    office.arrives()
    office.step(1, "desk", DESK, 0)
    [snapshot, *_] = await office.sit_down("101").read()
    assert snapshot["seq"] == 1
    [pop] = snapshot["pops"]
    assert pop["card"] == {"customer_id": 1}
    assert (await office.sit_down("102").read())[0]["pops"] == []


async def test_a_supervisors_snapshot_has_everybody_and_no_pops(office: Office) -> None:
    office.arrives()
    office.step(1, "desk", DESK, 0)
    [snapshot, *_] = await office.sit_down(None, "admin").read()
    assert (snapshot["agent"], snapshot["name"], snapshot["pops"]) == (None, "admin", [])
    assert {one["agent"]: one["state"] for one in snapshot["colleagues"]} == {
        "101": "ringing",
        "102": "available",
        "103": "away",
    }


async def test_after_a_restart_the_card_comes_back(office: Office) -> None:
    office.arrives()
    office.step(1, "desk", DESK, 0)
    office.desktops.stop()
    office.desktops = office.service()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(office.desktops.run())
        await asyncio.sleep(0)
        desk = office.sit_down("101")
        [pop] = (await desk.expect("snapshot"))["pops"]
        assert [one["name"] for one in pop["matches"]] == ["陳太太"]
        card = pop["card"] or (await desk.expect("pop.card"))["card"]
        assert card["name"] == "陳太太"
        running.cancel()


async def test_a_card_too_slow_for_the_ring_follows(office: Office) -> None:
    desk = office.sit_down("101")
    known = (Match(1, "陳太太", "A", "number"),)
    office.desktops.set_context("1.1", PopContext(caller_of("0933000222", "", "+886933000222"), known))
    office.arrives()
    office.step(1, "desk", DESK, 0)
    assert (await desk.expect("pop"))["card"] is None
    running = asyncio.ensure_future(office.desktops.run())
    assert (await desk.expect("pop.card"))["card"]["name"] == "陳太太"
    running.cancel()
    await asyncio.wait([running])


async def test_a_card_that_cannot_be_made_keeps_no_other_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made = contexts.quick_card

    async def quick_card(store: Store, customer_id: int, *rules: Any) -> Any:
        if customer_id == 2:
            raise KeyError("a file that nobody foresaw")
        return await made(store, customer_id, *rules)

    monkeypatch.setattr(contexts, "quick_card", quick_card)
    desk = office.sit_down("101")
    running = asyncio.ensure_future(office.desktops.run())
    huang = PopContext(caller_of("0912345678", "", "+886912345678"), (Match(2, "黃先生", "B", "number"),))
    office.desktops.set_context("2.1", huang)
    office.tracker.handle(
        CallArrived(
            at=T0, linkedid="2.1", channel="2.1", channel_name="PJSIP/x-2", caller_raw="", caller_name="", dialled="1"
        )
    )
    known = (Match(1, "陳太太", "A", "number"),)
    office.desktops.set_context("1.1", PopContext(caller_of("0933000222", "", "+886933000222"), known))
    office.arrives()
    office.step(1, "desk", DESK, 0)
    async with asyncio.timeout(10):
        assert (await desk.expect("pop.card"))["card"]["name"] == "陳太太"
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])


async def test_choosing_a_customer_changes_the_card_where_it_is_up(office: Office) -> None:
    office.arrives(raw="")
    office.step(1, "desk", DESK, 0)
    desk = office.sit_down("101")
    [snapshot, *_] = await desk.read()
    assert snapshot["pops"][0]["caller"]["withheld"] is True
    await office.desktops.choose_customer("1.1", 2)
    [changed] = [message for message in await desk.read() if message["type"] != "presence"]
    assert (changed["type"], changed["card"]["name"]) == ("pop.card", "黃先生")
    assert changed["matches"] == [{"customer_id": 2, "name": "黃先生", "tier": "B", "why": "chosen", "probably": None}]
    call = office.tracker.get("1.1")
    assert call is not None
    assert call.customer_id == 2
    with pytest.raises(NotFound):
        await office.desktops.choose_customer("1.1", 99)


async def test_a_changed_file_reaches_the_screens_that_show_it(office: Office) -> None:
    office.arrives(raw="")
    office.step(1, "desk", DESK, 0)
    await office.desktops.choose_customer("1.1", 2)
    desk = office.sit_down("101")
    await desk.read()
    async with office.store.transaction() as session:
        customer = await session.get(CustomerRow, 2)
        assert customer is not None
        customer.title = "經理"
    await office.desktops.refresh_card(1)
    assert await desk.types() == []
    await office.desktops.refresh_card(2)
    [changed] = await desk.read()
    assert changed["card"]["title"] == "經理"


async def test_presence_is_told_when_it_changes_and_only_then(office: Office) -> None:
    watching = office.sit_down("103")
    office.desktops.refresh_presence()
    await watching.read()
    office.firm.desks["101"] = Passed.OFFLINE
    office.desktops.refresh_presence()
    office.desktops.refresh_presence()
    assert [(one["agent"], one["state"]) for one in await watching.read()] == [("101", "offline")]
    page = office.sit_down("101")
    office.desktops.refresh_presence()
    assert [(one["agent"], one["state"]) for one in await watching.read()] == [("101", "available")]
    office.desktops.close(page.connection)
    office.seconds = 29
    office.desktops.refresh_presence()
    assert await watching.read() == []
    office.seconds = 31
    office.desktops.refresh_presence()
    assert [(one["agent"], one["state"]) for one in await watching.read()] == [("101", "offline")]
    office.firm.desks["102"] = Passed.BUSY
    office.desktops.refresh_presence()
    assert [(one["agent"], one["state"]) for one in await watching.read()] == [("102", "on_call")]


async def test_nothing_is_kept_of_calls_that_are_over(office: Office) -> None:
    office.desktops.set_context("1.1", PopContext(caller_of("", "", None)))
    office.arrives()
    office.step(1, "desk", DESK, 0)
    assert set(office.desktops.pops_of("1.1")) == {"101"}
    office.happens(ChannelHungUp, 3, "1.1", cause=16)
    assert office.desktops.pops_of("1.1") == {}
    [snapshot, *_] = await office.sit_down("101").read()
    assert snapshot["pops"] == []
    assert {one["agent"]: one["state"] for one in snapshot["colleagues"]}["101"] == "available"
