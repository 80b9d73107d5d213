"""Promises in the database: decided once a call, one open a caller, whatever fails in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.hours import parse_weekly
from cti.agents.tables import AgentRow
from cti.bus import LocalBus
from cti.calls import records
from cti.calls.model import Call, CallRecorded, CallState, Leg
from cti.customers.model import CallerMatch
from cti.customers.tables import CustomerRow
from cti.errors import Invalid, NotFound, Refused, StoreUnavailable
from cti.promises import ledger
from cti.promises.keeper import Keeper, Terms
from cti.promises.ledger import Ledger
from cti.promises.model import Happening, Promise, PromiseChanged, Shown, State
from cti.promises.tables import PromiseCallRow
from cti.store.engine import Store
from routing.hours import Opening
from routing.model import Agent, DialledNumber, Directory, Group

TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday morning in Taipei
CHEN = "+886933000222"
OPENING = Opening(ZoneInfo("Asia/Taipei"), parse_weekly("Mon-Fri 09:00-18:00"))


class Firm:
    """Two agents and one customer, as the caches in memory would tell of them."""

    directory = Directory(
        agents={"101": Agent("101", desk="101", deputy="102"), "102": Agent("102", desk="102")},
        groups={"company": Group("company", ("102",))},
        numbers={"+886255501000": DialledNumber("+886255501000", group="company")},
    )

    def lookup(self, e164: str) -> tuple[CallerMatch, ...]:
        return (CallerMatch(1, "陳太太", "A", "101"),) if e164 == CHEN else ()


class Office:
    """A keeper with its clock and what it published."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.bus = LocalBus()
        self.now = TEN
        self.changes: asyncio.Queue[PromiseChanged] = asyncio.Queue()
        self.bus.subscribe(PromiseChanged, self.changes.put_nowait)
        self.keeper = self.another()

    def another(self) -> Keeper:
        firm = Firm()
        return Keeper(
            self.store, self.bus, firm, firm, terms=Terms(), opening=OPENING, now=lambda: self.now, book=Ledger()
        )

    async def promises(self, everything: bool = True) -> list[Shown]:
        async with self.store.session() as session:
            return await ledger.find(session, everything=everything)

    async def happened(self, promise_id: int) -> list[Happening]:
        async with self.store.session() as session:
            return [entry.what for entry in await ledger.history(session, promise_id)]


@pytest.fixture
async def office(store: Store) -> Office:
    async with store.transaction() as session:
        session.add(AgentRow(code="101", name="林小明", deputy="102"))
        session.add(AgentRow(code="102", name="王美美"))
        session.add(AgentRow(code="109", name="已離職", active=False))
        session.add(CustomerRow(id=1, name="陳太太", owner="101", created=TEN))
    return Office(store)


def missed(linkedid: str = "1.1", minute: float = 0, caller: str | None = CHEN, raw: str = "0933000222") -> Call:
    """A call that rang half a minute in vain."""
    started = TEN + timedelta(minutes=minute)
    return Call(
        linkedid=linkedid,
        caller_raw=raw,
        caller_e164=caller,
        dialled="0255501000",
        started=started,
        ended=started + timedelta(seconds=30),
        state=CallState.ENDED,
    )


def talked(linkedid: str, minute: float, seconds: float = 60) -> Call:
    """A call in which the two were connected for so long."""
    call = missed(linkedid, minute)
    assert call.started is not None
    connected = call.started + timedelta(seconds=5)
    ended = connected + timedelta(seconds=seconds)
    leg = Leg(index=1, kind="desk", agent="101", endpoint="PJSIP/101", seconds=15, channel=f"{linkedid}0")
    leg = replace(leg, started=call.started, answered=connected, connected=connected, ended=ended)
    return replace(call, answered=connected, answered_by="101", ended=ended, legs=(leg,))


async def record(store: Store, *calls: Call) -> None:
    async with store.transaction() as session:
        await records.save_many(session, calls)


@asynccontextmanager
async def running(keeper: Keeper) -> AsyncIterator[None]:
    task = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_missed_call_becomes_a_promise_of_its_owner(office: Office) -> None:
    await office.keeper.decide(missed())
    [shown] = await office.promises()
    promise = shown.promise
    assert (shown.customer, promise.number, promise.owner, promise.state) == ("陳太太", CHEN, "101", State.OPEN)
    assert promise.due == TEN + timedelta(minutes=30, seconds=30)
    async with office.store.session() as session:
        assert await ledger.calls_of(session, promise.id) == ["1.1"]
        assert (await ledger.get(session, promise.id)) == shown


async def test_the_same_call_twice_is_one_attempt(office: Office) -> None:
    for _ in range(3):
        await office.keeper.decide(missed())
    [shown] = await office.promises()
    assert shown.promise.attempts == 1
    assert await office.happened(shown.promise.id) == [Happening.OPENED]


