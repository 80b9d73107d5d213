"""The tracker on a real database: announced at once, recorded in order behind, nothing lost and nothing said twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from cti.asterisk.events import AnySwitchEvent
from cti.bus import LocalBus
from cti.calls import records
from cti.calls import tracker as call_tracker
from cti.calls.model import Call, CallChanged, CallRecorded, CallState
from cti.calls.tracker import GRACE_SECONDS, Tracker
from cti.errors import StoreUnavailable
from cti.store.engine import Store
from tests.unit.call_tables import LINKEDID, lines, read_facts, told
from tests.unit.test_call_machine import CHAIN, DESK_ANSWERED, GROUP, OUTBOUND
from tests.unit.test_transfer_chains import ASKED, QUESTION, TALKING, join

E164 = {"0933000222": "+886933000222"}


class Heard:
    """What the tracker published, in order."""

    def __init__(self, bus: LocalBus) -> None:
        self.changes: list[CallChanged] = []
        self.recorded: asyncio.Queue[Call] = asyncio.Queue()
        bus.subscribe(CallChanged, self.changes.append)
        bus.subscribe(CallRecorded, lambda message: self.recorded.put_nowait(message.call))


class Clock:
    """A clock that stands until it is told otherwise."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bus() -> LocalBus:
    return LocalBus()


@pytest.fixture
def heard(bus: LocalBus) -> Heard:
    return Heard(bus)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tracker(store: Store, bus: LocalBus, clock: Clock) -> Tracker:
    return Tracker(store, bus, normalise=E164.get, clock=clock)


