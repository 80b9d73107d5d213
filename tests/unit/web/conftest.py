"""A whole web face over a real SQLite file, on a real socket; the switch's facts are told by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType
from aiohttp.test_utils import TestServer

from cti.agents.directory import DirectoryCache
from cti.agents.logins import add_login, create_session
from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow, NumberRow
from cti.asterisk.events import AnySwitchEvent, CallArrived, ChannelHungUp, LegRinging, LegStarted, LegUp, StepStarted
from cti.bus import LocalBus
from cti.calls.tracker import Tracker
from cti.customers.index import CallerIndex
from cti.customers.numbers import normalise
from cti.customers.tables import CustomerNumberRow, CustomerRow, InteractionRow
from cti.desktop.hub import Hub
from cti.desktop.presence import PresenceBoard
from cti.desktop.service import Desktops
from cti.pocket.opened import pocket_of
from cti.promises.keeper import Keeper, Terms
from cti.settings import Settings
from cti.store.base import Base
from cti.store.engine import Store
from cti.wall.board import Walls
from cti.wall.configured import terms_of as wall_terms
from cti.web.app import make_app
from cti.web.asking import COOKIE
from cti.web.services import Check, Services
from cti.wrapup.clocks import Clocks
from routing.hours import Opening
from routing.model import Target, TargetType

PASSWORD = "correct horse"
DESKS = {code: Target(TargetType.DESK, code, code) for code in ("101", "102", "103")}


@dataclass
class Clock:
    """Time that the test moves. Starts at the real hour, for cookies are judged by the client's own clock."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class WebHouse:
    """The running web face, and verbs of a test."""

    server: TestServer
    services: Services
    tracker: Tracker
    directory: DirectoryCache
    clock: Clock
    ready: dict[str, bool]
    clients: list[ClientSession] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return str(self.server.make_url("/")).rstrip("/")

    def browser(self, **headers: str) -> ClientSession:
        """A client with its own cookies."""
        client = ClientSession(base_url=self.server.make_url("/"), cookie_jar=CookieJar(unsafe=True), headers=headers)
        self.clients.append(client)
        return client

    async def logged_in(self, login: str, **headers: str) -> ClientSession:
        """A browser of someone who has logged in; it sends the cookie by itself."""
        client = self.browser(**headers)
        client.cookie_jar.update_cookies({COOKIE: await self.token(login)}, self.server.make_url("/"))
        return client

    async def token(self, login: str) -> str:
        """A session's token, without the password's 30 ms; test_web_session.py logs in for real."""
        async with self.services.store.transaction() as session:
            return await create_session(session, login, self.services.settings.session_hours, self.clock())

    async def desk(self, login: str) -> DeskPage:
        """An open desktop by Bearer, past its snapshot."""
        client = self.browser(Authorization=f"Bearer {await self.token(login)}")
        page = DeskPage(await client.ws_connect("/ws/desktop"))
        page.snapshot = await page.expect("snapshot")
        return page

    def happens(self, fact: Callable[..., AnySwitchEvent], channel: str = "1.1", /, **facts: Any) -> None:
        self.tracker.handle(fact(at=self.clock(), linkedid="1.1", channel=channel, **facts))

    def arrives(self, raw: str = "0933000222", name: str = "CHEN") -> None:
        self.happens(
            CallArrived, channel_name="PJSIP/carrier-1", caller_raw=raw, caller_name=name, dialled="+886255501000"
        )

    def rings(self, code: str, index: int = 1, kind: str = "desk") -> None:
        self.happens(StepStarted, index=index, kind=kind, seconds=15, targets=(DESKS[code],))
        self.happens(
            LegStarted, f"leg{index}", index=index, kind=kind, seconds=15, target=DESKS[code], channel_name="PJSIP/x-1"
        )
        self.happens(LegRinging, f"leg{index}")

    def answers(self, index: int = 1) -> None:
        self.happens(LegUp, f"leg{index}")

    def hangs_up(self) -> None:
        self.happens(ChannelHungUp, cause=16)


