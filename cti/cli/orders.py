"""`ringward order`, `ringward payment`, `ringward report orders`: what was bought and paid, and what does not fit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.people import get_agent
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.cli.calls import names_of
from cti.cli.intakes import Code, CustomerId, Mail, Number, sender_of
from cti.cli.terminal import AsJson, Terminal, actor, parse_instant, terminal_of
from cti.customers import payments
from cti.customers.changes import Put
from cti.customers.crosscheck import Crosscheck, OrderSeen, crosscheck
from cti.customers.orders import put_order
from cti.customers.payments import put_payment

order_app = typer.Typer(help="Orders.", no_args_is_help=True)
payment_app = typer.Typer(help="Payments.", no_args_is_help=True)

Work = Callable[[AsyncSession, datetime], Awaitable[Put]]
ExternalId = Annotated[str | None, typer.Option(help="Its number in your own system: once only, then put over.")]
Agent = Annotated[str | None, typer.Option(help="Code of the agent who had to do with it.")]


@order_app.command("put")
def order(
    context: typer.Context,
    title: Annotated[str | None, typer.Argument(help="What was ordered.")] = None,
    order_id: Annotated[int | None, typer.Option("--id", help="Change the order of this number.")] = None,
    external_id: ExternalId = None,
    customer_id: CustomerId = None,
    code: Code = None,
    number: Number = None,
    email: Mail = None,
    amount: Annotated[int | None, typer.Option(help="In New Taiwan dollars.")] = None,
    discount: Annotated[int | None, typer.Option(help="What was taken off to come to that.")] = None,
    margin: Annotated[int | None, typer.Option(help="What the firm earns by it.")] = None,
    state: Annotated[str | None, typer.Option(help="quoted, booked, paid, done or cancelled.")] = None,
    placed: Annotated[str, typer.Option(help="When it was placed, like '2026-11-23 14:05'.")] = "",
    starts: Annotated[str, typer.Option("--from", help="The first day of travel, like 2026-12-01.")] = "",
    ends: Annotated[str, typer.Option("--to", help="The last day of travel.")] = "",
    terms: Annotated[str | None, typer.Option(help="How it is to be paid, where not as usual.")] = None,
    due: Annotated[str, typer.Option(help="The day by which it is to be paid.")] = "",
    renews: Annotated[str, typer.Option(help="The day on which it would have to be renewed.")] = "",
    agent: Agent = None,
    as_json: AsJson = False,
) -> None:
    """Put an order in, or over the one with this number; what is not named stays as it is."""
    terminal = terminal_of(context)
    days = {"starts": starts, "ends": ends, "due": due, "renews": renews}
    plain = {"title": title, "amount": amount, "discount": discount, "margin": margin, "state": state}
    given: dict[str, Any] = {**plain, "terms": terms, "agent": agent}
    given |= {name: day(text) for name, text in days.items() if text}
    given["placed"] = parse_instant(placed, terminal.settings) if placed else None
    named = {name: value for name, value in given.items() if value is not None}
    sender = sender_of(customer_id, code, number, email)

    async def work(session: AsyncSession, now: datetime) -> Put:
        return await put_order(session, named, now=now, sender=sender, external_id=external_id, order_id=order_id)

    _told(terminal, terminal.run(_put(terminal, "order", work, agent)), as_json)


@payment_app.command("put")
def payment(
    context: typer.Context,
    amount: Annotated[int | None, typer.Argument(help="In New Taiwan dollars; --refund for what went back.")] = None,
    refund: Annotated[bool, typer.Option("--refund", help="The money went back to the customer.")] = False,
    payment_id: Annotated[int | None, typer.Option("--id", help="Change the payment of this number.")] = None,
    external_id: ExternalId = None,
    order_id: Annotated[int | None, typer.Option(help="The order it pays.")] = None,
    order_code: Annotated[str | None, typer.Option("--order", help="The order's number in your own system.")] = None,
    customer_id: CustomerId = None,
    code: Code = None,
    number: Number = None,
    email: Mail = None,
    method: Annotated[str | None, typer.Option(help=", ".join(payments.METHODS))] = None,
    at: Annotated[str, typer.Option(help="When, like '2026-11-23 14:05'; now unless given.")] = "",
    note: Annotated[str | None, typer.Option(help="What for.")] = None,
    agent: Agent = None,
    as_json: AsJson = False,
) -> None:
    """Put a payment in, or over the one with this number. An order that is paid in full is noted as paid."""
    terminal = terminal_of(context)
    given: dict[str, Any] = {"method": method, "note": note, "agent": agent}
    given["amount"] = -amount if refund and amount is not None else amount
    given["at"] = parse_instant(at, terminal.settings) if at else None
    named = {name: value for name, value in given.items() if value is not None}
    sender = sender_of(customer_id, code, number, email)

    async def work(session: AsyncSession, now: datetime) -> Put:
        what = {"order_id": order_id, "order": order_code, "external_id": external_id, "payment_id": payment_id}
        return await put_payment(session, named, now=now, sender=sender, **what)  # type: ignore[arg-type]

    _told(terminal, terminal.run(_put(terminal, "payment", work, agent)), as_json)


def show_crosscheck(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=366, help="Orders and calls of so many days until now.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Orders that stand twice, orders before which nobody spoke with the customer, callers who ordered nothing."""
    terminal = terminal_of(context)
    found, names = terminal.run(_crosscheck(terminal, days))
    if as_json:
        terminal.json(msgspec.to_builtins(found))
        return
    terminal.say("Orders that may stand twice: {count}", count=len(found.twice))
    if found.twice:
        rows = [
            row
            for pair in found.twice
            for row in (_row(terminal, pair.first, names), _row(terminal, pair.second, names))
        ]
        terminal.table(["Id", "Order", "Customer", "Amount", "Placed", "Who"], rows)
    terminal.say("Orders before which nobody spoke with the customer: {count}", count=len(found.without_contact))
    if found.without_contact:
        rows = [_row(terminal, one, names) for one in found.without_contact]
        terminal.table(["Id", "Order", "Customer", "Amount", "Placed", "Who"], rows)
    terminal.say("Customers who called and ordered nothing: {count}", count=len(found.called_only))
    if found.called_only:
        headings = ["Id", "Customer", "Calls", "Last", "Who"]
        called = [
            (one.customer_id, one.customer, one.calls, terminal.when(one.last), names.get(one.agent or "", one.agent))
            for one in found.called_only
        ]
        terminal.table(headings, called)


