"""`ringward customer fact …`, `consent`, `field …`, `identity …`: what is known of a customer, and from where."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.expecting import expect, versions_of
from cti.cli.dealings import CustomerId
from cti.cli.identities import CallId
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.customers import facts, fields, people, sealing
from cti.customers.card import card_json, load_card
from cti.customers.identity_tables import CustomerFieldRow
from cti.customers.number_change import Changer
from cti.errors import NotFound
from cti.wording import code_text

app = typer.Typer(help="What is known of a customer, and from where.", no_args_is_help=True)
own = typer.Typer(help="Fields of the firm's own on every customer.", no_args_is_help=True)
identity = typer.Typer(help="Identity numbers, kept under the installation's key.", no_args_is_help=True)

FactName = Annotated[
    str, typer.Argument(metavar="FACT", help="The fact's id or key, as `customer fact list` prints it.")
]
Work = Callable[[AsyncSession], Awaitable[Any]]


@app.command("list")
def list_facts(context: typer.Context, customer_id: CustomerId, as_json: AsJson = False) -> None:
    """Every fact with its source, its age, and what is to be asked."""
    terminal = terminal_of(context)

    async def work() -> dict[str, Any]:
        async with terminal.store() as store, store.session() as session:
            row = await people.get(session, customer_id)
            card = await load_card(
                session, row.id, zone=terminal.settings.zone, stale_days=terminal.settings.fact_stale_days
            )
            if card is None:
                raise NotFound(f"there is no customer {customer_id}")
            return card_json(card)

    card = terminal.run(work())
    if as_json:
        terminal.json({name: card[name] for name in ("facts", "to_ask", "identity")})
        return
    rows = [
        (
            one["id"],
            one["key"],
            one["value"],
            one["source"],
            one["linkedid"],
            one["times_confirmed"],
            one["last_confirmed"][:10],
            "⚠" if one["do_not_mention"] else "",
        )
        for one in card["facts"]
    ]
    terminal.table(["Id", "What", "Value", "Source", "Call", "Confirmed", "Last confirmed", "Do not mention"], rows)
    if card["to_ask"]:
        terminal.say("To ask")
        asked = [
            (one["label"] or one["key"], code_text("to_ask", one["why"], terminal.language)) for one in card["to_ask"]
        ]
        terminal.table(["What", "Why"], asked)


@app.command("set")
def set_fact(
    context: typer.Context,
    customer_id: CustomerId,
    key: Annotated[str, typer.Argument(help="What: 房型, email, address, terms, or a field of the firm's own.")],
    value: Annotated[str, typer.Argument(help="The value.")],
    kind: Annotated[str, typer.Option(help="preference, contact, family, policy or terms.")] = "preference",
    do_not_mention: Annotated[bool | None, typer.Option("--do-not-mention/--may-mention")] = None,
    call: CallId = None,
) -> None:
    """Note a fact: said again it is confirmed, said otherwise corrected."""

    async def work(session: AsyncSession) -> None:
        by = Changer(actor=actor(), linkedid=call)
        await facts.set_fact(session, customer_id, key, value, kind=kind, do_not_mention=do_not_mention, by=by)

    _noted(context, customer_id, work)


@app.command("confirm")
def confirm(context: typer.Context, customer_id: CustomerId, fact: FactName, call: CallId = None) -> None:
    """It is still so."""

    async def work(session: AsyncSession) -> None:
        await facts.confirm(session, customer_id, fact, by=Changer(actor=actor(), linkedid=call))

    _noted(context, customer_id, work)


@app.command("mention")
def mention(
    context: typer.Context,
    customer_id: CustomerId,
    fact: FactName,
    never: Annotated[bool, typer.Option("--never/--may", help="The customer must not notice that it is known.")] = True,
) -> None:
    """Whether a fact must not be mentioned."""

    async def work(session: AsyncSession) -> None:
        await facts.set_mention(session, customer_id, fact, never, by=Changer(actor=actor()))

    _noted(context, customer_id, work)


@app.command("forget")
def forget(context: typer.Context, customer_id: CustomerId, fact: FactName) -> None:
    """It is not so any more; the audit keeps what it was."""

    async def work(session: AsyncSession) -> None:
        await facts.forget(session, customer_id, fact, by=Changer(actor=actor()))

    _noted(context, customer_id, work)


def consent(
    context: typer.Context,
    customer_id: CustomerId,
    channel: Annotated[str, typer.Argument(help="phone, mail, sms or line.")],
    given: Annotated[bool, typer.Option("--yes/--no", help="Whether they may be reached by it.")],
    call: CallId = None,
) -> None:
    """Whether a customer may be reached by a channel; what is refused is not sent."""

    async def work(session: AsyncSession) -> None:
        await facts.set_consent(session, customer_id, channel, given, by=Changer(actor=actor(), linkedid=call))

    _noted(context, customer_id, work)


@own.command("list")
def list_fields(context: typer.Context, as_json: AsJson = False) -> None:
    """The firm's own fields."""
    terminal = terminal_of(context)

    async def work() -> list[dict[str, Any]]:
        async with terminal.store() as store, store.session() as session:
            versions = await versions_of(session, fields.SUBJECT, fields.ACTIONS)
            return [_field(row, versions.get(row.key, 0)) for row in await fields.defined(session)]

    found = terminal.run(work())
    if as_json:
        terminal.json(found)
        return
    rows = [
        (one["key"], one["label"], one["kind"], ", ".join(one["choices"]), "✓" * one["ask"], one["version"])
        for one in found
    ]
    terminal.table(["Key", "Label", "Type", "Choices", "Asked", "Version"], rows)


