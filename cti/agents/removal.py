"""Takes a number, group, service, hours or a tier's rule out of routing, unless something still stands on it.

Must not know screens. An agent is never taken out, only made inactive.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import states
from cti.agents.changes import changing
from cti.agents.dialling import dialled_key
from cti.agents.tables import DutyRow, NumberRow, ServiceRow, ServiceTeamRow
from cti.errors import NotFound, Refused
from cti.store.base import storable

REMOVABLE = ("number", "service", "group", "hours", "tier")


async def remove(session: AsyncSession, subject: str, key: str) -> None:
    """Take one thing of `REMOVABLE` away; a number may be given in any form.

    Raises:
        NotFound: there is none. Refused: something still uses it, or callers would be left without an answer.
    """
    found = dialled_key(key) if subject == "number" else storable(key)
    if await states.find(session, subject, found) is None:
        raise NotFound(f"there is no {subject} {key[:40]}")
    users = await _users(session, subject, found)
    if users:
        raise Refused(f"{subject} {found} is still used by {', '.join(users[:5])}; change that first")
    async with changing(session, subject, found):
        await states.write(session, subject, found, None)


async def _users(session: AsyncSession, subject: str, key: str) -> list[str]:
    """What refers to a thing, as `service sales`."""
    if subject == "group":
        s = ServiceRow
        holds = (s.group_code == key) | (s.closed_group == key) | (s.overflow_group == key)
        return [
            *await _named(session, "number", NumberRow.e164, NumberRow.group_code == key),
            *await _named(session, "service", s.code, holds),
            *await _named(session, "service", ServiceTeamRow.service_code, ServiceTeamRow.group_code == key),
            *await _named(session, "duty", DutyRow.id, DutyRow.group_code == key),
        ]
    if subject == "service":
        return await _named(session, "number", NumberRow.e164, NumberRow.service_code == key)
    if subject == "hours":
        return await _named(session, "service", ServiceRow.code, ServiceRow.hours_code == key)
    return []


async def _named(session: AsyncSession, subject: str, column: Any, condition: ColumnElement[bool]) -> list[str]:
    found = await session.scalars(select(column).where(condition).distinct().order_by(column))
    return [f"{subject} {one}" for one in found]