class DeskPage:
    """What a page would hear, read message by message."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.seq = 0
        self.snapshot: dict[str, Any] = {}

    async def expect(self, *kinds: str) -> dict[str, Any]:
        """The next message of one of these types. Presence, and cards read late, may come in between; nothing else."""
        while True:
            message = msgspec.json.decode(await self.socket.receive_str(timeout=10))
            self.seq += 1
            assert message["seq"] == self.seq
            if message["type"] in kinds:
                found: dict[str, Any] = message
                return found
            assert message["type"] in {"presence", "pop.card", "wrapup.started", "colleague.active"}, message

    async def close_code(self) -> int | None:
        """Read to the end and say how it was closed."""
        while (await self.socket.receive(timeout=10)).type is WSMsgType.TEXT:
            pass
        return self.socket.close_code


async def _furnish(store: Store) -> None:
    async with store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    now = datetime.now(UTC)
    async with store.transaction() as session:
        for code, name in (("101", "林小明"), ("102", "王美美"), ("103", "張大同")):
            session.add(AgentRow(code=code, name=name, extension=code, mobile=f"+886900000{code}"))
        session.add(GroupRow(code="company", name="總機"))
        await session.flush()
        (await session.get_one(AgentRow, 1)).deputy = "102"
        session.add_all(GroupMemberRow(group_code="company", agent_code=code) for code in DESKS)
        session.add(NumberRow(e164="+886255501000", label="總機", group_code="company"))
        session.add(CustomerRow(id=1, name="陳太太", tier="A", owner="101", created=now))
        session.add(CustomerRow(id=2, name="黃先生", tier="B", owner="102", created=now))
        await session.flush()
        session.add(CustomerNumberRow(customer_id=1, raw="0933-000-222", e164="+886933000222"))
        session.add_all(
            InteractionRow(customer_id=1, at=now - timedelta(days=day), channel="phone", text=f"day {day}")
            for day in range(1, 6)
        )
        for login, role, agent in (
            ("lin", "agent", "101"),
            ("mei", "agent", "102"),
            ("boss", "lead", "103"),
            ("root", "admin", None),
            ("audit", "auditor", None),
        ):
            await add_login(session, login, PASSWORD, role, agent)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small firm's database, made once: five passwords take a while to hash."""
    path = tmp_path_factory.mktemp("web") / "firm.sqlite3"

    async def make() -> None:
        store = Store(f"sqlite+aiosqlite:///{path}")
        await _furnish(store)
        await store.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def house(tmp_path: Path, furnished: Path) -> AsyncIterator[WebHouse]:
    """The web face of a small firm, running."""
    path = tmp_path / "firm.sqlite3"
    path.write_bytes(furnished.read_bytes())
    store, bus, hub, clock = Store(f"sqlite+aiosqlite:///{path}"), LocalBus(), Hub(), Clock()
    tracker = Tracker(store, bus, normalise=lambda raw: normalise(raw).e164)
    directory, callers = DirectoryCache(store, bus), CallerIndex(store, bus)
    await directory.load()
    await callers.load()
    opening = Opening(ZoneInfo("Asia/Taipei"))
    keeper = Keeper(store, bus, directory, callers, terms=Terms(), opening=opening, now=clock)
    clocks = Clocks(store, bus, seconds=30, now=clock)
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
        now=clock,
    )
    ready = {"ari": True, "ami": True, "agi": True}

    def part(name: str) -> Check:
        return lambda: ready[name]

    settings = Settings(home=tmp_path, public_origins=("https://desk.example",))
    walls = Walls(store, bus, tracker, desktops, keeper, wall_terms(settings), clock)
    pocket = pocket_of(settings, store, bus, tracker, desktops, directory, clock)
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
        checks={name: part(name) for name in ready},
        now=clock,
    )
    server = TestServer(make_app(services), host="127.0.0.1")
    await server.start_server()
    running = WebHouse(server, services, tracker, directory, clock, ready)
    following = [asyncio.ensure_future(part.run()) for part in (desktops, walls)]
    yield running
    for task in following:
        task.cancel()
    await asyncio.wait(following)
    for client in running.clients:
        await client.close()
    await server.close()
    await store.close()


Answer = tuple[int, Any]


@pytest.fixture
def ask() -> Callable[..., Awaitable[Answer]]:
    """Ask the API; status and JSON of the answer (None when empty)."""

    async def do(client: ClientSession, method: str, path: str, **options: Any) -> Answer:
        async with client.request(method, f"/api/v1{path}", **options) as response:
            text = await response.read()
            return response.status, msgspec.json.decode(text) if text else None

    return do
