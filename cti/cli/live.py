"""`ringward report live`: how the firm stands now, as far as the daemon has written it down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from cti.cli.presence import as_last_seen
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.promises import ledger
from cti.reports import periods, reading
from cti.reports.answering import AnswerRate
from cti.reports.live import Colleague, Live, live
from cti.wall.board import debts_of
from cti.wall.configured import threshold_of
from cti.wording import code_text


def show_live(
    context: typer.Context,
    window: Annotated[str, typer.Option(help="How far back the figures go: 30m, 1h, today, …")] = "today",
    as_json: AsJson = False,
) -> None:
    """How the firm stands now: who is there, who talks, how well it answers, who stands in."""
    terminal = terminal_of(context)
    found = terminal.run(_live(terminal, window))
    if as_json:
        terminal.json(msgspec.to_builtins(found))
        return
    shown = (f"{code_text('presence', state, terminal.language)} {count}" for state, count in found.states.items())
    terminal.line(", ".join(shown))
    terminal.say("Calls now: {ringing} ringing, {talking} talking.", ringing=found.ringing, talking=found.talking)
    if found.answer_rate.rate is not None:
        say_rate(terminal, found.answer_rate)
    names = {one.agent: one.name for one in found.people}
    terminal.table(
        ["Code", "Name", "State", "Since when", "Until"],
        [
            (
                one.agent,
                one.name,
                code_text("presence", one.state, terminal.language),
                terminal.when(one.since),
                terminal.when(one.until),
            )
            for one in found.people
        ],
    )
    if found.stand_ins:
        terminal.table(
            ["Deputy", "Stood in for", "Rung", "Answered"],
            [
                (
                    names.get(one.agent, one.agent),
                    names.get(one.stands_for or "", one.stands_for or "-"),
                    one.rung,
                    one.answered,
                )
                for one in found.stand_ins
            ],
        )


def say_rate(terminal: Terminal, found: AnswerRate) -> None:
    """One line of how well the firm answers; for when there were calls."""
    terminal.say(
        "{rate} answered: {answered} of {inbound} calls; {missed} missed, in {gave_up} of them the caller hung up.",
        rate=f"{found.rate or 0:.1%}",
        answered=found.answered,
        inbound=found.inbound,
        missed=found.missed,
        gave_up=found.gave_up,
    )


async def _live(terminal: Terminal, window: str) -> Live:
    first, last = periods.window(window, datetime.now(UTC), terminal.settings.zone)
    people = [
        Colleague(one["agent"], one["name"], one["state"], one["reason"], one["since"], one["until"])
        for one in await as_last_seen(terminal)
    ]
    async with terminal.store() as store:
        async with store.session() as session:
            debts = debts_of(await ledger.find(session))
        calls = await reading.read_going(store)
        found = await reading.read_figures(store, threshold_of(terminal.settings), first, last)
        whose = await reading.read_whose(store, calls)
    return live(people, calls, debts, found, last, whose, names=terminal.settings.wall_caller_names)
