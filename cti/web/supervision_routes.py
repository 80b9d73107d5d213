"""Colleagues' live calls for whom leads and for mentors: which there are, and listening to them.

Must not know how the switch does it; `cti.supervision` says who may.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from pydantic import Field

from cti.errors import NotFound, Refused, SwitchUnavailable
from cti.supervision import Supervision
from cti.web.control_routes import agent_of
from cti.web.operations import Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()


class FloorAnswer(Answer):
    """A colleague's call. `who`: the customer's name, else what is presented."""

    call_id: str
    agent: str
    state: str
    direction: str
    who: str
    customer_id: int | None
    since: datetime | None


class WatchBody(Body):
    """Whose part in the call; with one who talks they need not be named. Asked again it changes the mode."""

    mode: Literal["listen", "whisper", "barge"] = "listen"
    agent: str | None = Field(None, max_length=40)


class WatchAnswer(Answer):
    """One's own phone rings; once picked up it hears the call."""

    linkedid: str
    agent: str
    mode: str


@operations.route("GET", "/live-calls", answer=list[FloorAnswer])
async def live_calls(asked: Asked) -> list[dict[str, Any]]:
    """Calls of colleagues to whom one may listen, now."""
    return [msgspec.structs.asdict(one) for one in asked.services.desktops.floor.of(asked.who)]


@operations.route("POST", "/calls/{linkedid}/watch", body=WatchBody, answer=WatchAnswer)
async def watch(asked: Asked) -> dict[str, str]:
    """Listen to a colleague's call, whisper to them, or join in; it is written into the audit."""
    agent_of(asked)
    supervision, linkedid = _supervision(asked), asked.path("linkedid")[:150]
    call = asked.services.tracker.get(linkedid)
    talking = [
        pop.leg.agent or code
        for code, pop in asked.services.desktops.pops_of(linkedid).items()
        if pop.state == "talking" and pop.watching is None
    ]
    watched = asked.body.agent or (talking[0] if talking else None)
    if call is None or watched is None or not supervision.may_watch(asked.who, watched):
        if call is not None and asked.who.role in {"lead", "manager", "admin"}:
            raise Refused("nobody talks in this call now")
        raise NotFound(f"there is no call {linkedid} that you may listen to")
    one = await supervision.watch(asked.who, call, watched, asked.body.mode)
    return {"linkedid": one.linkedid, "agent": one.watched, "mode": one.mode}


@operations.route("DELETE", "/calls/{linkedid}/watch")
async def stop_watching(asked: Asked) -> None:
    """Listen no more."""
    supervision, agent = _supervision(asked), agent_of(asked)
    one = supervision.of(agent)
    if one is None or one.linkedid != asked.path("linkedid"):
        raise Forbidden("you do not listen to this call")
    await supervision.stop(agent)


def _supervision(asked: Asked) -> Supervision:
    if asked.services.supervision is None:
        raise SwitchUnavailable("Asterisk is not connected")
    return asked.services.supervision
