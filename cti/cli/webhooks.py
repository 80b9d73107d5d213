"""`ringward webhook`: what another system was and is to be told of customers, and whether it listens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import select

from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.customers.intake_tables import CustomerNoticeRow
from cti.customers.telling import TEST, notice
from cti.delivery.courier import Undelivered, Webhook
from cti.errors import Refused

app = typer.Typer(help="What another system is told of customers.", no_args_is_help=True)

NOT_SET = "customer_webhook_url is not set; look at docs/intake.md"


@app.command("list")
def list_notices(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that have arrived, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Notices that have not arrived yet, the newest first."""
    terminal = terminal_of(context)
    rows = terminal.run(_listed(terminal, everything, limit))
    if as_json:
        terminal.json(rows)
        return
    if not rows:
        terminal.say("Nothing waits to be told.")
        return
    headings = ["Id", "When", "Event", "Customer", "Tries", "Arrived", "Given up", "Error"]
    told = [
        (
            one["id"],
            terminal.when(one["created"]),
            one["event"],
            one["customer_id"],
            one["tries"],
            terminal.when(one["sent"]),
            terminal.when(one["given_up"]),
            one["error"],
        )
        for one in rows
    ]
    terminal.table(headings, told)


@app.command("test")
def test_webhook(context: typer.Context) -> None:
    """Send a notice of nothing, signed as all are, and say how it was taken."""
    terminal = terminal_of(context)
    settings = terminal.settings
    if not settings.customer_webhook_url:
        raise Refused(NOT_SET)
    made = notice(settings.customer_webhook_url, TEST, None, {}, datetime.now(UTC))
    try:
        terminal.run(Webhook(settings.customer_webhook_secret).send(made["target"], made["key"], made["body"]))
    except Undelivered as error:
        raise Refused(f"the webhook did not take it: {error}") from error
    terminal.say("It was taken.")


async def _listed(terminal: Terminal, everything: bool, limit: int) -> list[dict[str, Any]]:
    row = CustomerNoticeRow
    fields = ("id", "event", "customer_id", "created", "tries", "sent", "given_up", "next_try", "error", "key")
    statement = select(row).order_by(row.id.desc()).limit(limit)
    if not everything:
        statement = statement.where(row.sent.is_(None))
    async with terminal.store() as store, store.session() as session:
        return [{name: getattr(one, name) for name in fields} for one in await session.scalars(statement)]
