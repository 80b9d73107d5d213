"""`ringward customer number …`, `relate`, `code`: who a customer is and by which numbers."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from cti.agents.people import get_agent
from cti.cli.dealings import CustomerId
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.customers import families, number_change, people, relations
from cti.customers.number_change import Changer, NumberChange
from cti.customers.relations import ROLES

numbers = typer.Typer(help="A customer's telephone numbers.", no_args_is_help=True)

SOURCE = "command line"
CallId = Annotated[str | None, typer.Option("--call", help="The call (linkedid) in which it was said.")]


@numbers.command("change")
def change_number(
    context: typer.Context,
    customer_id: CustomerId,
    old: Annotated[str, typer.Argument(help="The number they had, in any form.")],
    new: Annotated[str, typer.Argument(help="The number they have now.")],
    asked_by: Annotated[str, typer.Option("--asked-by", help="Who asked for the change.")],
    read_back: Annotated[bool, typer.Option("--read-back", help="The new number was read back to them.")] = False,
    agent: Annotated[str | None, typer.Option(help="Code of the agent who took it.")] = None,
    call: CallId = None,
    as_json: AsJson = False,
) -> None:
    """Change a number: the old one still tells who calls, and messages that wait go to the new one."""
    terminal = terminal_of(context)
    change = terminal.run(_change(terminal, customer_id, old, new, asked_by, read_back, agent, call))
    if as_json:
        terminal.json(msgspec.to_builtins(change))
        return
    terminal.say(
        "{old} is now {new}; {count} waiting messages follow.", old=change.old, new=change.new, count=change.messages
    )
    terminal.say("Responsible department: {department}", department=change.department or "–")
    if change.also:
        terminal.say("Also the number of: {names}", names=", ".join(one.name for one in change.also))


@numbers.command("changes")
def list_changes(context: typer.Context, customer_id: CustomerId, as_json: AsJson = False) -> None:
    """Who changed this customer's numbers, who asked for it, and which department answers for it."""
    terminal = terminal_of(context)
    kept = terminal.run(_changes(terminal, customer_id))
    if as_json:
        terminal.json([msgspec.to_builtins(one) for one in kept])
        return
    rows = [
        (
            terminal.when(one.at),
            (one.entry.before or {}).get("number", ""),
            (one.entry.after or {}).get("number", ""),
            one.entry.asked_by,
            one.entry.agent or one.entry.actor,
            one.entry.department or "–",
            one.entry.linkedid,
            one.entry.recording or terminal.text("none"),
        )
        for one in kept
    ]
    terminal.table(["Time", "Before", "After", "Asked by", "Who", "Department", "Call", "Recording"], rows)


@numbers.command("add")
def add_number(
    context: typer.Context,
    customer_id: CustomerId,
    number: Annotated[str, typer.Argument(help="A number in any form.")],
    kind: Annotated[str | None, typer.Option(help="mobile, landline, work, fax or other.")] = None,
) -> None:
    """Give a customer one more number."""
    terminal = terminal_of(context)

    async def work() -> None:
        async with terminal.store() as store, store.transaction() as session:
            await people.add_number(session, customer_id, number, kind=kind)

    terminal.run(work())
    terminal.say("Noted; routing follows within a second.")


def relate(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="WHO", help="A customer's id, or the name of somebody new.")],
    role: Annotated[str, typer.Argument(help=", ".join(ROLES) + ".")],
    of_id: Annotated[int, typer.Argument(metavar="OF", help="The id of the household, company or person.")],
    call: CallId = None,
    as_json: AsJson = False,
) -> None:
    """Note who belongs to whom: member of a household, payer of a company, child, spouse, referrer of a person."""
    terminal = terminal_of(context)

    async def work() -> int:
        async with terminal.store() as store, store.transaction() as session:
            said: dict[str, Any] = {"source": "call" if call else SOURCE, "linkedid": call}
            if not customer.isdigit():
                return (await families.add_relative(session, of_id, customer, role, **said)).id
            await relations.relate(session, int(customer), of_id, role, **said)
            return int(customer)

    customer_id = terminal.run(work())
    if as_json:
        terminal.json({"customer_id": customer_id, "of_id": of_id, "role": role})
    else:
        terminal.say("Customer {id}: noted.", id=customer_id)


def set_code(
    context: typer.Context,
    customer_id: CustomerId,
    code: Annotated[str | None, typer.Argument(help="The firm's own code for them; none to take it away.")] = None,
) -> None:
    """Give a customer the firm's own code, by which they are found."""
    terminal = terminal_of(context)

    async def work() -> None:
        async with terminal.store() as store, store.transaction() as session:
            await people.set_code(session, customer_id, code)

    terminal.run(work())
    terminal.say("Customer {id}: noted.", id=customer_id)


async def _change(
    terminal: Terminal,
    customer_id: int,
    old: str,
    new: str,
    asked_by: str,
    read_back: bool,
    agent: str | None,
    call: str | None,
) -> NumberChange:
    async with terminal.store() as store, store.transaction() as session:
        department = (await get_agent(session, agent)).department if agent else ""
        by = Changer(actor=actor(), agent=agent, department=department, linkedid=call)
        return await number_change.change_number(
            session, customer_id, old, new, asked_by=asked_by, read_back=read_back, by=by
        )


async def _changes(terminal: Terminal, customer_id: int) -> list[Any]:
    async with terminal.store() as store, store.session() as session:
        return await number_change.changes(session, customer_id)
