"""Who rings, in which order, and why: one pure decision from request, directory and instant.

Must not know Asterisk, databases or clocks: the instant is passed in, and the same three inputs always give
the same plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from routing.model import (
    Agent,
    Directory,
    LegKind,
    Passed,
    RoutePlan,
    RouteRequest,
    Step,
    Target,
    TargetType,
    Why,
    WhyCode,
)

MOST_TARGETS_IN_A_STEP = 30
"""Asterisk's dial string is one buffer of 4,096 bytes; thirty contacts of a usual length fit with room to spare."""


def route(request: RouteRequest, directory: Directory, at: datetime) -> RoutePlan:
    """Decide who rings for `request` at the aware instant `at`.

    Owner first (requirement C4), then mobile (C1), then deputies (C2), then the group of the dialled number (C3).
    The plan always has at least one step when any active agent has a phone.

    Raises:
        ValueError: `at` has no time zone, so leave cannot be judged.
    """
    if at.tzinfo is None:
        raise ValueError("route() needs an aware instant: give `at` a time zone")
    number = directory.numbers.get(request.dialled)
    direct = number.agent if number else None
    first = direct or request.owner
    steps: list[Step] = []
    if first is not None:
        steps.extend(_chain(first, direct is not None, directory, at))
    group = (number.group if number else None) or directory.company_group
    steps.extend(_group_steps(group, directory, at, after_a_chain=bool(steps)))
    kept = tuple(_without_doubles(steps))
    return RoutePlan(plan_id=_plan_id(request, kept), steps=kept)


def _chain(code: str, direct: bool, directory: Directory, at: datetime) -> Iterator[Step]:
    """The agent's own phones, then each deputy's in turn; a deputy already seen ends the chain."""
    seen: set[str] = set()
    stands_for: str | None = None
    current: str | None = code
    while current is not None and current not in seen:
        seen.add(current)
        agent = directory.agents.get(current)
        if agent is None:
            return
        leave = next((one for one in agent.leaves if one.starts <= at < one.ends), None)
        if agent.active and leave is None:
            yield from _phones(agent, stands_for, direct)
        absent = leave is not None or not agent.active
        stands_for = current
        current = (leave.deputy if leave and leave.deputy else None) or agent.deputy
        if current is not None and not absent and len(seen) > 1:
            # A deputy who is present ends the chain of deputies: his own deputy stands in only for his absence.
            return


def _phones(agent: Agent, stands_for: str | None, direct: bool) -> Iterator[Step]:
    if stands_for is not None:
        kind_desk = kind_mobile = LegKind.DEPUTY
        desk_code, mobile_code = WhyCode.DEPUTY_DESK, WhyCode.DEPUTY_MOBILE
        desk_seconds = agent.deputy_seconds
    else:
        kind_desk, kind_mobile = LegKind.DESK, LegKind.MOBILE
        desk_code = WhyCode.DIRECT_DESK if direct else WhyCode.OWNER_DESK
        mobile_code = WhyCode.DIRECT_MOBILE if direct else WhyCode.OWNER_MOBILE
        desk_seconds = agent.desk_seconds
    if agent.desk is not None:
        target = Target(TargetType.DESK, agent.code, agent.desk, _desk_passed(agent))
        yield Step(kind_desk, (target,), desk_seconds, Why(desk_code, agent.code, stands_for))
    if agent.mobile is not None:
        target = Target(TargetType.MOBILE, agent.code, agent.mobile, Passed.DND if agent.dnd else None)
        yield Step(kind_mobile, (target,), agent.mobile_seconds, Why(mobile_code, agent.code, stands_for))


def _desk_passed(agent: Agent) -> Passed | None:
    return Passed.DND if agent.dnd else agent.desk_passed


def _group_steps(code: str, directory: Directory, at: datetime, *, after_a_chain: bool) -> Iterator[Step]:
    group = directory.groups.get(code) or directory.groups.get(directory.company_group)
    members = group.members if group else ()
    seconds = group.seconds if group else 30
    targets = list(_group_targets(members, directory, at))
    why = Why(WhyCode.LAST_RESORT if after_a_chain else WhyCode.NUMBER_GROUP, group=group.code if group else None)
    if not targets:
        # Nobody of the group can be rung: rather everybody who has a phone than nobody (C3).
        targets = list(_group_targets(tuple(directory.agents), directory, None))
        why = Why(WhyCode.ALL_AGENTS)
    for start in range(0, len(targets), MOST_TARGETS_IN_A_STEP):
        yield Step(LegKind.GROUP, tuple(targets[start : start + MOST_TARGETS_IN_A_STEP]), seconds, why)


def _group_targets(members: tuple[str, ...], directory: Directory, at: datetime | None) -> Iterator[Target]:
    """One phone a member: the desk, or the mobile of a member who has no desk (C13)."""
    for code in dict.fromkeys(members):
        agent = directory.agents.get(code)
        if agent is None or not agent.active:
            continue
        if at is not None and any(leave.starts <= at < leave.ends for leave in agent.leaves):
            continue
        if agent.desk is not None:
            yield Target(TargetType.DESK, agent.code, agent.desk, _desk_passed(agent))
        elif agent.mobile is not None:
            yield Target(TargetType.MOBILE, agent.code, agent.mobile, Passed.DND if agent.dnd else None)


def _without_doubles(steps: list[Step]) -> Iterator[Step]:
    """Drop a phone that one person's step already rang; a group at the end may ring desks again on purpose.

    The group is the last net: who did not hear his desk five rings ago may hear it ringing with the others.
    A mobile already rung is not rung again: its owner had his 20 seconds, in a place we know nothing of.
    """
    rung: set[tuple[TargetType, str]] = set()
    for step in steps:
        if step.kind is LegKind.GROUP:
            targets = tuple(
                one for one in step.targets if one.type is TargetType.DESK or (one.type, one.resource) not in rung
            )
        else:
            targets = tuple(one for one in step.targets if (one.type, one.resource) not in rung)
        rung.update((one.type, one.resource) for one in targets)
        if targets:
            yield step if targets == step.targets else Step(step.kind, targets, step.seconds, step.why)


def _plan_id(request: RouteRequest, steps: tuple[Step, ...]) -> str:
    """Same chain, same id: records can be grouped by it and a retry does not look like a new plan."""
    text = repr(
        (
            request.dialled,
            [(s.kind, s.seconds, [(t.type, t.agent, t.resource) for t in s.targets]) for s in steps],
        )
    )
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:10]
