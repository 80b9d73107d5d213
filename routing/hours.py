"""When a service is open: weekly hours in a branch's time zone, holidays, make-up workdays. Pure.

Standard library only. Must not know where hours or calendars are kept, nor what happens while closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

DAY_MINUTES = 24 * 60
FARTHEST_DAYS = 400
"""A firm that opens on no day of a whole year and a month is closed for good, whatever its hours say."""

Span = tuple[int, int]
"""Minutes since local midnight: from the first up to, not including, the second; past 1,440 into the next day."""


class DayKind(StrEnum):
    """What a calendar makes of a day, against the weekday it is."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"


class Closed(StrEnum):
    """Why a service is closed."""

    HOLIDAY = "holiday"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that is not as its weekday says. A make-up workday has the hours of a Monday."""

    kind: DayKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """Opening hours. `weekly` has seven entries, Monday first; `days` overrules them, local dates of `zone`.

    A span that lasts past midnight belongs to the day on which it begins: a holiday takes away its nights too, and
    the night before a holiday is served to its end.
    """

    zone: tzinfo
    weekly: tuple[tuple[Span, ...], ...] = ((),) * 7
    days: Mapping[date, CalendarDay] = field(default_factory=dict)

    def is_open(self, at: datetime) -> bool:
        """Whether the service is open at the aware instant `at`.

        Raises:
            ValueError: `at` has no time zone.
        """
        local = _local(at, self.zone)
        minute = local.hour * 60 + local.minute
        if any(start <= minute < end for start, end in self.spans(local.date())):
            return True
        late = minute + DAY_MINUTES
        return any(late < end for _, end in self.spans(local.date() - timedelta(days=1)))

    def next_open(self, at: datetime) -> datetime:
        """The first instant from `at` on at which the service is open, in UTC; `at` where none comes in 400 days.

        Hours that never open cannot put anything off: what waits for them would wait for ever.

        Raises:
            ValueError: `at` has no time zone.
        """
        if self.is_open(at):
            return at.astimezone(UTC)
        first = _local(at, self.zone).date()
        for ahead in range(-1, FARTHEST_DAYS):
            for begins in sorted(self._begins(first + timedelta(days=ahead))):
                if begins >= at and self.is_open(begins):
                    return begins
        return at.astimezone(UTC)

    def why_closed(self, at: datetime) -> Closed | None:
        """The reason for being closed at the aware instant `at`; None while open."""
        if self.is_open(at):
            return None
        day = self.days.get(_local(at, self.zone).date())
        return Closed.HOLIDAY if day is not None and day.kind is DayKind.HOLIDAY else Closed.HOURS

    def spans(self, day: date) -> tuple[Span, ...]:
        """The hours that begin on a local date."""
        special = self.days.get(day)
        if special is None:
            return self.weekly[day.weekday()]
        return self.weekly[0] if special.kind is DayKind.WORKDAY else ()

    def changes(self, day: date) -> Iterator[datetime]:
        """Instants, in UTC, at which the hours that begin on a local date may open or close; some change nothing."""
        yield from self._begins(day)
        for _, end in self.spans(day):
            yield from self._instants(day, end)

    def _begins(self, day: date) -> Iterator[datetime]:
        """Instants of a local date, in UTC, at which closed may become open: beginnings, and a change of the clocks.

        A local time that comes twice is two instants; one that the clocks skip is none, but then the skip itself
        may land within the hours.
        """
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a local time, given its zone below
        for start, _ in self.spans(day):
            yield from self._instants(day, start)
        ends = [(midnight + timedelta(days=more)).replace(tzinfo=self.zone).astimezone(UTC) for more in (0, 1)]
        if self._offset(ends[0]) != self._offset(ends[1]):
            yield self._change(ends[0], ends[1])

    def _instants(self, day: date, minute: int) -> Iterator[datetime]:
        """The instants, in UTC, of so many minutes of the wall clock after a local date's midnight."""
        wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - given its zone below
        for fold in (0, 1):
            yield wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)

    def _change(self, before: datetime, after: datetime) -> datetime:
        """The minute between two instants at which the zone's offset changes."""
        was = self._offset(before)
        low, high = 0, int((after - before).total_seconds()) // 60
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(before + timedelta(minutes=middle)) == was:
                low = middle
            else:
                high = middle
        return before + timedelta(minutes=high)

    def _offset(self, at: datetime) -> timedelta | None:
        return at.astimezone(self.zone).utcoffset()


def _local(at: datetime, zone: tzinfo) -> datetime:
    if at.tzinfo is None:
        raise ValueError("opening hours need an aware instant: give `at` a time zone")
    return at.astimezone(zone)
