"""Opening hours as people write them, `Mon-Fri 09:00-18:00; Sat 09:00-12:30`, and the days a public calendar knows.

The rules are `routing.hours`; this is their notation and their holidays. Must not know tables or who is rung.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cti.errors import Invalid
from routing.hours import DAY_MINUTES, CalendarDay, DayKind, Opening, Span

__all__ = ["CalendarDay", "DayKind", "Opening", "parse_weekly", "public_days", "weekly_text", "zone_named"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CHINESE = {day: place for place, day in enumerate("一二三四五六日")} | {"天": 6}
_DAY = re.compile(r"(?:(?:週|周|星期|禮拜)([一二三四五六日天]))|([A-Za-z]{3})[a-z]*\.?\Z")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–~～]\s*(\d{1,2}):(\d{2})\Z")

Weekly = tuple[tuple[Span, ...], ...]


def parse_weekly(text: str) -> Weekly:
    """Read `Mon-Fri 09:00-12:00,13:00-18:00; Sat 09:00-12:30` (or `週一-週五 …`) as spans, Monday first.

    A span whose end is not later than its beginning lasts into the next day; `00:00-24:00` is the whole day.

    Raises:
        Invalid: it cannot be read, a time does not exist, or spans of one day overlap.
    """
    days: list[list[Span]] = [[] for _ in WEEKDAYS]
    for part in re.split(r"[;；\n]", text):
        if not part.strip():
            continue
        names, _, times = part.strip().replace("：", ":").partition(" ")
        spans = [_span(one.strip()) for one in re.split(r"[,，、]", times)]
        for day in _days(names):
            days[day].extend(spans)
    for name, spans in zip(WEEKDAYS, days, strict=True):
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            if start < end:
                raise Invalid(f"hours: two spans of {name} overlap")
    return tuple(tuple(spans) for spans in days)


def weekly_text(weekly: Weekly) -> str:
    """The shortest text that `parse_weekly` reads as `weekly`."""
    parts = []
    first = 0
    for place in range(1, len(WEEKDAYS) + 1):
        if place < len(WEEKDAYS) and weekly[place] == weekly[first]:
            continue
        if weekly[first]:
            name = WEEKDAYS[first] if place - first == 1 else f"{WEEKDAYS[first]}-{WEEKDAYS[place - 1]}"
            parts.append(f"{name} {','.join(_span_text(span) for span in weekly[first])}")
        first = place
    return "; ".join(parts)


def zone_named(name: str) -> ZoneInfo:
    """A time zone by its IANA name.

    Raises:
        Invalid: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"time zone: {name[:60]!r} is none; write it like Asia/Taipei") from None


@cache
def public_days(region: str, years: range) -> Mapping[date, CalendarDay]:
    """Public holidays and make-up workdays of a country (`TW`), as the `holidays` library knows them; {} for "".

    Raises:
        Invalid: it does not know the country.
    """
    if not region:
        return {}
    # It takes a tenth of a second to import, and most commands have no use for it.
    from holidays import country_holidays

    try:
        known = country_holidays(region, years=years, language="zh_TW" if region == "TW" else None)
    except NotImplementedError:
        raise Invalid(f"region: {region[:10]!r} has no calendar; write it like TW, or leave it empty") from None
    days = {day: CalendarDay(DayKind.HOLIDAY, str(name)) for day, name in known.items()}
    for day in known.weekend_workdays:
        days[day] = CalendarDay(DayKind.WORKDAY)
    return days


def _days(text: str) -> Iterable[int]:
    if text.lower() in {"daily", "每天", "每日"}:
        return range(7)
    days: list[int] = []
    for one in re.split(r"[,，、]", text):
        first, separator, last = re.sub(r"[–~～至到]", "-", one).partition("-")
        start = _weekday(first)
        end = _weekday(last) if separator else start
        days.extend((start + ahead) % 7 for ahead in range((end - start) % 7 + 1))
    return days


def _weekday(text: str) -> int:
    match = _DAY.match(text.strip())
    if match and match[1]:
        return _CHINESE[match[1]]
    name = match[2].capitalize() if match else ""
    if name not in WEEKDAYS:
        raise Invalid(f"hours: {text[:20]!r} is no weekday; write them like Mon-Fri 09:00-18:00; Sat 09:00-12:30")
    return WEEKDAYS.index(name)


def _span(text: str) -> Span:
    match = _SPAN.match(text)
    if match is None:
        raise Invalid(f"hours: {text[:20]!r} is no time of day; write it like 09:00-18:00")
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if int(match[2]) > 59 or int(match[4]) > 59 or start >= DAY_MINUTES or end > DAY_MINUTES:
        raise Invalid(f"hours: there is no {text[:20]} on any clock")
    return (start, end) if end > start else (start, end + DAY_MINUTES)


def _span_text(span: Span) -> str:
    start, end = span
    until = end if end <= DAY_MINUTES else end - DAY_MINUTES
    return f"{start // 60:02}:{start % 60:02}-{until // 60:02}:{until % 60:02}"
