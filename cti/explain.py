"""Who would ring, for how long, and why: the answer of `ringward route explain`, and of the page and the API.

The decision that a call gets (`cti.decision`), put into words. Must
not know who shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from cti.agents.dialling import dialled_key
from cti.calls.machine import endpoint_of
from cti.customers.model import CallerMatch
from cti.decision import Callers, Decision, decide
from cti.errors import NotFound
from cti.wording import passed_text, waiting_text, why_text
from routing.model import DialledNumber, Directory, Step, Waiting
from routing.route import service_of

BLOCK = timedelta(minutes=15)
"""Beside the instants that are known: trips begin and end at some midnight. A week is 672 decisions and some more, well
below a second."""

NO_NUMBER = "999999"
"""Stands for the direct number of an agent who has none. No number of the firm looks like it: those are E.164."""


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
    `owner`, `why`, `travelling`, `avoid`), `closed` (null while open or without hours, else `holiday` or `hours`),
    `on_leave` (whom of the chain it passes over, by code), `plan_id`, and `steps`: `kind`, `agent` (null for a group),
    `endpoint` (several joined by `&`), `seconds`, `why` (a sentence in `language`), `why_code`, `because` (codes),
    `passed` (a reason when it would be passed at once, else null), `passed_text`, `targets`; and `waiting`, what
    the caller hears beside the ringing: null, or `kind` (`told`, `offer`), `seconds`, `language`, `answered`, `text`.

    Raises:
        ValueError: `at` has no time zone.
    """
    decision = decide(directory, callers, dialled=to, caller=from_, at=at)
    known = decision.matches[0] if decision.matches else None
    return {
        "dialled": decision.dialled,
        "caller": decision.number.e164,
        "at": at.isoformat(),
        "customer": _customer(known),
        "closed": closed_at(directory, decision.dialled, at),
        "on_leave": sorted({step.why.stands_for for step in decision.plan.steps if step.why.on_leave} - {None}),
        "plan_id": decision.plan.plan_id,
        "steps": [_step(step, names, language, known, decision) for step in decision.plan.steps],
        "waiting": _waiting(decision.plan.waiting, language),
    }


def week(
    directory: Directory,
    callers_at: Callable[[datetime], Callers],
    to: str,
    from_: str,
    start: datetime,
    names: Mapping[str, str],
    language: str,
) -> list[dict[str, Any]]:
    """Who would ring first for a call from `from_` to `to`, through the seven days that begin at the aware `start`.

    Blocks of time in which it is the same, in order: `from`, `to` (ISO 8601, in `start`'s zone), `closed` (as in
    `explain`), `kind`, `agent`, `who` (names), `endpoint`, `seconds`, `why`, `why_code`; all null when nobody rings.
    `callers_at` gives the caller index as of an instant, since trips begin and end.
    """
    return joined(quarters(directory, callers_at, to, from_, start, names, language))


def quarters(
    directory: Directory,
    callers_at: Callable[[datetime], Callers],
    to: str,
    from_: str,
    start: datetime,
    names: Mapping[str, str],
    language: str,
) -> Iterator[dict[str, Any]]:
    """The blocks of `week` before they are joined, one decision each: who serves calls meanwhile can pause between."""
    # Seven days on the wall: a week in which the clocks change is an hour longer or shorter.
    instants = _instants(directory, to, start.astimezone(UTC), (start + timedelta(days=7)).astimezone(UTC))
    for begins, until in pairwise(instants):
        decision = decide(directory, callers_at(begins), dialled=to, caller=from_, at=begins)
        first = decision.plan.steps[0] if decision.plan.steps else None
        span = {"from": begins.astimezone(start.tzinfo).isoformat(), "to": until.astimezone(start.tzinfo).isoformat()}
        closed = closed_at(directory, decision.dialled, begins)
        yield span | _block(first, names, language, decision) | {"closed": closed}


