"""`ringward promise`: who is still to be called back, by whom, until when, and what became of the others."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cti.agents.directory import build_directory
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.customers.numbers import normalise
from cti.promises import ledger, rules
from cti.promises.configured import default_opening, ledger_of, terms_of
from cti.promises.model import Entry, Happening, Promise, Shown, State
from cti.promises.opening import due_at
from cti.promises.shape import caller_text, entries_json, to_json
from cti.wording import code_text

app = typer.Typer(help="Callers who are to be called back.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="The promise's number, as `promise list` prints it.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]


@app.command("list")
def list_promises(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    late: Annotated[bool, typer.Option("--late", help="Only those that are late.")] = False,
    owner: Annotated[str | None, typer.Option(help="Only those of this agent (code).")] = None,
    number: Annotated[str | None, typer.Option(help="Only those to this number, in any form.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Who is to be called back, the most urgent first."""
    terminal = terminal_of(context)
    now = datetime.now(UTC)
    found, names = terminal.run(_found(terminal, everything, now if late else None, owner, number, limit))
    if as_json:
        terminal.json([to_json(shown, now) for shown in found])
    elif not found:
        terminal.say("Nobody is waiting to be called back.")
    else:
        headings = ["No.", "Caller", "Owner", "Due", "State", "Times", "Last called"]
        terminal.table(headings, [_row(terminal, shown, names, now) for shown in found])


@app.command("show")
def show_promise(context: typer.Context, promise_id: Id, as_json: AsJson = False) -> None:
    """One promise with its calls and everything that happened to it."""
    terminal = terminal_of(context)
    _show(terminal, promise_id, as_json)


@app.command("close")
def close_promise(context: typer.Context, promise_id: Id, reason: Reason, as_json: AsJson = False) -> None:
    """Say why nothing more is owed."""
    terminal = terminal_of(context)
    terminal.run(_close(terminal, promise_id, reason))
    _show(terminal, promise_id, as_json)


@app.command("reopen")
def reopen_promise(context: typer.Context, promise_id: Id, reason: Reason, as_json: AsJson = False) -> None:
    """Owe it again, with a new due time."""
    terminal = terminal_of(context)
    terminal.run(_reopen(terminal, promise_id, reason))
    _show(terminal, promise_id, as_json)


@app.command("assign")
def assign_promise(
    context: typer.Context,
    promise_id: Id,
    owner: Annotated[str, typer.Argument(help="The agent's code, like 102.")],
    as_json: AsJson = False,
) -> None:
    """Give it to another agent."""
    terminal = terminal_of(context)
    terminal.run(_assign(terminal, promise_id, owner))
    _show(terminal, promise_id, as_json)


@app.command("note")
def note_promise(
    context: typer.Context,
    promise_id: Id,
    text: Annotated[str, typer.Argument(help="What to write down.")],
    as_json: AsJson = False,
) -> None:
    """Write something down beside it."""
    terminal = terminal_of(context)
    terminal.run(_note(terminal, promise_id, text))
    _show(terminal, promise_id, as_json)


