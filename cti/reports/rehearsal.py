"""Whether every chain would ring if somebody called now, judged from what was looked at. Pure; nobody is disturbed.

A failure is a call that would be missed, or a net that has a hole; a warning is a phone less than there should be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cti.customers.numbers import is_mobile, normalise
from cti.reports.deputies import stand_in_for
from routing.check import Fault, problems
from routing.model import Agent, Directory, Passed, RoutePlan, RouteRequest, Step, Target, TargetType, WhyCode
from routing.route import route
from routing.wire import PlanUnfit, encode

OK, WARN, FAIL = "ok", "warn", "fail"

Entries = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Trunk:
    """What the carrier said to OPTIONS: its answer, or why there was none. `address` as host:port."""

    address: str
    reachable: bool
    said: str


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything the judgement is made of. `registered`: desk phones with a contact. None: Asterisk did not say.

    `wanted` is what Asterisk's store should hold by now, `kept` what it does; `longest_kept` the bytes of a value.
    `forwards`: mobiles, by their last nine digits, that lately sent a call back to the firm.
    """

    at: datetime
    directory: Directory
    names: Mapping[str, str]
    registered: frozenset[str] | None
    trunks: tuple[Trunk, ...]
    wanted: Entries
    kept: Entries | None
    longest_kept: int
    forwards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `code` names its sentences in `SENTENCES`, which `values` fill in."""

    code: str
    state: str
    subject: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainStep:
    """Who would ring in a step, for how many seconds, and how many of the phones would ring if it were now."""

    kind: str
    seconds: int
    agents: tuple[str, ...]
    phones: int
    ready: int


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain as it stands now: of a `number` of the firm (E.164), or of an `agent` (code)."""

    of: str
    subject: str
    steps: tuple[ChainStep, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What one rehearsal found, the worst first; `at` is aware UTC."""

    at: datetime
    failures: int
    warnings: int
    findings: tuple[Finding, ...]
    chains: tuple[Chain, ...]


SENTENCES: dict[str, tuple[str, str]] = {
    "switch_away": (
        "Asterisk does not answer: phones and its copy of the chains cannot be looked at",
        "start Asterisk, then rehearse again; `ringward doctor` says more",
    ),
    "trunk_ok": ("the carrier at {address} answers: {said}", ""),
    "trunk_silent": (
        "the carrier at {address} does not answer: {said}",
        "mobiles cannot be rung and calls may not come in: look at the network and carrier_host, or call the carrier",
    ),
    "trunk_down": (
        "the carrier at {address} does not answer: {said}",
        "calls go over the other trunks meanwhile: look at the network and at its address, or call the carrier",
    ),
    "chain_silent": (
        "nobody's phone would ring for {subject} now",
        "register a phone of the chain, or mend the carrier; until then these calls are missed",
    ),
    "plan_unfit": (
        "the plan of {subject} cannot travel to Asterisk: {reason}",
        "shorten its group, or correct the code",
    ),
    "plan_cut": (
        "the plan of {subject} is too long for Asterisk's own copy: its last steps are left out of that",
        "make the group smaller, or give it an overflow group",
    ),
    "no_chain": (
        "{name} has no phone and nobody who stands in: calls ring the group at once",
        "give them a desk, a mobile or a deputy",
    ),
    "desk_ok": ("{name}'s desk {desk} is registered", ""),
    "desk_offline": ("{name}'s desk {desk} is not registered", "calls pass it at once: see that the phone is on"),
    "mobile_invalid": (
        "{name}'s mobile {mobile} is no valid mobile number",
        "correct it with `ringward agent set`; the carrier will refuse it",
    ),
    "mobile_forwards": (
        "{name}'s mobile {mobile} forwards to the firm: a call that rang it came back within the last week",
        "switch its forwarding off, or have it forward elsewhere; until then it answers busy when it should ring",
    ),
    "dnd": ("{name} does not want to be disturbed", "calls pass both phones until that is ended"),
    "deputy_away": ("{deputy}, who stands in for {name}, is away: {next} stands in instead", ""),
    "nobody_stands_in": (
        "everybody who could stand in for {name} is away",
        "name another deputy for these days; until then calls go to the group at once",
    ),
    "number_rings_nobody": (
        "number {subject} would ring every phone of the firm, or none",
        "give it a group that rings",
    ),
    "group_rings_nobody": ("nobody in group {subject} has a phone", "add members with a phone"),
    "group_away": ("everybody in group {subject} is away now", "every phone of the firm rings instead: add members"),
    "unknown_agent": ("{subject} names agent {detail}, whom nobody knows", "correct it"),
    "leave_loop": ("the deputies of {subject} are away in a ring: {detail}", "name another deputy for these days"),
    "kept_ok": ("Asterisk's own copy of all {count} entries is as it should be", ""),
    "kept_differs": (
        "{count} of the entries Asterisk keeps for the day the daemon is away are missing or old, such as {example}",
        "see that the daemon runs: it writes them within a minute",
    ),
    "kept_extra": (
        "Asterisk keeps {count} entries too many, such as {example}",
        "see that the daemon runs: it removes them within a minute",
    ),
}
"""What is said of each finding, and what to do about it: sentences of the catalogue."""


def rehearse(looked: Looked) -> Rehearsal:
    """Judge everything that was looked at."""
    chains = list(_chains(looked))
    findings = [
        *_switch(looked),
        *(finding for chain, plan in chains for finding in _of_chain(looked, chain, plan)),
        *(finding for agent in looked.directory.agents.values() for finding in _of_agent(looked, agent)),
        *_configuration(looked),
        *_kept(looked),
    ]
    order = {FAIL: 0, WARN: 1, OK: 2}
    findings.sort(key=lambda one: order[one.state])
    return Rehearsal(
        at=looked.at,
        failures=sum(one.state == FAIL for one in findings),
        warnings=sum(one.state == WARN for one in findings),
        findings=tuple(findings),
        chains=tuple(chain for chain, _ in chains),
    )


def _chains(looked: Looked) -> Iterator[tuple[Chain, RoutePlan]]:
    for number in looked.directory.numbers:
        yield _chain(looked, "number", number, RouteRequest(number))
    for code, agent in looked.directory.agents.items():
        if agent.active:
            yield _chain(looked, "agent", code, RouteRequest("", owner=code))


def _chain(looked: Looked, of: str, subject: str, request: RouteRequest) -> tuple[Chain, RoutePlan]:
    plan = route(request, looked.directory, looked.at)
    return Chain(of, subject, tuple(_step(looked, step) for step in plan.steps)), plan


def _step(looked: Looked, step: Step) -> ChainStep:
    return ChainStep(
        kind=step.kind.value,
        seconds=step.seconds,
        agents=tuple(dict.fromkeys(target.agent for target in step.targets)),
        phones=len(step.targets),
        ready=sum(_is_ready(looked, target) for target in step.targets),
    )


def _is_ready(looked: Looked, target: Target) -> bool:
    """Whether this phone would ring; a desk whose owner is away from it would not. What Asterisk would not say is given
    the benefit: its silence is said once."""
    if target.passed is Passed.DND:
        return False
    if target.type is TargetType.DESK:
        return looked.registered is None or target.resource in looked.registered
    return any(trunk.reachable for trunk in looked.trunks)


def _of_chain(looked: Looked, chain: Chain, plan: RoutePlan) -> Iterator[Finding]:
    subject = _named(looked, chain.subject)
    if not any(step.ready for step in chain.steps):
        yield Finding("chain_silent", FAIL, chain.subject, {"subject": subject})
    try:
        line = encode(plan)
    except PlanUnfit as error:
        if plan.steps:
            yield Finding("plan_unfit", FAIL, chain.subject, {"subject": subject, "reason": str(error)})
        return
    if len(line) > looked.longest_kept:
        yield Finding("plan_cut", WARN, chain.subject, {"subject": subject})
    own = {WhyCode.LAST_RESORT, WhyCode.NUMBER_GROUP, WhyCode.TEAM_GROUP, WhyCode.OVERFLOW, WhyCode.ALL_AGENTS}
    if chain.of == "agent" and all(step.why.code in own for step in plan.steps):
        yield Finding("no_chain", WARN, chain.subject, {"name": subject})


def _of_agent(looked: Looked, agent: Agent) -> Iterator[Finding]:
    if not agent.active:
        return
    name = _named(looked, agent.code)
    if agent.desk is not None and looked.registered is not None:
        there = agent.desk in looked.registered
        values = {"name": name, "desk": agent.desk}
        yield Finding("desk_ok" if there else "desk_offline", OK if there else WARN, agent.code, values)
    if agent.mobile is not None:
        e164 = normalise(agent.mobile).e164
        if e164 is None or not is_mobile(e164):
            yield Finding("mobile_invalid", FAIL, agent.code, {"name": name, "mobile": agent.mobile})
        if "".join(filter(str.isdecimal, agent.mobile))[-9:] in looked.forwards:
            yield Finding("mobile_forwards", WARN, agent.code, {"name": name, "mobile": agent.mobile})
    if agent.dnd:
        yield Finding("dnd", WARN, agent.code, {"name": name})
    yield from _of_deputies(looked, agent, name)


def _of_deputies(looked: Looked, agent: Agent, name: str) -> Iterator[Finding]:
    found = stand_in_for(agent, looked.directory, looked.at)
    if found.first is None:
        return
    if found.present is None:
        # Of somebody who is there, the own phones ring before.
        yield Finding("nobody_stands_in", FAIL if found.needed else WARN, agent.code, {"name": name})
    elif found.present != found.first:
        values = {"name": name, "deputy": _named(looked, found.first), "next": _named(looked, found.present)}
        yield Finding("deputy_away", WARN, agent.code, values)


def _configuration(looked: Looked) -> Iterator[Finding]:
    for problem in sorted(problems(looked.directory)):
        if problem.fault is Fault.LEAVE_LOOP:
            continue  # said of the agents whom it concerns now, by `_of_deputies`
        values = {"subject": _named(looked, problem.subject), "detail": problem.detail}
        yield Finding(problem.fault.value, FAIL, problem.subject, values)
    for group in looked.directory.groups.values():
        members = [looked.directory.agents[code] for code in group.members if code in looked.directory.agents]
        active = [one for one in members if one.active]
        if active and all(any(leave.starts <= looked.at < leave.ends for leave in one.leaves) for one in active):
            yield Finding("group_away", FAIL, group.code, {"subject": _named(looked, group.code)})


def _switch(looked: Looked) -> Iterator[Finding]:
    if looked.registered is None or looked.kept is None:
        yield Finding("switch_away", FAIL)
    another = any(trunk.reachable for trunk in looked.trunks)
    for trunk in looked.trunks:
        values = {"address": trunk.address, "said": trunk.said}
        if trunk.reachable:
            yield Finding("trunk_ok", OK, "", values)
        else:
            yield Finding("trunk_down" if another else "trunk_silent", WARN if another else FAIL, "", values)


def _kept(looked: Looked) -> Iterator[Finding]:
    kept = looked.kept
    if kept is None:
        return
    wrong = sorted(key for key, value in looked.wanted.items() if kept.get(key) != value)
    extra = sorted(key for key in kept if key not in looked.wanted)
    if wrong:
        yield Finding("kept_differs", FAIL, "", {"count": str(len(wrong)), "example": "/".join(wrong[0])})
    if extra:
        yield Finding("kept_extra", WARN, "", {"count": str(len(extra)), "example": "/".join(extra[0])})
    if not wrong and not extra:
        yield Finding("kept_ok", OK, "", {"count": str(len(looked.wanted))})


def _named(looked: Looked, subject: str) -> str:
    return looked.names.get(subject, subject)
