"""How a person is, decided from what they said, what the calendar says and what their phones and pages do. Pure.

Must not know where these facts come from, nor who is told: facts and an instant in, one state out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class State(StrEnum):
    """How a person is. Texts in `cti.wording`, what each does to routing in docs/presence.md."""

    AVAILABLE = "available"
    AWAY = "away"
    DND = "dnd"
    RINGING = "ringing"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    ON_LEAVE = "on_leave"
    OFFLINE = "offline"


BY_HAND = (State.AVAILABLE, State.AWAY, State.DND)
"""What a person can say of themselves; everything else is seen."""

AWAY_REASONS = ("lunch", "meeting", "training")
"""Reasons that have a word in both languages; any other is a text of their own."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person said, for `reason` (only of `away`), until an aware instant or until they say otherwise."""

    state: str = State.AVAILABLE
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def at(self, at: datetime) -> ByHand:
        """What of it still holds at `at`."""
        return ByHand(since=self.until) if self.until is not None and self.until <= at else self


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person now. Instants are aware.

    `talking`, `ringing`: on any phone of theirs. `wrap_up_until`, `leave_until`: ends of what holds now. `desktop`: a
    page of theirs is open; `desktop_left`: when the last one went, None when none was ever open. `seen`: when they last
    took a call, plugged their phone in, or said how they are. `phone`: their desk phone is registered. `mobile_only`:
    they work without a desk.
    """

    by_hand: ByHand = ByHand()
    talking: bool = False
    ringing: bool = False
    wrap_up_until: datetime | None = None
    leave_until: datetime | None = None
    desktop: bool = False
    desktop_left: datetime | None = None
    seen: datetime | None = None
    phone: bool = False
    mobile_only: bool = False


@dataclass(frozen=True, slots=True)
class Being:
    """How a person is, why (of `away`), until when if that is known. `left`: offline because they closed the page."""

    state: State
    reason: str | None = None
    until: datetime | None = None
    left: bool = False


class PresenceChanged(msgspec.Struct, frozen=True):
    """A person's state is another than before since `since` (aware UTC)."""

    agent: str
    being: Being
    since: datetime


def being(facts: Facts, at: datetime, grace: timedelta) -> Being:
    """The state that says most, the first that holds: a call at hand, its wrap-up, leave, what they said, whether
    they are here at all. `grace` is how long a closed page still counts as open: a reload takes seconds.
    """
    if facts.talking:
        return Being(State.ON_CALL)
    if facts.ringing:
        return Being(State.RINGING)
    if facts.wrap_up_until is not None and facts.wrap_up_until > at:
        return Being(State.WRAP_UP, until=facts.wrap_up_until)
    if facts.leave_until is not None and facts.leave_until > at:
        return Being(State.ON_LEAVE, until=facts.leave_until)
    said = facts.by_hand.at(at)
    if said.state in (State.AWAY, State.DND):
        return Being(State(said.state), said.reason, said.until)
    return _here(facts, at, grace)


def _here(facts: Facts, at: datetime, grace: timedelta) -> Being:
    """Who works with a mobile alone is here without a page: a phone in a pocket puts every page to sleep.

    Who closed the page has left, although the phone on the desk is still registered, until they take a call, plug a
    phone in or say how they are. Who never had a page open is judged by the phone.
    """
    left = facts.desktop_left
    if facts.desktop or facts.mobile_only or (left is not None and at < left + grace):
        return Being(State.AVAILABLE)
    if left is not None and (facts.seen is None or facts.seen <= left):
        return Being(State.OFFLINE, left=True)
    return Being(State.AVAILABLE if facts.phone else State.OFFLINE)
