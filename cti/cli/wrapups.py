"""`ringward call wrap-up`: what came of a call, filed or shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from cti.agents.directory import build_directory
from cti.calls import records
from cti.calls.model import Call
from cti.cli.terminal import AsJson, Terminal, actor, parse_instant, terminal_of
from cti.errors import NotFound
from cti.promises import rules
from cti.promises.configured import default_opening, ledger_of
from cti.promises.opening import end_of_day
from cti.store.engine import Store
from cti.wrapup.configured import outcomes_of
from cti.wrapup.filing import file_call, find
from cti.wrapup.model import Filing, WrapUp


def wrap_up(
    context: typer.Context,
    linkedid: Annotated[str, typer.Argument(help="The call's linkedid, as `call list` prints it.")],
    disposition: Annotated[
        str | None, typer.Argument(help="The outcome's code; without it, shows what is filed.")
    ] = None,
    note: Annotated[str, typer.Option(help="What to write down.")] = "",
    next_step: Annotated[str, typer.Option("--next", help="What is to be done next.")] = "",
    due: Annotated[str, typer.Option(help="Until when: a day, or an instant like '2026-11-25 15:00'.")] = "",
    matter: Annotated[int | None, typer.Option(help="The open complaint or request it belongs to (id).")] = None,
    as_json: AsJson = False,
) -> None:
    """File what came of a call, or show it. All of it each time; the same again changes nothing."""
    terminal = terminal_of(context)
    if disposition is None:
        found = terminal.run(_find(terminal, linkedid))
    else:
        filing = (disposition, note, next_step, due, matter)
        found = terminal.run(_file(terminal, linkedid, *filing))
    if as_json:
        terminal.json(found.to_json())
        return
    outcome = next((one for one in outcomes_of(terminal.settings) if one.code == found.disposition), None)
    told: list[tuple[str, Any]] = [
        (terminal.text("Linkedid"), found.linkedid),
        (terminal.text("Agent"), found.agent),
        (terminal.text("Outcome"), outcome.text(terminal.language) if outcome else found.disposition),
        (terminal.text("Note"), found.note),
        (terminal.text("Next"), found.next_step),
        (terminal.text("Due"), terminal.when(found.next_step_due)),
        (terminal.text("Filed under"), found.matter_id),
        (terminal.text("Filed"), f"{terminal.when(found.saved)} {found.saved_by}"),
    ]
    terminal.table(["Field", "Value"], told)


async def _find(terminal: Terminal, linkedid: str) -> WrapUp:
    async with terminal.store() as store, store.session() as session:
        found = await find(session, linkedid)
    if found is None:
        raise NotFound(f"nothing was filed about call {linkedid[:150]} yet")
    return found


async def _file(
    terminal: Terminal, linkedid: str, disposition: str, note: str, next_step: str, due: str, matter: int | None
) -> WrapUp:
    settings = terminal.settings
    async with terminal.store() as store:
        call = await _call(store, linkedid)
        ends = await _due(terminal, store, call, due) if due else None
        async with store.transaction() as session:
            return await file_call(
                session,
                call,
                Filing(disposition, note, next_step, ends, matter),
                outcomes=outcomes_of(settings),
                book=ledger_of(settings),
                who=actor(),
                at=datetime.now(UTC),
                language=settings.language,
            )


async def _call(store: Store, linkedid: str) -> Call:
    async with store.session() as session:
        call = await records.load(session, linkedid)
    if call is None:
        raise NotFound(f"there is no call {linkedid[:150]}; `ringward call list` shows the latest")
    return call


async def _due(terminal: Terminal, store: Store, call: Call, text: str) -> datetime:
    settings = terminal.settings
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return parse_instant(text, settings)
    async with store.session() as session:
        _, directory = await build_directory(session)
    default = default_opening(settings, datetime.now(UTC))
    return end_of_day(day, settings.zone, rules.opening_of(directory, call.dialled, default))
