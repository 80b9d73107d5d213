"""What a number of an identity card, a residence permit, a passport or a company must be, and what is wrong with one.

Pure. Must not know how they are kept.
"""

from __future__ import annotations

import re
import unicodedata

from cti.errors import Invalid

KINDS = ("national", "passport", "company")

_CARD = re.compile(r"[A-Z][A-D0-9][0-9]{8}\Z")
_PASSPORT = re.compile(r"[A-Z0-9]{6,15}\Z")
_COMPANY = re.compile(r"[0-9]{8}\Z")
_PLACES = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""In the order of their codes, from 10 on: the letters of Taiwan's counties as they were named over the years."""

_COMPANY_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
_SEX = frozenset("1289ABCD")


def read_identity(kind: str, text: str) -> str:
    """The number as it is kept: capitals and digits only.

    Raises:
        Invalid: an unknown kind, no number of that kind, or one that was misread.
    """
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if kind == "national":
        _check_card(plain)
    elif kind == "company":
        _check_company(plain)
    elif kind != "passport":
        raise Invalid(f"kind: one of {', '.join(KINDS)}")
    elif not _PASSPORT.match(plain):
        raise Invalid("number: a passport has 6 to 15 letters and digits")
    return plain


def _check_card(plain: str) -> None:
    """An identity card (`A123456789`), a residence permit (`A800000014`, since 2 January 2021), or an older one
    (`AB12345677`).

    The letter is a number of two digits, the second letter of the older form the last digit of its number. Times 1, 9,
    8 … 1, and the check digit times 1, they make a sum that ten divides. The second place is 1 or 2 for citizens, 8 or
    9 in the new form of permits, A to D in the older one.

    Source: Ministry of the Interior, 國民身分證統一編號; National Immigration Agency, 新式外來人口統一證號.
    """
    if not _CARD.match(plain):
        raise Invalid(
            "number: an identity card has a letter and nine digits, like A123456789; a residence permit too, or two "
            "letters and eight digits"
        )
    if plain[1] not in _SEX:
        raise Invalid(f"number: after the letter comes 1, 2, 8 or 9, not {plain[1]}: ask for it again")
    first = 10 + _PLACES.index(plain[0])
    second = (10 + _PLACES.index(plain[1])) % 10 if plain[1].isalpha() else int(plain[1])
    digits = [first // 10, first % 10, second, *map(int, plain[2:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    if sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 10:
        raise Invalid("number: its check digit does not fit, so one place was misread: ask for it again")


def _check_company(plain: str) -> None:
    """A firm's 統一編號. Times 1, 2, 1, 2, 1, 2, 4, 1, the digits of all products make a sum that five divides; where
    the seventh digit is 7, the sum or one more.

    It was ten until March 2023; since then five, which all older numbers meet, too. Source: Ministry of Finance, Fiscal
    Information Agency, 營利事業統一編號檢查碼邏輯修正說明.
    """
    if not _COMPANY.match(plain):
        raise Invalid("number: a company's number has eight digits, like 04595257")
    products = (int(digit) * weight for digit, weight in zip(plain, _COMPANY_WEIGHTS, strict=True))
    total = sum(product // 10 + product % 10 for product in products)
    if total % 5 and not (plain[6] == "7" and (total + 1) % 5 == 0):
        raise Invalid("number: its check digit does not fit, so one place was misread: ask for it again")
