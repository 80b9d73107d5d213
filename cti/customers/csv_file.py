"""A table of customers (CSV, XLSX) as lines that could be written, and the faults that keep it from being. Pure.

Must not know the database. A cell is text, whatever it looks like: nothing in it is ever evaluated.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec

from cti.customers.columns import COLUMNS, LONGEST, VALUES, column_of
from cti.customers.identity_numbers import KINDS, read_identity
from cti.customers.numbers import NewNumber, read_number
from cti.customers.sheets import BadLine, Sheet, open_sheet
from cti.errors import Invalid

MOST_LINES = 200_000
LONGEST_CELL = 5_000
MOST_FAULTS = 500
"""A list that nobody reads to its end: a file with more is wrong as a whole (the wrong columns, the wrong file)."""

_OWNER = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")
_LIST = re.compile(r"[;；\n\r、|]+")
_LIST_WITH_MARKS = re.compile(r"([;；\n\r、|]+)")


class LineFault(msgspec.Struct, frozen=True):
    """What is wrong where, and what to do: `line` counts from 1 (the header), `column` is the header's own word."""

    line: int
    column: str
    what: str


class ImportLine(msgspec.Struct, frozen=True):
    """One customer of the file; `fields` holds the columns that are not empty, `identity` pairs of kind and number."""

    line: int
    external_id: str
    fields: dict[str, str]
    numbers: tuple[NewNumber, ...]
    preferences: tuple[tuple[str, str], ...]
    identity: tuple[tuple[str, str], ...] = ()


class ImportPlan(msgspec.Struct, frozen=True):
    """What a file says. With any fault nothing of it may be written. `ignored` are columns nobody knows."""

    lines: tuple[ImportLine, ...]
    faults: tuple[LineFault, ...]
    ignored: tuple[str, ...] = ()
    encoding: str = ""


def read_customers(content: bytes) -> ImportPlan:
    """Read a file; never raises, every fault is in the plan. About 60 µs a line of CSV: off the event loop, please."""
    try:
        return _Reading(open_sheet(content, column_of)).plan()
    except Invalid as error:
        return _refused(str(error))


