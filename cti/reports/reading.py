"""The reports as everyone asks for them: command line, API and alarm read the records here and call the same rules.

Must not know who asks. All instants are aware.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.calls import records
from cti.calls.model import Call
from cti.customers.tables import CustomerRow
from cti.reports import answering, live, nearly_lost, standing_in
from cti.reports.decided import Decided
from cti.reports.rehearsal import Rehearsal
from cti.reports.tables import CallPlanRow, RehearsalRow
from cti.store.engine import Store

AT_ONCE = 500
"""Linkedids in one statement: each is a bound parameter."""


async def read_answer_rate(store: Store, since: datetime, until: datetime) -> answering.AnswerRate:
    """The answer rate of [`since`, `until`).

    Raises:
        StoreUnavailable: the database cannot be used now.
    """
    async with store.session() as session:
        calls = await records.between(session, since, until)
    return answering.answer_rate(calls, since, until)


async def read_nearly_lost(store: Store, since: datetime, until: datetime) -> nearly_lost.NearlyLost:
    """Calls of [`since`, `until`) that only the last net caught, and those nobody took.

    Raises:
        StoreUnavailable: as `read_answer_rate`.
    """
    async with store.session() as session:
        calls = await records.between(session, since, until)
        decisions = await read_decisions(session, calls)
    return nearly_lost.nearly_lost(calls, decisions, since, until)


async def read_figures(store: Store, threshold: live.Threshold, since: datetime, at: datetime) -> live.Figures:
    """What the calls from `since` to `at` come to, and how well the firm answered in the threshold's minutes.

    Raises:
        StoreUnavailable: as `read_answer_rate`.
    """
    async with store.session() as session:
        calls = await records.between(session, min(since, at - timedelta(minutes=threshold.minutes)), at)
        decisions = await read_decisions(session, calls)
    return live.figures(calls, decisions, threshold, since, at)


async def read_whose(store: Store, calls: Iterable[Call]) -> dict[int, live.Whose]:
    """The customers of `calls`, by id, as far as a call can be but one's.

    Raises:
        StoreUnavailable: as `read_answer_rate`.
    """
    ids = {call.customer_id for call in calls if call.customer_id is not None}
    if not ids:
        return {}
    row = CustomerRow
    async with store.session() as session:
        found = await session.execute(select(row.id, row.name, row.owner).where(row.id.in_(ids)))
    return {one.id: live.Whose(one.name, one.owner) for one in found}


async def read_going(store: Store) -> list[Call]:
    """Calls of which no end is recorded: what a command line, which sees no switch, knows of live calls.

    Raises:
        StoreUnavailable: as `read_answer_rate`.
    """
    async with store.session() as session:
        return await records.live(session)


async def read_stand_ins(store: Store, since: datetime, until: datetime) -> standing_in.StandIns:
    """Who stood in for whom in [`since`, `until`).

    Raises:
        StoreUnavailable: as `read_answer_rate`.
    """
    async with store.session() as session:
        calls = await records.between(session, since, until)
        decisions = await read_decisions(session, calls)
    return standing_in.stand_ins(calls, decisions, since, until)


async def read_decisions(session: AsyncSession, calls: Sequence[Call]) -> dict[str, Decided]:
    """What was decided for each of `calls`, by linkedid; calls that the switch routed by itself are missing."""
    decoder = msgspec.json.Decoder(Decided)
    found: dict[str, Decided] = {}
    linkedids = [call.linkedid for call in calls]
    for start in range(0, len(linkedids), AT_ONCE):
        some = linkedids[start : start + AT_ONCE]
        rows = await session.execute(
            select(CallPlanRow.linkedid, CallPlanRow.content).where(CallPlanRow.linkedid.in_(some))
        )
        found |= {row.linkedid: decoder.decode(row.content) for row in rows}
    return found


async def read_last_failures(store: Store) -> int | None:
    """How many findings of the last rehearsal are failures; None when there was none yet.

    Raises:
        StoreUnavailable: as `read_answer_rate`.
    """
    last = select(RehearsalRow.failures).order_by(RehearsalRow.id.desc()).limit(1)
    async with store.session() as session:
        found: int | None = await session.scalar(last)
    return found


async def read_last_rehearsal(store: Store) -> Rehearsal | None:
    """What the last rehearsal found; None when there was none yet.

    Raises:
        StoreUnavailable: as `read_answer_rate`.
    """
    last = select(RehearsalRow.content).order_by(RehearsalRow.id.desc()).limit(1)
    async with store.session() as session:
        content = await session.scalar(last)
    return msgspec.json.decode(content, type=Rehearsal) if content is not None else None
