"""Alarms: raised by the records, told to those who lead, and in a fresh snapshot as the messages left them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.agents.logins import Identity
from cti.agents.presence import ByHand
from cti.bus import LocalBus
from cti.calls import records
from cti.calls.model import Call, CallState
from cti.desktop.hub import Connection, Hub
from cti.desktop.messages import Alarm
from cti.desktop.service import Desktops
from cti.reports.alarms import AlarmChanged, Alarms, AlarmTerms
from cti.reports.tables import RehearsalRow
from cti.store.base import Base
from cti.store.engine import Store
from routing.model import Directory

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TERMS = AlarmTerms(threshold=0.8, minutes=60, minimum=4)


class Watched:
    """Alarms over a real database, with a clock and calls that the test makes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.at = NOON
        self.count = 0
        self.told: list[AlarmChanged] = []
        bus = LocalBus()
        bus.subscribe(AlarmChanged, self.told.append)
        self.alarms = Alarms(store, bus, TERMS, lambda: self.at)

    async def calls(self, answered: int, missed: int) -> None:
        async with self.store.transaction() as session:
            for number in range(answered + missed):
                self.count += 1
                started = self.at - timedelta(minutes=1)
                taken = started + timedelta(seconds=5) if number < answered else None
                call = Call(linkedid=f"{self.count}.1", started=started, answered=taken, ended=self.at)
                await records.save(session, msgspec.structs.replace(call, state=CallState.ENDED))

    async def rehearsed(self, failures: int) -> None:
        async with self.store.transaction() as session:
            session.add(RehearsalRow(at=self.at, failures=failures, content="{}"))

    async def look(self) -> list[tuple[str, bool]]:
        self.told.clear()
        await self.alarms.look()
        return [(one.kind, one.raised) for one in self.told]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'r.sqlite3'}")
    async with store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield Watched(store)
    await store.close()


async def test_a_low_rate_is_told_once_with_its_figures_and_ends_when_calls_are_answered_again(
    watched: Watched,
) -> None:
    assert await watched.look() == []
    await watched.calls(answered=1, missed=2)
    assert await watched.look() == [], "three calls are no rate"
    await watched.calls(answered=1, missed=0)
    assert await watched.look() == [("answer_rate", True)]
    assert watched.told[0].values == {"rate": 0.5, "threshold": 0.8, "answered": 2, "inbound": 4, "minutes": 60}
    assert await watched.look() == [], "the same is no news"

    watched.at += timedelta(minutes=10)
    await watched.calls(answered=0, missed=1)
    assert await watched.look() == [("answer_rate", True)], "other figures are"
    assert watched.told[0].since == NOON
    await watched.calls(answered=15, missed=0)
    assert await watched.look() == [("answer_rate", False)]
    assert await watched.look() == []


async def test_the_alarm_ends_when_the_calls_have_left_the_window(watched: Watched) -> None:
    await watched.calls(answered=0, missed=4)
    assert await watched.look() == [("answer_rate", True)]
    watched.at += timedelta(minutes=61)
    assert await watched.look() == [("answer_rate", False)]


async def test_a_failed_rehearsal_stands_until_one_that_has_no_failure(watched: Watched) -> None:
    await watched.rehearsed(failures=2)
    assert await watched.look() == [("rehearsal", True)]
    assert watched.told[0].values == {"fails": 2}
    await watched.rehearsed(failures=0)
    assert await watched.look() == [("rehearsal", False)]


class Nobody:
    """A firm without calls, callers and agents."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.by_hand: dict[str, ByHand] = {}
        self.directory = Directory()

    def live(self) -> tuple[Call, ...]:
        return ()

    def get(self, linkedid: str) -> None:
        return None

    def set_customer(self, linkedid: str, customer_id: int) -> None:
        return None

    def lookup(self, e164: str) -> tuple[()]:
        return ()


async def written(connection: Connection) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []

    async def write(line: bytes) -> None:
        lines.append(msgspec.json.decode(line))
        if connection.written + 1 >= connection.seq:
            connection.close()

    await connection.pump(write)
    return lines


def page(messages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a page shows after these messages, by kind; `seq` belongs to the connection."""
    shown: dict[str, dict[str, Any]] = {}
    for message in messages:
        if message["type"] == "snapshot":
            shown = {one["kind"]: one for one in message["alarms"]}
        elif message["type"] == "alarm" and message["raised"]:
            shown[message["kind"]] = {name: value for name, value in message.items() if name != "seq"}
        elif message["type"] == "alarm":
            shown.pop(message["kind"], None)
    return shown


told = st.builds(
    Alarm,
    kind=st.sampled_from(["answer_rate", "rehearsal"]),
    raised=st.booleans(),
    since=st.just(NOON),
    values=st.fixed_dictionaries({"fails": st.integers(0, 2)}),
)


@given(st.lists(told, max_size=12), st.integers(0, 12))
async def test_snapshot_and_messages_are_a_fresh_snapshot(history: list[Alarm], opened: int) -> None:
    firm, hub = Nobody(), Hub()
    desktops = Desktops(hub, LocalBus(), firm, firm, firm, Store("sqlite+aiosqlite://"), now=lambda: NOON)
    boss, lin = Identity("boss", "lead", None), Identity("lin", "agent", None)
    for alarm in history[:opened]:
        desktops.set_alarm(alarm)
    leading, agent = desktops.open(boss), desktops.open(lin)
    for alarm in history[opened:]:
        desktops.set_alarm(alarm)

    kept, fresh = page(await written(leading)), page(await written(desktops.open(boss)))

    assert kept == fresh
    assert [one["type"] for one in await written(agent)] == ["snapshot"], "agents are not told"
    assert page([msgspec.to_builtins(desktops.snapshot(lin)) | {"type": "snapshot"}]) == {}


async def test_one_that_took_anothers_place_outlives_it() -> None:
    firm, hub = Nobody(), Hub()
    desktops = Desktops(hub, LocalBus(), firm, firm, firm, Store("sqlite+aiosqlite://"), now=lambda: NOON)
    lin, mei = (Alarm("look_ups", True, NOON, {"login": login, "customers": 40}) for login in ("lin", "mei"))
    desktops.set_alarm(lin)
    desktops.set_alarm(mei)
    desktops.end_alarm(lin)
    assert desktops.snapshot(Identity("boss", "lead", None)).alarms == (mei,)
    desktops.end_alarm(mei)
    assert desktops.snapshot(Identity("boss", "lead", None)).alarms == ()
