"""Colleagues, and one's own presence.

Must not know how the directory is kept.
"""

from __future__ import annotations

from typing import Literal

from cti.agents import people
from cti.errors import Refused
from cti.web.operations import Answer, Asked, Body, Operations
from routing.model import Agent, Passed

operations = Operations()


class AgentAnswer(Answer):
    """A colleague as everyone may see them. `presence` is what they set by hand, `state` how they are now; `phone`:
    whether the phone on their desk is registered, null when they have none."""

    code: str
    name: str
    nickname: str
    department: str
    extension: str | None
    deputy: str | None
    presence: str
    state: str
    phone: bool | None


class PresenceChange(Body):
    """What to be from now on; `dnd` keeps the desk silent, calls go on to the next step."""

    presence: Literal["available", "away", "dnd"]


@operations.route("GET", "/agents", answer=list[AgentAnswer])
async def list_agents(asked: Asked) -> list[AgentAnswer]:
    """Everyone who takes calls."""
    states = asked.services.desktops.presences()
    agents = asked.services.directory.directory.agents
    return [
        AgentAnswer(
            code=row.code,
            name=row.name,
            nickname=row.nickname,
            department=row.department,
            extension=row.extension,
            deputy=row.deputy,
            presence=row.presence,
            state=states.get(row.code, "offline"),
            phone=_plugged_in(agents.get(row.code)),
        )
        for row in asked.services.directory.rows.values()
        if row.active
    ]


def _plugged_in(agent: Agent | None) -> bool | None:
    return agent.desk_passed is not Passed.OFFLINE if agent is not None and agent.desk is not None else None


@operations.route("PATCH", "/agents/me", body=PresenceChange, status=204)
async def set_presence(asked: Asked) -> None:
    """Say how you are: available, away, or do not disturb."""
    agent = asked.who.agent
    if agent is None:
        raise Refused("this login is no agent; presence belongs to agents")
    async with asked.services.store.transaction() as session:
        people.act_as(session, asked.who.login)
        await people.set_presence(session, agent, asked.body.presence)
    # Not half a second later: the next call may come in between.
    await asked.services.directory.refresh()
