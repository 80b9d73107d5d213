"""A person is erased: everything that says who they were goes; that calls were made can still be counted.

Taiwan's Personal Data Protection Act, articles 3 and 11. The record's id stays with nothing behind it, so that calls,
complaints and kept orders can be counted and nobody else gets it. In doubt more goes than stays. One transaction; the
same work that nobody commits is the dry run. Must not know who may ask, nor Asterisk: `cti.privacy.copies` does.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import erase_contents, record
from cti.audit.model import Entry
from cti.audit.tables import AuditContentRow, AuditEntryRow
from cti.calls.model import CallState
from cti.calls.tables import CallRow, LegRow
from cti.customers.intake_tables import PaymentRow
from cti.customers.model import ERASED
from cti.customers.tables import CustomerRow, MatterRow, OrderRow
from cti.errors import Invalid, Refused
from cti.pocket.tables import PocketCardRow
from cti.privacy.person import Person, find_person, pattern_of
from cti.privacy.traces import (
    GONE,
    Mentions,
    blank_of,
    cleaned,
    delete_with_children,
    forget_arrivals,
    forget_mentions,
    forget_rows,
    mentions,
    portions,
)
from cti.promises.model import Happening, State
from cti.promises.tables import PromiseCallRow, PromiseHistoryRow, PromiseNoticeRow, PromiseRow
from cti.store.base import Base, storable
from cti.store.engine import Store
from cti.store.revisions import CALLERS, PROMISES, bump, hold
from cti.wrapup.tables import WrapUpRow

JUST_ENDED = timedelta(minutes=2)
"""The last facts of a call, and what an agent files of it, arrive within a minute; then its record stands still."""

LONGEST_REASON = 200
DONE = "customer.erased"
GIVEN = "customer.dossier_made"
OURS = frozenset({DONE, GIVEN})
"""Actions of the audit that say nothing of the person but that it was done."""

ORDERS_OVER = ("done", "cancelled")
ORDERS_KEPT = ("paid", "done")


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased, or would be (`done` false). `rows`: table (or `table.column`) -> how many rows.

    `again`: the person was erased before, and this only looked whether anything had come back. `orders_kept`: ids of
    orders that the law has the firm keep, without the person, `kept_until` the end of that year.
    """

    customer_id: int
    at: datetime
    done: bool
    again: bool
    rows: dict[str, int]
    audit_contents: int
    orders_kept: tuple[int, ...]
    kept_until: date | None


async def foresee(store: Store, customer_id: int, *, keep_years: int, at: datetime) -> Erasure:
    """What an erasure would do at the aware instant `at`; changes nothing. Raises as `erase`."""
    async with store.session() as session:
        person = await find_person(session, customer_id)
        found = await mentions(session, person)
        return await _erase(session, person, found, keep_years, at)


async def erase(
    store: Store, customer_id: int, *, by: str, reason: str, keep_years: int, at: datetime
) -> tuple[Erasure, Person]:
    """Erase a customer at the aware instant `at`, for good; what was done, and who it was, for the copies elsewhere.

    Erasing again does what has come back since, and nothing else. Orders that were paid within the last `keep_years`
    years stay without the person.

    Raises:
        NotFound: there is no such customer.
        Refused: a call with them goes on or has only just ended, an order of theirs is still to be delivered, or the
            record was merged into another.
        Invalid: no reason, or one too long.
    """
    text = storable(reason).strip()
    if not 0 < len(text) <= LONGEST_REASON:
        raise Invalid(f"reason: write 1 to {LONGEST_REASON} characters")
    async with store.session() as session:
        # Before the transaction: it reads whole tables, and on SQLite nobody could write meanwhile.
        found = await mentions(session, await find_person(session, customer_id))
    async with store.transaction() as session:
        person = await find_person(session, customer_id)
        done = msgspec.structs.replace(await _erase(session, person, found, keep_years, at), done=True)
        pattern = pattern_of(person.needles)
        after = {"rows": done.rows, "audit_contents": done.audit_contents, "orders_kept": list(done.orders_kept)}
        said = cleaned(text, pattern) if pattern else text
        entry = Entry(action=DONE, actor=by, subject="customer", subject_id=str(customer_id), after=after)
        record(session, msgspec.structs.replace(entry, text=said or ""), at)
    return done, person


