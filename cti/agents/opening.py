"""Services with their opening hours, read from the tables: weekly hours, public holidays, the firm's own days.

Must not know how they are changed, or who is rung.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.hours import CalendarDay, DayKind, Opening, parse_weekly, public_days, zone_named
from cti.agents.tables import CalendarDayRow, HoursRow, ServiceRow, ServiceTeamRow
from routing.model import Service, Team, Waiting, WaitingKind

FIRM, OFFICIAL = "firm", "official"
YEARS_BACK, YEARS_AHEAD = 1, 4
"""The public calendar of these years around this one is known: nobody asks who would ring in five years."""


async def read_services(session: AsyncSession) -> dict[str, Service]:
    """Every service by code, its hours included."""
    openings = await read_openings(session)
    teams: defaultdict[str, list[Team]] = defaultdict(list)
    for team in await session.scalars(select(ServiceTeamRow).order_by(ServiceTeamRow.id)):
        teams[team.service_code].append(Team(team.group_code, team.tier, team.kind))
    return {
        row.code: Service(
            row.code,
            row.group_code,
            openings.get(row.hours_code) if row.hours_code else None,
            row.closed_group,
            row.overflow_group,
            # Who asks for both tier and kind is more particular than who asks for one.
            tuple(sorted(teams[row.code], key=lambda team: not (team.tier and team.kind))),
            _waiting(row),
        )
        for row in await session.scalars(select(ServiceRow))
    }


def _waiting(row: ServiceRow) -> Waiting | None:
    if not row.waiting:
        return None
    usual = Waiting(WaitingKind(row.waiting))
    return replace(
        usual,
        seconds=row.waiting_seconds or usual.seconds,
        language=row.waiting_language or usual.language,
        answered=row.waiting_answered,
    )


async def read_openings(session: AsyncSession) -> dict[str, Opening]:
    """All opening hours by code. Days of the firm overrule official ones, and those the public calendar's."""
    found: dict[str, dict[date, CalendarDay]] = {FIRM: {}, OFFICIAL: {}}
    for row in await session.scalars(select(CalendarDayRow)):
        found.setdefault(row.source, {})[row.day] = CalendarDay(DayKind(row.kind), row.name)
    return {
        row.code: Opening(zone_named(row.zone), parse_weekly(row.weekly), days_of(row.region, found))
        for row in await session.scalars(select(HoursRow))
    }


def days_of(region: str, kept: Mapping[str, Mapping[date, CalendarDay]]) -> dict[date, CalendarDay]:
    """The days of hours that follow the calendar of `region`; "" follows the firm's own days only.

    A year for which an official calendar was imported is that calendar's alone.
    """
    if not region:
        return dict(kept.get(FIRM, {}))
    this = datetime.now(UTC).year
    official = kept.get(OFFICIAL, {})
    told = {day.year for day in official}
    public = public_days(region, range(this - YEARS_BACK, this + YEARS_AHEAD))
    days = {day: kind for day, kind in public.items() if day.year not in told}
    return {**days, **official, **kept.get(FIRM, {})}
