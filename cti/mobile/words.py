"""What is whispered about a call, as one short sentence. Pure: what is known of the caller in, a sentence out.

Spoken into a stranger's room: a name and one matter, the most urgent. Never a complaint's own words, a preference, a
sum, or anything marked "do not mention". Must not know speech, files or channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cti.wording import translate

LONGEST_NAME = 24
LONGEST_TITLE = 20
"""Characters: a title that takes longer to hear than the caller takes to hang up helps nobody."""

LAST_DIGITS = 3
SOON = timedelta(days=3)
"""A trip that begins within 72 hours, as routing counts it."""

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_LIVE = frozenset({"booked", "paid"})


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known when a mobile is called.

    `names` are the customers the number may belong to, the likeliest first; `card` is `cti.customers.card.card_json`'s
    of the first; `e164` None for a withheld or unreadable number; `for_whom` whom a deputy stands for, as colleagues
    call them.
    """

    names: tuple[str, ...] = ()
    e164: str | None = None
    withheld: bool = False
    travelling: bool = False
    card: Mapping[str, Any] | None = None
    for_whom: str | None = None


def sentence(heard: Heard, language: str, today: date) -> str:
    """Who calls, about what, and for whom, in `language`; `today` by the firm's clock."""

    def say(text: str, **values: object) -> str:
        return translate(text, language, **values)

    parts = [say("for {name}", name=plain(heard.for_whom, LONGEST_NAME))] if heard.for_whom else []
    parts.append(_who(heard, language))
    if len(heard.names) == 1 and heard.card is not None:
        matter = _matter(heard, today)
        if matter is not None:
            text, values = matter
            parts.append(say(text, **values))
    comma, stop = (", ", ".") if language == "en" else ("，", "。")
    return comma.join(parts) + stop


def plain(text: str | None, longest: int) -> str:
    """Letters and digits of any script, the rest as spaces: nothing that a speech program takes for a command."""
    kept = "".join(one if one.isalnum() else " " for one in text or "")
    return " ".join(kept.split())[:longest].strip()


def _who(heard: Heard, language: str) -> str:
    name = plain(heard.names[0], LONGEST_NAME) if heard.names else ""
    if name:
        return translate(
            "{name} is calling" if len(heard.names) == 1 else "perhaps {name} is calling", language, name=name
        )
    if heard.withheld:
        return translate("a caller who withholds the number", language)
    digits = (heard.e164 or "")[-LAST_DIGITS:]
    if len(digits) == LAST_DIGITS and digits.isdecimal():
        spoken = " ".join(digits) if language == "en" else "".join(_DIGITS[one] for one in digits)
        return translate("a new customer is calling, number ending in {digits}", language, digits=spoken)
    return translate("a new customer is calling", language)


def _matter(heard: Heard, today: date) -> tuple[str, dict[str, object]] | None:
    """The card's most urgent matter: an open complaint, a trip, an open request, the latest order; None of nothing."""
    card = heard.card or {}
    if _open(card.get("complaints", ())):
        return "about a complaint", {}
    orders: Sequence[Mapping[str, Any]] = card.get("orders", ())
    if heard.travelling or any(_soon(order, today) for order in orders):
        return "on a trip or about to leave", {}
    if _open(card.get("requests", ())):
        return "with an open request", {}
    title = plain(str(orders[0].get("title", "")), LONGEST_TITLE) if orders else ""
    if title and not _unmentionable(title, card.get("preferences", ())):
        return "last order {title}", {"title": title}
    return None


def _open(matters: Sequence[Mapping[str, Any]]) -> bool:
    return any(matter.get("state") != "closed" for matter in matters)


def _soon(order: Mapping[str, Any], today: date) -> bool:
    starts = order.get("starts")
    if order.get("state") not in _LIVE or not starts:
        return False
    day = starts if isinstance(starts, date) else date.fromisoformat(str(starts)[:10])
    return today <= day <= today + SOON


def _unmentionable(title: str, preferences: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a title touches what must not be mentioned: any word of two letters or more that both share."""
    for one in preferences:
        if one.get("do_not_mention"):
            words = plain(f"{one.get('key', '')} {one.get('value', '')}", 200).lower().split()
            if any(len(word) > 1 and (word in title.lower() or title.lower() in word) for word in words):
                return True
            # Chinese has no spaces: two characters in a row are a word.
            pairs = {word[at : at + 2] for word in words if not word.isascii() for at in range(len(word) - 1)}
            if any(pair in title for pair in pairs):
                return True
    return False
