"""`ringward call`: what rang, whom, and how it ended; past calls and those that live now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.people import list_agents
from cti.calls import records
from cti.calls.model import INBOUND, OUTBOUND, ROUND, Call, CallState, Leg, in_plan
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.cli.wrapups import wrap_up
from cti.customers.numbers import normalise
from cti.errors import NotFound
from cti.wording import code_text, reason_text
from cti.wrapup.configured import outcomes_of
from cti.wrapup.filing import find
from cti.wrapup.model import WrapUp

app = typer.Typer(help="Calls, past and live.", no_args_is_help=True)

WATCH_EVERY = 0.5
"""Seconds between two looks at the database: a person cannot read faster."""
LOOK_BACK = timedelta(seconds=30)
"""A call shorter than the pause between two looks is still seen if it ended this recently."""


@app.command("list")
def list_calls(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many, the latest first.")] = 20,
    number: Annotated[str | None, typer.Option(help="Only calls from or to this number, in any form.")] = None,
    customer: Annotated[int | None, typer.Option(help="Only calls of this customer (id).")] = None,
    as_json: AsJson = False,
) -> None:
    """The latest calls."""
    terminal = terminal_of(context)
    found, names = terminal.run(_recent(terminal, limit, number, customer))
    if as_json:
        terminal.json([records.to_json(call) for call in found])
    elif not found:
        terminal.say("No calls yet.")
    else:
        headings = ["Started", "From", "To", "State", "Who", "Linkedid"]
        terminal.table(headings, [_row(terminal, call, names) for call in found])


@app.command("show")
def show_call(
    context: typer.Context,
    linkedid: Annotated[str, typer.Argument(help="The call's linkedid, as `call list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """One call with every leg: who was rung, how long, and how it ended."""
    terminal = terminal_of(context)
    call, names, filed = terminal.run(_one(terminal, linkedid))
    if as_json:
        terminal.json(records.to_json(call) | {"disposition": filed.disposition if filed is not None else None})
        return
    terminal.line(
        f"{call.linkedid}  {_from(call)} → {call.dialled}  {code_text('state', call.state, terminal.language)}"
    )
    terminal.line(
        f"{terminal.when(call.started)} – {terminal.when(call.ended)}"
        + (f"  {code_text('plan_source', call.plan_source, terminal.language)}" if call.plan_source else "")
    )
    headings = ["Step", "Kind", "Who", "Endpoint", "Started", "Rang from", "Answered", "Ended", "How it ended"]
    terminal.table(headings, [_leg_row(terminal, leg, names) for leg in call.legs])
    if filed is not None and filed.disposition is not None:
        outcome = next((one for one in outcomes_of(terminal.settings) if one.code == filed.disposition), None)
        shown = outcome.text(terminal.language) if outcome is not None else filed.disposition
        terminal.say("Outcome: {outcome}. {note}", outcome=shown, note=filed.note)


app.command("wrap-up")(wrap_up)


@app.command("watch")
def watch_calls(
    context: typer.Context,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop by itself after so many seconds.")] = None,
) -> None:
    """Follow live calls, one line a change, until Ctrl-C."""
    terminal = terminal_of(context)
    try:
        terminal.run(_watch(terminal, seconds))
    except KeyboardInterrupt:
        return


def changes(before: Mapping[str, Call], after: Mapping[str, Call]) -> list[tuple[Call, Leg | None]]:
    """What moved between two looks: a call (None) or one of its legs. Pure."""
    moved: list[tuple[Call, Leg | None]] = []
    for linkedid, call in after.items():
        old = before.get(linkedid)
        known = {(leg.index, leg.endpoint, leg.channel): leg for leg in old.legs} if old else {}
        if old is None:
            moved.append((call, None))
        for leg in call.legs:
            earlier = known.get((leg.index, leg.endpoint, leg.channel))
            if earlier is None or _phase(earlier) != _phase(leg):
                moved.append((call, leg))
        if call.state is CallState.ENDED and (old is None or old.state is not CallState.ENDED):
            moved.append((call, None))
    return moved


async def _watch(terminal: Terminal, seconds: float | None) -> None:
    loop = asyncio.get_running_loop()
    ends = None if seconds is None else loop.time() + seconds
    async with terminal.store() as store:
        async with store.session() as session:
            names = await names_of(session)
            recent = await records.recent(session, limit=50)
        # Calls that live already are told like new ones, with the legs they have.
        seen = {call.linkedid: call for call in recent if call.state is CallState.ENDED}
        terminal.say("Watching calls; Ctrl-C ends.")
        while True:
            async with store.session() as session:
                look = [*await records.live(session), *await records.recent(session, limit=50)]
            horizon = datetime.now(UTC) - LOOK_BACK
            now = {
                call.linkedid: call
                for call in look
                if call.linkedid in seen or call.ended is None or call.ended > horizon
            }
            for call, leg in changes(seen, now):
                terminal.line(_told(terminal, call, leg, names))
            seen = now
            if ends is not None and loop.time() >= ends:
                return
            await asyncio.sleep(WATCH_EVERY)


async def names_of(session: AsyncSession) -> dict[str, str]:
    """What colleagues call each agent, by code."""
    return {row.code: row.nickname or row.name for row in await list_agents(session)}


async def _recent(
    terminal: Terminal, limit: int, number: str | None, customer: int | None
) -> tuple[list[Call], dict[str, str]]:
    wanted = (normalise(number).e164 or number) if number else None
    async with terminal.store() as store, store.session() as session:
        found = await records.recent(session, limit=limit, number=wanted, customer_id=customer)
        return found, await names_of(session)


async def _one(terminal: Terminal, linkedid: str) -> tuple[Call, dict[str, str], WrapUp | None]:
    async with terminal.store() as store, store.session() as session:
        call = await records.load(session, linkedid)
        if call is None:
            raise NotFound(f"there is no call {linkedid}")
        return call, await names_of(session), await find(session, linkedid)


def _row(terminal: Terminal, call: Call, names: Mapping[str, str]) -> list[str]:
    rung = call.answered_by or next((leg.agent for leg in reversed(call.legs) if leg.agent), None)
    who = call.made_by if call.direction == OUTBOUND else rung
    state = code_text("state", call.state, terminal.language)
    if call.state is CallState.ENDED:
        state = terminal.text("answered" if call.answered else _unanswered(call))
    return [
        terminal.when(call.started),
        _from(call),
        call.dialled,
        state,
        names.get(who or "", who or ""),
        call.linkedid,
    ]


def _leg_row(terminal: Terminal, leg: Leg, names: Mapping[str, str]) -> list[str]:
    return [
        str(leg.index) if leg.index < ROUND else f"{leg.index // ROUND + 1}/{in_plan(leg.index)}",
        code_text("kind", leg.kind, terminal.language),
        names.get(leg.agent or "", leg.agent or ""),
        leg.endpoint,
        *(terminal.when(at) for at in (leg.started, leg.ringing, leg.answered, leg.ended)),
        reason_text(leg.reason, terminal.language),
    ]


def _told(terminal: Terminal, call: Call, leg: Leg | None, names: Mapping[str, str]) -> str:
    head = f"{_from(call)} → {call.dialled}"
    if leg is None:
        at = call.ended or call.started
        state = code_text("state", call.state, terminal.language)
        if call.state is CallState.ENDED and not call.answered:
            state = terminal.text(_unanswered(call))
        return f"{terminal.when(at)}  {head}  {state}  {call.linkedid}"
    at = leg.ended or leg.answered or leg.ringing or leg.started
    kind = code_text("kind", leg.kind, terminal.language)
    who = names.get(leg.agent or "", leg.agent or "")
    return f"{terminal.when(at)}  {head}  {kind} {who} {leg.endpoint}: {_phase_text(leg, terminal.language)}"


def _phase(leg: Leg) -> str:
    if leg.reason is not None and leg.ended is not None:
        return leg.reason.value
    if leg.answered is not None:
        return "talking"
    return "ringing" if leg.ringing is not None else "called"


def _phase_text(leg: Leg, language: str) -> str:
    phase = _phase(leg)
    if phase in {"talking", "ringing"}:
        return code_text("state", phase, language)
    return code_text("reason", phase, language) if phase != "called" else code_text("state", "called", language)


def _unanswered(call: Call) -> str:
    """A call is missed only by us."""
    return "missed" if call.direction == INBOUND else "no answer"


def _from(call: Call) -> str:
    """Number first: it is the carrier's; the name is whatever the caller chose."""
    return f"{call.caller_e164 or call.caller_raw or '-'}{f' ({call.caller_name})' if call.caller_name else ''}"
