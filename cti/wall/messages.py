"""What travels over `/ws/wall`, as types. Beside the board itself only the desktop's `ping`.

`docs/wallboard.md` is the same in prose. All instants are aware UTC, written as ISO 8601.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from cti.agents.presence import AWAY_REASONS
from cti.desktop.messages import Ping
from cti.reports.live import Live


class Wall(msgspec.Struct, frozen=True, tag="wall"):
    """The whole board, first of every connection and after every change; it replaces what the page has."""

    live: Live


WallMessage = Wall | Ping


def on_the_wall(live: Live) -> Wall:
    """What of it a wall may show: why somebody is away only where that is one of the firm's own words.

    Callers' names are left out where `live` is made; a reason in a person's own text may be theirs alone.
    """
    people = tuple(replace(one, reason=one.reason if one.reason in AWAY_REASONS else None) for one in live.people)
    return Wall(replace(live, people=people))