class _Reading:
    """One pass through the file, gathering lines and faults."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._faults: list[LineFault] = []
        self._lines: list[ImportLine] = []
        self._seen: dict[str, int] = {}
        self._header: list[str] = []
        self._columns: list[str | None] = []

    def plan(self) -> ImportPlan:
        try:
            self._read()
        except BadLine as error:
            self._fault(error.line, "", str(error))
        ignored = tuple(h for h, c in zip(self._header, self._columns, strict=True) if c is None and h)
        lines = () if self._faults else tuple(self._lines)
        return ImportPlan(lines, tuple(self._faults[:MOST_FAULTS]), ignored, self._sheet.encoding)

    def _read(self) -> None:
        for line, cells in self._sheet.rows:
            if not any(cell.strip() for cell in cells):
                continue
            if not self._header:
                self._read_header(line, cells)
                if self._faults:
                    return
            elif len(self._lines) >= MOST_LINES:
                self._fault(line, "", f"more than {MOST_LINES:,} customers; split the file")
                return
            else:
                self._read_line(line, cells)
            if len(self._faults) >= MOST_FAULTS:
                return
        if not self._header:
            self._fault(1, "", "the file is empty; its first line names the columns")

    def _read_header(self, line: int, cells: list[str]) -> None:
        self._header = [cell.strip() for cell in cells]
        self._columns = [column_of(cell) for cell in self._header]
        for needed in ("external_id", "name"):
            if needed not in self._columns:
                self._fault(line, needed, f"no such column; name one {' or '.join(COLUMNS[needed][:2])}")
        for column in set(self._columns) - {None, "numbers", "preferences"}:
            if self._columns.count(column) > 1:
                self._fault(line, str(column), "this column stands twice; keep one")

    def _read_line(self, line: int, cells: list[str]) -> None:
        if len(cells) > len(self._header):
            self._fault(line, "", f"{len(cells)} cells under {len(self._header)} columns; quote cells with commas")
            return
        fields: dict[str, str] = {}
        numbers: list[NewNumber] = []
        preferences: list[tuple[str, str]] = []
        identity: list[tuple[str, str]] = []
        before = len(self._faults)
        for head, column, cell in zip(self._header, self._columns, cells, strict=False):
            text = clean(cell)
            if column is None or not text:
                continue
            try:
                if column == "numbers":
                    numbers.extend(_numbers(text))
                elif column in KINDS:
                    identity.append((column, read_identity(column, text.removeprefix("=").strip("\"'"))))
                elif column == "preferences":
                    preferences.extend(_preferences(text))
                else:
                    fields[column] = _field(column, text)
            except Invalid as fault:
                self._fault(line, head, str(fault))
        external_id = fields.pop("external_id", "")
        self._check_identity(line, external_id, fields)
        if len(self._faults) == before:
            by_e164 = {number.e164: number for number in reversed(numbers)}
            kept = tuple(reversed(by_e164.values()))
            pairs = tuple(dict(preferences).items())
            self._lines.append(ImportLine(line, external_id, fields, kept, pairs, tuple(identity)))

    def _check_identity(self, line: int, external_id: str, fields: dict[str, str]) -> None:
        if not external_id:
            self._fault(line, self._head_of("external_id"), "empty; every customer needs a number that never changes")
        elif (other := self._seen.setdefault(external_id, line)) != line:
            self._fault(line, self._head_of("external_id"), f"{external_id[:60]} stands in line {other} already")
        if "name" not in fields:
            self._fault(line, self._head_of("name"), "empty; every customer needs a name")

    def _head_of(self, column: str) -> str:
        return self._header[self._columns.index(column)]

    def _fault(self, line: int, column: str, what: str) -> None:
        # One cell may be at fault twice (too long, then missing): the first says it.
        if not any(fault.line == line and fault.column == column for fault in self._faults[-3:]):
            self._faults.append(LineFault(line, column, what))


def clean(cell: str) -> str:
    """What a cell says, without what could steer a screen; too long a one is cut just so far that it still is."""
    if len(cell) > LONGEST_CELL:
        return cell[: LONGEST_CELL + 1]
    kept = "".join(c for c in cell if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return kept.strip()


def _field(column: str, text: str) -> str:
    allowed = VALUES.get(column)
    if allowed is not None:
        known = allowed.get(text.casefold())
        if known is None:
            raise Invalid(f"{text[:40]!r}: one of {', '.join(allowed)}")
        return known
    if column == "owner" and not _OWNER.match(text):
        raise Invalid(f"{text[:40]!r}: give the agent's code, like 101")
    if len(text) > LONGEST[column]:
        raise Invalid(f"at most {LONGEST[column]} characters, these are {len(text)}")
    return text


def _numbers(text: str) -> list[NewNumber]:
    if len(text) > 500:
        raise Invalid("at most 500 characters of numbers")
    # ="0912…" is how spreadsheets keep a zero.
    parts = (part.strip().removeprefix("=").strip("\"' \t") for part in _LIST.split(text))
    return [read_number(part) for part in parts if part]


def _preferences(text: str) -> list[tuple[str, str]]:
    """What=how, with `;` or its like between. A part without `=` belongs to the one before: `飲食=素食、不吃蛋`."""
    pairs: list[tuple[str, str]] = []
    mark = ""
    for part in _LIST_WITH_MARKS.split(text):
        if _LIST.fullmatch(part):
            mark = part
            continue
        if not part.strip():
            continue
        key, sign, value = re.sub("[＝：:]", "=", part, count=1).partition("=")
        key, value = key.strip(), value.strip()
        if not sign and pairs:
            key, before = pairs.pop()
            value, sign = f"{before}{mark}{part.strip()}", "="
        if not (sign and key and value) or len(key) > 60 or len(value) > 300:
            raise Invalid(f"{part.strip()[:40]!r}: write each preference as what=how, with ';' between them")
        pairs.append((key, value))
    return pairs


def _refused(what: str) -> ImportPlan:
    return ImportPlan((), (LineFault(1, "", what),))
