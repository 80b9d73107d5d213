"""Promises in the database: one decision a call, what people do to a promise, and the history of both.

Every change, its history and its notices are one transaction, which the caller opens and commits. Works the same on
SQLite and PostgreSQL. Must not know why something is owed (`rules`), nor how notices travel (`courier`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec.structs import replace
from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.tables import AgentRow
from cti.calls import records
from cti.calls.model import Call
from cti.customers.tables import CustomerRow
from cti.errors import Invalid, NotFound, Refused
from cti.promises import rules
from cti.promises.finding import (
    LOOK_BACK,
    PAGE,
    calls_of,
    changed_since,
    find,
    get,
    history,
    owed_by,
    promise_of,
    undecided,
)
from cti.promises.model import (
    Duty,
    Entry,
    Happening,
    Outcome,
    OwnerWhy,
    Promise,
    Reading,
    State,
)
from cti.promises.steps import Steps
from cti.promises.tables import PromiseCallRow, PromiseNoticeRow, PromiseRow
from cti.store.base import storable
from cti.store.revisions import PROMISES, hold
from cti.store.upsert import insert_into

__all__ = [
    "LOOK_BACK",
    "PAGE",
    "Ledger",
    "calls_of",
    "changed_since",
    "find",
    "get",
    "history",
    "owed_by",
    "redirect_notices",
    "undecided",
]

LONGEST_TEXT = 2000
"""Characters of a reason or a note: a paragraph."""


class Ledger(Steps):
    """What is written to promises: what a call means, what people do, and what was agreed (`Steps`)."""

    async def decide(
        self, session: AsyncSession, call: Call, kept_seconds: float, duty: Callable[[Call, datetime], Duty]
    ) -> tuple[Promise | None, list[Entry]]:
        """Decide once what an ended call means, and do it; nothing for one that goes on or was decided before.

        `duty` is asked who owes a new promise and until when, given the call and when its caller was missed.

        Raises:
            sqlalchemy.exc.IntegrityError: another daemon opened a promise for this caller now; try again.
        """
        reading = rules.read(call, kept_seconds)
        if reading is None:
            return None, []
        reading = replace(reading, caller=storable(reading.caller))
        await hold(session, PROMISES)
        if not await _first_time(session, reading):
            return None, []
        row = await session.scalar(_open_of(reading.caller).with_for_update())
        held = promise_of(row) if row is not None else None
        talk = await _latest_talk(session, reading.caller) if reading.outcome is Outcome.MISSED else None
        new = reading.asked or (reading.outcome is Outcome.MISSED and held is None)
        owed = await _still_here(session, duty(call, reading.at)) if new else Duty(None, OwnerWhy.NOBODY, reading.at)
        promise, entries = rules.take(held, reading, talk, owed)
        if promise is None or not entries:
            return promise, []
        row = row or PromiseRow()
        promise = await self._write(session, row, promise, entries)
        decided = await session.get(PromiseCallRow, reading.linkedid)
        assert decided is not None, "it was inserted in this transaction"
        decided.promise_id = promise.id
        return promise, entries

    async def close(self, session: AsyncSession, promise_id: int, who: str, reason: str, at: datetime) -> Promise:
        """A person says why nothing more is owed.

        Raises:
            NotFound: there is no such promise.
            Refused: it is not open.
            Invalid: no reason was given, or one that is too long.
        """
        text = _text("reason", reason)
        row = await _row(session, promise_id)
        if row.state != State.OPEN.value:
            raise Refused(f"promise {promise_id} is not open")
        closed = replace(promise_of(row), state=State.CLOSED, ended=at, ended_by=who, reason=text)
        return await self._write(session, row, closed, [Entry(Happening.CLOSED, at, who, text)])

    async def reopen(
        self, session: AsyncSession, promise_id: int, who: str, reason: str, at: datetime, due: datetime
    ) -> Promise:
        """A promise that was closed or kept is owed again, until `due`.

        Raises:
            NotFound: there is no such promise.
            Refused: it is open, or another one of the same caller is.
            Invalid: no reason was given, or one that is too long.
        """
        text = _text("reason", reason)
        row = await _row(session, promise_id)
        if row.state == State.OPEN.value:
            raise Refused(f"promise {promise_id} is open")
        other = await session.scalar(_open_of(row.caller))
        if other is not None:
            raise Refused(f"promise {other.id} of the same caller is open")
        again = replace(
            promise_of(row),
            state=State.OPEN,
            due=due,
            since=at,
            level=0,
            escalated_to=None,
            ended=None,
            ended_by=None,
            reason="",
            kept_linkedid=None,
        )
        return await self._write(session, row, again, [Entry(Happening.REOPENED, at, who, text)])

    async def assign(self, session: AsyncSession, promise_id: int, owner: str, who: str, at: datetime) -> Promise:
        """Give an open promise to another agent.

        Raises:
            NotFound: there is no such promise, or no such agent who takes calls.
            Refused: it is not open.
        """
        row = await _row(session, promise_id)
        if row.state != State.OPEN.value:
            raise Refused(f"promise {promise_id} is not open")
        agent = await session.scalar(select(AgentRow).where(AgentRow.code == owner))
        if agent is None or not agent.active:
            raise NotFound(f"there is no agent {owner[:40]}; `ringward agent list` shows those there are")
        promise = promise_of(row)
        if promise.owner == owner:
            return promise
        given = replace(promise, owner=owner, why=OwnerWhy.ASSIGNED, escalated_to=None)
        return await self._write(session, row, given, [Entry(Happening.ASSIGNED, at, who, owner)])

    async def pass_on(
        self, session: AsyncSession, promise_id: int, leaver: str, successor: str, who: str, at: datetime
    ) -> Promise:
        """Give the successor of somebody who leaves what they held of a promise: its ownership, or its escalation.

        Raises:
            NotFound: there is no such promise.
        """
        row = await _row(session, promise_id)
        promise = promise_of(row)
        owns = promise.owner == leaver
        held = None if promise.escalated_to == leaver and owns else promise.escalated_to
        given = replace(
            promise,
            owner=successor if owns else promise.owner,
            why=OwnerWhy.ASSIGNED if owns else promise.why,
            escalated_to=successor if held == leaver else held,
        )
        if given.escalated_to == given.owner:
            given = replace(given, escalated_to=None)
        return await self._write(session, row, given, [Entry(Happening.ASSIGNED, at, who, successor)])

    async def note(self, session: AsyncSession, promise_id: int, who: str, text: str, at: datetime) -> Promise:
        """Write something down beside a promise, open or not.

        Raises:
            NotFound: there is no such promise.
            Invalid: nothing was written, or too much.
        """
        row = await _row(session, promise_id)
        return await self._write(session, row, promise_of(row), [Entry(Happening.NOTED, at, who, _text("note", text))])

    async def recognise(self, session: AsyncSession, promise_id: int, customer_id: int, at: datetime) -> list[str]:
        """The caller of an open promise is this customer; their calls that had none are this customer's, too: which."""
        row = await _row(session, promise_id)
        customer = await session.get(CustomerRow, customer_id)
        if row.state != State.OPEN.value or row.customer_id is not None or row.number is None or customer is None:
            return []
        linkedids = await records.recognise(session, row.number, customer_id)
        known = replace(promise_of(row), customer_id=customer_id)
        await self._write(session, row, known, [Entry(Happening.RECOGNISED, at, text=customer.name)])
        return linkedids

    async def escalate(
        self, session: AsyncSession, promise_id: int, change: Callable[[Promise], tuple[Promise, list[Entry]]]
    ) -> Promise | None:
        """Apply `change` (`rules.escalate`) to a promise as it stands now; None when it is open no longer."""
        await hold(session, PROMISES)
        row = await session.get(PromiseRow, promise_id, with_for_update=True)
        if row is None or row.state != State.OPEN.value:
            return None
        before = promise_of(row)
        after, entries = change(before)
        return await self._write(session, row, after, entries) if after != before else before


