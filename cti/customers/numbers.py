"""Telephone numbers: from whatever a carrier, a spreadsheet or a person writes to one form, and back for reading.

Pure. Knows nothing of customers. `phonenumbers` decides what a number is; before it stands what it gets wrong in
Taiwan (docs/decisions): `00886…`, `分機 12`, and short codes that it would turn into numbers of the country.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberFormat

from cti.errors import Invalid

LONGEST = 64
"""Characters. The longest honest number has 15 digits; with spaces, words and an extension it stays well below."""


class NumberKind(StrEnum):
    """What a presented number is."""

    EXTERNAL = "external"
    INTERNAL = "internal"
    WITHHELD = "withheld"
    UNREADABLE = "unreadable"


class CallerNumber(msgspec.Struct, frozen=True):
    """A number as it came (`raw`) and as it is compared. `e164` is set for `external` only; `extension` is digits.

    `internal` is a short code or an extension of this house (201, 1999); `withheld` that the caller shows none.
    """

    raw: str
    e164: str | None
    extension: str
    kind: NumberKind


class NewNumber(msgspec.Struct, frozen=True):
    """A number that is to be kept: as it was given, in E.164, and `kind` of telephone: `mobile` or `landline`."""

    raw: str
    e164: str
    extension: str
    kind: str


_WITHHELD = frozenset(
    (
        "",
        "-",
        "0",
        "s",
        "anonymous",
        "blocked",
        "hidden",
        "no number",
        "none",
        "not available",
        "null",
        "private",
        "private number",
        "restricted",
        "unavailable",
        "unknown",
        "withheld",
        "不明",
        "不顯示",
        "未顯示",
        "未顯示號碼",
        "未知",
        "無",
        "無來電顯示",
        "無號碼",
        "私人號碼",
        "空",
        "空號",
        "隱藏號碼",
    )
)

_NOTHING = re.compile(r"\+?0+\Z")
"""What some lines present for every caller who shows none; as if it were a number, all of them would be one caller."""

_EXTENSION = re.compile(
    r"(?:;ext=|#|分機|分机|轉|转|內線|extension|extn?\.?|x)[\s:.]*(?:[(\[]\s*)?(\d{1,8})[\s)\]]*\Z", re.IGNORECASE
)
_SEPARATORS = re.compile(r"[\s()\[\]./\-‐‑‒–—―−~]+")
_LABEL = re.compile(r"\A(?:tel|phone|mobile|電話|手機|行動|市話|傳真|fax)\s*[:.]?\s*", re.IGNORECASE)
_TAIWAN_MOBILE = re.compile(r"\+8869\d{8}\Z")
_TAIWAN_ACCESS = ("002", "005", "006", "007", "009", "012", "015", "016", "017", "018", "019")
"""Access codes for abroad of Taiwan's carriers; `00` is what the rest of the world, and many switches, write."""

TAIWAN = 886
_AREAS = ("0826", "0836", "037", "049", "082", "089", "0")
"""Taiwan's area codes longer than two digits, longest first; what is left has two, zero included."""

SHORTEST_EXTERNAL = 7


def normalise(raw: str, region: str = "TW") -> CallerNumber:
    """Read a number in any usual form; never raises. `region` is the country a number without a prefix belongs to."""
    if len(raw) > LONGEST:
        return CallerNumber(raw, None, "", NumberKind.UNREADABLE)
    text = _plain(raw)
    if text.casefold() in _WITHHELD or _NOTHING.match(text):
        return CallerNumber(raw, None, "", NumberKind.WITHHELD)
    found = _EXTENSION.search(text)
    extension = found.group(1) if found else ""
    digits = _SEPARATORS.sub("", _without_trunk_zero(text[: found.start()] if found else text))
    if not re.fullmatch(r"\+?[0-9]+", digits):
        return CallerNumber(raw, None, "", NumberKind.UNREADABLE)
    if not digits.startswith(("+", "0")) and len(digits) < SHORTEST_EXTERNAL:
        return CallerNumber(raw, None, extension, NumberKind.INTERNAL)
    for candidate in _candidates(digits, region):
        e164 = _valid(candidate)
        if e164 is not None:
            return CallerNumber(raw, e164, extension, NumberKind.EXTERNAL)
    return CallerNumber(raw, None, extension, NumberKind.UNREADABLE)


