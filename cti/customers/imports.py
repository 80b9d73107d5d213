"""Imports as they were made, and their undoing: each keeps what it changed, so that a whole one can be taken back.

What somebody has changed since an import stays as they left it, and is listed. Must not know files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Table, delete, insert, inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers import import_identity
from cti.customers.assignments import assign
from cti.customers.changes import plain, typed
from cti.customers.intake_tables import ImportChangeRow, ImportRow, PaymentRow, WaitingMessageRow
from cti.customers.moving import all_known, references
from cti.customers.payments import settle
from cti.customers.tables import (
    AssignmentRow,
    CustomerNumberRow,
    CustomerRow,
    InteractionRow,
    OrderRow,
    PreferenceRow,
)
from cti.customers.telling import quiet
from cti.errors import NotFound, Refused
from cti.store.base import Base
from cti.store.engine import Store
from cti.store.revisions import CALLERS, bump

KINDS = ("customers", "orders", "payments", "interactions")
SOURCE = "import"
"""Where a preference from a file comes from; one that a person has noted since is not written over."""

PIECE = 50
"""Records undone, or lines written, in one transaction: calls must be recorded in between, and one line of five to ten
milliseconds on a busy machine must not add up to what a writer waits for SQLite (two seconds)."""

MOST_LISTED = 500
_ROWS: dict[str, type[Base]] = {
    "customers": CustomerRow,
    "orders": OrderRow,
    "payments": PaymentRow,
    "interactions": InteractionRow,
    "waiting_messages": WaitingMessageRow,
}
_OWN = frozenset(
    {"customer_numbers", "preferences", "identity_numbers", "assignments", "customer_worth", "duplicate_pairs"}
)
"""Of a customer: what the import itself made, or what is worked out anew every night."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who imports which file: a log-in or `cli:root`, the file's name and its SHA-256."""

    by: str = ""
    file: str = ""
    digest: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did to one record of `table`. Without `before` it made the record.

    Of a customer, `numbers` are those that were added and `preferences` key -> (former value or None, new value),
    `identity` the kinds of identity numbers that were added.
    """

    table: str
    id: int
    before: dict[str, Any] | None
    after: dict[str, Any]
    numbers: tuple[str, ...] = ()
    preferences: dict[str, tuple[str | None, str]] = {}
    identity: tuple[str, ...] = ()


class Left(msgspec.Struct, frozen=True):
    """Something an undo left. `why`: `changed` (by somebody since), `used` (others hang on it), `gone`."""

    table: str
    id: int
    name: str
    why: str
    fields: tuple[str, ...] = ()


class Undone(msgspec.Struct, frozen=True):
    """What an undo did: how many records were put back, and which were not, at most `MOST_LISTED` of them."""

    import_id: int
    restored: int
    kept: int
    left: tuple[Left, ...]


async def begin(session: AsyncSession, kind: str, origin: Origin, at: datetime) -> ImportRow:
    """Note that an import begins, in its first transaction."""
    row = ImportRow(kind=kind, file=origin.file[:200], digest=origin.digest, at=at, by=origin.by[:100])
    row.added = row.changed = row.unchanged = row.kept = 0
    session.add(row)
    await session.flush()
    return row


async def keep(session: AsyncSession, import_id: int, changes: Iterable[Change]) -> None:
    """Keep what an import changed, in the transaction that changes it."""
    rows = [
        {
            "import_id": import_id,
            "subject_id": one.id,
            "before": None if one.before is None else json.dumps(one.before, ensure_ascii=False),
            "after": json.dumps(
                {
                    "table": one.table,
                    "fields": one.after,
                    "numbers": one.numbers,
                    "preferences": one.preferences,
                    "identity": one.identity,
                },
                ensure_ascii=False,
            ),
        }
        for one in changes
    ]
    if rows:
        await session.execute(insert(ImportChangeRow), rows)


def audited(session: AsyncSession, action: str, row: ImportRow, actor: str, at: datetime, **more: Any) -> None:
    """Put an import, or its undoing, into the audit."""
    told = {"kind": row.kind, "file": row.file, "added": row.added, "changed": row.changed, **more}
    entry = Entry(action=action, actor=actor or "import", subject="import", subject_id=str(row.id), after=told)
    record(session, entry, at)


async def listed(session: AsyncSession, limit: int = 50) -> list[ImportRow]:
    """The imports that changed something, the newest first."""
    return list(await session.scalars(select(ImportRow).order_by(ImportRow.id.desc()).limit(limit)))


async def undo(store: Store, import_id: int, *, by: str, at: datetime) -> Undone:
    """Take a whole import back, in pieces; begun and broken off, it goes on where it stopped.

    Raises:
        NotFound: no such import. Refused: it was undone already.
        StoreUnavailable: the database is away; what was put back so far stays so.
    """
    async with store.session() as session:
        await session.run_sync(lambda sync: all_known(inspect(sync.connection())))
        row = await session.get(ImportRow, import_id) if 0 < import_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no import {import_id}")
    if row.undone is not None:
        raise Refused(f"import {import_id} was undone already")
    restored, last = 0, 2**31 - 1
    left: list[Left] = []
    kept = 0
    while True:
        async with store.transaction() as session:
            quiet(session)
            change = ImportChangeRow
            of = select(change).where(change.import_id == import_id, change.id < last)
            piece = list(await session.scalars(of.order_by(change.id.desc()).limit(PIECE)))
            if not piece:
                finished = await session.get_one(ImportRow, import_id)
                finished.undone, finished.undone_by, finished.kept = at, by[:100], kept
                audited(session, "import.undone", finished, by, at, restored=restored, kept=kept)
                return Undone(import_id, restored, kept, tuple(left))
            last = piece[-1].id
            back = _Undoing(session, await bump(session, CALLERS), at)
            for one in piece:
                rest = await back.one(one)
                if rest is None:
                    restored += 1
                    await session.delete(one)
                else:
                    kept += 1
                    left = [*left, rest][:MOST_LISTED]


class _Undoing:
    """Puts single records back within one transaction."""

    def __init__(self, session: AsyncSession, revision: int, at: datetime) -> None:
        self._session = session
        self._revision = revision
        self._at = at

    async def one(self, kept: ImportChangeRow) -> Left | None:
        """Put one record back; what was left of it, and why."""
        after = json.loads(kept.after)
        table, fields = after["table"], after["fields"]
        row: Any = await self._session.get(_ROWS[table], kept.subject_id)
        name = str(fields.get("name") or fields.get("title") or "")
        if row is None:
            return Left(table, kept.subject_id, name, "gone")
        name = str(getattr(row, "name", "") or getattr(row, "title", "") or "")
        if table == "customers" and row.merged_into is not None:
            return Left(table, row.id, name, "changed")
        other = tuple(field for field, value in fields.items() if plain(getattr(row, field)) != value)
        if kept.before is None:
            if other or (table == "waiting_messages" and row.assigned is not None):
                return Left(table, row.id, name, "changed", other)
            return await self._remove(table, row, name, after)
        return await self._restore(table, row, name, json.loads(kept.before), after, other)

    async def _restore(
        self, table: str, row: Any, name: str, before: dict[str, Any], after: dict[str, Any], other: Sequence[str]
    ) -> Left | None:
        former = {field: value for field, value in before.items() if field not in other}
        for field, value in former.items():
            setattr(row, field, typed(_ROWS[table], field, value))
        left = list(other)
        if table == "customers":
            left += await self._take_back(row, after)
            row.revision = self._revision
            if "owner" in former:
                await self._assign_back(row)
        await self._session.flush()
        await self._settle(table, row, {former.get("order_id"), after["fields"].get("order_id")})
        return Left(table, row.id, name, "changed", tuple(left)) if left else None

    async def _remove(self, table: str, row: Any, name: str, after: dict[str, Any]) -> Left | None:
        session = self._session
        if table == "customers":
            changed = await self._grown(row, after)
            if changed:
                return Left(table, row.id, name, changed)
            await import_identity.take_back(session, row.id, after.get("identity", ()))
            for own in (CustomerNumberRow, PreferenceRow, AssignmentRow):
                await session.execute(delete(own).where(own.customer_id == row.id))
            await self._sweep(row.id)
        elif table == "orders":
            paid = select(PaymentRow.id).where(PaymentRow.order_id == row.id).limit(1)
            if await session.scalar(paid) is not None:
                return Left(table, row.id, name, "used")
        order_id = getattr(row, "order_id", None)
        if table == "orders":
            (await session.get_one(CustomerRow, row.customer_id)).revision = self._revision
        await session.delete(row)
        await session.flush()
        await self._settle(table, None, {order_id})
        return None

    async def _settle(self, table: str, row: Any, orders: set[Any]) -> None:
        for order_id in orders - {None} if table == "payments" else ():
            await settle(self._session, await self._session.get(OrderRow, order_id), had=True)
        if table == "orders" and row is not None:
            await settle(self._session, row)
            (await self._session.get_one(CustomerRow, row.customer_id)).revision = self._revision

    async def _take_back(self, row: CustomerRow, after: dict[str, Any]) -> list[str]:
        """Take away the numbers and preferences that came with the import; those that somebody has touched since."""
        left = []
        number = CustomerNumberRow
        mine = select(number).where(number.customer_id == row.id, number.e164.in_(after["numbers"]))
        for one in await self._session.scalars(mine):
            if one.valid_until is not None:
                left.append(f"numbers {one.e164}")
            else:
                await self._session.delete(one)
        kept = PreferenceRow
        same = select(kept).where(kept.customer_id == row.id, kept.key.in_(after["preferences"]))
        for fact in await self._session.scalars(same):
            former, new = after["preferences"][fact.key]
            if fact.source != SOURCE or fact.value != new or fact.times_confirmed > 1:
                left.append(f"preferences {fact.key}")
            elif former is None:
                await self._session.delete(fact)
            else:
                fact.value = former
        kinds = await import_identity.take_back(self._session, row.id, after.get("identity", ()))
        return left + [f"identity {kind}" for kind in kinds]

    async def _grown(self, row: CustomerRow, after: dict[str, Any]) -> str:
        """Whether somebody has given this customer more than the import brought; why they cannot go."""
        session = self._session
        numbers = select(CustomerNumberRow.e164, CustomerNumberRow.valid_until).where(
            CustomerNumberRow.customer_id == row.id
        )
        found = {row.e164: row.valid_until for row in await session.execute(numbers)}
        if set(found) != set(after["numbers"]) or any(until is not None for until in found.values()):
            return "changed"
        fact = PreferenceRow
        facts = await session.scalars(select(fact).where(fact.customer_id == row.id))
        brought = {key: new for key, (_, new) in after["preferences"].items()}
        if {one.key: one.value for one in facts if one.source == SOURCE and one.times_confirmed == 1} != brought:
            return "changed"
        others = select(fact.id).where(fact.customer_id == row.id, or_(fact.source != SOURCE, fact.times_confirmed > 1))
        if await session.scalar(others.limit(1)) is not None:
            return "changed"
        if not await import_identity.is_as_brought(session, row.id, after.get("identity", ())):
            return "changed"
        for table, column in references():
            if table.name in _OWN:
                continue
            hangs = select(column).where(column == row.id).limit(1)
            if await session.scalar(hangs) is not None:
                return "used"
        return ""

    async def _sweep(self, customer_id: int) -> None:
        """Let go of what is worked out anew every night."""
        for name in ("customer_worth", "duplicate_pairs"):
            table: Table | None = Base.metadata.tables.get(name)
            if table is not None:
                named = [column == customer_id for column in table.columns if _names_a_customer(column)]
                await self._session.execute(delete(table).where(or_(*named)))

    async def _assign_back(self, row: CustomerRow) -> None:
        await assign(self._session, row.id, row.owner, by=SOURCE, reason="import undone", at=self._at)


def _names_a_customer(column: Any) -> bool:
    return column.name == "customer_id" or any(key.target_fullname == "customers.id" for key in column.foreign_keys)
