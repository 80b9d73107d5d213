"""`ringward customer message …`: what is to be written to customers, and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti.cli.dealings import CustomerId
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.customers import outbox
from cti.customers.identity_tables import OutgoingMessageRow
from cti.wording import code_text

app = typer.Typer(help="Messages that wait to be sent to a customer.", no_args_is_help=True)

SHOWN = ("id", "customer_id", "channel", "target", "text", "state", "created", "not_before", "tries", "sent", "error")
DECIDED = ("tried", "decided", "decided_by", "reason")

MessageId = Annotated[int, typer.Argument(metavar="ID", help="As `customer message list` prints it.")]


@app.command("queue")
def queue_message(
    context: typer.Context,
    customer_id: CustomerId,
    target: Annotated[str, typer.Argument(help="A mobile in any form, or a mail address.")],
    text: Annotated[str, typer.Argument(help="What it says.")],
    key: Annotated[str, typer.Option(help="What is queued twice under one key is sent once.")],
) -> None:
    """Queue a message to a customer."""
    terminal = terminal_of(context)
    channel = "mail" if "@" in target else "sms"
    _write(terminal, lambda session: outbox.queue(session, customer_id, channel, target, text, key=key, by=actor()))
    terminal.say("Customer {id}: noted.", id=customer_id)
    _warn(terminal)


@app.command("list")
def list_messages(
    context: typer.Context,
    customer_id: Annotated[int | None, typer.Argument(metavar="ID", help="The customer's id; all without.")] = None,
    state: Annotated[str, typer.Option(help="queued, sent, failed or cancelled.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What waits to be sent to a customer, or to anybody, and what was."""
    terminal = terminal_of(context)

    async def work() -> list[dict[str, Any]]:
        async with terminal.store() as store, store.session() as session:
            return [_shown(row) for row in await outbox.messages(session, customer_id, limit, state=state)]

    found = terminal.run(work())
    if as_json:
        terminal.json(found)
        return
    rows = [
        (
            one["id"],
            one["customer_id"],
            terminal.when(one["tried"] or one["created"]),
            one["target"],
            _state(terminal, one),
            one["text"],
        )
        for one in found
    ]
    terminal.table(["Id", "Customer", "Time", "To", "State", "Text"], rows)
    _warn(terminal)


@app.command("show")
def show_message(context: typer.Context, message_id: MessageId, as_json: AsJson = False) -> None:
    """One message: where it goes, how often it was tried, and why it did not arrive."""
    terminal = terminal_of(context)

    async def work() -> dict[str, Any]:
        async with terminal.store() as store, store.session() as session:
            return _shown(await outbox.find(session, message_id))

    one = terminal.run(work())
    if as_json:
        terminal.json(one)
        return
    state = _state(terminal, one)
    terminal.say("Message {id} to customer {customer}: {state}", id=one["id"], customer=one["customer_id"], state=state)
    rows = [
        (terminal.text("To"), one["target"]),
        (terminal.text("Tries"), one["tries"]),
        (terminal.text("Last tried"), terminal.when(one["tried"]) if one["tried"] else ""),
        (terminal.text("Not before"), terminal.when(one["not_before"])),
        (terminal.text("Text"), one["text"]),
    ]
    terminal.table(["What", "Value"], rows)


@app.command("retry")
def retry_message(context: typer.Context, message_id: MessageId) -> None:
    """Try a message that was given up anew."""
    terminal = terminal_of(context)
    _write(terminal, lambda session: outbox.retry(session, message_id, by=actor(), at=datetime.now(UTC)))
    terminal.say("Message {id} is tried again from now on.", id=message_id)
    _warn(terminal)


@app.command("cancel")
def cancel_message(
    context: typer.Context,
    message_id: MessageId,
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit.")] = "",
) -> None:
    """Do not send a message that waits, or give one up that did not arrive."""
    terminal = terminal_of(context)
    at = datetime.now(UTC)
    _write(terminal, lambda session: outbox.cancel(session, message_id, by=actor(), at=at, reason=reason))
    terminal.say("Message {id} will not be sent.", id=message_id)


def _write(terminal: Terminal, change: Callable[[AsyncSession], Awaitable[OutgoingMessageRow]]) -> None:
    async def work() -> None:
        async with terminal.store() as store, store.transaction() as session:
            await change(session)

    terminal.run(work())


def _warn(terminal: Terminal) -> None:
    if not terminal.settings.message_channels:
        terminal.say("No messages are sent: message_channels names no way (docs/customers.md).")


def _shown(row: OutgoingMessageRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*SHOWN, *DECIDED)}


def _state(terminal: Terminal, one: dict[str, Any]) -> str:
    state = code_text("message_state", one["state"], terminal.language)
    error = code_text("message_error", one["error"], terminal.language)
    more = {"queued": error, "failed": error, "cancelled": one["reason"]}.get(one["state"])
    return f"{state} ({more})" if more else state
