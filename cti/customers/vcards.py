"""Contacts of telephones and mail programs (vCard 2.1 to 4.0) as lines of a customers' import. Pure.

Old telephones of Taiwan write Big5, quoted-printable or raw. Must not know the database.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from cti.customers.columns import LONGEST
from cti.customers.csv_file import MOST_FAULTS, ImportLine, ImportPlan, LineFault, clean
from cti.customers.numbers import NewNumber, read_number
from cti.customers.sheets import ENCODINGS
from cti.errors import Invalid

LARGEST_FILE = 10_000_000
MOST_CARDS = 20_000
VCARD = "vcard"

_BEGIN = re.compile(r"\s*BEGIN\s*:\s*VCARD\s*\Z", re.IGNORECASE)
_END = re.compile(r"\s*END\s*:\s*VCARD\s*\Z", re.IGNORECASE)
_CHARSET = re.compile(rb"[;]\s*CHARSET\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_QUOTED = re.compile(rb"QUOTED-PRINTABLE", re.IGNORECASE)
_PICTURE = re.compile(r"\A(?:[A-Z0-9-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)\b", re.IGNORECASE)
_NAMES = {"big5": "cp950", "big-5": "cp950", "gb2312": "gb18030", "gbk": "gb18030"}
"""What is labelled Big5 or GB 2312 is the larger set of the same family in everything that writes it."""


def looks_like_vcard(content: bytes) -> bool:
    """Whether a file begins as a vCard does."""
    return content[:200].lstrip(b"\xef\xbb\xbf \r\n\t").upper().startswith(b"BEGIN:VCARD")


def read_vcards(content: bytes) -> ImportPlan:
    """Read a file of contacts; never raises, every fault is in the plan, with the line on which its card begins."""
    if len(content) > LARGEST_FILE:
        what = f"the file has {len(content):,} bytes, at most {LARGEST_FILE:,} are read; split it"
        return ImportPlan((), (LineFault(1, "", what),))
    lines: list[ImportLine] = []
    faults: list[LineFault] = []
    seen: dict[str, int] = {}
    for begins, card in _cards(content, faults):
        if len(lines) >= MOST_CARDS or len(faults) >= MOST_FAULTS:
            faults.append(LineFault(begins, "", f"more than {MOST_CARDS:,} customers; split the file"))
            break
        try:
            line = _customer(begins, card)
        except Invalid as fault:
            faults.append(LineFault(begins, "", str(fault)))
            continue
        other = seen.setdefault(line.external_id, begins)
        if other == begins:
            lines.append(line)
        elif not any(one.external_id == line.external_id and _same(one, line) for one in lines):
            faults.append(LineFault(begins, "UID", f"{line.external_id[:60]} stands in line {other} already"))
    if not lines and not faults:
        faults.append(LineFault(1, "", "there is no contact in this file"))
    return ImportPlan(() if faults else tuple(lines), tuple(faults[:MOST_FAULTS]), (), VCARD)


def _cards(content: bytes, faults: list[LineFault]) -> list[tuple[int, str]]:
    """Each card's text with the line on which it begins; pictures are left out."""
    found: list[tuple[int, str]] = []
    current: list[str] | None = None
    begins, skipping = 0, False
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        line = _decoded(raw.rstrip(b"\r"))
        if _BEGIN.match(line):
            if current is not None:
                faults.append(LineFault(begins, "", "this contact has no END:VCARD"))
            current, begins, skipping = [], number, False
            continue
        if current is None:
            continue
        if _END.match(line):
            found.append((begins, "\r\n".join(["BEGIN:VCARD", *current, "END:VCARD", ""])))
            current = None
            continue
        skipping = (skipping and (not line.strip() or line[:1] in " \t")) or bool(_PICTURE.match(line))
        if not skipping and line.strip():
            current.append(line)
    if current is not None:
        faults.append(LineFault(begins, "", "this contact has no END:VCARD"))
    return found


def _decoded(raw: bytes) -> str:
    """One line in the charset it names, else in the first that fits it. Quoted bytes stay quoted, their charset's name
    is put right."""
    named = _CHARSET.search(raw)
    charset = named[1].decode("ascii").lower() if named else ""
    charset = _NAMES.get(charset, charset)
    if named:
        raw = raw[: named.start(1)] + charset.encode() + raw[named.end(1) :]
    if _QUOTED.search(raw):
        return _QUOTED.sub(b"QUOTED-PRINTABLE", raw).decode("ascii", "replace")
    for encoding in (charset, *ENCODINGS) if charset else ENCODINGS:
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("utf-8", "replace")


def _customer(begins: int, text: str) -> ImportLine:
    card = _parsed(text)
    name = _name(card)
    if not name:
        raise Invalid("a contact without a name; give it one (FN)")
    if len(name) > LONGEST["name"]:
        raise Invalid(f"at most {LONGEST['name']} characters, these are {len(name)}")
    numbers: dict[str, NewNumber] = {}
    for one in _values(card, "tel"):
        number = read_number(one.removeprefix("tel:"))
        numbers[number.e164] = number
    fields = {"name": name}
    for column, kind in (("email", "email"), ("address", "adr"), ("title", "title")):
        value = next(iter(_values(card, kind)), "")
        if value and column != "title" and len(value) <= LONGEST[column]:
            fields[column] = value
    company = next(iter(_values(card, "org")), "")
    if company and company == name:
        fields["kind"] = "company"
    uid = next(iter(_values(card, "uid")), "").removeprefix("urn:uuid:")[: LONGEST["external_id"]]
    return ImportLine(begins, uid or _made_up(name, list(numbers)), fields, tuple(numbers.values()), ())


def _parsed(text: str) -> Any:
    import vobject
    from vobject.base import ParseError, VObjectError

    try:
        return vobject.readOne(text, allowQP=True)
    except (
        ParseError,
        VObjectError,
        ValueError,
        LookupError,
        KeyError,
        IndexError,
        AttributeError,
        TypeError,
    ) as error:
        raise Invalid(f"this contact cannot be read ({str(error)[:80]})") from error


def _name(card: Any) -> str:
    formatted = next(iter(_values(card, "fn")), "")
    if formatted:
        return formatted
    for part in card.contents.get("n", []):
        value = part.value
        pieces = [value.family, value.given] if hasattr(value, "family") else str(value).split(";")[:2]
        found = clean("".join(piece if isinstance(piece, str) else "".join(piece) for piece in pieces))
        if found:
            return found
    return next(iter(_values(card, "org")), "")


def _values(card: Any, kind: str) -> list[str]:
    found = []
    for line in card.contents.get(kind, []):
        value = line.value
        if kind == "adr" and hasattr(value, "street"):
            parts = [value.code, value.region, value.city, value.street, value.extended]
            value = "".join(one if isinstance(one, str) else "".join(one) for one in parts)
        elif isinstance(value, (list, tuple)):
            value = " ".join(str(one) for one in value)
        text = clean(str(value))
        if text:
            found.append(text)
    return found


def _made_up(name: str, numbers: list[str]) -> str:
    """A number that never changes, for a contact that has none: the same name and first number give the same."""
    key = "\n".join((name, *numbers[:1]))
    return f"vcard-{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def _same(one: ImportLine, other: ImportLine) -> bool:
    return (one.fields, one.numbers) == (other.fields, other.numbers)
