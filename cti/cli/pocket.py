"""`ringward pocket`: by which ways each agent gets pocket cards, whether they work, and the cards that were sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import select

from cti.agents.tables import AgentRow
from cti.cli.calls import names_of
from cti.cli.terminal import AsJson, Terminal, terminal_of
from cti.errors import Invalid, NotFound
from cti.pocket import channels, ledger
from cti.pocket.channels import Channel
from cti.pocket.configured import limits_of, usual_of, ways_of
from cti.pocket.dispatch import Dispatch
from cti.pocket.message import Message
from cti.pocket.model import PocketCard
from cti.pocket.push import make_key, public_key, subscription_host
from cti.pocket.ways import MAIL, PUSH, SMS
from cti.wording import code_text, reason_text

app = typer.Typer(help="Pocket cards: the caller's card on a mobile.", no_args_is_help=True)

Agent = Annotated[str, typer.Argument(help="The agent's code, like 101.")]


@app.command("channels")
def show_channels(
    context: typer.Context,
    agent: Annotated[str | None, typer.Argument(help="One agent's only.")] = None,
    as_json: AsJson = False,
) -> None:
    """By which ways each agent gets links, in the order in which they are tried."""
    terminal = terminal_of(context)
    found = terminal.run(_channels(terminal, agent))
    if as_json:
        terminal.json({code: [_channel_json(one) for one in ways] for code, ways in found.items()})
        return
    rows = [
        [
            code,
            place + 1,
            code_text("pocket_way", one.kind, terminal.language),
            _shown_target(one),
            terminal.text("usual") if one.id is None else one.label,
            terminal.when(one.last),
            one.failure,
        ]
        for code, ways in found.items()
        for place, one in enumerate(ways)
    ]
    terminal.table(["Agent", "Order", "Way", "To", "Label", "Last try", "What it said"], rows)
    for code, ways in found.items():
        if not ways:
            terminal.say("Agent {agent} has no way: their mobile would ring without a card.", agent=code)


@app.command("set")
def set_channels(
    context: typer.Context,
    agent: Agent,
    ways: Annotated[
        list[str] | None,
        typer.Argument(help="In order: sms, sms:0900-000-101, line:U…, mail:a@example.com, log. None: the usual ones."),
    ] = None,
) -> None:
    """Say by which ways an agent gets links, and in which order. Browsers that take notices are kept, in front."""
    terminal = terminal_of(context)
    terminal.run(_set(terminal, agent, ways or []))
    show_channels(context, agent)


@app.command("test")
def test_channels(context: typer.Context, agent: Agent) -> None:
    """Send a test message by each of an agent's ways now; the link in it opens the agent's page."""
    terminal = terminal_of(context)
    tried = terminal.run(_test(terminal, agent))
    worked = False
    for channel, failure in tried:
        way = code_text("pocket_way", channel.kind, terminal.language)
        if failure:
            terminal.say("{way}: not sent: {reason}", way=way, reason=failure)
        else:
            worked = True
            terminal.say("{way}: sent", way=way)
    if not tried:
        terminal.say("Agent {agent} has no way: their mobile would ring without a card.", agent=agent)
    if not worked:
        raise typer.Exit(1)


@app.command("list")
def list_cards(
    context: typer.Context,
    agent: Annotated[str | None, typer.Option(help="One agent's only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    as_json: AsJson = False,
) -> None:
    """The latest cards: how each was sent, when it was opened, why it was over."""
    terminal = terminal_of(context)
    found, names = terminal.run(_list(terminal, agent, limit))
    if as_json:
        terminal.json([_card_json(one) for one in found])
        return
    headings = ["Made", "Who", "Endpoint", "Sent by", "Opened after", "State", "Second browsers", "What it said"]
    terminal.table(headings, [_card_row(terminal, one, names) for one in found])
    for one in found:
        if one.shown_link and one.live:
            terminal.line(f"{names.get(one.agent, one.agent)}: {one.shown_link}")


@app.command("keys")
def make_keys(context: typer.Context) -> None:
    """Make the firm's key for web push unless there is one, and show its public half."""
    terminal = terminal_of(context)
    file = terminal.settings.push_key_file
    if make_key(file):
        terminal.say("Key for web push made: {file}. Restart the daemon to use it.", file=file)
    terminal.line(public_key(file))


