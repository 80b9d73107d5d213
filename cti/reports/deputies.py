"""Who stands in for somebody at an instant, as routing finds them: deputies in turn until one is there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from routing.model import Agent, Directory, Leave


@dataclass(frozen=True, slots=True)
class StandsIn:
    """`first`: who is to stand in; `present`: who really would, or None. `needed`: the person is away now."""

    first: str | None
    present: str | None
    needed: bool


def stand_in_for(agent: Agent, directory: Directory, at: datetime) -> StandsIn:
    """Follow the deputies of `agent` at the aware instant `at`; one who is away is stood in for in turn."""
    leave = _leave(agent, at)
    first = current = (leave.deputy if leave else None) or agent.deputy
    seen = {agent.code}
    needed = leave is not None or not agent.active
    while current is not None and current not in seen:
        seen.add(current)
        deputy = directory.agents.get(current)
        if deputy is None:
            break
        away = _leave(deputy, at)
        if deputy.active and away is None and (deputy.desk or deputy.mobile):
            return StandsIn(first, current, needed)
        current = (away.deputy if away else None) or deputy.deputy
    return StandsIn(first, None, needed)


def _leave(agent: Agent, at: datetime) -> Leave | None:
    return next((one for one in agent.leaves if one.starts <= at < one.ends), None)
