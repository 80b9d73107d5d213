"""The calendar as it is kept: a year of the official one taken whole, and the days there are.

Must not know files' formats (`cti.agents.calendar_file`) or screens.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.calendar_file import CalendarFile
from cti.agents.opening import OFFICIAL
from cti.agents.services import set_days
from cti.agents.tables import CalendarDayRow
from cti.errors import Refused


async def take_calendar(session: AsyncSession, read: CalendarFile) -> tuple[int, int]:
    """Take the official calendar of whole years. How many days changed, and how many were known.

    Raises:
        Refused: a line of it has a fault, or no day in it is other than its weekday.
    """
    if read.faults:
        raise Refused("nothing was taken from the calendar; mend these lines and try again")
    if not read.days:
        raise Refused("there is no holiday and no make-up workday in the file")
    told = {day for day, _, _ in read.days}
    kept = await session.scalars(select(CalendarDayRow.day).where(CalendarDayRow.source == OFFICIAL))
    # A year comes whole: what a former file of it had and this one has not is no holiday any more.
    gone = [(day, None, "") for day in kept if day.year in read.years and day not in told]
    return await set_days(session, [*read.days, *gone], OFFICIAL)


async def list_days(session: AsyncSession, year: int | None = None) -> list[CalendarDayRow]:
    """Imported days and the firm's own, in order; of one year only, if it is given."""
    rows = await session.scalars(select(CalendarDayRow).order_by(CalendarDayRow.day, CalendarDayRow.source))
    return [row for row in rows if year is None or row.day.year == year]
