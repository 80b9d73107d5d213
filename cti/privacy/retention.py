"""Nothing is kept longer than it may be: each kind of record has its days, and what is older goes. Zero keeps it.

What is still owed or going on is never deleted, nor is the audit. Must not know when it is done: `cti.privacy.nightly`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.calls.model import CallState
from cti.calls.tables import CallRow, LegRow
from cti.customers.identity_tables import OutgoingMessageRow
from cti.customers.intake_tables import CustomerNoticeRow, WaitingMessageRow
from cti.customers.tables import InteractionRow
from cti.pocket.tables import PocketCardRow
from cti.privacy.traces import delete_with_children
from cti.promises.model import State
from cti.promises.tables import PromiseCallRow, PromiseHistoryRow, PromiseNoticeRow, PromiseRow
from cti.reports.tables import CallPlanRow
from cti.settings import KEPT_KINDS
from cti.store.engine import Store
from cti.wrapup.tables import WrapUpRow

PORTION = 500
"""Rows deleted in one transaction: calls are recorded in between."""

SHORTEST = 31
"""Days. Promises are decided from the calls of the last two weeks, and reports look a month back."""

KINDS = KEPT_KINDS
"""In the order in which they are deleted: a promise takes its notices along."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How long a kind is kept: `days` (0: for good), how many there are, how many are older, and the oldest's time."""

    kind: str
    days: int
    count: int
    over: int
    oldest: datetime | None


async def standing(session: AsyncSession, days: Mapping[str, int], at: datetime) -> list[Kept]:
    """What there is of each kind at the aware instant `at`; changes nothing."""
    found = []
    for kind in KINDS:
        key, age, may_go = _kind(kind)
        oldest, count = (await session.execute(select(func.min(age), func.count(key)))).one()
        over = 0
        if limit := days.get(kind, 0):
            before = may_go & (age < at - timedelta(days=limit))
            over = await session.scalar(select(func.count(key)).where(before)) or 0
        found.append(Kept(kind=kind, days=limit, count=count, over=over, oldest=oldest))
    return found


async def apply_retention(store: Store, days: Mapping[str, int], at: datetime, by: str) -> dict[str, int]:
    """Delete what is older than its days at the aware instant `at`; how many of each kind. The audit tells of it.

    Raises:
        StoreUnavailable: the database cannot be used now; what was deleted until then stays deleted.
    """
    done: dict[str, int] = {}
    for kind in KINDS:
        limit = days.get(kind, 0)
        while limit:
            async with store.transaction() as session:
                count = await _portion(session, kind, at - timedelta(days=limit))
            done[kind] = done.get(kind, 0) + count
            if count < PORTION:
                break
    done = {kind: count for kind, count in done.items() if count}
    if done:
        async with store.transaction() as session:
            record(session, Entry(action="records.expired", actor=by, subject="retention", after=done), at)
    return done


async def _portion(session: AsyncSession, kind: str, before: datetime) -> int:
    key, age, may_go = _kind(kind)
    keys = list(await session.scalars(select(key).where(may_go, age < before).order_by(age).limit(PORTION)))
    if not keys:
        return 0
    for column in _BESIDE.get(kind, ()):
        await session.execute(delete(column.class_).where(column.in_(keys)))
    if kind == "calls":
        # What a call meant for promises bears its caller's number. Of one that meant a promise it goes with that.
        row = PromiseCallRow
        await session.execute(delete(row).where(row.linkedid.in_(keys), row.promise_id.is_(None)))
    table = key.class_.__table__
    await delete_with_children(session, table, table.c[key.key].in_(keys))
    return len(keys)


_BESIDE: Mapping[str, Sequence[Any]] = {
    "calls": (LegRow.linkedid, CallPlanRow.linkedid, WrapUpRow.linkedid),
    "promises": (PromiseNoticeRow.promise_id, PromiseHistoryRow.promise_id, PromiseCallRow.promise_id),
}
"""What goes with the rows of a kind."""


def _kind(kind: str) -> tuple[Any, Any, ColumnElement[bool]]:
    """Key, age and condition of what may go, of a kind."""
    call, plan, promise, notice = CallRow, CallPlanRow, PromiseRow, PromiseNoticeRow
    waiting, message, told = WaitingMessageRow, OutgoingMessageRow, CustomerNoticeRow
    kinds: dict[str, tuple[Any, Any, ColumnElement[bool]]] = {
        "calls": (call.linkedid, call.started, call.state == CallState.ENDED.value),
        "interactions": (InteractionRow.id, InteractionRow.at, InteractionRow.id > 0),
        "promises": (promise.id, promise.ended, promise.state != State.OPEN.value),
        "pocket_cards": (PocketCardRow.id, PocketCardRow.expires, PocketCardRow.state == "gone"),
        "call_plans": (plan.linkedid, plan.at, plan.linkedid != ""),
        "notices": (notice.id, notice.created, notice.sent.is_not(None) | notice.given_up.is_not(None)),
        # Whose it is has been said, and it stands on their time line; or that it is nobody's.
        "waiting_messages": (
            waiting.id,
            waiting.received,
            waiting.assigned.is_not(None) | waiting.dismissed.is_not(None),
        ),
        # One that failed waits for a person's word, as one that is queued waits for the courier.
        "outgoing_messages": (message.id, message.created, message.state.in_(("sent", "cancelled"))),
        "customer_notices": (told.id, told.created, told.sent.is_not(None) | told.given_up.is_not(None)),
    }
    return kinds[kind]
