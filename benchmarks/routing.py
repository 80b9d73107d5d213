"""How long `route()` takes in a firm of 1,000 agents and 200 numbers: one JSON line, times in microseconds.

Nothing but the decision is measured: it is pure, so no switch, database or network is needed. The garbage collector
stays on, as in the daemon.
"""

from __future__ import annotations

import gc
import itertools
import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# Python puts this file's folder first, where this very file is named as the room it measures.
sys.path.pop(0)

from routing.hours import Opening
from routing.model import Agent, DialledNumber, Directory, Group, Leave, RouteRequest, Service, Team, TierRule
from routing.route import route

AGENTS = 1000
CHAINS = 200
CALLS = 20_000
NOW = datetime(2026, 11, 23, 8, 10, tzinfo=UTC)


def firm(chance: random.Random) -> Directory:
    """A thousand agents in teams of ten, a fifth of them on leave; half the numbers direct, half a team's service.

    Every service has opening hours, a team for tier A and an overflow group, as a firm of this size would.
    """
    codes = [f"{1000 + place}" for place in range(AGENTS)]
    week = [Leave(NOW - timedelta(days=1), NOW + timedelta(days=6))]
    agents = {
        code: Agent(
            code,
            code,
            f"0900{code:0>6}",
            deputy=codes[(place + 1) % AGENTS],
            leaves=tuple(week) if chance.random() < 0.2 else (),
        )
        for place, code in enumerate(codes)
    }
    teams = {f"team{n}": Group(f"team{n}", tuple(codes[n * 10 : n * 10 + 10])) for n in range(AGENTS // 10)}
    opening = Opening(ZoneInfo("Asia/Taipei"), (((540, 720), (780, 1080)),) * 5 + ((), ()))
    numbers, services = {}, {}
    for place in range(CHAINS):
        key = f"+88625550{place:04}"
        team, vip, night = (f"team{(place // 2 + further) % len(teams)}" for further in range(3))
        services[team] = Service(team, team, opening, night, "company", (Team(vip, tier="A"),))
        numbers[key] = DialledNumber(key, agent=codes[place]) if place % 2 else DialledNumber(key, service=team)
    groups = {**teams, "company": Group("company", tuple(codes))}
    return Directory(agents, groups, numbers, services=services, tiers={"A": TierRule(8, 25)})


def requests(chance: random.Random, directory: Directory) -> list[RouteRequest]:
    """Two callers of three are known customers."""
    numbers, codes = list(directory.numbers), list(directory.agents)
    return [
        RouteRequest(chance.choice(numbers), owner=chance.choice(codes), tier=chance.choice("ABC"))
        if chance.random() < 0.67
        else RouteRequest(chance.choice(numbers))
        for _ in range(997)
    ]


def measure() -> dict[str, float | int]:
    """Route `CALLS` calls one by one."""
    chance = random.Random(2026)
    directory = firm(chance)
    asked = requests(chance, directory)
    for request in asked:
        route(request, directory, NOW)
    gc.collect()
    took = []
    steps = 0
    for request in itertools.islice(itertools.cycle(asked), CALLS):
        before = time.perf_counter_ns()
        plan = route(request, directory, NOW)
        took.append(time.perf_counter_ns() - before)
        steps += len(plan.steps)
    return {
        "agents": AGENTS,
        "chains": CHAINS,
        "calls": CALLS,
        "median_us": _at(took, 0.5),
        "p95_us": _at(took, 0.95),
        "p99_us": _at(took, 0.99),
        "steps_per_plan": round(steps / CALLS, 1),
    }


def _at(nanoseconds: Sequence[int], share: float) -> float:
    return round(sorted(nanoseconds)[int(len(nanoseconds) * share)] / 1000, 1)


if __name__ == "__main__":
    print(json.dumps(measure()))
