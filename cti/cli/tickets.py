"""`ringward ticket`: complaints and requests of all customers, and that one is settled."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from cti.agents.people import get_agent
from cti.calls.records import instant
from cti.cli.calls import names_of
from cti.cli.dealings import settle
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.customers import finding, matters
from cti.customers.matters import Ticket
from cti.wording import code_text

app = typer.Typer(help="Complaints and requests.", no_args_is_help=True)
app.command("close")(settle)


class Kind(StrEnum):
    """What a ticket can be."""

    COMPLAINT = "complaint"
    REQUEST = "request"


@app.command("list")
def list_tickets(
    context: typer.Context,
    agent: Annotated[str | None, typer.Option(help="Only what this agent looks after.")] = None,
    customer_id: Annotated[int | None, typer.Option("--customer", help="Only this customer's, by id.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only complaints, or only requests.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Complaints and requests that are not closed, the oldest first."""
    terminal = terminal_of(context)
    found, names = terminal.run(_found(terminal, agent, customer_id, kind, everything, limit))
    if as_json:
        terminal.json([_told(one) for one in found])
    elif not found:
        terminal.say("Nothing is open.")
    else:
        _print(terminal, found, names)


@app.command("show")
def show_ticket(
    context: typer.Context,
    ticket_id: Annotated[int, typer.Argument(metavar="ID", help="As `ticket list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """One complaint or request."""
    terminal = terminal_of(context)
    found, names = terminal.run(_one(terminal, ticket_id))
    if as_json:
        terminal.json(_told(found))
    else:
        _print(terminal, [found], names)


async def _found(
    terminal: Terminal, agent: str | None, customer_id: int | None, kind: Kind | None, everything: bool, limit: int
) -> tuple[list[Ticket], dict[str, str]]:
    async with terminal.store() as store, store.session() as session:
        if agent is not None:
            await get_agent(session, agent)
        if customer_id is not None:
            customer_id = (await finding.get(session, customer_id)).id
        only = kind.value if kind is not None else None
        found = await matters.tickets(
            session, everything=everything, kind=only, agent=agent, customer_id=customer_id, limit=limit
        )
        return found, await names_of(session)


async def _one(terminal: Terminal, ticket_id: int) -> tuple[Ticket, dict[str, str]]:
    async with terminal.store() as store, store.session() as session:
        return await matters.ticket(session, ticket_id), await names_of(session)


def _told(one: Ticket) -> dict[str, Any]:
    matter = one.matter
    return {
        "id": matter.id,
        "kind": one.kind,
        "text": matter.text,
        "state": matter.state,
        "opened": instant(matter.date),
        "closed": instant(matter.closed),
        "agent": matter.agent,
        "about": matter.about,
        "customer_id": one.customer_id,
        "customer": one.customer,
    }


def _print(terminal: Terminal, found: list[Ticket], names: dict[str, str]) -> None:
    def row(one: Ticket) -> tuple[object, ...]:
        matter, language = one.matter, terminal.language
        kind, state = code_text("history_kind", one.kind, language), code_text("matter", matter.state, language)
        who = names.get(matter.agent, matter.agent) if matter.agent else ""
        return matter.id, terminal.when(matter.date)[:16], kind, one.customer, matter.text, state, who

    terminal.table(["Id", "Opened", "Kind", "Customer", "Text", "State", "Who"], [row(one) for one in found])