async def _erase(session: AsyncSession, person: Person, found: Mentions, keep_years: int, at: datetime) -> Erasure:
    await _refuse_while_needed(session, person, at)
    await hold(session, PROMISES)
    audit = await _audit(session, person)
    rows = await forget_arrivals(session, person)
    rows |= {
        "calls": await _calls(session, person),
        "promises": await _promises(session, person, at),
        "pocket_cards": await _pocket_cards(session, person),
        "wrap_ups": await _wrap_ups(session, person),
    }
    kept, until, gone = await _orders(session, person, keep_years, at)
    rows["orders"] = gone
    still_open = update(MatterRow).where(MatterRow.customer_id.in_(person.ids), MatterRow.closed.is_(None))
    await session.execute(still_open.values(closed=at))
    for name, count in (await forget_rows(session, person)).items():
        rows[name] = rows.get(name, 0) + count
    rows["customers"] = await _record(session, person)
    rows |= await forget_mentions(session, person, found)
    return Erasure(
        customer_id=person.customer_id,
        at=at,
        done=False,
        again=person.erased,
        rows={name: count for name, count in sorted(rows.items()) if count},
        audit_contents=audit,
        orders_kept=kept,
        kept_until=until,
    )


async def _refuse_while_needed(session: AsyncSession, person: Person, at: datetime) -> None:
    row = CallRow
    for some in portions(person.calls):
        alive = (row.state != CallState.ENDED.value) | (row.ended > at - JUST_ENDED)
        busy = await session.scalar(select(row.linkedid).where(row.linkedid.in_(some), alive).limit(1))
        if busy is not None:
            raise Refused(f"call {busy} with customer {person.customer_id} goes on or has only just ended; try again")
    order, today = OrderRow, at.astimezone(UTC).date()
    last_day = func.coalesce(order.ends, order.starts)
    owed = order.state.in_(("booked", "paid")) & or_(last_day >= today, (order.state == "booked") & last_day.is_(None))
    found = await session.scalar(select(order.id).where(order.customer_id.in_(person.ids), owed).order_by(order.id))
    if found is not None:
        raise Refused(
            f"order {found} of customer {person.customer_id} is still to be delivered: finish or cancel it first"
        )


async def _audit(session: AsyncSession, person: Person) -> int:
    """Erase what the audit says of the person: entries about them and their calls, and those that mention them."""
    row, content = AuditEntryRow, AuditContentRow
    about: list[ColumnElement[bool]] = []
    about.append((row.subject == "customer") & row.subject_id.in_([str(one) for one in person.ids]))
    for ids in portions(person.promises):
        about.append((row.subject == "promise") & row.subject_id.in_([str(one) for one in ids]))
    for subject, whose in (("order", OrderRow), ("payment", PaymentRow)):
        ids = (await session.scalars(select(whose.id).where(whose.customer_id.in_(person.ids)))).all()
        for some in portions([str(one) for one in ids]):
            about.append((row.subject == subject) & row.subject_id.in_(some))
    about += [row.linkedid.in_(some) for some in portions(person.calls)]
    held = select(row.number).join(content, content.number == row.number).where(row.action.not_in(OURS))
    numbers: set[int] = set()
    for condition in about:
        numbers |= set(await session.scalars(held.where(condition)))
    pattern = pattern_of(person.needles)
    if pattern is not None:
        holds = or_(*(content.content.icontains(needle, autoescape=True) for needle in person.needles))
        texts = select(content.number, content.content).where(holds, content.number.not_in(numbers))
        numbers |= {number for number, text in await session.execute(texts) if pattern.search(text)}
    return await erase_contents(session, sorted(numbers))


async def _calls(session: AsyncSession, person: Person) -> int:
    """Calls and legs stay, without number and name."""
    pattern = pattern_of(person.needles)
    changed = 0
    for some in portions(person.calls):
        for row in await session.scalars(select(CallRow).where(CallRow.linkedid.in_(some))):
            outbound = row.direction == "outbound"
            before = (row.caller_raw, row.caller_name, row.caller_e164, row.dialled, row.dialled_e164, row.transfers)
            if outbound:
                row.dialled, row.dialled_e164 = "", None
            else:
                row.caller_raw, row.caller_name, row.caller_e164 = "", "", None
            if pattern is not None:
                row.transfers = pattern.sub(GONE, row.transfers)
            after = (row.caller_raw, row.caller_name, row.caller_e164, row.dialled, row.dialled_e164, row.transfers)
            changed += before != after
            row.customer_id = row.customer_id or person.customer_id
            if outbound:
                legs = update(LegRow).where(LegRow.linkedid == row.linkedid, LegRow.kind == "outbound")
                await session.execute(legs.values(endpoint=GONE))
    for some in portions(person.numbers):
        # A call from their telephone that was somebody else's keeps its customer, and loses the number.
        row_ = CallRow
        theirs = update(row_).where(row_.caller_e164.in_(some))
        await session.execute(theirs.values(caller_e164=None, caller_raw="", caller_name=""))
        await session.execute(
            update(row_).where(row_.dialled_e164.in_(some), row_.direction == "outbound").values(dialled_e164=None)
        )
    await session.flush()
    return changed


