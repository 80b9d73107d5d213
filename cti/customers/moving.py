"""Moves every row of one customer to another, whichever table it stands in, and back by the journal.

A table is found by its columns: a foreign key to `customers`, or one called `customer_id`. Must not know why two
records become one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Index,
    Select,
    Table,
    UniqueConstraint,
    and_,
    delete,
    insert,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Inspector
from sqlalchemy.ext.asyncio import AsyncSession

import cti.customers.identity_tables
import cti.customers.intake_tables
import cti.customers.tables  # noqa: F401 - fill Base.metadata
from cti.store.base import Base, UtcDateTime

STAYING = frozenset({"customers", "customer_merges", "duplicate_pairs"})
"""What is said of the two records as records."""

CHUNK = 200
"""Keys in one statement: below every database's limit of parameters, of keys with two columns, too."""

Row = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(slots=True)
class Journal:
    """What a merge did, as it is kept: `rows` moved as (table, column, keys); `dropped` as (table, whole row);
    `changed` single values as (table, id, column, former, new); `fields` of the one who stays as field -> (former,
    filled); `passed_on` the unique ones among them; `loser` what was of the other."""

    rows: list[tuple[str, str, list[Key]]] = field(default_factory=list)
    dropped: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    changed: list[tuple[str, Any, str, Any, Any]] = field(default_factory=list)
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    passed_on: list[str] = field(default_factory=list)
    loser: dict[str, Any] = field(default_factory=dict)

    def to_text(self) -> str:
        """As JSON."""
        names = ("rows", "dropped", "changed", "fields", "passed_on", "loser")
        return json.dumps({name: getattr(self, name) for name in names}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Journal:
        """Read back what `to_text` wrote."""
        kept = json.loads(text)
        return cls(
            rows=[(table, column, [tuple(key) for key in keys]) for table, column, keys in kept["rows"]],
            dropped=[(table, row) for table, row in kept["dropped"]],
            changed=[tuple(one) for one in kept["changed"]],
            fields={name: tuple(pair) for name, pair in kept["fields"].items()},
            passed_on=kept["passed_on"],
            loser=kept["loser"],
        )

    def touches(self, earlier: Journal) -> bool:
        """Whether this later journal set a row aside, or changed one, that the `earlier` one moved or kept."""
        mine = {(table, _key_of(Base.metadata.tables[table], row)) for table, row in self.dropped}
        mine |= {(table, (one,)) for table, one, *_ in self.changed}
        theirs = {(table, key) for table, _, keys in earlier.rows for key in keys}
        return bool(mine & theirs)


async def move(session: AsyncSession, loser: int, winner: int, journal: Journal) -> None:
    """Make every row of customer `loser` one of `winner`; a row of which there can be but one gives way and is kept in
    the journal."""
    await session.run_sync(lambda sync: all_known(inspect(sync.connection())))
    for table, column in references():
        found = await _rows(session, select(table).where(column == loser))
        if not found:
            continue
        moved = [row for row in found if await _makes_room(session, table, column, row, winner, journal)]
        for chunk in _chunks([_key_of(table, row) for row in moved]):
            await session.execute(update(table).where(_has_key(table, chunk)).values({column.name: winner}))
        if moved:
            keys = [_key_of(table, {**row, column.name: winner}) for row in moved]
            journal.rows.append((table.name, column.name, keys))


async def move_back(session: AsyncSession, loser: int, winner: int, journal: Journal) -> None:
    """The reverse of `move` by its journal: rows that are still `winner`'s go back, those set aside return."""
    for name, column_name, keys in reversed(journal.rows):
        table = Base.metadata.tables[name]
        column = table.c[column_name]
        for chunk in _chunks(keys):
            here = await _rows(session, select(table).where(_has_key(table, chunk), column == winner))
            back = [row for row in here if await _rival(session, table, {**row, column_name: loser}) is None]
            if back:
                same = _has_key(table, [_key_of(table, row) for row in back])
                await session.execute(update(table).where(same).values({column_name: loser}))
    for name, kept in reversed(journal.dropped):
        table = Base.metadata.tables[name]
        values = _from_json(table, kept)
        if await _rival(session, table, values) is not None:
            continue
        key = _key_of(table, values)
        if await session.scalar(select(table.c[0]).where(_has_key(table, [key])).limit(1)) is not None:
            values = {one: value for one, value in values.items() if not table.c[one].primary_key}
        await session.execute(insert(table).values(values))
    for name, one, column_name, former, new in journal.changed:
        table = Base.metadata.tables[name]
        column = table.c[column_name]
        same = and_(table.c.id == one, column == _value(column, new))
        await session.execute(update(table).where(same).values({column_name: _value(column, former)}))


def references() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column of every table that names a customer."""
    for name, table in sorted(Base.metadata.tables.items()):
        if name in STAYING:
            continue
        for column in table.columns:
            if column.name == "customer_id" or any(
                key.target_fullname == "customers.id" for key in column.foreign_keys
            ):
                yield table, column


async def _rows(session: AsyncSession, statement: Select[Any]) -> list[Row]:
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def _makes_room(
    session: AsyncSession, table: Table, column: Column[Any], row: Row, winner: int, journal: Journal
) -> bool:
    """Whether `row` is to move: it does not when it would name one customer twice or there is one like it, unless it
    is the better of the two; then the other gives way."""
    after = {**row, column.name: winner}
    if _names_itself(table, after):
        return await _set_aside(session, table, row, journal)
    rival = await _rival(session, table, after)
    if rival is None:
        return True
    if not _better(table, row, rival):
        return await _set_aside(session, table, row, journal)
    await _set_aside(session, table, rival, journal)
    return True


async def _set_aside(session: AsyncSession, table: Table, row: Row, journal: Journal) -> bool:
    journal.dropped.append((table.name, _to_json(row)))
    await session.execute(delete(table).where(_has_key(table, [_key_of(table, row)])))
    return False


def _better(table: Table, mine: Row, rival: Row) -> bool:
    """Of two alike, the one to keep: a number they have before one they had, a fact confirmed later."""
    if table.name == "customer_numbers":
        return rival["valid_until"] is not None and mine["valid_until"] is None
    if table.name == "preferences":
        return bool(mine["last_confirmed"] > rival["last_confirmed"])
    return False


def _names_itself(table: Table, row: Row) -> bool:
    named = [row[column.name] for of, column in references() if of is table]
    return len(named) != len(set(named))


async def _rival(session: AsyncSession, table: Table, row: Row) -> Row | None:
    """Another row that `row` cannot stand beside: they would be alike where the table allows but one."""
    mine = _key_of(table, row)
    names = {column.name for of, column in references() if of is table}
    for columns in _uniques(table):
        # What says nothing of the customer was unique before and stays so.
        if not names & {column.name for column in columns} or any(row[column.name] is None for column in columns):
            continue
        alike = select(table).where(*(column == row[column.name] for column in columns))
        for found in await _rows(session, alike):
            if _key_of(table, found) != mine or any(column.primary_key for column in columns):
                return found
    return None


def _uniques(table: Table) -> Iterator[list[Column[Any]]]:
    yield list(table.primary_key.columns)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield list(constraint.columns)
    for index in table.indexes:
        if isinstance(index, Index) and index.unique and not _is_partial(index):
            yield [table.c[column.name] for column in index.columns]


def _is_partial(index: Index) -> bool:
    return any(index.dialect_options[one].get("where") is not None for one in ("sqlite", "postgresql"))


def all_known(database: Inspector) -> None:
    """A table that nobody has loaded may name a customer: better no merge, and no undoing, than half of one."""
    for name in sorted(set(database.get_table_names()) - set(Base.metadata.tables)):
        if any(column["name"] == "customer_id" for column in database.get_columns(name)):
            raise RuntimeError(f"the table {name} names customers, and no room has loaded it")


def _key_of(table: Table, row: Row) -> Key:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _has_key(table: Table, keys: Sequence[Key]) -> Any:
    columns = list(table.primary_key.columns)
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return or_(*(and_(*(column == part for column, part in zip(columns, key, strict=True))) for key in keys))


def _chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _to_json(row: Row) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _from_json(table: Table, row: Row) -> dict[str, Any]:
    # A column that went since is left out; one that came since has its default.
    return {name: _value(table.c[name], value) for name, value in row.items() if name in table.c}


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value
