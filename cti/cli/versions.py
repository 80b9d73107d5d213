"""The history of routing on the command line: `ringward route log`, `diff` and `rollback`."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Annotated, Any

import typer

from cti.agents import people, versions
from cti.agents.versions import Version
from cti.audit.expecting import Difference
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of

Number = Annotated[int, typer.Argument(help="A version, from `ringward route log`.")]


def show_log(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=versions.MOST_LISTED, help="At most so many versions.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Who changed what of routing, and when; the newest first."""
    terminal = terminal_of(context)
    found = terminal.run(_log(terminal, limit))
    if as_json:
        terminal.json([_version(one) for one in found])
    elif not found:
        terminal.say("Nothing has been changed yet.")
    else:
        rows = [
            [one.number, terminal.when(one.at), one.by, one.note, f"{change.subject} {change.key}", _text(change)]
            for one in found
            for change in one.changes
        ]
        terminal.table(["Version", "When", "By", "Note", "What", "Change"], rows)


def show_diff(context: typer.Context, first: Number, second: Number, as_json: AsJson = False) -> None:
    """What is other in the second version than in the first; 0 is how it was before the first change."""
    terminal = terminal_of(context)
    found = terminal.run(_diff(terminal, first, second))
    if as_json:
        terminal.json([_difference(one) for one in found])
    elif not found:
        terminal.say("They are the same.")
    else:
        rows = [
            [f"{one.subject} {one.key}", name, _cell(old), _cell(new)]
            for one in found
            for name, old, new in one.fields()
        ]
        terminal.table(["What", "Field", "Before", "After"], rows)


def roll_back(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """Make routing as it was in a version. It is checked, and is a version of its own."""
    terminal = terminal_of(context)
    made = terminal.run(_roll_back(terminal, number))
    if as_json:
        terminal.json({"version": made, "as": number})
    else:
        terminal.say("Routing is as in version {number} again; this is version {made}.", number=number, made=made)


async def _log(terminal: Terminal, limit: int) -> list[Version]:
    async with terminal.store() as store, store.session() as session:
        return await versions.log(session, limit)


async def _diff(terminal: Terminal, first: int, second: int) -> list[Difference]:
    async with terminal.store() as store, store.session() as session:
        return await versions.diff(session, first, second)


async def _roll_back(terminal: Terminal, number: int) -> int:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor(), terminal.settings.mobile_countries)
        return await versions.roll_back(session, number)


def _version(one: Version) -> dict[str, Any]:
    changes = [_difference(change) for change in one.changes]
    return {
        "version": one.number,
        "at": one.at.astimezone(UTC).isoformat(),
        "by": one.by,
        "note": one.note,
        "changes": changes,
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {"subject": one.subject, "key": one.key, "before": one.before, "after": one.after}


def _text(change: Difference) -> str:
    return "; ".join(f"{name}: {_cell(old) or '∅'} → {_cell(new) or '∅'}" for name, old, new in change.fields())


def _cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
