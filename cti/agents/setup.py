"""A person set up whole, in one change: phones and deputy, direct number, groups, log-in.

Each part is changed by the function that changes it alone, so that it is checked and refused in the same words. Must
not know screens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import people
from cti.agents.accounts import add_account
from cti.agents.dialling import dialled_key
from cti.agents.removal import remove
from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow, NumberRow
from cti.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A log-in for a new person."""

    login: str
    password: str
    role: str = "agent"


async def set_up(
    session: AsyncSession,
    code: str,
    fields: dict[str, Any],
    *,
    new: bool,
    direct: str | None = None,
    groups: Sequence[str] | None = None,
    login: NewLogin | None = None,
) -> AgentRow:
    """Add or change an agent and what belongs to them. What is None stays; `direct` of "" takes the number away.

    Raises:
        NotFound, Invalid, Refused: as the functions that change each part.
    """
    if new:
        rest = {name: value for name, value in fields.items() if name != "name"}
        row = await people.add_agent(session, code, fields.get("name", ""), **rest)
    else:
        row = await people.get_agent(session, code)
        if fields:
            row = await people.set_agent(session, code, **fields)
    if groups is not None:
        await _join(session, row.code, groups)
    if direct is not None:
        await _direct(session, row, direct)
    if login is not None:
        await add_account(session, login.login, login.password, login.role, row.code)
    return row


async def direct_numbers(session: AsyncSession, code: str) -> list[str]:
    """The direct numbers of an agent, E.164, in order."""
    statement = select(NumberRow.e164).where(NumberRow.agent_code == code).order_by(NumberRow.e164)
    return list(await session.scalars(statement))


async def groups_of(session: AsyncSession, code: str) -> list[str]:
    """Codes of the groups an agent belongs to."""
    statement = select(GroupMemberRow.group_code).where(GroupMemberRow.agent_code == code)
    return sorted(await session.scalars(statement))


async def _direct(session: AsyncSession, row: AgentRow, number: str) -> None:
    held = await direct_numbers(session, row.code)
    key = dialled_key(number)
    if number and [key] == held:
        return
    taken = await session.get(NumberRow, key) if key else None
    if number and taken is not None and taken.agent_code != row.code:
        holder = f"agent {taken.agent_code}" if taken.agent_code else "the firm"
        raise Refused(f"direct: {key} belongs to {holder} already; change it there first")
    if number:
        await people.set_number(session, number, label=taken.label if taken else row.name, agent=row.code)
    for one in held:
        if one != key:
            await remove(session, "number", one)


async def _join(session: AsyncSession, code: str, wanted: Sequence[str]) -> None:
    """Only this agent comes or goes; the others stay, in their order."""
    present = set(await groups_of(session, code))
    # First into the new ones: a group left by its only member would be refused, even when nobody is worse off.
    for group in [*sorted(set(wanted) - present), *sorted(present - set(wanted))]:
        row = await session.get(GroupRow, group)
        if row is None:
            raise NotFound(f"there is no group {group[:40]}")
        statement = select(GroupMemberRow.agent_code).where(GroupMemberRow.group_code == group)
        members = list(await session.scalars(statement.order_by(GroupMemberRow.position, GroupMemberRow.id)))
        changed = [one for one in members if one != code] if code in members else [*members, code]
        await people.set_group(session, group, row.name, changed, row.seconds)
