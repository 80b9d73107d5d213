"""The official calendar as a file: the government's CSV, ICS, and every fault by its line."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.agents.calendar_file import read_calendar
from routing.hours import DayKind

CSV = """西元日期,星期,是否放假,備註
20260101,四,2,開國紀念日
20260102,五,0,
20260103,六,2,
20260104,日,2,
20260207,六,0,補行上班
20260228,六,2,和平紀念日
"""
WANTED = (
    (date(2026, 1, 1), DayKind.HOLIDAY, "開國紀念日"),
    (date(2026, 2, 7), DayKind.WORKDAY, "補行上班"),
    (date(2026, 2, 28), DayKind.HOLIDAY, "和平紀念日"),
)
ICS = """BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260216
DTEND;VALUE=DATE:20260219
SUMMARY:春節\\, 連
 假
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260207
SUMMARY:補班日
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950"])
def test_the_governments_csv_in_any_of_its_encodings(encoding: str) -> None:
    read = read_calendar(CSV.encode(encoding))
    assert (read.days, read.years, read.faults) == (WANTED, {2026}, ())


def test_an_ics_with_days_on_end_and_a_folded_line() -> None:
    read = read_calendar(ICS.replace("\n", "\r\n").encode())
    assert read.faults == ()
    assert [(day.day, kind, name) for day, kind, name in read.days] == [
        *((day, DayKind.HOLIDAY, "春節, 連假") for day in (16, 17, 18)),
        (7, DayKind.WORKDAY, "補班日"),
    ]


def test_every_fault_is_told_by_its_line() -> None:
    broken = CSV.replace("20260102,五,0", "20261302,五,0").replace("20260104,日,2", "20260104,日,maybe")
    assert read_calendar(broken.encode()).faults == (
        (3, "'20261302' is no date"),
        (5, "'maybe' says neither holiday nor workday"),
    )
    assert read_calendar(b"a,b\n1,2\n").faults[0][0] == 1
    assert read_calendar(b"").faults[0][0] == 1


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("DATE:20260216", "DATE:2026021", 2),
        ("DTEND;VALUE=DATE:20260219", "DTEND:20270219", 2),
        ("END:VEVENT\nEND", "END", 8),
    ],
)
def test_every_fault_of_an_event_is_told_by_the_line_it_begins_on(old: str, new: str, line: int) -> None:
    assert old in ICS
    assert [fault[0] for fault in read_calendar(ICS.replace(old, new, 1).encode()).faults] == [line]


@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{text}".encode())
)
def test_no_file_breaks_it(raw: bytes) -> None:
    read_calendar(raw)
