"""`ringward calendar`: public holidays and make-up workdays from the official calendar, and the firm's own days."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cti.agents import calendars, people, services
from cti.agents.calendar_file import MOST_BYTES, CalendarFile, read_calendar
from cti.agents.hours import DayKind
from cti.agents.opening import FIRM
from cti.agents.tables import CalendarDayRow
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.errors import Refused
from cti.wording import code_text, error_text

app = typer.Typer(help="Holidays and make-up workdays.", no_args_is_help=True)


@app.command("import")
def import_calendar(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A year's calendar: CSV or ICS.")],
    only_try: Annotated[bool, typer.Option("--try", help="Say what would change, and keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take the official calendar: all of a year or nothing. The same file again changes nothing."""
    terminal = terminal_of(context)
    if file.stat().st_size > MOST_BYTES:
        raise Refused("the file is larger than any calendar")
    read = read_calendar(file.read_bytes())
    for line, fault in read.faults:
        terminal.complain("line {line}: {fault}", line=line, fault=error_text(fault, terminal.language, "invalid"))
    changed, unchanged = terminal.run(_import(terminal, read, only_try))
    if as_json:
        terminal.json({"changed": changed, "unchanged": unchanged, "years": sorted(read.years)})
    else:
        terminal.say("{changed} days changed, {unchanged} were known.", changed=changed, unchanged=unchanged)


@app.command("set")
def set_day(
    context: typer.Context,
    day: Annotated[str, typer.Argument(help="Like 2026-11-23.")],
    kind: Annotated[str, typer.Argument(help="holiday, workday, or none to follow the calendar again.")],
    name: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """The firm's own word on a day; it overrules every calendar."""
    terminal = terminal_of(context)
    try:
        wanted = date.fromisoformat(day)
        told = None if kind == "none" else DayKind(kind)
    except ValueError:
        raise typer.BadParameter(f"{day} {kind}: write it like 2026-11-23 holiday, workday or none") from None
    changed, _ = terminal.run(_set(terminal, wanted, told, name))
    terminal.say("{changed} days changed, {unchanged} were known.", changed=changed, unchanged=1 - changed)


@app.command("list")
def list_days(
    context: typer.Context,
    year: Annotated[int | None, typer.Option(help="One year's only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Imported days and the firm's own."""
    terminal = terminal_of(context)
    rows = terminal.run(_list(terminal, year))
    if as_json:
        terminal.json([_to_json(row) for row in rows])
    elif not rows:
        terminal.say("No calendar was imported; public holidays are those that are known anyway.")
    else:
        cells = [[row.day, code_text("calendar", row.kind, terminal.language), row.name, row.source] for row in rows]
        terminal.table(["Day", "Kind", "Name", "Source"], cells)


async def _import(terminal: Terminal, read: CalendarFile, only_try: bool) -> tuple[int, int]:
    async with terminal.store() as store, (store.session if only_try else store.transaction)() as session:
        people.act_as(session, actor())
        return await calendars.take_calendar(session, read)


async def _set(terminal: Terminal, day: date, kind: DayKind | None, name: str) -> tuple[int, int]:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        return await services.set_days(session, [(day, kind, name)], FIRM)


async def _list(terminal: Terminal, year: int | None) -> list[CalendarDayRow]:
    async with terminal.store() as store, store.session() as session:
        return await calendars.list_days(session, year)


def _to_json(row: CalendarDayRow) -> dict[str, Any]:
    return {"day": row.day.isoformat(), "kind": row.kind, "name": row.name, "source": row.source}