def day(text: str) -> date:
    """A day like 2026-12-01.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it like 2026-12-01") from None


async def _put(terminal: Terminal, subject: str, work: Work, agent: str | None) -> Put:
    async with terminal.store() as store, store.transaction() as session:
        if agent is not None:
            await get_agent(session, agent)
        put = await work(session, datetime.now(UTC))
        if put.outcome != "unchanged":
            action, who = f"{subject}.{put.outcome}", actor()
            told = {"subject": subject, "subject_id": str(put.id)}
            record(session, Entry(action=action, actor=who, **told, before=put.before, after=put.after))
        return put


def _told(terminal: Terminal, put: Put, as_json: bool) -> None:
    if as_json:
        terminal.json({"outcome": put.outcome, "id": put.id, "customer_id": put.customer_id})
    elif put.outcome == "unchanged":
        terminal.say("Number {id}: as it was.", id=put.id)
    else:
        terminal.say("Number {id} of customer {customer}: noted.", id=put.id, customer=put.customer_id)


async def _crosscheck(terminal: Terminal, days: int) -> tuple[Crosscheck, dict[str, str]]:
    now = datetime.now(UTC)
    async with terminal.store() as store, store.session() as session:
        return await crosscheck(session, now - timedelta(days=days), now), await names_of(session)


def _row(terminal: Terminal, one: OrderSeen, names: dict[str, str]) -> tuple[Any, ...]:
    order_code = f"{one.title} ({one.external_id})" if one.external_id else one.title
    who = names.get(one.agent or "", one.agent)
    return one.order_id, order_code, one.customer, f"{one.amount:,}", terminal.when(one.placed), who
