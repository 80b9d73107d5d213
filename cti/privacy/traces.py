"""Where a person leaves traces in the database: rows by customer, and every text of every table that mentions them.

Tables are read from the declared ones, so that a table added later is reached as well: what nothing is said about here
is deleted with the person. Must not know when somebody is erased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, String, Table, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.privacy.person import Person, pattern_of
from cti.store.base import Base

Value = TypeVar("Value")

AT_ONCE = 500
"""Values bound in one statement."""

GONE = "***"
"""What stands where a number, a mail address or a name stood in somebody else's text."""

BLANKED: Mapping[str, Mapping[str, Any]] = {
    "assignments": {"reason": ""},
    "interactions": {"text": "", "attachments": "[]", "external_id": None, "source": ""},
    "matters": {"text": "", "state": "closed"},
    "wrap_ups": {"note": "", "next_step": ""},
    "payments": {"note": "", "source": ""},
}
"""Rows that stay without the person, so that calls, complaints and outcomes can still be counted."""

IMPORTED = {"customers": "customers", "orders": "orders", "payments": "payments", "interactions": "interactions"}
"""Kind of an import -> the table of what it made; it remembers their contents so that it can be undone."""

HANDLED = frozenset({"customers", "orders", "calls", "promises"})
"""What has rules of its own."""

NOT_THEIRS = frozenset(
    {
        "audit_entries",
        "audit_contents",
        "audit_head",
        "revisions",
        "journal_marks",
        "logins",
        "sessions",
        "agents",
        "numbers",
        "routing_changes",
        "services",
        "groups",
        "pocket_channels",
        "rehearsals",
        "alembic_version",
    }
)
"""Tables about the firm, not its customers; the audit has a way of its own to forget."""


def declare_all() -> None:
    """Have every room's tables declared, also those of rooms that this process has no other use for."""
    top = Path(__file__).resolve().parents[1]
    for file in sorted(set(top.rglob("*tables.py")) - set((top / "store").rglob("*"))):
        import_module(".".join(("cti", *file.relative_to(top).with_suffix("").parts)))


declare_all()


