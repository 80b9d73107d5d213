"""The plan as one line of text: what the daemon hands to the dial plan in one variable.

    RW1~SHA1~PLAN_ID~TRUNK~KIND!SECONDS!TARGET+TARGET~KIND!SECONDS!TARGET…      TARGET = TYPE:AGENT:RESOURCE

At the end may stand what the caller hears while waiting: `~wait!SECONDS!KIND:LANGUAGE:early`, or `:answered`.
SHA1 is taken over everything behind it (`PLAN_ID` to the end). The separators are characters that neither
Asterisk's expression parser nor `Dial` gives a meaning to inside a variable, and every field is checked against
a narrow alphabet, so that nothing a person typed can become dial-plan code.
"""

from __future__ import annotations

import hashlib
import re

from routing.model import (
    WAITING_LANGUAGES,
    WAITING_SECONDS,
    LegKind,
    RoutePlan,
    Step,
    Target,
    TargetType,
    Waiting,
    WaitingKind,
    Why,
    WhyCode,
)

VERSION = "RW1"
LONGEST = 2000
"""AGI commands are cut at 2 kB before Asterisk 22.6; the command's own words and quotes need the rest."""

_WAIT = "wait!"

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")
"""A code, an extension or a number. No plus: it stands between two targets, and one in a number would be a third."""


class PlanUnfit(ValueError):
    """The plan cannot travel: too long, empty, or a field holds a character that is not allowed."""


class PlanCorrupt(ValueError):
    """The text is not a plan: wrong version, wrong checksum, or a field that cannot be read."""


def encode(plan: RoutePlan) -> str:
    """Write a plan as one line.

    Raises:
        PlanUnfit: nothing to ring, a field outside the alphabet, or longer than `LONGEST` bytes.
    """
    if not plan.steps:
        raise PlanUnfit("the plan rings nobody")
    parts = [_checked(plan.plan_id, _CODE), _checked(plan.trunk, _CODE)]
    for step in plan.steps:
        targets = "+".join(
            f"{t.type.value}:{_checked(t.agent, _CODE)}:{_checked(t.resource, _CODE)}" for t in step.targets
        )
        if not targets or not 1 <= step.seconds <= 600:
            raise PlanUnfit(f"step {step.kind.value} has no target or rings {step.seconds} s")
        parts.append(f"{step.kind.value}!{step.seconds}!{targets}")
    if plan.waiting is not None:
        parts.append(_waiting_text(plan.waiting))
    body = "~".join(parts)
    line = f"{VERSION}~{checksum(body)}~{body}"
    if len(line) > LONGEST:
        raise PlanUnfit(f"the plan is {len(line)} bytes long, at most {LONGEST} can travel")
    return line


def decode(line: str) -> RoutePlan:
    """Read a plan back; reasons do not travel, so each step's `why` is only as good as its kind.

    Raises:
        PlanCorrupt: anything about the line is not as `encode` writes it.
    """
    version, _, rest = line.partition("~")
    digest, _, body = rest.partition("~")
    if version != VERSION or digest != checksum(body):
        raise PlanCorrupt("version or checksum does not fit")
    fields = body.split("~")
    if len(fields) < 3:
        raise PlanCorrupt("the plan rings nobody")
    plan_id, trunk, *steps = fields
    try:
        waiting = _waiting(steps.pop()) if steps[-1].startswith(_WAIT) else None
        return RoutePlan(plan_id, tuple(_step(text) for text in steps), trunk, waiting)
    except ValueError as error:
        raise PlanCorrupt(str(error)) from error


def parse_targets(text: str) -> tuple[Target, ...]:
    """Read `TYPE:AGENT:RESOURCE+…` as it stands in a step and in the dial plan's notes.

    Raises:
        ValueError: a target has not three fields or an unknown type.
    """
    targets = []
    for one in text.split("+"):
        kind, agent, resource = one.split(":")
        targets.append(Target(TargetType(kind), agent, resource))
    return tuple(targets)


def checksum(body: str) -> str:
    """SHA-1 in lower-case hex, as Asterisk's `SHA1()` prints it: it guards against accidents, not attackers."""
    return hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()


def _waiting_text(waiting: Waiting) -> str:
    known = waiting.seconds in WAITING_SECONDS and waiting.language in WAITING_LANGUAGES
    if waiting.kind is WaitingKind.OFF or not known:
        raise PlanUnfit(f"nothing is said after {waiting.seconds} s in {waiting.language!r}")
    how = "answered" if waiting.answered else "early"
    return f"{_WAIT}{waiting.seconds}!{waiting.kind.value}:{waiting.language}:{how}"


def _waiting(text: str) -> Waiting:
    _, seconds, says = text.split("!")
    kind, language, how = says.split(":")
    return Waiting(WaitingKind(kind), int(seconds), language, how == "answered")


def _step(text: str) -> Step:
    kind, seconds, targets = text.split("!")
    return Step(LegKind(kind), parse_targets(targets), int(seconds), Why(_WHY[LegKind(kind)]))


_WHY = {
    LegKind.DESK: WhyCode.OWNER_DESK,
    LegKind.MOBILE: WhyCode.OWNER_MOBILE,
    LegKind.DEPUTY: WhyCode.DEPUTY_DESK,
    LegKind.GROUP: WhyCode.NUMBER_GROUP,
}


def _checked(text: str, alphabet: re.Pattern[str]) -> str:
    if not alphabet.match(text):
        raise PlanUnfit(f"{text!r} cannot stand in a plan: letters, digits, '.', '_' and '-' only")
    return text
