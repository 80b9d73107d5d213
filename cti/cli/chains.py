"""What `ringward route` changes: numbers, groups, services, hours, tiers and the rota; and what there is of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import people, removal, services, states
from cti.agents.removal import REMOVABLE
from cti.cli.terminal import AsJson, Terminal, actor, parse_instant, terminal_of
from cti.wording import code_text
from routing.model import Waiting, WaitingKind

Code = Annotated[str, typer.Argument(help="A short name: letters, digits, '.', '_', '-'.")]
Name = Annotated[str, typer.Option(help="What people call it.")]

HEADINGS = {
    "code": "Code",
    "name": "Name",
    "group_code": "Group",
    "hours_code": "Hours",
    "closed_group": "While closed",
    "overflow_group": "Overflow",
    "teams": "Teams",
    "waiting": "While waiting",
    "waiting_seconds": "After (s)",
    "waiting_language": "Spoken in",
    "waiting_answered": "Picks up",
    "e164": "Number",
    "label": "Label",
    "agent_code": "Agent",
    "service_code": "Service",
    "members": "Members",
    "seconds": "Seconds",
    "weekly": "Hours",
    "zone": "Time zone",
    "region": "Public holidays",
    "tier": "Tier",
    "desk_seconds": "Desk (s)",
    "mobile_seconds": "Mobile (s)",
    "together": "Together",
    "id": "Number",
    "starts": "From",
    "ends": "To",
}

SHOWN = {
    "service": [
        *("code", "name", "group_code", "hours_code", "closed_group", "overflow_group", "teams"),
        *("waiting", "waiting_seconds", "waiting_language", "waiting_answered"),
    ],
    "number": ["e164", "label", "agent_code", "group_code", "service_code"],
    "group": ["code", "name", "members", "seconds"],
    "hours": ["code", "weekly", "zone", "region"],
    "tier": ["tier", "desk_seconds", "mobile_seconds", "together"],
    "duty": ["id", "group_code", "agent_code", "starts", "ends"],
}


def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Numbers, services, groups, hours, tiers and the rota, as they are now."""
    terminal = terminal_of(context)
    told = terminal.run(_everything(terminal))
    if as_json:
        terminal.json(told)
        return
    for subject, fields in SHOWN.items():
        rows = told[subject]
        if rows:
            terminal.line(code_text("routing", subject, terminal.language))
            terminal.table([HEADINGS[field] for field in fields], [_cells(terminal, row, fields) for row in rows])
    if not any(told.values()):
        terminal.say("Nothing is set up yet.")


def set_number(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="A number of the firm, in any form.")],
    agent: Annotated[str | None, typer.Option(help="Whose direct number it is.")] = None,
    group: Annotated[str | None, typer.Option(help="The group that answers it.")] = None,
    service: Annotated[str | None, typer.Option(help="The service it is for.")] = None,
    label: Annotated[str, typer.Option(help="What it is called.")] = "",
    as_json: AsJson = False,
) -> None:
    """What a number is: somebody's direct number, a group's, or a service's."""

    async def change(session: AsyncSession) -> str:
        return (await people.set_number(session, number, label=label, agent=agent, group=group, service=service)).e164

    _change(terminal_of(context), "number", change, as_json)


