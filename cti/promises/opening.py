"""When something falls due that must be done in the firm's hours. Pure.

Must not know where opening hours are kept: whatever answers `Opening`'s two questions will do, and
`routing.hours.Opening` does.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
QUARTER = timedelta(minutes=15)
DAY_QUARTERS = 24 * 4
EVENING = time(18)

LONGEST_MINUTES = 7 * 24 * 60
"""A promise due later than a week of open hours is none; it also bounds the counting."""


class Opening(Protocol):
    """A firm's hours. Both questions take aware instants; `next_open` of an open instant is that instant."""

    def is_open(self, at: datetime) -> bool: ...

    def next_open(self, at: datetime) -> datetime: ...


def due_at(missed_at: datetime, opening: Opening, minutes: int) -> datetime:
    """When `minutes` of open hours have gone by since `missed_at` (aware); UTC, to the second.

    Missed at 17:50 with 30 minutes and closing at 18:00 falls due at 09:20 of the next working day.
    """
    at = missed_at.astimezone(UTC)
    left = timedelta(minutes=min(max(minutes, 0), LONGEST_MINUTES))
    while left > timedelta(0):
        if not opening.is_open(at):
            at = max(at, opening.next_open(at).astimezone(UTC))
            if not opening.is_open(at):
                return at + left  # hours that never open put nothing off: every promise falls due some day
        step = min(MINUTE, left)
        worked = step if opening.is_open(at + step - SECOND) else _until_closing(at, step, opening)
        at += worked
        left -= worked
    return at


def end_of_day(day: date, zone: tzinfo, opening: Opening) -> datetime:
    """When the firm closes on `day`, to the quarter of an hour; six in the evening when it does not open. UTC."""
    for quarter in range(DAY_QUARTERS, 0, -1):
        end = datetime.combine(day, time(), zone) + quarter * QUARTER
        if opening.is_open(end - SECOND):
            return end.astimezone(UTC)
    return datetime.combine(day, EVENING, zone).astimezone(UTC)


def _until_closing(at: datetime, step: timedelta, opening: Opening) -> timedelta:
    """How much of `step` from the open instant `at` is open, to the second and at least one."""
    worked = SECOND
    while worked < step and opening.is_open(at + worked):
        worked += SECOND
    return worked
