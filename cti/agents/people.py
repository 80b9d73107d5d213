"""Agents as people work with them: list, add, change, leave, presence, groups, the firm's numbers.

Every change is checked, logged and counted in one transaction (`cti.agents.changes`), so that it routes within a
second. Functions commit nothing. Must not know screens or who may do what.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import presences, states
from cti.agents.changes import act_as, changing, mobile_countries, record, refuse_new
from cti.agents.dialling import dialled_key
from cti.agents.directory import build_directory
from cti.agents.fields import (
    CAN_SILENCE,
    CHANGEABLE,
    CODE,
    PRESENCES,
    checked_fields,
    deputy_code,
    ring_seconds,
    rings_somewhere,
    text_of,
)
from cti.agents.logins import administrators, keep_an_administrator
from cti.agents.services import check_span
from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow, LeaveRow, NumberRow, ServiceRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable
from routing.check import problems

__all__ = [
    "CHANGEABLE",
    "PRESENCES",
    "act_as",
    "add_agent",
    "add_leave",
    "get_active",
    "get_agent",
    "list_agents",
    "list_leaves",
    "mobile_countries",
    "remove_leave",
    "set_agent",
    "set_group",
    "set_number",
    "set_presence",
]


async def list_agents(session: AsyncSession, *, active_only: bool = False) -> list[AgentRow]:
    """Every agent in the order of codes."""
    statement = select(AgentRow).order_by(AgentRow.code)
    return list(await session.scalars(statement.where(AgentRow.active) if active_only else statement))


async def get_agent(session: AsyncSession, code: str) -> AgentRow:
    """One agent.

    Raises:
        NotFound: there is none of this code.
    """
    row = await session.scalar(select(AgentRow).where(AgentRow.code == storable(code)))
    if row is None:
        raise NotFound(f"there is no agent {code[:40]}; `ringward agent list` shows those there are")
    return row


async def get_active(session: AsyncSession, code: str) -> AgentRow:
    """An agent who takes calls.

    Raises:
        NotFound: there is none of this code, or they have left.
    """
    row = await get_agent(session, code)
    if not row.active:
        raise NotFound(f"there is no agent {code[:40]}; `ringward agent list` shows those there are")
    return row


async def add_agent(session: AsyncSession, code: str, name: str, /, **fields: Any) -> AgentRow:
    """Add an agent; `fields` are any of `CHANGEABLE`. A desk phone without a secret is given one.

    Raises:
        Invalid: a field is wrong. Refused: code or extension is taken. NotFound: the deputy does not exist.
    """
    if not CODE.match(code):
        raise Invalid("code: 1 to 40 letters, digits, '.', '_' or '-'")
    if await session.scalar(select(AgentRow.id).where(AgentRow.code == code)) is not None:
        raise Refused(f"agent {code} exists already; change it instead")
    async with changing(session, "agent", code, check=False):
        row = AgentRow(code=code, **await checked_fields(session, code, {"name": name, **fields}))
        if row.extension and not row.phone_secret:
            row.phone_secret = secrets.token_urlsafe(18)
        session.add(row)
        await session.flush()
        rings_somewhere(row)
    return row


async def set_agent(session: AsyncSession, code: str, /, **changes: Any) -> AgentRow:
    """Change any of `CHANGEABLE`; what is not named stays. A mobile may be given in any form.

    Raises:
        NotFound: the agent or the deputy does not exist. Invalid: a field is wrong.
        Refused: the extension is taken, callers would be left without an answer, or nobody could administer any more.
    """
    row = await get_agent(session, code)
    administer = await administrators(session)
    if "presence" in changes:
        await presences.say(session, row.code, str(changes.pop("presence")), at=datetime.now(UTC))
        if not changes:
            return row
    checked = await checked_fields(session, row.code, changes)
    async with changing(session, "agent", row.code, check=bool(CAN_SILENCE & checked.keys())):
        for field, value in checked.items():
            setattr(row, field, value)
        if row.extension and not row.phone_secret:
            row.phone_secret = secrets.token_urlsafe(18)
        rings_somewhere(row)
    await keep_an_administrator(session, administer)
    return row


async def set_presence(session: AsyncSession, code: str, presence: str) -> AgentRow:
    """What the person says of themselves: `available`, `away` or `dnd`, from now on (`presences.say` knows more).

    Raises:
        NotFound: no such agent. Invalid: an unknown presence.
    """
    return await set_agent(session, code, presence=presence)


async def add_leave(
    session: AsyncSession, code: str, starts: datetime, ends: datetime, deputy: str | None = None
) -> LeaveRow:
    """Note an absence from `starts` up to, not including, `ends` (aware); `deputy` overrides the usual one.

    Raises:
        NotFound: no such agent or deputy. Invalid: it ends before it starts, or a time has no zone.
        Refused: everyone along the deputies would be away, in a ring.
    """
    agent = await get_agent(session, code)
    check_span(starts, ends)
    faults = problems((await build_directory(session))[1])
    row = LeaveRow(
        agent_code=agent.code, starts=starts, ends=ends, deputy=await deputy_code(session, agent.code, deputy)
    )
    session.add(row)
    await session.flush()
    await refuse_new(session, faults)
    await record(session, [("leave", str(row.id), None, await states.state_of(session, "leave", row))])
    return row


async def list_leaves(
    session: AsyncSession, code: str | None = None, ending_after: datetime | None = None
) -> list[LeaveRow]:
    """Absences in the order in which they start; of one agent, or only those that end after an aware instant."""
    statement = select(LeaveRow).order_by(LeaveRow.starts, LeaveRow.id)
    if code is not None:
        statement = statement.where(LeaveRow.agent_code == storable(code))
    if ending_after is not None:
        statement = statement.where(LeaveRow.ends > ending_after)
    return list(await session.scalars(statement))


async def remove_leave(session: AsyncSession, leave_id: int) -> None:
    """Take an absence back.

    Raises:
        NotFound: there is none of this id.
    """
    row = await session.get(LeaveRow, leave_id) if 0 < leave_id < 2**31 else None
    if row is None:
        raise NotFound(f"there is no leave {leave_id}")
    async with changing(session, "leave", str(leave_id), check=False):
        await session.delete(row)


async def set_group(session: AsyncSession, code: str, name: str, members: Sequence[str], seconds: int = 30) -> GroupRow:
    """Make or change a group: who rings together, listed in this order, for how long.

    Raises:
        Invalid: code or seconds. NotFound: a member does not exist. Refused: none of the members has a phone.
    """
    if not CODE.match(code):
        raise Invalid("code: 1 to 40 letters, digits, '.', '_' or '-'")
    agents = [(await get_agent(session, member)).code for member in dict.fromkeys(members)]
    shown, rings = text_of("name", name, 100, needed=True), ring_seconds("seconds", seconds)
    async with changing(session, "group", code):
        row = await session.get(GroupRow, code)
        if row is None:
            row = GroupRow(code=code)
            session.add(row)
        row.name, row.seconds = shown, rings
        await session.flush()
        await session.execute(delete(GroupMemberRow).where(GroupMemberRow.group_code == code))
        session.add_all(
            GroupMemberRow(group_code=code, agent_code=agent, position=position)
            for position, agent in enumerate(agents)
        )
    return row


async def set_number(
    session: AsyncSession,
    number: str,
    *,
    label: str = "",
    agent: str | None = None,
    group: str | None = None,
    service: str | None = None,
) -> NumberRow:
    """Make or change a number of the firm, given in any form: an agent's direct number, or a group's or service's.

    Raises:
        Invalid: no number. NotFound: agent, group or service does not exist. Refused: it would ring nobody.
    """
    key = dialled_key(number)
    if not key.startswith("+") or not 6 <= len(key) <= 20:
        raise Invalid(f"number: {number[:40]!r} is no telephone number; write it like 02-5550-1000")
    if agent is not None:
        await get_agent(session, agent)
    if group is not None and await session.get(GroupRow, storable(group)) is None:
        raise NotFound(f"there is no group {group[:40]}")
    if service is not None and await session.get(ServiceRow, storable(service)) is None:
        raise NotFound(f"there is no service {service[:40]}; make it with `ringward route service`")
    text = text_of("label", label, 100)
    async with changing(session, "number", key):
        row = await session.get(NumberRow, key)
        if row is None:
            row = NumberRow(e164=key)
            session.add(row)
        row.label, row.agent_code, row.group_code, row.service_code = text, agent, group, service
    return row
