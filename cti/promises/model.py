"""A promise and what happens to it, as values. Pure: no clock, no database."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class State(StrEnum):
    """Where a promise is. `kept`: the two have spoken. `closed`: a person said why nothing more is owed."""

    OPEN = "open"
    KEPT = "kept"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What one ended call means for promises."""

    MISSED = "missed"
    SPOKE = "spoke"
    BRIEF = "brief"
    NONE = "none"


class Origin(StrEnum):
    """Where a promise comes from. `asked`: the caller chose, by key, to be called back instead of waiting."""

    MISSED = "missed"
    ASKED = "asked"


class Kind(StrEnum):
    """What is owed: a call back, or what an agent said at the end of a call that they would do next."""

    CALL_BACK = "call_back"
    NEXT_STEP = "next_step"


class OwnerWhy(StrEnum):
    """The rule that chose a promise's owner; texts in `cti.wording`."""

    OWNER = "owner"
    DIRECT = "direct"
    TRANSFER = "transfer"
    DEPUTY = "deputy"
    GROUP = "group"
    COMPANY = "company"
    ANYONE = "anyone"
    ASSIGNED = "assigned"
    AGREED = "agreed"
    NOBODY = "nobody"


class Happening(StrEnum):
    """What can happen to a promise; texts in `cti.wording`."""

    OPENED = "opened"
    MISSED_AGAIN = "missed_again"
    CALLBACK_ASKED = "callback_asked"
    BRIEF = "brief"
    TRIED = "tried"
    """A call back that was not answered."""
    LATE = "late"
    ESCALATED = "escalated"
    KEPT = "kept"
    CLOSED = "closed"
    REOPENED = "reopened"
    ASSIGNED = "assigned"
    NOTED = "noted"
    RECOGNISED = "recognised"


WITHHELD = "call:"
"""How the key of a caller who showed no number begins; their call's linkedid follows."""

STEP = "step:"
"""How the key of a next step begins; the linkedid of the call in which it was agreed follows: one a call."""

BY_RULE = "ringward"
"""Who did it, when no person did."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One ended call as promises see it. `at`: when the caller was missed, or when the two were connected; aware UTC.

    `caller` is the key of the other party, `number` its E.164 form or None, `raw` as presented. `asked`: they were not
    only missed, they asked to be called back.
    """

    linkedid: str
    outcome: Outcome
    caller: str
    at: datetime
    number: str | None = None
    raw: str = ""
    dialled: str = ""
    customer_id: int | None = None
    outbound: bool = False
    asked: bool = False


class Duty(msgspec.Struct, frozen=True):
    """Who owes a new promise, by which rule, until when, and to which customer, if it can be but one."""

    owner: str | None
    why: OwnerWhy
    due: datetime
    customer_id: int | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done next after call `linkedid`, by whom and until when (aware)."""

    linkedid: str
    number: str | None
    raw: str
    customer_id: int | None
    dialled: str
    owner: str | None
    text: str
    due: datetime


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """An owned, dated promise (see `tables.PromiseRow`). `id` 0: not stored yet. Instants are aware UTC.

    `attempts` counts how often the caller was missed, `called_back` how often we tried and did not really speak.
    `text` is what is to be done, of a next step; a call back says itself.
    """

    id: int = 0
    caller: str
    number: str | None
    raw: str
    customer_id: int | None
    dialled: str
    owner: str | None
    why: OwnerWhy
    state: State
    due: datetime
    first_missed: datetime
    last_missed: datetime
    since: datetime
    attempts: int = 1
    called_back: int = 0
    level: int = 0
    escalated_to: str | None = None
    ended: datetime | None = None
    ended_by: str | None = None
    reason: str = ""
    kept_linkedid: str | None = None
    origin: Origin = Origin.MISSED
    kind: str = Kind.CALL_BACK
    text: str = ""

    @property
    def withheld(self) -> bool:
        """Whether the caller showed no number: then nobody can be called, only recognised when they call again."""
        return self.caller.startswith(WITHHELD)


class Entry(msgspec.Struct, frozen=True):
    """One line of a promise's history. `at` is when it happened, `who` a log-in or `BY_RULE`."""

    what: Happening
    at: datetime
    who: str = BY_RULE
    text: str = ""
    linkedid: str | None = None


class Shown(msgspec.Struct, frozen=True):
    """A promise with the customer's name, as boards, pages and lists show it."""

    promise: Promise
    customer: str | None


class PromiseChanged(msgspec.Struct, frozen=True):
    """An open promise is new or other than before, or is open no longer: then `after` is None, and `last` says how
    it ended. `before` is None for one that is new, or open again."""

    before: Shown | None
    after: Shown | None
    last: Shown | None = None
