"""`ringward presence`: how everybody is, saying it for somebody, and the record of every change.

What was seen is what the daemon last wrote down; a daemon that is down sees nobody come or go.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cti.agents import people, presences
from cti.agents.presence import AWAY_REASONS
from cti.agents.tables import AgentRow, PresenceChangeRow
from cti.cli.terminal import AsJson, Terminal, actor, parse_instant, terminal_of
from cti.wording import code_text

app = typer.Typer(help="How everybody is, and since when.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The agent's code, like 101.")]


@app.command("list")
def list_presence(context: typer.Context, as_json: AsJson = False) -> None:
    """How everybody is: as last seen by the daemon, and what they said of themselves."""
    terminal = terminal_of(context)
    found = terminal.run(as_last_seen(terminal))
    if as_json:
        terminal.json(found)
        return
    headings = ["Code", "Name", "State", "Reason", "Since when", "Until"]
    terminal.table(
        headings,
        [
            (
                one["agent"],
                one["name"],
                code_text("presence", one["state"], terminal.language),
                _reason(terminal, one["reason"]),
                terminal.when(one["since"]),
                terminal.when(one["until"]),
            )
            for one in found
        ],
    )


@app.command("set")
def set_presence(
    context: typer.Context,
    code: Code,
    state: Annotated[str, typer.Argument(help="available, away or dnd.")],
    reason: Annotated[str | None, typer.Option(help="Of away: lunch, meeting, training, or any text.")] = None,
    until: Annotated[str | None, typer.Option(help="Ends by itself then, like '2026-11-23 13:30'.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say how somebody is. Live routing follows within a second."""
    terminal = terminal_of(context)
    ends = parse_instant(until, terminal.settings) if until else None
    row = terminal.run(_set(terminal, code, state, reason, ends))
    if as_json:
        terminal.json(_said(row))
        return
    shown = code_text("presence", row.presence, terminal.language)
    terminal.say("{name} is now: {state}.", name=row.nickname or row.name, state=shown)


@app.command("history")
def show_history(
    context: typer.Context,
    code: Annotated[str | None, typer.Argument(help="One agent's only.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Like '2026-11-23 09:00'.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Up to, not including, this instant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the latest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Every change with its time: what was said and by whom, and what was seen."""
    terminal = terminal_of(context)
    first, last = (parse_instant(one, terminal.settings) if one else None for one in (since, until))
    rows, names = terminal.run(_history(terminal, code, first, last, limit))
    if as_json:
        terminal.json([_line(row) for row in rows])
        return
    headings = ["When", "Name", "State", "Reason", "Until", "By"]
    terminal.table(
        headings,
        [
            (
                terminal.when(row.at),
                names.get(row.agent_code, row.agent_code),
                code_text("presence", row.state, terminal.language),
                _reason(terminal, row.reason),
                terminal.when(row.until),
                row.by if row.source == presences.SAID else terminal.text("seen"),
            )
            for row in rows
        ],
    )


async def as_last_seen(terminal: Terminal) -> list[dict[str, Any]]:
    """How everybody was when the daemon last wrote it down, or what they said since."""
    async with terminal.store() as store, store.session() as session:
        rows = await people.list_agents(session, active_only=True)
        seen = await presences.last_seen(session)
    return [_now(row, seen.get(row.code)) for row in rows]


async def _set(terminal: Terminal, code: str, state: str, reason: str | None, until: datetime | None) -> AgentRow:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        return await presences.say(session, code, state, reason=reason, until=until, at=datetime.now(UTC))


async def _history(
    terminal: Terminal, code: str | None, since: datetime | None, until: datetime | None, limit: int
) -> tuple[list[PresenceChangeRow], dict[str, str]]:
    async with terminal.store() as store, store.session() as session:
        if code is not None:
            await people.get_agent(session, code)
        names = {row.code: row.nickname or row.name for row in await people.list_agents(session)}
        return await presences.history(session, code=code, since=since, until=until, limit=limit), names


def _now(row: AgentRow, seen: PresenceChangeRow | None) -> dict[str, Any]:
    """What was last seen, unless something was said since."""
    said = _said(row)
    now = said
    if seen is not None and (row.presence_since is None or seen.at >= row.presence_since):
        now = {"state": seen.state, "reason": seen.reason, "since": seen.at, "until": seen.until}
    return {**now, "agent": row.code, "name": row.nickname or row.name, "said": said}


def _said(row: AgentRow) -> dict[str, Any]:
    return {
        "agent": row.code,
        "state": row.presence,
        "reason": row.presence_reason,
        "since": row.presence_since,
        "until": row.presence_until,
    }


def _line(row: PresenceChangeRow) -> dict[str, Any]:
    return {
        "agent": row.agent_code,
        "at": row.at,
        "source": row.source,
        "state": row.state,
        "reason": row.reason,
        "until": row.until,
        "by": row.by,
    }


def _reason(terminal: Terminal, reason: str | None) -> str:
    if reason in AWAY_REASONS:
        return code_text("away", reason, terminal.language)
    return reason or ""
