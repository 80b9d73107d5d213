"""What happened while nobody listened: read from the journal, recorded with its own times, and told of only once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from cti.asterisk.journal import read_journal
from cti.bus import LocalBus
from cti.calls import records
from cti.calls.catchup import catch_up
from cti.calls.model import Call, CallChanged, CallRecorded, CallState
from cti.calls.tables import JournalMarkRow
from cti.calls.tracker import Tracker
from cti.errors import StoreUnavailable
from cti.store.engine import Store
from tests.unit.call_tables import expected, lines

CAPTURES = Path(__file__).parents[1] / "captures"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

VOICEMAIL = """
0.00  1.1 carrier-1 arrived!0255501000
0.01  1.1 carrier-1 plan!kept!p7
0.02  1.1 carrier-1 step!1!desk!15!d:101:101
0.03  1.2 101-2     leg!1!desk!15!d:101:101
15.03 1.2 101-2     HANGUP 0
15.04 1.1 carrier-1 stepend!1!NOANSWER!16
15.05 1.1 carrier-1 step!2!mobile!20!m:101:0900000101
15.06 1.3 carrier-3 leg!2!mobile!20!m:101:0900000101
18    1.3 carrier-3 ANSWER
30    1.3 carrier-3 refused!2!m:101:0900000101!silence
30.01 1.3 carrier-3 HANGUP 16
30.02 1.1 carrier-1 stepend!2!ANSWER!16
30.03 1.1 carrier-1 step!3!deputy!15!d:102:102
30.04 1.4 102-4     leg!3!deputy!15!d:102:102
33    1.4 102-4     ANSWER
33.01 1.4 102-4     BRIDGE_ENTER
50    1.1 carrier-1 end!16
50.01 1.4 102-4     HANGUP 16
50.02 1.1 carrier-1 HANGUP 16
50.02 1.1 carrier-1 LINKEDID_END
"""

RECORD = """
1 desk   101 PJSIP/101                0.03  - -  15.03 no_answer
2 mobile 101 PJSIP/0900000101@carrier 15.06 - -  30.01 not_accepted
3 deputy 102 PJSIP/102                30.04 - 33 50.01 answered
"""


def cel(table: str, linkedid: str = "1.1", start: float = 1795381918) -> list[str]:
    """The journal's lines for a table of SECONDS CHANNEL NAME WHAT; the call `1.1` renamed to `linkedid`."""
    made = []
    for line in table.strip().splitlines():
        seconds, channel, name, what, *cause = line.split()
        channel = linkedid if channel == "1.1" else f"{linkedid}-{channel}"
        kind, user, extra = (what, "", "") if what.isupper() else ("RINGWARD", "RINGWARD", f'{{"extra":"{what}"}}')
        if cause:
            extra = f'{{"hangupcause":{cause[0]}}}'
        fields = [kind, f"{start + float(seconds):.6f}", channel, linkedid, f"PJSIP/{name}", "0933000222", "陳太太"]
        made.append(",".join(f'"{field}"' for field in [*fields, "s", "c", "", user, extra.replace('"', '""')]) + "\n")
    return made


