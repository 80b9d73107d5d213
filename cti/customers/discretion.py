"""How much of a customer who may see: masked numbers outside one's own calls, and how many look-ups are usual. Pure.

Nobody below manager can carry the book away: not as a list, not card by card (M16, M17). Must not know HTTP.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from cti.customers.asking import CardFact
from cti.customers.model import Card
from cti.customers.numbers import normalise

MASK = "•••"
WINDOW = timedelta(hours=1)
FULL_SIGHT = frozenset({"manager", "admin", "auditor"})
"""Roles that answer for the firm's customers, or check those who do. Leads see their teams' calls, and no more."""

FEWEST_TOLD = 2
"""One character stands in too many words to give anything away."""

REACHED_BY = frozenset({"contact", "field", "family"})
"""Kinds of facts that may say how a customer, or who belongs to them, is reached."""


def masked(number: str) -> str:
    """A number of which enough is left to tell two apart, and too little to dial: `+8869•••222`."""
    kept = 5 if number.startswith("+") else 4
    return f"{number[:kept]}{MASK}{number[-3:]}" if len(number) > kept + 3 else MASK


def masked_if_number(text: str) -> str:
    """`text`, masked when it is a number: what is written where a name or a colleague might stand, too."""
    return masked(text) if normalise(text).e164 else text


def discreet(card: Card) -> Card:
    """The card as it is read outside one's own calls: `raw` masked, no `e164`. A number is called by its `id`.

    Their numbers and their address are masked in what was written about them, too: who asks to be called says where.
    """
    said = hiding((*(one.e164 for one in card.numbers), card.email))
    numbers = tuple(replace(one, raw=masked(one.e164), e164="", masked=True) for one in card.numbers)
    facts = tuple(_discreet_fact(one, said) for one in card.facts)
    return replace(
        card,
        numbers=numbers,
        email=masked_mail(card.email),
        facts=facts,
        preferences=tuple(replace(one, value=said(one.value)) for one in card.preferences),
        interactions=tuple(replace(one, text=said(one.text)) for one in card.interactions),
        orders=tuple(replace(one, title=said(one.title)) for one in card.orders),
        complaints=tuple(replace(one, text=said(one.text)) for one in card.complaints),
        requests=tuple(replace(one, text=said(one.text)) for one in card.requests),
    )


def hiding(targets: Iterable[str]) -> Callable[[str], str]:
    """What masks these numbers (E.164) and addresses in a text."""
    wanted = tuple(filter(None, targets))
    return lambda text: functools.reduce(masked_within, wanted, text)


def _discreet_fact(fact: CardFact, said: Callable[[str], str]) -> CardFact:
    """What tells how to reach somebody stands among the facts, too: as a mail address or another number."""
    if fact.kind in REACHED_BY and "@" in fact.value:
        return replace(fact, value=masked_mail(fact.value))
    if fact.kind in REACHED_BY and normalise(fact.value).e164:
        return replace(fact, value=masked(fact.value))
    return replace(fact, value=said(fact.value))


def masked_mail(address: str) -> str:
    """An address of which enough is left to tell two apart: `c•••@example.com`."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}{MASK}@{domain}" if at else address


def masked_target(target: str) -> str:
    """Where a message goes, a number (E.164) or an address, masked."""
    return masked_mail(target) if "@" in target else masked(target)


def masked_within(text: str, target: str) -> str:
    """`text` with `target` in it masked: a gateway or a mail server says the number or the address that it refuses."""
    written = re.escape(target)
    if "@" not in target:
        # As +886933000222, 886933000222, 0933000222, 0933-000-222 or (02) 2550.1000.
        national = re.sub(r"\D", "", target).removeprefix("886")
        if not national:
            return text
        written = rf"(?:\+?886{_BETWEEN}|0)?" + _BETWEEN.join(national)
    return re.sub(written, masked_target(target), text, flags=re.IGNORECASE) if target else text


def reveals(text: str, unspoken: Iterable[str]) -> bool:
    """Whether `text` says one of the values that a customer must not notice are known.

    Chinese has no spaces: two characters anywhere. A word in Latin letters or a number counts as a whole one only.
    """
    said = unicodedata.normalize("NFKC", text).casefold()
    for value in unspoken:
        wanted = unicodedata.normalize("NFKC", value).strip().casefold()
        found = rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])" if wanted.isascii() else re.escape(wanted)
        if len(wanted) >= FEWEST_TOLD and re.search(found, said):
            return True
    return False


_BETWEEN = r"[-–. ()（）]{0,2}"
"""What people write between the digits of a number."""


@dataclass(slots=True)
class LookUps:
    """Which customers each log-in was shown within the last hour, outside their own calls. Kept in memory.

    From `alarm` different ones on it is unusual; `most` are allowed.
    """

    alarm: int
    most: int
    _seen: dict[str, dict[Hashable, datetime]] = field(default_factory=dict)
    _alarmed: set[str] = field(default_factory=set)

    def look(self, login: str, what: Iterable[Hashable], at: datetime) -> int:
        """Note what is about to be shown at the aware instant `at`; how many different ones it were within the hour.

        What makes more than `most` is not noted: whoever waits an hour may look again.
        """
        seen = {one: last for one, last in self._seen.get(login, {}).items() if last > at - WINDOW}
        after = seen | dict.fromkeys(what, at)
        self._seen[login] = after if len(after) <= self.most else seen
        if len(after) < self.alarm:
            self._alarmed.discard(login)
        return len(after)

    def is_news(self, login: str) -> bool:
        """Whether this log-in's unusual look-ups have not been told yet; asked once, they have."""
        if login in self._alarmed:
            return False
        self._alarmed.add(login)
        return True
