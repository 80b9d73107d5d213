"""Filing what came of a call: the outcome, a note, the matter it belongs to, the next step. All of it or nothing.

The same again changes nothing. Functions commit nothing. Must not know who may file, nor screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.calls.model import Call
from cti.customers.tables import CustomerRow, MatterRow
from cti.customers.telling import tell
from cti.customers.timeline import record_call
from cti.errors import Invalid, Refused
from cti.promises.ledger import Ledger
from cti.promises.model import Step
from cti.store.base import storable
from cti.store.upsert import insert_into
from cti.wording import translate
from cti.wrapup.model import Filing, Outcome, WrapUp, had_by
from cti.wrapup.tables import WrapUpRow

LONGEST_NOTE = 4000
LONGEST_STEP = 300


async def file_call(
    session: AsyncSession,
    call: Call,
    filing: Filing,
    *,
    outcomes: Sequence[Outcome],
    book: Ledger,
    who: str,
    at: datetime,
    language: str,
) -> WrapUp:
    """Keep what the agent who had `call` filed: on the call, on its customer's time line, and what is owed next.

    A next step with a due time becomes a promise of that agent, the same promise however often it is filed; filed
    without one, a promise made before is taken back. `who` is the log-in that files, `language` the firm's.

    Raises:
        Refused: nobody answered the call. Invalid: no such outcome, a matter that is not the customer's or is closed,
            a text that is too long, or a new due time that is past.
    """
    agent = had_by(call)
    if agent is None:
        raise Refused("nobody answered this call: there is nothing to wrap up")
    former = await find(session, call.linkedid)
    kept = _checked(filing, outcomes, former, at)
    customer_id = await _customer(session, call.customer_id)
    if kept.matter_id is not None and (former is None or former.matter_id != kept.matter_id):
        await _open_matter(session, kept.matter_id, customer_id)
    values = {
        "customer_id": customer_id,
        "disposition": kept.disposition,
        "note": kept.note,
        "next_step": kept.next_step,
        "next_step_due": kept.next_step_due,
        "matter_id": kept.matter_id,
        "saved": at,
        "saved_by": who[:100],
    }
    if former is None or any(getattr(former, name) != values[name] for name in values if name[:5] != "saved"):
        row = insert_into(session, WrapUpRow).values(
            linkedid=call.linkedid, agent=agent, extended=False, end_reason="", **values
        )
        await session.execute(row.on_conflict_do_update(index_elements=["linkedid"], set_=values))
        if customer_id is not None:
            what = {"disposition": kept.disposition, "note": kept.note, "next_step": kept.next_step}
            tell(session, "disposition.filed", customer_id, linkedid=call.linkedid, agent=agent, **what)
    if customer_id is not None:
        outcome = next(one for one in outcomes if one.code == kept.disposition)
        direction = "out" if call.direction == "outbound" else "in"
        text = told(outcome, kept, language)
        started = call.started or call.answered or at
        await record_call(session, customer_id, call.linkedid, started, direction=direction, text=text, agent=agent)
    await _owe(session, call, agent, kept, customer_id, book, who, at)
    filed = await find(session, call.linkedid)
    assert filed is not None, "it was written in this transaction"
    return filed


async def find(session: AsyncSession, linkedid: str) -> WrapUp | None:
    """What is known of the wrap-up of a call; None when there was none."""
    return (await find_many(session, [linkedid])).get(linkedid)


async def find_many(session: AsyncSession, linkedids: Iterable[str]) -> dict[str, WrapUp]:
    """As `find`, for some hundred calls at most, by linkedid."""
    # Columns and not rows: an upsert passes the session's own objects by.
    columns = [getattr(WrapUpRow, name) for name in WrapUp.__slots__]
    found = await session.execute(select(*columns).where(WrapUpRow.linkedid.in_(list(linkedids))))
    return {row.linkedid: WrapUp(*row) for row in found}


def told(outcome: Outcome, filing: Filing, language: str) -> str:
    """What the time line says of the call: the outcome, the note, the next step. Pure."""
    parts = [outcome.text(language)]
    if filing.note:
        parts.append(filing.note)
    if filing.next_step:
        parts.append(translate("Next step: {step}", language, step=filing.next_step))
    return "\n".join(parts)


def _checked(filing: Filing, outcomes: Sequence[Outcome], former: WrapUp | None, at: datetime) -> Filing:
    codes = [one.code for one in outcomes]
    if filing.disposition not in codes:
        raise Invalid(f"disposition: one of {', '.join(codes)}")
    note, step = storable(filing.note).strip(), " ".join(storable(filing.next_step).split())
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"note: at most {LONGEST_NOTE} characters")
    if len(step) > LONGEST_STEP:
        raise Invalid(f"next_step: at most {LONGEST_STEP} characters")
    due = filing.next_step_due
    if due is not None and not step:
        raise Invalid("next_step: say what is to be done by then")
    if due is not None and due <= at and (former is None or former.next_step_due != due):
        raise Invalid("next_step_due: lies in the past; give a day or an instant to come")
    return Filing(filing.disposition, note, step, due, filing.matter_id)


async def _customer(session: AsyncSession, customer_id: int | None) -> int | None:
    """The call's customer, if the file still stands: a record outlives its erasure."""
    found = await session.get(CustomerRow, customer_id) if customer_id is not None else None
    return found.id if found is not None else None


async def _open_matter(session: AsyncSession, matter_id: int, customer_id: int | None) -> None:
    row = await session.get(MatterRow, matter_id) if 0 < matter_id < 2**31 else None
    if row is None or customer_id is None or row.customer_id != customer_id:
        raise Invalid(f"matter_id: the caller's customer has no complaint or request {matter_id}")
    if row.state == "closed":
        raise Invalid(f"matter_id: {matter_id} is closed; leave it out, or open a new one")


async def _owe(
    session: AsyncSession,
    call: Call,
    agent: str,
    filing: Filing,
    customer_id: int | None,
    book: Ledger,
    who: str,
    at: datetime,
) -> None:
    if filing.next_step_due is None:
        await book.take_back_step(session, call.linkedid, who, at)
        return
    outbound = call.direction == "outbound"
    step = Step(
        linkedid=call.linkedid,
        number=call.dialled_e164 if outbound else call.caller_e164,
        raw=call.dialled if outbound else call.caller_raw,
        customer_id=customer_id,
        dialled=call.dialled,
        owner=agent,
        text=filing.next_step,
        due=filing.next_step_due,
    )
    await book.owe_step(session, step, who, at)
