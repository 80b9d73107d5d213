"""Writes a customers' file into the database: all of it or nothing, and the second time nothing.

The file never takes anything away: people add numbers and preferences in calls, and last night's export does not know
them. What a file may hold is `cti.customers.csv_file`'s; docs/import.md tells it to people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from cti.customers import fields, import_identity
from cti.customers.assignments import settle
from cti.customers.csv_file import MOST_FAULTS, ImportLine, ImportPlan, LineFault, read_customers
from cti.customers.finding import get
from cti.customers.identity_tables import CustomerFieldRow, IdentityNumberRow
from cti.customers.imports import SOURCE, Change, Origin, audited, begin, keep
from cti.customers.intake_tables import ImportRow
from cti.customers.sealing import Seal
from cti.customers.tables import CustomerNumberRow, CustomerRow, PreferenceRow
from cti.customers.telling import quiet
from cti.errors import Invalid
from cti.store.base import Base
from cti.store.engine import Store
from cti.store.revisions import CALLERS, bump

__all__ = [
    "ImportFaulty",
    "ImportPlan",
    "ImportReport",
    "LineFault",
    "apply_import",
    "import_customers",
    "read_customers",
]

PAGE = 400
"""Customers compared at once: below every database's limit of parameters in one statement."""

Row = TypeVar("Row")


class ImportFaulty(Invalid):
    """The file has faults and nothing was written. `faults` are the plan's."""

    code = "import_faulty"

    def __init__(self, faults: tuple[LineFault, ...]) -> None:
        self.faults = faults
        first = faults[0]
        where = f"line {first.line}{', ' if first.column else ''}{first.column}"
        super().__init__(f"nothing was imported, the file has {len(faults)} faults; {where}: {first.what}")


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did, in customers."""

    added: int
    changed: int
    unchanged: int


async def apply_import(store: Store, plan: ImportPlan, at: datetime | None = None) -> ImportReport:
    """As `import_customers`, by nobody in particular."""
    return (await import_customers(store, plan, Origin(), at))[0]


async def import_customers(
    store: Store,
    plan: ImportPlan,
    origin: Origin,
    at: datetime | None = None,
    *,
    dry_run: bool = False,
    seal: Seal | None = None,
) -> tuple[ImportReport, int | None]:
    """Write the plan in one transaction; what was done, and the import's number, None when nothing was.

    What would change is found out before the database is locked for writing: a nightly run that changes ten
    customers of a hundred thousand locks it for ten. `at` (now) is when new customers became ones.

    Raises:
        ImportFaulty: the plan has faults, or a value is not of its field's type; nothing was written.
        StoreUnavailable: the database is away or locked; nothing was written.
    """
    if plan.faults:
        raise ImportFaulty(plan.faults)
    if seal is None and (bare := next((line.line for line in plan.lines if line.identity), 0)):
        raise ImportFaulty((LineFault(bare, "", "identity numbers cannot be kept without the installation's key"),))
    fresh = 0
    differing: list[ImportLine] = []
    async with store.session() as session:
        own = {field.key: field for field in await fields.defined(session)}
        lines = _typed(plan.lines, own)
        session.expunge_all()
        for page in _pages(lines):
            new, other = await _differing(session, page)
            fresh += new
            differing += other
    unchanged = len(plan.lines) - len(differing)
    if dry_run or not differing:
        return ImportReport(fresh, len(differing) - fresh, unchanged), None
    now = at or datetime.now(UTC)
    writing = _Writing(now, frozenset(own), seal)
    async with store.transaction() as session:
        quiet(session)
        revision = await bump(session, CALLERS)
        made = await begin(session, "customers", origin, now)
        import_id = made.id
        for page in _pages(differing):
            await writing.write(session, page, revision)
            await keep(session, import_id, writing.told())
        await settle(session, revision, by=SOURCE, at=now)
        made = await session.get_one(ImportRow, import_id)
        made.added, made.changed = writing.added, writing.changed
        made.unchanged = len(plan.lines) - writing.added - writing.changed
        audited(session, "import.applied", made, origin.by, now)
    return ImportReport(made.added, made.changed, made.unchanged), import_id


def _typed(lines: Sequence[ImportLine], own: Mapping[str, CustomerFieldRow]) -> list[ImportLine]:
    """The lines with the values of the firm's own fields as these are kept.

    Raises:
        ImportFaulty: some are not of their field's type.
    """
    typed: list[ImportLine] = []
    faults: list[LineFault] = []
    for line in lines:
        try:
            pairs = tuple(
                (key, fields.checked(own[key], said) if key in own else said) for key, said in line.preferences
            )
        except Invalid as fault:
            faults.append(LineFault(line.line, "", str(fault)))
        else:
            typed.append(msgspec.structs.replace(line, preferences=pairs) if pairs != line.preferences else line)
    if faults:
        raise ImportFaulty(tuple(faults[:MOST_FAULTS]))
    return typed


class _Known:
    """What the database holds of a page's customers."""

    def __init__(
        self,
        customers: dict[str, CustomerRow],
        numbers: dict[int, set[str]],
        preferences: dict[int, dict[str, PreferenceRow]],
        identity: Mapping[int, set[str]],
    ) -> None:
        self.customers = customers
        self.numbers = numbers
        self.preferences = preferences
        self.identity = identity

    def fields(self, line: ImportLine) -> dict[str, str]:
        """The columns in which the line differs."""
        row = self.customers[line.external_id]
        if row.external_id != line.external_id:
            return {}  # merged into another, who has a line of their own
        return {field: value for field, value in line.fields.items() if (getattr(row, field) or "") != value}

    def new_numbers(self, line: ImportLine) -> list[dict[str, Any]]:
        """Numbers not kept yet. One that people have retired stays retired, whatever last night's export says."""
        row = self.customers[line.external_id]
        return [
            {"customer_id": row.id, "raw": n.raw, "e164": n.e164, "extension": n.extension, "kind": n.kind}
            for n in line.numbers
            if n.e164 not in self.numbers.get(row.id, ())
        ]

    def other_preferences(self, line: ImportLine) -> list[tuple[str, str, PreferenceRow | None]]:
        """Preferences not kept yet, and those a file brought before with another value, unless people confirmed it."""
        kept = self.preferences.get(self.customers[line.external_id].id, {})
        return [
            (key, value, kept.get(key))
            for key, value in line.preferences
            if key not in kept or (_is_the_files(kept[key]) and kept[key].value != value)
        ]

    def new_identity(self, line: ImportLine) -> tuple[tuple[str, str], ...]:
        """Identity numbers of kinds not kept yet: one that is kept was noted by somebody who saw it."""
        kept = self.identity.get(self.customers[line.external_id].id, ())
        return tuple((kind, number) for kind, number in line.identity if kind not in kept)

    def differs(self, line: ImportLine) -> bool:
        """Whether writing the line would change anything."""
        if line.external_id not in self.customers:
            return True
        more = self.new_numbers(line) or self.other_preferences(line) or self.new_identity(line)
        return bool(self.fields(line) or more)


