"""Log-ins: who has one, with which role; for managers. Nobody gives a right that they do not have.

Must not know how passwords are kept, and never shows one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import accounts
from cti.agents.accounts import SUBJECT, Account
from cti.agents.expecting import versions_of
from cti.agents.logins import login_key
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.web.changing import Changed, Version, change
from cti.web.operations import RANKS, Access, Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()

Work = Callable[[AsyncSession, str], Awaitable[Account]]


class AccountAnswer(Answer):
    """A log-in. `sessions` are open now, programs' tokens included; `since` is when the newest began (UTC)."""

    login: str
    role: str
    agent: str | None
    active: bool
    sessions: int
    since: datetime | None
    version: int


class NewAccount(Body):
    """A new log-in; `agent` is the code of who uses it."""

    login: str
    password: str
    role: str = "agent"
    agent: str | None = None


class AccountChange(Version):
    """What is not named stays; an `agent` of "" is nobody."""

    role: str | None = None
    agent: str | None = None
    active: bool | None = None


class NewPassword(Version):
    """A new password; every session of the log-in ends."""

    password: str


@operations.route("GET", "/logins", answer=list[AccountAnswer])
async def list_logins(asked: Asked) -> list[AccountAnswer]:
    """Every log-in; for managers, administrators and auditors."""
    if asked.who.role != "auditor" and RANKS.get(asked.who.role, Access.PUBLIC) < Access.MANAGER:
        raise Forbidden("this needs the role manager or higher")
    async with asked.services.store.session() as session:
        versions = await versions_of(session, SUBJECT)
        return [
            AccountAnswer(
                login=one.login,
                role=one.role,
                agent=one.agent,
                active=one.active,
                sessions=one.sessions,
                since=one.since,
                version=versions.get(one.login, 0),
            )
            for one in await accounts.list_accounts(session)
        ]


@operations.route("POST", "/logins", body=NewAccount, answer=Changed, access=Access.MANAGER, status=201)
async def add_login(asked: Asked) -> Changed:
    """Make a log-in."""
    body: NewAccount = asked.body
    may_give(asked, body.role)

    async def work(session: AsyncSession) -> str:
        made = await accounts.add_account(session, body.login, body.password, body.role, body.agent or None)
        note_change(asked, session, "login.added", made.login, {"role": body.role, "agent": body.agent})
        return made.login

    return await change(asked, SUBJECT, login_key(body.login), None, work)


@operations.route("PATCH", "/logins/{login}", body=AccountChange, answer=Changed, access=Access.MANAGER)
async def set_login(asked: Asked) -> Changed:
    """Change a log-in's role or agent, open it or close it; closing ends its sessions at once."""
    body: AccountChange = asked.body
    if body.role is not None:
        may_give(asked, body.role)

    async def work(session: AsyncSession, login: str) -> Account:
        return await accounts.set_account(session, login, role=body.role, agent=body.agent, active=body.active)

    return await _changed(asked, work)


@operations.route("PUT", "/logins/{login}/password", body=NewPassword, answer=Changed, access=Access.MANAGER)
async def set_password(asked: Asked) -> Changed:
    """Give a log-in a new password; every session of it ends."""
    return await _changed(asked, lambda session, login: accounts.reset_password(session, login, asked.body.password))


def may_give(asked: Asked, role: str) -> None:
    """Whether the person asking may give a role, or change a log-in that has it.

    Raises:
        Forbidden: it is above their own.
    """
    if RANKS.get(role, Access.PUBLIC) > RANKS.get(asked.who.role, Access.PUBLIC):
        raise Forbidden("only an administrator may give the role admin, or change an administrator's login")


async def may_close_person(asked: Asked, session: AsyncSession, agent: str) -> None:
    """Whether the person asking may say that somebody has left: that closes this person's log-ins.

    Raises:
        Forbidden: one of them is above their own.
    """
    for account in await accounts.list_accounts(session):
        if account.agent == agent and account.active:
            may_give(asked, account.role)


async def _changed(asked: Asked, work: Work) -> Changed:
    key = login_key(asked.path("login"))

    async def checked(session: AsyncSession) -> str:
        may_give(asked, (await accounts.get_account(session, key)).role)
        changed = {
            name: value for name, value in asked.body if name not in {"version", "password"} and value is not None
        }
        note_change(asked, session, "login.changed", key, changed or {"password": "changed"})
        return (await work(session, key)).login

    answer = await change(asked, SUBJECT, key, asked.body.version, checked)
    # Their pages ask anew who they are: with other rights, or not at all.
    asked.services.hub.drop(key)
    asked.services.walls.hub.drop(key)
    return answer


def note_change(asked: Asked, session: AsyncSession, action: str, login: str, after: dict[str, Any]) -> None:
    """A change of a log-in, in the audit too: who gave whom which rights. Never a password."""
    who = asked.who
    entry = Entry(action=action, actor=who.login, agent=who.agent, subject="login", subject_id=login[:150], after=after)
    record(session, entry, asked.services.now())
