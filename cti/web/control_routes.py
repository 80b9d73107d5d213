"""What a person does to calls from the page: begin one from their own desk, hang up, hand on.

Must not know how the switch does it.
"""

from __future__ import annotations

from pydantic import Field

from cti.agents.dialling import national
from cti.calls.control import number_to_dial, own_channel, talking_channel
from cti.calls.model import Call, CallState
from cti.customers.discretion import masked
from cti.customers.tables import CustomerNumberRow
from cti.desktop.promises import holds
from cti.errors import Invalid, NotFound, Refused, SwitchUnavailable
from cti.web.call_routes import visible_call
from cti.web.discretion import count_outsider
from cti.web.operations import Answer, Asked, Body, Operations
from cti.web.promise_routes import promise_of
from cti.web.refusals import Forbidden
from cti.web.services import Control
from routing.model import Passed

operations = Operations()


class NewCall(Body):
    """Whom to call: a `number` in any form, or one that need not be readable to be called: a customer's by `number_id`,
    or that of whom a call back is owed, by `promise_id`.

    `agent`: from whose desk; only one's own.
    """

    number: str | None = Field(None, min_length=1, max_length=60)
    number_id: int | None = Field(None, ge=1, lt=2**31)
    promise_id: int | None = Field(None, ge=1, lt=2**31)
    agent: str | None = Field(None, max_length=40)


class Dialling(Answer):
    """The agent's phone rings now; when it is picked up, `number` is dialled. `linkedid` is the call's."""

    linkedid: str
    agent: str
    number: str


class HandOn(Body):
    """Which colleague gets the call: an agent's code."""

    agent: str = Field(min_length=1, max_length=40)


@operations.route("POST", "/calls", body=NewCall, answer=Dialling, status=201)
async def dial(asked: Asked) -> dict[str, str]:
    """Call a number from one's own desk phone, which rings first."""
    services, agent = asked.services, agent_of(asked)
    if asked.body.agent not in {None, agent}:
        raise Forbidden("a call is made from one's own phone only")
    extensions = {one.desk for one in services.directory.directory.agents.values() if one.desk is not None}
    written = asked.body.number or await _number(asked)
    try:
        number = number_to_dial(written, extensions, services.settings.callable_countries)
    except (Invalid, Refused) as error:
        if asked.body.number:
            raise
        raise Refused("this number is not called from here") from error
    extension = desk_of(asked, agent)
    linkedid = await _control(asked).dial(extension, number)
    if services.conversations is not None:
        services.conversations.begun(linkedid, agent)
    return {"linkedid": linkedid, "agent": agent, "number": number if asked.body.number else masked(number)}


@operations.route("DELETE", "/calls/{linkedid}")
async def hang_up(asked: Asked) -> None:
    """Hang up one's own phone in a live call."""
    call = await _live(asked)
    channel = own_channel(call, agent_of(asked))
    if channel is None:
        raise Forbidden("only one's own calls are hung up")
    await _control(asked).hang_up(channel)


@operations.route("POST", "/calls/{linkedid}/transfer", body=HandOn)
async def hand_on(asked: Asked) -> None:
    """Hand a call on to a colleague, along their own chain; it comes back when nobody takes it."""
    call, agent = await _live(asked), agent_of(asked)
    channel = talking_channel(call, agent)
    to = asked.body.agent
    if to == agent:
        raise Refused("a call is handed on to somebody else")
    await _control(asked).hand_on(channel, desk_of(asked, to, ring=False))


async def _number(asked: Asked) -> str:
    """A customer's number by its id, or that of whom a call back is owed.

    Raises:
        Invalid: neither number nor id. NotFound: there is none. Refused: the caller withheld it.
    """
    if asked.body.promise_id is not None:
        return await _owed(asked, asked.body.promise_id)
    wanted = asked.body.number_id
    if wanted is None:
        raise Invalid("number: say whom to call, or give number_id")
    async with asked.services.store.session() as session:
        row = await session.get(CustomerNumberRow, wanted)
    if row is None:
        raise NotFound(f"there is no number {wanted}")
    # One's own calls say their numbers: whoever calls the whole book sees it.
    await count_outsider(asked, row.customer_id)
    return national(row.e164) or row.raw


async def _owed(asked: Asked, promise_id: int) -> str:
    promise = (await promise_of(asked, str(promise_id))).promise
    if promise.customer_id is not None and not holds(asked.who, promise):
        await count_outsider(asked, promise.customer_id)
    if promise.number is None and not promise.raw:
        raise Refused("the caller withheld their number: there is nothing to call")
    return (national(promise.number) if promise.number else "") or promise.raw


def desk_of(asked: Asked, code: str, *, ring: bool = True) -> str:
    """The extension of this agent's desk; with `ring` only of one that can be rung now.

    Raises:
        NotFound: there is no such agent.
        Refused: they have no desk phone, or it is not registered.
    """
    agent = asked.services.directory.directory.agents.get(code)
    if agent is None or not agent.active:
        raise NotFound(f"there is no agent {code[:40]}")
    if agent.desk is None:
        raise Refused(f"agent {code} has no desk phone")
    if ring and agent.desk_passed is Passed.OFFLINE:
        raise Refused(f"the phone {agent.desk} is not registered")
    return agent.desk


def agent_of(asked: Asked) -> str:
    """The agent whose phone this is about.

    Raises:
        Forbidden: the log-in has none.
    """
    if asked.who.agent is None:
        raise Forbidden("this log-in is no agent's: it has no phone")
    return asked.who.agent


async def _live(asked: Asked) -> Call:
    call = await visible_call(asked, asked.path("linkedid"))
    if call.state is CallState.ENDED:
        raise Refused("this call is over")
    return call


def _control(asked: Asked) -> Control:
    if asked.services.control is None:
        raise SwitchUnavailable("Asterisk is not connected")
    return asked.services.control