async def _promises(session: AsyncSession, person: Person, at: datetime) -> int:
    """Nothing is owed to somebody who is not there: promises are closed and stay without number and texts."""
    changed = 0
    key = f"{ERASED}:{person.customer_id}"
    for ids in portions(person.promises):
        for row in await session.scalars(select(PromiseRow).where(PromiseRow.id.in_(ids))):
            if row.caller == key and not (row.number or row.raw or row.text or row.reason):
                continue
            if row.state == State.OPEN.value:
                row.state, row.ended, row.ended_by = State.CLOSED.value, at, "ringward"
                line = PromiseHistoryRow(promise_id=row.id, at=at, who="ringward", what=Happening.CLOSED.value)
                session.add(line)
            row.caller, row.number, row.raw, row.text, row.reason = key, None, "", "", ""
            row.customer_id = row.customer_id or person.customer_id
            row.revision = await bump(session, PROMISES)
            changed += 1
        history, notice = PromiseHistoryRow, PromiseNoticeRow
        told = history.what.not_in((Happening.ASSIGNED.value, Happening.OPENED.value))  # those name a colleague
        await session.execute(update(history).where(history.promise_id.in_(ids), told).values(text=""))
        mine = update(notice).where(notice.promise_id.in_(ids))
        await session.execute(mine.values(body="{}", error=""))
        waiting = mine.where(notice.sent.is_(None), notice.given_up.is_(None))
        await session.execute(waiting.values(given_up=at, error=ERASED))
        calls = update(PromiseCallRow).where(PromiseCallRow.promise_id.in_(ids))
        await session.execute(calls.values(caller=key))
    for some in portions(person.calls):
        await session.execute(update(PromiseCallRow).where(PromiseCallRow.linkedid.in_(some)).values(caller=key))
    await session.flush()
    return changed


async def _pocket_cards(session: AsyncSession, person: Person) -> int:
    """Links stay as counted, without what could still be opened by them."""
    row, changed = PocketCardRow, 0
    for some in portions(person.calls):
        open_or_shown = (row.state != "gone") | (row.shown_link != "") | (row.failure != "")
        ended = update(row).where(row.linkedid.in_(some), open_or_shown)
        values = {"state": "gone", "reason": "expired", "shown_link": "", "failure": "", "session": ""}
        changed += int(getattr(await session.execute(ended.values(values)), "rowcount", 0))
    return changed


async def _wrap_ups(session: AsyncSession, person: Person) -> int:
    row, changed = WrapUpRow, 0
    for some in portions(person.calls):
        said = update(row).where(row.linkedid.in_(some), (row.note != "") | (row.next_step != ""))
        changed += int(getattr(await session.execute(said.values(note="", next_step="")), "rowcount", 0))
    return changed


async def _orders(
    session: AsyncSession, person: Person, keep_years: int, at: datetime
) -> tuple[tuple[int, ...], date | None, int]:
    """Which orders stay without the person and until when, and how many were deleted."""
    row = OrderRow
    mine = row.customer_id.in_(person.ids)
    # The term runs from the end of the year (商業會計法 article 38).
    since = datetime(at.year - keep_years, 1, 1, tzinfo=UTC)
    keeps = mine & row.state.in_(ORDERS_KEPT) & (row.placed >= since) if keep_years else mine & row.id.is_(None)
    kept = (await session.execute(select(row.id, row.placed).where(keeps).order_by(row.id))).all()
    ids = [one.id for one in kept]
    gone = await delete_with_children(session, Base.metadata.tables["orders"], mine & row.id.not_in(ids))
    until = max((date(one.placed.year + keep_years, 12, 31) for one in kept), default=None)
    return tuple(ids), until, gone


async def _record(session: AsyncSession, person: Person) -> int:
    """The record itself: nothing stays but the id, what kind it was of, and since when."""
    blank = blank_of(Base.metadata.tables["customers"], frozenset({"kind", "state", "language"}))
    changed = 0
    revision: int | None = None
    for row in await session.scalars(select(CustomerRow).where(CustomerRow.id.in_(person.ids))):
        values: dict[str, Any] = {**blank, "state": ERASED, "language": "zh-Hant"}
        if all(getattr(row, name) == value for name, value in values.items()):
            continue
        revision = revision or await bump(session, CALLERS)
        for name, value in values.items():
            setattr(row, name, value)
        row.revision = revision
        changed += 1
    await session.flush()
    return changed


async def sweep(store: Store, at: datetime, keep_years: int) -> int:
    """Erase again whoever was erased, for what may have come back since by a late record; how many rows were found."""
    async with store.session() as session:
        erased = list(await session.scalars(select(CustomerRow.id).where(CustomerRow.state == ERASED)))
    found = 0
    for customer_id in erased:
        async with store.transaction() as session:
            try:
                person = await find_person(session, customer_id)
                done = await _erase(session, person, {}, keep_years, at)
            except Refused:
                continue  # a call of theirs has just ended: tomorrow
            found += sum(done.rows.values())
    return found
