"""Who would ring, for how long, and why: the answer of `ringward route explain`, and of the page and the API.

The same decision that a call gets (`routing.route`), from the same directory and caller index, put into words. Must
not know who shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cti.agents.dialling import dialled_key
from cti.customers.model import CallerMatch
from cti.customers.numbers import normalise
from cti.desktop.service import Callers
from cti.wording import passed_text, why_text
from routing.model import Directory, RouteRequest, Step, Target, TargetType
from routing.route import route


def explain(
    directory: Directory,
    callers: Callers,
    to: str,
    from_: str,
    at: datetime,
    names: Mapping[str, str],
    language: str,
) -> dict[str, Any]:
    """The plan of a call from `from_` (any form; empty: withheld) to `to` at the aware instant `at`, as JSON would be.

    Keys: `dialled`, `caller` (E.164 or null), `at` (ISO 8601), `customer` (null or `customer_id`, `name`, `tier`,
    `owner`, `why`), `plan_id`, and `steps`: `kind`, `agent` (null for a group), `endpoint` (several joined by `&`),
    `seconds`, `why` (a sentence in `language`), `why_code`, `passed` (a reason when it would be passed at once, else
    null), `passed_text`, `targets`.

    Raises:
        ValueError: `at` has no time zone.
    """
    number = normalise(from_)
    matches = callers.lookup(number.e164) if number.e164 else ()
    owner = next((match.owner for match in matches if match.owner), None)
    dialled = dialled_key(to)
    plan = route(RouteRequest(dialled, owner, number.e164), directory, at)
    known = matches[0] if matches else None
    return {
        "dialled": dialled,
        "caller": number.e164,
        "at": at.isoformat(),
        "customer": _customer(known),
        "plan_id": plan.plan_id,
        "steps": [_step(step, names, language, known, owner, plan.trunk) for step in plan.steps],
    }


def endpoint_of(target: Target, trunk: str) -> str:
    """What Asterisk dials for a target: `PJSIP/101`, `PJSIP/0900000101@carrier`."""
    return f"PJSIP/{target.resource}" if target.type is TargetType.DESK else f"PJSIP/{target.resource}@{trunk}"


def _customer(match: CallerMatch | None) -> dict[str, Any] | None:
    if match is None:
        return None
    return {
        "customer_id": match.customer_id,
        "name": match.name,
        "tier": match.tier,
        "owner": match.owner,
        "why": match.why,
    }


def _step(
    step: Step, names: Mapping[str, str], language: str, known: CallerMatch | None, owner: str | None, trunk: str
) -> dict[str, Any]:
    """`known` is named in the reason only where its owner is the one who rings."""
    customer = known.name if known is not None and known.owner == owner else None
    return {
        "kind": step.kind.value,
        "agent": step.agent,
        "endpoint": "&".join(endpoint_of(target, trunk) for target in step.targets),
        "seconds": step.seconds,
        "why": why_text(step.why, names, language, customer),
        "why_code": step.why.code.value,
        "passed": step.passed.value if step.passed else None,
        "passed_text": passed_text(step.passed, language),
        "targets": [
            {
                "agent": target.agent,
                "name": names.get(target.agent, target.agent),
                "endpoint": endpoint_of(target, trunk),
                "passed": target.passed.value if target.passed else None,
            }
            for target in step.targets
        ],
    }
