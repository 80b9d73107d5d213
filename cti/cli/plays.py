"""`ringward play`: what to say to whom (a segment), and what came of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import msgspec
import typer

from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.customers.worth import plays
from cti.customers.worth.plays import PlayReport
from cti.customers.worth.tables import PlayRow
from cti.errors import Invalid

app = typer.Typer(help="What to say to whom, and what came of it.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The play's code, like win-back.")]


@app.command("set")
def set_play(
    context: typer.Context,
    code: Code,
    prompt: Annotated[str, typer.Option(help="What whoever answers should bring up.")],
    segment: Annotated[str, typer.Option(help='For whom, as JSON: {"grades": ["A"], "due_again": true}.')] = "{}",
    starts: Annotated[str, typer.Option("--from", help="First day, like 2026-12-01.")] = "",
    ends: Annotated[str, typer.Option("--to", help="Last day.")] = "",
    holdout: Annotated[int, typer.Option(help="Per cent of them who are never asked, to compare with.")] = 0,
    active: Annotated[bool, typer.Option("--active/--inactive", help="Whether it runs.")] = True,
) -> None:
    """Make or change a play."""
    terminal = terminal_of(context)
    span = {"starts": _day(starts), "ends": _day(ends)}
    terminal.run(_set(terminal, code, prompt, segment, holdout=holdout, active=active, **span))
    terminal.say("Noted; cards show it from now on.")


@app.command("list")
def list_plays(context: typer.Context, as_json: AsJson = False) -> None:
    """Every play."""
    terminal = terminal_of(context)
    rows = terminal.run(_all(terminal))
    told = [_json(row) for row in rows]
    if as_json:
        terminal.json(told)
    else:
        cells = ("code", "prompt", "segment", "starts", "ends", "holdout", "active")
        headings = ["Code", "Prompt", "Segment", "From", "To", "Held out (%)", "Active"]
        terminal.table(headings, [[one[cell] for cell in cells] for one in told])


@app.command("report")
def report(context: typer.Context, as_json: AsJson = False) -> None:
    """What came of every play."""
    terminal = terminal_of(context)
    found = terminal.run(_report(terminal))
    if as_json:
        terminal.json(msgspec.to_builtins(found))
        return
    headings = ["Code", "Fits", "Held out", "Asked", "Accepted", "Declined", "Later", "Amount"]
    terminal.table(headings, [msgspec.structs.astuple(one) for one in found])


async def _set(terminal: Terminal, code: str, prompt: str, segment: str, **more: Any) -> None:
    async with terminal.store() as store, store.transaction() as session:
        await plays.set_play(session, code, prompt, plays.read_segment(segment), **more)


async def _all(terminal: Terminal) -> list[PlayRow]:
    async with terminal.store() as store, store.session() as session:
        return await plays.plays(session)


async def _report(terminal: Terminal) -> list[PlayReport]:
    today = datetime.now(UTC).astimezone(terminal.settings.zone).date()
    async with terminal.store() as store, store.session() as session:
        return await plays.report(session, today)


def _json(row: PlayRow) -> dict[str, Any]:
    return {
        "code": row.code,
        "prompt": row.prompt,
        "segment": row.segment,
        "starts": row.starts,
        "ends": row.ends,
        "holdout": row.holdout,
        "active": row.active,
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(f"{text} is no date; write it like 2026-12-01") from error
