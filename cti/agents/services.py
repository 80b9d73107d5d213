"""Numbers → service → team → hours → fallback, as people change them: services, hours, tiers, the rota, calendar days.

Every change is checked, logged and counted (`cti.agents.changes`); functions commit nothing. Must not know screens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import states
from cti.agents.chains import LONGEST_RING
from cti.agents.changes import Change, changing, record
from cti.agents.hours import DayKind, parse_weekly, public_days, weekly_text, zone_named
from cti.agents.opening import FIRM
from cti.agents.tables import (
    AgentRow,
    CalendarDayRow,
    DutyRow,
    GroupRow,
    HoursRow,
    ServiceRow,
    ServiceTeamRow,
    TierRow,
)
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable
from routing.model import WAITING_LANGUAGES, WAITING_SECONDS, Waiting

TIERS = ("A", "B", "C")
KINDS = ("person", "company", "household")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")


async def set_hours(session: AsyncSession, code: str, weekly: str, zone: str, region: str = "") -> HoursRow:
    """Make or change opening hours: `Mon-Fri 09:00-18:00` in an IANA zone, closed on public holidays of `region`.

    Raises:
        Invalid: code, hours, zone or region.
    """
    _coded(code)
    text = weekly_text(parse_weekly(weekly))
    if len(text) > 500:
        raise Invalid("hours: at most 500 characters")
    name = zone_named(zone).key
    public_days(region, range(2026, 2027))
    async with changing(session, "hours", code, check=False):
        row = await session.get(HoursRow, code)
        if row is None:
            row = HoursRow(code=code)
            session.add(row)
        row.weekly, row.zone, row.region = text, name, region
    return row


async def set_service(
    session: AsyncSession,
    code: str,
    name: str,
    *,
    group: str | None = None,
    hours: str | None = None,
    closed_group: str | None = None,
    overflow_group: str | None = None,
    teams: Sequence[tuple[str, str, str]] = (),
    waiting: Waiting | Literal["kept", "inherited"] = "kept",
) -> ServiceRow:
    """Make or change a service. `teams`: tier, kind (either may be empty), group.

    `waiting`: what callers hear while it rings; `inherited` as for the service `company`, `kept` as it was.

    Raises:
        Invalid: code, name, team or waiting. NotFound: a group or the hours do not exist. Refused: a number would ring
            nobody.
    """
    _coded(code)
    shown = " ".join(storable(name).split())
    if not 1 <= len(shown) <= 100:
        raise Invalid("name: 1 to 100 characters")
    for one in (group, closed_group, overflow_group, *(team[2] for team in teams)):
        if one is not None and await session.get(GroupRow, storable(one)) is None:
            raise NotFound(f"there is no group {one[:40]}")
    if hours is not None and await session.get(HoursRow, storable(hours)) is None:
        raise NotFound(f"there are no hours {hours[:40]}; make them with `ringward route hours`")
    for tier, kind, _ in teams:
        if tier not in ("", *TIERS) or kind not in ("", *KINDS) or not (tier or kind):
            raise Invalid(f"team: of a tier ({', '.join(TIERS)}) or a kind ({', '.join(KINDS)}) of customers")
    if isinstance(waiting, Waiting):
        check_waiting(waiting)
    async with changing(session, "service", code):
        row = await session.get(ServiceRow, code)
        if row is None:
            row = ServiceRow(code=code, name=shown)
            session.add(row)
        row.name, row.group_code, row.hours_code = shown, group, hours
        row.closed_group, row.overflow_group = closed_group, overflow_group
        _set_waiting(row, waiting)
        await session.flush()
        await session.execute(delete(ServiceTeamRow).where(ServiceTeamRow.service_code == code))
        wanted = {(tier, kind): answering for tier, kind, answering in teams}
        session.add_all(
            ServiceTeamRow(service_code=code, tier=tier, kind=kind, group_code=answering)
            for (tier, kind), answering in wanted.items()
        )
    return row


async def set_tier_rule(
    session: AsyncSession,
    tier: str,
    *,
    desk_seconds: int | None = None,
    mobile_seconds: int | None = None,
    together: bool = False,
) -> TierRow:
    """What a tier changes: ring times (None: the agents' own), desk and mobile together.

    Raises:
        Invalid: no such tier, or not a ring time.
    """
    if tier not in TIERS:
        raise Invalid(f"tier: one of {', '.join(TIERS)}")
    for field, value in (("desk_seconds", desk_seconds), ("mobile_seconds", mobile_seconds)):
        if value is not None and not 1 <= value <= LONGEST_RING:
            raise Invalid(f"{field}: whole seconds from 1 to {LONGEST_RING}")
    async with changing(session, "tier", tier, check=False):
        row = await session.get(TierRow, tier)
        if row is None:
            row = TierRow(tier=tier)
            session.add(row)
        row.desk_seconds, row.mobile_seconds, row.together = desk_seconds, mobile_seconds, together
    return row


async def add_duty(session: AsyncSession, group: str, agent: str, starts: datetime, ends: datetime) -> DutyRow:
    """A turn of a group's rota, from `starts` up to, not including, `ends` (aware).

    Raises:
        NotFound: no such group or agent. Invalid: the times. Refused: the agent has no phone.
    """
    if await session.get(GroupRow, storable(group)) is None:
        raise NotFound(f"there is no group {group[:40]}")
    row = await session.scalar(select(AgentRow).where(AgentRow.code == storable(agent)))
    if row is None:
        raise NotFound(f"there is no agent {agent[:40]}; `ringward agent list` shows those there are")
    if not row.active or not (row.extension or row.mobile):
        raise Refused(f"agent {row.code} has no phone to be on duty with")
    check_span(starts, ends)
    duty = DutyRow(group_code=group, agent_code=row.code, starts=starts, ends=ends)
    session.add(duty)
    await session.flush()
    await record(session, [("duty", str(duty.id), None, await states.state_of(session, "duty", duty))])
    return duty


async def remove_duty(session: AsyncSession, duty_id: int) -> None:
    """Take a turn of the rota back.

    Raises:
        NotFound: there is none of this id.
    """
    row = await session.get(DutyRow, duty_id) if 0 < duty_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no duty {duty_id}")
    async with changing(session, "duty", str(duty_id), check=False):
        await session.delete(row)


async def set_days(
    session: AsyncSession, days: Sequence[tuple[date, DayKind | None, str]], source: str = FIRM
) -> tuple[int, int]:
    """Put days into the calendar; a kind of None takes one out. How many were new or other, and how many unchanged.

    All of them are one version.
    """
    changes: list[Change] = []
    kept = {
        row.day: row for row in await session.scalars(select(CalendarDayRow).where(CalendarDayRow.source == source))
    }
    for day, kind, name in days:
        row = kept.get(day)
        before = await states.state_of(session, "day", row) if row is not None else None
        if kind is None and row is not None:
            await session.delete(row)
            kept.pop(day)
        elif kind is not None:
            if row is None:
                row = kept[day] = CalendarDayRow(day=day, source=source)
                session.add(row)
            row.kind, row.name = kind.value, storable(name)[:100]
        after = None if kind is None or row is None else await states.state_of(session, "day", row)
        if before != after:
            changes.append(("day", f"{day.isoformat()} {source}", before, after))
    await session.flush()
    if changes:
        await record(session, changes)
    return len(changes), len(days) - len(changes)


def check_waiting(waiting: Waiting) -> None:
    """Whether a caller can hear this: only so many music classes are made.

    Raises:
        Invalid: the seconds or the language.
    """
    if waiting.seconds not in WAITING_SECONDS:
        raise Invalid(f"waiting_seconds: one of {', '.join(map(str, WAITING_SECONDS))}")
    if waiting.language not in WAITING_LANGUAGES:
        raise Invalid(f"waiting_language: one of {', '.join(WAITING_LANGUAGES)}")


def _set_waiting(row: ServiceRow, waiting: Waiting | Literal["kept", "inherited"]) -> None:
    if isinstance(waiting, Waiting):
        row.waiting, row.waiting_seconds = waiting.kind.value, waiting.seconds
        row.waiting_language, row.waiting_answered = waiting.language, waiting.answered
    elif waiting == "inherited" or row.waiting is None:  # a new row has no default before it is stored
        row.waiting, row.waiting_seconds, row.waiting_language, row.waiting_answered = "", None, "", False


def check_span(starts: datetime, ends: datetime) -> None:
    """Two instants that make a time between them.

    Raises:
        Invalid: one has no zone, or they are in the wrong order.
    """
    if starts.tzinfo is None or ends.tzinfo is None:
        raise Invalid("starts, ends: give a time zone, like 2026-11-23T09:00+08:00")
    if ends <= starts:
        raise Invalid("ends: must be later than starts")


def _coded(code: str) -> None:
    if not _CODE.match(code):
        raise Invalid("code: 1 to 40 letters, digits, '.', '_' or '-'")
