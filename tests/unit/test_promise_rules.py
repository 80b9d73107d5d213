"""What a missed call becomes: whose it is, until when, what keeps it. Histories of calls in any order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cti.agents.hours import parse_weekly
from cti.calls.model import Call, CallState, Leg
from cti.promises import rules
from cti.promises.model import Duty, Happening, Outcome, OwnerWhy, Promise, Reading, State
from cti.promises.opening import due_at
from cti.reports.answering import is_missed
from routing.hours import CalendarDay, DayKind, Opening, Span
from routing.model import Agent, DialledNumber, Directory, Group, Leave, Service

TAIPEI = ZoneInfo("Asia/Taipei")
HOURS = Opening(TAIPEI, parse_weekly("Mon-Fri 09:00-18:00"))
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning in Taipei
CHEN = "+886933000222"


def call(
    seconds: float = 30, *, connected: float | None = None, answered: float | None = None, **known: object
) -> Call:
    """A call that began at MONDAY and lasted so many seconds; `connected`, `answered`: when, counted from its start."""
    at = MONDAY
    instant = {
        name: at + timedelta(seconds=value)
        for name, value in (("connected", connected), ("answered", answered))
        if value is not None
    }
    ended = at + timedelta(seconds=seconds)
    leg = Leg(
        index=1,
        kind="desk",
        agent="101",
        endpoint="PJSIP/101",
        seconds=15,
        channel="1.2",
        started=at,
        ended=ended,
        **instant,
    )
    plain = {"linkedid": "1.1", "caller_raw": "0933000222", "caller_e164": CHEN, "dialled": "0255501000"}
    state = CallState.ENDED
    return Call(
        **plain
        | {"started": at, "ended": ended, "answered": instant.get("answered"), "state": state, "legs": (leg,)}
        | known
    )


def outcome(one: Call) -> Outcome:
    reading = rules.read(one, kept_seconds=20)
    assert reading is not None
    return reading.outcome


# What a call means


def test_a_call_that_nobody_took_is_missed_whenever_the_caller_gave_up() -> None:
    assert outcome(call(45)) is Outcome.MISSED
    assert outcome(call(0.3, legs=())) is Outcome.MISSED
    assert outcome(call(0, legs=())) is Outcome.MISSED


def test_a_call_that_goes_on_means_nothing_yet() -> None:
    assert rules.read(call(ended=None, state=CallState.RINGING), 20) is None


def test_only_a_talk_of_the_set_length_counts() -> None:
    assert outcome(call(45, answered=10, connected=10)) is Outcome.SPOKE
    assert outcome(call(30, answered=10, connected=10)) is Outcome.SPOKE
    assert outcome(call(29.9, answered=10, connected=10)) is Outcome.BRIEF


def test_a_phone_that_went_up_as_the_caller_gave_up_connected_nobody() -> None:
    assert outcome(call(10.4, answered=10)) is Outcome.MISSED
    # Answered for long, and the bridge not heard of: somebody was there, but nothing proves that they spoke.
    assert outcome(call(60, answered=10)) is Outcome.BRIEF


def test_key_1_as_the_caller_gave_up_connected_nobody() -> None:
    """Beside desks a mobile is bridged with a Local channel; the caller's own bridge says whether it came to more."""
    accepted = call(10.4, answered=10, connected=10.1)
    assert outcome(accepted) is Outcome.MISSED
    assert is_missed(accepted)
    assert outcome(replace(accepted, bridged=MONDAY + timedelta(seconds=10.2))) is Outcome.BRIEF
    # Connected for long, and the caller's bridge not heard of: they spoke.
    assert outcome(call(45, answered=10, connected=10)) is Outcome.SPOKE


def test_what_a_mobile_picked_up_without_accepting_is_missed() -> None:
    """Voicemail: up, never connected."""
    leg = replace(call().legs[0], endpoint="PJSIP/0900000101@carrier", picked_up=MONDAY, refused=True)
    assert outcome(call(60, legs=(leg,))) is Outcome.MISSED


def test_an_outbound_call_keeps_but_never_makes_a_promise() -> None:
    made = call(
        60, connected=5, answered=5, direction="outbound", dialled="0933000222", caller_e164=None, caller_raw="101"
    )
    reading = rules.read(made, 20)
    assert reading is not None
    assert (reading.outcome, reading.caller) == (Outcome.SPOKE, CHEN)
    assert outcome(call(direction="outbound")) is Outcome.NONE


