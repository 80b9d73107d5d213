"""How much of a customer who may see: masked numbers outside one's own calls, and how many look-ups are usual. Pure.

Nobody below manager can carry the book away: not as a list, not card by card (M16, M17). Must not know HTTP.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from cti.customers.model import Card

MASK = "•••"
WINDOW = timedelta(hours=1)
FULL_SIGHT = frozenset({"manager", "admin", "auditor"})
"""Roles that answer for the firm's customers, or check those who do. Leads see their teams' calls, and no more."""


def masked(number: str) -> str:
    """A number of which enough is left to tell two apart, and too little to dial: `+8869•••222`."""
    kept = 5 if number.startswith("+") else 4
    return f"{number[:kept]}{MASK}{number[-3:]}" if len(number) > kept + 3 else MASK


def discreet(card: Card) -> Card:
    """The card as it is read outside one's own calls: `raw` masked, no `e164`. A number is called by its `id`."""
    numbers = tuple(replace(one, raw=masked(one.e164), e164="", masked=True) for one in card.numbers)
    return replace(card, numbers=numbers, email=masked_mail(card.email))


def masked_mail(address: str) -> str:
    """An address of which enough is left to tell two apart: `c•••@example.com`."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}{MASK}@{domain}" if at else address


@dataclass(slots=True)
class LookUps:
    """Which customers each log-in looked up within the last hour, outside their own calls. Kept in memory.

    From `alarm` different customers on it is unusual; `most` are allowed.
    """

    alarm: int
    most: int
    _seen: dict[str, deque[tuple[datetime, int]]] = field(default_factory=dict)
    _alarmed: set[str] = field(default_factory=set)

    def look(self, login: str, customer_id: int, at: datetime) -> int:
        """Note one look at the aware instant `at`; how many different customers it were within the hour.

        More than `most` are not noted: whoever waits an hour may look again.
        """
        seen = self._seen.setdefault(login, deque())
        while seen and seen[0][0] <= at - WINDOW:
            seen.popleft()
        different = {one for _, one in seen} | {customer_id}
        if len(different) <= self.most:
            seen.append((at, customer_id))
        if len(different) < self.alarm:
            self._alarmed.discard(login)
        return len(different)

    def is_news(self, login: str) -> bool:
        """Whether this log-in's unusual look-ups have not been told yet; asked once, they have."""
        if login in self._alarmed:
            return False
        self._alarmed.add(login)
        return True