def _is_the_files(fact: PreferenceRow) -> bool:
    return fact.source == SOURCE and fact.times_confirmed <= 1


class _Writing:
    """Writes pages within one transaction, counting.

    Core, many rows to a statement: SQLite would be asked for each new id, and the file stays locked meanwhile.
    """

    def __init__(self, at: datetime, own: frozenset[str], seal: Seal | None) -> None:
        self._at = at
        self._own = own
        self._seal = seal
        self.added = 0
        self.changed = 0
        self._changes: list[Change] = []

    def told(self) -> list[Change]:
        """What was changed since this was asked last."""
        told, self._changes = self._changes, []
        return told

    async def write(self, session: AsyncSession, lines: Sequence[ImportLine], revision: int) -> None:
        """Add and change a page's customers; each is stamped with the revision, so that the index reads it again."""
        known = await _known(session, lines)
        fresh = [line for line in lines if line.external_id not in known.customers]
        if fresh:
            await _insert(session, CustomerRow, [self._new(line, revision) for line in fresh])
            added = await _known(session, fresh)
            self.added += len(fresh)
            self._changes += [self._made(added, line) for line in fresh]
            await self._write_more(session, added, fresh)
        differing = [line for line in lines if line.external_id in known.customers and known.differs(line)]
        for line in differing:
            row = known.customers[line.external_id]
            self._changes.append(self._changed(known, line))
            row.revision = revision
            for field, value in known.fields(line).items():
                setattr(row, field, value)
        self.changed += len(differing)
        await self._write_more(session, known, differing)
        await session.flush()
        session.expunge_all()

    async def _write_more(self, session: AsyncSession, known: _Known, lines: Sequence[ImportLine]) -> None:
        await _insert(session, CustomerNumberRow, [row for line in lines for row in known.new_numbers(line)])
        preferences = []
        for line in lines:
            for key, value, kept in known.other_preferences(line):
                if kept is not None:
                    kept.value, kept.last_confirmed = value, self._at
                    continue
                owner = {"customer_id": known.customers[line.external_id].id, "key": key, "value": value}
                kind = "field" if key in self._own else "preference"
                preferences.append({**owner, "kind": kind, "source": SOURCE, "last_confirmed": self._at})
        await _insert(session, PreferenceRow, preferences)
        if self._seal is not None:
            fresh = ((known.customers[line.external_id].id, known.new_identity(line)) for line in lines)
            await _insert(session, IdentityNumberRow, import_identity.sealed(fresh, self._seal, self._at))

    def _made(self, known: _Known, line: ImportLine) -> Change:
        texts = {column: line.fields.get(column, default) for column, default in _DEFAULTS.items()}
        return Change(
            table="customers",
            id=known.customers[line.external_id].id,
            before=None,
            after={**texts, "external_id": line.external_id},
            numbers=tuple(one["e164"] for one in known.new_numbers(line)),
            preferences={key: (None, value) for key, value in line.preferences},
            identity=tuple(kind for kind, _ in known.new_identity(line)),
        )

    def _changed(self, known: _Known, line: ImportLine) -> Change:
        row, fields = known.customers[line.external_id], known.fields(line)
        return Change(
            table="customers",
            id=row.id,
            before={field: getattr(row, field) for field in fields},
            after=fields,
            numbers=tuple(one["e164"] for one in known.new_numbers(line)),
            preferences={
                key: (kept.value if kept is not None else None, value)
                for key, value, kept in known.other_preferences(line)
            },
            identity=tuple(kind for kind, _ in known.new_identity(line)),
        )

    def _new(self, line: ImportLine, revision: int) -> dict[str, Any]:
        # Every row of one statement must name the same columns: what the line has not is what the table would put.
        texts = {column: line.fields.get(column, default) for column, default in _DEFAULTS.items()}
        return {**texts, "external_id": line.external_id, "created": self._at, "revision": revision}