def test_a_number_that_cannot_be_read_is_the_same_whoever_calls() -> None:
    """Called back as it was presented: that is the talk which keeps the promise."""
    missed = call(caller_e164=None, caller_raw="0212345")
    back = call(
        60, connected=5, answered=5, direction="outbound", dialled="0212345", caller_e164=None, caller_raw="101"
    )
    first, then = rules.read(missed, 20), rules.read(back, 20)
    assert first is not None
    assert then is not None
    assert (first.caller, then.outcome) == (then.caller, Outcome.SPOKE)


def test_withheld_callers_are_each_their_own_and_readable_ones_are_one() -> None:
    keys = {rules.caller_key(None, "anonymous", linkedid) for linkedid in ("1.1", "2.1")}
    assert len(keys) == 2
    assert rules.caller_key(None, "  4711", "1.1") == rules.caller_key(None, "4711", "2.1")
    assert rules.caller_key(CHEN, "0933000222", "1.1") == CHEN


# Whose it is

DIRECTORY = Directory(
    agents={
        "101": Agent("101", desk="101", deputy="102"),
        "102": Agent("102", desk="102", deputy="101"),
        "103": Agent("103", desk="103"),
        "104": Agent("104", desk="104", active=False, deputy="103"),
    },
    groups={"company": Group("company", ("104", "103")), "sales": Group("sales", ("102",))},
    numbers={
        "+886255501000": DialledNumber("+886255501000", group="company"),
        "+886255501101": DialledNumber("+886255501101", agent="101"),
        "+886255502000": DialledNumber("+886255502000", group="sales"),
    },
)


def away(*codes: str, deputy: str | None = None) -> Directory:
    """DIRECTORY with these agents on leave over MONDAY."""
    leave = (Leave(MONDAY - timedelta(days=1), MONDAY + timedelta(days=1), deputy),)
    agents = {
        c: Agent(c, a.desk, deputy=a.deputy, active=a.active, leaves=leave if c in codes else ())
        for c, a in DIRECTORY.agents.items()
    }
    return Directory(agents, DIRECTORY.groups, DIRECTORY.numbers)


@pytest.mark.parametrize(
    ("directory", "dialled", "customer_owner", "expected"),
    [
        (DIRECTORY, "0255501000", "101", ("101", OwnerWhy.OWNER)),
        (DIRECTORY, "0255501101", "102", ("102", OwnerWhy.OWNER)),
        (DIRECTORY, "0255501101", None, ("101", OwnerWhy.DIRECT)),
        (away("102"), "0255501101", "102", ("101", OwnerWhy.DIRECT)),
        (away("101"), "0255501000", "101", ("102", OwnerWhy.DEPUTY)),
        (away("101", deputy="103"), "0255501101", None, ("103", OwnerWhy.DEPUTY)),
        (away("101", "102"), "0255501000", "101", ("103", OwnerWhy.GROUP)),
        (DIRECTORY, "0255502000", None, ("102", OwnerWhy.GROUP)),
        (away("102"), "0255502000", None, ("103", OwnerWhy.COMPANY)),
        (DIRECTORY, "0255501000", "104", ("103", OwnerWhy.DEPUTY)),
        (away("102", "103"), "0255501000", None, ("101", OwnerWhy.ANYONE)),
        (away("101", "102", "103"), "0255501000", None, ("101", OwnerWhy.ANYONE)),
        (Directory(), "0255501000", "101", (None, OwnerWhy.NOBODY)),
    ],
)
def test_the_owner_is_somebody_who_is_here(
    directory: Directory, dialled: str, customer_owner: str | None, expected: tuple[str | None, OwnerWhy]
) -> None:
    assert rules.owner_of(call(dialled=dialled, legs=()), directory, customer_owner, MONDAY) == expected


def test_of_a_group_that_was_rung_the_first_owes_it() -> None:
    rung = tuple(
        Leg(index=1, kind="group", agent=code, endpoint=f"PJSIP/{code}", seconds=30) for code in ("102", "103")
    )
    assert rules.owner_of(call(legs=rung), DIRECTORY, None, MONDAY) == ("102", OwnerWhy.GROUP)


# Until when