def set_group(
    context: typer.Context,
    code: Code,
    name: Name,
    members: Annotated[str, typer.Option(help="Agents' codes, like 101,102.")],
    seconds: Annotated[int, typer.Option(help="How long they ring together.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Who rings together."""

    async def change(session: AsyncSession) -> str:
        wanted = [one.strip() for one in members.split(",") if one.strip()]
        return (await people.set_group(session, code, name, wanted, seconds)).code

    _change(terminal_of(context), "group", change, as_json)


def set_service(
    context: typer.Context,
    code: Code,
    name: Name,
    group: Annotated[str | None, typer.Option(help="The group that answers.")] = None,
    hours: Annotated[str | None, typer.Option(help="Its opening hours; always open without.")] = None,
    closed: Annotated[str | None, typer.Option(help="The group that answers while closed.")] = None,
    overflow: Annotated[str | None, typer.Option(help="The group after the group.")] = None,
    team: Annotated[
        list[str] | None, typer.Option(help="TIER=GROUP or KIND=GROUP, like A=vip or company=firms.")
    ] = None,
    waiting: Annotated[
        str | None, typer.Option(help="off, told, offer (a call back by key 1), or company (as that service).")
    ] = None,
    waiting_seconds: Annotated[int | None, typer.Option(help="After how much ringing it is said.")] = None,
    waiting_language: Annotated[str | None, typer.Option(help="zh or en.")] = None,
    waiting_answered: Annotated[
        bool, typer.Option("--waiting-answered/--waiting-early", help="Answer the call for it, if keys need that.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What numbers are for: who answers, when, who else, and who at night. It is set whole; --waiting alone may be
    left out and stays as it was."""
    teams = [_team(one) for one in team or []]
    heard = _waiting(waiting, waiting_seconds, waiting_language, waiting_answered)

    async def change(session: AsyncSession) -> str:
        row = await services.set_service(
            session,
            code,
            name,
            group=group,
            hours=hours,
            closed_group=closed,
            overflow_group=overflow,
            teams=teams,
            waiting=heard,
        )
        return row.code

    _change(terminal_of(context), "service", change, as_json)


def _waiting(
    kind: str | None, seconds: int | None, language: str | None, answered: bool
) -> Waiting | Literal["kept", "inherited"]:
    if kind is None:
        if seconds is not None or language is not None or answered:
            raise typer.BadParameter("--waiting says what is heard: off, told, offer or company")
        return "kept"
    if kind == "company":
        return "inherited"
    if kind not in set(WaitingKind):
        raise typer.BadParameter("--waiting: off, told, offer or company")
    usual = Waiting(WaitingKind(kind))
    return replace(
        usual,
        seconds=usual.seconds if seconds is None else seconds,
        language=usual.language if language is None else language,
        answered=answered,
    )


def set_hours(
    context: typer.Context,
    code: Code,
    week: Annotated[str, typer.Option(help="Like 'Mon-Fri 09:00-12:00,13:00-18:00; Sat 09:00-12:30'.")],
    zone: Annotated[str | None, typer.Option(help="The branch's time zone; the firm's unless given.")] = None,
    region: Annotated[str, typer.Option(help="Whose public holidays close it, like TW; none unless given.")] = "",
    as_json: AsJson = False,
) -> None:
    """Opening hours, and whose public holidays and make-up workdays count."""
    terminal = terminal_of(context)

    async def change(session: AsyncSession) -> str:
        return (await services.set_hours(session, code, week, zone or terminal.settings.time_zone, region)).code

    _change(terminal, "hours", change, as_json)


def set_tier(
    context: typer.Context,
    tier: Annotated[str, typer.Argument(help="A, B or C.")],
    desk_seconds: Annotated[int | None, typer.Option(help="How long desks ring; the agents' own unless given.")] = None,
    mobile_seconds: Annotated[int | None, typer.Option(help="How long mobiles ring.")] = None,
    together: Annotated[bool, typer.Option("--together/--one-by-one", help="Desk and mobile at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """What a tier of customers changes. Whoever rings for one tier rings for every other."""

    async def change(session: AsyncSession) -> str:
        seconds = {"desk_seconds": desk_seconds, "mobile_seconds": mobile_seconds}
        return (await services.set_tier_rule(session, tier, together=together, **seconds)).tier

    _change(terminal_of(context), "tier", change, as_json)


def add_duty(
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="The group that answers while closed.")],
    agent: Annotated[str, typer.Argument(help="Whose turn it is.")],
    starts: Annotated[str, typer.Option("--from", help="Like '2026-11-23 18:00' in the firm's time zone.")],
    ends: Annotated[str, typer.Option("--to", help="The end of the turn.")],
    as_json: AsJson = False,
) -> None:
    """A turn of the night rota."""
    terminal = terminal_of(context)
    span = parse_instant(starts, terminal.settings), parse_instant(ends, terminal.settings)

    async def change(session: AsyncSession) -> str:
        return str((await services.add_duty(session, group, agent, *span)).id)

    _change(terminal, "duty", change, as_json)


def remove_duty(
    context: typer.Context, duty: Annotated[int, typer.Argument(help="From `ringward route show`.")]
) -> None:
    """Take a turn of the rota back."""
    terminal = terminal_of(context)
    terminal.run(_remove_duty(terminal, duty))
    terminal.say("Duty {number} is taken back.", number=duty)


def remove(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="number, service, group, hours or tier.")],
    key: Annotated[str, typer.Argument(help="Its code, or the number in any form.")],
) -> None:
    """Take something away that nothing stands on any more."""
    if subject not in REMOVABLE:
        raise typer.BadParameter(f"{subject} is not one of {', '.join(REMOVABLE)}")
    terminal = terminal_of(context)
    terminal.run(_remove(terminal, subject, key))
    terminal.say("{what} is taken away.", what=key)


def _team(text: str) -> tuple[str, str, str]:
    name, separator, group = text.partition("=")
    if not separator:
        raise typer.BadParameter(f"{text!r} is no team; write it like A=vip or company=firms")
    return (name, "", group) if name in services.TIERS else ("", name, group)


def _change(terminal: Terminal, subject: str, change: Callable[[AsyncSession], Awaitable[str]], as_json: bool) -> None:
    state = terminal.run(_changed(terminal, subject, change))
    if as_json:
        terminal.json(state)
    else:
        fields = SHOWN[subject]
        terminal.table([HEADINGS[field] for field in fields], [_cells(terminal, state, fields)])


async def _changed(
    terminal: Terminal, subject: str, change: Callable[[AsyncSession], Awaitable[str]]
) -> dict[str, Any]:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor(), terminal.settings.mobile_countries)
        key = await change(session)
        state = await states.read(session, subject, key)
        return {"id": int(key), **(state or {})} if subject == "duty" else state or {}


async def _remove(terminal: Terminal, subject: str, key: str) -> None:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        await removal.remove(session, subject, key)


async def _remove_duty(terminal: Terminal, duty: int) -> None:
    async with terminal.store() as store, store.transaction() as session:
        people.act_as(session, actor())
        await services.remove_duty(session, duty)


async def _everything(terminal: Terminal) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = {}
    async with terminal.store() as store, store.session() as session:
        for subject in SHOWN:
            rows = await states.read_all(session, subject)
            told[subject] = [({"id": int(key)} if subject == "duty" else {}) | row for key, row in rows.items()]
    return told


def _cells(terminal: Terminal, state: dict[str, Any], fields: list[str]) -> list[str]:
    return [
        terminal.when(datetime.fromisoformat(state[field])) if field in {"starts", "ends"} else _cell(state.get(field))
        for field in fields
    ]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, list):
        return ", ".join("=".join(filter(None, one)) if isinstance(one, list) else str(one) for one in value)
    return "" if value is None else str(value)