async def test_a_caller_who_tries_again_has_one_promise(office: Office) -> None:
    for minute in range(4):
        await office.keeper.decide(missed(f"{minute}.1", minute))
    [shown] = await office.promises()
    assert shown.promise.attempts == 4
    assert shown.promise.last_missed - shown.promise.first_missed == timedelta(minutes=3)


async def test_a_talk_keeps_it_and_the_next_miss_is_a_new_one(office: Office) -> None:
    for call in (missed(), talked("2.1", 2, seconds=19), talked("3.1", 4, seconds=20), missed("4.1", 9)):
        await office.keeper.decide(call)
    kept, owed = sorted((shown.promise for shown in await office.promises()), key=lambda promise: promise.id)
    assert (kept.state, kept.kept_linkedid, owed.state) == (State.KEPT, "3.1", State.OPEN)
    assert await office.happened(kept.id) == [Happening.OPENED, Happening.BRIEF, Happening.KEPT]


async def test_withheld_and_unreadable_callers_are_owed_too(office: Office) -> None:
    for linkedid in ("1.1", "2.1"):
        await office.keeper.decide(missed(linkedid, caller=None, raw="anonymous"))
        await office.keeper.decide(missed(f"{linkedid}1", caller=None, raw="4711\0\ud800"))
    found = [shown.promise for shown in await office.promises()]
    assert [(one.number, one.raw, one.attempts) for one in sorted(found, key=lambda one: one.id)] == [
        (None, "anonymous", 1),
        (None, "4711", 2),
        (None, "anonymous", 1),
    ]


async def test_many_at_once_are_still_one(office: Office) -> None:
    """Several daemons, one caller who redials: the database itself sees to it that one promise is open."""
    keepers = [office.another() for _ in range(4)]
    await asyncio.gather(
        *(keeper.decide(missed(f"{number}.1", number)) for number in range(8) for keeper in keepers),
    )
    [shown] = await office.promises()
    assert shown.promise.attempts == 8


async def test_the_database_refuses_a_second_open_promise(office: Office) -> None:
    await office.keeper.decide(missed())

    async def break_it(session: AsyncSession) -> None:
        row = (await session.scalars(select(ledger.PromiseRow))).one()
        columns = {name: getattr(row, name) for name in ledger.PromiseRow.__table__.columns.keys() if name != "id"}  # noqa: SIM118
        session.add(ledger.PromiseRow(**columns))
        await session.flush()

    with pytest.raises(IntegrityError):
        async with office.store.transaction() as session:
            await break_it(session)


async def test_calls_that_ended_while_no_daemon_lived_are_found_in_the_records(office: Office) -> None:
    other = [missed(f"{number}.7", -number, f"+88691200{number:04}") for number in range(1, 230)]
    await record(office.store, missed(), talked("2.1", 5), *other)
    await record(office.store, replace(missed("3.1"), state=CallState.RINGING, ended=None))
    await record(office.store, missed("4.1", minute=-20 * 24 * 60, caller="+886933999999"))

    await office.keeper.sweep()
    found = await office.promises()
    assert len(found) == 230
    assert {shown.promise.state for shown in found if shown.promise.number == CHEN} == {State.KEPT}
    await office.keeper.sweep()
    assert len(await office.promises()) == 230


@pytest.mark.parametrize("fault", [ValueError("a value no column takes"), KeyError("a fault of ours"), OverflowError()])
async def test_a_call_that_cannot_be_kept_does_not_stand_in_the_way(office: Office, fault: Exception) -> None:
    await record(office.store, missed(), missed("2.1", 1, caller="+886912345678"))

    class Book(Ledger):
        async def decide(self, session: AsyncSession, call: Call, *terms: object) -> object:  # type: ignore[override]
            if call.linkedid == "1.1":
                raise fault
            return await super().decide(session, call, *terms)  # type: ignore[arg-type]

    office.keeper.book = Book()
    await office.keeper.sweep()
    assert [shown.promise.number for shown in await office.promises()] == ["+886912345678"]


async def test_what_is_recorded_is_on_the_board_and_told(office: Office) -> None:
    async with running(office.keeper):
        office.bus.publish(CallRecorded(missed()))
        change = await asyncio.wait_for(office.changes.get(), 10)
        assert change.before is None
        assert change.after is not None
        assert change.after.promise.number == CHEN
        office.bus.publish(CallRecorded(missed()))
        office.bus.publish(CallRecorded(talked("2.1", 5)))
        change = await asyncio.wait_for(office.changes.get(), 10)
        assert change.after is None
        assert change.last is not None
        assert change.last.promise.state is State.KEPT
        assert not office.keeper.board


