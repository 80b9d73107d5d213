"""Who rings together: teams, the number's group, overflow, the night's rota, and at last everybody.

Pure. Must not know one agent's own chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from routing.model import (
    Agent,
    Because,
    Directory,
    Group,
    LegKind,
    RouteRequest,
    Service,
    Step,
    Target,
    Why,
    WhyCode,
)
from routing.phones import desk, mobile

MOST_TARGETS_IN_A_STEP = 30
"""Asterisk's dial string is one buffer of 4,096 bytes; thirty contacts of a usual length fit with room to spare."""

MOST_IN_A_GROUP = 90
"""Three steps of thirty: a caller who has listened to all of them has waited minutes, and a plan must fit a line."""

EVERYBODY_SECONDS = 30


def day_groups(
    request: RouteRequest, service: Service | None, group: str, directory: Directory, at: datetime, *, after: bool
) -> list[Step]:
    """The team for this caller, the group of the number, the overflow group; everybody when none can be rung.

    `after` a chain, so that the number's own group is the last resort and not the first thing tried.
    """
    wanted = [(WhyCode.LAST_RESORT if after else WhyCode.NUMBER_GROUP, group)]
    if service is not None:
        for team in service.teams:
            if team.tier in ("", request.tier) and team.kind in ("", request.kind) and (team.tier or team.kind):
                wanted.insert(0, (WhyCode.TEAM_GROUP, team.group))
                break
        if service.overflow_group is not None:
            wanted.append((WhyCode.OVERFLOW, service.overflow_group))
    steps: list[Step] = []
    seen: set[str] = set()
    for code, name in wanted:
        found = directory.groups.get(name) or directory.groups.get(directory.company_group)
        if found is None or found.code in seen:
            continue
        seen.add(found.code)
        steps.extend(_together(found, code, found.members, request, directory, at))
    return steps or everybody(request, directory)


def closed_groups(request: RouteRequest, group: Group, directory: Directory, at: datetime) -> list[Step]:
    """While closed: whose turn it is, then the others of the group. They are at home: the mobile before the desk."""
    turn = dict.fromkeys(
        present
        for duty in group.duties
        if duty.starts <= at < duty.ends
        for present in _present(duty.agent, directory, at)
    )
    steps = list(_together(group, WhyCode.ON_DUTY, turn, request, directory, at, at_home=True))
    others = [code for code in group.members if code not in turn]
    steps.extend(_together(group, WhyCode.CLOSED_GROUP, others, request, directory, at, at_home=True))
    return steps


def everybody(request: RouteRequest, directory: Directory) -> list[Step]:
    """Nobody who should can be rung: rather everybody who has a phone than nobody (C3), on leave or not.

    Even the agent whom the caller complains about, when there is no other.
    """
    active = [agent for agent in directory.agents.values() if agent.active]
    targets = list(_phones(agent for agent in active if agent.code not in request.avoid))
    targets = targets or list(_phones(active))
    return list(_steps(targets, EVERYBODY_SECONDS, Why(WhyCode.ALL_AGENTS)))


def _together(
    group: Group,
    code: WhyCode,
    members: Iterable[str],
    request: RouteRequest,
    directory: Directory,
    at: datetime,
    *,
    at_home: bool = False,
) -> Iterator[Step]:
    there: list[Agent] = []
    avoided = False
    for member in dict.fromkeys(members):
        if len(there) >= MOST_IN_A_GROUP:
            break
        agent = directory.agents.get(member)
        if agent is None or not agent.active or is_on_leave(agent, at):
            continue
        if member in request.avoid:
            avoided = True
            continue
        there.append(agent)
    because = (Because.COMPLAINT,) if avoided else ()
    later = [agent for agent in there if agent.away or agent.wrapping_up]
    first = [agent for agent in there if agent not in later]
    if first:
        yield from _steps(
            list(_phones(first, at_home=at_home)), group.seconds, Why(code, group=group.code, because=because)
        )
        because = (*because, Because.LATER)
    # Nobody is left out, or a call could be lost: who is away has a mobile, who wraps up can do so later.
    yield from _steps(
        list(_phones(later, at_home=at_home)), group.seconds, Why(code, group=group.code, because=because)
    )


def is_on_leave(agent: Agent, at: datetime) -> bool:
    """Whether the agent is away at the aware instant `at`."""
    return any(leave.starts <= at < leave.ends for leave in agent.leaves)


def _present(code: str, directory: Directory, at: datetime) -> Iterator[str]:
    """The agent, or who stands in for them, along the deputies until somebody is there."""
    seen: set[str] = set()
    current: str | None = code
    while current is not None and current not in seen:
        seen.add(current)
        agent = directory.agents.get(current)
        if agent is None:
            return
        leave = next((one for one in agent.leaves if one.starts <= at < one.ends), None)
        if agent.active and leave is None and (agent.desk or agent.mobile):
            yield current
            return
        current = (leave.deputy if leave else None) or agent.deputy


def _phones(agents: Iterable[Agent], *, at_home: bool = False) -> Iterator[Target]:
    """One phone a member: the desk, or the mobile of a member who has no desk (C13); at home the other way round."""
    for agent in agents:
        target = (mobile(agent) or desk(agent)) if at_home or agent.away else (desk(agent) or mobile(agent))
        if target is not None:
            yield target


def _steps(targets: list[Target], seconds: int, why: Why) -> Iterator[Step]:
    for start in range(0, min(len(targets), MOST_IN_A_GROUP), MOST_TARGETS_IN_A_STEP):
        yield Step(LegKind.GROUP, tuple(targets[start : start + MOST_TARGETS_IN_A_STEP]), seconds, why)
