"""`ringward audit`: who did what and for whom, and whether the audit is as it was written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from cti.audit import ledger
from cti.audit.model import Kept, Verdict
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.errors import Invalid
from cti.reports import periods

app = typer.Typer(help="The audit: what was done, by whom and for whom.", no_args_is_help=True)


@app.command("list")
def list_entries(
    context: typer.Context,
    subject: Annotated[str | None, typer.Option(help="What it was done to, like customer:12.")] = None,
    action: Annotated[str | None, typer.Option(help="What was done; with a dot at the end, all of a noun.")] = None,
    actor: Annotated[str | None, typer.Option(help="Which log-in did it, like 101 or cli:root.")] = None,
    call: Annotated[str | None, typer.Option(help="In which call (its linkedid).")] = None,
    window: Annotated[str, typer.Option(help="How far back: 30m, 1h, 7d, today or yesterday.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=ledger.MOST_READ, help="How many at most.")] = 100,
    as_json: AsJson = False,
) -> None:
    """What was done, the newest first."""
    terminal = terminal_of(context)
    found = terminal.run(_found(terminal, subject, action, actor, call, window, limit))
    if as_json:
        terminal.json([entry_json(one) for one in found])
    elif not found:
        terminal.say("The audit has no such entry.")
    else:
        headings = ["No.", "When", "What", "Who", "To what", "Asked by", "Before", "After", "Text", "Linkedid"]
        terminal.table(headings, [_row(terminal, one) for one in found])


@app.command("verify")
def verify(context: typer.Context, as_json: AsJson = False) -> None:
    """Whether every entry stands as it was written; exit status 1 if one does not."""
    terminal = terminal_of(context)
    verdict = terminal.run(_verified(terminal))
    if as_json:
        terminal.json(msgspec.to_builtins(verdict) | {"sound": verdict.sound})
    elif verdict.sound:
        sentence = (
            "{entries} entries, all as they were written ({erased} with their contents erased). Last link: {head}"
        )
        terminal.say(sentence, entries=verdict.entries, erased=verdict.erased, head=verdict.head)
    else:
        sentence = "entry {number} is not as it was written ({fault}); restore the database from before it was touched"
        terminal.complain(sentence, number=verdict.broken_at, fault=verdict.fault)
    if not verdict.sound:
        raise typer.Exit(1)


def entry_json(kept: Kept) -> dict[str, object]:
    """An entry in one flat object."""
    found: dict[str, object] = msgspec.to_builtins(kept.entry)
    return {"number": kept.number, "at": kept.at.isoformat().replace("+00:00", "Z"), "erased": kept.erased} | found


async def _found(
    terminal: Terminal,
    subject: str | None,
    action: str | None,
    actor: str | None,
    call: str | None,
    window: str,
    limit: int,
) -> list[Kept]:
    kind, separator, subject_id = (subject or "").partition(":")
    if subject is not None and not (kind and separator and subject_id):
        raise Invalid(f"subject: {subject} is none; write it like customer:12")
    first, last = periods.window(window, datetime.now(UTC), terminal.settings.zone) if window else (None, None)
    async with terminal.store() as store, store.session() as session:
        return await ledger.entries(
            session,
            subject=kind or None,
            subject_id=subject_id or None,
            action=action,
            actor=actor,
            linkedid=call,
            since=first,
            until=last,
            limit=limit,
        )


async def _verified(terminal: Terminal) -> Verdict:
    async with terminal.store() as store, store.session() as session:
        return await ledger.verify(session)


def _row(terminal: Terminal, kept: Kept) -> list[object]:
    entry = kept.entry
    subject = f"{entry.subject}:{entry.subject_id}" if entry.subject else ""
    erased = terminal.text("(erased)") if kept.erased else entry.text
    who = f"{entry.actor} {entry.department}".strip()
    before, after = (_short(value) for value in (entry.before, entry.after))
    when = terminal.when(kept.at)
    return [kept.number, when, entry.action, who, subject, entry.asked_by, before, after, erased, entry.linkedid]


def _short(value: object) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()
