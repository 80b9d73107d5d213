"""What an agent said at the end of a call that they would do next: owed like a call back, one a call, and taken back.

Must not know when that is said (`cti.wrapup`).
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.promises.finding import promise_of
from cti.promises.model import STEP, Entry, Happening, Kind, OwnerWhy, Promise, State, Step
from cti.promises.tables import PromiseRow
from cti.promises.writing import Writing
from cti.store.revisions import PROMISES, hold


class Steps(Writing):
    """Next steps in the database. `compose` as in `Writing`."""

    async def owe_step(self, session: AsyncSession, step: Step, who: str, at: datetime) -> Promise:
        """Owe the next step that was agreed in a call; the same again changes nothing, another replaces it."""
        await hold(session, PROMISES)
        row = await _step_row(session, step.linkedid)
        if row is None:
            made = Promise(
                caller=f"{STEP}{step.linkedid}"[:250],
                number=step.number,
                raw=step.raw,
                customer_id=step.customer_id,
                dialled=step.dialled,
                owner=step.owner,
                why=OwnerWhy.AGREED,
                state=State.OPEN,
                due=step.due,
                first_missed=at,
                last_missed=at,
                since=at,
                kind=Kind.NEXT_STEP,
                text=step.text,
            )
            entry = Entry(Happening.OPENED, at, who, step.owner or "", step.linkedid)
            return await self._write(session, PromiseRow(), made, [entry])
        promise = promise_of(row)
        over = promise.state is not State.OPEN
        taken_back = over and not promise.reason  # who closes a promise says why
        same = (promise.text, promise.due, promise.customer_id) == (step.text, step.due, step.customer_id)
        if same and not taken_back:
            return promise
        changed = replace(promise, text=step.text, due=step.due, customer_id=step.customer_id)
        if over or promise.due != step.due:
            changed = replace(changed, state=State.OPEN, since=at, level=0, escalated_to=None)
            changed = replace(changed, ended=None, ended_by=None, reason="")
        what = Happening.REOPENED if over else Happening.NOTED
        return await self._write(session, row, changed, [Entry(what, at, who, step.text)])

    async def take_back_step(self, session: AsyncSession, linkedid: str, who: str, at: datetime) -> None:
        """Nothing is to be done next after this call, or not by a set time."""
        await hold(session, PROMISES)
        row = await _step_row(session, linkedid)
        if row is None or row.state != State.OPEN.value:
            return
        closed = replace(promise_of(row), state=State.CLOSED, ended=at, ended_by=who)
        await self._write(session, row, closed, [Entry(Happening.CLOSED, at, who)])


async def _step_row(session: AsyncSession, linkedid: str) -> PromiseRow | None:
    query = select(PromiseRow).where(PromiseRow.caller == f"{STEP}{linkedid}"[:250]).order_by(PromiseRow.id.desc())
    row: PromiseRow | None = await session.scalar(query.limit(1).with_for_update())
    return row