async def redirect_notices(session: AsyncSession, old: str | None, new: str | None) -> int:
    """Send what still waits for the address `old` to `new` instead; without `new` it is not sent. How many.

    What passes to somebody else is told to them anew: nobody who has left reads of customers any more.
    """
    if old is None or old == new:
        return 0
    row = PromiseNoticeRow
    waiting = update(row).where(row.target == old, row.sent.is_(None), row.given_up.is_(None))
    values = {"target": new} if new else {"given_up": datetime.now(UTC), "error": "the addressee has left"}
    return int(getattr(await session.execute(waiting.values(**values)), "rowcount", 0))


async def _still_here(session: AsyncSession, duty: Duty) -> Duty:
    """The duty of who stands in for its owner, should they have left the firm since memory was read."""
    owner, seen = duty.owner, set[str]()
    while owner is not None and owner not in seen:
        seen.add(owner)
        row = (await session.execute(select(AgentRow.active, AgentRow.deputy).where(AgentRow.code == owner))).first()
        if row is None or row.active:
            return duty if owner == duty.owner else replace(duty, owner=owner, why=OwnerWhy.DEPUTY)
        owner = row.deputy
    return duty


def _open_of(caller: str) -> Select[PromiseRow]:
    return select(PromiseRow).where(PromiseRow.caller == caller, PromiseRow.state == State.OPEN.value)


async def _row(session: AsyncSession, promise_id: int) -> PromiseRow:
    await hold(session, PROMISES)
    row = await session.get(PromiseRow, promise_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no promise {promise_id}")
    return row


async def _first_time(session: AsyncSession, reading: Reading) -> bool:
    row = insert_into(session, PromiseCallRow).values(
        linkedid=reading.linkedid, caller=reading.caller, outcome=reading.outcome.value, at=reading.at
    )
    done = await session.execute(row.on_conflict_do_nothing().returning(PromiseCallRow.linkedid))
    return done.scalar_one_or_none() is not None


async def _latest_talk(session: AsyncSession, caller: str) -> Reading | None:
    query = select(PromiseCallRow).where(PromiseCallRow.caller == caller, PromiseCallRow.outcome == Outcome.SPOKE.value)
    row = await session.scalar(query.order_by(PromiseCallRow.at.desc()).limit(1))
    return Reading(linkedid=row.linkedid, outcome=Outcome.SPOKE, caller=caller, at=row.at) if row is not None else None


def _text(field: str, text: str) -> str:
    plain = storable(text).strip()
    if not plain or len(plain) > LONGEST_TEXT:
        raise Invalid(f"{field}: write 1 to {LONGEST_TEXT} characters")
    return plain
