"""Everything the firm holds on one person, as they may ask for it: Personal Data Protection Act, articles 3 and 10.

Read table by table from what is declared, so that what is added later is in it too. Must not know who asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit import ledger
from cti.audit.model import Kept
from cti.audit.tables import AuditContentRow
from cti.calls import records
from cti.customers.card import card_json, load_card
from cti.customers.intake_tables import PaymentRow
from cti.customers.tables import OrderRow
from cti.privacy.copies import Copies
from cti.privacy.person import Person, pattern_of
from cti.privacy.traces import mentions, portions, tables_of_customers, theirs
from cti.store.base import Base
from cti.wording import code_text, translate

SECRET = frozenset({"digest", "session", "sealed", "revision", "shown_link", "token_sha256", "journal"})
"""Columns that say nothing to a person, or would open something."""

BY_CALL = ("call_plans", "pocket_cards", "wrap_ups", "promise_calls")
BY_PROMISE = ("promise_history", "promise_notices")
TEXT_SECTIONS = ("record", "numbers", "calls", "promises", "audit", "copies")

Dossier = dict[str, Any]


async def dossier(session: AsyncSession, person: Person, copies: Copies, at: datetime) -> Dossier:
    """The dossier of a person at the aware instant `at`: plain JSON values, instants in UTC as ISO 8601."""
    card = await load_card(session, person.customer_id, at)
    held: Dossier = {
        "customer_id": person.customer_id,
        "made": _plain(at),
        "name": person.name,
        "numbers": {"theirs_alone": list(person.numbers), "shared_with_others": list(person.shared)},
        "card": card_json(card) if card is not None else None,
        "tables": await _tables(session, person),
        "calls": [],
        "audit": [],
        "mentioned_in": await _mentioned(session, person),
        "copies": msgspec.to_builtins(copies),
    }
    for some in portions(person.calls):
        found = await records.load_many(session, list(some))
        held["calls"] += [records.to_json(found[one]) for one in some if one in found]
    held["audit"] = [_entry(one) for one in await _audit(session, person)]
    return held


async def _tables(session: AsyncSession, person: Person) -> dict[str, list[dict[str, Any]]]:
    held: dict[str, list[dict[str, Any]]] = {}
    for table, columns in tables_of_customers():
        if table.name == "calls":
            continue  # told with their legs
        condition = theirs(columns, person.ids)
        held[table.name] = await _rows(session, table, condition)
    customers = Base.metadata.tables["customers"]
    held["customers"] = await _rows(session, customers, customers.columns["id"].in_(person.ids))
    for name in BY_CALL:
        held[name] = await _by(session, name, "linkedid", person.calls)
    for name in BY_PROMISE:
        held[name] = await _by(session, name, "promise_id", person.promises)
    held["promises"] = await _by(session, "promises", "id", person.promises)
    return {name: rows for name, rows in sorted(held.items()) if rows}


async def _by(session: AsyncSession, name: str, column: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    table = Base.metadata.tables[name]
    rows: list[dict[str, Any]] = []
    for some in portions(values):
        rows += await _rows(session, table, table.columns[column].in_(some))
    return rows


async def _rows(session: AsyncSession, table: Table, condition: Any) -> list[dict[str, Any]]:
    columns: list[Column[Any]] = [one for one in table.columns if one.name not in SECRET]
    found = await session.execute(select(*columns).where(condition).order_by(*table.primary_key.columns))
    return [{one.name: _plain(value) for one, value in zip(columns, row, strict=True)} for row in found]


async def _mentioned(session: AsyncSession, person: Person) -> dict[str, int]:
    """How many rows of other people's records mention them, by table and column: not theirs to be given out."""
    return {f"{table}.{column}": len(hits) for (table, column), hits in (await mentions(session, person)).items()}


async def _audit(session: AsyncSession, person: Person) -> list[Kept]:
    found: dict[int, Kept] = {}
    for customer_id in person.ids:
        for one in await ledger.entries(
            session, subject="customer", subject_id=str(customer_id), limit=ledger.MOST_READ
        ):
            found[one.number] = one
    for subject, whose in (("order", OrderRow), ("payment", PaymentRow)):
        ids = await session.scalars(select(whose.id).where(whose.customer_id.in_(person.ids)))
        for number in ids.all():
            for one in await ledger.entries(session, subject=subject, subject_id=str(number), limit=ledger.MOST_READ):
                found[one.number] = one
    for linkedid in person.calls:
        for one in await ledger.entries(session, linkedid=linkedid, limit=ledger.MOST_READ):
            found[one.number] = one
    pattern = pattern_of(person.needles)
    if pattern is not None:
        content = AuditContentRow
        for needle in person.needles:
            holding = select(content.number).where(content.content.icontains(needle, autoescape=True))
            for number in await session.scalars(holding):
                if number not in found:
                    (one,) = await ledger.entries(session, before=number + 1, limit=1)
                    found[number] = one
    return [found[number] for number in sorted(found)]


def _entry(one: Kept) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(one.entry)
    return {"number": one.number, "at": _plain(one.at), "erased": one.erased, **told}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return records.instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def lines_of(value: Any, depth: int = 0) -> Iterable[str]:
    """Plain values as indented lines, for who reads no JSON; what is empty is left out."""
    pad = "  " * depth
    if isinstance(value, dict):
        for key, one in value.items():
            if one in (None, "", [], {}, ()):
                continue
            if isinstance(one, dict | list | tuple):
                yield f"{pad}{key}:"
                yield from lines_of(one, depth + 1)
            else:
                yield f"{pad}{key}: {one}"
    elif isinstance(value, list | tuple):
        for one in value:
            if isinstance(one, dict):
                inside = list(lines_of(one, depth + 1))
                if inside:
                    yield f"{pad}- {inside[0].strip()}"
                    yield from inside[1:]
            else:
                yield f"{pad}- {one}"


def readable(held: Dossier, language: str) -> str:
    """The dossier as text for who reads no JSON, its headings in `language`. Control characters of whoever wrote into
    it are not taken out."""
    head = translate("Everything held on {name}, customer {id}", language, name=held["name"], id=held["customer_id"])
    lines = [head, translate("Made on {at} (UTC)", language, at=held["made"]), ""]
    for key in ("numbers", "card", "calls", "audit", "mentioned_in", "copies"):
        lines += [f"== {code_text('held', key, language)}", *lines_of(held[key]), ""]
    for name, rows in held["tables"].items():
        lines += [f"== {code_text('held', name, language)}", *lines_of(rows), ""]
    return "\n".join(lines) + "\n"
