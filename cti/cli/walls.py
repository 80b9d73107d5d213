"""`ringward wall token`: the screens that show the wallboard without a log-in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.wall import tokens
from cti.wall.tokens import WallToken

app = typer.Typer(help="The wallboard.", no_args_is_help=True)
token_app = typer.Typer(help="Tokens of screens that show the wallboard without a log-in.", no_args_is_help=True)
app.add_typer(token_app, name="token")

Label = Annotated[str, typer.Argument(help="Which screen, like `sales floor`.")]


@token_app.command("add")
def add_token(context: typer.Context, label: Label, as_json: AsJson = False) -> None:
    """Make a token for a screen; it reads the wallboard and nothing else, until it is revoked."""
    terminal = terminal_of(context)
    token = terminal.run(_add(terminal, label))
    address = f"{terminal.settings.public_address}/wall#{token}"
    if as_json:
        terminal.json({"label": label.strip(), "token": token, "address": address})
        return
    terminal.say("Open this address on the screen. It is shown only now:")
    terminal.line(address)


@token_app.command("list")
def list_tokens(context: typer.Context, as_json: AsJson = False) -> None:
    """The tokens in force; never the tokens themselves."""
    terminal = terminal_of(context)
    found = terminal.run(_list(terminal))
    if as_json:
        terminal.json(
            [
                {
                    "label": one.label,
                    "created": one.created.isoformat(),
                    "by": one.by,
                    "used": one.used.isoformat() if one.used else None,
                }
                for one in found
            ]
        )
    elif found:
        rows = [[one.label, terminal.when(one.created), one.by, terminal.when(one.used)] for one in found]
        terminal.table(["Screen", "Since", "By", "Last seen"], rows)
    else:
        terminal.say("No screen has a token; make one with `ringward wall token add`.")


@token_app.command("revoke")
def revoke_token(context: typer.Context, label: Label) -> None:
    """End a screen's token; the screen goes dark within seconds."""
    terminal = terminal_of(context)
    terminal.run(_revoke(terminal, label))
    terminal.say("The token of {label} is revoked.", label=label.strip())


async def _add(terminal: Terminal, label: str) -> str:
    async with terminal.store() as store, store.transaction() as session:
        return await tokens.add(session, label, actor(), datetime.now(UTC))


async def _list(terminal: Terminal) -> list[WallToken]:
    async with terminal.store() as store, store.session() as session:
        return await tokens.tokens(session)


async def _revoke(terminal: Terminal, label: str) -> None:
    async with terminal.store() as store, store.transaction() as session:
        await tokens.revoke(session, label, actor(), datetime.now(UTC))
