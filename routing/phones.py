"""Which phones of one agent ring, in which steps, for how long: the agent's own chain, as the caller changes it.

Pure. Must not know deputies' order or groups: `routing.route` puts the chains together.
"""

from __future__ import annotations

from collections.abc import Iterator

from routing.model import (
    Agent,
    Because,
    LegKind,
    Passed,
    Phones,
    Ring,
    RouteRequest,
    Step,
    Target,
    TargetType,
    TierRule,
    Why,
    WhyCode,
)

_NO_RULE = TierRule()

_CODES = {
    "owner": {
        Phones.DESK: WhyCode.OWNER_DESK,
        Phones.MOBILE: WhyCode.OWNER_MOBILE,
        Phones.BOTH: WhyCode.OWNER_BOTH,
    },
    "direct": {
        Phones.DESK: WhyCode.DIRECT_DESK,
        Phones.MOBILE: WhyCode.DIRECT_MOBILE,
        Phones.BOTH: WhyCode.DIRECT_BOTH,
    },
    "deputy": {
        Phones.DESK: WhyCode.DEPUTY_DESK,
        Phones.MOBILE: WhyCode.DEPUTY_MOBILE,
        Phones.BOTH: WhyCode.DEPUTY_BOTH,
    },
}


def agent_steps(agent: Agent, why: Why, role: str, request: RouteRequest, rule: TierRule | None) -> Iterator[Step]:
    """The steps of one agent who is there. `role`: `owner`, `direct` or `deputy`; `why` has its particulars.

    A caller in a hurry (`travelling`), or of a tier that is, has desk and mobile together instead of one by one.
    """
    rule = rule or _NO_RULE
    hurried = (request.travelling or rule.together) and agent.desk is not None and agent.mobile is not None
    for ring in _together(agent) if hurried else _rings(agent, standing_in=role == "deputy"):
        phones = _having(agent, ring.phones)
        if phones is None:
            continue
        seconds = _seconds(phones, ring.seconds, rule)
        because = list(why.because)
        if hurried:
            because.append(Because.TRIP if request.travelling else Because.TIER)
        elif seconds != ring.seconds:
            because.append(Because.TIER)
        reason = Why(_CODES[role][phones], agent.code, why.stands_for, None, why.on_leave, tuple(because))
        yield Step(_kind(role, phones), tuple(_targets(agent, phones)), seconds, reason)


def desk(agent: Agent) -> Target | None:
    """The agent's desk phone, if there is one."""
    if agent.desk is None:
        return None
    return Target(TargetType.DESK, agent.code, agent.desk, Passed.DND if agent.dnd or agent.away else agent.desk_passed)


def mobile(agent: Agent) -> Target | None:
    """The agent's mobile, if there is one."""
    if agent.mobile is None:
        return None
    return Target(TargetType.MOBILE, agent.code, agent.mobile, Passed.DND if agent.dnd else None)


def _rings(agent: Agent, *, standing_in: bool) -> tuple[Ring, ...]:
    if agent.rings:
        return agent.rings
    desk_seconds = agent.deputy_seconds if standing_in else agent.desk_seconds
    return Ring(Phones.DESK, desk_seconds), Ring(Phones.MOBILE, agent.mobile_seconds)


def _together(agent: Agent) -> tuple[Ring, ...]:
    """A mobile has to be taken out of a pocket: the mobile's time, or the longest of the agent's own chain."""
    return (Ring(Phones.BOTH, max((ring.seconds for ring in agent.rings), default=agent.mobile_seconds)),)


def _having(agent: Agent, phones: Phones) -> Phones | None:
    """What is left of `phones` when the agent has not all of them."""
    has_desk = agent.desk is not None and phones is not Phones.MOBILE
    has_mobile = agent.mobile is not None and phones is not Phones.DESK
    if has_desk and has_mobile:
        return Phones.BOTH
    return Phones.DESK if has_desk else Phones.MOBILE if has_mobile else None


def _seconds(phones: Phones, seconds: int, rule: TierRule) -> int:
    told = rule.desk_seconds if phones is Phones.DESK else rule.mobile_seconds
    return seconds if told is None else told


def _kind(role: str, phones: Phones) -> LegKind:
    if role == "deputy":
        return LegKind.DEPUTY
    return LegKind.MOBILE if phones is Phones.MOBILE else LegKind.DESK


def _targets(agent: Agent, phones: Phones) -> Iterator[Target]:
    if phones is not Phones.MOBILE and (target := desk(agent)) is not None:
        yield target
    if phones is not Phones.DESK and (target := mobile(agent)) is not None:
        yield target
