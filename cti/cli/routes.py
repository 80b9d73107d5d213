"""`ringward route`: who would ring for a call, for how long, and why; and what that is made of.

Works without the daemon, from the database, which a running daemon follows within a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer
from sqlalchemy import select

from cti.agents.directory import DirectoryCache
from cti.agents.tables import GroupRow
from cti.bus import LocalBus
from cti.cli import chains, versions
from cti.cli.rehearse import rehearse_chains
from cti.cli.terminal import AsJson, Terminal, parse_instant, terminal_of
from cti.customers.index import CallerIndex
from cti.explain import explain, reaching, week
from cti.store.engine import Store
from cti.wording import code_text
from routing.model import Directory

app = typer.Typer(help="Routing.", no_args_is_help=True)
app.command("rehearse")(rehearse_chains)
app.command("show")(chains.show)
app.command("number")(chains.set_number)
app.command("group")(chains.set_group)
app.command("service")(chains.set_service)
app.command("hours")(chains.set_hours)
app.command("tier")(chains.set_tier)
app.command("duty")(chains.add_duty)
app.command("unduty")(chains.remove_duty)
app.command("remove")(chains.remove)
app.command("log")(versions.show_log)
app.command("diff")(versions.show_diff)
app.command("rollback")(versions.roll_back)


@app.callback()
def _noun() -> None:
    """Routing: who rings, in which order, and why."""


@app.command("explain")
def explain_route(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", help="The number that is dialled, in any form.")] = "",
    agent: Annotated[str, typer.Option(help="Instead of a number: whom the call is for, by code.")] = "",
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
    told = terminal.run(plan_of(terminal, _called(to, agent), sender, instant))
    if as_json:
        terminal.json(told)
        return
    known = told["customer"]
    who = known["name"] if known else terminal.text("unknown caller")
    terminal.line(
        f"{told['caller'] or sender or terminal.text('withheld')} ({who}) → {told['dialled']}  {terminal.when(instant)}"
    )
    if told["closed"]:
        terminal.say("Closed at that time: {reason}", reason=code_text("closed", told["closed"], terminal.language))
    if told["waiting"]:
        terminal.say("While waiting: {said}", said=told["waiting"]["text"])
    headings = ["Step", "Kind", "Who", "Endpoint", "Seconds", "Why"]
    terminal.table(headings, [_row(terminal, number, step) for number, step in enumerate(told["steps"], 1)])
    if not told["steps"]:
        terminal.say("Nobody would ring: no agent has a phone.")


@app.command("week")
def explain_week(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", help="The number that is dialled, in any form.")] = "",
    agent: Annotated[str, typer.Option(help="Instead of a number: whom the call is for, by code.")] = "",
    sender: Annotated[str, typer.Option("--from", help="The caller's number; none for a withheld one.")] = "",
    at: Annotated[str | None, typer.Option("--at", help="A day of the week to begin with; today unless given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Who would ring first, at each time of seven days."""
    terminal = terminal_of(context)
    zone = terminal.settings.zone
    day = (parse_instant(at, terminal.settings) if at else datetime.now(UTC)).astimezone(zone).date()
    told = terminal.run(week_of(terminal, _called(to, agent), sender, datetime.combine(day, time.min, zone)))
    if as_json:
        terminal.json(told)
        return
    headings = ["From", "To", "Who", "Why", "Closed"]
    terminal.table(headings, [_block(terminal, block) for block in told])


@dataclass(frozen=True, slots=True)
class Called:
    """A number that is dialled, or else an agent who is called directly."""

    number: str = ""
    agent: str = ""

    def within(self, directory: Directory) -> tuple[Directory, str]:
        """A directory, and what to dial in it.

        Raises:
            NotFound: no such agent.
        """
        return reaching(directory, self.agent) if self.agent else (directory, self.number)


def _called(to: str, agent: str) -> Called:
    if bool(to) == bool(agent):
        raise typer.BadParameter("give either --to or --agent")
    if to and not any(character.isdecimal() for character in to):
        raise typer.BadParameter("--to: a telephone number has digits")
    return Called(to, agent)


async def week_of(terminal: Terminal, to: Called, sender: str, start: datetime) -> list[dict[str, Any]]:
    """Who rings first through a week (`cti.explain.week`), from the database as it is now.

    Raises:
        StoreUnavailable, Refused: as `plan_of`.
    """
    clock = [start]
    async with terminal.store() as store:
        directory, callers, names = await _memory(terminal, store, lambda: clock[0])

    def callers_at(at: datetime) -> CallerIndex:
        clock[0] = at
        return callers

    directory, number = to.within(directory)
    return week(directory, callers_at, number, sender, start, names, terminal.language)


async def plan_of(terminal: Terminal, to: Called, sender: str, at: datetime) -> dict[str, Any]:
    """The explained plan (`cti.explain`), from the database as it is now.

    Raises:
        StoreUnavailable, Refused: the database cannot be read, or there is none.
    """
    async with terminal.store() as store:
        directory, callers, names = await _memory(terminal, store, lambda: at)
    directory, number = to.within(directory)
    return explain(directory, callers, number, sender, at, names, terminal.language)


async def _memory(
    terminal: Terminal, store: Store, now: Callable[[], datetime]
) -> tuple[Directory, CallerIndex, dict[str, str]]:
    """What a daemon has in memory: directory and callers, and the names of agents and groups."""
    bus = LocalBus()
    directory = DirectoryCache(store, bus)
    callers = CallerIndex(store, bus, now, terminal.settings.zone)
    await directory.load()
    await callers.load()
    async with store.session() as session:
        groups = {row.code: row.name for row in await session.scalars(select(GroupRow))}
    return directory.directory, callers, {**groups, **directory.names}


def _block(terminal: Terminal, block: dict[str, Any]) -> list[str]:
    begins, ends = (datetime.fromisoformat(block[edge]).strftime("%m-%d %H:%M") for edge in ("from", "to"))
    closed = code_text("closed", block["closed"], terminal.language) if block["closed"] else ""
    return [begins, ends, block["who"] or "", block["why"] or "", closed]


def _row(terminal: Terminal, number: int, step: dict[str, Any]) -> list[str]:
    who = ", ".join(dict.fromkeys(target["name"] for target in step["targets"]))
    why = f"{step['why']} ({step['passed_text']})" if step["passed_text"] else step["why"]
    endpoint = step["endpoint"].replace("&", " ")
    kind = code_text("kind", step["kind"], terminal.language)
    return [str(number), kind, who, endpoint, str(step["seconds"]), why]
