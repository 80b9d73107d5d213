"""Who rings, in which order, and why: one pure decision from request, directory and instant.

Must not know Asterisk, databases or clocks: the instant is passed in, and the same three inputs always give
the same plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from routing.groups import MOST_TARGETS_IN_A_STEP, closed_groups, day_groups
from routing.model import (
    Agent,
    Because,
    DialledNumber,
    Directory,
    LegKind,
    RoutePlan,
    RouteRequest,
    Service,
    Step,
    TargetType,
    Waiting,
    WaitingKind,
    Why,
    WhyCode,
)
from routing.phones import agent_steps

__all__ = ["MOST_TARGETS_IN_A_STEP", "fitting", "is_closed", "route", "service_of", "waiting_of"]

LONGEST_BODY = 1900
"""Characters of a plan's steps that surely travel (`routing.wire`): what is beyond it are groups, which stand last."""

_NOTHING = Why(WhyCode.ALL_AGENTS)


def route(request: RouteRequest, directory: Directory, at: datetime) -> RoutePlan:
    """Decide who rings for `request` at the aware instant `at`.

    Owner first (requirement C4), then mobile (C1), then deputies (C2), then team, group and overflow of the dialled
    number (C3). While its service is closed and has somebody for that: they first, and the group after them.
    The plan always has at least one step when any active agent has a phone.

    Raises:
        ValueError: `at` has no time zone, so leave cannot be judged.
    """
    if at.tzinfo is None:
        raise ValueError("route() needs an aware instant: give `at` a time zone")
    number = directory.numbers.get(request.dialled)
    service = service_of(number, directory)
    steps = _closed(request, service, directory, at)
    direct = number.agent if number else None
    first = direct or request.owner
    if not steps and first is not None:
        steps = list(_chain(first, direct is not None, request, directory, at))
    group = (number.group if number else None) or (service.group if service else None) or directory.company_group
    steps.extend(day_groups(request, service, group, directory, at, after=bool(steps)))
    kept = fitting(_without_doubles(steps))
    waiting = waiting_of(service, directory)
    return RoutePlan(plan_id=_plan_id(request, kept, waiting), steps=kept, waiting=waiting)


def service_of(number: DialledNumber | None, directory: Directory) -> Service | None:
    """What a number is for. A number without a service of its own has no hours; one we do not know has the firm's."""
    if number is None:
        return directory.services.get(directory.company_service)
    return directory.services.get(number.service) if number.service is not None else None


def waiting_of(service: Service | None, directory: Directory) -> Waiting | None:
    """What a caller of this service hears while waiting; as for the company's where it does not say; None: ringing."""
    firm = directory.services.get(directory.company_service)
    said = next((one.waiting for one in (service, firm) if one is not None and one.waiting is not None), None)
    return None if said is None or said.kind is WaitingKind.OFF else said


def is_closed(service: Service | None, directory: Directory, at: datetime) -> bool:
    """Whether a service is closed at `at` and has somebody for that: then they ring, and no chain of an owner does."""
    if service is None or service.opening is None or service.closed_group not in directory.groups:
        return False
    return not service.opening.is_open(at)


def _closed(request: RouteRequest, service: Service | None, directory: Directory, at: datetime) -> list[Step]:
    if service is None or service.closed_group is None or not is_closed(service, directory, at):
        return []
    return closed_groups(request, directory.groups[service.closed_group], directory, at)


def _chain(code: str, direct: bool, request: RouteRequest, directory: Directory, at: datetime) -> Iterator[Step]:
    """The agent's own phones, then each deputy's in turn; a deputy already seen ends the chain.

    Whom the caller has an open complaint about is not rung; the next deputy stands in.
    """
    rule = directory.tiers.get(request.tier)
    role = "direct" if direct else "owner"
    seen: set[str] = set()
    why = _NOTHING
    current: str | None = code
    while current is not None and current not in seen:
        seen.add(current)
        agent = directory.agents.get(current)
        if agent is None:
            return
        leave = next((one for one in agent.leaves if one.starts <= at < one.ends), None)
        absent = leave is not None or not agent.active
        avoided = current in request.avoid
        if not absent and not avoided:
            steps = list(agent_steps(agent, why, role, request, rule))
            yield from steps
            if steps and len(seen) > 1:
                # A deputy who is present ends the chain of deputies: his own deputy stands in only for his absence, or
                # when he has no phone at all.
                return
        because = (Because.COMPLAINT,) if avoided else why.because if len(seen) > 1 else ()
        why = Why(WhyCode.DEPUTY_DESK, None, current, None, leave is not None, because)
        role = "deputy"
        current = _chosen_deputy(agent, request, directory) or (leave.deputy if leave else None) or agent.deputy


def _chosen_deputy(agent: Agent, request: RouteRequest, directory: Directory) -> str | None:
    """Whom the customer wants instead of the owner; not for another agent, and nobody who has left the firm."""
    if agent.code != request.owner or request.deputy is None or request.deputy == agent.code:
        return None
    chosen = directory.agents.get(request.deputy)
    return request.deputy if chosen is not None and chosen.active else None


def _without_doubles(steps: list[Step]) -> Iterator[Step]:
    """Drop a phone that one person's step already rang; a group at the end may ring desks again on purpose.

    The group is the last net: who did not hear his desk five rings ago may hear it ringing with the others.
    A mobile already rung is not rung again: its owner had his 20 seconds, in a place we know nothing of. A desk that
    rings on while the mobile joins it is a step of the agent's own chain, and stays.
    """
    mobiles: set[str] = set()
    desks: set[str] = set()
    for step in steps:
        targets = []
        for one in step.targets:
            if one.type is TargetType.MOBILE:
                if one.resource in mobiles:
                    continue
            elif step.kind is not LegKind.GROUP and one.resource in desks and len(step.targets) == 1:
                continue
            targets.append(one)
        for one in targets:
            (mobiles if one.type is TargetType.MOBILE else desks).add(one.resource)
        if targets:
            whole = len(targets) == len(step.targets)
            yield step if whole else Step(step.kind, tuple(targets), step.seconds, step.why)


def fitting(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps as far as they fit one line; a plan that cannot travel at all would ring nobody."""
    kept: list[Step] = []
    length = 0
    for step in steps:
        length += 12 + sum(len(one.agent) + len(one.resource) + 4 for one in step.targets)
        if length > LONGEST_BODY and kept:
            break
        kept.append(step)
    return tuple(kept)


def _plan_id(request: RouteRequest, steps: tuple[Step, ...], waiting: Waiting | None) -> str:
    """Same chain, same id: records can be grouped by it and a retry does not look like a new plan."""
    parts = [request.dialled]
    for step in steps:
        parts.append(f"|{step.kind.value}!{step.seconds}")
        parts.extend(f"+{one.type.value}:{one.agent}:{one.resource}" for one in step.targets)
    if waiting is not None:
        parts.append(f"|{waiting.kind.value}!{waiting.seconds}!{waiting.language}!{waiting.answered}")
    return hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()[:10]