@asynccontextmanager
async def running(tracker: Tracker) -> AsyncIterator[None]:
    task = asyncio.create_task(tracker.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def recorded(store: Store, linkedid: str = LINKEDID) -> Call | None:
    async with store.session() as session:
        return await records.load(session, linkedid)


async def test_a_call_is_announced_with_every_fact_and_recorded_once(
    tracker: Tracker, store: Store, heard: Heard
) -> None:
    async with running(tracker):
        for fact in read_facts(CHAIN):
            tracker.handle(fact)
        call = await heard.recorded.get()

    assert await recorded(store) == call
    assert call.caller_e164 == "+886933000222"
    assert heard.recorded.empty()
    assert heard.changes[0].before is None
    assert [one.before for one in heard.changes[1:]] == [one.after for one in heard.changes[:-1]]
    assert heard.changes[-1].after == call


async def test_facts_told_again_are_announced_and_recorded_no_second_time(
    tracker: Tracker, heard: Heard, clock: Clock
) -> None:
    for fact in read_facts(CHAIN):
        tracker.handle(fact)
    await tracker.flush()
    heard.recorded.get_nowait()
    said = len(heard.changes)

    for fact in read_facts(CHAIN):
        tracker.handle(fact)
    clock.now += GRACE_SECONDS + 1
    for fact in read_facts(CHAIN):
        tracker.handle(fact)
    await tracker.absorb(read_facts(CHAIN))
    tracker.announce()
    await tracker.flush()

    assert len(heard.changes) == said
    assert heard.recorded.empty()


async def test_an_ended_call_is_kept_for_a_while_and_then_dropped(tracker: Tracker, clock: Clock) -> None:
    for fact in read_facts(DESK_ANSWERED):
        tracker.handle(fact)
    assert tracker.live() == ()
    other = read_facts("0 caller arrived!0255501000", linkedid="2.1")[0]

    clock.now += GRACE_SECONDS + 1
    tracker.handle(other)
    assert tracker.get(LINKEDID) is not None, "it is not written yet"

    await tracker.flush()
    clock.now += 1
    tracker.handle(read_facts("1 caller plan!kept!p1", linkedid="2.1")[0])

    assert tracker.get(LINKEDID) is None
    assert [call.linkedid for call in tracker.live()] == ["2.1"]


async def test_a_locked_database_holds_no_pop_back(tracker: Tracker, store: Store, heard: Heard) -> None:
    async with running(tracker):
        async with locked(store):
            for fact in read_facts(CHAIN):
                tracker.handle(fact)
            await asyncio.wait_for(changed_to(heard, CallState.ENDED), 1)
            assert heard.recorded.empty()
        call = await heard.recorded.get()

    assert await recorded(store) == call


async def test_a_database_that_was_gone_gets_every_record(store: Store, bus: LocalBus, heard: Heard) -> None:
    gone = Gone(store.url)
    tracker = Tracker(gone, bus, normalise=E164.get)
    for number in range(1, 451):
        for fact in read_facts(CHAIN, linkedid=f"{number}.1"):
            tracker.handle(fact)
    with pytest.raises(StoreUnavailable):
        await tracker.flush()
    assert heard.recorded.empty()

    async with running(tracker):
        await gone.tried.wait()
        gone.missing = False
        calls = [await heard.recorded.get() for _ in range(450)]
    await gone.close()

    assert [call.linkedid for call in calls] == [f"{number}.1" for number in range(1, 451)]
    assert await recorded(store, "450.1") == calls[-1]


async def test_a_record_no_database_takes_keeps_no_other_back(tracker: Tracker, store: Store, heard: Heard) -> None:
    tracker.handle(read_facts("0 caller arrived!0255501000", linkedid="0.1")[0])
    tracker.set_customer("0.1", 2**80)
    for fact in read_facts(CHAIN):
        tracker.handle(fact)

    await tracker.flush()

    assert (await heard.recorded.get()).linkedid == LINKEDID
    assert await recorded(store) is not None
    assert await recorded(store, "0.1") is None


async def test_a_fault_with_one_call_keeps_no_other_back(
    tracker: Tracker, store: Store, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, written = call_tracker.apply, records.save_many

    def apply(call: Call | None, fact: AnySwitchEvent) -> Call | None:
        if fact.linkedid == "8.8":
            raise KeyError("a fact that nobody foresaw")
        return taken(call, fact)

    async def save_many(session: AsyncSession, calls: Sequence[Call]) -> None:
        if any(call.linkedid == "9.9" for call in calls):
            raise KeyError("a call that nobody foresaw")
        await written(session, calls)

    monkeypatch.setattr(call_tracker, "apply", apply)
    monkeypatch.setattr(records, "save_many", save_many)
    strange = [*read_facts(DESK_ANSWERED, linkedid="8.8"), *read_facts(DESK_ANSWERED, linkedid="9.9")]

    await tracker.absorb([*strange, *read_facts(DESK_ANSWERED)])
    await tracker.flush()

    assert {heard.recorded.get_nowait().linkedid for _ in range(2)} == {"9.9", LINKEDID}
    assert await recorded(store) is not None


async def test_what_cannot_be_written_beside_a_record_does_not_keep_the_record_out(
    store: Store, bus: LocalBus, heard: Heard, clock: Clock
) -> None:
    written: list[str] = []

    async def beside(_session: AsyncSession, calls: Sequence[Call]) -> None:
        if any(call.linkedid == "9.9" for call in calls):
            raise KeyError("a customer that nobody foresaw")
        written.extend(call.linkedid for call in calls)

    tracker = Tracker(store, bus, normalise=E164.get, beside=beside, clock=clock)
    for fact in [*read_facts(DESK_ANSWERED, linkedid="9.9"), *read_facts(DESK_ANSWERED)]:
        tracker.handle(fact)

    await tracker.flush()

    assert {heard.recorded.get_nowait().linkedid for _ in range(2)} == {"9.9", LINKEDID}
    assert await recorded(store, "9.9") is not None
    assert written == [LINKEDID]


async def test_a_customer_known_before_the_call_is_heard_of(tracker: Tracker, heard: Heard) -> None:
    tracker.set_customer(LINKEDID, 7)
    tracker.handle(read_facts(CHAIN)[0])
    assert tracker.live()[0].customer_id == 7

    tracker.set_customer(LINKEDID, 8)

    assert tracker.live()[0].customer_id == 8
    assert [one.after.customer_id for one in heard.changes] == [7, 8]


async def test_a_restart_in_the_middle_of_a_call_changes_nothing(store: Store, bus: LocalBus, heard: Heard) -> None:
    facts = read_facts(CHAIN)
    for cut in range(1, len(facts) - 2):  # the last three end it
        linkedid = f"{cut}.9"
        before, after = (
            Tracker(store, LocalBus(), normalise=E164.get),
            Tracker(store, bus, normalise=E164.get),
        )
        facts = read_facts(CHAIN, linkedid=linkedid)
        for fact in facts[:cut]:
            before.handle(fact)
        before.set_customer(linkedid, 7)
        await before.flush()

        await after.load()
        for fact in facts[cut:]:
            after.handle(fact)
        await after.flush()

        call = await heard.recorded.get()
        assert call.linkedid == linkedid
        assert call.customer_id == 7
        assert lines(call) == lines(told(facts))


async def test_calls_that_the_switch_no_longer_knows_are_ended(tracker: Tracker, heard: Heard, clock: Clock) -> None:
    for linkedid in ("1.1", "2.1", "3.1", "4.1"):
        for fact in read_facts(GROUP, linkedid=linkedid):
            tracker.handle(fact)
    asked = clock.now = clock.now + 10
    clock.now += 1
    tracker.handle(read_facts("9 d2 up", linkedid="4.1")[0])

    # 1.1 has its caller, 2.1 only a phone of its own that was moved to another call, 3.1 nothing.
    tracker.resync({"1.1": "1.1", "2.1-d1": "9.9"}, since=asked)

    assert [call.linkedid for call in tracker.live()] == ["1.1", "2.1", "4.1"]
    lost = heard.changes[-1].after
    assert (lost.linkedid, lost.state) == ("3.1", CallState.ENDED)
    assert all(leg.ended is not None and leg.reason is not None for leg in lost.legs)

    tracker.resync({})
    assert tracker.live() == ()


async def test_a_call_dropped_while_the_journal_asks_for_others_keeps_what_it_had(
    tracker: Tracker, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = read_facts(DESK_ANSWERED)
    for fact in facts:
        tracker.handle(fact)
    tracker.set_customer(LINKEDID, 7)
    await tracker.flush()
    looked_up = records.load_many

    async def slow(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, Call]:
        clock.now += 1000
        tracker.handle(
            read_facts(DESK_ANSWERED, linkedid="9.9")[0]
        )  # whatever happens meanwhile drops calls long ended
        return await looked_up(session, linkedids)

    monkeypatch.setattr(records, "load_many", slow)

    await tracker.absorb([*facts, *read_facts(DESK_ANSWERED, linkedid="8.8")])
    await tracker.flush()

    call = await recorded(store)
    assert call is not None
    assert call.customer_id == 7


async def changed_to(heard: Heard, state: CallState) -> None:
    while not heard.changes or heard.changes[-1].after.state is not state:
        await asyncio.sleep(0)


class Gone(Store):
    """A database that cannot be reached until `missing` is False."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.missing = True
        self.tried = asyncio.Event()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        if self.missing:
            self.tried.set()
            raise StoreUnavailable("gone")
        async with super().session() as session:
            yield session


@asynccontextmanager
async def locked(store: Store) -> AsyncIterator[None]:
    """Somebody else holds the table that is to be written."""
    if store.is_sqlite:
        other = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.rollback()
            other.close()
        return
    engine = create_async_engine(store.url)
    async with engine.begin() as connection:
        await connection.execute(text("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE"))
        yield
    await engine.dispose()


async def test_a_transfer_heard_of_after_the_phone_that_made_it_had_gone(
    tracker: Tracker, store: Store, heard: Heard, clock: Clock
) -> None:
    """Even when the record was written in between, the call goes on, and its record is completed."""
    until_now = OUTBOUND.strip().splitlines()[:6]
    for fact in read_facts("\n".join([*until_now, "39 caller hangup 16"])):
        tracker.handle(fact)
    await tracker.flush()
    for fact in read_facts("39.01 d1 transfer!2!101!102\n39.1 d2 leg!3!desk!15!d:102:102\n41 d2 up\n41.1 d2 bridge"):
        tracker.handle(fact)
    clock.now += GRACE_SECONDS + 1
    for fact in read_facts("41.2 caller hangup 16"):
        tracker.handle(fact)
    await tracker.flush()

    found = await recorded(store)
    assert found is not None
    assert (found.state, found.legs[-1].agent) == (CallState.TALKING, "102")
    assert found.legs[-1].answered is not None
    assert found.transfers == tracker.live()[0].transfers

    for fact in read_facts("60 d2 hangup 16\n60.1 d1 hangup 16"):
        tracker.handle(fact)
    await tracker.flush()
    found = await recorded(store)
    assert found is not None
    assert found.state is CallState.ENDED
    assert heard.recorded.qsize() == 1


async def test_joined_calls_are_recorded_as_one(tracker: Tracker, store: Store, heard: Heard) -> None:
    for fact in [*read_facts(TALKING), *read_facts(ASKED, QUESTION)]:
        tracker.handle(fact)
    call = tracker.get(LINKEDID)
    assert call is not None
    tracker.handle(join(call))
    tracker.handle(join(call))
    for fact in read_facts("30.1 d1 hangup 16\n50 caller hangup 16"):
        tracker.handle(fact)
    await tracker.flush()

    found = await recorded(store)
    assert found is not None
    assert [leg.agent for leg in found.legs] == ["101", "102"]
    assert [transfer.how for transfer in found.transfers] == ["attended"]


async def test_the_journal_joins_calls_too(tracker: Tracker, store: Store) -> None:
    call = told(read_facts(TALKING))
    await tracker.absorb([*read_facts(TALKING), *read_facts(ASKED, QUESTION), join(call)])
    await tracker.flush()

    found = await recorded(store)
    assert found is not None
    assert [(transfer.by, transfer.to) for transfer in found.transfers] == [("101", "102")]