async def test_a_database_that_was_away_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = asyncio.Event()
    there = Store.transaction

    @asynccontextmanager
    async def away(self: Store) -> AsyncIterator[AsyncSession]:
        refused.set()
        raise StoreUnavailable("gone")
        yield

    monkeypatch.setattr(Store, "transaction", away)
    async with running(office.keeper):
        office.bus.publish(CallRecorded(missed()))
        await asyncio.wait_for(refused.wait(), 10)
        monkeypatch.setattr(Store, "transaction", there)
        change = await asyncio.wait_for(office.changes.get(), 10)
    assert change.after is not None


async def test_what_another_process_does_reaches_the_board(office: Office) -> None:
    await office.keeper.decide(missed())
    await office.keeper.refresh()
    [promise_id] = office.keeper.board
    async with office.store.transaction() as session:
        await Ledger().assign(session, promise_id, "102", "cli:root", TEN)
    await office.keeper.refresh()
    assert office.keeper.board[promise_id].promise.owner == "102"
    async with office.store.transaction() as session:
        await Ledger().close(session, promise_id, "cli:root", "打錯電話", TEN)
    await office.keeper.refresh()
    assert not office.keeper.board
    changes = [office.changes.get_nowait() for _ in range(office.changes.qsize())]
    assert [change.after is not None for change in changes] == [True, True, False]


async def test_a_late_promise_is_told_of_level_by_level_and_once(office: Office) -> None:
    await office.keeper.decide(missed())
    await office.keeper.refresh()
    [promise_id] = office.keeper.board
    seen = []
    for minute in (30, 31, 31, 46, 61, 500):
        office.now = TEN + timedelta(minutes=minute)
        await office.keeper.escalate()
        shown = office.keeper.board[promise_id].promise
        seen.append((shown.level, shown.escalated_to))
    assert seen == [(0, None), (1, None), (1, None), (2, "102"), (3, "102"), (3, "102")]
    assert await office.happened(promise_id) == [
        Happening.OPENED,
        Happening.LATE,
        Happening.ESCALATED,
        Happening.ESCALATED,
    ]


async def test_people_close_reopen_assign_and_note_with_their_names_kept(office: Office) -> None:
    promise = await office.keeper.decide(missed())
    assert promise is not None
    book, at = office.keeper.book, TEN + timedelta(hours=1)
    async with office.store.transaction() as session:
        await book.note(session, promise.id, "lin", "會議中，三點後再打", at)
        await book.assign(session, promise.id, "102", "lin", at)
        await book.assign(session, promise.id, "102", "lin", at)
        await book.close(session, promise.id, "mei", "客戶已改用 LINE 聯絡", at)
    async with office.store.session() as session:
        shown = await ledger.get(session, promise.id)
        entries = await ledger.history(session, promise.id)
    assert (shown.promise.state, shown.promise.ended_by, shown.promise.reason) == (
        State.CLOSED,
        "mei",
        "客戶已改用 LINE 聯絡",
    )
    assert [(entry.what, entry.who, entry.text) for entry in entries[1:]] == [
        (Happening.NOTED, "lin", "會議中，三點後再打"),
        (Happening.ASSIGNED, "lin", "102"),
        (Happening.CLOSED, "mei", "客戶已改用 LINE 聯絡"),
    ]
    async with office.store.transaction() as session:
        again = await book.reopen(session, promise.id, "boss", "客戶說沒有", at, at + timedelta(minutes=30))
    assert (again.state, again.due, again.reason) == (State.OPEN, at + timedelta(minutes=30), "")
    # The talk was before it was opened again: it does not count for what is owed now.
    await office.keeper.decide(talked("2.1", 5))
    assert [shown.promise.state for shown in await office.promises()] == [State.OPEN]
    await office.keeper.decide(talked("3.1", 70))
    assert [shown.promise.state for shown in await office.promises()] == [State.KEPT]


async def test_what_people_cannot_do(office: Office) -> None:
    promise = await office.keeper.decide(missed())
    assert promise is not None
    book = office.keeper.book

    async def refused(kind: type[Exception], verb: str, *arguments: object) -> None:
        with pytest.raises(kind):
            async with office.store.transaction() as session:
                await getattr(book, verb)(session, *arguments)

    await refused(NotFound, "close", 99, "lin", "x", TEN)
    await refused(Invalid, "close", promise.id, "lin", "  ", TEN)
    await refused(Invalid, "close", promise.id, "lin", "x" * 2001, TEN)
    await refused(NotFound, "assign", promise.id, "109", "lin", TEN)
    await refused(NotFound, "assign", promise.id, "999", "lin", TEN)
    await refused(Refused, "reopen", promise.id, "lin", "x", TEN, TEN)
    async with office.store.transaction() as session:
        await book.close(session, promise.id, "lin", "done", TEN)
    await refused(Refused, "close", promise.id, "lin", "again", TEN)
    await refused(Refused, "assign", promise.id, "102", "lin", TEN)
    await office.keeper.decide(missed("2.1", 5))
    await refused(Refused, "reopen", promise.id, "lin", "x", TEN, TEN)


