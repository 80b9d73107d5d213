"""`ringward customer …`: trips, complaints and a deputy of the customer's own, which change who rings for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.people import get_agent
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.customers import dealings
from cti.customers.tables import MatterRow, OrderRow

CustomerId = Annotated[int, typer.Argument(metavar="ID", help="The customer's id, as `customer list` prints it.")]


def add_order(
    context: typer.Context,
    customer_id: CustomerId,
    title: Annotated[str, typer.Argument(help="What was ordered.")],
    starts: Annotated[str | None, typer.Option("--from", help="The first day of travel, like 2026-12-01.")] = None,
    ends: Annotated[str | None, typer.Option("--to", help="The last day of travel.")] = None,
    state: Annotated[str, typer.Option(help="quoted, booked, paid, done or cancelled.")] = "booked",
    amount: Annotated[int, typer.Option(min=0, help="In New Taiwan dollars.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Note an order. Within 72 hours before a trip and during it, desk and mobile ring together for this customer."""
    terminal = terminal_of(context)
    first, last = _day(starts), _day(ends)

    async def change(session: AsyncSession) -> dict[str, Any]:
        row = await dealings.add_order(session, customer_id, title, state=state, amount=amount, starts=first, ends=last)
        return _order(row)

    _told(terminal, terminal.run(_changed(terminal, change)), as_json)


def set_order(
    context: typer.Context,
    order_id: Annotated[int, typer.Argument(help="The order's number.")],
    state: Annotated[str, typer.Argument(help="quoted, booked, paid, done or cancelled.")],
    as_json: AsJson = False,
) -> None:
    """How far an order is; one that is cancelled or done is no trip."""
    terminal = terminal_of(context)

    async def change(session: AsyncSession) -> dict[str, Any]:
        return _order(await dealings.set_order_state(session, order_id, state))

    _told(terminal, terminal.run(_changed(terminal, change)), as_json)


def add_complaint(
    context: typer.Context,
    customer_id: CustomerId,
    text: Annotated[str, typer.Argument(help="What the customer complains of.")],
    about: Annotated[str | None, typer.Option(help="Whom it is about: not rung for this customer while open.")] = None,
    agent: Annotated[str | None, typer.Option(help="Who looks after it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Note a complaint. Whom it is about is not rung for this customer until it is settled."""
    terminal = terminal_of(context)

    async def change(session: AsyncSession) -> dict[str, Any]:
        for code in filter(None, (about, agent)):
            await get_agent(session, code)
        return _matter(await dealings.add_complaint(session, customer_id, text, about=about, agent=agent))

    _told(terminal, terminal.run(_changed(terminal, change)), as_json)


def settle(
    context: typer.Context,
    matter_id: Annotated[int, typer.Argument(help="The complaint's or request's number.")],
    as_json: AsJson = False,
) -> None:
    """A complaint or a request is settled."""
    terminal = terminal_of(context)

    async def change(session: AsyncSession) -> dict[str, Any]:
        return _matter(await dealings.close_matter(session, matter_id))

    _told(terminal, terminal.run(_changed(terminal, change)), as_json)


def set_deputy(
    context: typer.Context,
    customer_id: CustomerId,
    deputy: Annotated[str | None, typer.Argument(help="An agent's code; none for the owner's own deputy.")] = None,
    as_json: AsJson = False,
) -> None:
    """Whom this customer wants when their owner is not there."""
    terminal = terminal_of(context)

    async def change(session: AsyncSession) -> dict[str, Any]:
        if deputy is not None:
            await get_agent(session, deputy)
        row = await dealings.set_deputy(session, customer_id, deputy)
        return {"customer_id": row.id, "owner": row.owner, "deputy": row.deputy}

    _told(terminal, terminal.run(_changed(terminal, change)), as_json)


async def _changed(terminal: Terminal, change: Callable[[AsyncSession], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    async with terminal.store() as store, store.transaction() as session:
        return await change(session)


def _told(terminal: Terminal, told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        terminal.json(told)
    else:
        terminal.say("Noted; routing follows within a second.")


def _order(row: OrderRow) -> dict[str, Any]:
    days = {"starts": row.starts, "ends": row.ends}
    told = {name: day.isoformat() if day is not None else None for name, day in days.items()}
    return {"id": row.id, "customer_id": row.customer_id, "title": row.title, "state": row.state, **told}


def _matter(row: MatterRow) -> dict[str, Any]:
    told = {"id": row.id, "customer_id": row.customer_id, "kind": row.kind, "state": row.state}
    return {**told, "about": row.about_agent, "agent": row.agent}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it like 2026-12-01") from None
