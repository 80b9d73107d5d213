"""`ringward interaction`, `ringward customer history`: what came in over any channel, and a customer's whole line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from cti.agents.people import get_agent
from cti.cli.calls import names_of
from cti.cli.terminal import AsJson, Terminal, actor, parse_instant, terminal_of
from cti.customers import dismissal, history, intake
from cti.customers.senders import Sender
from cti.errors import Invalid
from cti.wording import code_text

app = typer.Typer(help="Messages, letters, visits and notes of any channel.", no_args_is_help=True)

COMMAND_LINE = "command line"

CustomerId = Annotated[int | None, typer.Option("--customer", help="The customer's id.")]
Code = Annotated[str | None, typer.Option("--code", help="The customer's number in your own system.")]
Number = Annotated[str | None, typer.Option("--number", help="Their number in any form.")]
Mail = Annotated[str | None, typer.Option("--email", help="Their e-mail address.")]


@app.command("add")
def add_interaction(
    context: typer.Context,
    channel: Annotated[str, typer.Argument(help="phone, web, mail, fax, line, face, sms or note.")],
    text: Annotated[str, typer.Argument(help="What was said.")],
    customer_id: CustomerId = None,
    code: Code = None,
    number: Number = None,
    email: Mail = None,
    name: Annotated[str, typer.Option(help="Whoever is unknown becomes a prospect by this name.")] = "",
    direction: Annotated[str, typer.Option(help="in or out.")] = "in",
    at: Annotated[str, typer.Option(help="When, like '2026-11-23 14:05'; now unless given.")] = "",
    agent: Annotated[str | None, typer.Option(help="Who had to do with it.")] = None,
    attachments: Annotated[list[str] | None, typer.Option("--attachment", help="A link; may be repeated.")] = None,
    external_id: Annotated[str | None, typer.Option(help="Its number where it comes from: once only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put something that was said on its customer's time line."""
    terminal = terminal_of(context)
    when = parse_instant(at, terminal.settings) if at else datetime.now(UTC)
    sender = sender_of(customer_id, code, number, email, name)
    if sender is None:
        raise Invalid("customer: say who it is: customer_id, code, number or email")
    message = intake.Message(
        channel=channel,
        at=when,
        text=text,
        direction=direction,
        agent=agent,
        external_id=external_id,
        source=COMMAND_LINE,
        attachments=tuple(attachments or ()),
    )
    taken = terminal.run(_take(terminal, message, sender))
    if as_json:
        terminal.json(msgspec.to_builtins(taken))
    elif taken.outcome == "waiting":
        terminal.say("Nobody can say whose it is: it waits as {id}.", id=taken.waiting_id)
    else:
        terminal.say("It stands on the time line of customer {id}.", id=taken.customer_id)


