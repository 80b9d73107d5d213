"""`ringward agent mentor`: who looks after a newcomer's calls, from when to when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cti.agents import mentors
from cti.agents.tables import MentorRow
from cti.cli.terminal import AsJson, Terminal, actor, parse_instant, terminal_of
from cti.errors import NotFound


def mentor(
    context: typer.Context,
    code: Annotated[str | None, typer.Argument(help="The newcomer's code, like 108; everybody's unless given.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Who looks after them: may listen to their calls.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Like '2026-12-24 18:00' in the firm's zone.")] = None,
    starts: Annotated[str | None, typer.Option("--from", help="From when on; now unless given.")] = None,
    prolong: Annotated[str | None, typer.Option("--prolong", help="Let their mentors' time last until then.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End the newcomer's mentors' time now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Mentors of newcomers: with --by and --until set one, --prolong or --end their time, else list them."""
    terminal = terminal_of(context)
    if (by is None) != (until is None):
        raise typer.BadParameter("give --by and --until together")
    if (by is not None or prolong is not None or end) and code is None:
        raise typer.BadParameter("say whose mentor: ringward agent mentor 108 --by 102 --until '2026-12-24 18:00'")
    if code is not None and end:
        count = terminal.run(_end(terminal, code))
        terminal.say("{count} mentors' times of {code} ended.", count=count, code=code)
    elif code is not None and prolong is not None:
        _show(terminal, terminal.run(_prolong(terminal, code, parse_instant(prolong, terminal.settings))), as_json)
    elif code is not None and by is not None and until is not None:
        span = (
            parse_instant(starts, terminal.settings) if starts is not None else datetime.now(UTC),
            parse_instant(until, terminal.settings),
        )
        _show(terminal, [terminal.run(_set(terminal, code, by, *span))], as_json)
    else:
        _show(terminal, terminal.run(_list(terminal, code)), as_json)


async def _set(terminal: Terminal, code: str, by: str, starts: datetime, until: datetime) -> MentorRow:
    async with terminal.store() as store, store.transaction() as session:
        return await mentors.set_mentor(session, code, by, starts, until, by=actor(), at=datetime.now(UTC))


async def _prolong(terminal: Terminal, code: str, until: datetime) -> list[MentorRow]:
    now = datetime.now(UTC)
    async with terminal.store() as store, store.transaction() as session:
        rows = await mentors.list_mentors(session, code, now)
        if not rows:
            raise NotFound(f"agent {code[:40]} has no mentor")
        return [await mentors.move_end(session, row.id, until, by=actor(), at=now) for row in rows]


async def _end(terminal: Terminal, code: str) -> int:
    now = datetime.now(UTC)
    async with terminal.store() as store, store.transaction() as session:
        rows = await mentors.list_mentors(session, code, now)
        if not rows:
            raise NotFound(f"agent {code[:40]} has no mentor")
        for row in rows:
            await mentors.end_mentor(session, row.id, by=actor(), at=now)
        return len(rows)


async def _list(terminal: Terminal, code: str | None) -> list[MentorRow]:
    async with terminal.store() as store, store.session() as session:
        return await mentors.list_mentors(session, code, datetime.now(UTC))


def _show(terminal: Terminal, rows: list[MentorRow], as_json: bool) -> None:
    if as_json:
        terminal.json([to_json(row) for row in rows])
    elif not rows:
        terminal.say("Nobody has a mentor.")
    else:
        zone = terminal.settings.zone
        shown = [
            [
                row.agent_code,
                row.mentor_code,
                f"{row.starts.astimezone(zone):%Y-%m-%d %H:%M}",
                f"{row.until.astimezone(zone):%Y-%m-%d %H:%M}",
            ]
            for row in rows
        ]
        terminal.table(["Newcomer", "Mentor", "From", "Until"], shown)


def to_json(row: MentorRow) -> dict[str, Any]:
    """A mentor's time as `--json` prints it; instants in UTC."""
    return {
        "id": row.id,
        "agent": row.agent_code,
        "mentor": row.mentor_code,
        "starts": row.starts.astimezone(UTC).isoformat(),
        "until": row.until.astimezone(UTC).isoformat(),
    }
