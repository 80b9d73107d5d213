"""Days as the firm's clock counts them, also where it is set forward and back."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.customers.worth.days import ahead_of_utc, begins, offsets

TAIPEI, NEW_YORK = ZoneInfo("Asia/Taipei"), ZoneInfo("America/New_York")
SINCE, UNTIL = datetime(2015, 3, 1, 12, 30, 15, 123, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)


def test_a_day_begins_at_midnight_of_the_firm() -> None:
    # 16:00 in UTC is midnight in Taipei: a minute before it, it is still yesterday there.
    evening, night = datetime(2026, 11, 23, 15, 59, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert begins(evening, 0, TAIPEI) == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert begins(night, 0, TAIPEI) == night
    assert begins(night, 180, TAIPEI) == night - timedelta(days=180)
    # 180 days before a November day it was summer in New York: its clock was an hour ahead.
    assert begins(night, 180, NEW_YORK) == datetime(2026, 5, 27, 4, tzinfo=UTC)


def test_where_no_clock_is_set_there_is_one_offset() -> None:
    assert offsets(TAIPEI, SINCE, UNTIL) == [(SINCE, 8 * 3600)]
    assert ahead_of_utc("placed", offsets(TAIPEI, SINCE, UNTIL)) == ("28800", {})


def test_the_clock_turns_at_the_second() -> None:
    turns = offsets(NEW_YORK, datetime(2026, 1, 1, 5, 7, 9, 11, tzinfo=UTC), UNTIL)[1:]
    assert turns == [
        (datetime(2026, 3, 8, 7, tzinfo=UTC), -4 * 3600),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), -5 * 3600),
    ]


@pytest.mark.parametrize("zone", [TAIPEI, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), UTC], ids=str)
@given(
    at=st.datetimes(SINCE.replace(tzinfo=None), UNTIL.replace(tzinfo=None)).map(
        lambda at: at.replace(tzinfo=UTC, microsecond=0)
    )
)
def test_a_database_counts_as_the_zone_does(zone: ZoneInfo, at: datetime) -> None:
    shift, turns = ahead_of_utc(":at", offsets(zone, SINCE, UNTIL))
    values = {name: str(turn.replace(tzinfo=None)) for name, turn in turns.items()}
    with sqlite3.connect(":memory:") as database:
        (day,) = database.execute(
            f"SELECT date(:at, ({shift}) || ' seconds')", values | {"at": str(at.replace(tzinfo=None))}
        ).fetchone()
    database.close()
    assert day == at.astimezone(zone).date().isoformat()
