"""What the firm knows of a caller, as values: the match of a number and the card. Pure.

`agent` is an agent's code everywhere; faces put the person's name to it.
"""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime

import msgspec

from cti.customers.asking import CardFact, ToAsk
from cti.customers.worth.rules import CardWorth

ERASED = "erased"
"""`customers.state` of a record whose person was erased by law: the id stays, so that nobody else ever gets it."""


class Probably(msgspec.Struct, frozen=True):
    """Why it is probably this one of several: people said so `times` of the last `calls` calls from this number, those
    between the hours `since` and `until` (of the firm's day) when these are given."""

    times: int
    calls: int
    since: int | None = None
    until: int | None = None


class CallerMatch(msgspec.Struct, frozen=True):
    """A customer a number may belong to. `why`: `number`, `old_number`, `household`, `account`.

    For routing: `deputy` is whom they want when the owner is not there, `travelling` that they are on a trip or leave
    within 72 h, `avoid` whom they have an open complaint about.
    """

    customer_id: int
    name: str
    tier: str
    owner: str | None
    why: str = "number"
    kind: str = "person"
    deputy: str | None = None
    travelling: bool = False
    avoid: tuple[str, ...] = ()
    probably: Probably | None = None


class CardOrder(msgspec.Struct, frozen=True):
    """An order on the card; `amount` in whole New Taiwan dollars, `starts` to `ends` the days of travel or stay."""

    id: int
    title: str
    amount: int
    state: str
    date: datetime
    starts: Day | None
    agent: str | None
    ends: Day | None = None


class CardMatter(msgspec.Struct, frozen=True):
    """A complaint or a request on the card; `about`: the agent a complaint is about."""

    id: int
    text: str
    state: str
    date: datetime
    closed: datetime | None
    agent: str | None
    about: str | None = None


class CardInteraction(msgspec.Struct, frozen=True):
    """One entry of the time line, newest first.

    `missed`: how many calls without an answer it stands for, one after another in the same direction, the first of them
    at `since`; 0 for a talk, a message, a visit or a note.
    """

    id: int
    date: datetime
    channel: str
    direction: str
    text: str
    agent: str | None
    linkedid: str | None
    missed: int = 0
    since: datetime | None = None


class CardPreference(msgspec.Struct, frozen=True):
    """A preference with where it comes from and how sure it is. `do_not_mention` is shown as a warning, first."""

    key: str
    value: str
    source: str
    times_confirmed: int
    last_confirmed: datetime
    do_not_mention: bool
    id: int | None = None


class CardField(msgspec.Struct, frozen=True):
    """A field of the firm's own, to show and to fill in; the value is the fact with its `key`, if it is known. `type`:
    `text`, `number`, `date`, `choice` (one of `choices`), `yesno`."""

    key: str
    label: str
    type: str
    choices: tuple[str, ...] = ()


class CardIdentity(msgspec.Struct, frozen=True):
    """An identity number as everybody may read it (`A1•••••789`); `kind`: `national`, `passport`, `company`."""

    kind: str
    shown: str


class CardAssignment(msgspec.Struct, frozen=True):
    """Who looks, or looked, after them since when; without `until` they do now."""

    agent: str
    since: datetime
    until: datetime | None
    by: str
    reason: str


class CardRelation(msgspec.Struct, frozen=True):
    """Another record this one belongs to, or that belongs to it."""

    customer_id: int
    name: str
    role: str


class CardNumber(msgspec.Struct, frozen=True):
    """A number of the customer as it was given, and in E.164. `masked`: `raw` shows a part of it, `e164` nothing;
    whoever reads that may still call it, by its `id`."""

    raw: str
    e164: str
    kind: str
    valid_until: datetime | None
    id: int = 0
    masked: bool = False


class Hot(msgspec.Struct, frozen=True):
    """What to know before saying a word. `kind`: `complaint`, `travelling`, `back_again`, `due_again`.

    `text` says which order, complaint or talk; `since` is an instant, `until` the last or the next day of a trip.
    `missed`: nobody answered when they called before, so many times.
    """

    kind: str
    text: str
    since: datetime | None
    until: Day | None
    agent: str | None
    missed: int = 0


class Card(msgspec.Struct, frozen=True):
    """Everything the person answering needs, in the order it is read (M1): orders, complaints, requests, contacts.
    `hot` stands above them all.

    The same for owner and deputy, field for field (C10). `facts` are all of them with their sources, preferences and
    consents too; `to_ask` what is missing or stale.
    """

    customer_id: int
    name: str
    title: str
    kind: str
    tier: str
    state: str
    owner: str | None
    terms: str
    email: str
    address: str
    numbers: tuple[CardNumber, ...]
    orders: tuple[CardOrder, ...]
    complaints: tuple[CardMatter, ...]
    requests: tuple[CardMatter, ...]
    interactions: tuple[CardInteraction, ...]
    preferences: tuple[CardPreference, ...]
    relations: tuple[CardRelation, ...]
    hot: tuple[Hot, ...] = ()
    worth: CardWorth | None = None
    facts: tuple[CardFact, ...] = ()
    to_ask: tuple[ToAsk, ...] = ()
    identity: tuple[CardIdentity, ...] = ()
    code: str | None = None
    assignments: tuple[CardAssignment, ...] = ()
    fields: tuple[CardField, ...] = ()
