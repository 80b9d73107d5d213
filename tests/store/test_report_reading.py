"""Reports read from the records: the same on both databases, and whole however many calls there are."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cti.bus import LocalBus
from cti.calls import records
from cti.calls.model import Call, CallState
from cti.reports import reading
from cti.reports.decided import PlanDecided
from cti.reports.decisions import Decisions
from cti.reports.tables import CallPlanRow
from cti.store.engine import Store
from routing.model import LegKind, RoutePlan, Step, Target, TargetType, Why, WhyCode
from tests.unit.call_tables import START, read_facts, told
from tests.unit.test_call_machine import CHAIN, DESK_ANSWERED
from tests.unit.test_reports import MISSED

UNTIL = START + timedelta(days=1)


def step(kind: LegKind, agent: str, code: WhyCode, stands_for: str | None = None) -> Step:
    return Step(kind, (Target(TargetType.DESK, agent, agent),), 15, Why(code, agent, stands_for))


PLAN = RoutePlan(
    "p1",
    (
        step(LegKind.DESK, "101", WhyCode.OWNER_DESK),
        step(LegKind.MOBILE, "101", WhyCode.OWNER_MOBILE),
        step(LegKind.DEPUTY, "102", WhyCode.DEPUTY_DESK, "105"),
    ),
)


async def record(store: Store, *calls: Call) -> None:
    async with store.transaction() as session:
        await records.save_many(session, calls)


async def test_the_records_and_what_was_decided_make_the_reports(store: Store) -> None:
    bus = LocalBus()
    decisions = Decisions(store, bus)
    await record(
        store,
        *(
            told(read_facts(table, linkedid, START + timedelta(minutes=minute)))
            for table, linkedid, minute in ((CHAIN, "1.1", 0), (DESK_ANSWERED, "1.2", 1), (MISSED, "1.3", 2))
        ),
    )
    bus.publish(PlanDecided("1.1", START, PLAN))
    await decisions.flush()

    late = await reading.read_nearly_lost(store, START, UNTIL)
    rate = await reading.read_answer_rate(store, START, UNTIL)
    pairs = (await reading.read_stand_ins(store, START, UNTIL)).pairs

    assert [(one.linkedid, one.outcome, one.steps) for one in late.calls] == [
        ("1.1", "saved", 3),
        ("1.3", "missed", None),
    ]
    assert (late.inbound, late.answered) == (rate.inbound, rate.answered) == (3, 2)
    assert [(one.agent, one.stands_for, one.rung, one.answered) for one in pairs] == [("102", "105", 1, 1)]


async def test_the_period_takes_its_first_instant_and_leaves_its_last(store: Store) -> None:
    await record(
        store,
        *(
            replace(Call(linkedid=f"{n}.1"), started=START + timedelta(hours=n), state=CallState.ENDED)
            for n in range(3)
        ),
    )
    rate = await reading.read_answer_rate(store, START, START + timedelta(hours=2))
    assert (rate.inbound, rate.missed, rate.rate) == (2, 2, 0.0)


async def test_more_calls_than_one_statement_takes(store: Store) -> None:
    count = reading.AT_ONCE + 5
    await record(store, *(told(read_facts(MISSED, f"{n}.1")) for n in range(count // 2)))
    await record(store, *(told(read_facts(MISSED, f"{n}.1")) for n in range(count // 2, count)))
    late = await reading.read_nearly_lost(store, START, UNTIL)
    assert late.missed == count
    assert all(len(one.tried) == 1 for one in late.calls)


async def test_a_call_routed_twice_is_told_by_its_last_plan(store: Store) -> None:
    bus = LocalBus()
    decisions = Decisions(store, bus)
    bus.publish(PlanDecided("1.1", START, replace_id(PLAN, "first")))
    await decisions.flush()
    bus.publish(PlanDecided("1.1", START, replace_id(PLAN, "second")))
    bus.publish(PlanDecided("1.1", START, PLAN))
    await decisions.flush()
    async with store.session() as session:
        assert (await reading.read_decisions(session, [Call(linkedid="1.1")]))["1.1"].plan_id == "p1"


async def test_decisions_are_written_by_themselves(store: Store) -> None:
    bus = LocalBus()
    decisions = Decisions(store, bus)
    bus.publish(PlanDecided("1.1", START, PLAN))
    bus.publish(PlanDecided("x" * 200, START, PLAN))
    running = asyncio.ensure_future(decisions.run())
    try:
        async with asyncio.timeout(20):
            while not await written(store):
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
    assert await written(store) == {"1.1"}


async def written(store: Store) -> set[str]:
    async with store.session() as session:
        return set(await session.scalars(select(CallPlanRow.linkedid)))


def replace_id(plan: RoutePlan, plan_id: str) -> RoutePlan:
    return RoutePlan(plan_id, plan.steps)


@pytest.mark.parametrize(("days", "kept"), [(0, 2), (400, 1)])
async def test_what_was_decided_long_ago_is_forgotten(store: Store, days: int, kept: int) -> None:
    bus = LocalBus()
    decisions = Decisions(store, bus, keep_days=days, now=lambda: START + timedelta(days=401))
    bus.publish(PlanDecided("1.1", START, PLAN))
    bus.publish(PlanDecided("1.2", START + timedelta(days=2), PLAN))
    await decisions.flush()
    assert await decisions.forget() == 2 - kept
    async with store.session() as session:
        found = await reading.read_decisions(session, [Call(linkedid="1.1"), Call(linkedid="1.2")])
    assert len(found) == kept
