"""What a person does to their own conversation from the page: answer, hold, mute, ask a colleague, join the two.

Must not know how the switch does it.
"""

from __future__ import annotations

from pydantic import Field

from cti.calls.model import Call, CallState
from cti.conversations import Conversations
from cti.errors import Refused, SwitchUnavailable
from cti.web.call_routes import visible_call
from cti.web.control_routes import agent_of, desk_of
from cti.web.operations import Answer, Asked, Body, Operations

operations = Operations()


class Switched(Body):
    """Whether it is to be so."""

    on: bool = True


class Question(Body):
    """Which colleague is asked: an agent's code."""

    agent: str = Field(min_length=1, max_length=40)


class Asking(Answer):
    """The agent's own phone rings now, then the colleague's; `linkedid` is that call's."""

    linkedid: str
    agent: str


@operations.route("POST", "/calls/{linkedid}/answer")
async def answer(asked: Asked) -> None:
    """Have one's own desk phone pick up, where it understands the event `talk`."""
    await conversations_of(asked).answer(asked.path("linkedid")[:150], agent_of(asked))


@operations.route("PUT", "/calls/{linkedid}/hold", body=Switched)
async def hold(asked: Asked) -> None:
    """Put the other party on hold, or take them back."""
    await conversations_of(asked).hold(await _live(asked), agent_of(asked), on=asked.body.on)


@operations.route("PUT", "/calls/{linkedid}/mute", body=Switched)
async def mute(asked: Asked) -> None:
    """Let nobody hear what is said into one's own phone, or everybody again."""
    await conversations_of(asked).mute(await _live(asked), agent_of(asked), on=asked.body.on)


@operations.route("POST", "/calls/{linkedid}/consult", body=Question, answer=Asking, status=201)
async def consult(asked: Asked) -> dict[str, str]:
    """Put the other party on hold and call a colleague, who gets the same card before their phone rings."""
    agent, to = agent_of(asked), asked.body.agent
    if to == agent:
        raise Refused("somebody else is asked")
    extension, own = desk_of(asked, to), desk_of(asked, agent)
    linkedid = await conversations_of(asked).ask(await _live(asked), agent, own, to, extension)
    return {"linkedid": linkedid, "agent": to}


@operations.route("POST", "/calls/{linkedid}/join")
async def join(asked: Asked) -> None:
    """Connect the other party with the colleague who was asked, and leave the two alone."""
    await conversations_of(asked).join(await _live(asked), agent_of(asked))


def conversations_of(asked: Asked) -> Conversations:
    """What acts on conversations.

    Raises:
        SwitchUnavailable: this daemon has no switch.
    """
    if asked.services.conversations is None:
        raise SwitchUnavailable("Asterisk is not connected")
    return asked.services.conversations


async def _live(asked: Asked) -> Call:
    call = await visible_call(asked, asked.path("linkedid"))
    if call.state is CallState.ENDED:
        raise Refused("this call is over")
    return call
