"""`ringward phone`: what a desk phone must be set to, and bringing changes of people to the PBX that runs."""

from __future__ import annotations

from typing import Annotated

import typer

from cti.agents import people
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.errors import NotFound, SwitchUnavailable
from cti.local.apply import apply_where_ours

app = typer.Typer(help="Desk phones.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The agent's code, like 101.", metavar="{code}")]


@app.command("show")
def show_phone(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """What to enter in an agent's desk phone: server, user name, password. Do not leave it on the screen."""
    terminal = terminal_of(context)
    account = terminal.run(_account(terminal, code))
    if as_json:
        terminal.json(account)
        return
    terminal.table(
        [terminal.text("Setting"), terminal.text("Value")],
        [
            [terminal.text("SIP server"), f"{account['server']}:{account['port']} (UDP)"],
            [terminal.text("User name"), account["username"]],
            [terminal.text("Password"), account["password"]],
        ],
    )


@app.command("apply")
def apply_phones(context: typer.Context) -> None:
    """Write Asterisk's configuration anew from the people in the database, and reload what changed."""
    bring_to_pbx(terminal_of(context), quiet=False)


def bring_to_pbx(terminal: Terminal, *, quiet: bool) -> None:
    """Do it where the configuration is ours; a site with its own Asterisk runs `dialplan install` instead."""
    try:
        modules = terminal.run(_apply(terminal))
    except SwitchUnavailable:
        terminal.complain("Asterisk does not run now: it will know the change when it starts")
        return
    if modules is None:
        if not quiet:
            terminal.complain("no configuration of ours is here: run `ringward dialplan install` on your own Asterisk")
            raise typer.Exit(1)
    elif modules:
        terminal.complain("Asterisk has read the change: {modules}", modules=", ".join(modules))
    elif not quiet:
        terminal.say("nothing has changed for Asterisk")


async def _apply(terminal: Terminal) -> tuple[str, ...] | None:
    async with terminal.store() as store:
        return await apply_where_ours(terminal.settings, store)


async def _account(terminal: Terminal, code: str) -> dict[str, object]:
    async with terminal.store() as store, store.session() as session:
        row = await people.get_agent(session, code)
    if row.extension is None:
        raise NotFound(f"agent {code} has no desk phone; give one with `ringward agent set {code} --extension`")
    settings = terminal.settings
    return {
        "agent": row.code,
        "server": settings.bind_host,
        "port": settings.sip_port,
        "username": row.extension,
        "password": row.phone_secret,
    }
