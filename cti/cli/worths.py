"""`ringward worth`: what customers are worth to the firm, and why each label says what it says."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from sqlalchemy import func, select

from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.customers.finding import get
from cti.customers.worth.nightly import Done, work_out
from cti.customers.worth.plays import worth_of
from cti.customers.worth.rules import labels
from cti.customers.worth.tables import WorthRow
from cti.errors import NotFound
from cti.nightly import terms_of
from cti.wording import label_text

app = typer.Typer(help="What customers are worth: margin, payment, rhythm.", no_args_is_help=True)


@app.command("run")
def run(context: typer.Context, as_json: AsJson = False) -> None:
    """Work out every customer's figures now, as the daemon does every night."""
    terminal = terminal_of(context)
    done = terminal.run(_run(terminal))
    if as_json:
        terminal.json(asdict(done))
    else:
        terminal.say(
            "{customers} customers worked out, {tiers} got another tier.", customers=done.customers, tiers=done.tiers
        )


@app.command("show")
def show(
    context: typer.Context,
    customer_id: Annotated[int, typer.Argument(metavar="ID", help="The customer's id, as `customer list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """One customer's figures, and what they say."""
    terminal = terminal_of(context)
    row, name = terminal.run(_one(terminal, customer_id))
    worth = worth_of(row)
    said = labels(worth, datetime.now(UTC).astimezone(terminal.settings.zone).date(), terminal.settings.zone)
    if as_json:
        told: dict[str, Any] = msgspec.to_builtins(worth)
        terminal.json(told | {"labels": msgspec.to_builtins(said)})
        return
    terminal.line(f"{customer_id} {name}")
    for label in said:
        terminal.line(f"- {label_text(label.code, label.values, terminal.language)}")
    terminal.table(["Field", "Value"], msgspec.to_builtins(worth).items())


@app.command("report")
def report(context: typer.Context, as_json: AsJson = False) -> None:
    """How many customers of each class there are, and what they earn the firm."""
    terminal = terminal_of(context)
    found = terminal.run(_classes(terminal))
    if as_json:
        terminal.json(found)
        return
    headings = ["Class", "How many", "Margin in 12 months", "Half dormant", "Dormant", "False customers"]
    cells = ("grade", "customers", "margin_12m", "half_dormant", "dormant", "hollow")
    terminal.table(headings, [[one[cell] for cell in cells] for one in found])


async def _run(terminal: Terminal) -> Done:
    settings = terminal.settings
    async with terminal.store() as store:
        terms, at = terms_of(settings), datetime.now(UTC)
        return await work_out(store, terms, at, set_tiers=settings.worth_sets_tier, zone=settings.zone)


async def _one(terminal: Terminal, customer_id: int) -> tuple[WorthRow, str]:
    async with terminal.store() as store, store.session() as session:
        customer = await get(session, customer_id)
        row = await session.get(WorthRow, customer.id)
        if row is None:
            raise NotFound(f"customer {customer_id} has no figures yet; make them with `ringward worth run`")
        return row, customer.name


async def _classes(terminal: Terminal) -> list[dict[str, Any]]:
    row = WorthRow
    counts = (
        func.count(),
        func.sum(row.margin_12m),
        func.count().filter(row.dormancy == "half"),
        func.count().filter(row.dormancy == "full"),
        func.count().filter(row.hollow),
    )
    names = ("grade", "customers", "margin_12m", "half_dormant", "dormant", "hollow")
    async with terminal.store() as store, store.session() as session:
        found = await session.execute(select(row.grade, *counts).group_by(row.grade).order_by(row.grade))
        return [dict(zip(names, (one[0], *map(int, one[1:])), strict=True)) for one in found]
