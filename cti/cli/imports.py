"""`ringward import`: files of customers, orders, payments and messages; and whole imports taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

import cti.calls.tables
import cti.customers.worth.tables
import cti.promises.tables
import cti.wrapup.tables  # noqa: F401 - what may hang on a customer keeps an undoing from taking them away
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.customers import imports
from cti.customers.import_files import FileReport, import_file
from cti.customers.imports import Undone
from cti.customers.sealing import Seal
from cti.customers.sheets import LARGEST_FILE
from cti.errors import Refused
from cti.wording import code_text, error_text

app = typer.Typer(help="Files of customers, orders, payments and messages.", no_args_is_help=True)

File = Annotated[
    Path, typer.Argument(help="CSV or XLSX, or vCard for customers; docs/import.md describes the columns.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do and write nothing.")]


@app.command("file")
def import_any(
    context: typer.Context,
    file: File,
    kind: Annotated[str, typer.Option(help=", ".join(imports.KINDS))] = "customers",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import a file: all of it, or nothing and every fault by its line. Again changes nothing."""
    do_import(terminal_of(context), file, kind, dry_run, as_json)


@app.command("list")
def list_imports(context: typer.Context, as_json: AsJson = False) -> None:
    """The imports that changed something, the newest first."""
    terminal = terminal_of(context)
    rows = terminal.run(_listed(terminal))
    if as_json:
        terminal.json(rows)
        return
    if not rows:
        terminal.say("Nothing was imported yet.")
        return
    headings = ["Id", "When", "What", "File", "By", "Added", "Changed", "Undone"]
    terminal.table(
        headings,
        [
            (
                one["id"],
                terminal.when(one["at"]),
                code_text("import_kind", one["kind"], terminal.language),
                one["file"],
                one["by"],
                one["added"],
                one["changed"],
                terminal.when(one["undone"]),
            )
            for one in rows
        ],
    )


@app.command("undo")
def undo(
    context: typer.Context,
    import_id: Annotated[int, typer.Argument(metavar="IMPORT", help="As `import list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """Take a whole import back. What somebody has changed since is left as they have it, and listed."""
    terminal = terminal_of(context)
    undone = terminal.run(_undo(terminal, import_id))
    if as_json:
        terminal.json(msgspec.to_builtins(undone))
        return
    terminal.say("{restored} put back, {kept} left.", restored=undone.restored, kept=undone.kept)
    if undone.left:
        rows = [
            (one.id, one.name, code_text("import_left", one.why, terminal.language), ", ".join(one.fields))
            for one in undone.left
        ]
        terminal.table(["Id", "Name", "Why", "Fields"], rows)


def do_import(terminal: Terminal, file: Path, kind: str, dry_run: bool, as_json: bool) -> None:
    """Import a file and say what it did; ends with status 1 when it has faults.

    Raises:
        Refused: the file cannot be read.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from error
    report = terminal.run(_import(terminal, kind, content, file.name, dry_run))
    if as_json:
        terminal.json({"faults": msgspec.to_builtins(report.faults)} if report.faults else msgspec.to_builtins(report))
    if report.faults:
        _complain(terminal, report)
        raise typer.Exit(1)
    if as_json:
        return
    if report.ignored:
        terminal.say("Columns that nobody knows: {columns}", columns=", ".join(report.ignored))
    sentence = "{added} added, {changed} changed, {unchanged} as they were."
    terminal.say(sentence, added=report.added, changed=report.changed, unchanged=report.unchanged)
    if dry_run:
        terminal.say("This was a dry run: nothing was written.")
    elif report.import_id is not None:
        terminal.say("Taken back by: ringward import undo {id}", id=report.import_id)


def _complain(terminal: Terminal, report: FileReport) -> None:
    """Faults go where errors go, so that `> report.txt` does not hide them."""
    for fault in report.faults:
        what = error_text(fault.what, terminal.language, "invalid")
        terminal.complain("line {line}, {column}: {what}", line=fault.line, column=fault.column, what=what)
    terminal.complain("Nothing was imported: {count} faults.", count=len(report.faults))


async def _import(terminal: Terminal, kind: str, content: bytes, name: str, dry_run: bool) -> FileReport:
    async with terminal.store() as store:
        return await import_file(
            store,
            kind,
            content,
            by=actor(),
            file=name,
            zone=terminal.settings.zone,
            now=datetime.now(UTC),
            dry_run=dry_run,
            seal=Seal(terminal.settings.identity_key_file),
        )


async def _listed(terminal: Terminal) -> list[dict[str, Any]]:
    fields = ("id", "kind", "file", "at", "by", "added", "changed", "unchanged", "undone", "undone_by", "kept")
    async with terminal.store() as store, store.session() as session:
        return [{name: getattr(row, name) for name in fields} for row in await imports.listed(session)]


async def _undo(terminal: Terminal, import_id: int) -> Undone:
    async with terminal.store() as store:
        return await imports.undo(store, import_id, by=actor(), at=datetime.now(UTC))
