"""`ringward agent leave`: who is away, from when to when, and who stands in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cti.agents import people
from cti.agents.tables import LeaveRow
from cti.cli.leavers import FOR_GOOD, LeaveGroup, leave_for_good
from cti.cli.terminal import AsJson, Terminal, actor, parse_instant, terminal_of

app = typer.Typer(cls=LeaveGroup, help="Who is away, and who stands in; or who leaves for good.", no_args_is_help=True)
app.command(FOR_GOOD)(leave_for_good)


@app.command("add")
def add_leave(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="The agent's code, like 101.")],
    starts: Annotated[str, typer.Option("--from", help="Like '2026-11-23 09:00' in the firm's time zone.")],
    ends: Annotated[str, typer.Option("--to", help="The instant at which they are back.")],
    deputy: Annotated[str | None, typer.Option(help="Who stands in, if not the usual deputy.")] = None,
    as_json: AsJson = False,
) -> None:
    """An absence, by date and hour. Live routing follows within a second."""
    terminal = terminal_of(context)
    span = parse_instant(starts, terminal.settings), parse_instant(ends, terminal.settings)
    _show(terminal, [terminal.run(_add(terminal, code, *span, deputy))], as_json)


@app.command("list")
def list_leaves(
    context: typer.Context,
    code: Annotated[str | None, typer.Argument(help="One agent's only.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Absences that are not over."""
    terminal = terminal_of(context)
    _show(terminal, terminal.run(_list(terminal, code, None if everything else datetime.now(UTC))), as_json)


@app.command("remove")
def remove_leave(
    context: typer.Context, leave_id: Annotated[int, typer.Argument(help="The number from `agent leave list`.")]
) -> None:
    """Take an absence back."""
    terminal = terminal_of(context)
    terminal.run(_remove(terminal, leave_id))
    terminal.say("Leave {number} is taken back.", number=leave_id)


async def _add(terminal: Terminal, code: str, starts: datetime, ends: datetime, deputy: str | None) -> LeaveRow:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        return await people.add_leave(session, code, starts, ends, deputy)


async def _list(terminal: Terminal, code: str | None, after: datetime | None) -> list[LeaveRow]:
    async with terminal.store() as store, store.session() as session:
        if code is not None:
            await people.get_agent(session, code)
        return await people.list_leaves(session, code, after)


async def _remove(terminal: Terminal, leave_id: int) -> None:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        await people.remove_leave(session, leave_id)


def _show(terminal: Terminal, rows: list[LeaveRow], as_json: bool) -> None:
    if as_json:
        terminal.json([_to_json(row) for row in rows])
    elif not rows:
        terminal.say("Nobody is away.")
    else:
        cells = [
            [row.id, row.agent_code, terminal.when(row.starts), terminal.when(row.ends), row.deputy] for row in rows
        ]
        terminal.table(["Number", "Agent", "From", "To", "Deputy"], cells)


def _to_json(row: LeaveRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "agent": row.agent_code,
        "starts": row.starts.astimezone(UTC).isoformat(),
        "ends": row.ends.astimezone(UTC).isoformat(),
        "deputy": row.deputy,
    }