@app.command("waiting")
def list_waiting(
    context: typer.Context,
    dismissed: Annotated[bool, typer.Option("--dismissed", help="Those that were dismissed instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """What came in and waits for somebody to say whose it is."""
    terminal = terminal_of(context)
    rows = terminal.run(_waiting(terminal, dismissed))
    if as_json:
        terminal.json(rows)
    elif not rows:
        terminal.say("Nothing waits.")
    else:
        headings = ["Id", "When", "Channel", "Name", "Number", "E-mail", "Text", "Reason" if dismissed else "May be"]
        terminal.table(
            headings,
            [
                (
                    one["id"],
                    terminal.when(one["at"]),
                    code_text("channel", one["channel"], terminal.language),
                    one["name"],
                    one["number"],
                    one["email"],
                    one["text"][:80],
                    one["reason"] if dismissed else " ".join(map(str, one["candidates"])),
                )
                for one in rows
            ],
        )


@app.command("assign")
def assign(
    context: typer.Context,
    waiting_id: Annotated[int, typer.Argument(metavar="WAITING", help="As `interaction waiting` prints it.")],
    customer_id: Annotated[int, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
) -> None:
    """Say whose a waiting message is."""
    terminal = terminal_of(context)
    terminal.run(_assign(terminal, waiting_id, customer_id))
    terminal.say("It stands on the time line of customer {id}.", id=customer_id)


@app.command("prospect")
def make_prospect(
    context: typer.Context,
    waiting_id: Annotated[int, typer.Argument(metavar="WAITING", help="As `interaction waiting` prints it.")],
    name: Annotated[str, typer.Argument(help="What the sender is called.")],
    owner: Annotated[str | None, typer.Option(help="The agent who looks after them; nobody yet unless given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a prospect of a waiting message's sender, with the number and address that it bears."""
    terminal = terminal_of(context)
    customer_id = terminal.run(_make_prospect(terminal, waiting_id, name, owner))
    if as_json:
        terminal.json({"customer_id": customer_id})
        return
    terminal.say("It stands on the time line of customer {id}.", id=customer_id)


@app.command("dismiss")
def dismiss(
    context: typer.Context,
    waiting_id: Annotated[int, typer.Argument(metavar="WAITING", help="As `interaction waiting` prints it.")],
    reason: Annotated[str, typer.Option(help="Why it is no customer's, like advertising.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Let it wait again.")] = False,
) -> None:
    """Say that a waiting message is no customer's: it waits no more."""
    terminal = terminal_of(context)
    terminal.run(_dismiss(terminal, waiting_id, reason, undo))
    if undo:
        terminal.say("Message {id} waits again.", id=waiting_id)
    else:
        terminal.say("Message {id} waits no more.", id=waiting_id)


def show_history(
    context: typer.Context,
    customer_id: Annotated[int, typer.Argument(metavar="ID", help="The customer's id, as `customer list` prints it.")],
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="call, note, message, order, payment, …")] = None,
    channels: Annotated[list[str] | None, typer.Option("--channel", help="phone, web, mail, fax, line, …")] = None,
    agent: Annotated[str | None, typer.Option(help="Only what this agent had to do with.")] = None,
    since: Annotated[str, typer.Option("--from", help="From this day or instant on.")] = "",
    until: Annotated[str, typer.Option("--to", help="Up to, not including, this day or instant.")] = "",
    before: Annotated[str | None, typer.Option(help="The cursor of the last entry seen: what came before it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Everything between a customer and the firm, newest first: calls, messages, orders, payments, complaints."""
    terminal = terminal_of(context)
    wanted = history.Wanted(
        kinds=tuple(kinds or ()),
        channels=tuple(channels or ()),
        agent=agent,
        since=parse_instant(since, terminal.settings) if since else None,
        until=parse_instant(until, terminal.settings) if until else None,
        before=before,
        limit=limit,
    )
    entries, names = terminal.run(_history(terminal, customer_id, wanted))
    if as_json:
        terminal.json([msgspec.to_builtins(one) for one in entries])
        return
    if not entries:
        terminal.say("Nothing yet.")
        return
    rows = [
        (
            terminal.when(one.date),
            _what(one, terminal.language),
            one.text,
            _amount(one),
            names.get(one.agent or "", one.agent),
        )
        for one in entries
    ]
    terminal.table(["When", "What", "Text", "Amount", "Who"], rows)
    if len(entries) == wanted.limit:
        terminal.say("There may be more: --before {cursor}", cursor=entries[-1].cursor)


def sender_of(
    customer_id: int | None, code: str | None, number: str | None, email: str | None, name: str = ""
) -> Sender | None:
    """The sender, or None when nobody is named."""
    if customer_id is None and not (code or number or email):
        return None
    return Sender(customer_id=customer_id, code=code, number=number, email=email, name=name)


def _what(one: history.HistoryEntry, language: str) -> str:
    if one.channel:
        return code_text("channel", one.channel, language)
    kind = code_text("history_kind", one.kind, language)
    detail = {"order": "order", "complaint": "matter", "request": "matter"}.get(one.kind)
    more = code_text(detail, one.state, language) if detail else code_text("payment_method", one.method, language)
    return f"{kind} · {more}" if more else kind


def _amount(one: history.HistoryEntry) -> str:
    return f"{one.amount:,}" if one.amount is not None else ""


async def _take(terminal: Terminal, message: intake.Message, sender: Sender) -> intake.Taken:
    async with terminal.store() as store, store.transaction() as session:
        if message.agent is not None:
            await get_agent(session, message.agent)
        return await intake.take(session, message, sender, datetime.now(UTC))


async def _waiting(terminal: Terminal, dismissed: bool) -> list[dict[str, Any]]:
    fields = ("id", "at", "channel", "direction", "name", "number", "email", "text", "agent", "source")
    ended = ("dismissed", "dismissed_by", "reason")
    async with terminal.store() as store, store.session() as session:
        rows = await (dismissal.dismissed if dismissed else intake.waiting)(session)
    return [
        {name: getattr(row, name) for name in (*fields, *ended)} | {"candidates": json.loads(row.candidates)}
        for row in rows
    ]


async def _assign(terminal: Terminal, waiting_id: int, customer_id: int) -> None:
    async with terminal.store() as store, store.transaction() as session:
        await intake.assign_waiting(session, waiting_id, customer_id, by=actor(), now=datetime.now(UTC))


async def _dismiss(terminal: Terminal, waiting_id: int, reason: str, undo: bool) -> None:
    async with terminal.store() as store, store.transaction() as session:
        if undo:
            await dismissal.restore(session, waiting_id, by=actor(), at=datetime.now(UTC))
        else:
            await dismissal.dismiss(session, waiting_id, reason, by=actor(), at=datetime.now(UTC))


async def _make_prospect(terminal: Terminal, waiting_id: int, name: str, owner: str | None) -> int:
    async with terminal.store() as store, store.transaction() as session:
        if owner is not None:
            owner = (await get_agent(session, owner)).code
        made = await intake.make_prospect(session, waiting_id, name, owner=owner, by=actor(), now=datetime.now(UTC))
        return made.customer_id


async def _history(
    terminal: Terminal, customer_id: int, wanted: history.Wanted
) -> tuple[list[history.HistoryEntry], dict[str, str]]:
    async with terminal.store() as store, store.session() as session:
        return await history.time_line(session, customer_id, wanted), await names_of(session)
