"""Reports as pure rules: what counts as answered, as nearly lost, as standing in, and which time is meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from cti.calls.model import Call, CallState
from cti.errors import Invalid
from cti.promises.model import Outcome
from cti.promises.rules import read
from cti.reports.answering import SecondsToAnswer, answer_rate, is_alarm
from cti.reports.decided import Decided, DecidedStep, decided
from cti.reports.nearly_lost import nearly_lost
from cti.reports.periods import between, window
from cti.reports.standing_in import StandIn, stand_ins
from routing.model import Agent, Directory, Group, RouteRequest
from routing.route import route
from tests.unit.call_tables import START, read_facts, told
from tests.unit.test_call_machine import CHAIN, DESK_ANSWERED

UNTIL = START + timedelta(hours=1)
TAIPEI = ZoneInfo("Asia/Taipei")

GROUP_AFTER_CHAIN = """
0     caller arrived!0255501000
0.01  caller plan!daemon!p3
0.01  caller passed!1!desk!d:101:101!offline
0.02  caller step!2!deputy!15!d:102:102
0.03  d2     leg!2!deputy!15!d:102:102
0.1   d2     ringing
5     d2     hangup 17
5.01  caller stepend!2!BUSY!17
5.02  caller step!3!group!30!d:103:103+d:104:104
5.03  d3     leg!3!group!30!d:103:103
5.03  d4     leg!3!group!30!d:104:104
9     d3     up
9.01  d3     bridge
9.02  d4     hangup 26
40    caller end!16
40    d3     hangup 16
40    caller hangup 16
40.1  caller over
"""

MISSED = """
0     caller arrived!0255501000
0.01  caller plan!daemon!p4
0.02  caller step!1!desk!15!d:101:101
0.03  d1     leg!1!desk!15!d:101:101
0.1   d1     ringing
4     caller end!16
4     caller hangup 16
4.01  d1     hangup 16
4.02  caller over
"""


def call(table: str, linkedid: str, minutes: int = 0) -> Call:
    start = START + timedelta(minutes=minutes)
    return told(read_facts(table, linkedid, start))


def plan(plan_id: str, *steps: DecidedStep) -> Decided:
    return Decided(plan_id, steps)


DESK = DecidedStep("desk", ("101",), "owner_desk")
MOBILE = DecidedStep("mobile", ("101",), "owner_mobile")
DEPUTY = DecidedStep("deputy", ("102",), "deputy_desk", "101")
GROUP = DecidedStep("group", ("103", "104"), "last_resort")


def test_the_rate_counts_people_who_answered_of_calls_that_are_decided() -> None:
    calls = [
        call(DESK_ANSWERED, "1.1"),
        call(CHAIN, "1.2"),
        call(MISSED, "1.3"),
        Call(linkedid="1.4", state=CallState.RINGING, started=START),
        replace(call(MISSED, "1.5"), direction="outbound"),
    ]

    found = answer_rate(calls, START, UNTIL)

    assert (found.inbound, found.answered, found.missed, found.gave_up, found.ringing) == (3, 2, 1, 1, 1)
    assert found.rate == pytest.approx(2 / 3)
    assert found.seconds_to_answer == SecondsToAnswer(4.0, 33.0, 33.0)


UP_WHEN_THE_CALLER_HAD_GONE = """
0     caller arrived!0255501000
0.01  caller plan!daemon!p5
0.02  caller step!1!desk!15!d:101:101
0.03  d1     leg!1!desk!15!d:101:101
0.1   d1     ringing
4     d1     up
4.01  caller end!16
4.01  caller hangup 16
4.02  d1     hangup 16
4.03  caller over
"""

A_SECOND_OF_TALK = """
0     caller arrived!0255501000
0.01  caller plan!daemon!p6
0.02  caller step!1!desk!15!d:101:101
0.03  d1     leg!1!desk!15!d:101:101
0.1   d1     ringing
4     d1     up
4.01  d1     bridge
4.01  caller bridge
4.2   caller end!16
4.2   caller hangup 16
4.21  d1     hangup 16
4.22  caller over
"""


@pytest.mark.parametrize(
    ("table", "missed", "owed"),
    [(UP_WHEN_THE_CALLER_HAD_GONE, True, Outcome.MISSED), (A_SECOND_OF_TALK, False, Outcome.BRIEF)],
    ids=["never connected", "connected and gone"],
)
def test_who_is_owed_a_call_was_missed_here_too(table: str, missed: bool, owed: Outcome) -> None:
    one = call(table, "1.1")
    found = answer_rate([one], START, UNTIL)
    assert (found.missed, found.answered, found.gave_up) == ((1, 0, 1) if missed else (0, 1, 0))
    lost = nearly_lost([one], {}, START, UNTIL)
    assert [(late.outcome, late.answered_by) for late in lost.calls] == ([("missed", None)] if missed else [])
    reading = read(one, 20)
    assert reading is not None
    assert reading.outcome is owed


def test_no_call_is_no_rate() -> None:
    found = answer_rate([], START, UNTIL)
    assert (found.rate, found.seconds_to_answer) == (None, SecondsToAnswer(None, None, None))


@pytest.mark.parametrize(
    ("answered", "missed", "standing", "alarm"),
    [
        (8, 2, False, True),
        (9, 1, False, False),
        (9, 1, True, True),
        (19, 1, True, False),
        (1, 3, False, False),
        (0, 0, True, False),
    ],
    ids=["under", "at", "barely over while it stands", "recovered", "too few calls", "no calls"],
)
def test_when_the_rate_is_an_alarm(answered: int, missed: int, standing: bool, alarm: bool) -> None:
    calls = [call(DESK_ANSWERED, f"1.{n}") for n in range(answered)] + [call(MISSED, f"2.{n}") for n in range(missed)]
    found = answer_rate(calls, START, UNTIL)
    assert is_alarm(found, 0.9, 5, standing=standing) is alarm


def test_a_threshold_of_all_calls_can_be_met_again() -> None:
    calls = [call(DESK_ANSWERED, f"1.{n}") for n in range(9)]
    assert not is_alarm(answer_rate(calls, START, UNTIL), 1.0, 5, standing=True)


def test_the_group_after_a_failed_chain_saved_the_call() -> None:
    report = nearly_lost([call(GROUP_AFTER_CHAIN, "1.1")], {}, START, UNTIL)

    (one,) = report.calls
    assert (one.outcome, one.answered_by, one.saved_by, one.waited, one.reason) == (
        "saved",
        "103",
        "group",
        9.0,
        "busy",
    )
    assert [(a.agent, a.kind, a.seconds, a.reason) for a in one.tried] == [
        ("101", "desk", 0.0, "offline"),
        ("102", "deputy", 5.0, "busy"),
        ("103", "group", 4.0, "answered"),
        ("104", "group", 4.0, "answered_elsewhere"),
    ]
    assert report.reasons == {"offline": 1, "busy": 1}
    assert {one.agent: (one.tried, one.answered, one.reasons) for one in report.agents} == {
        "101": (1, 0, {"offline": 1}),
        "102": (1, 0, {"busy": 1}),
        "103": (1, 1, {}),
        "104": (1, 0, {}),
    }


def test_the_last_step_of_the_plan_saved_the_call_and_one_before_it_did_not() -> None:
    chain = call(CHAIN, "1.1")
    whole, longer = plan("p1", DESK, MOBILE, DEPUTY), plan("p1", DESK, MOBILE, DEPUTY, GROUP)

    assert [one.saved_by for one in nearly_lost([chain], {"1.1": whole}, START, UNTIL).calls] == ["deputy"]
    assert nearly_lost([chain], {"1.1": longer}, START, UNTIL).calls == ()
    other = plan("p9", DESK, MOBILE, DEPUTY)
    assert nearly_lost([chain], {"1.1": other}, START, UNTIL).calls == (), "a plan that came too late says nothing"


def test_a_call_its_first_step_took_was_in_no_danger() -> None:
    assert nearly_lost([call(DESK_ANSWERED, "1.1")], {"1.1": plan("p1", DESK)}, START, UNTIL).calls == ()


def test_what_nobody_took_is_listed_with_why_in_the_order_it_came() -> None:
    calls = [call(MISSED, "1.2", minutes=5), call(GROUP_AFTER_CHAIN, "1.1"), call(DESK_ANSWERED, "1.0")]

    report = nearly_lost(calls, {}, START, UNTIL)

    assert [(one.linkedid, one.outcome, one.reason) for one in report.calls] == [
        ("1.1", "saved", "busy"),
        ("1.2", "missed", "caller_hung_up"),
    ]
    assert (report.inbound, report.answered, report.saved, report.missed) == (3, 2, 1, 1)
    assert report.calls[1].waited == 4.0
    assert report.seconds_to_answer.longest == 9.0


def test_who_stood_in_for_whom_as_it_was_decided() -> None:
    away = plan("p1", with_step(DEPUTY, stands_for="105"), DEPUTY, with_step(DEPUTY, stands_for="106"))
    calls = [call(CHAIN, "1.1"), call(CHAIN, "1.2"), call(GROUP_AFTER_CHAIN, "1.3"), call(MISSED, "1.4")]

    report = stand_ins(calls, {"1.2": away}, START, UNTIL)

    assert report.pairs == (
        StandIn("102", "101", rung=2, answered=1),
        StandIn("102", "106", rung=1, answered=1),
    ), "without a decision it is whoever's phone was tried before"


def with_step(step: DecidedStep, *, stands_for: str) -> DecidedStep:
    return replace(step, stands_for=stands_for)


def test_what_is_kept_of_a_plan_says_for_whom_a_deputy_rings() -> None:
    firm = Directory(
        agents={
            "101": Agent("101", desk="101", mobile="0900000101", deputy="102", active=False),
            "102": Agent("102", desk="102"),
        },
        groups={"company": Group("company", ("101", "102"))},
    )
    made = route(RouteRequest("", owner="101"), firm, START)

    kept = decided(made)

    first = kept.step(1)
    assert first is not None
    assert (first.kind, first.agents, first.stands_for) == ("deputy", ("102",), "101")
    assert kept.step(0) is None
    assert kept.step(99) is None


NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("1h", NOW - timedelta(hours=1), NOW),
        ("30m", NOW - timedelta(minutes=30), NOW),
        ("7d", NOW - timedelta(days=7), NOW),
        ("today", datetime(2026, 11, 22, 16, tzinfo=UTC), NOW),
        ("yesterday", datetime(2026, 11, 21, 16, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC)),
    ],
)
def test_windows(text: str, since: datetime, until: datetime) -> None:
    assert window(text, NOW, TAIPEI) == (since, until)


@pytest.mark.parametrize("text", ["", "1", "h", "0h", "-1h", "1w", "9999d", "１h", "1h\n", "tomorrow"])
def test_no_window(text: str) -> None:
    with pytest.raises(Invalid):
        window(text, NOW, TAIPEI)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("", "", ("2026-11-22T16:00+00:00", "2026-11-23T01:30+00:00")),
        ("2026-11-01", "2026-11-02", ("2026-10-31T16:00+00:00", "2026-11-02T16:00+00:00")),
        ("2026-11-01 09:00", "2026-11-01T10:00:00+00:00", ("2026-11-01T01:00+00:00", "2026-11-01T10:00+00:00")),
    ],
)
def test_periods(since: str, until: str, expected: tuple[str, str]) -> None:
    first, last = (datetime.fromisoformat(one) for one in expected)
    assert between(since, until, NOW, TAIPEI) == (first, last)


def test_a_day_on_which_the_clocks_change_counts_whole() -> None:
    first, last = between("2026-10-25", "2026-10-25", NOW, ZoneInfo("Europe/Berlin"))
    assert last - first == timedelta(hours=25)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("yesterday", ""),
        ("2026-11-23", "2026-11-22"),
        ("2020-01-01", "2026-01-01"),
        ("", "9999-12-31"),
        ("0001-01-01", ""),
    ],
)
def test_no_period(since: str, until: str) -> None:
    with pytest.raises(Invalid):
        between(since, until, NOW, TAIPEI)
