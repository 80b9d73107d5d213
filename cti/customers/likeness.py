"""How like two records are, and why: numbers, names in any script, mail, identity numbers. Pure; a hundred thousand
records are compared within blocks of those that share something, never each with each.

OpenCC and pypinyin are loaded when the first record is read: the daemon does without them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import combinations
from typing import Any

import msgspec

WEIGHTS = {
    "identity": 95,
    "number": 60,
    "number_family": 15,
    "mail": 60,
    "name": 40,
    "short_name": 30,
    "romanised": 32,
    "surname": 30,
    "address": 25,
}
"""Hundredths of certainty each likeness gives by itself; together they leave the doubt that is left of each.

`number_family`: a number in common and names that differ are a family, or a company's switchboard."""

LEAST = 50
"""Below it there is more against than for: a name alone, in Taiwan, says nothing."""

LARGEST_BLOCK = 40
"""What more than forty records share (a switchboard, a name like 陳怡君) tells nobody from another."""

_TITLES = re.compile(
    r"(?:先生|女士|小姐|太太|夫人|老師|醫師|醫生|經理|總經理|董事長|老闆|老板|媽媽|爸爸|伯伯|阿姨|奶奶|爺爺)\Z"
)
_LATIN_TITLES = re.compile(r"\b(?:mr|mrs|ms|miss|dr|prof)\b\.?", re.IGNORECASE)
_CHINESE = re.compile(r"[㐀-鿿豈-﫿]")
_NO_LETTER = re.compile(r"[^0-9a-z㐀-鿿豈-﫿]+")


class Record(msgspec.Struct, frozen=True):
    """What two records are compared by. `numbers` E.164, `digests` of identity numbers, `circle` ids of records this
    one is related to and of the households it belongs to."""

    id: int
    kind: str
    name: str
    email: str = ""
    address: str = ""
    numbers: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    circle: tuple[int, ...] = ()


class Pair(msgspec.Struct, frozen=True):
    """Two records that may be one, `first` the lower id; `score` from 0 to 99, `reasons` the heaviest first."""

    first: int
    second: int
    score: int
    reasons: tuple[str, ...]


class _Read(msgspec.Struct, frozen=True):
    """A record with its names made comparable: `titled` is a surname alone, as in 陳太太."""

    record: Record
    name: str
    surname: str
    titled: bool
    sounds: frozenset[str]
    email: str
    address: str


def find_pairs(records: Iterable[Record]) -> list[Pair]:
    """Every pair that scores at least `LEAST`, the likeliest first."""
    read = [_read(record) for record in records]
    blocks: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, one in enumerate(read):
        for key in _keys(one):
            blocks[key].append(index)
    common = {key for key, members in blocks.items() if len(members) > LARGEST_BLOCK}
    seen: set[tuple[int, int]] = set()
    found = []
    for members in (members for key, members in blocks.items() if key not in common):
        for pair in combinations(members, 2):
            if pair not in seen:
                seen.add(pair)
                if (compared := _compare(read[pair[0]], read[pair[1]])) is not None:
                    found.append(compared)
    return sorted(found, key=lambda one: (-one.score, one.first, one.second))


def compare(one: Record, other: Record) -> Pair | None:
    """How like these two are; None when they score less than `LEAST`."""
    return _compare(_read(one), _read(other))


def _compare(one: _Read, other: _Read) -> Pair | None:
    mine, theirs = one.record, other.record
    if mine.kind != theirs.kind or mine.id == theirs.id:
        return None
    name = _names(one, other)
    reasons = [name] if name else []
    if set(mine.digests) & set(theirs.digests):
        reasons.append("identity")
    if set(mine.numbers) & set(theirs.numbers):
        related = mine.id in theirs.circle or theirs.id in mine.circle or bool(set(mine.circle) & set(theirs.circle))
        reasons.append("number" if name and not (related and name == "surname") else "number_family")
    if one.email and one.email == other.email:
        reasons.append("mail")
    if one.address and one.address == other.address:
        reasons.append("address")
    doubt = 1.0
    for reason in reasons:
        doubt *= 1 - WEIGHTS[reason] / 100
    score = min(99, round(100 * (1 - doubt)))
    if score < LEAST:
        return None
    first, second = sorted((mine.id, theirs.id))
    return Pair(first, second, score, tuple(sorted(reasons, key=lambda reason: -WEIGHTS[reason])))


