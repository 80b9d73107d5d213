"""An agent's own chain as people write it, `desk:8 both:20`, and the two profiles. Pure.

Must not know tables or who stands in.
"""

from __future__ import annotations

import re

from cti.errors import Invalid
from routing.model import Phones, Ring

DESK_AND_MOBILE, MOBILE_ONLY = "desk-and-mobile", "mobile-only"
PROFILES = (DESK_AND_MOBILE, MOBILE_ONLY)

LONGEST_RING = 120
"""Seconds. Carriers give up on a leg after about that; a caller long before."""

MOST_STEPS = 6
"""A caller who hears it ring for two minutes has gone: more steps of one person only keep the deputy waiting."""

_STEP = re.compile(r"(desk|mobile|both)[:=](\d{1,3})\Z")


def parse_steps(text: str) -> tuple[Ring, ...]:
    """Read `desk:8 both:20`; empty for none: the desk, then the mobile.

    Raises:
        Invalid: a step cannot be read, rings too long, or there are too many.
    """
    rings = []
    for one in re.split(r"[\s,，]+", text.strip()):
        if not one:
            continue
        match = _STEP.match(one.lower())
        if match is None:
            raise Invalid(f"steps: {one[:20]!r} is no step; write them like desk:15 mobile:20, or desk:8 both:20")
        if not 1 <= int(match[2]) <= LONGEST_RING:
            raise Invalid(f"steps: whole seconds from 1 to {LONGEST_RING}")
        rings.append(Ring(Phones(match[1]), int(match[2])))
    if len(rings) > MOST_STEPS:
        raise Invalid(f"steps: at most {MOST_STEPS}")
    return tuple(rings)


def steps_text(rings: tuple[Ring, ...]) -> str:
    """The text that `parse_steps` reads as `rings`."""
    return " ".join(f"{ring.phones.value}:{ring.seconds}" for ring in rings)


def can_ring(rings: tuple[Ring, ...], *, has_desk: bool, has_mobile: bool) -> bool:
    """Whether any step of the chain has a phone to ring."""
    has = {Phones.DESK: has_desk, Phones.MOBILE: has_mobile, Phones.BOTH: has_desk or has_mobile}
    return any(has[ring.phones] for ring in rings) if rings else has_desk or has_mobile
