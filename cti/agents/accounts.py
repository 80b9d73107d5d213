"""Log-ins as an office works with them: who has one, with which role; opened, closed, given a new password.

Every change is noted in the log of changes, never with a password or its hash. Functions commit nothing. Must not know
HTTP, or who may do what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import logins
from cti.agents.changes import record
from cti.agents.people import get_agent
from cti.agents.states import State
from cti.agents.tables import LoginRow, SessionRow
from cti.errors import Invalid, NotFound

SUBJECT = "login"
"""In the log of changes. It is no part of routing: no roll-back touches it."""


@dataclass(frozen=True, slots=True)
class Account:
    """A log-in without its secret. `sessions` are open now; `since` is when the newest of them began (UTC)."""

    login: str
    role: str
    agent: str | None
    active: bool
    sessions: int
    since: datetime | None


async def list_accounts(session: AsyncSession) -> list[Account]:
    """Every log-in, in order. Tokens of programs count as sessions."""
    opened = (
        select(SessionRow.login, func.count().label("count"), func.max(SessionRow.created).label("since"))
        .group_by(SessionRow.login)
        .subquery()
    )
    rows = await session.execute(
        select(LoginRow, opened.c.count, opened.c.since)
        .outerjoin(opened, opened.c.login == LoginRow.login)
        .order_by(LoginRow.login)
    )
    return [Account(r.login, r.role, r.agent_code, r.active, count or 0, since) for r, count, since in rows]


async def get_account(session: AsyncSession, login: str) -> Account:
    """One log-in.

    Raises:
        NotFound: there is none.
    """
    key = logins.login_key(login)
    found = next((one for one in await list_accounts(session) if one.login == key), None)
    if found is None:
        raise NotFound(f"there is no login {key[:100]}")
    return found


async def add_account(
    session: AsyncSession, login: str, password: str, role: str = "agent", agent: str | None = None
) -> Account:
    """Make a log-in; `agent` is the code of who uses it.

    Raises:
        Invalid: login, role or password. Refused: it exists. NotFound: no such agent.
    """
    code = (await get_agent(session, agent)).code if agent else None
    made = await logins.add_login(session, login, password, role, code)
    await record(session, [(SUBJECT, made.login, None, _state(role, code, True))])
    return await get_account(session, made.login)


async def set_account(
    session: AsyncSession,
    login: str,
    *,
    role: str | None = None,
    agent: str | None = None,
    active: bool | None = None,
) -> Account:
    """Change what is given; `agent` of "" is nobody. Closing ends its sessions at once.

    Raises:
        NotFound: no such log-in or agent. Invalid: the role. Refused: nobody could administer any more.
    """
    row = await _row(session, login)
    before, administer = _state(row.role, row.agent_code, row.active), await logins.administrators(session)
    if role is not None:
        if role not in logins.ROLES:
            raise Invalid(f"role: one of {', '.join(logins.ROLES)}")
        row.role = role
    if agent is not None:
        row.agent_code = (await get_agent(session, agent)).code if agent else None
    if active is not None:
        row.active = active
        if not active:
            await session.execute(delete(SessionRow).where(SessionRow.login == row.login))
    await session.flush()
    await logins.keep_an_administrator(session, administer)
    await record(session, [(SUBJECT, row.login, before, _state(row.role, row.agent_code, row.active))])
    return await get_account(session, row.login)


async def reset_password(session: AsyncSession, login: str, password: str, keep: str = "") -> Account:
    """Give a new password; every session of the log-in ends, but the one whose token is `keep`.

    Raises:
        NotFound: no such log-in. Invalid: too short or too long.
    """
    row = await _row(session, login)
    await logins.set_password(session, row.login, password, keep)
    state = _state(row.role, row.agent_code, row.active)
    await record(session, [(SUBJECT, row.login, state, {**state, "password": "changed"})])
    return await get_account(session, row.login)


async def _row(session: AsyncSession, login: str) -> LoginRow:
    key = logins.login_key(login)[:100]
    row = await session.get(LoginRow, key) if key.isprintable() else None
    if row is None:
        raise NotFound(f"there is no login {key}")
    return row


def _state(role: str, agent: str | None, active: bool) -> State:
    return {"role": role, "agent": agent, "active": active}
