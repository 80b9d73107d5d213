"""Numbers that mean the same to everybody in the country, whoever's directory it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum

EMERGENCY_NUMBERS = frozenset({"110", "112", "113", "119"})
"""Taiwan's: an extension of that name would make the police unreachable from every desk."""

COUNTRY = "886"
ACCESS = ("002", "005", "006", "007", "009", "012", "015", "016", "017", "018", "019")
"""Access codes for abroad of Taiwan's carriers: who dials one of them means another country's number."""

PREMIUM = "020"
"""Taiwan's premium-rate numbers."""


class Barred(StrEnum):
    """Why a number may not be called from the firm's telephones."""

    FOREIGN = "foreign"
    PREMIUM = "premium"
    UNKNOWN = "unknown"


def barred(number: str, countries: Collection[str] = ()) -> Barred | None:
    """Why `number`, digits with perhaps a + before them, may not be called; None when it may.

    `countries` are the calling codes, or longer beginnings of numbers, that may be called abroad (`852`, `1212`). The
    dial plan has the same rules as patterns (`ringward-allowed`), because it must know without asking anybody. `00`
    before a country that begins like an access code's last digit could mean two countries, and is refused.
    """
    if re.fullmatch(r"1[0-9]{2,3}", number) or re.fullmatch(r"[2-9][0-9]{6,7}", number):
        return None
    abroad = _abroad(number)
    if abroad is None:
        if re.fullmatch(rf"{COUNTRY}[1-9][0-9]{{7,}}", number):
            return barred(f"0{number.removeprefix(COUNTRY)}", countries)
        if number.startswith(PREMIUM):
            return Barred.PREMIUM
        return None if re.fullmatch(r"0[2-9][0-9]{7,}", number) else Barred.UNKNOWN
    if re.fullmatch(rf"{COUNTRY}[1-9][0-9]+", abroad):
        return barred(f"0{abroad.removeprefix(COUNTRY)}", countries)
    return None if any(re.match(rf"{country}[0-9]", abroad) for country in countries) else Barred.FOREIGN


def _abroad(number: str) -> str | None:
    """The digits from the country's code on; None for a number that does not say one."""
    if number.startswith("+"):
        return number[1:]
    if number.startswith(ACCESS):
        return number[3:]
    return number[2:] if number.startswith("00") else None
