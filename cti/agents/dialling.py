"""The firm's own numbers: the key under which the directory holds them, and how the carrier dials a mobile. Pure.

Must not ask whether a number is valid: what the carrier delivers to us is ours, in whatever plan it was numbered.
"""

from __future__ import annotations

import re
import unicodedata

COUNTRY = "886"
_ACCESS = re.compile(r"00[25679](?=886)|00")
_MOBILE = re.compile(r"\+8869\d{8}\Z")


def dialled_key(text: str) -> str:
    """What was dialled as E.164, the directory's key: `0255501000`, `886255501000`, `+886 (0)2 5550 1000` are one.

    An extension or short code (no zero in front, fewer than seven digits) stays as it is; what has no digits is "".
    """
    plain = unicodedata.normalize("NFKC", text[:64])
    digits = re.sub(r"[^0-9]", "", re.sub(r"(?<=886)\s*\(0\)", "", plain))
    international = plain.strip().startswith("+")
    if not international and (access := _ACCESS.match(digits)):
        digits, international = digits[access.end() :], True
    if not digits or (len(digits) < 7 and not digits.startswith("0") and not international):
        return digits
    if digits.startswith(COUNTRY):
        return f"+{COUNTRY}{digits[len(COUNTRY) :].lstrip('0')}"
    if international:
        return f"+{digits}"
    return f"+{COUNTRY}{digits.removeprefix('0')}"


ABROAD = "002"
"""The prefix of calls to other countries that every line in Taiwan has without a contract (NCC's numbering plan)."""


def national(e164: str) -> str:
    """How the carrier dials `e164`: 0900000101; a number of another country keeps its plus."""
    return f"0{e164[4:]}" if e164.startswith(f"+{COUNTRY}") else e164


def carried(e164: str) -> str:
    """How the carrier is offered a mobile: 0900000101; one of another country as it is dialled in Taiwan, behind 002.

    Digits alone: in a plan a plus stands between two phones (`routing.wire`).
    """
    home = national(e164)
    return f"{ABROAD}{home[1:]}" if home.startswith("+") else home


def is_taiwan_mobile(e164: str) -> bool:
    """Whether `e164` is a mobile of Taiwan: +8869 and eight digits."""
    return _MOBILE.match(e164) is not None
