"""Everything that is configured about routing, thing by thing: read as plain values, written back from them.

The one place that knows which columns are configuration: a person's presence and a phone's password are not, so no
change of them is a version and no roll-back touches them. Must not know who changes what, or whether it is sensible.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.tables import (
    AgentRow,
    CalendarDayRow,
    DutyRow,
    GroupMemberRow,
    GroupRow,
    HoursRow,
    LeaveRow,
    NumberRow,
    ServiceRow,
    ServiceTeamRow,
    TierRow,
)
from cti.store.base import UtcDateTime

State = dict[str, Any]

SUBJECTS: Mapping[str, tuple[type[Any], str]] = {
    "agent": (AgentRow, "code"),
    "group": (GroupRow, "code"),
    "hours": (HoursRow, "code"),
    "service": (ServiceRow, "code"),
    "number": (NumberRow, "e164"),
    "tier": (TierRow, "tier"),
    "day": (CalendarDayRow, "day"),
    "leave": (LeaveRow, "id"),
    "duty": (DutyRow, "id"),
}
"""What there is, in an order in which each may refer only to those before it, and the column that names one."""

_NOT_CONFIGURED = {"id", "presence", "presence_reason", "presence_since", "presence_until", "phone_secret"}


async def find(session: AsyncSession, subject: str, key: str) -> Any | None:
    """The row of one thing. A day's key is `2026-02-08 firm`."""
    table, column = SUBJECTS[subject]
    statement = select(table)
    if subject == "day":
        day, _, source = key.partition(" ")
        statement = statement.where(CalendarDayRow.day == date.fromisoformat(day), CalendarDayRow.source == source)
    else:
        statement = statement.where(getattr(table, column) == (int(key) if column == "id" else key))
    return (await session.scalars(statement)).one_or_none()


async def read(session: AsyncSession, subject: str, key: str) -> State | None:
    """What is configured of one thing now, as JSON knows values; None when there is no such thing."""
    row = await find(session, subject, key)
    return None if row is None else await state_of(session, subject, row)


async def state_of(session: AsyncSession, subject: str, row: Any) -> State:
    """A row's configured columns, and what belongs to it in other tables."""
    columns = row.__table__.columns
    state: State = {column.name: _plain(getattr(row, column.name)) for column in columns if _is_configured(column.name)}
    if subject == "group":
        members = select(GroupMemberRow.agent_code).where(GroupMemberRow.group_code == row.code)
        state["members"] = list(await session.scalars(members.order_by(GroupMemberRow.position, GroupMemberRow.id)))
    elif subject == "service":
        teams = select(ServiceTeamRow).where(ServiceTeamRow.service_code == row.code).order_by(ServiceTeamRow.id)
        state["teams"] = [[one.tier, one.kind, one.group_code] for one in await session.scalars(teams)]
    return state


async def read_all(session: AsyncSession, subject: str) -> dict[str, State]:
    """Every thing of a subject by key, in the order of keys."""
    table, column = SUBJECTS[subject]
    rows = (await session.scalars(select(table).order_by(getattr(table, column)))).all()
    return {_key(subject, row): await state_of(session, subject, row) for row in rows}


async def write(session: AsyncSession, subject: str, key: str, state: State | None) -> str:
    """Make one thing as `state` says; None takes it away. An agent is never taken away, only made inactive.

    Returns its key: leave and duties that come back are numbered anew.
    """
    table, _ = SUBJECTS[subject]
    row = await find(session, subject, key)
    if state is None:
        if row is not None and subject == "agent":
            row.active = False
        elif row is not None:
            await _empty(session, subject, row)
            await session.delete(row)
        await session.flush()
        return key
    values = {name: _value(table, name, value) for name, value in state.items() if name not in {"members", "teams"}}
    if row is None:
        row = table(**values)
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    await session.flush()
    await _empty(session, subject, row)
    session.add_all(
        GroupMemberRow(group_code=row.code, agent_code=agent, position=place)
        for place, agent in enumerate(state.get("members", ()))
    )
    session.add_all(
        ServiceTeamRow(service_code=row.code, tier=tier, kind=kind, group_code=group)
        for tier, kind, group in state.get("teams", ())
    )
    await session.flush()
    return str(row.id) if SUBJECTS[subject][1] == "id" else key


def _key(subject: str, row: Any) -> str:
    return f"{row.day.isoformat()} {row.source}" if subject == "day" else str(getattr(row, SUBJECTS[subject][1]))


async def _empty(session: AsyncSession, subject: str, row: Any) -> None:
    if subject == "group":
        await session.execute(delete(GroupMemberRow).where(GroupMemberRow.group_code == row.code))
    elif subject == "service":
        await session.execute(delete(ServiceTeamRow).where(ServiceTeamRow.service_code == row.code))


def _is_configured(column: str) -> bool:
    return column not in _NOT_CONFIGURED


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _value(table: type[Any], name: str, value: Any) -> Any:
    kind = table.__table__.columns[name].type
    if value is not None and isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if value is not None and isinstance(kind, Date):
        return date.fromisoformat(value)
    return value
