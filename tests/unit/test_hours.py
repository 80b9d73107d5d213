"""Opening hours: local clocks with all their jumps, holidays, nights that last past midnight, and their notation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.agents.hours import parse_weekly, public_days, weekly_text, zone_named
from cti.errors import Invalid
from routing.hours import CalendarDay, Closed, DayKind, Opening, Span

TAIPEI = ZoneInfo("Asia/Taipei")
OFFICE = Opening(TAIPEI, parse_weekly("Mon-Fri 09:00-18:00; Sat 09:00-12:30"))


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("at", "is_open", "opens"),
    [
        ("2026-11-23 08:59", False, "2026-11-23 09:00"),
        ("2026-11-23 09:00", True, "2026-11-23 09:00"),
        ("2026-11-23 17:59:59", True, "2026-11-23 17:59:59"),
        ("2026-11-23 18:00", False, "2026-11-24 09:00"),
        ("2026-11-28 12:30", False, "2026-11-30 09:00"),
        ("2026-11-29 12:00", False, "2026-11-30 09:00"),
    ],
)
def test_an_office_week(at: str, is_open: bool, opens: str) -> None:
    assert OFFICE.is_open(taipei(at)) is is_open
    assert OFFICE.next_open(taipei(at)) == taipei(opens)


def test_a_holiday_closes_and_a_make_up_workday_opens() -> None:
    days = {
        date(2026, 11, 23): CalendarDay(DayKind.HOLIDAY, "測試節"),
        date(2026, 11, 29): CalendarDay(DayKind.WORKDAY, "補班"),
    }
    opening = Opening(TAIPEI, OFFICE.weekly, days)
    assert opening.why_closed(taipei("2026-11-23 10:00")) is Closed.HOLIDAY
    assert opening.why_closed(taipei("2026-11-24 20:00")) is Closed.HOURS
    assert opening.why_closed(taipei("2026-11-24 10:00")) is None
    assert opening.is_open(taipei("2026-11-29 17:00"))
    assert opening.next_open(taipei("2026-11-22 10:00")) == taipei("2026-11-24 09:00")


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    weekly = parse_weekly("Fri 22:00-02:00")
    opening = Opening(TAIPEI, weekly)
    assert opening.is_open(taipei("2026-11-28 01:59"))
    assert not opening.is_open(taipei("2026-11-28 02:00"))
    assert not opening.is_open(taipei("2026-11-27 01:00"))
    holiday = Opening(TAIPEI, weekly, {date(2026, 11, 27): CalendarDay(DayKind.HOLIDAY)})
    assert not holiday.is_open(taipei("2026-11-28 01:00"))


def test_hours_that_begin_in_the_hour_the_clocks_skip() -> None:
    """New York, 2026-03-08: 02:00 becomes 03:00."""
    zone = ZoneInfo("America/New_York")
    opening = Opening(zone, parse_weekly("Sun 02:30-05:00"))
    assert opening.next_open(datetime(2026, 3, 8, 0, 0, tzinfo=zone)) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    skipped = Opening(zone, parse_weekly("Sun 02:15-02:45"))
    assert skipped.next_open(datetime(2026, 3, 8, 0, 0, tzinfo=zone)) == datetime(2026, 3, 15, 2, 15, tzinfo=zone)


def test_hours_that_come_twice_open_twice() -> None:
    """New York, 2026-11-01: 02:00 becomes 01:00."""
    zone = ZoneInfo("America/New_York")
    opening = Opening(zone, parse_weekly("Sun 01:30-01:45"))
    assert opening.next_open(datetime(2026, 11, 1, 5, 50, tzinfo=UTC)) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_hours_that_never_open_put_nothing_off() -> None:
    at = taipei("2026-11-23 10:00")
    assert Opening(TAIPEI).next_open(at) == at


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        OFFICE.is_open(datetime(2026, 11, 23, 10))  # noqa: DTZ001 - the point of the test


minutes = st.integers(0, 95).map(lambda quarter: quarter * 15)
spans = st.tuples(minutes, st.integers(1, 60)).map(lambda one: (one[0], one[0] + one[1] * 15))
weeks = st.tuples(*[st.lists(spans, max_size=2).map(tuple)] * 7)
zones = st.sampled_from(["Asia/Taipei", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]).map(ZoneInfo)
# Around the changes of all of them in 2026, and days on which nothing changes.
starts = st.sampled_from(
    [(2026, 3, 7), (2026, 3, 28), (2026, 4, 4), (2026, 10, 3), (2026, 10, 24), (2026, 10, 31), (2026, 6, 1)]
)


@given(zones, weeks, starts, st.integers(0, 60 * 24 * 3))
def test_the_next_opening_is_the_first_open_minute(
    zone: ZoneInfo, weekly: tuple[tuple[Span, ...], ...], start: tuple[int, int, int], ahead: int
) -> None:
    opening = Opening(zone, weekly)
    at = datetime(*start, tzinfo=UTC) + timedelta(minutes=ahead)
    told = opening.next_open(at)
    quarter = at
    while not opening.is_open(quarter) and quarter < at + timedelta(days=3):
        quarter += timedelta(minutes=1)
    if opening.is_open(quarter):
        assert told == quarter
    else:
        assert told > quarter or told == at


@given(zones, weeks, starts, st.integers(-60, 60 * 24 * 2))
def test_it_opens_and_closes_at_no_other_instant(
    zone: ZoneInfo, weekly: tuple[tuple[Span, ...], ...], start: tuple[int, int, int], ahead: int
) -> None:
    opening = Opening(zone, weekly)
    at = datetime(*start, tzinfo=UTC) + timedelta(minutes=ahead)
    if opening.is_open(at) == opening.is_open(at - timedelta(microseconds=1)):
        return
    day = at.astimezone(zone).date()
    assert at in {one for back in (0, 1, 2) for one in opening.changes(day - timedelta(days=back))}


plain = st.lists(st.sampled_from([(540, 720), (780, 1080), (1320, 1560), (0, 60), (1200, 1260)]), unique=True)


@given(st.tuples(*[plain.map(lambda found: tuple(sorted(found)))] * 7))
def test_the_notation_says_what_it_reads(weekly: tuple[tuple[Span, ...], ...]) -> None:
    assert parse_weekly(weekly_text(weekly)) == weekly


def test_chinese_weekdays_and_a_week_that_turns() -> None:
    assert parse_weekly("週一-週五 09:00-18:00；星期六 09:00-12:30") == OFFICE.weekly
    assert parse_weekly("Sat-Mon 10:00-11:00") == parse_weekly("Mon 10:00-11:00;Sat 10:00-11:00;Sun 10:00-11:00")
    assert parse_weekly("每天 00:00-24:00") == (((0, 1440),),) * 7


@pytest.mark.parametrize("text", ["Mon", "Mon 9-18", "Xyz 09:00-18:00", "Mon 25:00-26:00", "Mon 09:60-10:00"])
def test_hours_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="hours"):
        parse_weekly(text)


def test_overlapping_spans_are_refused() -> None:
    with pytest.raises(Invalid, match="overlap"):
        parse_weekly("Mon-Fri 09:00-12:00; Wed 11:00-13:00")


def test_taiwans_calendar_with_its_make_up_workday() -> None:
    days = public_days("TW", range(2025, 2027))
    assert days[date(2025, 1, 29)] == CalendarDay(DayKind.HOLIDAY, "春節")
    assert days[date(2025, 2, 8)].kind is DayKind.WORKDAY
    assert public_days("", range(2025, 2027)) == {}
    with pytest.raises(Invalid, match="region"):
        public_days("Q1", range(2025, 2027))


def test_a_zone_that_is_none() -> None:
    assert zone_named("Asia/Taipei") == TAIPEI
    for name in ("Mars/Olympus", "", "../etc/passwd"):
        with pytest.raises(Invalid, match="time zone"):
            zone_named(name)