async def _channels(terminal: Terminal, agent: str | None) -> dict[str, list[Channel]]:
    async with terminal.store() as store, store.session() as session:
        query = select(AgentRow).order_by(AgentRow.code)
        rows = [row for row in await session.scalars(query) if (row.active if agent is None else row.code == agent)]
        if agent is not None and not rows:
            raise NotFound(f"there is no agent {agent[:40]}; `ringward agent list` shows those there are")
        own = await channels.read_all(session, agent)
        return {row.code: own.get(row.code) or usual_of(terminal.settings, row) for row in rows}


async def _set(terminal: Terminal, agent: str, ways: list[str]) -> None:
    async with terminal.store() as store, store.transaction() as session:
        row = await session.scalar(select(AgentRow).where(AgentRow.code == agent))
        if row is None:
            raise NotFound(f"there is no agent {agent[:40]}; `ringward agent list` shows those there are")
        wanted = [_wanted(one, row, terminal) for one in ways]
        await channels.replace_all(session, agent, wanted, limits_of(terminal.settings), datetime.now(UTC))


def _wanted(text: str, row: AgentRow, terminal: Terminal) -> tuple[str, str]:
    kind, _, target = text.partition(":")
    if kind == SMS and not target:
        if not row.mobile:
            raise Invalid("sms: give a mobile number")
        target = row.mobile
    if kind == MAIL and not target:
        target = terminal.settings.notice_mail_to.get(row.code, "")
    return kind, target


async def _test(terminal: Terminal, agent: str) -> list[tuple[Channel, str]]:
    settings = terminal.settings
    now = datetime.now(UTC)
    row = (await _channels(terminal, agent))[agent]
    async with terminal.store() as store:
        dispatch = Dispatch(store, ways_of(settings, lambda: datetime.now(UTC)), lambda _code: row, lambda: now)
        message = Message(
            key=f"test-{agent}-{now.timestamp():.0f}",
            text=terminal.text("Ringward test: this is how a call will be told"),
            link=f"{settings.public_address}/",
            until=now + timedelta(seconds=60),
        )
        return [(channel, await dispatch.attempt(channel, message)) for channel in row]


async def _list(terminal: Terminal, agent: str | None, limit: int) -> tuple[list[PocketCard], dict[str, str]]:
    async with terminal.store() as store, store.session() as session:
        return await ledger.recent(session, limit=limit, agent=agent), await names_of(session)


def _shown_target(channel: Channel) -> str:
    return subscription_host(channel.target) if channel.kind == PUSH else channel.target


def _channel_json(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "way": channel.kind,
        "to": _shown_target(channel),
        "label": channel.label,
        "usual": channel.id is None,
        "last": channel.last,
        "failure": channel.failure,
    }


def _card_json(card: PocketCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "linkedid": card.linkedid,
        "agent": card.agent,
        "endpoint": card.endpoint,
        "issued": card.issued,
        "state": card.state.value,
        "reason": card.reason or None,
        "by": card.by,
        "ended": card.ended,
        "way": card.channel or None,
        "sent": card.sent,
        "opened": card.opened,
        "refused": card.refused,
        "failure": card.failure,
        "link": card.shown_link or None,
    }


def _card_row(terminal: Terminal, card: PocketCard, names: dict[str, str]) -> list[object]:
    opened = f"{(card.opened - card.issued).total_seconds():.1f} s" if card.opened else "-"
    state = code_text("pocket_state", card.state, terminal.language)
    if card.reason:
        state = f"{state}: {_why(terminal, card, names)}"
    return [
        terminal.when(card.issued),
        names.get(card.agent, card.agent),
        card.endpoint,
        code_text("pocket_way", card.channel, terminal.language) if card.channel else "-",
        opened,
        state,
        card.refused or "",
        card.failure,
    ]


def _why(terminal: Terminal, card: PocketCard, names: dict[str, str]) -> str:
    if card.by:
        return terminal.text("{name} has answered", name=names.get(card.by, card.by))
    if card.reason in {"nobody", "expired"}:
        return code_text("pocket_reason", card.reason, terminal.language)
    return reason_text(card.reason, terminal.language)
