"""`ringward call answer`, `hold`, `mute`, `ask`, `join`, `listen` and their like: what the page does during a call.

Done by the daemon, so that the pages show it, and with the rights of the agent's log-in. Must not know the switch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

import typer

from cti.calls import records
from cti.calls.control import ringing_desk
from cti.calls.model import Call, CallState
from cti.calls.segments import holder
from cti.cli.as_agent import ask_as
from cti.cli.terminal import Terminal, terminal_of
from cti.errors import NotFound, Refused

Linkedid = Annotated[str, typer.Argument(help="The call's linkedid, as `call list` prints it.")]
Whose = Annotated[str | None, typer.Option("--agent", help="On whose phone; unless given, who has the call.")]
Watched = Annotated[str | None, typer.Option("--agent", help="Whose part in the call; unless given, who talks.")]
Listener = Annotated[str, typer.Option("--as", help="Who listens: an agent's code. Their desk phone rings.")]


def answer(context: typer.Context, linkedid: Linkedid, agent: Whose = None) -> None:
    """Have a ringing desk phone pick up, where it understands being told (the event `talk`)."""
    terminal = terminal_of(context)
    whose = terminal.run(_ask_whom(terminal, linkedid, agent, "POST", "answer", ringing=True))
    terminal.say("the phone of {agent} is told to pick up", agent=whose)


def hold(context: typer.Context, linkedid: Linkedid, agent: Whose = None) -> None:
    """Put the other party on hold."""
    terminal = terminal_of(context)
    terminal.run(_ask_whom(terminal, linkedid, agent, "PUT", "hold", {"on": True}))
    terminal.say("{linkedid} is on hold", linkedid=linkedid)


def unhold(context: typer.Context, linkedid: Linkedid, agent: Whose = None) -> None:
    """Take the other party back from hold."""
    terminal = terminal_of(context)
    terminal.run(_ask_whom(terminal, linkedid, agent, "PUT", "hold", {"on": False}))
    terminal.say("{linkedid} is on hold no longer", linkedid=linkedid)


def mute(context: typer.Context, linkedid: Linkedid, agent: Whose = None) -> None:
    """Let nobody hear what is said into an agent's phone."""
    terminal = terminal_of(context)
    whose = terminal.run(_ask_whom(terminal, linkedid, agent, "PUT", "mute", {"on": True}))
    terminal.say("nobody hears {agent} now", agent=whose)


def unmute(context: typer.Context, linkedid: Linkedid, agent: Whose = None) -> None:
    """Let everybody hear an agent again."""
    terminal = terminal_of(context)
    whose = terminal.run(_ask_whom(terminal, linkedid, agent, "PUT", "mute", {"on": False}))
    terminal.say("{agent} is heard again", agent=whose)


def ask(
    context: typer.Context,
    linkedid: Linkedid,
    colleague: Annotated[str, typer.Argument(help="Which colleague is asked: an agent's code.")],
    agent: Whose = None,
) -> None:
    """Call a colleague from the same phone before handing the call on; then `call join`."""
    terminal = terminal_of(context)
    whose = terminal.run(_ask_whom(terminal, linkedid, agent, "POST", "consult", {"agent": colleague}))
    terminal.say("the phone of {agent} rings; then {colleague} is called", agent=whose, colleague=colleague)


def join(context: typer.Context, linkedid: Linkedid, agent: Whose = None) -> None:
    """Connect the caller with the colleague who was asked, and leave the two alone."""
    terminal = terminal_of(context)
    terminal.run(_ask_whom(terminal, linkedid, agent, "POST", "join"))
    terminal.say("{linkedid} is with the colleague who was asked", linkedid=linkedid)


def listen(context: typer.Context, linkedid: Linkedid, listener: Listener, agent: Watched = None) -> None:
    """Listen to a colleague's call; neither of the two hears the listener."""
    _watch(terminal_of(context), linkedid, listener, agent, "listen")


def whisper(context: typer.Context, linkedid: Linkedid, listener: Listener, agent: Watched = None) -> None:
    """Speak to the colleague in a call, unheard by the caller."""
    _watch(terminal_of(context), linkedid, listener, agent, "whisper")


def barge(context: typer.Context, linkedid: Linkedid, listener: Listener, agent: Watched = None) -> None:
    """Join a colleague's call: both hear the listener."""
    _watch(terminal_of(context), linkedid, listener, agent, "barge")


def stop_listening(context: typer.Context, linkedid: Linkedid, listener: Listener) -> None:
    """Listen, whisper or barge no more."""
    terminal = terminal_of(context)
    path = f"/calls/{quote(linkedid, safe='')}/watch"
    terminal.run(ask_as(terminal, listener, "DELETE", path, linkedid=linkedid))
    terminal.say("{agent} listens no more", agent=listener)


VERBS: dict[str, Callable[..., None]] = {
    "answer": answer,
    "hold": hold,
    "unhold": unhold,
    "mute": mute,
    "unmute": unmute,
    "ask": ask,
    "join": join,
    "listen": listen,
    "whisper": whisper,
    "barge": barge,
    "stop-listening": stop_listening,
}


def _watch(terminal: Terminal, linkedid: str, listener: str, agent: str | None, mode: str) -> None:
    path, body = f"/calls/{quote(linkedid, safe='')}/watch", {"mode": mode, "agent": agent}
    said = terminal.run(ask_as(terminal, listener, "POST", path, body, linkedid=linkedid))
    sentence = "{agent} hears the call of {watched} as soon as their phone is picked up"
    terminal.say(sentence, agent=listener, watched=said["agent"])


async def _ask_whom(
    terminal: Terminal,
    linkedid: str,
    agent: str | None,
    method: str,
    what: str,
    body: dict[str, object] | None = None,
    *,
    ringing: bool = False,
) -> str:
    """Ask it in the name of `agent`, else of who has the call, or whose desk rings. Returns their code."""
    call = await live_call(terminal, linkedid)
    whose = agent or (_who_is_rung(call) if ringing else who_has(call))
    if not whose:
        raise Refused("nobody talks in this call now")
    await ask_as(terminal, whose, method, f"/calls/{quote(linkedid, safe='')}/{what}", body, linkedid=linkedid)
    return whose


async def live_call(terminal: Terminal, linkedid: str) -> Call:
    """A call that is not over, from the records.

    Raises:
        NotFound: there is none. Refused: it is over.
    """
    async with terminal.store() as store, store.session() as session:
        call = await records.load(session, linkedid)
    if call is None:
        raise NotFound(f"there is no call {linkedid}")
    if call.state is CallState.ENDED:
        raise Refused("this call is over")
    return call


def who_has(call: Call) -> str:
    """The agent who talks in it, or who makes it; empty for none."""
    has = holder(call)
    return (has.agent if has is not None and has.agent is not None else call.made_by) or ""


def _who_is_rung(call: Call) -> str:
    rung = [leg.agent for leg in call.legs if leg.agent is not None and ringing_desk(call, leg.agent) is not None]
    if len(set(rung)) != 1:
        raise Refused("say whose phone it is with --agent: not just one desk phone rings")
    return rung[0]
