"""Messages that wait and are nobody's: dismissed with a reason, and taken back.

Functions take the caller's session and commit nothing. Must not know how messages come in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers.intake import INTAKE, waiting_row
from cti.customers.intake_tables import WaitingMessageRow
from cti.errors import Invalid, Refused
from cti.store.base import storable
from cti.store.revisions import hold

LONGEST_REASON = 300


async def dismiss(session: AsyncSession, waiting_id: int, reason: str, *, by: str, at: datetime) -> WaitingMessageRow:
    """This message is no customer's (advertising, a wrong number): it waits no more. It stands in the audit.

    Raises:
        NotFound: no such message. Refused: it is a customer's, or was dismissed already. Invalid: no reason, or one
            that is too long.
    """
    why = storable(reason).strip()
    if not 0 < len(why) <= LONGEST_REASON:
        raise Invalid(f"reason: give 1 to {LONGEST_REASON} characters")
    await hold(session, INTAKE)
    row = await waiting_row(session, waiting_id)
    if row.assigned is not None:
        raise Refused(f"message {row.id} was assigned already")
    if row.dismissed is not None:
        raise Refused(f"message {row.id} was dismissed already")
    row.dismissed, row.dismissed_by, row.reason = at, by[:100], why
    record(session, _entry("waiting_message.dismissed", row, by, why), at)
    await session.flush()
    return row


async def restore(session: AsyncSession, waiting_id: int, *, by: str, at: datetime) -> WaitingMessageRow:
    """The message waits again, in its old place.

    Raises:
        NotFound: no such message. Refused: nobody dismissed it.
    """
    await hold(session, INTAKE)
    row = await waiting_row(session, waiting_id)
    if row.dismissed is None:
        raise Refused(f"nobody dismissed message {row.id}")
    row.dismissed, row.dismissed_by, row.reason = None, "", ""
    record(session, _entry("waiting_message.restored", row, by, ""), at)
    await session.flush()
    return row


async def dismissed(session: AsyncSession, limit: int = 100) -> list[WaitingMessageRow]:
    """What was dismissed, the latest first."""
    row = WaitingMessageRow
    found = select(row).where(row.dismissed.is_not(None)).order_by(row.dismissed.desc(), row.id.desc())
    return list(await session.scalars(found.limit(limit)))


def _entry(action: str, row: WaitingMessageRow, by: str, reason: str) -> Entry:
    after = {"channel": row.channel}
    return Entry(action=action, actor=by, subject="waiting_message", subject_id=str(row.id), after=after, text=reason)
