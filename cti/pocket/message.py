"""What is written to a mobile together with the link. Pure.

It goes through other firms' hands: nothing of the caller stands in it unless the setting allows the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cti.desktop.messages import Pop
from cti.wording import translate

LONGEST_NAME = 40
"""Characters of a caller's name: a short message has seventy in Chinese, and the link needs most of them."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one agent. `key` is the same for every try; `until` is when the phone stops ringing."""

    key: str
    text: str
    link: str
    until: datetime

    @property
    def whole(self) -> str:
        """Text and link in one."""
        return f"{self.text} {self.link}".strip()


def text_for(pop: Pop | None, language: str, *, name: bool) -> str:
    """The words before the link. `name`: the firm allows the customer's name in them."""
    who = name_of(pop) if name and pop is not None else ""
    if who:
        return translate("Call from {name}: look at the pocket card", language, name=who[:LONGEST_NAME])
    return translate("Call coming in: look at the pocket card", language)


def name_of(pop: Pop) -> str:
    """Whom our own books take the caller for; what a stranger says of himself is not passed on."""
    if pop.card is not None:
        return str(pop.card.get("name", ""))
    return pop.matches[0].name if len(pop.matches) == 1 else ""
