"""`ringward route`: who would ring for a call, for how long, and why. Works without the daemon, from the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import select

from cti.agents.directory import DirectoryCache
from cti.agents.tables import GroupRow
from cti.bus import LocalBus
from cti.cli.terminal import AsJson, Terminal, parse_instant, terminal_of
from cti.customers.index import CallerIndex
from cti.explain import explain
from cti.wording import code_text

app = typer.Typer(help="Routing.", no_args_is_help=True)


@app.callback()
def _noun() -> None:
    """Routing: who rings, in which order, and why."""


@app.command("explain")
def explain_route(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", help="The number that is dialled, in any form.")],
    sender: Annotated[
        str, typer.Option("--from", help="The caller's number, in any form; none for a withheld one.")
    ] = "",
    at: Annotated[
        str | None,
        typer.Option("--at", help="When, like '2026-11-23 21:10' in the firm's time zone; now unless given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Who would ring, for how long, and why."""
    terminal = terminal_of(context)
    instant = parse_instant(at, terminal.settings) if at else datetime.now(UTC)
    told = terminal.run(plan_of(terminal, to, sender, instant))
    if as_json:
        terminal.json(told)
        return
    known = told["customer"]
    who = known["name"] if known else terminal.text("unknown caller")
    terminal.line(
        f"{told['caller'] or sender or terminal.text('withheld')} ({who}) → {told['dialled']}  {terminal.when(instant)}"
    )
    headings = ["Step", "Kind", "Who", "Endpoint", "Seconds", "Why"]
    terminal.table(headings, [_row(terminal, number, step) for number, step in enumerate(told["steps"], 1)])
    if not told["steps"]:
        terminal.say("Nobody would ring: no agent has a phone.")


async def plan_of(terminal: Terminal, to: str, sender: str, at: datetime) -> dict[str, Any]:
    """The explained plan (`cti.explain`), from the database as it is now.

    Raises:
        StoreUnavailable, Refused: the database cannot be read, or there is none.
    """
    async with terminal.store() as store:
        bus = LocalBus()
        directory = DirectoryCache(store, bus)
        callers = CallerIndex(store, bus, lambda: at)
        await directory.load()
        await callers.load()
        async with store.session() as session:
            groups = {row.code: row.name for row in await session.scalars(select(GroupRow))}
        return explain(directory.directory, callers, to, sender, at, {**groups, **directory.names}, terminal.language)


def _row(terminal: Terminal, number: int, step: dict[str, Any]) -> list[str]:
    who = ", ".join(dict.fromkeys(target["name"] for target in step["targets"]))
    why = f"{step['why']} ({step['passed_text']})" if step["passed_text"] else step["why"]
    endpoint = step["endpoint"].replace("&", " ")
    kind = code_text("kind", step["kind"], terminal.language)
    return [str(number), kind, who, endpoint, str(step["seconds"]), why]