def portions(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """`values` in portions that one statement can bind."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def customer_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table that say whose its rows are."""
    return [
        column
        for column in table.columns
        if column.name == "customer_id" or any(key.target_fullname == "customers.id" for key in column.foreign_keys)
    ]


def tables_of_customers() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Tables whose rows are one customer's, those that refer to others first: in this order they can be emptied."""
    for table in reversed(Base.metadata.sorted_tables):
        columns = customer_columns(table)
        if columns and table.name not in NOT_THEIRS:
            yield table, columns


def theirs(columns: Iterable[Column[Any]], ids: Sequence[int]) -> ColumnElement[bool]:
    """The condition that a row is one of these customers'."""
    return or_(*(column.in_(ids) for column in columns))


async def forget_rows(session: AsyncSession, person: Person) -> dict[str, int]:
    """Blank or delete every row of a person's but those of `HANDLED`; how many of each table."""
    done: dict[str, int] = {}
    for table, columns in tables_of_customers():
        if table.name in HANDLED:
            continue
        mine = theirs(columns, person.ids)
        blank = BLANKED.get(table.name)
        if blank is None:
            count = await delete_with_children(session, table, mine)
        else:
            values = {name: value for name, value in blank.items() if name in table.columns}
            changed = or_(*(_differs(table.columns[name], value) for name, value in values.items()))
            count = await _count(session, update(table).where(mine, changed).values(values)) if values else 0
        if count:
            done[table.name] = count
    return done


async def forget_arrivals(session: AsyncSession, person: Person) -> dict[str, int]:
    """Delete what imports and other systems brought of a person: what an undo brings back, what waits for an owner.

    To be done before the rows themselves go: they say what was theirs.
    """
    tables = Base.metadata.tables
    changes, imports, waiting = tables["import_changes"], tables["imports"], tables["waiting_messages"]
    done = {"import_changes": 0}
    for kind, name in IMPORTED.items():
        table = tables[name]
        mine = table.c.id.in_(person.ids) if name == "customers" else table.c.customer_id.in_(person.ids)
        subjects = select(table.c.id).where(mine)
        of_kind = changes.c.import_id.in_(select(imports.c.id).where(imports.c.kind == kind))
        gone = delete(changes).where(of_kind, changes.c.subject_id.in_(subjects))
        done["import_changes"] += await _count(session, gone)
    interactions = tables["interactions"]
    said = select(interactions.c.id).where(interactions.c.customer_id.in_(person.ids))
    theirs_ = waiting.c.number.in_(person.numbers) | waiting.c.interaction_id.in_(said)
    if person.needles:
        theirs_ |= waiting.c.email.in_(person.needles)
    done["waiting_messages"] = await _count(session, delete(waiting).where(theirs_))
    return done


async def delete_with_children(session: AsyncSession, table: Table, condition: ColumnElement[bool]) -> int:
    """Delete rows, and before them the rows that refer to them; how many of the table's own.

    A column that may be empty is emptied instead: what it belongs to is not the person's alone.
    """
    for child in Base.metadata.sorted_tables:
        for column in child.columns:
            for key in column.foreign_keys:
                if key.column.table is not table or child is table:
                    continue
                referring = column.in_(select(key.column).where(condition))
                if column.nullable:
                    await session.execute(update(child).where(referring).values({column.name: None}))
                else:
                    await delete_with_children(session, child, referring)
    return await _count(session, delete(table).where(condition))


Mentions = dict[tuple[str, str], list[tuple[Any, ...]]]
"""(table, column) -> primary keys of the rows whose text mentions the person."""


async def mentions(session: AsyncSession, person: Person) -> Mentions:
    """Every text in the database that holds one of the person's needles. Reads whole tables: seconds in a large one."""
    pattern = pattern_of(person.needles)
    found: Mentions = {}
    if pattern is None:
        return found
    for table in Base.metadata.sorted_tables:
        if table.name in NOT_THEIRS:
            continue
        keys = list(table.primary_key.columns)
        for column in text_columns(table):
            holds = or_(*(column.icontains(needle, autoescape=True) for needle in person.needles))
            rows = await session.execute(select(column, *keys).where(holds))
            hits = [tuple(row[1:]) for row in rows if pattern.search(row[0])]
            if hits:
                found[table.name, column.name] = hits
    return found


async def forget_mentions(session: AsyncSession, person: Person, found: Mentions) -> dict[str, int]:
    """Take the person out of texts that are not theirs; how many rows of each `table.column`."""
    pattern = pattern_of(person.needles)
    done: dict[str, int] = {}
    if pattern is None:
        return done
    for (name, column_name), hits in found.items():
        table = Base.metadata.tables[name]
        column, count = table.columns[column_name], 0
        for hit in hits:
            here = [key == value for key, value in zip(table.primary_key.columns, hit, strict=True)]
            text = await session.scalar(select(column).where(*here))
            if text is None or not pattern.search(text):
                continue  # it was deleted or blanked with the person's own rows
            await session.execute(update(table).where(*here).values({column_name: cleaned(text, pattern, column)}))
            count += 1
        if count:
            done[f"{name}.{column_name}"] = count
    return done


def cleaned(text: str, pattern: re.Pattern[str], column: Column[Any] | None = None) -> str | None:
    """`text` without the person; a column that held nothing else is empty afterwards."""
    rest = pattern.sub(GONE, text)
    if rest == GONE and column is not None:
        return None if column.nullable else ""
    longest = column.type.length if column is not None and isinstance(column.type, String) else None
    return rest[:longest] if longest else rest


def text_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table in which a person may be mentioned; keys and foreign keys are none."""
    return [
        column
        for column in table.columns
        if isinstance(column.type, String) and not column.primary_key and not column.foreign_keys
    ]


def blank_of(table: Table, kept: frozenset[str]) -> dict[str, Any]:
    """Values that empty every text of a row but the columns named."""
    return {
        column.name: None if column.nullable else ""
        for column in table.columns
        if isinstance(column.type, String) and column.name not in kept
    }


def _differs(column: Column[Any], value: Any) -> ColumnElement[bool]:
    return column.is_not(None) if value is None else column != value


async def _count(session: AsyncSession, statement: Any) -> int:
    result = await session.execute(statement)
    return max(0, int(getattr(result, "rowcount", 0)))
