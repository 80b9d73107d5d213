"""`ringward play`: what to say to whom (a segment), and what came of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import msgspec
import typer

from cti.audit.expecting import expect, versions_of
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.customers.number_change import Changer
from cti.customers.worth import plays
from cti.customers.worth.plays import PlayReport
from cti.customers.worth.rules import Segment
from cti.customers.worth.tables import PlayRow
from cti.errors import Invalid
from cti.store.revisions import hold

app = typer.Typer(help="What to say to whom, and what came of it.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The play's code, like win-back.")]


Version = Annotated[
    int | None, typer.Option("--version", help="Only if nobody changed it since this version, as `play list` has it.")
]


@app.command("set")
def set_play(
    context: typer.Context,
    code: Code,
    prompt: Annotated[str | None, typer.Option(help="What whoever answers should bring up.")] = None,
    segment: Annotated[
        str | None, typer.Option(help='For whom, as JSON: {"grades": ["A"], "due_again": true}.')
    ] = None,
    starts: Annotated[str | None, typer.Option("--from", help="First day, like 2026-12-01; '' for none.")] = None,
    ends: Annotated[str | None, typer.Option("--to", help="Last day; '' for none.")] = None,
    holdout: Annotated[int | None, typer.Option(help="Per cent of them who are never asked, to compare with.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether it runs.")] = None,
    version: Version = None,
) -> None:
    """Make a play, or change what is named of one."""
    terminal = terminal_of(context)
    named: dict[str, Any] = {
        "prompt": prompt,
        "segment": plays.read_segment(segment) if segment is not None else None,
        "holdout": holdout,
        "active": active,
    }
    change = {name: value for name, value in named.items() if value is not None}
    change |= {name: _day(text) for name, text in (("starts", starts), ("ends", ends)) if text is not None}
    terminal.run(_set(terminal, code, change, version))
    terminal.say("Noted; cards show it from now on.")


@app.command("remove")
def remove_play(context: typer.Context, code: Code, version: Version = None) -> None:
    """Take a play away that was never brought up with anybody; pause one that was."""
    terminal = terminal_of(context)
    terminal.run(_remove(terminal, code, version))
    terminal.say("Play {code}: taken away.", code=code)


@app.command("list")
def list_plays(context: typer.Context, as_json: AsJson = False) -> None:
    """Every play."""
    terminal = terminal_of(context)
    told = terminal.run(_all(terminal))
    if as_json:
        terminal.json(told)
    else:
        cells = ("code", "prompt", "segment", "starts", "ends", "holdout", "active", "version")
        headings = ["Code", "Prompt", "Segment", "From", "To", "Held out (%)", "Active", "Version"]
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


async def _set(terminal: Terminal, code: str, change: dict[str, Any], version: int | None) -> None:
    async with terminal.store() as store, store.transaction() as session:
        await hold(session, plays.SUBJECT)
        if version is not None:
            await expect(session, plays.SUBJECT, code, version)
        row = await session.get(PlayRow, code)
        if row is None and "prompt" not in change:
            raise Invalid("prompt: say what whoever answers should bring up")
        # What is not named stays: what a colleague changes on the page at this moment is not set back.
        whole: dict[str, Any] = {"segment": Segment()} if row is None else _fields(row)
        await plays.set_play(session, code, **{**whole, **change}, by=Changer(actor=actor()))


async def _remove(terminal: Terminal, code: str, version: int | None) -> None:
    async with terminal.store() as store, store.transaction() as session:
        if version is not None:
            await expect(session, plays.SUBJECT, code, version)
        await plays.remove(session, code, by=Changer(actor=actor()))


async def _all(terminal: Terminal) -> list[dict[str, Any]]:
    async with terminal.store() as store, store.session() as session:
        versions = await versions_of(session, plays.SUBJECT, plays.ACTIONS)
        return [_json(row, versions.get(row.code, 0)) for row in await plays.plays(session)]


async def _report(terminal: Terminal) -> list[PlayReport]:
    today = datetime.now(UTC).astimezone(terminal.settings.zone).date()
    async with terminal.store() as store, store.session() as session:
        return await plays.report(session, today)


def _fields(row: PlayRow) -> dict[str, Any]:
    names = ("prompt", "starts", "ends", "holdout", "active")
    return {"segment": plays.segment_of(row), **{name: getattr(row, name) for name in names}}


def _json(row: PlayRow, version: int) -> dict[str, Any]:
    return {
        "code": row.code,
        "prompt": row.prompt,
        "segment": row.segment,
        "starts": row.starts,
        "ends": row.ends,
        "holdout": row.holdout,
        "active": row.active,
        "version": version,
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(f"{text} is no date; write it like 2026-12-01") from error
