"""Calls written and read back: the same on both databases, whatever a stranger put into them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from cti.calls import records
from cti.calls.model import Call, CallState
from cti.store.engine import Store
from tests.unit.call_tables import LINKEDID, START, read_facts, told
from tests.unit.test_call_machine import CHAIN, GROUP


async def write(store: Store, *calls: Call) -> None:
    async with store.transaction() as session:
        for call in calls:
            await records.save(session, call)


async def read(store: Store, linkedid: str = LINKEDID) -> Call | None:
    async with store.session() as session:
        return await records.load(session, linkedid)


async def test_a_call_comes_back_as_it_was_after_every_fact(store: Store) -> None:
    """Written again and again while it lives: legs come, change and reorder."""
    facts = read_facts(CHAIN)
    for count in range(1, len(facts) + 1):
        call = told(facts[:count])
        await write(store, call)

        kept = await read(store)
        # Which phones a step dials has no column: it is known again from the first of its legs on.
        if call.targets and not any(leg.index == call.step for leg in call.legs):
            call = replace(call, targets=(), kind="")
        assert kept == call


async def test_a_restored_group_still_rings_the_phones_that_ring(store: Store) -> None:
    call = told(read_facts(GROUP))
    await write(store, call)

    kept = await read(store)

    assert kept is not None
    assert set(kept.targets) == set(call.targets)
    assert told(read_facts(GROUP), kept) == call


async def test_a_record_that_lost_a_leg_loses_its_row(store: Store) -> None:
    call = told(read_facts(CHAIN))
    await write(store, call)
    await write(store, replace(call, legs=call.legs[:1]))

    kept = await read(store)
    assert kept is not None
    assert kept.legs == call.legs[:1]


async def test_what_no_database_can_hold_is_kept_as_far_as_it_can(store: Store) -> None:
    name = "\x00\ud800<script>" + "🙂" * 500
    await write(store, Call(linkedid="1.1", caller_raw="9" * 300, caller_name=name, dialled="1" * 100, started=START))

    kept = await read(store, "1.1")

    assert kept is not None
    assert kept.caller_name.startswith("?<script>🙂")
    assert (len(kept.caller_name), len(kept.caller_raw), len(kept.dialled)) == (200, 200, 60)


async def test_no_such_call(store: Store) -> None:
    assert await read(store, "no.such") is None
    assert await read(store, "no\0such\ud800") is None, "it may come from outside"


async def test_recent_calls_latest_first_by_whom_and_when(store: Store) -> None:
    def call(number: int, **fields: object) -> Call:
        return replace(Call(linkedid=f"{number}.1"), started=START + timedelta(minutes=number), **fields)

    await write(
        store,
        call(1, customer_id=7, caller_e164="+886933000222"),
        call(2, caller_raw="anonymous", state=CallState.ENDED),
        call(3, customer_id=7, caller_raw="0933000222", caller_e164="+886933000222", state=CallState.ENDED),
    )

    async with store.session() as session:

        async def ids(limit: int = 10, **filters: object) -> list[str]:
            return [one.linkedid for one in await records.recent(session, limit=limit, **filters)]  # type: ignore[arg-type]

        assert await ids() == ["3.1", "2.1", "1.1"]
        assert await ids(2) == ["3.1", "2.1"]
        assert await ids(before=START + timedelta(minutes=3)) == ["2.1", "1.1"]
        assert await ids(customer_id=7) == ["3.1", "1.1"]
        assert await ids(number="+886933000222") == ["3.1", "1.1"]
        assert await ids(number="anonymous") == ["2.1"]
        assert [one.linkedid for one in await records.live(session)] == ["1.1"]


async def test_a_customer_is_tied_to_a_record(store: Store) -> None:
    await write(store, told(read_facts(CHAIN)))

    async with store.transaction() as session:
        assert await records.set_customer(session, LINKEDID, 9)
        assert not await records.set_customer(session, "no.such", 9)

    kept = await read(store)
    assert kept is not None
    assert kept.customer_id == 9


async def test_instants_are_utc_on_both_databases(store: Store) -> None:
    taipei = datetime.fromisoformat("2026-11-23T17:00:00.123456+08:00")
    await write(store, Call(linkedid="1.1", started=taipei))

    kept = await read(store, "1.1")

    assert kept is not None
    assert kept.started == taipei
    assert kept.started.tzinfo is UTC
    assert records.to_json(kept)["started"] == "2026-11-23T09:00:00.123Z"