_DEFAULTS: dict[str, str | None] = {
    "kind": "person",
    "name": "",
    "title": "",
    "tier": "",
    "state": "customer",
    "owner": None,
    "email": "",
    "address": "",
    "terms": "",
    "language": "zh-Hant",
    "source": SOURCE,
}


async def _insert(session: AsyncSession, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(cast(Table, table.__table__)), rows)


async def _differing(session: AsyncSession, lines: Sequence[ImportLine]) -> tuple[int, list[ImportLine]]:
    """How many are new, and all that would change anything."""
    known = await _known(session, lines)
    differing = [line for line in lines if known.differs(line)]
    session.expunge_all()
    return sum(line.external_id not in known.customers for line in differing), differing


async def _known(session: AsyncSession, lines: Sequence[ImportLine]) -> _Known:
    by_external_id = CustomerRow.external_id.in_([line.external_id for line in lines])
    customers = {str(row.external_id): row for row in await session.scalars(select(CustomerRow).where(by_external_id))}
    for external_id, row in customers.items():
        if row.merged_into is not None:
            customers[external_id] = await get(session, row.id)
    ids = [row.id for row in customers.values()]
    numbers: defaultdict[int, set[str]] = defaultdict(set)
    for number in await _of(session, CustomerNumberRow, CustomerNumberRow.customer_id, ids):
        numbers[number.customer_id].add(number.e164)
    preferences: defaultdict[int, dict[str, PreferenceRow]] = defaultdict(dict)
    for preference in await _of(session, PreferenceRow, PreferenceRow.customer_id, ids):
        preferences[preference.customer_id][preference.key] = preference
    return _Known(customers, numbers, preferences, await import_identity.kinds_kept(session, ids))


async def _of(
    session: AsyncSession, table: type[Row], column: InstrumentedAttribute[int], ids: list[int]
) -> Iterable[Row]:
    return await session.scalars(select(table).where(column.in_(ids)))


def _pages(lines: Sequence[ImportLine]) -> Iterable[Sequence[ImportLine]]:
    return (lines[start : start + PAGE] for start in range(0, len(lines), PAGE))
