"""Which stretch of time a report is about: `1h`, `today`, or from date to date, in the firm's time zone. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cti.errors import Invalid

LONGEST_DAYS = 400
"""A year and some weeks: enough to compare a month with last year's, too little to read a decade into memory."""

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SPAN = re.compile(r"([1-9][0-9]{0,3})([mhd])\Z")


def window(text: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when `text` reaches back from `now` (aware): `30m`, `1h`, `7d`, `today` or `yesterday`. In UTC.

    Raises:
        Invalid: it is none of these, or longer than `LONGEST_DAYS`.
    """
    if text == "today":
        return _midnight(now, zone, 0), now.astimezone(UTC)
    if text == "yesterday":
        return _midnight(now, zone, -1), _midnight(now, zone, 0)
    found = _SPAN.match(text)
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not found or span > timedelta(days=LONGEST_DAYS):
        raise Invalid(f"window: {text[:20]} is none; write it like 30m, 1h, 7d, today or yesterday")
    return now.astimezone(UTC) - span, now.astimezone(UTC)


def between(since: str, until: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A period in UTC from what was typed: a date, or a date and time; `until` as a date counts whole.

    Empty `since`: today. Empty `until`: `now`. What names no zone is meant in the firm's.

    Raises:
        Invalid: one of them is no date, the end is not after the beginning, or it is longer than `LONGEST_DAYS`.
    """
    first = _instant("from", since, zone, whole_day=False) if since else _midnight(now, zone, 0)
    last = _instant("to", until, zone, whole_day=True) if until else now.astimezone(UTC)
    if last <= first:
        raise Invalid("to: the period ends before it begins")
    if last - first > timedelta(days=LONGEST_DAYS):
        raise Invalid(f"to: the period is longer than {LONGEST_DAYS} days")
    return first, last


def _instant(field: str, text: str, zone: ZoneInfo, *, whole_day: bool) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
        at = at.replace(tzinfo=zone) if at.tzinfo is None else at
        if whole_day and len(text.strip()) == len("2026-11-23"):
            # By the calendar and not by 24 hours: a day on which the clocks change is longer or shorter.
            at = datetime.combine(at.date() + timedelta(days=1), time(), zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"{field}: {text[:40]} is no date; write it like 2026-11-23 or 2026-11-23 21:10") from None


def _midnight(now: datetime, zone: ZoneInfo, days: int) -> datetime:
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=days), time(), zone).astimezone(UTC)
