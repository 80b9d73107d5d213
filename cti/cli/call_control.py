"""`ringward call dial`, `hangup` and `transfer`: what the page does to calls, for whoever works on this machine.

Works on the switch itself, so that it does not need the daemon; the call must be in the records. What the daemon must
know of, because pages show it, is in `conversing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from cti.agents.people import list_agents
from cti.agents.tables import AgentRow
from cti.asterisk.ami import AmiClient
from cti.asterisk.ari import AriClient
from cti.asterisk.control import CallControl
from cti.calls.control import number_to_dial, own_channel, talking_channel
from cti.cli.calls import app
from cti.cli.conversing import VERBS, Linkedid, Whose, live_call, who_has
from cti.cli.terminal import Terminal, terminal_of
from cti.errors import NotFound, Refused, SwitchUnavailable
from cti.settings import Settings

__all__ = ["app"]

REACH_SECONDS = 3.0
"""AMI on loopback answers within milliseconds."""

for _verb, _command in VERBS.items():
    app.command(_verb)(_command)


@app.command("dial")
def dial(
    context: typer.Context,
    agent: Annotated[str, typer.Argument(help="From whose desk phone; it rings first.")],
    number: Annotated[str, typer.Argument(help="Whom to call, in any form, or a colleague's extension.")],
) -> None:
    """Call a number from an agent's desk phone."""
    terminal = terminal_of(context)
    linkedid, dialled = terminal.run(_dial(terminal, agent, number))
    terminal.say(
        "the phone of {agent} rings; then {number} is called: {linkedid}",
        agent=agent,
        number=dialled,
        linkedid=linkedid,
    )


@app.command("hangup")
def hang_up(context: typer.Context, linkedid: Linkedid, agent: Whose = None) -> None:
    """Hang up an agent's phone in a live call."""
    terminal = terminal_of(context)
    terminal.run(_hang_up(terminal, linkedid, agent))
    terminal.say("hung up {linkedid}", linkedid=linkedid)


@app.command("transfer")
def transfer(
    context: typer.Context,
    linkedid: Linkedid,
    to: Annotated[str, typer.Argument(help="Which agent gets the call.")],
    agent: Whose = None,
) -> None:
    """Hand a live call on to a colleague; it comes back when nobody takes it."""
    terminal = terminal_of(context)
    terminal.run(_hand_on(terminal, linkedid, to, agent))
    terminal.say("{linkedid} is handed on to {agent}", linkedid=linkedid, agent=to)


async def _dial(terminal: Terminal, agent: str, number: str) -> tuple[str, str]:
    people = await _people(terminal)
    extensions = {row.extension for row in people.values() if row.extension}
    dialled = number_to_dial(number, extensions, terminal.settings.callable_countries)
    extension = _desk(people, agent)
    async with _switch(terminal.settings) as control:
        return await control.dial(extension, dialled), dialled


async def _hang_up(terminal: Terminal, linkedid: str, agent: str | None) -> None:
    call = await live_call(terminal, linkedid)
    whose = agent or who_has(call)
    channel = own_channel(call, whose)
    if channel is None:
        raise Refused(f"agent {whose[:40]} has no phone in this call")
    async with _switch(terminal.settings) as control:
        await control.hang_up(channel)


async def _hand_on(terminal: Terminal, linkedid: str, to: str, agent: str | None) -> None:
    call = await live_call(terminal, linkedid)
    channel = talking_channel(call, agent or who_has(call))
    extension = _desk(await _people(terminal), to)
    async with _switch(terminal.settings) as control:
        await control.hand_on(channel, extension)


async def _people(terminal: Terminal) -> dict[str, AgentRow]:
    async with terminal.store() as store, store.session() as session:
        return {row.code: row for row in await list_agents(session) if row.active}


def _desk(people: dict[str, AgentRow], code: str) -> str:
    if code not in people:
        raise NotFound(f"there is no agent {code[:40]}")
    extension = people[code].extension
    if not extension:
        raise Refused(f"agent {code} has no desk phone")
    return extension


@asynccontextmanager
async def _switch(settings: Settings) -> AsyncIterator[CallControl]:
    """The switch's control for one wish.

    Raises:
        SwitchUnavailable: Asterisk does not answer.
    """
    base = f"http://{settings.bind_host}:{settings.ari_port}"
    ari = AriClient(base, settings.ari_user, settings.ari_secret, settings.ari_app)
    ami = AmiClient(settings.bind_host, settings.ami_port, settings.ami_user, settings.ami_secret, events="off")
    reached = asyncio.Event()
    ami.on_connected(reached.set)
    running = asyncio.create_task(ami.run())
    try:
        async with asyncio.timeout(REACH_SECONDS):
            await reached.wait()
        yield CallControl(ari, ami)
    except TimeoutError:
        raise SwitchUnavailable("Asterisk's AMI does not answer") from None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await ari.close()
