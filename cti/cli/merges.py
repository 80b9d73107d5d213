"""`ringward customer duplicates`, `merge`, `unmerge`, `merges`: one record a person."""

from __future__ import annotations

import importlib
from typing import Annotated

import msgspec
import typer
from sqlalchemy import select

from cti.agents.tables import AgentRow
from cti.cli.terminal import AsJson, Terminal, actor, terminal_of
from cti.customers import duplicates, merging
from cti.customers.duplicates import Duplicate
from cti.customers.merging import Merge
from cti.customers.number_change import Changer
from cti.wording import code_text


def list_duplicates(
    context: typer.Context,
    find: Annotated[bool, typer.Option("--find", help="Compare the whole book anew first.")] = False,
    customer_id: Annotated[int | None, typer.Option("--customer", help="Those of one customer only.")] = None,
    least: Annotated[int, typer.Option(min=0, max=99, help="The least score.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=duplicates.MOST_LISTED, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Customers who may be one, the likeliest first, with the reasons."""
    terminal = terminal_of(context)

    async def work() -> list[Duplicate]:
        async with terminal.store() as store:
            if find:
                await duplicates.find(store)
            async with store.session() as session:
                return await duplicates.duplicates(session, customer_id=customer_id, least=least, limit=limit)

    found = terminal.run(work())
    if as_json:
        terminal.json([msgspec.to_builtins(one) for one in found])
        return
    if not found:
        terminal.say("No two customers look alike.")
        return
    rows = [
        (
            one.score,
            f"{one.first_id} {one.first}",
            f"{one.second_id} {one.second}",
            "; ".join(code_text("likeness", reason, terminal.language) for reason in one.reasons),
        )
        for one in found
    ]
    terminal.table(["Score", "One", "Other", "Why"], rows)


def dismiss(
    context: typer.Context,
    one: Annotated[int, typer.Argument(help="A customer's id.")],
    other: Annotated[int, typer.Argument(help="The other's.")],
    undo: Annotated[bool, typer.Option("--undo", help="Take it back: they may be one after all.")] = False,
) -> None:
    """These two are not one, and are not suspected again."""
    terminal = terminal_of(context)

    async def work() -> None:
        async with terminal.store() as store, store.transaction() as session:
            decide = duplicates.reopen if undo else duplicates.dismiss
            await decide(session, one, other, by=Changer(actor=actor()))

    terminal.run(work())
    if undo:
        terminal.say("Taken back: {one} and {other} may be one customer.", one=one, other=other)
    else:
        terminal.say("Noted: {one} and {other} are two customers.", one=one, other=other)


def merge(
    context: typer.Context,
    winner: Annotated[int, typer.Argument(help="The customer who stays.")],
    loser: Annotated[int, typer.Argument(help="The one who becomes them.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would move.")] = False,
    as_json: AsJson = False,
) -> None:
    """Two records of one customer become one; `customer unmerge` takes it back."""
    terminal = terminal_of(context)

    _load_all_tables()

    async def work() -> Merge:
        async with terminal.store() as store, (store.session if dry_run else store.transaction)() as session:
            return await merging.merge(session, winner, loser, by=Changer(actor=actor()), reason=reason)

    done = terminal.run(work())
    if as_json:
        terminal.json(msgspec.to_builtins(done))
        return
    if dry_run:
        counts = {"rows": sum(done.moved.values()), "kept": sum(done.set_aside.values())}
        terminal.say("{rows} entries would move, {kept} be set aside; nothing was changed.", **counts)
        return
    terminal.say(
        "Customer {loser} is {winner} now: {rows} entries moved. Take it back with `ringward customer unmerge {id}`.",
        loser=done.loser_id,
        winner=done.winner_id,
        rows=sum(done.moved.values()),
        id=done.id,
    )


def unmerge(
    context: typer.Context,
    merge_id: Annotated[int, typer.Argument(metavar="MERGE", help="The merge, as `customer merges` prints it.")],
    as_json: AsJson = False,
) -> None:
    """Take a merge back: what came from the other record returns to it, what was added since stays."""
    terminal = terminal_of(context)

    _load_all_tables()

    async def work() -> Merge:
        async with terminal.store() as store, store.transaction() as session:
            left = set(await session.scalars(select(AgentRow.code).where(AgentRow.active.is_(False))))
            return await merging.unmerge(session, merge_id, by=Changer(actor=actor()), gone=left)

    done = terminal.run(work())
    if as_json:
        terminal.json(msgspec.to_builtins(done))
    else:
        terminal.say("Customers {winner} and {loser} are two again.", winner=done.winner_id, loser=done.loser_id)


def list_merges(
    context: typer.Context,
    customer_id: Annotated[int | None, typer.Option("--customer", help="Those of one customer only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Which records were merged, by whom, and which of it was taken back; the latest first."""
    terminal = terminal_of(context)
    found = terminal.run(_merges(terminal, customer_id))
    if as_json:
        terminal.json([msgspec.to_builtins(one) for one in found])
        return
    rows = [
        (one.id, terminal.when(one.at), one.winner_id, one.loser_id, one.by, one.reason, terminal.when(one.undone))
        for one in found
    ]
    terminal.table(["Merge", "Time", "Stays", "Became them", "Who", "Reason", "Taken back"], rows)


def _load_all_tables() -> None:
    """Every room's tables may name a customer; the command line loads but those that a command needs."""
    importlib.import_module("cti.app")


async def _merges(terminal: Terminal, customer_id: int | None) -> list[Merge]:
    async with terminal.store() as store, store.session() as session:
        return await merging.merges(session, customer_id)
