"""Writes a file of orders, payments or messages into the database: checked whole first, then in pieces.

Each piece is a transaction of its own with what it changed, so that calls are recorded in between; an import that was
broken off is completed by giving the file again, or undone. Must not know files' forms.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers import intake, payments
from cti.customers.changes import Put
from cti.customers.csv_file import MOST_FAULTS, LineFault
from cti.customers.dealing_file import DealingLine, DealingPlan
from cti.customers.importing import ImportFaulty, ImportReport
from cti.customers.imports import PIECE, Change, Origin, audited, begin, keep
from cti.customers.intake_tables import ImportRow
from cti.customers.order_pieces import put_orders, try_orders
from cti.customers.telling import quiet
from cti.errors import Invalid, NotFound, Refused, RingwardError
from cti.store.engine import Store

ORDERS_AT_ONCE = 250
"""Below every database's limit of parameters in one statement, and a fraction of a second on a busy machine."""

LOCKED_SECONDS, BREATH_SECONDS = 0.5, 0.12
"""Who waits for SQLite's lock looks every tenth of a second whether it is free: a shorter pause would be missed, and
without one a call's record would not be written while a file comes in."""

_COUNTED = {"added": "added", "waiting": "added", "changed": "changed", "unchanged": "unchanged", "known": "unchanged"}


class _OnlyTried(Exception):
    """Ends a transaction of which nothing is to stay."""


async def import_dealings(
    store: Store, plan: DealingPlan, origin: Origin, now: datetime, *, dry_run: bool = False
) -> tuple[ImportReport, int | None]:
    """Write the plan; what was done, and the import's number, None when nothing was.

    Raises:
        ImportFaulty: the plan has faults, or a line names nobody or several; nothing was written.
        StoreUnavailable: the database is away; the pieces before that stay, under the import's number.
    """
    if plan.faults:
        raise ImportFaulty(plan.faults)
    counts = dict.fromkeys(("added", "changed", "unchanged"), 0)
    faults: list[LineFault] = []
    breath = _Breath()
    for piece in _pieces(plan):
        for outcome in await _tried(store, plan.kind, piece, now, faults):
            counts[outcome] += 1
        await breath.take()
    if faults:
        raise ImportFaulty(tuple(faults[:MOST_FAULTS]))
    report = ImportReport(**counts)
    if dry_run or not (report.added or report.changed):
        return report, None
    made: ImportRow | None = None
    for piece in _pieces(plan):
        async with store.transaction() as session:
            row = (
                await begin(session, plan.kind, origin, now)
                if made is None
                else await session.get_one(ImportRow, made.id)
            )
            outcomes, changes = await _write(session, plan.kind, piece, now, faults)
            await keep(session, row.id, changes)
            row.added += outcomes.count("added")
            row.changed += outcomes.count("changed")
            row.unchanged += outcomes.count("unchanged")
            made = row
            if piece[-1] is plan.lines[-1]:
                audited(session, "import.applied", row, origin.by, now)
        await breath.take()
    if faults:  # between the trial and the writing somebody took a customer away
        raise ImportFaulty(tuple(faults[:MOST_FAULTS]))
    if made is None:
        return report, None
    return ImportReport(made.added, made.changed, made.unchanged), made.id


class _Breath:
    """Lets others write in between: nobody waits for as long as a writer waits for SQLite."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def take(self) -> None:
        if time.monotonic() - self._since >= LOCKED_SECONDS:
            await asyncio.sleep(BREATH_SECONDS)
            self._since = time.monotonic()


async def _tried(
    store: Store, kind: str, lines: Sequence[DealingLine], now: datetime, faults: list[LineFault]
) -> list[str]:
    if kind == "orders":
        async with store.session() as session:
            tried = await try_orders(session, lines, now)
        faults += [_fault(line, one) for line, one in zip(lines, tried, strict=True) if not isinstance(one, str)]
        return [one for one in tried if isinstance(one, str)]
    outcomes: list[str] = []
    with suppress(_OnlyTried):
        async with store.transaction() as session:
            outcomes += (await _write(session, kind, lines, now, faults))[0]
            raise _OnlyTried
    return outcomes


async def _write(
    session: AsyncSession, kind: str, lines: Sequence[DealingLine], now: datetime, faults: list[LineFault]
) -> tuple[list[str], list[Change]]:
    quiet(session)
    outcomes: list[str] = []
    changes: list[Change] = []
    if kind == "orders":
        for line, put in zip(lines, await put_orders(session, lines, now), strict=True):
            if not isinstance(put, Put):
                faults.append(_fault(line, put))
                continue
            outcomes.append(_COUNTED[put.outcome])
            changes += _changes(kind, put)
        return outcomes, changes
    for line in lines:
        try:
            if kind == "interactions":
                outcome, made = await _message(session, line, now)
            else:
                put = await _payment(session, line, now)
                outcome, made = put.outcome, _changes(kind, put)
        except (Invalid, NotFound, Refused) as fault:
            faults.append(_fault(line, fault))
            continue
        outcomes.append(_COUNTED[outcome])
        changes += made
    return outcomes, changes


def _fault(line: DealingLine, error: RingwardError) -> LineFault:
    return LineFault(line.line, "", str(error))


def _changes(kind: str, put: Put) -> list[Change]:
    return [Change(table=kind, id=put.id, before=put.before, after=put.after)] if put.after else []


async def _payment(session: AsyncSession, line: DealingLine, now: datetime) -> Put:
    given = {"sender": line.sender, "order": line.order, "external_id": line.external_id}
    return await payments.put_payment(session, line.fields, now=now, **given)  # type: ignore[arg-type]


async def _message(session: AsyncSession, line: DealingLine, now: datetime) -> tuple[str, list[Change]]:
    if line.sender is None:
        raise Invalid("customer: say who it is: customer_id, code, number or email")
    said = {"channel": "note", "at": now, "direction": "in", "source": "import", **line.fields}
    taken = await intake.take(session, intake.Message(external_id=line.external_id, **said), line.sender, now)
    changes: list[Change] = []
    if taken.prospect and taken.customer_id is not None:
        numbers = await intake.numbers_of(session, taken.customer_id)
        changes.append(
            Change(table="customers", id=taken.customer_id, before=None, after={"state": "prospect"}, numbers=numbers)
        )
    kept = {"text": line.fields["text"].strip()}
    if taken.outcome == "added" and taken.interaction_id is not None:
        changes.append(Change(table="interactions", id=taken.interaction_id, before=None, after=kept))
    if taken.outcome == "waiting" and taken.fresh and taken.waiting_id is not None:
        changes.append(Change(table="waiting_messages", id=taken.waiting_id, before=None, after=kept))
    return (
        "waiting" if taken.fresh and taken.outcome == "waiting" else taken.outcome if taken.fresh else "known",
        changes,
    )


def _pieces(plan: DealingPlan) -> list[Sequence[DealingLine]]:
    size = ORDERS_AT_ONCE if plan.kind == "orders" else PIECE
    return [plan.lines[start : start + size] for start in range(0, len(plan.lines), size)]
