"""The week view says who would ring at any instant: what a call would get, where clocks change and leave begins too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti.agents.hours import parse_weekly
from cti.explain import explain, week
from routing.hours import CalendarDay, DayKind, Opening
from routing.model import Agent, DialledNumber, Directory, Duty, Group, Leave, Service

TAIPEI, NEW_YORK = ZoneInfo("Asia/Taipei"), ZoneInfo("America/New_York")
MAIN, DIRECT = "+886255501000", "+886255501101"
OFFICE = "Mon-Fri 09:05-18:00; Sat 22:10-02:20"
SAME = ("closed", "endpoint", "seconds", "why", "why_code")


class Nobody:
    """A caller index that knows no one."""

    def lookup(self, e164: str) -> tuple[()]:
        return ()


def firm(opening: Opening, leaves: tuple[Leave, ...] = (), duties: tuple[Duty, ...] = ()) -> Directory:
    """101, for whom 102 stands in, and a service whose nights are 102's and 103's."""
    return Directory(
        agents={
            "101": Agent("101", "101", "0900000101", "102", leaves=leaves),
            "102": Agent("102", "102", "0900000102"),
            "103": Agent("103", None, "0900000103"),
        },
        groups={
            "company": Group("company", ("101", "102")),
            "night": Group("night", ("102", "103"), duties=duties),
        },
        numbers={
            MAIN: DialledNumber(MAIN, service="sales"),
            DIRECT: DialledNumber(DIRECT, agent="101", service="sales"),
        },
        services={"sales": Service("sales", "company", opening, "night")},
    )


def blocks(directory: Directory, to: str, start: datetime) -> list[dict[str, object]]:
    return week(directory, lambda _: Nobody(), to, "", start, {}, "en")


def told(directory: Directory, to: str, at: datetime) -> dict[str, object]:
    """What a call at that instant would get, in the words of a block."""
    plan = explain(directory, Nobody(), to, "", at, {}, "en")
    return {**plan["steps"][0], "closed": plan["closed"]}


def as_called(directory: Directory, to: str, block: dict[str, object], at: datetime) -> None:
    call = told(directory, to, at)
    assert {key: block[key] for key in SAME} == {key: call[key] for key in SAME}, at


zones = st.sampled_from(["Asia/Taipei", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]).map(ZoneInfo)
mondays = st.sampled_from(
    [date(2026, 3, 2), date(2026, 3, 23), date(2026, 9, 28), date(2026, 10, 26), date(2026, 6, 1)]
)
seconds = st.integers(-3600, 7 * 24 * 3600)
absences = st.tuples(seconds, st.integers(1, 3 * 24 * 3600))


@settings(max_examples=25, deadline=None)
@given(zones, mondays, st.lists(absences, max_size=2), st.lists(absences, max_size=2), st.sampled_from([MAIN, DIRECT]))
def test_any_instant_of_the_week_is_as_a_call_would_find_it(
    zone: ZoneInfo, monday: date, away: list[tuple[int, int]], rota: list[tuple[int, int]], to: str
) -> None:
    start = datetime(monday.year, monday.month, monday.day, tzinfo=zone)
    spans = [(start.astimezone(UTC) + timedelta(seconds=begins), timedelta(seconds=lasts)) for begins, lasts in away]
    turns = [(start.astimezone(UTC) + timedelta(seconds=begins), timedelta(seconds=lasts)) for begins, lasts in rota]
    directory = firm(
        Opening(zone, parse_weekly(OFFICE), {monday + timedelta(days=5): CalendarDay(DayKind.WORKDAY)}),
        tuple(Leave(begins, begins + lasts) for begins, lasts in spans),
        tuple(Duty(begins, begins + lasts, "103") for begins, lasts in turns),
    )
    found = blocks(directory, to, start)
    assert found[0]["from"] == start.isoformat()
    for block, following in zip(found, [*found[1:], None], strict=True):
        begins, ends = (datetime.fromisoformat(str(block[key])) for key in ("from", "to"))
        as_called(directory, to, block, begins)
        as_called(directory, to, block, ends - timedelta(microseconds=1))
        as_called(directory, to, block, begins + (ends - begins) / 3)
        assert following is None or block["to"] == following["from"]


@pytest.mark.parametrize(
    ("at", "closed"),
    [
        ("2026-02-07 09:05", None),  # a Saturday that is worked
        ("2026-02-07 09:04:59", "hours"),
        ("2026-02-07 23:00", "hours"),  # and has a Monday's hours, not its own night
        ("2026-02-16 10:00", "holiday"),
        ("2026-02-16 00:00", "holiday"),
        ("2026-02-08 01:00", "hours"),
        ("2026-02-15 00:00", None),  # a Saturday's night, at midnight
        ("2026-02-15 02:20", "hours"),
    ],
)
def test_holidays_make_up_workdays_and_midnight(at: str, closed: str | None) -> None:
    days = {date(2026, 2, 7): CalendarDay(DayKind.WORKDAY), date(2026, 2, 16): CalendarDay(DayKind.HOLIDAY, "春節")}
    directory = firm(Opening(TAIPEI, parse_weekly(OFFICE), days))
    assert told(directory, MAIN, datetime.fromisoformat(at).replace(tzinfo=TAIPEI))["closed"] == closed


def test_a_branch_abroad_opens_by_its_own_clock_whoever_looks() -> None:
    """New York goes back from UTC-4 to UTC-5 on 1 November 2026; Taipei does not notice but opens it an hour later."""
    directory = firm(Opening(NEW_YORK, parse_weekly("Sun-Sat 09:00-17:00")))
    opens = [
        datetime.fromisoformat(str(block["from"])).strftime("%d %H:%M")
        for block in blocks(directory, MAIN, datetime(2026, 10, 30, tzinfo=TAIPEI))
        if block["closed"] is None
    ]
    assert opens == ["30 00:00", "30 21:00", "31 21:00", "01 22:00", "02 22:00", "03 22:00", "04 22:00", "05 22:00"]


def test_leave_that_begins_now_counts_from_now() -> None:
    now = datetime(2026, 11, 23, 10, 7, 31, 250000, tzinfo=TAIPEI)
    directory = firm(Opening(TAIPEI, parse_weekly(OFFICE)), (Leave(now, now + timedelta(hours=2)),))
    assert told(directory, DIRECT, now - timedelta(microseconds=1))["agent"] == "101"
    assert told(directory, DIRECT, now)["agent"] == "102"
    assert told(directory, DIRECT, now + timedelta(hours=2))["agent"] == "101"
    days = blocks(directory, DIRECT, datetime(2026, 11, 23, tzinfo=TAIPEI))
    away = [block for block in days if block["agent"] == "102" and block["closed"] is None]
    assert [(block["from"], block["to"]) for block in away] == [
        (now.isoformat(), (now + timedelta(hours=2)).isoformat())
    ]
