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
    owner = next((match.owner for match in matches if match.owner), None)
    key = dialled_key(dialled)
    return Decision(key, number, matches, owner, route(RouteRequest(key, owner, number.e164), directory, at))
