"""What was decided for a call, as it is kept for reports: each step, whom it rang, and for whom a deputy did. Pure.

A leg's record says that a deputy rang, not for whom; and not how many steps the plan had that it was one of.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from cti.calls.model import Call
from routing.model import RoutePlan


class PlanDecided(msgspec.Struct, frozen=True):
    """A plan was handed to the switch for a call. Published by whoever answers the switch; `at` is aware."""

    linkedid: str
    at: datetime
    plan: RoutePlan


class DecidedStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step: `why` is the reason's code, `stands_for` whom its agent is deputy of."""

    kind: str
    agents: tuple[str, ...]
    why: str
    stands_for: str | None = None
    on_leave: bool = False


class Decided(msgspec.Struct, frozen=True):
    """The plan of one call."""

    plan_id: str
    steps: tuple[DecidedStep, ...]

    def fits(self, call: Call) -> bool:
        """Whether the call was really rung by this plan: a daemon that answers too late is not waited for."""
        return call.plan_id is None or call.plan_id == self.plan_id

    def step(self, index: int) -> DecidedStep | None:
        """The step a leg's `index`, from 1, means."""
        return self.steps[index - 1] if 1 <= index <= len(self.steps) else None


def decided(plan: RoutePlan) -> Decided:
    """`plan` as it is kept."""
    return Decided(
        plan_id=plan.plan_id,
        steps=tuple(
            DecidedStep(
                kind=step.kind.value,
                agents=tuple(dict.fromkeys(target.agent for target in step.targets)),
                why=step.why.code.value,
                stands_for=step.why.stands_for,
                on_leave=step.why.on_leave,
            )
            for step in plan.steps
        ),
    )
