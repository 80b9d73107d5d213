"""A whole office without a switch: the real web application over a real SQLite file, fed with the switch's facts.

What Asterisk would say is said here by hand, through the tracker, as the stream's parser would.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from playwright.async_api import Page

from cti.agents.directory import DirectoryCache
from cti.agents.hours import parse_weekly
from cti.asterisk.ari import AriEvent
from cti.asterisk.ari.payload import ChannelHold, ChannelPayload, ChannelUnhold
from cti.asterisk.events import (
    AnySwitchEvent,
    CallEnded,
    ChannelHungUp,
    Connected,
    LegAccepted,
    LegRefused,
    LegRinging,
    LegStarted,
    LegUp,
    StepEnded,
    StepStarted,
)
from cti.bus import LocalBus
from cti.calls.tracker import Tracker
from cti.conversations import Conversations
from cti.customers.index import CallerIndex
from cti.customers.numbers import normalise
from cti.desktop.hub import Hub
from cti.desktop.presence import PresenceBoard
from cti.desktop.service import Desktops
from cti.inbound import Inbound, Question
from cti.local.demo import load_demo, read_company
from cti.pocket.opened import pocket_of
from cti.promises.keeper import Keeper, Terms
from cti.settings import Settings
from cti.store.engine import Store
from cti.store.migrate import upgrade
from cti.supervision import Supervision
from cti.wall.board import Walls
from cti.wall.configured import terms_of as wall_terms
from cti.web.app import make_app
from cti.web.services import Services
from cti.wrapup.clocks import Clocks
from routing.hours import Opening
from routing.model import Target, TargetType

SitDown = Callable[..., Awaitable[Page]]
"""Log-in, `width`, `language`, `scheme` (`dark`) and the machine's `zone` in; the page of someone whose desktop stands
out."""

MAIN = "0255501000"
CHEN = "0933000222"
HOUSEHOLD = "035551111"
STRANGER = "0911222333"


class Company:
    """The demo company in a database of its own, made once; each test works on a copy. `passwords` by log-in."""

    def __init__(self, database: Path, passwords: dict[str, str]) -> None:
        self.database = database
        self.passwords = passwords


async def found_company(folder: Path) -> Company:
    """Make the demo company."""
    database = folder / "company.sqlite3"
    url = f"sqlite+aiosqlite:///{database}"
    await asyncio.to_thread(upgrade, url)
    store = Store(url)
    made = await load_demo(store, folder, read_company(), ZoneInfo("Asia/Taipei"))
    await store.close()
    return Company(database, made.logins)


class Clock:
    """The promises' clock: the real one, or `ahead` of it."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Office:
    """The running application, and verbs for what happens at the switch. `url` is the page's address."""

    def __init__(
        self, services: Services, tracker: Tracker, inbound: Inbound, passwords: dict[str, str], clock: Clock
    ) -> None:
        self.clock = clock
        self.services = services
        self.tracker = tracker
        self.inbound = inbound
        self.passwords = passwords
        self.port = 0
        self.wishes = Wishes()
        self._runner: web.AppRunner | None = None
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Listen: on any port at first, on the same one when it opens again."""
        self._runner = web.AppRunner(make_app(self.services), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def shut(self) -> None:
        """Stop listening, every connection cut, as when the daemon goes."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def link(self, agent: str) -> str:
        """The latest pocket card's link of this agent, on this office's port; waits until it was sent."""
        async with asyncio.timeout(10):
            while True:
                cards = [one for one in self.services.pocket.cards if one.agent == agent and one.shown_link]
                if cards:
                    return f"{self.url}/p/{cards[-1].shown_link.rpartition('/')[2]}"
                await asyncio.sleep(0.02)

    def call(self, caller: str = CHEN, name: str = "", dialled: str = MAIN) -> SwitchedCall:
        """A call that has not arrived yet."""
        return SwitchedCall(self, f"1795.{next(self._numbers)}", caller, name, dialled)