@pytest.mark.parametrize(
    ("missed", "due"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:30"),
        ("2026-11-23 17:50", "2026-11-24 09:20"),
        ("2026-11-23 17:30", "2026-11-23 18:00"),
        ("2026-11-23 06:00", "2026-11-23 09:30"),
        ("2026-11-27 21:10", "2026-11-30 09:30"),
        ("2026-11-28 12:00", "2026-11-30 09:30"),
        ("2026-11-27 17:45:10", "2026-11-30 09:15:10"),
    ],
)
def test_the_time_runs_while_the_firm_is_open(missed: str, due: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)

    assert due_at(at(missed), HOURS, 30) == at(due)


DAYS = ((), ((540, 1080),), ((540, 720), (780, 1080)), ((1320, 1800),), ((0, 1440),))
WEEKS = st.lists(st.sampled_from(DAYS), min_size=7, max_size=7).map(tuple)


@given(
    st.integers(0, 63_000_000).map(lambda seconds: MONDAY + timedelta(seconds=seconds)),
    st.integers(1, 400),
    st.sampled_from(["Asia/Taipei", "America/New_York", "Europe/Berlin"]),
    WEEKS,
)
def test_a_due_time_always_comes_and_lies_in_open_hours(
    at: datetime, minutes: int, zone: str, weekly: tuple[tuple[Span, ...], ...]
) -> None:
    hours = Opening(ZoneInfo(zone), weekly)
    due = due_at(at, hours, minutes)
    assert due >= at + timedelta(minutes=minutes)
    assert hours.is_open(due - timedelta(seconds=1)) or not any(weekly)
    assert due_at(at, hours, minutes + 1) > due


def test_a_firm_that_never_opens_still_calls_back() -> None:
    assert due_at(MONDAY, Opening(TAIPEI), 30) == MONDAY + timedelta(minutes=30)


def test_a_holiday_is_no_time_to_call_back() -> None:
    days = {date(2026, 11, 23): CalendarDay(DayKind.HOLIDAY, "校慶")}
    assert due_at(MONDAY, Opening(TAIPEI, HOURS.weekly, days), 30) == MONDAY + timedelta(hours=23, minutes=30)


def test_the_hours_are_those_of_the_number_that_was_dialled() -> None:
    night, firm = (Opening(TAIPEI, parse_weekly(text)) for text in ("daily 00:00-24:00", "Mon-Fri 10:00-17:00"))
    numbers = {"+886255503000": DialledNumber("+886255503000", service="night"), **DIRECTORY.numbers}
    services = {"night": Service("night", opening=night), "company": Service("company", opening=firm)}
    directory = Directory(numbers=numbers, services=services)
    assert rules.opening_of(directory, "0255503000", HOURS) is night
    assert rules.opening_of(directory, "0255501101", HOURS) is firm
    assert rules.opening_of(directory, "0255509999", HOURS) is firm
    assert rules.opening_of(DIRECTORY, "0255501000", HOURS) is HOURS


# What keeps it

DUTY = Duty("101", OwnerWhy.OWNER, MONDAY + timedelta(minutes=30))


def reading(minute: int, result: Outcome, caller: str = CHEN) -> Reading:
    at = MONDAY + timedelta(minutes=minute)
    return Reading(linkedid=f"{minute}.1", outcome=result, caller=caller, at=at, number=caller)


def told(readings: list[Reading]) -> tuple[Promise | None, list[Promise], list[Happening]]:
    """The open promise after these readings in this order, those that are over, and all that happened."""
    held: Promise | None = None
    over: list[Promise] = []
    happened: list[Happening] = []
    talks: list[Reading] = []
    for one in readings:
        talk = max(talks, key=lambda talk: talk.at, default=None)
        promise, entries = rules.take(held, one, talk, DUTY)
        happened += [entry.what for entry in entries]
        if one.outcome is Outcome.SPOKE:
            talks.append(one)
        held = promise
        if promise is not None and promise.state is not State.OPEN:
            over.append(promise)
            held = None
    return held, over, happened


def test_missed_calls_of_one_caller_are_one_promise_that_a_talk_keeps() -> None:
    held, over, happened = told([reading(0, Outcome.MISSED), reading(5, Outcome.MISSED)])
    assert held is not None
    assert (held.attempts, held.due, held.owner) == (2, DUTY.due, "101")
    assert not over
    assert happened == [Happening.OPENED, Happening.MISSED_AGAIN]
    held, over, _ = told([reading(0, Outcome.MISSED), reading(5, Outcome.MISSED), reading(9, Outcome.SPOKE)])
    assert held is None
    assert [(one.state, one.kept_linkedid) for one in over] == [(State.KEPT, "9.1")]


