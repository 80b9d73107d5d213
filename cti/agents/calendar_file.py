"""The official calendar of a year as a file: the government's CSV, or any ICS of holidays and make-up workdays. Pure.

Must not know the database: text goes in, days and the faults of its lines come out.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, timedelta

from routing.hours import DayKind

MOST_DAYS = 20_000
"""Fifty years: more is no calendar."""

MOST_BYTES = 5_000_000
LONGEST_LINE = 10_000

LONGEST_EVENT = 31
"""Days. A holiday of more than a month is a slip in a date."""

_DATE = ("西元日期", "日期", "date", "day")
_OFF = ("是否放假", "放假", "holiday", "isholiday", "kind")
_NAME = ("備註", "名稱", "name", "description", "note")
_YES = {"2", "1", "是", "y", "yes", "true", "holiday", "放假"}
_NO = {"0", "否", "n", "no", "false", "workday", "上班", "補班", "補行上班", ""}
_MAKE_UP = re.compile(r"補行?上班|補班|調整上班|make-?up|workday", re.IGNORECASE)

Day = tuple[date, DayKind, str]


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """`days` that are not as their weekday says, `years` that the file speaks of, and faults as line and sentence."""

    days: tuple[Day, ...]
    years: frozenset[int]
    faults: tuple[tuple[int, str], ...]


def read_calendar(raw: bytes) -> CalendarFile:
    """Read a calendar: UTF-8 or Big5, CSV or ICS. Of a CSV that lists every day, plain weekends are left out."""
    text = _decoded(raw[:MOST_BYTES]).replace("\0", "")
    return _read_ics(text) if "BEGIN:VCALENDAR" in text[:200].upper() else _read_csv(text)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "cp950"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _read_csv(text: str) -> CalendarFile:
    # Line by line: no cell of a calendar spans two, and a quote that is never closed spoils its own line only.
    rows = [next(csv.reader([line[:LONGEST_LINE]]), []) for line in text.splitlines()]
    headings = [heading.strip().lower() for heading in rows[0]] if rows else []
    date_column, off_column, name_column = (_column(headings, names) for names in (_DATE, _OFF, _NAME))
    if date_column is None or off_column is None:
        return CalendarFile((), frozenset(), ((1, "the first line must name the columns 西元日期 and 是否放假"),))
    found: dict[date, Day] = {}
    years: set[int] = set()
    faults: list[tuple[int, str]] = []
    for line, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        day = _date(_cell(cells, date_column))
        off = _cell(cells, off_column).lower()
        if day is None:
            faults.append((line, f"{_cell(cells, date_column)[:20]!r} is no date"))
        elif off not in _YES | _NO:
            faults.append((line, f"{off[:20]!r} says neither holiday nor workday"))
        elif len(found) >= MOST_DAYS:
            faults.append((line, f"more than {MOST_DAYS} days are no calendar"))
            break
        else:
            years.add(day.year)
            name = _cell(cells, name_column) if name_column is not None else ""
            kind = DayKind.HOLIDAY if off in _YES else DayKind.WORKDAY
            weekend = day.weekday() >= 5
            if (kind is DayKind.HOLIDAY and (not weekend or name)) or (kind is DayKind.WORKDAY and weekend):
                found[day] = (day, kind, name)
    return CalendarFile(tuple(found.values()), frozenset(years), tuple(faults))


def _read_ics(text: str) -> CalendarFile:
    found: dict[date, Day] = {}
    faults: list[tuple[int, str]] = []
    event: dict[str, str] | None = None
    began = 0
    for line, content in _unfolded(text):
        name, _, value = content.partition(":")
        name = name.partition(";")[0].strip().upper()
        if name == "BEGIN" and value.strip().upper() == "VEVENT":
            event, began = {}, line
        elif name == "END" and value.strip().upper() == "VEVENT" and event is not None:
            try:
                found.update({day[0]: day for day in _event_days(event)})
            except ValueError as error:
                faults.append((began, str(error)))
            event = None
        elif event is not None:
            event[name] = value.strip()
    if event is not None:
        faults.append((began, "the event has no end"))
    return CalendarFile(tuple(found.values()), frozenset(day.year for day in found), tuple(faults))


def _event_days(event: dict[str, str]) -> list[Day]:
    """The days of one event; `DTEND` is the day after the last (RFC 5545, 3.6.1)."""
    first = _date(event.get("DTSTART", "")[:8])
    if first is None:
        raise ValueError(f"{event.get('DTSTART', '')[:20]!r} is no date")
    last = _date(event.get("DTEND", "")[:8]) if event.get("DTEND") else first + timedelta(days=1)
    if last is None or not 0 <= (last - first).days <= LONGEST_EVENT:
        raise ValueError(f"{event.get('DTEND', '')[:20]!r} is no end of {first.isoformat()}")
    summary = re.sub(r"\\([,;\\])", r"\1", event.get("SUMMARY", ""))
    kind = DayKind.WORKDAY if _MAKE_UP.search(summary) else DayKind.HOLIDAY
    length = max((last - first).days, 1)
    return [(first + timedelta(days=ahead), kind, summary) for ahead in range(length)]


def _unfolded(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers; one that begins with a blank goes on with the one before (RFC 5545, 3.1)."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1] in (" ", "\t") and lines:
            lines[-1] = (lines[-1][0], lines[-1][1] + line[1:])
        else:
            lines.append((number, line))
    return lines


def _column(headings: list[str], names: tuple[str, ...]) -> int | None:
    return next((headings.index(name) for name in names if name in headings), None)


def _cell(cells: list[str], column: int) -> str:
    return cells[column].strip() if column < len(cells) else ""


def _date(text: str) -> date | None:
    digits = re.sub(r"[-/.]", "", text.strip())
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
