"""The decision for one caller: who they may be, and the plan that follows. Asked by live calls and by `explain` alike.

Memory only, no waiting. Must not know who asks, and shows nothing to anyone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cti.agents.dialling import dialled_key
from cti.customers.model import CallerMatch
from cti.customers.numbers import CallerNumber, normalise
from routing.model import Directory, RoutePlan, RouteRequest
from routing.route import route


class Callers(Protocol):
    """What is needed of the caller index."""

    def lookup(self, e164: str) -> Sequence[CallerMatch]: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """`owner` is the agent the plan begins with on the caller's account; `matches` the likeliest customer first."""

    dialled: str
    number: CallerNumber
    matches: tuple[CallerMatch, ...]
    owner: str | None
    plan: RoutePlan


def decide(directory: Directory, callers: Callers, *, dialled: str, caller: str, at: datetime) -> Decision:
    """Decide for a call to `dialled` from `caller`, both in any form, at the aware instant `at`.

    Raises:
        ValueError: `at` has no time zone.
    """
    number = normalise(caller)
    matches = tuple(callers.lookup(number.e164)) if number.e164 else ()
    key = dialled_key(dialled)
    request = _request(key, number.e164, matches)
    return Decision(key, number, matches, request.owner, route(request, directory, at))


def only_customer(matches: Sequence[CallerMatch]) -> int | None:
    """Whose number it is, when it can be but one customer's."""
    return matches[0].customer_id if len(matches) == 1 else None


def _request(dialled: str, caller: str | None, matches: tuple[CallerMatch, ...]) -> RouteRequest:
    """What routing is asked. Whoever of several it may be: nobody that one of them complains about is rung, and one
    of them who travels is reason enough to hurry. Who had the number once counts for neither."""
    if not matches:
        return RouteRequest(dialled, None, caller)
    chosen = next((match for match in matches if match.owner), matches[0])
    present = [match for match in matches if match.why != "old_number"]
    return RouteRequest(
        dialled,
        chosen.owner,
        caller,
        deputy=chosen.deputy,
        tier=chosen.tier,
        kind=chosen.kind,
        travelling=any(match.travelling for match in present),
        avoid=tuple(dict.fromkeys(agent for match in present for agent in match.avoid)),
    )