def _names(one: _Read, other: _Read) -> str | None:
    """In what the names are alike: `name`, `short_name`, `romanised`, `surname` (one says 陳太太), or not at all."""
    if not one.name or not other.name:
        return None
    if one.name == other.name and not one.titled:
        return "name" if len(one.name) > 2 else "short_name"
    chinese = bool(one.surname), bool(other.surname)
    if chinese[0] != chinese[1] and one.sounds & other.sounds:
        return "romanised"
    if all(chinese) and (one.titled or other.titled) and one.surname == other.surname:
        return "surname"
    return None


def _keys(one: _Read) -> Iterable[tuple[str, str]]:
    for number in one.record.numbers:
        yield "number", number
    for digest in one.record.digests:
        yield "identity", digest
    if one.email:
        yield "mail", one.email
    if one.name and not one.titled:
        yield "name", one.name
    for sound in one.sounds:
        yield "sound", sound


def _read(record: Record) -> _Read:
    name, titled = _plain_name(record.name)
    surname = name[:1] if _CHINESE.match(name) else ""
    email = unicodedata.normalize("NFKC", record.email).strip().casefold()
    address = _canonical(_NO_LETTER.sub("", unicodedata.normalize("NFKC", record.address).casefold()))
    sounds = frozenset() if titled else frozenset(_sounds(name, record.name))
    return _Read(record, name, surname, titled, sounds, email, address)


def _plain_name(given: str) -> tuple[str, bool]:
    """A name without title, space and variant characters; and whether only a surname is left of it."""
    text = _LATIN_TITLES.sub(" ", unicodedata.normalize("NFKC", given)).strip()
    bare = _TITLES.sub("", text.replace(" ", "")) if _CHINESE.search(text) else text
    name = _canonical(_NO_LETTER.sub("", bare.casefold()))
    return name, len(name) == 1 and bool(_CHINESE.match(name))


def _canonical(text: str) -> str:
    if not _CHINESE.search(text):
        return text
    to_traditional, to_simplified = _converters()
    return str(to_simplified(to_traditional(text)))


def _sounds(name: str, given: str) -> Iterable[str]:
    """How a name is written in Latin letters, surname first and last; by Hanyu Pinyin and Wade-Giles."""
    if _CHINESE.match(name):
        if 1 < len(name) <= 4:
            for spell in _spellers():
                syllables = spell(name)
                if all(syllable.isalpha() for syllable in syllables):
                    yield "".join(syllables)
                    yield "".join((*syllables[1:], syllables[0]))
        return
    words = re.findall(r"[a-z]+", _LATIN_TITLES.sub(" ", _without_accents(given)).casefold())
    if 2 <= len(words) <= 4:
        yield "".join(words)
        yield "".join((*words[1:], words[0]))
        yield "".join((words[-1], *words[:-1]))


def _without_accents(text: str) -> str:
    split = unicodedata.normalize("NFKD", text)
    return "".join(character for character in split if not unicodedata.combining(character)).replace("'", "")


@cache
def _converters() -> Sequence[Callable[[str], str]]:
    from opencc import OpenCC

    # Variants of a character (峯, 峰) meet on the way there and back.
    return OpenCC("s2t").convert, OpenCC("t2s").convert


@cache
def _spellers() -> Sequence[Callable[[str], list[str]]]:
    from pypinyin import Style, lazy_pinyin

    def speller(style: Any) -> Callable[[str], list[str]]:
        return lambda name: [_without_accents(one).replace("’", "") for one in lazy_pinyin(name, style=style)]

    return speller(Style.NORMAL), speller(Style.WADEGILES)