class Wishes:
    """A switch that does whatever is asked, at once; `asked` has it. What follows the test lets happen."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.heard: Callable[[AriEvent], None] = lambda _: None

    async def dial(self, extension: str, number: str, shows: str = "", asks: str = "") -> str:
        self.asked.append(("dial", extension, number))
        return f"question.{len(self.asked)}"

    async def answer(self, channel: str) -> None:
        self.asked.append(("answer", channel))

    async def hang_up(self, channel: str) -> None:
        self.asked.append(("hang_up", channel))

    async def hand_on(self, channel: str, extension: str) -> None:
        self.asked.append(("hand_on", channel, extension))

    async def hold(self, channel: str, *, on: bool) -> None:
        self.asked.append(("hold", channel, on))
        kind, name = (ChannelHold, "ChannelHold") if on else (ChannelUnhold, "ChannelUnhold")
        self.heard(kind(type=name, channel=ChannelPayload(id=channel, name="", state="Up")))

    async def hold_for(self, own: str, party: str) -> None:
        self.asked.append(("hold_for", own, party))

    async def take_back_for(self, own: str, party: str, *, muted: bool) -> None:
        self.asked.append(("take_back_for", own, party, muted))

    async def end_tone(self, party: str) -> None:
        self.asked.append(("end_tone", party))

    async def mute(self, own: str, *, on: bool, held: bool = False) -> None:
        self.asked.append(("mute", own, on))

    async def join(self, party: str, target: str) -> None:
        self.asked.append(("join", party, target))

    async def watch(self, extension: str, channel: str, mode: str, shows: str, watches: str = "") -> str:
        self.asked.append(("watch", extension, channel, mode))
        return "listener"

    async def watch_as(self, channel: str, mode: str, watches: str = "") -> None:
        self.asked.append(("watch_as", channel, mode))


class SwitchedCall:
    """One call as Asterisk would tell of it. The seconds between facts are made up; the order is the switch's."""

    def __init__(self, office: Office, linkedid: str, caller: str, name: str, dialled: str) -> None:
        self.office = office
        self.linkedid = linkedid
        self._question = Question(linkedid, linkedid, "PJSIP/carrier-1", dialled, caller, name)
        self._legs: dict[str, Target] = {}
        self._index = 0
        self._later = timedelta()

    async def arrives(self) -> None:
        """The dial plan asks, and the first step's phones ring."""
        await self.office.inbound.answer(self._question)
        call = self.office.tracker.get(self.linkedid)
        assert call is not None
        self._ring(call.step, call.kind, call.targets)

    def goes_on_to(self, kind: str, target: Target) -> None:
        """Nobody took it: the next step begins."""
        for channel in self._legs:
            self._happens(ChannelHungUp, channel, cause=16)
        self._happens(StepEnded, self.linkedid, index=self._index, status="NOANSWER", cause=19)
        index = self._index + 1
        self._happens(StepStarted, self.linkedid, index=index, kind=kind, seconds=20, targets=(target,))
        self._ring(index, kind, (target,))

    def is_not_accepted(self) -> None:
        """The mobile was picked up, and key 1 was never pressed."""
        for channel in self._legs:
            self._happens(LegUp, channel)
            self._happens(LegRefused, channel, how="silence")

    def is_answered_by(self, agent: str) -> None:
        """One phone has it; the others fall silent."""
        mine = next(channel for channel, target in self._legs.items() if target.agent == agent)
        self._happens(LegUp, mine)
        if self._legs[mine].type is TargetType.MOBILE:
            self._happens(LegAccepted, mine)
        for channel in (mine, self.linkedid):
            self._happens(Connected, channel, bridge="b1")
        for channel in self._legs.keys() - {mine}:
            self._happens(ChannelHungUp, channel, cause=26)

    def lasts(self, seconds: float) -> None:
        """What happens from now on happens so much later."""
        self._later += timedelta(seconds=seconds)

    def ends(self) -> None:
        """The caller hangs up."""
        for channel in (self.linkedid, *self._legs):
            self._happens(ChannelHungUp, channel, cause=16)
        self._happens(CallEnded, self.linkedid)

    def _ring(self, index: int, kind: str, targets: tuple[Target, ...]) -> None:
        self._index = index
        self._legs = {f"{self.linkedid}-{index}-{target.resource}": target for target in targets}
        for channel, target in self._legs.items():
            leg = {"index": index, "kind": kind, "seconds": 20, "target": target}
            self._happens(LegStarted, channel, channel_name=f"PJSIP/{target.resource}-1", **leg)
            self._happens(LegRinging, channel)

    def _happens(self, fact: type[AnySwitchEvent], channel: str, **facts: Any) -> None:
        at = datetime.now(UTC) + self._later
        self.office.tracker.handle(fact(at=at, linkedid=self.linkedid, channel=channel, **facts))


@asynccontextmanager
async def opened_office(company: Company, folder: Path) -> AsyncIterator[Office]:
    """An office over a copy of the company's database, its tasks running."""
    database = folder / "office.sqlite3"
    shutil.copy(company.database, database)
    store, bus, hub = Store(f"sqlite+aiosqlite:///{database}"), LocalBus(), Hub()
    directory, callers = DirectoryCache(store, bus), CallerIndex(store, bus)
    await directory.load()
    await callers.load()
    tracker = Tracker(store, bus, normalise=lambda raw: normalise(raw).e164)
    settings = Settings(home=folder, pocket_log=True)
    clock = Clock()
    opening = Opening(settings.zone, parse_weekly("daily 00:00-24:00"))
    keeper = Keeper(store, bus, directory, callers, terms=Terms(), opening=opening, now=clock)
    clocks = Clocks(store, bus, seconds=settings.wrap_up_seconds, now=clock)
    presence = PresenceBoard(hub, bus, directory, now=clock, wrap_ups=lambda: clocks.until)
    desktops = Desktops(
        hub,
        bus,
        tracker,
        callers,
        directory,
        store,
        promises=keeper,
        presence=presence,
        wrap_ups=clocks,
    )
    inbound = Inbound(
        store=store,
        tracker=tracker,
        desktops=desktops,
        hub=hub,
        callers=callers,
        directory=directory,
        now=lambda: datetime.now(UTC),
    )
    walls = Walls(store, bus, tracker, desktops, keeper, wall_terms(settings), clock)
    pocket = pocket_of(settings, store, bus, tracker, desktops, directory, clock)
    wishes = Wishes()
    conversations = Conversations(switch=wishes, tracker=tracker, desktops=desktops, bus=bus, now=clock)
    wishes.heard = conversations.heard
    supervision = Supervision(switch=wishes, store=store, desktops=desktops, directory=directory, bus=bus, now=clock)
    services = Services(
        store=store,
        hub=hub,
        desktops=desktops,
        tracker=tracker,
        directory=directory,
        callers=callers,
        keeper=keeper,
        pocket=pocket,
        clocks=clocks,
        walls=walls,
        settings=settings,
        bus=bus,
        control=wishes,
        conversations=conversations,
        supervision=supervision,
    )
    office = Office(services, tracker, inbound, company.passwords, clock)
    office.wishes = wishes
    await office.open()
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(part.run())
                for part in (tracker, desktops, hub, directory, callers, keeper, pocket, clocks, walls)
            ]
            yield office
            await office.shut()
            for task in running:
                task.cancel()
    finally:
        desktops.stop()
        await store.close()


def desk(agent: str) -> Target:
    return Target(TargetType.DESK, agent, agent)


def mobile(agent: str) -> Target:
    return Target(TargetType.MOBILE, agent, f"0900000{agent}")
