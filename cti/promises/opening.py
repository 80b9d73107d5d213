"""When the firm is open, as far as promises ask: due times that fall into hours in which somebody works. Pure.

Must not know where opening hours are kept: whatever answers `Opening`'s two questions will do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

LONGEST_MINUTES = 7 * 24 * 60
"""A promise due later than a week of open hours is none; it also bounds the counting."""


class Opening(Protocol):
    """A firm's hours. Both questions take aware instants; `next_open` of an open instant is that instant."""

    def is_open(self, at: datetime) -> bool: ...

    def next_open(self, at: datetime) -> datetime: ...


@dataclass(frozen=True, slots=True)
class WeekHours:
    """The same hours on the same weekdays (`days`: 1 Monday to 7 Sunday), from `opens` up to, not including, `closes`.

    Without a day, or with hours that never open, the firm counts as always open: a promise must fall due some day.
    """

    zone: ZoneInfo
    days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    opens: time = time(9)
    closes: time = time(18)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody works at `at`."""
        local = at.astimezone(self.zone)
        return self._never or (local.isoweekday() in self.days and self.opens <= local.time() < self.closes)

    def next_open(self, at: datetime) -> datetime:
        """The first instant from `at` on at which somebody works, in UTC."""
        if self.is_open(at):
            return at.astimezone(UTC)
        local = at.astimezone(self.zone)
        for ahead in range(9):
            day = local.date() + timedelta(days=ahead)
            start = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
            if day.isoweekday() in self.days and start >= at:
                return start
        raise AssertionError("a week without a working day counts as open")  # pragma: no cover - `_never` sees to it

    @property
    def _never(self) -> bool:
        return not self.days or self.opens >= self.closes


def due_at(missed_at: datetime, opening: Opening, minutes: int) -> datetime:
    """When `minutes` of open hours have gone by since `missed_at` (aware); UTC, to the second.

    Missed at 17:50 with 30 minutes and closing at 18:00 falls due at 09:20 of the next working day.
    """
    at = missed_at.astimezone(UTC)
    left = timedelta(minutes=min(max(minutes, 0), LONGEST_MINUTES))
    while left > timedelta(0):
        at = _open_from(at, opening)
        step = min(MINUTE, left)
        if opening.is_open(at + step - SECOND):
            at += step
            left -= step
            continue
        worked = _until_closing(at, step, opening)
        at += worked
        left -= worked
    return at


def _open_from(at: datetime, opening: Opening) -> datetime:
    """As `next_open`; hours that lead nowhere count as open, so that every promise falls due some day."""
    return at if opening.is_open(at) else max(at, opening.next_open(at).astimezone(UTC))


def _until_closing(at: datetime, step: timedelta, opening: Opening) -> timedelta:
    """How much of `step` from the open instant `at` is open, to the second and at least one."""
    worked = SECOND
    while worked < step and opening.is_open(at + worked):
        worked += SECOND
    return worked
