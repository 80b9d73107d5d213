"""`ringward trunk`: whose number mobiles are shown over each carrier, and what the carrier refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.rehearse import connected
from cti.trunks import FAMILY, Learnt, forget, forms_of, read_learnt, trunk_state

app = typer.Typer(help="The way to the carrier: whose number mobiles are shown.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The trunk's name, like carrier.", metavar="{trunk}")]

FORMS = {
    "customer": "the customer's number",
    "diversion": "the customer's number, the firm's in Diversion",
    "asserted": "the customer's number, the firm's in Diversion and P-Asserted-Identity",
    "company": "the firm's number",
}

REFUSED = "Refused ({status}): {refused}. Until {until} calls begin with {form}."
WITHHELD = "Refused of withheld callers ({status}): {refused}. Until {until} their calls begin with {form}."


@app.command("list")
def list_trunks(context: typer.Context, as_json: AsJson = False) -> None:
    """Every trunk in the order in which they are tried, its forms of Caller ID, and with which the next call begins."""
    terminal = terminal_of(context)
    learnt = terminal.run(_learnt(terminal))
    shown = [trunk_state(terminal.settings, trunk, learnt) for trunk in terminal.settings.all_trunks]
    if as_json:
        terminal.json(shown)
        return
    rows = [
        (one["trunk"], one["address"], ", ".join(one["numbers"]), ", ".join(one["forms"]), one["begins_with"])
        for one in shown
    ]
    heads = ["Trunk", "Host and port", "First for numbers", "Caller ID, in this order", "The next call begins with"]
    terminal.table(heads, rows)


@app.command("show")
def show_trunk(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """One trunk: its forms of Caller ID in words, what the carrier refused, when, and until when that is kept to."""
    terminal = terminal_of(context)
    forms_of(terminal.settings, name)
    one = trunk_state(terminal.settings, name, terminal.run(_learnt(terminal)))
    if as_json:
        terminal.json(one)
        return
    terminal.line(one["address"])
    if one["numbers"]:
        terminal.say("First for numbers that begin with {numbers}.", numbers=", ".join(one["numbers"]))
    for place, form in enumerate(one["forms"], 1):
        terminal.line(f"{place}  {form:<10} {terminal.text(FORMS[form])}")
    for fact in one["learnt"]:
        sentence = WITHHELD if fact["withheld"] else REFUSED
        refused, form = terminal.text(FORMS[fact["refused"]]), terminal.text(FORMS[fact["form"]])
        until = terminal.when(fact["until"])
        terminal.say(sentence, refused=refused, status=fact["status"], until=until, form=form)
    if not one["learnt"]:
        terminal.say("Nothing was refused: calls begin with {form}.", form=terminal.text(FORMS[one["begins_with"]]))


@app.command("reset")
def reset_trunk(context: typer.Context, name: Name) -> None:
    """Forget what the carrier refused: the next call begins with the first form again."""
    terminal = terminal_of(context)
    forms_of(terminal.settings, name)
    forgotten = terminal.run(_forget(terminal, name))
    form = terminal.text(FORMS[forms_of(terminal.settings, name)[0]])
    sentence = "Forgotten: calls begin with {form}." if forgotten else "Nothing was refused: calls begin with {form}."
    terminal.say(sentence, form=form)


async def _learnt(terminal: Terminal) -> list[Learnt]:
    async with connected(terminal.settings) as ami:
        return read_learnt(terminal.settings, await ami.db_tree(FAMILY), datetime.now(UTC))


async def _forget(terminal: Terminal, trunk: str) -> int:
    async with connected(terminal.settings) as ami:
        return await forget(ami, terminal.settings, trunk)
