"""What is wrong with a firm's routing whoever calls: numbers that ring nobody, deputies who are all away. Pure.

Must not know how a configuration is kept or changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from routing.model import Agent, Directory, RouteRequest, WhyCode
from routing.route import route

_ANY_TIME = datetime(2000, 1, 3, 12, tzinfo=UTC)


class Fault(StrEnum):
    """Kinds of faults."""

    NUMBER_RINGS_NOBODY = "number_rings_nobody"
    GROUP_RINGS_NOBODY = "group_rings_nobody"
    UNKNOWN_AGENT = "unknown_agent"
    LEAVE_LOOP = "leave_loop"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: of which number, group or agent, and with whom."""

    fault: Fault
    subject: str
    detail: str = ""


def problems(directory: Directory) -> frozenset[Problem]:
    """Every fault of the configuration; leave counts only where it closes a ring of absent deputies.

    A number "rings nobody" when it would come down to ringing every phone of the firm, or none at all.
    """
    found: set[Problem] = set()
    present = replace(directory, agents={code: replace(a, leaves=()) for code, a in directory.agents.items()})
    for number in directory.numbers:
        codes = {step.why.code for step in route(RouteRequest(number), present, _ANY_TIME).steps}
        if not codes - {WhyCode.ALL_AGENTS}:
            found.add(Problem(Fault.NUMBER_RINGS_NOBODY, number))
    for group in directory.groups.values():
        members = [directory.agents[code] for code in group.members if code in directory.agents]
        if not any(_can_ring(agent) for agent in members):
            found.add(Problem(Fault.GROUP_RINGS_NOBODY, group.code))
        found.update(Problem(Fault.UNKNOWN_AGENT, group.code, c) for c in group.members if c not in directory.agents)
    for agent in directory.agents.values():
        if agent.deputy is not None and agent.deputy not in directory.agents:
            found.add(Problem(Fault.UNKNOWN_AGENT, agent.code, agent.deputy))
        loop = _leave_loop(agent, directory)
        if loop:
            found.add(Problem(Fault.LEAVE_LOOP, agent.code, loop))
    return frozenset(found)


def _can_ring(agent: Agent) -> bool:
    return agent.active and (agent.desk is not None or agent.mobile is not None)


def _leave_loop(agent: Agent, directory: Directory) -> str:
    """`101 → 102 → 101` when at the beginning of a leave everyone along the deputies is away, and it comes back."""
    for leave in agent.leaves:
        path = [agent.code]
        current: str | None = agent.code
        while current is not None:
            one = directory.agents.get(current)
            away = (
                next((entry for entry in one.leaves if entry.starts <= leave.starts < entry.ends), None)
                if one
                else None
            )
            if one is None or away is None:
                break
            current = away.deputy or one.deputy
            if current is None:
                break
            path.append(current)
            if path.count(current) > 1:
                return " → ".join(path[path.index(current) :])
    return ""
