"""Holidays and make-up workdays: the official calendar taken from a file, and the firm's own days.

Must not know files' formats.
"""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Literal

from pydantic import Field

from cti.agents import services
from cti.agents.calendar_file import read_calendar
from cti.agents.calendars import list_days, take_calendar
from cti.agents.hours import DayKind
from cti.agents.opening import FIRM
from cti.errors import Invalid
from cti.store.revisions import DIRECTORY, hold
from cti.web.changing import act_as, may_read_all
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.refusals import reader_language
from cti.wording import error_text

operations = Operations()

LONGEST_FILE = 700_000
"""Bytes of the body: a file of half a megabyte in base64. The calendar of a year has twenty kilobytes."""


class DayAnswer(Answer):
    """A day that is not as its weekday says. `source`: `firm`, which overrules, or `official`."""

    day: date
    kind: str
    name: str
    source: str


class YearQuery(Body):
    """One year's only."""

    year: int | None = Field(None, ge=1900, le=2200)


class DayFields(Body):
    """`none`: the day follows the calendar again."""

    kind: Literal["holiday", "workday", "none"]
    name: str = Field("", max_length=100)


class DaysChanged(Answer):
    """How many days are other than before, and how many were known."""

    changed: int
    unchanged: int


class CalendarUpload(Body):
    """A calendar file as it is (UTF-8 or Big5; CSV or ICS), in base64. With `try` nothing is kept."""

    content: str
    try_: bool = Field(False, alias="try")


class FaultAnswer(Answer):
    """What is wrong with a line of the file."""

    line: int
    fault: str


class CalendarAnswer(DaysChanged):
    """What the file brings, or would; with any fault nothing is taken. `days`: all it says, in order."""

    years: list[int]
    faults: list[FaultAnswer]
    days: list[DayAnswer]


@operations.route("GET", "/calendar", answer=list[DayAnswer], query=YearQuery)
async def list_calendar(asked: Asked) -> list[DayAnswer]:
    """Imported days and the firm's own; for leads, managers, administrators and auditors."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        rows = await list_days(session, asked.query.year)
    return [DayAnswer(day=row.day, kind=row.kind, name=row.name, source=row.source) for row in rows]


@operations.route("PUT", "/calendar/{day}", body=DayFields, answer=DaysChanged, access=Access.MANAGER)
async def set_day(asked: Asked) -> DaysChanged:
    """The firm's own word on a day; it overrules every calendar."""
    try:
        day = date.fromisoformat(asked.path("day"))
    except ValueError:
        raise Invalid("day: write it like 2026-11-23") from None
    kind = None if asked.body.kind == "none" else DayKind(asked.body.kind)
    async with asked.services.store.transaction() as session:
        act_as(asked, session)
        changed, unchanged = await services.set_days(session, [(day, kind, asked.body.name)], FIRM)
    await asked.services.directory.refresh()
    return DaysChanged(changed=changed, unchanged=unchanged)


@operations.route(
    "POST",
    "/calendar/import",
    body=CalendarUpload,
    answer=CalendarAnswer,
    access=Access.MANAGER,
    longest=LONGEST_FILE,
)
async def import_calendar(asked: Asked) -> CalendarAnswer:
    """Take the official calendar of whole years: all of it, or with any fault nothing."""
    body: CalendarUpload = asked.body
    try:
        raw = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("content: the file in base64") from None
    read = read_calendar(raw)
    language = reader_language(asked.request, asked.services.settings)
    changed = unchanged = 0
    if not read.faults or not body.try_:
        opened = asked.services.store.session if body.try_ else asked.services.store.transaction
        async with opened() as session:
            await hold(session, DIRECTORY)
            act_as(asked, session)
            changed, unchanged = await take_calendar(session, read)
        if not body.try_:
            await asked.services.directory.refresh()
    days = [DayAnswer(day=day, kind=kind.value, name=name, source="official") for day, kind, name in read.days]
    return CalendarAnswer(
        changed=changed,
        unchanged=unchanged,
        years=sorted(read.years),
        faults=[
            FaultAnswer(line=line, fault=error_text(fault, language, "invalid")) for line, fault in read.faults[:50]
        ],
        days=sorted(days, key=lambda one: one.day)[:500],
    )
