"""`ringward customer`: who is calling."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from cti.agents.people import get_active, get_agent
from cti.cli import dealings, facts, identities, intakes, merges, messages, privacy
from cti.cli.calls import names_of
from cti.cli.imports import DryRun, File, do_import
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.customers import people
from cti.customers.card import card_json, load_card
from cti.customers.finding import CustomerSummary
from cti.customers.owner import hand_to
from cti.customers.searching import search
from cti.errors import NotFound
from cti.wording import code_text, translate

app = typer.Typer(help="Who is calling.", no_args_is_help=True)
app.command("dossier")(privacy.make_a_dossier)
app.command("erase")(privacy.erase_customer)
app.command("order")(dealings.add_order)
app.command("order-state")(dealings.set_order)
app.command("complaint")(dealings.add_complaint)
app.command("settle")(dealings.settle)
app.command("deputy")(dealings.set_deputy)
app.command("history")(intakes.show_history)
app.command("relate")(identities.relate)
app.command("code")(identities.set_code)
app.command("duplicates")(merges.list_duplicates)
app.command("not-same")(merges.dismiss)
app.command("merge")(merges.merge)
app.command("unmerge")(merges.unmerge)
app.command("merges")(merges.list_merges)
app.add_typer(identities.numbers, name="number")
app.add_typer(messages.app, name="message")
app.command("consent")(facts.consent)
app.add_typer(facts.app, name="fact")
app.add_typer(facts.own, name="field")
app.add_typer(facts.identity, name="identity")

MOST_SHOWN = 50
"""More than a screen holds; who wants all customers wants an export."""


@app.command("list")
def list_customers(
    context: typer.Context,
    find: Annotated[str, typer.Option("--find", help="Part of a name, a number in any form, an external id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="How many.")] = MOST_SHOWN,
    as_json: AsJson = False,
) -> None:
    """Customers, found by name, number or external id; at most 50."""
    terminal = terminal_of(context)
    found, names = terminal.run(_search(terminal, find, limit))
    if as_json:
        terminal.json([_summary_json(one) for one in found])
        return
    if not found:
        terminal.say("No customer found.")
        return
    headings = ["Id", "Name", "Tier", "State", "Owner", "Numbers"]
    terminal.table(headings, [_row(terminal, one, names) for one in found])
    if len(found) == limit:
        terminal.say("There may be more; narrow it down with --find.")


@app.command("show")
def show_customer(
    context: typer.Context,
    customer_id: Annotated[int, typer.Argument(metavar="ID", help="The customer's id, as `customer list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """The card: what whoever answers sees."""
    terminal = terminal_of(context)
    card, names = terminal.run(_card(terminal, customer_id))
    if as_json:
        terminal.json(card)
    else:
        _print_card(terminal, card, names)


@app.command("assign")
def assign_customer(
    context: typer.Context,
    customer_id: Annotated[int, typer.Argument(metavar="ID", help="The customer's id, as `customer list` prints it.")],
    to: Annotated[str, typer.Option("--to", help="Code of the agent who looks after them; empty for nobody.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the assignments and in the audit.")],
    as_json: AsJson = False,
) -> None:
    """Hand a customer to another agent; the next call rings them."""
    terminal = terminal_of(context)
    card, names = terminal.run(_assign(terminal, customer_id, to or None, reason))
    if as_json:
        terminal.json(card["assignments"])
    else:
        _print_assignments(terminal, card, names)


@app.command("add")
def add_customer(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The customer's name.")],
    number: Annotated[list[str] | None, typer.Option("--number", help="A number in any form; may be repeated.")] = None,
    owner: Annotated[str | None, typer.Option(help="Code of the agent who looks after them.")] = None,
    tier: Annotated[str, typer.Option(help="A, B or C.")] = "",
    kind: Annotated[str, typer.Option(help="person, company or household.")] = "person",
    prospect: Annotated[bool, typer.Option("--prospect", help="Not a customer yet.")] = False,
    external_id: Annotated[str | None, typer.Option(help="Their number in another system.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a customer."""
    terminal = terminal_of(context)
    fields = {
        "owner": owner,
        "tier": tier.upper(),
        "kind": kind,
        "state": "prospect" if prospect else "customer",
        "external_id": external_id,
        "source": "command line",
    }
    card, names = terminal.run(_add(terminal, name, number or [], fields))
    if as_json:
        terminal.json(card)
    else:
        _print_card(terminal, card, names)


