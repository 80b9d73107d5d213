"""`ringward report`: how well the firm answers, what was nearly lost, who stood in for whom, the last rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from cti.cli.calls import names_of
from cti.cli.live import say_rate, show_live
from cti.cli.orders import show_crosscheck
from cti.cli.rehearse import show_rehearsal
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.pocket import ledger
from cti.pocket.reporting import PocketReport, report
from cti.reports import periods, reading
from cti.reports.answering import AnswerRate, SecondsToAnswer
from cti.reports.nearly_lost import Attempt, LateCall, NearlyLost
from cti.reports.standing_in import StandIns
from cti.wording import code_text, reason_text

app = typer.Typer(help="Reports.", no_args_is_help=True)
app.command("rehearsal")(show_rehearsal)
app.command("orders")(show_crosscheck)

From = Annotated[str, typer.Option("--from", help="First day, or day and time, like 2026-11-23; today unless given.")]
To = Annotated[str, typer.Option("--to", help="Last day, which counts whole, or a day and time; now unless given.")]
app.command("live")(show_live)


@app.command("nearly-lost")
def show_nearly_lost(context: typer.Context, since: From = "", until: To = "", as_json: AsJson = False) -> None:
    """Calls that only the last net caught, and those nobody took: who was tried, how long, and why each ended."""
    terminal = terminal_of(context)
    found, names = terminal.run(_nearly_lost(terminal, since, until))
    if as_json:
        terminal.json(msgspec.to_builtins(found))
        return
    terminal.line(_period(terminal, found.since, found.until))
    terminal.say(
        "{inbound} calls, {answered} answered, {saved} of them by the last net only, {missed} missed.",
        inbound=found.inbound,
        answered=found.answered,
        saved=found.saved,
        missed=found.missed,
    )
    terminal.line(_waits(terminal, found.seconds_to_answer))
    for call in found.calls:
        terminal.line(_late_line(terminal, call, names))
        headings = ["Step", "Kind", "Who", "Endpoint", "Seconds", "How it ended"]
        terminal.table(headings, [_attempt_row(terminal, one, names) for one in call.tried])
    if found.reasons:
        headings = ["Why attempts failed", "How often"]
        terminal.table(headings, [(reason_text(one, terminal.language), count) for one, count in found.reasons.items()])
    if found.agents:
        headings = ["Who", "Tried", "Answered", "Why attempts failed"]
        terminal.table(
            headings,
            [
                (names.get(one.agent, one.agent), one.tried, one.answered, _reasons(terminal, one.reasons))
                for one in found.agents
            ],
        )


@app.command("answer-rate")
def show_answer_rate(
    context: typer.Context,
    window: Annotated[str, typer.Option(help="How far back: 30m, 1h, 7d, today or yesterday.")] = "today",
    as_json: AsJson = False,
) -> None:
    """The share of inbound calls that a person answered, now."""
    terminal = terminal_of(context)
    found = terminal.run(_answer_rate(terminal, window))
    if as_json:
        terminal.json(msgspec.to_builtins(found))
        return
    terminal.line(_period(terminal, found.since, found.until))
    if found.rate is None:
        terminal.say("No calls yet.")
        return
    say_rate(terminal, found)
    terminal.line(_waits(terminal, found.seconds_to_answer))


@app.command("stand-ins")
def show_stand_ins(context: typer.Context, since: From = "", until: To = "", as_json: AsJson = False) -> None:
    """Who stood in for whom, and how often."""
    terminal = terminal_of(context)
    found, names = terminal.run(_stand_ins(terminal, since, until))
    if as_json:
        terminal.json(msgspec.to_builtins(found))
        return
    terminal.line(_period(terminal, found.since, found.until))
    if not found.pairs:
        terminal.say("No deputy was rung.")
        return
    headings = ["Deputy", "Stood in for", "Rung", "Answered"]
    terminal.table(
        headings,
        [
            (
                names.get(one.agent, one.agent),
                names.get(one.stands_for or "", one.stands_for or "-"),
                one.rung,
                one.answered,
            )
            for one in found.pairs
        ],
    )


@app.command("pocket")
def show_pocket(context: typer.Context, since: From = "", until: To = "", as_json: AsJson = False) -> None:
    """How many mobiles that rang had their card sent and opened, how soon, and why sending failed."""
    terminal = terminal_of(context)
    found, names = terminal.run(_pocket(terminal, since, until))
    if as_json:
        terminal.json(msgspec.to_builtins(found))
        return
    terminal.line(_period(terminal, found.since, found.until))
    if found.opened_rate is None:
        terminal.say("No mobile was rung.")
        return
    terminal.say(
        "{cards} mobiles rung, {sent} cards sent, {opened} opened ({rate}); half of them within {seconds} s.",
        cards=found.cards,
        sent=found.sent,
        opened=found.opened,
        rate=f"{found.opened_rate:.1%}",
        seconds="-" if found.median_seconds_to_open is None else f"{found.median_seconds_to_open:.1f}",
    )
    headings = ["Who", "Mobiles rung", "Cards sent", "Opened"]
    terminal.table(
        headings, [(names.get(one.agent, one.agent), one.cards, one.sent, one.opened) for one in found.agents]
    )
    if found.by_way:
        rows = [(code_text("pocket_way", way, terminal.language), count) for way, count in found.by_way.items()]
        terminal.table(["Way", "How often"], rows)
    if found.failures:
        terminal.table(["Why sending failed", "How often"], list(found.failures.items()))


async def _pocket(terminal: Terminal, since: str, until: str) -> tuple[PocketReport, dict[str, str]]:
    first, last = periods.between(since, until, datetime.now(UTC), terminal.settings.zone)
    async with terminal.store() as store, store.session() as session:
        return report(await ledger.between(session, first, last), first, last), await names_of(session)


async def _nearly_lost(terminal: Terminal, since: str, until: str) -> tuple[NearlyLost, dict[str, str]]:
    first, last = periods.between(since, until, datetime.now(UTC), terminal.settings.zone)
    async with terminal.store() as store:
        async with store.session() as session:
            names = await names_of(session)
        return await reading.read_nearly_lost(store, first, last), names


async def _answer_rate(terminal: Terminal, window: str) -> AnswerRate:
    first, last = periods.window(window, datetime.now(UTC), terminal.settings.zone)
    async with terminal.store() as store:
        return await reading.read_answer_rate(store, first, last)


async def _stand_ins(terminal: Terminal, since: str, until: str) -> tuple[StandIns, dict[str, str]]:
    first, last = periods.between(since, until, datetime.now(UTC), terminal.settings.zone)
    async with terminal.store() as store:
        async with store.session() as session:
            names = await names_of(session)
        return await reading.read_stand_ins(store, first, last), names


def _period(terminal: Terminal, since: datetime, until: datetime) -> str:
    return f"{terminal.when(since)} – {terminal.when(until)}"


def _waits(terminal: Terminal, waits: SecondsToAnswer) -> str:
    if waits.median is None or waits.p95 is None or waits.longest is None:
        return ""
    return terminal.text(
        "Seconds to answer: {median} for half of the callers, {p95} for 95 of 100, {longest} at most.",
        median=f"{waits.median:.1f}",
        p95=f"{waits.p95:.1f}",
        longest=f"{waits.longest:.1f}",
    )


def _late_line(terminal: Terminal, call: LateCall, names: Mapping[str, str]) -> str:
    head = f"{terminal.when(call.started)}  {call.caller or '-'} → {call.dialled}"
    if call.outcome == "saved":
        who = names.get(call.answered_by or "", call.answered_by or "")
        kind = code_text("kind", call.saved_by or "", terminal.language)
        told = terminal.text("saved by {name} ({kind}) after {seconds} s", name=who, kind=kind, seconds=call.waited)
    else:
        told = terminal.text("missed after {seconds} s", seconds=call.waited)
    return f"{head}  {told}  {call.linkedid}"


def _attempt_row(terminal: Terminal, one: Attempt, names: Mapping[str, str]) -> list[str]:
    return [
        str(one.index),
        code_text("kind", one.kind, terminal.language),
        names.get(one.agent or "", one.agent or ""),
        one.endpoint,
        f"{one.seconds:g}",
        reason_text(one.reason, terminal.language),
    ]


def _reasons(terminal: Terminal, reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason_text(one, terminal.language)} {count}" for one, count in reasons.items())
