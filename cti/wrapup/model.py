"""A wrap-up as values: the clock of it, and what was filed about the call. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from cti.calls.model import INBOUND, OUTBOUND, Call, CallState


class EndReason(StrEnum):
    """Why a wrap-up ended: its time was up, it was ended by hand, filed, or another call came."""

    TIME = "time"
    BY_HAND = "by_hand"
    SAVED = "saved"
    NEXT_CALL = "next_call"


class Clock(msgspec.Struct, frozen=True):
    """A wrap-up that runs: `agent`'s, after call `linkedid`, until `ends` (aware UTC); extended at most once."""

    linkedid: str
    agent: str
    customer_id: int | None
    started: datetime
    ends: datetime
    extended: bool = False


class WrapUpStarted(msgspec.Struct, frozen=True):
    """A wrap-up runs, or runs longer."""

    clock: Clock


class WrapUpEnded(msgspec.Struct, frozen=True):
    """A wrap-up is over."""

    clock: Clock
    reason: EndReason
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a call can end for the firm: its code, and its words in both languages."""

    code: str
    zh: str
    en: str

    def text(self, language: str) -> str:
        """Its words in the reader's language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Filing:
    """What an agent files about a call. `next_step_due` is aware; without it the next step is a word, no promise."""

    disposition: str
    note: str = ""
    next_step: str = ""
    next_step_due: datetime | None = None
    matter_id: int | None = None


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What is known of a call's wrap-up, as every face shows it. Instants are aware UTC."""

    linkedid: str
    agent: str
    customer_id: int | None
    started: datetime | None
    ends: datetime | None
    ended: datetime | None
    end_reason: str
    disposition: str | None
    note: str
    next_step: str
    next_step_due: datetime | None
    matter_id: int | None
    saved: datetime | None
    saved_by: str

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {name: getattr(self, name) for name in self.__slots__}


def had_by(call: Call) -> str | None:
    """The agent who had a call with somebody outside, of several the last: who answered it, made it, or was handed it;
    None while nobody answered."""
    if call.answered is None or call.direction not in (INBOUND, OUTBOUND):
        return None
    handed = _had(call) if call.transfers else ()
    return handed[-1] if handed else call.answered_by if call.direction == INBOUND else call.made_by


def had_a_part(call: Call, agent: str | None) -> bool:
    """Whether this agent is who had the call, or handed it on after having had it."""
    return agent is not None and had_by(call) is not None and agent in {call.answered_by, call.made_by, *_had(call)}


def _had(call: Call) -> tuple[str, ...]:
    """The agents of all answered legs, as they answered."""
    had = ((leg.answered, leg.agent) for leg in call.legs if leg.answered is not None and leg.agent is not None)
    return tuple(agent for _, agent in sorted(had))


def begun(before: Call | None, after: Call, seconds: int, now: datetime) -> Clock | None:
    """The wrap-up that begins with this change of a call; None when none does.

    A call with somebody outside that was answered, or made and answered, and has just ended. One that is only read from
    the journal later than its wrap-up would have lasted begins none: nobody waits for it.
    """
    agent = had_by(after)
    if after.ended is None or agent is None or seconds <= 0:
        return None
    if before is not None and (before.ended is not None or before.state is CallState.ENDED):
        return None
    ends = after.ended + timedelta(seconds=seconds)
    if ends <= now:
        return None
    return Clock(after.linkedid, agent, after.customer_id, after.ended, ends)