@app.command("import")
def import_file(
    context: typer.Context,
    file: File,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import customers from a CSV, XLSX or vCard file: all of it, or nothing and every fault by its line."""
    do_import(terminal_of(context), file, "customers", dry_run, as_json)


async def _search(terminal: Terminal, text: str, limit: int) -> tuple[list[CustomerSummary], dict[str, str]]:
    async with terminal.store() as store, store.session() as session:
        return await search(session, text, limit), await names_of(session)


async def _card(terminal: Terminal, customer_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    async with terminal.store() as store, store.session() as session:
        row = await people.get(session, customer_id)
        card = await load_card(
            session, row.id, zone=terminal.settings.zone, stale_days=terminal.settings.fact_stale_days
        )
        if card is None:
            raise NotFound(f"there is no customer {customer_id}")
        return card_json(card), await names_of(session)


async def _assign(
    terminal: Terminal, customer_id: int, to: str | None, reason: str
) -> tuple[dict[str, Any], dict[str, str]]:
    async with terminal.store() as store, store.transaction() as session:
        if to is not None:
            await get_active(session, to)
        await hand_to(session, customer_id, to, by=actor(), reason=reason, at=datetime.now(UTC))
    return await _card(terminal, customer_id)


async def _add(
    terminal: Terminal, name: str, numbers: list[str], fields: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    async with terminal.store() as store:
        async with store.transaction() as session:
            if fields["owner"]:
                await get_agent(session, fields["owner"])
            row = await people.add(session, name, numbers, **fields)
        async with store.session() as session:
            card = await load_card(
                session, row.id, zone=terminal.settings.zone, stale_days=terminal.settings.fact_stale_days
            )
            if card is None:
                raise NotFound(f"there is no customer {row.id}")
            return card_json(card), await names_of(session)


def _contact_text(contact: Mapping[str, Any], language: str) -> str:
    """A row of several calls without an answer says how many; one says what the time line says."""
    if contact["missed"] < 2:
        return str(contact["text"])
    text = "Called ×{n}, nobody answered" if contact["direction"] == "out" else "Missed calls ×{n}"
    return translate(text, language, n=contact["missed"])


def _summary_json(one: CustomerSummary) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(one)
    return told


def _row(terminal: Terminal, one: CustomerSummary, names: dict[str, str]) -> list[str]:
    state = code_text("customer_state", one.state, terminal.language)
    return [
        str(one.customer_id),
        one.name,
        one.tier,
        state,
        names.get(one.owner or "", one.owner or ""),
        " ".join(one.numbers),
    ]


def _print_card(terminal: Terminal, card: dict[str, Any], names: dict[str, str]) -> None:
    language = terminal.language

    def who(code: str | None) -> str:
        return names.get(code or "", code or "")

    def day(at: str | None) -> str:
        return terminal.when(datetime.fromisoformat(at))[:10] if at else ""

    terminal.table(
        ["Field", "Value"],
        [
            (terminal.text("Id"), card["customer_id"]),
            (terminal.text("Name"), f"{card['name']} ({card['title']})" if card["title"] else card["name"]),
            (terminal.text("Kind"), code_text("customer_kind", card["kind"], language)),
            (terminal.text("Tier"), card["tier"]),
            (terminal.text("State"), code_text("customer_state", card["state"], language)),
            (terminal.text("Owner"), who(card["owner"])),
            (terminal.text("Numbers"), " ".join(number["e164"] for number in card["numbers"])),
            (terminal.text("E-mail"), card["email"]),
            (terminal.text("Address"), card["address"]),
            (terminal.text("Terms"), card["terms"]),
        ],
    )
    rows = [(day(o["date"]), o["title"], o["amount"], code_text("order", o["state"], language)) for o in card["orders"]]
    _block(terminal, "Orders", ["Date", "Order", "Amount", "State"], rows)
    for title, matters in (("Complaints", card["complaints"]), ("Requests", card["requests"])):
        rows = [
            (day(m["date"]), m["text"], code_text("matter", m["state"], language), who(m["agent"])) for m in matters
        ]
        _block(terminal, title, ["Date", "Text", "State", "Who"], rows)
    contacts = card["interactions"]
    rows = [
        (day(i["date"]), code_text("channel", i["channel"], language), _contact_text(i, language), who(i["agent"]))
        for i in contacts
    ]
    _block(terminal, "Contacts", ["Date", "Channel", "Text", "Who"], rows)
    kept = card["preferences"]
    rows = [(p["key"], p["value"], p["source"], "⚠" if p["do_not_mention"] else "") for p in kept]
    _block(terminal, "Preferences", ["What", "Value", "Source", "Do not mention"], rows)
    _print_assignments(terminal, card, names)


def _print_assignments(terminal: Terminal, card: dict[str, Any], names: dict[str, str]) -> None:
    def day(at: str | None) -> str:
        return terminal.when(datetime.fromisoformat(at))[:16] if at else ""

    kept = card["assignments"]
    rows = [(names.get(a["agent"], a["agent"]), day(a["since"]), day(a["until"]), a["by"], a["reason"]) for a in kept]
    _block(terminal, "Looked after by", ["Who", "Begins", "Ends", "By", "Why"], rows)


def _block(terminal: Terminal, title: str, headings: list[str], rows: list[tuple[Any, ...]]) -> None:
    if rows:
        terminal.say(title)
        terminal.table(headings, rows)
