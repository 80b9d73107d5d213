"""`ringward login`: who may log in, and as what."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import accounts, people
from cti.agents.accounts import Account
from cti.agents.logins import create_api_token
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.wording import code_text

app = typer.Typer(help="Who may log in, and as what.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="The log-in.")]
Role = Annotated[str, typer.Option(help="agent, lead, manager, admin or auditor.")]


@app.command("list")
def list_logins(context: typer.Context, as_json: AsJson = False) -> None:
    """Every log-in, with its role and whose it is."""
    terminal = terminal_of(context)
    _show(terminal, terminal.run(_all(terminal)), as_json)


@app.command("add")
def add_login(
    context: typer.Context,
    login: Login,
    role: Role = "agent",
    agent: Annotated[str | None, typer.Option(help="Code of the agent who uses it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a log-in. The password is asked for, or read from what is piped in."""
    password = _password()

    async def work(session: AsyncSession) -> Account:
        return await accounts.add_account(session, login, password, role, agent)

    _change(terminal_of(context), work, as_json)


@app.command("set")
def set_login(
    context: typer.Context,
    login: Login,
    role: Annotated[str | None, typer.Option(help="agent, lead, manager, admin or auditor.")] = None,
    agent: Annotated[str | None, typer.Option(help="Code of the agent who uses it; '' for nobody.")] = None,
    active: Annotated[bool | None, typer.Option("--open/--close", help="Closing ends its sessions at once.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is named; the rest stays."""
    if role is None and agent is None and active is None:
        raise typer.BadParameter("say what to change, like --role lead or --close")

    async def work(session: AsyncSession) -> Account:
        return await accounts.set_account(session, login, role=role, agent=agent, active=active)

    _change(terminal_of(context), work, as_json)


@app.command("password")
def set_password(context: typer.Context, login: Login, as_json: AsJson = False) -> None:
    """Give a new password, asked for or piped in. Every session of the log-in ends."""
    password = _password()

    async def work(session: AsyncSession) -> Account:
        return await accounts.reset_password(session, login, password)

    _change(terminal_of(context), work, as_json)


def _password() -> str:
    """Never an argument: those stand in the shell's history and in every list of processes."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


@app.command("token")
def make_token(
    context: typer.Context,
    login: Login,
    label: Annotated[str, typer.Argument(help="Which program it is for; the same label replaces its earlier token.")],
) -> None:
    """A token for a program, printed once and kept nowhere. It may do what the log-in may."""
    terminal = terminal_of(context)
    terminal.line(terminal.run(_token(terminal, login, label)))


async def _token(terminal: Terminal, login: str, label: str) -> str:
    async with terminal.store() as store, store.transaction() as session:
        token = await create_api_token(session, login, label[:100])
        record(session, Entry(action="token.made", actor=actor(), subject="login", subject_id=login, text=label[:100]))
        return token


def _change(terminal: Terminal, work: Callable[[AsyncSession], Awaitable[Account]], as_json: bool) -> None:
    _show(terminal, [terminal.run(_changed(terminal, work))], as_json)


async def _changed(terminal: Terminal, work: Callable[[AsyncSession], Awaitable[Account]]) -> Account:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        return await work(session)


async def _all(terminal: Terminal) -> list[Account]:
    async with terminal.store() as store, store.session() as session:
        return await accounts.list_accounts(session)


def _show(terminal: Terminal, found: list[Account], as_json: bool) -> None:
    if as_json:
        terminal.json([_to_json(one) for one in found])
        return
    rows = [
        [
            one.login,
            code_text("login_role", one.role, terminal.language),
            one.agent,
            terminal.text("in use") if one.active else terminal.text("out of use"),
            one.sessions,
            terminal.when(one.since),
        ]
        for one in found
    ]
    terminal.table(["Log-in", "Role", "Agent", "State", "Sessions", "Since"], rows)


def _to_json(one: Account) -> dict[str, Any]:
    return {
        "login": one.login,
        "role": one.role,
        "agent": one.agent,
        "active": one.active,
        "sessions": one.sessions,
        "since": one.since.astimezone(UTC).isoformat() if one.since else None,
    }
