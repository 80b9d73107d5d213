"""Promises read from the database: which are owed, what happened to them, which calls nobody has decided on.

Reads only; must not know why something is owed, nor what people may do to it (`ledger`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.calls import records
from cti.calls.model import Call, CallState
from cti.calls.tables import CallRow
from cti.customers.tables import CustomerRow
from cti.errors import NotFound
from cti.promises.model import Entry, Happening, Origin, OwnerWhy, Promise, Shown, State
from cti.promises.tables import PromiseCallRow, PromiseHistoryRow, PromiseRow

LOOK_BACK = timedelta(days=14)
"""How old a call may be that nobody has decided on yet. Longer than the longest holiday a daemon may be down over;
shorter than what a firm that has just installed promises would want to be told it owes."""

PAGE = 200

SAME: tuple[str, ...] = ("caller", "number", "customer_id", "owner", "due", "first_missed", "last_missed", "since")
SAME += ("attempts", "called_back", "level", "escalated_to", "ended", "ended_by", "kept_linkedid")
SAME += ("kind", "text")
"""Columns that a promise and its row have under the same name and in the same form."""


async def undecided(session: AsyncSession, now: datetime, limit: int = PAGE) -> list[Call]:
    """Ended calls of the last `LOOK_BACK` that nobody has decided on, the oldest first."""
    decided = select(PromiseCallRow.linkedid).where(PromiseCallRow.linkedid == CallRow.linkedid)
    query = select(CallRow.linkedid).where(
        CallRow.state == CallState.ENDED.value, CallRow.started >= now - LOOK_BACK, ~decided.exists()
    )
    linkedids = list(await session.scalars(query.order_by(CallRow.started, CallRow.linkedid).limit(limit)))
    found = await records.load_many(session, linkedids)
    return [found[linkedid] for linkedid in linkedids]


async def find(
    session: AsyncSession,
    *,
    everything: bool = False,
    holder: str | None = None,
    number: str | None = None,
    late_at: datetime | None = None,
    limit: int | None = None,
) -> list[Shown]:
    """Promises, the most urgent first, then those that are over, the latest first.

    `everything`: those that are over, too. `holder`: only those this agent owns or was given when they were late.
    `late_at`: only open ones that were due before that instant. `number`: E.164.
    """
    row = PromiseRow
    query = _shown()
    if not everything:
        query = query.where(row.state == State.OPEN.value)
    if holder is not None:
        query = query.where((row.owner == holder) | (row.escalated_to == holder))
    if number is not None:
        query = query.where(row.number == number)
    if late_at is not None:
        query = query.where(row.state == State.OPEN.value, row.due < late_at)
    query = query.order_by(row.ended.desc().nulls_first(), row.due, row.id).limit(limit)
    return [Shown(promise_of(found), name) for found, name in await session.execute(query)]


async def changed_since(session: AsyncSession, revision: int) -> list[Shown]:
    """Every promise that changed after `revision`, in whatever state."""
    query = _shown().where(PromiseRow.revision > revision)
    return [Shown(promise_of(found), name) for found, name in await session.execute(query)]


async def get(session: AsyncSession, promise_id: int) -> Shown:
    """One promise.

    Raises:
        NotFound: there is none.
    """
    found = (await session.execute(_shown().where(PromiseRow.id == promise_id))).first()
    if found is None:
        raise NotFound(f"there is no promise {promise_id}")
    return Shown(promise_of(found[0]), found[1])


async def history(session: AsyncSession, promise_id: int) -> list[Entry]:
    """Everything that happened to a promise, in the order in which it was written down."""
    query = select(PromiseHistoryRow).where(PromiseHistoryRow.promise_id == promise_id).order_by(PromiseHistoryRow.id)
    return [
        Entry(Happening(line.what), line.at, line.who, line.text, line.linkedid)
        for line in await session.scalars(query)
    ]


async def owed_by(session: AsyncSession, agent: str) -> tuple[int, ...]:
    """The ids of open promises that an agent owns, or was given when they were late."""
    row = PromiseRow
    mine = select(row.id).where(row.state == State.OPEN.value, (row.owner == agent) | (row.escalated_to == agent))
    return tuple(await session.scalars(mine.order_by(row.id)))


async def calls_of(session: AsyncSession, promise_id: int) -> list[str]:
    """The linkedids of every call that has to do with a promise, in the order in which they happened."""
    query = select(PromiseCallRow.linkedid).where(PromiseCallRow.promise_id == promise_id)
    return list(await session.scalars(query.order_by(PromiseCallRow.at, PromiseCallRow.linkedid)))


def _shown() -> Select[PromiseRow, str | None]:
    return select(PromiseRow, CustomerRow.name).outerjoin(CustomerRow, CustomerRow.id == PromiseRow.customer_id)


def promise_of(row: PromiseRow) -> Promise:
    return Promise(
        id=row.id,
        raw=row.raw,
        dialled=row.dialled,
        why=OwnerWhy(row.why),
        state=State(row.state),
        reason=row.reason,
        origin=Origin(row.origin),
        **{name: getattr(row, name) for name in SAME},
    )
