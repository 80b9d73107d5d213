"""Whether anybody took a call: the one rule for promises and reports. Pure. Must not know either."""

from __future__ import annotations

from datetime import timedelta

from cti.calls.model import Call

UNBRIDGED = timedelta(seconds=2)
"""A phone that goes up in the very moment the caller gives up is answered on paper only: without a bridge and shorter
than this nobody spoke. Longer without a bridge means that we did not hear of the bridge."""


def is_taken(call: Call) -> bool:
    """Whether the caller and somebody had each other on the line, for however short a time; so far, while it goes on.

    Somebody whom we did not ring counts, too: a member of the site's own queue.
    """
    if call.bridged is not None or any(leg.connected is not None for leg in call.legs):
        return True
    if call.answered is None:
        return False
    return call.ended is None or call.ended - call.answered >= UNBRIDGED