def _instants(directory: Directory, to: str, begins: datetime, ends: datetime) -> list[datetime]:
    """From `begins` to `ends`, both included, every instant at which somebody else may be rung first, in order.

    Each quarter of an hour, and to the second whoever goes on leave, takes over the rota, opens or closes between.
    """
    known = [at for agent in directory.agents.values() for leave in agent.leaves for at in (leave.starts, leave.ends)]
    known += [at for group in directory.groups.values() for duty in group.duties for at in (duty.starts, duty.ends)]
    service = service_of(directory.numbers.get(dialled_key(to)), directory)
    if service is not None and service.opening is not None:
        day = begins.astimezone(service.opening.zone).date() - timedelta(days=1)
        while day <= ends.astimezone(service.opening.zone).date():
            known += service.opening.changes(day)
            day += timedelta(days=1)
    quarters = int((ends - begins) / BLOCK)
    known += [begins + BLOCK * place for place in range(1, quarters + 1)]
    return [begins, *sorted({at.astimezone(UTC) for at in known if begins < at < ends}), ends]


def joined(quarters: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours in which the same phone rings for the same reason, as one block."""
    blocks: list[dict[str, Any]] = []
    for quarter in quarters:
        if blocks and all(blocks[-1][key] == value for key, value in quarter.items() if key not in {"from", "to"}):
            blocks[-1]["to"] = quarter["to"]
        else:
            blocks.append(quarter)
    return blocks


def reaching(directory: Directory, code: str) -> tuple[Directory, str]:
    """A directory, and what to dial in it to reach an agent directly: their number, or one that only this copy has.

    Raises:
        NotFound: no such agent.
    """
    if code not in directory.agents:
        raise NotFound(f"there is no agent {code[:40]}; `ringward agent list` shows those there are")
    own = next((key for key, number in directory.numbers.items() if number.agent == code), None)
    if own is not None:
        return directory, own
    line = DialledNumber(NO_NUMBER, agent=code)
    return replace(directory, numbers={**directory.numbers, NO_NUMBER: line}), NO_NUMBER


def _block(step: Step | None, names: Mapping[str, str], language: str, decision: Decision) -> dict[str, Any]:
    if step is None:
        return dict.fromkeys(("kind", "agent", "who", "endpoint", "seconds", "why", "why_code"))
    known = decision.matches[0] if decision.matches else None
    told = _step(step, names, language, known, decision)
    who = ", ".join(dict.fromkeys(target["name"] for target in told["targets"]))
    return {key: told[key] for key in ("kind", "agent", "endpoint", "seconds", "why", "why_code")} | {"who": who}


def closed_at(directory: Directory, dialled: str, at: datetime) -> str | None:
    """Why the service of a dialled number is closed at `at`: `holiday`, `hours`, or None while open."""
    service = service_of(directory.numbers.get(dialled), directory)
    if service is None or service.opening is None:
        return None
    reason = service.opening.why_closed(at)
    return reason.value if reason is not None else None


def _customer(match: CallerMatch | None) -> dict[str, Any] | None:
    if match is None:
        return None
    return {
        "customer_id": match.customer_id,
        "name": match.name,
        "tier": match.tier,
        "owner": match.owner,
        "why": match.why,
        "travelling": match.travelling,
        "avoid": list(match.avoid),
    }


def _waiting(waiting: Waiting | None, language: str) -> dict[str, Any] | None:
    if waiting is None:
        return None
    return {
        "kind": waiting.kind.value,
        "seconds": waiting.seconds,
        "language": waiting.language,
        "answered": waiting.answered,
        "text": waiting_text(waiting, language),
    }


def _step(
    step: Step, names: Mapping[str, str], language: str, known: CallerMatch | None, decision: Decision
) -> dict[str, Any]:
    """`known` is named in the reason only where its owner is the one who rings."""
    customer = known.name if known is not None and known.owner == decision.owner else None
    return {
        "kind": step.kind.value,
        "agent": step.agent,
        "endpoint": "&".join(endpoint_of(target) for target in step.targets),
        "seconds": step.seconds,
        "why": why_text(step.why, names, language, customer),
        "why_code": step.why.code.value,
        "because": [because.value for because in step.why.because],
        "passed": step.passed.value if step.passed else None,
        "passed_text": passed_text(step.passed, language),
        "targets": [
            {
                "agent": target.agent,
                "name": names.get(target.agent, target.agent),
                "endpoint": endpoint_of(target),
                "passed": target.passed.value if target.passed else None,
            }
            for target in step.targets
        ],
    }