def _field(row: CustomerFieldRow, version: int) -> dict[str, Any]:
    said = {"key": row.key, "label": row.label, "kind": row.kind, "choices": json.loads(row.choices), "ask": row.ask}
    return {**said, "version": version}


Version = Annotated[
    int | None,
    typer.Option("--version", help="Only if nobody changed it since this version, as `customer field list` has it."),
]


@own.command("set")
def define_field(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Its name for files and programs, like shoe_size.")],
    label: Annotated[str, typer.Argument(help="Its name for people.")],
    kind: Annotated[str, typer.Option(help="text, number, date, choice or yesno.")] = "text",
    choice: Annotated[list[str] | None, typer.Option("--choice", help="One of the choices; may be repeated.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Tell agents to ask where it is not known.")] = False,
    version: Version = None,
) -> None:
    """Define a field, or change its label, choices and asking."""
    terminal = terminal_of(context)

    async def work() -> None:
        async with terminal.store() as store, store.transaction() as session:
            by = Changer(actor=actor())
            if version is not None:
                await expect(session, fields.SUBJECT, key, version)
            await fields.define(session, key, label, kind, choices=choice or (), ask=ask, by=by)

    terminal.run(work())
    terminal.say("Field {key}: noted.", key=key)


@own.command("retire")
def retire_field(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="The field's key.")],
    version: Version = None,
) -> None:
    """The field is asked and offered no more; what was noted stays."""
    terminal = terminal_of(context)

    async def work() -> None:
        async with terminal.store() as store, store.transaction() as session:
            if version is not None:
                await expect(session, fields.SUBJECT, key, version)
            await fields.retire(session, key, by=Changer(actor=actor()))

    terminal.run(work())
    terminal.say("Field {key}: noted.", key=key)


@identity.command("set")
def keep_identity(
    context: typer.Context,
    customer_id: CustomerId,
    kind: Annotated[str, typer.Argument(help="national, passport or company.")],
    call: CallId = None,
) -> None:
    """Keep an identity number, asked for on the terminal so that no shell history has it."""
    terminal = terminal_of(context)
    number = typer.prompt(terminal.text("Identity number"), hide_input=True)

    async def work(session: AsyncSession) -> None:
        by = Changer(actor=actor(), linkedid=call)
        await sealing.keep(session, customer_id, kind, number, seal=_seal(terminal), by=by)

    _noted(context, customer_id, work)


@identity.command("reveal")
def reveal_identity(
    context: typer.Context,
    customer_id: CustomerId,
    kind: Annotated[str, typer.Argument(help="national, passport or company.")],
) -> None:
    """The whole number; that it was looked at stands in the audit."""
    terminal = terminal_of(context)

    async def work() -> str:
        async with terminal.store() as store, store.transaction() as session:
            return await sealing.reveal(session, customer_id, kind, seal=_seal(terminal), by=Changer(actor=actor()))

    terminal.line(terminal.run(work()))


def _noted(context: typer.Context, customer_id: int, change: Work) -> None:
    terminal = terminal_of(context)

    async def work() -> None:
        async with terminal.store() as store, store.transaction() as session:
            await change(session)

    terminal.run(work())
    terminal.say("Customer {id}: noted.", id=customer_id)


def _seal(terminal: Terminal) -> sealing.Seal:
    return sealing.Seal(terminal.settings.identity_key_file)