def test_a_talk_that_was_too_short_or_before_keeps_nothing() -> None:
    held, _, happened = told([reading(0, Outcome.MISSED), reading(3, Outcome.BRIEF)])
    assert held is not None
    assert happened == [Happening.OPENED, Happening.BRIEF]
    held, _, _ = told([reading(9, Outcome.MISSED), reading(3, Outcome.SPOKE)])
    assert held is not None


def test_calls_heard_of_in_the_wrong_order_end_the_same() -> None:
    held, over, happened = told([reading(9, Outcome.SPOKE), reading(3, Outcome.MISSED)])
    assert held is None
    assert over[0].state is State.KEPT
    assert happened == [Happening.OPENED, Happening.KEPT]


READINGS = st.lists(
    st.tuples(st.integers(0, 500), st.sampled_from(Outcome)), unique_by=lambda pair: pair[0], max_size=12
).map(lambda pairs: [reading(minute, result) for minute, result in pairs])


@given(READINGS)
def test_somebody_owes_a_call_back_exactly_while_nobody_spoke_since_the_last_miss(readings: list[Reading]) -> None:
    """In whatever order calls are heard of: open if and only if the latest miss is later than every talk."""
    held, _, _ = told(readings)
    misses = [one.at for one in readings if one.outcome is Outcome.MISSED]
    talks = [one.at for one in readings if one.outcome is Outcome.SPOKE]
    owed = bool(misses) and (not talks or max(talks) < max(misses))
    assert (held is not None) == owed


@given(READINGS)
def test_no_miss_is_lost(readings: list[Reading]) -> None:
    held, over, _ = told(readings)
    counted = sum(one.attempts for one in over) + (held.attempts if held else 0)
    assert counted == sum(one.outcome is Outcome.MISSED for one in readings)


# When it is late


def owed() -> Promise:
    promise, _ = rules.take(None, reading(0, Outcome.MISSED), None, DUTY)
    assert promise is not None
    return promise


def test_late_it_goes_to_the_deputy_and_then_to_the_manager_each_once() -> None:
    turns = rules.turns(owed(), HOURS, 15, 30)
    assert [turn - MONDAY for turn in turns] == [timedelta(minutes=minutes) for minutes in (30, 45, 60)]
    late, entries = rules.escalate(owed(), rules.LATE, DIRECTORY, turns[0])
    assert ([entry.what for entry in entries], late.escalated_to) == ([Happening.LATE], None)
    passed, entries = rules.escalate(late, rules.WITH_DEPUTY, DIRECTORY, turns[1])
    assert ([entry.text for entry in entries], passed.escalated_to, passed.owner) == (["102"], "102", "101")
    top, entries = rules.escalate(passed, rules.WITH_MANAGER, DIRECTORY, turns[2])
    assert ([entry.text for entry in entries], top.level) == (["manager"], 3)
    assert rules.escalate(top, rules.WITH_MANAGER, DIRECTORY, turns[2]) == (top, [])


def test_after_a_long_sleep_all_of_them_hear_of_it() -> None:
    promise, entries = rules.escalate(owed(), rules.WITH_MANAGER, DIRECTORY, MONDAY)
    assert [entry.what for entry in entries] == [Happening.LATE, Happening.ESCALATED, Happening.ESCALATED]
    assert (promise.level, promise.escalated_to) == (3, "102")


def test_without_a_deputy_it_waits_for_the_manager() -> None:
    promise, entries = rules.escalate(replace(owed(), owner="103"), rules.WITH_DEPUTY, DIRECTORY, MONDAY)
    assert [entry.what for entry in entries] == [Happening.LATE]
    assert promise.escalated_to is None


@pytest.mark.parametrize(
    ("avoid", "expected"),
    [
        ({"101"}, ("102", OwnerWhy.DEPUTY)),
        ({"101", "102"}, ("103", OwnerWhy.GROUP)),
        ({"101", "102", "103", "104"}, ("101", OwnerWhy.ANYONE)),
    ],
)
def test_whom_a_complaint_is_about_owes_nothing_while_there_is_another(
    avoid: set[str], expected: tuple[str, OwnerWhy]
) -> None:
    found = rules.owner_of(call(dialled="0255501000", legs=()), DIRECTORY, "101", MONDAY, avoid)
    assert found[0] not in avoid or len(avoid) > 3
    assert found == expected
