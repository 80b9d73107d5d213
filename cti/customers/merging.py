"""Two records of one customer become one, and two again when that was wrong: nothing is lost either way (M2).

Every table that names a customer is found by its columns, so that a room which adds one is moved, too. What moved, what
had to give way and which fields were filled stands in a journal with its former values. Call each in a transaction of
its own: rows that the session holds already are not brought up to date. Must not know what any of the rows mean, but
for the few that two records cannot both have.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers import moving
from cti.customers.assignments import assign
from cti.customers.finding import get
from cti.customers.identity_tables import DuplicateRow, MergeRow
from cti.customers.moving import Journal
from cti.customers.number_change import Changer
from cti.customers.tables import AssignmentRow, CustomerRelationRow, CustomerRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.revisions import CALLERS, bump

FILLED = ("title", "tier", "owner", "deputy", "email", "address", "terms", "source")
"""What the one who stays takes from the other where it has nothing itself."""

NAMES = ("external_id", "code")
"""Unique: they pass on when the one who stays has none, else the former record keeps them and is found by them."""


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """A merge that was made. `moved` counts rows by table; `set_aside` are rows of which there can be but one, and the
    other record's stayed: an un-merge brings them back. Instants in UTC."""

    id: int
    winner_id: int
    loser_id: int
    at: datetime
    by: str
    reason: str
    moved: Mapping[str, int]
    set_aside: Mapping[str, int]
    undone: datetime | None = None
    undone_by: str = ""


async def merge(
    session: AsyncSession,
    winner_id: int,
    loser_id: int,
    *,
    by: Changer,
    reason: str = "",
    at: datetime | None = None,
) -> Merge:
    """Everything of `loser_id` becomes `winner_id`'s, and whoever asks for the one gets the other.

    Raises:
        NotFound: there is no such customer.
        Invalid: they are one already, or of different kinds.
    """
    winner, loser, now = await get(session, winner_id), await get(session, loser_id), at or datetime.now(UTC)
    if winner.id == loser.id:
        raise Invalid("loser: these are one customer already")
    if winner.kind != loser.kind:
        raise Invalid(f"loser: a {loser.kind} cannot become a {winner.kind}")
    await session.flush()
    journal = Journal()
    await _one_assignment(session, winner.id, loser.id, now, journal)
    await moving.move(session, loser.id, winner.id, journal)
    await session.execute(update(CustomerRow).where(CustomerRow.merged_into == loser.id).values(merged_into=winner.id))
    await _fill(session, winner, loser, journal)
    loser.merged_into, loser.owner, loser.deputy = winner.id, None, None
    row = MergeRow(winner_id=winner.id, loser_id=loser.id, at=now, by=by.actor, reason=reason[:200])
    row.journal, row.undone_by = journal.to_text(), ""
    session.add(row)
    await _decide(session, winner.id, loser.id, "merged", by.actor, now)
    await _stamp(session, winner, loser)
    merged = _merge(row)
    record(session, _entry("customer.merged", merged, by, before={"name": loser.name, **journal.loser}), now)
    return merged


async def unmerge(
    session: AsyncSession, merge_id: int, *, by: Changer, gone: Collection[str] = (), at: datetime | None = None
) -> Merge:
    """Two records again: what came from the other goes back as it was, what was added since stays.

    A row that was corrected since goes back as it is now; one that was removed since stays away. `gone` are codes of
    agents who left: who would be theirs again gets the other's owner.

    Raises:
        NotFound: there is no such merge.
        Refused: it was undone already, or a later merge has to be undone first; the sentence says which.
    """
    row = await session.get(MergeRow, merge_id) if 0 < merge_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no merge {merge_id}")
    if row.undone is not None:
        raise Refused(f"merge {merge_id} was undone already")
    now, journal = at or datetime.now(UTC), Journal.from_text(row.journal)
    await _not_entangled(session, row, journal)
    winner, loser = await _both(session, row)
    await moving.move_back(session, row.loser_id, row.winner_id, journal)
    _empty(winner, journal)
    await session.flush()
    for field, value in journal.loser.items():
        setattr(loser, field, value)
    loser.merged_into = None
    earlier = select(MergeRow.loser_id).where(MergeRow.winner_id == row.loser_id, MergeRow.undone.is_(None))
    own = update(CustomerRow).where(CustomerRow.id.in_(earlier), CustomerRow.merged_into == row.winner_id)
    await session.execute(own.values(merged_into=row.loser_id))
    if loser.owner in gone:
        loser.owner = winner.owner
    if loser.deputy in gone:
        loser.deputy = None
    row.undone, row.undone_by = now, by.actor
    await session.flush()
    for one in (winner, loser):
        await assign(session, one.id, one.owner, by=by.actor, reason="unmerged", at=now)
    await _decide(session, winner.id, loser.id, "dismissed", by.actor, now)
    await _stamp(session, winner, loser)
    undone = _merge(row)
    record(session, _entry("customer.unmerged", undone, by, after={"name": loser.name}), now)
    return undone


