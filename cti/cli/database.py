"""`ringward db`: the database's shape."""

from __future__ import annotations

import typer

from cti.cli.terminal import terminal_of
from cti.store import migrate

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(context: typer.Context) -> None:
    """Bring the database to this version's shape; makes it when there is none. Doing it again changes nothing."""
    terminal = terminal_of(context)
    url = terminal.settings.database
    before = migrate.current_revision(url)
    migrate.upgrade(url)
    after = migrate.current_revision(url)
    if before == after:
        terminal.say("The database is up to date ({revision}).", revision=after)
    else:
        terminal.say("The database is at {revision} now.", revision=after)
