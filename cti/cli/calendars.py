"""`ringward calendar`: public holidays and make-up workdays from the official calendar, and the firm's own days."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from cti.agents import people, services
from cti.agents.calendar_file import MOST_BYTES, CalendarFile, read_calendar
from cti.agents.hours import DayKind
from cti.agents.opening import FIRM, OFFICIAL
from cti.agents.tables import CalendarDayRow
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.errors import Refused
from cti.wording import code_text, error_text

app = typer.Typer(help="Holidays and make-up workdays.", no_args_is_help=True)


@app.command("import")
def import_calendar(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A year's calendar: CSV or ICS.")],
    as_json: AsJson = False,
) -> None:
    """Take the official calendar: all of a year or nothing. The same file again changes nothing."""
    terminal = terminal_of(context)
    if file.stat().st_size > MOST_BYTES:
        raise Refused("the file is larger than any calendar")
    read = read_calendar(file.read_bytes())
    for line, fault in read.faults:
        terminal.complain("line {line}: {fault}", line=line, fault=error_text(fault, terminal.language, "invalid"))
    if read.faults:
        raise Refused("nothing was taken from the calendar; mend these lines and try again")
    if not read.days:
        raise Refused("there is no holiday and no make-up workday in the file")
    changed, unchanged = terminal.run(_import(terminal, read))
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
    rows = [row for row in terminal.run(_list(terminal)) if year is None or row.day.year == year]
    if as_json:
        terminal.json([_to_json(row) for row in rows])
    elif not rows:
        terminal.say("No calendar was imported; public holidays are those that are known anyway.")
    else:
        cells = [[row.day, code_text("calendar", row.kind, terminal.language), row.name, row.source] for row in rows]
        terminal.table(["Day", "Kind", "Name", "Source"], cells)


async def _import(terminal: Terminal, read: CalendarFile) -> tuple[int, int]:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        told = {day for day, _, _ in read.days}
        kept = await session.scalars(select(CalendarDayRow.day).where(CalendarDayRow.source == OFFICIAL))
        # A year comes whole: what a former file of it had and this one has not is no holiday any more.
        gone = [(day, None, "") for day in kept if day.year in read.years and day not in told]
        return await services.set_days(session, [*read.days, *gone], OFFICIAL)


async def _set(terminal: Terminal, day: date, kind: DayKind | None, name: str) -> tuple[int, int]:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        return await services.set_days(session, [(day, kind, name)], FIRM)


async def _list(terminal: Terminal) -> list[CalendarDayRow]:
    async with terminal.store() as store, store.session() as session:
        return list(await session.scalars(select(CalendarDayRow).order_by(CalendarDayRow.day, CalendarDayRow.source)))


def _to_json(row: CalendarDayRow) -> dict[str, Any]:
    return {"day": row.day.isoformat(), "kind": row.kind, "name": row.name, "source": row.source}
