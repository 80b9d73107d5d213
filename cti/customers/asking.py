"""What is still to be asked of a customer: gaps, and what nobody has confirmed for long (M4, M9). Pure.

What is known is not asked. Must not know how facts are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

STALE_DAYS = 365
"""As the setting `fact_stale_days` has it when nobody says otherwise."""

CORE = {"email": "contact", "address": "contact", "terms": "terms"}
"""Facts that are columns of the customer, too, with their kind."""

WANTED = {"person": ("email", "address"), "household": ("address",), "company": ("email", "address", "terms")}
"""Which of them are asked when they are missing."""

NEVER_STALE = frozenset({"consent", "preference"})
"""A consent stands until it is withdrawn; a preference shows itself with every order."""


class CardFact(msgspec.Struct, frozen=True):
    """A fact with where it comes from. `id` is null while it only stands in the customer's own columns: then it is
    known by its `key`. `linkedid` is the call it was told in, `by` who wrote it down. Instants in UTC."""

    id: int | None
    key: str
    kind: str
    value: str
    source: str
    linkedid: str | None
    by: str
    created: datetime
    times_confirmed: int
    last_confirmed: datetime
    do_not_mention: bool
    stale: bool = False


class ToAsk(msgspec.Struct, frozen=True):
    """Something to ask. `why`: `missing` or `stale`; `label` is set for fields of the firm's own, whose answer is of
    `type` (`text`, `number`, `date`, `choice`, `yesno`)."""

    key: str
    why: str
    label: str = ""
    type: str = "text"
    choices: tuple[str, ...] = ()
    fact: int | None = None


class Field(msgspec.Struct, frozen=True):
    """A field of the firm's own, as far as asking for it goes."""

    key: str
    label: str
    kind: str
    choices: str
    ask: bool


def with_age(facts: Iterable[CardFact], at: datetime, stale_days: int) -> tuple[CardFact, ...]:
    """The facts, each with whether it is stale at the aware instant `at`."""
    limit = at - timedelta(days=stale_days)
    return tuple(
        msgspec.structs.replace(one, stale=one.kind not in NEVER_STALE and one.last_confirmed < limit) for one in facts
    )


def to_ask(kind: str, facts: Iterable[CardFact], fields: Mapping[str, Field]) -> tuple[ToAsk, ...]:
    """What to ask a customer of this kind: gaps first, then what is stale; never what must not be mentioned."""
    known = {one.key: one for one in facts if one.value}
    gaps = [ToAsk(key, "missing") for key in WANTED.get(kind, ()) if key not in known]
    gaps += [_field(one, "missing") for one in fields.values() if one.ask and one.key not in known]
    stale = sorted((one for one in known.values() if one.stale and not one.do_not_mention), key=lambda one: one.key)
    old = [
        _field(fields[one.key], "stale", one.id) if one.key in fields else ToAsk(one.key, "stale", fact=one.id)
        for one in stale
    ]
    return (*gaps, *old)


def _field(one: Field, why: str, fact: int | None = None) -> ToAsk:
    return ToAsk(one.key, why, one.label, one.kind, tuple(json.loads(one.choices)), fact)