async def test_the_most_urgent_stand_first(office: Office) -> None:
    for number, minute in ((1, 20), (2, 0), (3, 10)):
        await office.keeper.decide(missed(f"{number}.1", minute, f"+88691234567{number}"))
    assert [shown.promise.number for shown in await office.promises()] == [
        "+886912345672",
        "+886912345673",
        "+886912345671",
    ]
    async with office.store.session() as session:
        late = await ledger.find(session, late_at=TEN + timedelta(minutes=42))
        assert len(late) == 2
        assert await ledger.find(session, holder="101") == []
        assert len(await ledger.find(session, holder="102")) == 3
        assert len(await ledger.find(session, number="+886912345671")) == 1
        assert await session.scalar(select(func.count()).select_from(PromiseCallRow)) == 3


class Known(Firm):
    """A firm whose index learns a number, and which has a complaint about 101 and tiers."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[CallerMatch, ...]] = {}

    def lookup(self, e164: str) -> tuple[CallerMatch, ...]:
        return self.found.get(e164, ())


def keeper_of(office: Office, firm: Known, **terms: int | dict[str, int]) -> Keeper:
    keeper_terms = Terms(**terms)  # type: ignore[arg-type]
    return Keeper(office.store, office.bus, firm, firm, terms=keeper_terms, opening=OPENING, now=lambda: office.now)


async def test_a_caller_who_becomes_known_takes_promise_and_calls_along(office: Office) -> None:
    firm = Known()
    keeper = keeper_of(office, firm)
    await record(office.store, missed(), missed("2.1", 1, caller="+886911000000", raw="0911000000"))
    await keeper.sweep()
    await keeper.refresh()
    await keeper.recognise()
    assert [shown.customer for shown in await office.promises()] == [None, None]
    firm.found[CHEN] = (CallerMatch(1, "陳太太", "A", "101"),)
    firm.found["+886911000000"] = (CallerMatch(1, "陳太太", "A", "101"), CallerMatch(2, "黃先生", "", None))
    await keeper.recognise()
    shown, other = await office.promises()
    assert (shown.customer, shown.promise.number) == ("陳太太", CHEN)
    assert other.customer is None, "which of the two it was only a person can say"
    assert await office.happened(shown.promise.id) == [Happening.OPENED, Happening.RECOGNISED]
    async with office.store.session() as session:
        calls = await records.load_many(session, ["1.1", "2.1"])
    assert (calls["1.1"].customer_id, calls["2.1"].customer_id) == (1, None)
    await keeper.recognise()
    assert len(await office.happened(shown.promise.id)) == 2


async def test_a_promise_that_cannot_be_changed_keeps_no_other_from_being_late(office: Office) -> None:
    async def tied(_session: AsyncSession, _linkedids: Sequence[str]) -> None:
        raise KeyError("a call that nobody foresaw")

    class Book(Ledger):
        async def escalate(self, session: AsyncSession, promise_id: int, change: Any) -> Promise | None:
            if promise_id == first:
                raise KeyError("a promise that nobody foresaw")
            return await super().escalate(session, promise_id, change)

    firm = Known()
    keeper = Keeper(
        office.store,
        office.bus,
        firm,
        firm,
        terms=Terms(),
        opening=OPENING,
        now=lambda: office.now,
        book=Book(),
        tied=tied,
    )
    one = await keeper.decide(missed())
    other = await keeper.decide(missed("2.1", 1, caller="+886911000000", raw="0911000000"))
    assert one is not None
    assert other is not None
    first = one.id
    firm.found[CHEN] = (CallerMatch(1, "陳太太", "A", "101"),)
    office.now = TEN + timedelta(minutes=32)
    async with running(keeper):
        async with asyncio.timeout(10):
            while (change := await office.changes.get()).after is None or change.after.promise.level == 0:
                pass
    assert change.after.promise.id == other.id
    first = 0
    await keeper.sweep()
    await keeper.escalate()
    assert keeper.board[one.id].promise.level == 1, "it is tried again"


async def test_a_complaint_and_a_tier_shape_what_is_owed(office: Office) -> None:
    firm = Known()
    firm.found[CHEN] = (CallerMatch(1, "陳太太", "A", "101", avoid=("101",)),)
    promise = await keeper_of(office, firm, tier_minutes={"A": 10}).decide(missed())
    assert promise is not None
    assert promise.owner == "102"
    assert promise.due == TEN + timedelta(minutes=10, seconds=30)
