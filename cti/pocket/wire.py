"""What travels over `/ws/pocket`, as types. Beside these the card's own messages are the desktop's.

`docs/pocket-card.md` is the same in prose. All instants are aware UTC, written as ISO 8601.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from cti.desktop.messages import CallAnswered, CardChanged, Ping, Pop, PopMoved
from cti.pocket.model import PocketCard


class PocketStanding(msgspec.Struct, frozen=True, tag="pocket"):
    """How far the card is. With `gone`, `reason` says why; `by_name` is who has the call then."""

    id: str
    state: str
    reason: str
    by_name: str
    agent: str
    name: str
    ended: datetime | None
    expires: datetime


class PocketSnapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """First message of every connection. `pop` is the desktop's, null once the card is gone."""

    at: datetime
    standing: PocketStanding
    pop: Pop | None
    names: Mapping[str, str]


PocketMessage = PocketSnapshot | PocketStanding | Pop | PopMoved | CallAnswered | CardChanged | Ping


def standing_of(card: PocketCard, names: Mapping[str, str]) -> PocketStanding:
    """A card's standing as it travels."""
    return PocketStanding(
        id=card.id,
        state=card.state.value,
        reason=card.reason,
        by_name=names.get(card.by, card.by) if card.by else "",
        agent=card.agent,
        name=names.get(card.agent, card.agent),
        ended=card.ended,
        expires=card.expires,
    )
