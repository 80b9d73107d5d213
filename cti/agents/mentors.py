"""Who looks after a newcomer's calls, from when to when: set by a manager, ends by itself.

Functions take the caller's session and commit nothing. Must not know calls, nor what a mentor may do with them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.people import get_agent
from cti.agents.tables import MentorRow
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable
from cti.store.revisions import DIRECTORY, bump

LONGEST = timedelta(days=366)
"""Nobody is new for longer; a mistyped year must not let somebody listen for ever."""


async def set_mentor(
    session: AsyncSession, newcomer: str, mentor: str, starts: datetime, until: datetime, *, by: str, at: datetime
) -> MentorRow:
    """Let `mentor` listen to `newcomer`'s calls from `starts` up to, not including, `until` (aware instants).

    Raises:
        NotFound: one of them is no agent.
        Refused: they are the same, or have left.
        Invalid: it ends before it starts or is over, or lasts more than a year.
    """
    learns, looks = await get_agent(session, newcomer), await get_agent(session, mentor)
    if learns.code == looks.code:
        raise Refused("nobody is their own mentor")
    if not (learns.active and looks.active):
        raise Refused("one of the two has left the firm")
    starts, until = starts.astimezone(UTC), until.astimezone(UTC)
    _check_span(starts, until, at)
    row = MentorRow(agent_code=learns.code, mentor_code=looks.code, starts=starts, until=until, set_by=by[:100])
    session.add(row)
    await session.flush()
    await bump(session, DIRECTORY)
    record(session, _entry("mentor.set", row, by), at)
    return row


async def move_end(session: AsyncSession, mentor_id: int, until: datetime, *, by: str, at: datetime) -> MentorRow:
    """Let a mentor's time that is not over last until the aware instant `until`, later or sooner than it was to.

    Raises:
        NotFound: there is none of this id that is not over. Invalid: as `set_mentor`.
    """
    row = await _going_on(session, mentor_id, at)
    _check_span(row.starts, until, at)
    before = _told(row)
    row.until = until.astimezone(UTC)
    await bump(session, DIRECTORY)
    record(session, _entry("mentor.moved", row, by, before), at)
    return row


async def end_mentor(session: AsyncSession, mentor_id: int, *, by: str, at: datetime) -> None:
    """End a mentor's time, as of the aware instant `at`; one that has not begun never was.

    Raises:
        NotFound: there is none of this id that is not over.
    """
    row = await _going_on(session, mentor_id, at)
    row.until = max(row.starts, at)
    await bump(session, DIRECTORY)
    record(session, _entry("mentor.ended", row, by), at)


async def list_mentors(
    session: AsyncSession, newcomer: str | None = None, ending_after: datetime | None = None
) -> list[MentorRow]:
    """Mentors' times in the order in which they start; of one newcomer, or only those that end after an instant."""
    statement = select(MentorRow).order_by(MentorRow.starts, MentorRow.id)
    if newcomer is not None:
        statement = statement.where(MentorRow.agent_code == storable(newcomer))
    if ending_after is not None:
        statement = statement.where(MentorRow.until > ending_after)
    return list(await session.scalars(statement))


async def _going_on(session: AsyncSession, mentor_id: int, at: datetime) -> MentorRow:
    row = await session.get(MentorRow, mentor_id) if 0 < mentor_id < 2**31 else None
    if row is None or row.until <= at:
        raise NotFound(f"there is no mentor's time {mentor_id} that goes on")
    return row


def _check_span(starts: datetime, until: datetime, at: datetime) -> None:
    if until <= max(starts, at):
        raise Invalid("until: give an instant that is still to come, and after the start")
    if until - starts > LONGEST:
        raise Invalid("until: at most a year after the start")


def _entry(action: str, row: MentorRow, by: str, before: dict[str, str] | None = None) -> Entry:
    who = {"actor": by, "subject": "agent", "subject_id": row.agent_code}
    return Entry(action=action, before=before, after=_told(row), **who)


def _told(row: MentorRow) -> dict[str, str]:
    return {"mentor": row.mentor_code, "starts": row.starts.isoformat(), "until": row.until.isoformat()}
