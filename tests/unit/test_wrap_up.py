"""Wrap-up's clock: begun by the end of an answered call, ended by time, by hand, by filing, or by the next call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cti.bus import LocalBus
from cti.calls.model import Call, CallChanged, CallState
from cti.errors import Refused
from cti.store.base import Base
from cti.store.engine import Store
from cti.wrapup.clocks import IDLE_SECONDS, Clocks
from cti.wrapup.filing import find
from cti.wrapup.model import EndReason, WrapUpEnded, WrapUpStarted, begun, had_a_part, had_by
from tests.unit.call_tables import read_facts, told
from tests.unit.test_call_machine import TRANSFERRED

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TALKING = Call(
    linkedid="1.1", started=NOON - 60 * SECOND, answered=NOON - 50 * SECOND, answered_by="101", state=CallState.TALKING
)
OVER = replace(TALKING, ended=NOON, state=CallState.ENDED, customer_id=1)

instants = st.none() | st.integers(-600, 600).map(lambda seconds: NOON + seconds * SECOND)
calls = st.builds(
    lambda answered, ended, by: Call(
        linkedid="1.1",
        answered=answered,
        ended=ended,
        answered_by=by,
        state=CallState.ENDED if ended else CallState.TALKING,
    ),
    instants,
    instants,
    st.sampled_from([None, "101"]),
)


@given(st.none() | calls, calls, st.integers(0, 300))
def test_a_wrap_up_begins_where_an_answered_call_ends_and_lies_ahead(
    before: Call | None, after: Call, seconds: int
) -> None:
    clock = begun(before, after, seconds, NOON)
    if clock is None:
        return
    assert seconds > 0
    assert after.answered is not None
    assert (clock.agent, clock.started) == (after.answered_by, after.ended)
    assert before is None or before.ended is None
    assert clock.ends > NOON
    assert clock.ends - clock.started == seconds * SECOND


UNDER_WAY = told(read_facts(TRANSFERRED))
TAKEN = told(read_facts("65 d2 up\n65.01 d2 bridge"), UNDER_WAY)


def test_who_was_handed_the_call_had_it_last() -> None:
    over = told(read_facts("90 caller end!16\n90.01 d2 hangup 16"), TAKEN)
    assert over.ended is not None
    assert [had_by(call) for call in (UNDER_WAY, TAKEN, over)] == ["101", "102", "102"]
    clock = begun(TAKEN, over, 30, over.ended)
    assert clock is not None
    assert clock.agent == "102"
    assert [had_a_part(over, agent) for agent in ("101", "102", "103", None)] == [True, True, False, False]


def test_nobody_took_what_was_handed_on() -> None:
    over = told(read_facts("64 caller end!16\n64.01 d2 hangup 16"), UNDER_WAY)
    assert (had_by(over), had_a_part(over, "102")) == ("101", False)


class Floor:
    """Clocks over a real database, a bus that is listened to, and time that the test moves."""

    def __init__(self, store: Store) -> None:
        self.store, self.bus, self.at = store, LocalBus(), NOON
        self.told: list[WrapUpStarted | WrapUpEnded] = []
        self.bus.subscribe(WrapUpStarted, self.told.append)
        self.bus.subscribe(WrapUpEnded, self.told.append)
        self.clocks = self.start()

    def start(self, seconds: int = 30) -> Clocks:
        return Clocks(self.store, self.bus, seconds=seconds, now=lambda: self.at)

    def ends(self, call: Call = OVER) -> None:
        self.bus.publish(CallChanged(TALKING, call))

    def reasons(self) -> list[str]:
        told = [one.reason.value if isinstance(one, WrapUpEnded) else "started" for one in self.told]
        self.told.clear()
        return told


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'r.sqlite3'}")
    async with store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield Floor(store)
    await store.close()


async def test_it_ends_in_time_and_is_written_down(floor: Floor) -> None:
    floor.ends()
    assert floor.clocks.until == {"101": NOON + 30 * SECOND}
    assert floor.clocks.end_due() == 30
    floor.at += 30 * SECOND
    assert floor.clocks.end_due() == IDLE_SECONDS
    assert floor.reasons() == ["started", "time"]
    await floor.clocks.flush()
    async with floor.store.session() as session:
        kept = await find(session, "1.1")
    assert kept is not None
    assert (kept.agent, kept.customer_id, kept.started, kept.ended, kept.end_reason) == (
        "101",
        1,
        NOON,
        floor.at,
        "time",
    )


async def test_it_is_extended_once(floor: Floor) -> None:
    floor.ends()
    assert floor.clocks.extend("1.1").ends == NOON + 60 * SECOND
    with pytest.raises(Refused):
        floor.clocks.extend("1.1")
    floor.at += 59 * SECOND
    floor.clocks.end_due()
    assert floor.clocks.end("1.1", EndReason.BY_HAND)
    assert not floor.clocks.end("1.1", EndReason.BY_HAND)
    with pytest.raises(Refused):
        floor.clocks.extend("1.1")
    assert floor.reasons() == ["started", "started", "by_hand"]


async def test_the_next_call_ends_it(floor: Floor) -> None:
    floor.ends()
    other = replace(TALKING, linkedid="2.1")
    floor.bus.publish(CallChanged(replace(other, answered=None, answered_by=None), other))
    assert floor.clocks.until == {}
    floor.ends(replace(OVER, linkedid="2.1", ended=NOON + SECOND))
    assert floor.reasons() == ["started", "next_call", "started"]


async def test_no_wrap_up_where_there_is_none(floor: Floor) -> None:
    floor.ends(replace(OVER, answered_by=None, answered=None))
    floor.ends(replace(OVER, ended=NOON - 31 * SECOND))
    floor.bus.publish(CallChanged(OVER, OVER))
    assert floor.clocks.until == {}
    floor.clocks.stop()
    none = floor.start(seconds=0)
    floor.ends()
    assert none.until == {}


async def test_a_daemon_that_starts_takes_it_over(floor: Floor) -> None:
    floor.ends()
    await floor.clocks.flush()
    floor.clocks.stop()
    again = floor.start()
    await again.load()
    assert again.until == {"101": NOON + 30 * SECOND}
    floor.at += 31 * SECOND
    late = floor.start()
    await late.load()
    assert late.until == {}


async def test_who_takes_what_was_handed_on_is_in_no_wrap_up_any_more(floor: Floor) -> None:
    floor.ends(replace(OVER, answered_by="102"))
    assert floor.reasons() == ["started"]
    floor.bus.publish(CallChanged(UNDER_WAY, TAKEN))
    assert floor.reasons() == ["next_call"]
