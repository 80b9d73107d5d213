"""`ringward customer dossier`, `… erase` and `ringward retention`: what the law gives a person, and its terms."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from cti.cli.terminal import AsJson, Terminal, actor, printable, terminal_of
from cti.errors import Refused
from cti.privacy.dossier import Dossier, readable
from cti.privacy.erasure import Erasure, foresee, sweep
from cti.privacy.everywhere import ErasedCopies, Places, erase_everywhere, make_dossier
from cti.privacy.retention import apply_retention, standing
from cti.rehearse import connected
from cti.store.engine import Store
from cti.wording import code_text

app = typer.Typer(help="How long records are kept.", no_args_is_help=True)

CustomerId = Annotated[int, typer.Argument(metavar="ID", help="The customer's id, as `customer list` prints it.")]


def make_a_dossier(
    context: typer.Context,
    customer_id: CustomerId,
    out: Annotated[Path, typer.Option("--out", help="Where to write: FILE as JSON, FILE.txt to read.")],
    as_json: AsJson = False,
) -> None:
    """Everything held on one person, copies in Asterisk included, for them to have; the audit says that it was made."""
    terminal = terminal_of(context)
    held = terminal.run(_dossier(terminal, customer_id))
    text = out.with_name(out.name + ".txt")
    _write(out, json.dumps(held, ensure_ascii=False, indent=2) + "\n")
    _write(text, printable(readable(held, terminal.language)))
    if as_json:
        terminal.json({"file": str(out), "text": str(text), "calls": len(held["calls"]), "audit": len(held["audit"])})
    else:
        sentence = "What is held on customer {id} is in {file}, and to be read in {readable}."
        terminal.say(sentence, id=customer_id, file=out, readable=text)


def erase_customer(
    context: typer.Context,
    customer_id: CustomerId,
    reason: Annotated[str, typer.Option("--reason", help="Who asked for it, and how.")],
    yes: Annotated[bool, typer.Option("--yes", help="Really erase; without it only what would go is said.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person for good, wherever a copy lies. Without --yes nothing is done: it is said what would go."""
    terminal = terminal_of(context)
    done, copies = terminal.run(_erase(terminal, customer_id, reason, yes=yes))
    if as_json:
        told = msgspec.to_builtins(done)
        terminal.json({**told, "copies": msgspec.to_builtins(copies) if copies else None})
        return
    sentence = "Customer {id} would be erased (again with --yes, for good):"
    if done.done:
        sentence = "Customer {id} is erased:"
    terminal.say(sentence, id=customer_id)
    _show(terminal, done)
    if copies is not None:
        _show_copies(terminal, copies)


@app.command("show")
def show_retention(context: typer.Context, as_json: AsJson = False) -> None:
    """How long each kind of record is kept, how many there are, and how many are older than they may be."""
    terminal = terminal_of(context)
    found = terminal.run(_standing(terminal))
    if as_json:
        terminal.json([msgspec.to_builtins(one) for one in found])
        return
    rows = [
        (
            code_text("kept_kind", one.kind, terminal.language),
            one.days or terminal.text("for good"),
            one.count,
            one.over,
            terminal.when(one.oldest),
        )
        for one in found
    ]
    terminal.table(["What", "Days", "How many", "Older", "Oldest"], rows)
    terminal.say("The audit is kept for good. Setting: keep_days.")


@app.command("run")
def run_retention(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete now what is older than it may be; the daemon does it every night."""
    terminal = terminal_of(context)
    done = terminal.run(_apply(terminal, dry_run=dry_run))
    if as_json:
        terminal.json(done)
        return
    if not done:
        terminal.say("Nothing is older than it may be.")
        return
    rows = [(code_text("kept_kind", kind, terminal.language), count) for kind, count in done.items()]
    terminal.table(["What", "Would go" if dry_run else "Deleted"], rows)


async def _dossier(terminal: Terminal, customer_id: int) -> Dossier:
    async with _switch(terminal) as (store, places, switch):
        return await make_dossier(store, places, switch, customer_id, by=actor(), at=datetime.now(UTC))


async def _erase(
    terminal: Terminal, customer_id: int, reason: str, *, yes: bool
) -> tuple[Erasure, ErasedCopies | None]:
    keep_years, at = terminal.settings.keep_orders_years, datetime.now(UTC)
    if not yes:
        async with terminal.store() as store:
            return await foresee(store, customer_id, keep_years=keep_years, at=at), None
    async with _switch(terminal) as (store, places, switch):
        return await erase_everywhere(
            store, places, switch, customer_id, by=actor(), reason=reason, keep_years=keep_years, at=at
        )


@asynccontextmanager
async def _switch(terminal: Terminal) -> AsyncIterator[tuple[Store, Places, Any]]:
    settings = terminal.settings
    async with terminal.store() as store, connected(settings) as switch:
        yield store, Places(settings.journal_file, settings.sounds / "whisper"), switch


async def _standing(terminal: Terminal) -> Any:
    async with terminal.store() as store, store.session() as session:
        return await standing(session, terminal.settings.keep_days, datetime.now(UTC))


async def _apply(terminal: Terminal, *, dry_run: bool) -> dict[str, int]:
    settings, at = terminal.settings, datetime.now(UTC)
    async with terminal.store() as store:
        if dry_run:
            async with store.session() as session:
                found = await standing(session, settings.keep_days, at)
            return {one.kind: one.over for one in found if one.over}
        done = await apply_retention(store, settings.keep_days, at, actor())
        await sweep(store, at, settings.keep_orders_years)
        return done


def _show(terminal: Terminal, done: Erasure) -> None:
    if done.again and not done.rows:
        terminal.say("They were erased before; nothing has come back.")
        return
    rows: list[tuple[object, object]] = [(_table_name(terminal, name), count) for name, count in done.rows.items()]
    if done.audit_contents:
        rows.append((terminal.text("Contents of audit entries"), done.audit_contents))
    terminal.table(["What", "How many"], rows)
    if done.orders_kept:
        terminal.say(
            "{count} orders stay without the person until {until}, as the law has it.",
            count=len(done.orders_kept),
            until=done.kept_until,
        )


def _show_copies(terminal: Terminal, copies: ErasedCopies) -> None:
    terminal.say(
        "Copies: {journal} lines of the switch's journal overwritten, {whispers} sound files deleted.",
        journal=copies.journal,
        whispers=copies.whispers,
    )
    if not copies.astdb:
        terminal.say("Asterisk does not answer: the daemon takes the numbers out of its store when it does.")
    if copies.journal_left:
        terminal.say(
            "Not rewritten: {files}. They go when they are rotated away; delete them if that is too late.",
            files=", ".join(copies.journal_left),
        )


def _table_name(terminal: Terminal, name: str) -> str:
    table, _, column = name.partition(".")
    told = code_text("held", table, terminal.language)
    return f"{told} ({terminal.text('mentioned')}: {column})" if column else told


def _write(file: Path, text: str) -> None:
    """For its owner's eyes alone."""
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}") from error
