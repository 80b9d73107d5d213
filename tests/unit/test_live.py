"""The firm as it stands now: counted once, for page, API and command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from cti.calls.model import Call, CallState
from cti.reports.live import Colleague, Debt, LiveCall, Threshold, Whose, figures, live
from cti.wall.messages import on_the_wall
from tests.unit.call_tables import START, read_facts, told

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SINCE = NOON - timedelta(hours=4)
THRESHOLD = Threshold(0.9, 60, 1)


def call(linkedid: str, state: CallState, *, answered: bool, direction: str = "inbound") -> Call:
    ended = NOON if state is CallState.ENDED else None
    started = NOON - timedelta(minutes=5)
    return Call(
        linkedid=linkedid,
        state=state,
        direction=direction,
        started=started,
        answered=started if answered else None,
        ended=ended,
    )


def test_who_is_there_and_what_rings() -> None:
    people = [
        Colleague(code, code, state, None, SINCE, None)
        for code, state in (("101", "on_call"), ("102", "available"), ("103", "wrap_up"), ("104", "available"))
    ]
    calls = [
        call("1", CallState.RINGING, answered=False),
        call("2", CallState.TALKING, answered=True),
        call("3", CallState.TALKING, answered=True, direction="outbound"),
        call("4", CallState.ENDED, answered=True),
        call("5", CallState.ENDED, answered=False),
    ]
    counted = figures([*calls, begun_yesterday()], {}, THRESHOLD, SINCE, NOON)
    found = live(people, calls, (), counted, NOON)
    assert found.states == {"on_call": 1, "available": 2, "wrap_up": 1}
    assert (found.ringing, found.talking) == (1, 1)
    assert found.answer_rate.rate == 2 / 3
    assert (found.stand_ins, found.people) == ((), tuple(people))


def begun_yesterday() -> Call:
    return replace(call("0", CallState.ENDED, answered=False), started=SINCE - timedelta(hours=9))


def test_the_alarm_is_of_the_last_minutes_whatever_the_window() -> None:
    calls = [call("1", CallState.ENDED, answered=True), call("2", CallState.ENDED, answered=False)]
    assert figures(calls, {}, THRESHOLD, SINCE, NOON).alarm
    assert not figures(calls, {}, changed(THRESHOLD, minimum=3), SINCE, NOON).alarm
    assert not figures(calls, {}, changed(THRESHOLD, minutes=4), SINCE, NOON).alarm
    late_window = figures(calls, {}, THRESHOLD, NOON - timedelta(minutes=1), NOON)
    assert (late_window.answer_rate.inbound, late_window.recent.inbound, late_window.alarm) == (0, 2, True)


def seen(table: str, whose: Mapping[int, Whose] | None = None, **options: bool) -> LiveCall:
    told_of = replace(told(read_facts(table)), customer_id=7)
    nothing = figures((), {}, THRESHOLD, SINCE, NOON)
    [found] = live((), [told_of], (), nothing, NOON, whose, **options).calls
    return found


RINGS = """
0     caller arrived!0255501000
0.01  caller step!1!group!15!d:101:101+d:102:102
0.02  d1     leg!1!group!15!d:101:101
0.02  d2     leg!1!group!15!d:102:102
0.1   d1     ringing
"""
HANDED_ON = """\
2     d1     up
2.01  d1     bridge
30    d1     hangup 16
30.01 caller transfer!2!101!103
30.02 caller step!3!desk!15!d:103:103
30.03 d3     leg!3!desk!15!d:103:103
"""


def test_a_call_is_with_whose_phone_rings_and_then_with_who_has_it() -> None:
    ringing = seen(RINGS)
    assert (ringing.state, ringing.agents, ringing.since) == ("ringing", ("101", "102"), START)
    assert seen(RINGS + "1 d2 hangup 21").agents == ("101",), "a phone that stopped rings no longer"
    talking = seen(RINGS + "2 d1 up\n2.01 d1 bridge")
    assert (talking.state, talking.agents, talking.since) == ("talking", ("101",), START + timedelta(seconds=2))
    again = seen(RINGS + HANDED_ON)
    assert (again.state, again.agents) == ("ringing", ("103",))
    taken = seen(RINGS + HANDED_ON + "35 d3 up\n35.01 d3 bridge")
    assert (taken.state, taken.agents, taken.since) == ("talking", ("103",), START + timedelta(seconds=35))


def test_a_call_that_an_agent_makes_is_theirs() -> None:
    found = seen("0 caller placed!outbound!101!0933000222!0255501000\n0.01 d1 leg!1!outbound!90!m::0933000222")
    assert (found.direction, found.kind, found.agents) == ("outbound", "outbound", ("101",))


def test_a_callers_name_is_left_out_unless_it_is_asked_for() -> None:
    whose = {7: Whose("陳太太", "102")}
    found = seen(RINGS, whose)
    assert (found.owner, found.caller) == ("102", None)
    assert seen(RINGS, whose, names=True).caller == "陳太太"
    assert (seen(RINGS, {}).owner, seen(RINGS, {}, names=True).caller) == (None, None)


def test_promises_stand_by_their_hour_and_the_late_are_counted() -> None:
    debts = [Debt(1, "101", NOON + timedelta(hours=1), "call_back", 0), Debt(2, None, NOON, "call_back", 1)]
    found = live((), (), debts, figures((), {}, THRESHOLD, SINCE, NOON), NOON)
    assert ([one.id for one in found.promises], found.late) == ([2, 1], 1)


def test_why_somebody_is_away_stays_theirs_on_the_wall() -> None:
    people = [Colleague(code, code, "away", reason, None, None) for code, reason in (("1", "lunch"), ("2", "dentist"))]
    shown = on_the_wall(live(people, (), (), figures((), {}, THRESHOLD, SINCE, NOON), NOON))
    assert [one.reason for one in shown.live.people] == ["lunch", None]