class House:
    """A daemon's tracker on one database and one journal, and what it said."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path = store, path
        self.changes: list[CallChanged] = []
        self.recorded: list[Call] = []
        bus = LocalBus()
        bus.subscribe(CallChanged, self.changes.append)
        bus.subscribe(CallRecorded, lambda message: self.recorded.append(message.call))
        self.tracker = Tracker(store, bus, normalise=lambda number: f"+886{number[1:]}")

    async def catch_up(self, channels: dict[str, str] | None = None, asked: datetime | None = None) -> None:
        await catch_up(self.tracker, self.store, self.path, channels=channels, asked=asked)

    async def mark(self) -> tuple[int, int]:
        async with self.store.session() as session:
            row = await session.get(JournalMarkRow, str(self.path))
            return (row.inode, row.offset) if row else (0, 0)

    async def record(self, linkedid: str = "1.1") -> Call:
        async with self.store.session() as session:
            call = await records.load(session, linkedid)
        assert call is not None
        return call


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "ringward.csv"


@pytest.fixture
def house(store: Store, journal: Path) -> House:
    return House(store, journal)


async def test_a_call_that_nobody_watched_has_a_whole_record_with_the_journals_times(
    house: House, journal: Path
) -> None:
    journal.write_text("".join(cel(VOICEMAIL)))

    await house.catch_up()

    call = await house.record()
    assert lines(call) == expected(RECORD)
    assert call.started == EPOCH + timedelta(seconds=1795381918)
    assert call.ended == EPOCH + timedelta(seconds=1795381918 + 50)
    assert (call.answered_by, call.caller_e164, call.plan_source) == ("102", "+886933000222", "kept")
    assert house.recorded == [call]
    assert house.changes == [], "nobody's screen is for calls that are over"
    assert await house.mark() == (journal.stat().st_ino, journal.stat().st_size)


async def test_a_call_that_nobody_asked_about_is_its_customers_all_the_same(store: Store, journal: Path) -> None:
    whose = {"+886933000222": 7}
    tracker = Tracker(store, LocalBus(), normalise=lambda number: f"+886{number[1:]}", customer_of=whose.get)
    journal.write_text("".join(cel(VOICEMAIL)))
    await catch_up(tracker, store, journal)
    async with store.session() as session:
        call = await records.load(session, "1.1")
    assert call is not None
    assert (call.caller_e164, call.customer_id) == ("+886933000222", 7)

    tracker.set_customer("1.1", 8)
    await tracker.flush()
    await catch_up(tracker, store, journal)
    await catch_up(Tracker(store, LocalBus(), normalise=lambda _: None, customer_of=whose.get), store, journal)
    async with store.session() as session:
        call = await records.load(session, "1.1")
    assert call is not None
    assert call.customer_id == 8, "what a person chose stays"


@pytest.mark.parametrize("cut", range(1, 20))
async def test_a_daemon_that_died_anywhere_in_a_call_ends_with_the_same_record(
    store: Store, journal: Path, cut: int
) -> None:
    rows = cel(VOICEMAIL)
    journal.write_text("".join(rows[:cut]))
    before = House(store, journal)
    await before.catch_up()
    with journal.open("a") as file:
        file.writelines(rows[cut:])

    after = House(store, journal)
    await after.tracker.load()
    await after.catch_up({})

    assert lines(await after.record()) == expected(RECORD)
    assert len(before.recorded) + len(after.recorded) >= 1
    assert len(after.recorded) <= 1
    assert after.tracker.live() == ()


async def test_the_journal_behind_the_live_stream_changes_nothing(house: House, journal: Path) -> None:
    rows = cel(VOICEMAIL)
    journal.write_text("".join(rows))
    facts = read_journal(journal, 0, 0).events
    for fact in facts[:8]:
        house.tracker.handle(fact)
    journal.write_text("".join(rows[:8]))
    await house.catch_up({"1.1": "1.1"})
    assert len(house.changes) == 8
    assert [call.linkedid for call in house.tracker.live()] == ["1.1"]
    assert (await house.mark())[1] == 0, "the call goes on: what it was is still to be read again"

    for fact in facts[8:]:
        house.tracker.handle(fact)
    said = len(house.changes)
    journal.write_text("".join(rows))
    await house.catch_up()
    await house.catch_up()

    assert len(house.changes) == said
    assert len(house.recorded) == 1
    assert (await house.mark())[1] == journal.stat().st_size


async def test_what_the_stream_missed_is_told_in_one_change(house: House, journal: Path) -> None:
    rows = cel(VOICEMAIL)
    journal.write_text("".join(rows[:14]))
    facts = read_journal(journal, 0, 0).events
    for fact in facts[:4]:
        house.tracker.handle(fact)
    house.changes.clear()

    await house.catch_up({"1.1": "1.1"})

    assert [(one.before.step if one.before else None, one.after.step) for one in house.changes] == [(1, 3)]
    assert house.tracker.live()[0].targets[0].agent == "102"


async def test_a_call_lost_with_the_switch_is_never_announced_as_ringing(house: House, journal: Path) -> None:
    journal.write_text("".join(cel(VOICEMAIL)[:9]))

    await house.catch_up({})

    call = await house.record()
    assert call.state is CallState.ENDED
    assert call.ended == EPOCH + timedelta(seconds=1795381918 + 18)
    assert [str(leg.reason) for leg in call.legs] == ["no_answer", "caller_hung_up"]
    assert house.changes == []
    assert house.recorded == [call]


async def test_a_call_that_began_behind_the_list_of_channels_is_not_lost(house: House, journal: Path) -> None:
    """The channels are listed, then the journal is read: what begins in between is on no list, and rings."""
    journal.write_text("".join(cel(VOICEMAIL)[:9]))
    asked = EPOCH + timedelta(seconds=1795381918 - 0.2)

    await house.catch_up({}, asked)
    assert [call.linkedid for call in house.tracker.live()] == ["1.1"]
    assert house.recorded == []

    await house.catch_up({}, asked + timedelta(minutes=1))
    assert house.tracker.live() == ()

    # Seemingly begun an hour behind the list: the clock was set back, and the call is as lost as any.
    with journal.open("a") as file:
        file.writelines(cel(VOICEMAIL, "2.1", 1795381918 + 3600)[:9])
    await house.catch_up({}, asked)
    assert house.tracker.live() == ()
    assert sorted(call.linkedid for call in house.recorded) == ["1.1", "2.1"]


async def test_the_mark_waits_for_the_oldest_call_that_goes_on(house: House, journal: Path) -> None:
    old, young = cel(VOICEMAIL, "1.1"), cel(VOICEMAIL, "2.1", 1795381999)
    journal.write_text("".join([*cel(VOICEMAIL, "0.1", 1795380000), *old[:5], *young]))

    await house.catch_up()

    first = len("".join(cel(VOICEMAIL, "0.1", 1795380000)).encode())
    assert (await house.mark())[1] == first
    assert sorted(call.linkedid for call in house.recorded) == ["0.1", "2.1"]

    with journal.open("a") as file:
        file.writelines(old[5:])
    await house.catch_up()

    assert (await house.mark())[1] == journal.stat().st_size
    assert sorted(call.linkedid for call in house.recorded) == ["0.1", "1.1", "2.1"]


async def test_nothing_is_lost_between_two_files(house: House, journal: Path) -> None:
    rows = cel(VOICEMAIL)
    journal.write_text("".join(rows[:5]))
    await house.catch_up()
    with journal.open("a") as file:
        file.writelines(rows[5:10])
    journal.rename(journal.with_name("ringward.csv.1"))
    journal.write_text("".join(rows[10:]))

    await house.catch_up()

    assert lines(await house.record()) == expected(RECORD)
    assert await house.mark() == (journal.stat().st_ino, journal.stat().st_size)


async def test_the_mark_stays_while_the_records_cannot_be_written(
    house: House, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.write_text("".join(cel(VOICEMAIL)))

    async def refuse() -> None:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(house.tracker, "flush", refuse)
        with pytest.raises(StoreUnavailable):
            await house.catch_up()
    assert await house.mark() == (0, 0)

    await house.catch_up()
    assert len(house.recorded) == 1
    assert (await house.mark())[1] == journal.stat().st_size


async def test_a_daemon_that_died_before_it_could_say_so_says_it_when_it_is_back(store: Store, journal: Path) -> None:
    """Committed, but nobody was told: the mark had not moved yet."""
    journal.write_text("".join(cel(VOICEMAIL)))
    dead = House(store, journal)
    await dead.tracker.absorb(read_journal(journal, 0, 0).events)
    await dead.tracker.flush()

    back = House(store, journal)
    await back.tracker.load()
    await back.catch_up()
    await back.catch_up()

    assert [call.linkedid for call in back.recorded] == ["1.1"]


async def test_many_calls_in_small_pieces_while_others_are_live(house: House, journal: Path) -> None:
    """Calls interleave over the pieces' borders, and the writer runs beside."""
    tables = [cel(VOICEMAIL, f"{number}.1", 1795381918 + number) for number in range(60)]
    journal.write_text("".join(row for together in zip(*tables, strict=True) for row in together))
    writer = asyncio.create_task(house.tracker.run())

    await catch_up(house.tracker, house.store, house.path, chunk=5000)
    writer.cancel()

    assert len({call.linkedid for call in house.recorded}) == len(house.recorded) == 60
    await house.catch_up()
    assert house.tracker.get("7.1") is None, "a month's journal must not stay in memory"
    for number in range(60):
        assert lines(await house.record(f"{number}.1")) == expected(RECORD)


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.cel.csv")), ids=lambda path: path.name.partition(".")[0])
async def test_every_captured_call_is_recorded_alike_live_or_read(store: Store, path: Path, tmp_path: Path) -> None:
    watched, read = House(store, tmp_path / "none.csv"), House(store, path)
    facts = read_journal(path, 0, 0).events
    for fact in facts:
        watched.tracker.handle(replace(fact, linkedid=f"w-{fact.linkedid}"))
    await watched.tracker.flush()
    await read.catch_up()

    for fact in facts[:1]:
        live, later = await read.record(f"w-{fact.linkedid}"), await read.record(fact.linkedid)
        assert live.legs == later.legs
        assert (live.started, live.answered, live.ended) == (later.started, later.answered, later.ended)
