"""Whether anybody took a call: the one rule for promises and reports. Pure. Must not know either."""

from __future__ import annotations

from datetime import timedelta

from cti.calls.model import INBOUND, Call, Leg

UNBRIDGED = timedelta(seconds=2)
"""A phone that goes up in the very moment the caller gives up is answered on paper only: without a bridge and shorter
than this nobody spoke. Longer without a bridge means that we did not hear of the bridge."""


def is_taken(call: Call) -> bool:
    """Whether the caller and somebody had each other on the line, for however short a time; so far, while it goes on.

    Somebody whom we did not ring counts, too: a member of the site's own queue.
    """
    if call.bridged is not None:
        return True
    if any(_had_each_other(leg, call) for leg in call.legs):
        return True
    if call.answered is None:
        return False
    return call.ended is None or call.ended - call.answered >= UNBRIDGED


def _had_each_other(leg: Leg, call: Call) -> bool:
    """A mobile that rings beside desks is bridged with a Local channel first: pressing 1 in the moment in which the
    caller gives up connects it with nobody."""
    if leg.connected is None:
        return False
    until = leg.ended or call.ended
    return call.direction != INBOUND or until is None or until - leg.connected >= UNBRIDGED
