"""Agents as people work with them: list, add, change, leave, presence, groups, the firm's numbers.

Every change counts the `directory` revision up in the same transaction, so that it routes within a second. Functions
commit nothing. Must not know screens or who may do what.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.dialling import dialled_key, is_taiwan_mobile
from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow, LeaveRow, NumberRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable
from cti.store.revisions import DIRECTORY, bump
from routing.numbering import EMERGENCY_NUMBERS

PRESENCES = ("available", "away", "dnd")
LONGEST_RING = 120
"""Seconds. Carriers give up on a leg after about that; a caller long before."""

CHANGEABLE = frozenset(
    (
        "name",
        "nickname",
        "department",
        "extension",
        "mobile",
        "deputy",
        "desk_seconds",
        "mobile_seconds",
        "deputy_seconds",
        "presence",
        "phone_secret",
        "active",
    )
)

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")
"""What can travel in a plan (routing/wire.py)."""

_EXTENSION = re.compile(r"[0-9]{2,10}\Z")


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


async def add_agent(session: AsyncSession, code: str, name: str, /, **fields: Any) -> AgentRow:
    """Add an agent; `fields` are any of `CHANGEABLE`. A desk phone without a secret is given one.

    Raises:
        Invalid: a field is wrong. Refused: code or extension is taken. NotFound: the deputy does not exist.
    """
    if not _CODE.match(code):
        raise Invalid("code: 1 to 40 letters, digits, '.', '_' or '-'")
    if await session.scalar(select(AgentRow.id).where(AgentRow.code == code)) is not None:
        raise Refused(f"agent {code} exists already; change it instead")
    row = AgentRow(code=code, **await _checked(session, code, {"name": name, **fields}))
    if row.extension and not row.phone_secret:
        row.phone_secret = secrets.token_urlsafe(18)
    session.add(row)
    await _changed(session)
    return row


async def set_agent(session: AsyncSession, code: str, /, **changes: Any) -> AgentRow:
    """Change any of `CHANGEABLE`; what is not named stays. A mobile may be given in any form.

    Raises:
        NotFound: the agent or the deputy does not exist. Invalid: a field is wrong. Refused: the extension is taken.
    """
    row = await get_agent(session, code)
    for field, value in (await _checked(session, row.code, changes)).items():
        setattr(row, field, value)
    await _changed(session)
    return row


async def set_presence(session: AsyncSession, code: str, presence: str) -> AgentRow:
    """What the person set by hand: `available`, `away` or `dnd`. Only `dnd` keeps the phone from ringing.

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
    """
    agent = await get_agent(session, code)
    if starts.tzinfo is None or ends.tzinfo is None:
        raise Invalid("starts, ends: give a time zone, like 2026-11-23T09:00+08:00")
    if ends <= starts:
        raise Invalid("ends: must be later than starts")
    row = LeaveRow(agent_code=agent.code, starts=starts, ends=ends, deputy=await _deputy(session, agent.code, deputy))
    session.add(row)
    await _changed(session)
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
    await session.delete(row)
    await _changed(session)


async def set_group(session: AsyncSession, code: str, name: str, members: Sequence[str], seconds: int = 30) -> GroupRow:
    """Make or change a group: who rings together, listed in this order, for how long.

    Raises:
        Invalid: code or seconds. NotFound: a member does not exist.
    """
    if not _CODE.match(code):
        raise Invalid("code: 1 to 40 letters, digits, '.', '_' or '-'")
    agents = [(await get_agent(session, member)).code for member in dict.fromkeys(members)]
    row = await session.get(GroupRow, code)
    if row is None:
        row = GroupRow(code=code)
        session.add(row)
    row.name, row.seconds = _text("name", name, 100, needed=True), _seconds("seconds", seconds)
    await session.flush()
    await session.execute(delete(GroupMemberRow).where(GroupMemberRow.group_code == code))
    session.add_all(
        GroupMemberRow(group_code=code, agent_code=agent, position=position) for position, agent in enumerate(agents)
    )
    await _changed(session)
    return row


async def set_number(
    session: AsyncSession, number: str, *, label: str = "", agent: str | None = None, group: str | None = None
) -> NumberRow:
    """Make or change a number of the firm, given in any form: an agent's direct number, or one a group answers.

    Raises:
        Invalid: no number. NotFound: agent or group does not exist.
    """
    key = dialled_key(number)
    if not key.startswith("+") or not 6 <= len(key) <= 20:
        raise Invalid(f"number: {number[:40]!r} is no telephone number; write it like 02-5550-1000")
    if agent is not None:
        await get_agent(session, agent)
    if group is not None and await session.get(GroupRow, storable(group)) is None:
        raise NotFound(f"there is no group {group[:40]}")
    row = await session.get(NumberRow, key)
    if row is None:
        row = NumberRow(e164=key)
        session.add(row)
    row.label, row.agent_code, row.group_code = _text("label", label, 100), agent, group
    await _changed(session)
    return row


async def _checked(session: AsyncSession, code: str, fields: dict[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - CHANGEABLE
    if unknown:
        raise Invalid(f"{', '.join(sorted(unknown))}: no such field; there are {', '.join(sorted(CHANGEABLE))}")
    checked: dict[str, Any] = {}
    for field, value in fields.items():
        if field == "extension":
            checked[field] = await _extension(session, code, value)
        elif field == "mobile":
            checked[field] = _mobile(value)
        elif field == "deputy":
            checked[field] = await _deputy(session, code, value)
        elif field.endswith("_seconds"):
            checked[field] = _seconds(field, value)
        elif field == "active":
            checked[field] = bool(value)
        elif field == "presence" and value not in PRESENCES:
            raise Invalid(f"presence: one of {', '.join(PRESENCES)}")
        else:
            checked[field] = _text(field, value, _longest(field), needed=field == "name")
    return checked


async def _extension(session: AsyncSession, code: str, value: str | None) -> str | None:
    if not value:
        return None
    if not _EXTENSION.match(value):
        raise Invalid("extension: 2 to 10 digits")
    if value in EMERGENCY_NUMBERS:
        raise Invalid(f"extension: {value} is an emergency number, and must stay one on every desk")
    holder = await session.scalar(select(AgentRow.code).where(AgentRow.extension == value, AgentRow.code != code))
    if holder is not None:
        raise Refused(f"extension {value} is agent {holder}'s; give it up there first")
    return value


async def _deputy(session: AsyncSession, code: str, value: str | None) -> str | None:
    if not value:
        return None
    if value == code:
        raise Invalid("deputy: nobody is their own deputy")
    return (await get_agent(session, value)).code


def _mobile(value: str | None) -> str | None:
    if not value:
        return None
    key = dialled_key(value)
    taiwanese = key.startswith("+886")
    if is_taiwan_mobile(key) or (not taiwanese and key.startswith("+") and 9 <= len(key) <= 16):
        return key
    raise Invalid(f"mobile: {value[:40]!r} is no mobile number; write it like 0900-000-101 or +852 9123 4567")


def _seconds(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_RING:
        raise Invalid(f"{field}: whole seconds from 1 to {LONGEST_RING}")
    return value


def _text(field: str, value: Any, longest: int, *, needed: bool = False) -> str:
    text = " ".join(storable(str(value or "")).split())
    if needed and not text:
        raise Invalid(f"{field}: must not be empty")
    if len(text) > longest:
        raise Invalid(f"{field}: at most {longest} characters")
    return text


def _longest(field: str) -> int:
    kind = AgentRow.__table__.c[field].type
    assert isinstance(kind, String)
    assert kind.length is not None
    return kind.length


async def _changed(session: AsyncSession) -> None:
    await session.flush()
    await bump(session, DIRECTORY)