async def merges(session: AsyncSession, customer_id: int | None = None, limit: int = 50) -> list[Merge]:
    """Merges into or of a customer (all without one), the latest first."""
    row = MergeRow
    statement = select(row).order_by(row.id.desc()).limit(limit)
    if customer_id is not None:
        statement = statement.where((row.winner_id == customer_id) | (row.loser_id == customer_id))
    return [_merge(one) for one in await session.scalars(statement)]


async def _one_assignment(session: AsyncSession, winner: int, loser: int, now: datetime, journal: Journal) -> None:
    """Somebody looks after a customer, not two: the assignment of the one who goes ends now."""
    row = AssignmentRow
    lasting = select(row.id).where(row.customer_id == winner, row.ends.is_(None)).limit(1)
    if await session.scalar(lasting) is None:
        return
    ending = select(row.id).where(row.customer_id == loser, row.ends.is_(None))
    for assignment in (await session.scalars(ending)).all():
        journal.changed.append(("assignments", assignment, "ends", None, now.isoformat()))
        await session.execute(update(row).where(row.id == assignment).values(ends=now))


async def _fill(session: AsyncSession, winner: CustomerRow, loser: CustomerRow, journal: Journal) -> None:
    journal.loser = {field: getattr(loser, field) for field in ("owner", "deputy", *NAMES)}
    for field in FILLED:
        if not getattr(winner, field) and getattr(loser, field):
            _set(winner, field, getattr(loser, field), journal)
    for field in NAMES:
        if getattr(winner, field) is None and getattr(loser, field) is not None:
            name = getattr(loser, field)
            setattr(loser, field, None)
            # Unique: it has to be gone there before it is here.
            await session.flush()
            journal.passed_on.append(field)
            _set(winner, field, name, journal)
    if winner.state == "prospect" and loser.state == "customer":
        _set(winner, "state", "customer", journal)


def _set(winner: CustomerRow, field: str, value: Any, journal: Journal) -> None:
    journal.fields[field] = (getattr(winner, field), value)
    setattr(winner, field, value)


def _empty(winner: CustomerRow, journal: Journal) -> None:
    """What was filled goes back, unless somebody has changed it since."""
    for field, (former, filled) in journal.fields.items():
        if getattr(winner, field) == filled:
            setattr(winner, field, former)
        elif field in journal.passed_on:
            journal.loser.pop(field, None)


async def _both(session: AsyncSession, row: MergeRow) -> tuple[CustomerRow, CustomerRow]:
    winner, loser = await session.get(CustomerRow, row.winner_id), await session.get(CustomerRow, row.loser_id)
    if winner is None or loser is None:
        raise Refused(f"merge {row.id}: one of the two records was erased")
    return winner, loser


async def _not_entangled(session: AsyncSession, row: MergeRow, journal: Journal) -> None:
    """A later merge that took this one's rows further, or set one aside, is undone first."""
    later = select(MergeRow).where(MergeRow.id > row.id, MergeRow.undone.is_(None)).order_by(MergeRow.id.desc())
    mine = {row.winner_id, row.loser_id}
    for other in (await session.scalars(later)).all():
        took = Journal.from_text(other.journal)
        if other.loser_id in mine or (other.winner_id in mine and took.touches(journal)):
            raise Refused(f"undo merge {other.id} first: it came later and holds rows of this one")


async def _decide(session: AsyncSession, one: int, other: int, state: str, by: str, at: datetime) -> None:
    row = DuplicateRow
    pair = (row.first_id == min(one, other)) & (row.second_id == max(one, other))
    await session.execute(update(row).where(pair).values(state=state, decided=at, decided_by=by))


async def _stamp(session: AsyncSession, winner: CustomerRow, loser: CustomerRow) -> None:
    """The caller index reads both again, and whoever is related to either."""
    revision = await bump(session, CALLERS)
    winner.revision = loser.revision = revision
    await session.flush()
    row = CustomerRelationRow
    both = (winner.id, loser.id)
    related = (
        select(row.customer_id).where(row.of_id.in_(both)).union(select(row.of_id).where(row.customer_id.in_(both)))
    )
    ids = (await session.scalars(related)).all()
    await session.execute(update(CustomerRow).where(CustomerRow.id.in_(ids)).values(revision=revision))


def _merge(row: MergeRow) -> Merge:
    journal = Journal.from_text(row.journal)
    return Merge(
        id=row.id or 0,
        winner_id=row.winner_id,
        loser_id=row.loser_id,
        at=row.at,
        by=row.by,
        reason=row.reason,
        moved=_counted((table, len(keys)) for table, _, keys in journal.rows),
        set_aside=_counted((table, 1) for table, _ in journal.dropped),
        undone=row.undone,
        undone_by=row.undone_by,
    )


def _counted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table, many in pairs:
        counts[table] = counts.get(table, 0) + many
    return counts


def _entry(action: str, done: Merge, by: Changer, *, before: Any = None, after: Any = None) -> Entry:
    told = json.loads(msgspec.json.encode(done))
    return Entry(
        action=action,
        actor=by.actor,
        agent=by.agent,
        department=by.department,
        subject="customer",
        subject_id=str(done.winner_id),
        before=before,
        after=told | (after or {}),
        text=done.reason,
        linkedid=by.linkedid,
    )