def who() -> str:
    """Whose name the history keeps for what is done at the command line: the user of the machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user without a name, as in a container
        return "cli"


async def _found(
    terminal: Terminal, everything: bool, late_at: datetime | None, owner: str | None, number: str | None, limit: int
) -> tuple[list[Shown], dict[str, str]]:
    e164 = (normalise(number).e164 or number) if number is not None else None
    async with terminal.store() as store, store.session() as session:
        found = await ledger.find(
            session, everything=everything, holder=owner, number=e164, late_at=late_at, limit=limit
        )
        rows, _ = await build_directory(session)
    return found, {code: row.nickname or row.name for code, row in rows.items()}


async def _close(terminal: Terminal, promise_id: int, reason: str) -> Promise:
    async with terminal.store() as store, store.transaction() as session:
        return await ledger_of(terminal.settings).close(session, promise_id, who(), reason, datetime.now(UTC))


async def _reopen(terminal: Terminal, promise_id: int, reason: str) -> Promise:
    settings, now = terminal.settings, datetime.now(UTC)
    async with terminal.store() as store, store.transaction() as session:
        promise = (await ledger.get(session, promise_id)).promise
        _, directory = await build_directory(session)
        hours = rules.opening_of(directory, promise.dialled, default_opening(settings, now))
        due = due_at(now, hours, terms_of(settings).minutes)
        return await ledger_of(settings).reopen(session, promise_id, who(), reason, now, due)


async def _assign(terminal: Terminal, promise_id: int, owner: str) -> Promise:
    async with terminal.store() as store, store.transaction() as session:
        return await ledger_of(terminal.settings).assign(session, promise_id, owner, who(), datetime.now(UTC))


async def _note(terminal: Terminal, promise_id: int, text: str) -> Promise:
    async with terminal.store() as store, store.transaction() as session:
        return await ledger_of(terminal.settings).note(session, promise_id, who(), text, datetime.now(UTC))


async def _whole(terminal: Terminal, promise_id: int) -> tuple[Shown, list[Entry], list[str], dict[str, str]]:
    async with terminal.store() as store, store.session() as session:
        shown = await ledger.get(session, promise_id)
        rows, _ = await build_directory(session)
        names = {code: row.nickname or row.name for code, row in rows.items()}
        return shown, await ledger.history(session, promise_id), await ledger.calls_of(session, promise_id), names


def _show(terminal: Terminal, promise_id: int, as_json: bool) -> None:
    shown, entries, calls, names = terminal.run(_whole(terminal, promise_id))
    now = datetime.now(UTC)
    if as_json:
        terminal.json(to_json(shown, now) | {"history": entries_json(entries), "calls": calls})
        return
    promise = shown.promise
    why = code_text("promise_why", promise.why, terminal.language)
    told: list[tuple[str, Any]] = [
        ("No.", promise.id),
        ("Caller", _caller(terminal, shown)),
        ("Dialled", promise.dialled),
        ("Owner", f"{_name(promise.owner, names)} ({why})"),
        ("Due", terminal.when(promise.due)),
        ("State", _state(terminal, promise, now)),
        ("Times", promise.attempts),
        ("Origin", code_text("promise_origin", promise.origin, terminal.language)),
        ("Reason", promise.reason),
        ("Calls", ", ".join(calls)),
    ]
    terminal.table(["Field", "Value"], [(terminal.text(name), value) for name, value in told])
    headings = ["When", "What", "Who", "Text", "Linkedid"]
    terminal.table(headings, [_line(terminal, entry, names) for entry in entries])


def _line(terminal: Terminal, entry: Entry, names: dict[str, str]) -> list[str | None]:
    what = code_text("promise_event", entry.what, terminal.language)
    by_agent = entry.what in {Happening.OPENED, Happening.ASSIGNED, Happening.LATE, Happening.ESCALATED}
    text = _name(entry.text, names) if by_agent else entry.text
    return [terminal.when(entry.at), what, entry.who, text, entry.linkedid]


def _row(terminal: Terminal, shown: Shown, names: dict[str, str], now: datetime) -> list[object]:
    promise = shown.promise
    due = terminal.when(promise.due)[:16]
    owner = _name(promise.owner, names)
    state = _state(terminal, promise, now)
    return [
        promise.id,
        _caller(terminal, shown),
        owner,
        due,
        state,
        promise.attempts,
        terminal.when(promise.last_missed),
    ]


def _caller(terminal: Terminal, shown: Shown) -> str:
    return caller_text(shown) or terminal.text("Number withheld")


def _name(code: str | None, names: dict[str, str]) -> str:
    return f"{code} {names[code]}" if code in names else code or "-"


def _state(terminal: Terminal, promise: Promise, now: datetime) -> str:
    if promise.state is State.OPEN and promise.due < now:
        return code_text("promise_event", "late", terminal.language)
    return code_text("promise_state", promise.state, terminal.language)
