"""Which calendar day an instant is in the firm's time zone, in a form that a database can count by. Pure.

SQLite knows no time zones: it is told when the zone's clock stood how far from UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

_STEP = timedelta(days=1)
_EXACT = timedelta(seconds=1)


def begins(now: datetime, days_ago: int, zone: tzinfo) -> datetime:
    """The instant (UTC) at which the day of `zone` began that was `days_ago` days before that of `now`."""
    day = now.astimezone(zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def offsets(zone: tzinfo, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """How many seconds the zone's clock is ahead of UTC between two aware instants: each offset with the instant (UTC)
    from which it holds, the first one from `since`.
    """
    at, until = since.astimezone(UTC), until.astimezone(UTC)
    found = [(at, _ahead(zone, at))]
    while at < until:
        after = min(at + _STEP, until)
        if _ahead(zone, after) != found[-1][1]:
            turn = _turn(zone, at, after)
            found.append((turn, _ahead(zone, turn)))
        at = after
    return found


def ahead_of_utc(column: str, changes: Sequence[tuple[datetime, int]]) -> tuple[str, dict[str, datetime]]:
    """SQL for how many seconds the zone's clock is ahead of UTC at the instant in `column`, and its parameters."""
    (_, first), *later = changes
    if not later:
        return str(first), {}
    values = {f"turn_{place:04d}": turn for place, (turn, _) in enumerate(later)}
    # From the last: the first that is not after the instant is the one that holds.
    whens = [f"WHEN {column} >= :{name} THEN {offset}" for name, (_, offset) in zip(values, later, strict=True)]
    return f"CASE {' '.join(reversed(whens))} ELSE {first} END", values


def _turn(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first second at which the offset of `after` holds; no zone turns its clock twice within a day."""
    while after - before > _EXACT:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle <= before:
            break
        before, after = (middle, after) if _ahead(zone, middle) == _ahead(zone, before) else (before, middle)
    return after.replace(microsecond=0)


def _ahead(zone: tzinfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "an aware instant has one"
    return round(offset.total_seconds())