def read_number(text: str) -> NewNumber:
    """Read a number that is to be kept with a customer.

    Raises:
        Invalid: it is no number that can be called from outside.
    """
    given = "".join(character for character in text if character.isprintable()).strip()
    read = normalise(given)
    if read.e164 is None:
        what = "an internal extension" if read.kind is NumberKind.INTERNAL else "no telephone number"
        raise Invalid(f"number: {given[:60]!r} is {what}; write it like 0912-345-678 or +886 2 2555 1234")
    return NewNumber(given[:60], read.e164, read.extension, "mobile" if is_mobile(read.e164) else "landline")


def display(e164: str, region: str = "TW") -> str:
    """`e164` as people of `region` read it: 0912-345-678, 02-5550-1000; foreign numbers as +852 2345 6789."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    if number.country_code != phonenumbers.country_code_for_region(region):
        return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    if number.country_code == TAIWAN:
        return _taiwanese(f"0{e164[4:]}")
    text = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "-".join(re.findall(r"\d+", text))


def _taiwanese(national: str) -> str:
    """Area code, then the rest in groups as business cards have it; phonenumbers makes 080-012-3456 of 0800-123-456."""
    area = 4 if national.startswith(("09", "080")) else next(max(len(a), 2) for a in _AREAS if national.startswith(a))
    rest = national[area:]
    last = 4 if len(rest) in (7, 8) else 3
    return "-".join(part for part in (national[:area], rest[:-last], rest[-last:]) if part)


def is_mobile(e164: str) -> bool:
    """Whether `e164` may be a mobile (in some countries nothing tells them from landlines)."""
    if _TAIWAN_MOBILE.match(e164):
        return True
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return False
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _plain(raw: str) -> str:
    """Full-width to plain, no invisible characters, no SIP or tel wrapping, no `電話:` in front."""
    text = unicodedata.normalize("NFKC", raw)
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    text = text.strip().strip("<>\"'").strip()
    lowered = text.casefold()
    if lowered.startswith(("sip:", "sips:")):
        text = text.partition(":")[2].partition("@")[0]
    text = _LABEL.sub("", text)
    return re.sub(r";(?!ext=).*", "", text).strip()


def _without_trunk_zero(text: str) -> str:
    """`+886(0)912…` says: no zero from abroad."""
    return re.sub(r"\(\s*0\s*\)", "", text, count=1) if re.match(r"\s*(?:\+|00|886)", text) else text


def _candidates(digits: str, region: str) -> list[str]:
    """The international forms `digits` may mean, the likeliest first."""
    if digits.startswith("+"):
        return [digits] if not digits.startswith("+0") else _candidates(digits[1:], region)
    code = str(phonenumbers.country_code_for_region(region))
    if digits.startswith("00") or digits.startswith(_TAIWAN_ACCESS):
        carriers = [f"+{digits[3:]}"] if region == "TW" and digits.startswith(_TAIWAN_ACCESS) else []
        return [*carriers, f"+{digits[2:]}"]
    if digits.startswith("0"):
        # A country without trunk zeros (Italy's belong to the number) must keep them.
        return [f"+{code}{digits[1:]}", f"+{code}{digits}"]
    candidates = []
    if digits.startswith(code):
        candidates.append(f"+{digits}")
    if region == "TW":
        # Spreadsheets drop the zero of a mobile; a landline without its zero cannot be told from half of another.
        if len(digits) == 9 and digits.startswith("9"):
            candidates.append(f"+{code}{digits}")
    else:
        candidates.append(f"+{code}{digits}")
    # Carriers present foreign callers as E.164 without its plus.
    if len(digits) >= 10:
        candidates.append(f"+{digits}")
    return candidates


def _valid(candidate: str) -> str | None:
    if candidate.startswith("+8860"):
        candidate = f"+886{candidate[5:]}"
    if _TAIWAN_MOBILE.match(candidate):
        # Ten digits from 09 are a mobile whatever range was opened since phonenumbers was released.
        return candidate
    try:
        number = phonenumbers.parse(candidate, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
