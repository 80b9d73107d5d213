"""Calls as the switch tells them, in tables, and what is known of them then: every way in which a leg can end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from cti.asterisk.events import CallArrived
from cti.calls.machine import apply, close
from cti.calls.model import Call, CallState
from cti.calls.records import to_json
from cti.calls.segments import holder, is_under_way
from routing.model import Target, TargetType
from tests.unit.call_tables import LINKEDID, START, expected, lines, read_facts, told

DESK_ANSWERED = """
0.00  caller arrived!0255501000
0.01  caller plan!daemon!p1
0.01  caller step!1!desk!15!d:101:101
0.02  d1     leg!1!desk!15!d:101:101
0.05  d1     ringing
4.00  d1     up
4.01  d1     bridge
4.01  caller bridge
60.0  d1     hangup 16
60.1  caller end!16
60.1  caller hangup 16
60.1  caller over
"""

CHAIN = """
0     caller arrived!0255501000
0.01  caller plan!daemon!p1
0.01  caller step!1!desk!15!d:101:101
0.02  d1     leg!1!desk!15!d:101:101
0.1   d1     ringing
15.02 caller stepend!1!NOANSWER!16
15.03 d1     hangup 0
15.04 caller step!2!mobile!20!m:101:0900000101
15.05 m1     leg!2!mobile!20!m:101:0900000101
16    m1     ringing
18    m1     up
30    m1     refused!2!m:101:0900000101!silence
30.01 m1     hangup 16
30.02 caller stepend!2!ANSWER!16
30.03 caller step!3!deputy!15!d:102:102
30.04 d2     leg!3!deputy!15!d:102:102
30.1  d2     ringing
33    d2     up
33.01 d2     bridge
50    caller end!16
50.01 d2     hangup 16
50.01 caller hangup 16
"""

GROUP = """
0     caller arrived!0255501000
0.01  caller plan!static!p0
0.02  caller step!1!group!30!d:101:101+d:102:102+m:108:0900000108
0.03  d1     leg!1!group!30!d:101:101
0.03  d2     leg!1!group!30!d:102:102
0.03  local1 leg!1!group!30!m:108:0900000108
0.04  m1     leg!1!group!30!m:108:0900000108
0.2   d1     ringing
0.2   d2     ringing
1     m1     up
"""


def test_a_desk_that_answers_has_the_call() -> None:
    call = told(read_facts(DESK_ANSWERED))

    assert lines(call) == expected("1 desk 101 PJSIP/101 0.02 0.05 4 60 answered")
    assert (call.state, call.answered_by, call.plan_source, call.plan_id) == (CallState.ENDED, "101", "daemon", "p1")
    assert (call.caller_raw, call.caller_name, call.dialled) == ("0933000222", "陳太太", "0255501000")


def test_from_desk_to_voicemail_to_deputy() -> None:
    call = told(read_facts(CHAIN))

    assert lines(call) == expected("""
        1 desk   101 PJSIP/101                0.02  0.1  -  15.03 no_answer
        2 mobile 101 PJSIP/0900000101@carrier 15.05 16   -  30.01 not_accepted
        3 deputy 102 PJSIP/102                30.04 30.1 33 50.01 answered
    """)
    assert call.answered_by == "102"


REFUSED_CALLER_ID = """
0     caller arrived!0255501000
0.01  caller plan!kept!p1
0.02  caller step!1!mobile!20!m:101:0900000101
0.03  m1     leg!1!mobile!20!m:101:0900000101
{first}
0.06  m2     leg!1!mobile!20!m:101:0900000101
1     m2     ringing
20    m2     hangup 0
20.1  caller stepend!1!NOANSWER!16
"""


@pytest.mark.parametrize(
    "first",
    [
        "0.04  m1     identity!1!m:101:0900000101!customer!403\n0.05  m1     hangup 21",
        "0.04  m1     hangup 21\n0.05  m1     identity!1!m:101:0900000101!customer!403",
    ],
    ids=["note first", "hang-up first"],
)
def test_a_refused_caller_id_is_nobodys_refusal_and_one_attempt(first: str) -> None:
    call = told(read_facts(REFUSED_CALLER_ID.format(first=first)))

    assert [leg.reason for leg in call.legs] == ["trunk_error", "no_answer"]
    (attempt,) = to_json(call)["legs"]
    assert attempt["reason"] == "no_answer"


def test_the_state_and_the_ringing_step_follow_the_call() -> None:
    desk, mobile = Target(TargetType.DESK, "101", "101"), Target(TargetType.MOBILE, "101", "0900000101")
    seen = []
    call: Call | None = None
    for fact in read_facts(CHAIN):
        call = apply(call, fact)
        assert call is not None
        now = (call.state.value, call.step, call.kind, call.targets)
        if not seen or seen[-1] != now:
            seen.append(now)

    assert seen == [
        ("asking", 0, "", ()),
        ("ringing", 1, "desk", (desk,)),
        ("ringing", 1, "desk", ()),
        ("ringing", 2, "mobile", (mobile,)),
        ("ringing", 2, "mobile", ()),
        ("ringing", 3, "deputy", (Target(TargetType.DESK, "102", "102"),)),
        ("talking", 3, "deputy", ()),
        ("ended", 3, "deputy", ()),
    ]


@pytest.mark.parametrize(
    ("facts", "record"),
    [
        pytest.param(
            "5 d2 up\n5.01 d2 bridge\n5.02 d1 hangup 26\n5.03 m1 hangup 26\n9 caller end!16\n9.1 d2 hangup 16",
            """
            1 group 101 PJSIP/101                0.03 0.2 - 5.02 answered_elsewhere
            1 group 102 PJSIP/102                0.03 0.2 5 9.1  answered
            1 group 108 PJSIP/0900000108@carrier 0.04 -   - 5.03 answered_elsewhere
            """,
            id="a desk answers",
        ),
        pytest.param(
            "3 m1 accepted!1!m:108:0900000108\n3.1 d1 hangup 26\n3.1 d2 hangup 16\n9 caller end!16\n9.1 m1 hangup 16",
            """
            1 group 101 PJSIP/101                0.03 0.2 - 3.1 answered_elsewhere
            1 group 102 PJSIP/102                0.03 0.2 - 3.1 answered_elsewhere
            1 group 108 PJSIP/0900000108@carrier 0.04 -   3 9.1 answered
            """,
            id="the mobile is accepted",
        ),
        pytest.param(
            "2 d1 hangup 21\n3 d2 hangup 17\n4 m1 refused!1!m:108:0900000108!key\n4.1 m1 hangup 16\n"
            "4.2 caller stepend!1!NOANSWER!16\n4.3 caller end!19",
            """
            1 group 101 PJSIP/101                0.03 0.2 - 2   declined
            1 group 102 PJSIP/102                0.03 0.2 - 3   busy
            1 group 108 PJSIP/0900000108@carrier 0.04 -   - 4.1 not_accepted
            """,
            id="each refuses in its own way",
        ),
        pytest.param(
            "7 caller end!16\n7.01 d1 hangup 16\n7.01 d2 hangup 16\n7.02 m1 hangup 16",
            """
            1 group 101 PJSIP/101                0.03 0.2 - 7.01 caller_hung_up
            1 group 102 PJSIP/102                0.03 0.2 - 7.01 caller_hung_up
            1 group 108 PJSIP/0900000108@carrier 0.04 -   - 7.02 caller_hung_up
            """,
            id="the caller gives up",
        ),
        pytest.param(
            "7 d1 hangup 127\n7.01 d2 hangup 127\n7.02 m1 hangup 127\n7.02 caller end!127",
            """
            1 group 101 PJSIP/101                0.03 0.2 - 7    caller_hung_up
            1 group 102 PJSIP/102                0.03 0.2 - 7.01 caller_hung_up
            1 group 108 PJSIP/0900000108@carrier 0.04 -   - 7.02 caller_hung_up
            """,
            id="the caller gives up, told last and with a cause that Dial hands on",
        ),
        pytest.param(
            "7 caller end!16\n19 m1 refused!1!m:108:0900000108!silence\n19.1 m1 hangup 16",
            """
            1 group 101 PJSIP/101                0.03 0.2 - 7    caller_hung_up
            1 group 102 PJSIP/102                0.03 0.2 - 7    caller_hung_up
            1 group 108 PJSIP/0900000108@carrier 0.04 -   - 19.1 caller_hung_up
            """,
            id="the caller gives up while voicemail listens to the prompt",
        ),
        pytest.param(
            "30.04 caller stepend!1!NOANSWER!16\n30.05 caller end!19",
            """
            1 group 101 PJSIP/101                0.03 0.2 - 30.05 no_answer
            1 group 102 PJSIP/102                0.03 0.2 - 30.05 no_answer
            1 group 108 PJSIP/0900000108@carrier 0.04 -   - 30.05 not_accepted
            """,
            id="ring time over, and the phones' own hang-ups were never heard of",
        ),
    ],
)
def test_a_group_in_every_outcome(facts: str, record: str) -> None:
    call = told(read_facts(GROUP + facts))

    assert call.state is CallState.ENDED
    assert lines(call) == expected(record)


@pytest.mark.parametrize(
    ("target", "cause", "reason"),
    [
        ("d:101:101", 17, "busy"),
        ("d:101:101", 21, "declined"),
        ("d:101:101", 20, "offline"),
        ("d:101:101", 38, "offline"),
        ("d:101:101", 19, "no_answer"),
        ("d:101:101", 0, "no_answer"),
        ("m:101:0900000101", 17, "busy"),
        ("m:101:0900000101", 21, "declined"),
        ("m:101:0900000101", 34, "trunk_error"),
        ("m:101:0900000101", 38, "trunk_error"),
        ("m:101:0900000101", 127, "trunk_error"),
        ("m:101:0900000101", 1, "trunk_error"),
        ("m:101:0900000101", 20, "offline"),
        ("m:101:0900000101", 19, "no_answer"),
    ],
)
def test_what_a_phone_answers_instead_of_ringing(target: str, cause: int, reason: str) -> None:
    call = told(
        read_facts(f"""
            0    caller arrived!0255501000
            0.1  caller step!1!desk!15!{target}
            0.2  p1     leg!1!desk!15!{target}
            1    caller stepend!1!CHANUNAVAIL!{cause}
            1.01 p1     hangup {cause}
        """)
    )

    assert [leg.reason for leg in call.legs] == [reason]
    assert call.state is CallState.RINGING
    assert call.targets == ()


@pytest.mark.parametrize("cause", [17, 21, 19, 1])
def test_a_phone_that_rings_when_the_caller_goes_does_not_say_what_the_one_before_said(cause: int) -> None:
    call = told(
        read_facts(f"""
            0    caller arrived!0255501000
            0.1  caller step!1!desk!15!d:101:101
            0.2  p1     leg!1!desk!15!d:101:101
            1    p1     hangup {cause}
            1.01 caller stepend!1!BUSY!{cause}
            1.02 caller step!2!mobile!20!m:101:0900000101
            1.03 m1     leg!2!mobile!20!m:101:0900000101
            1.1  m1     ringing
            2    caller stepend!2!CANCEL!{cause}
            2.01 caller end!{cause}
            2.02 m1     hangup {cause}
            2.02 caller hangup {cause}
        """)
    )

    assert call.legs[1].reason == "caller_hung_up"


def test_phones_that_were_passed_are_legs_without_ringing() -> None:
    call = told(
        read_facts("""
            0    caller arrived!0255501000
            0.1  caller passed!1!desk!d:101:101!offline
            0.1  caller passed!2!mobile!m:101:0900000101!busy
            0.1  caller passed!3!deputy!d:102:102!dnd
            0.2  caller end!19
        """)
    )

    assert lines(call) == expected("""
        1 desk   101 PJSIP/101                0.1 - - 0.1 offline
        2 mobile 101 PJSIP/0900000101@carrier 0.1 - - 0.1 busy
        3 deputy 102 PJSIP/102                0.1 - - 0.1 dnd
    """)


def test_a_phone_with_several_contacts_is_one_attempt() -> None:
    call = told(
        read_facts("""
            0    caller arrived!0255501000
            0.1  caller step!1!desk!15!d:101:101
            0.2  old    leg!1!desk!15!d:101:101
            0.2  new    leg!1!desk!15!d:101:101
            0.3  new    ringing
            3    old    hangup 20
            5    new    up
            5.1  new    bridge
            9    caller end!16
            9.1  new    hangup 16
        """)
    )

    assert len(call.legs) == 2
    assert lines(call) == expected("1 desk 101 PJSIP/101 0.2 0.3 5 9.1 answered")


def test_two_phones_picked_up_at_once_the_bridged_one_has_the_call() -> None:
    call = told(read_facts(GROUP + "5 d1 up\n5 d2 up\n5.01 d2 bridge\n5.02 d1 hangup 26"))

    assert call.answered_by == "102"
    assert [leg.reason for leg in call.legs if leg.agent == "101"] == ["answered_elsewhere"]
    assert sum(leg.answered is not None for leg in call.legs) == 1


def test_a_bridge_proves_that_a_mobile_was_accepted() -> None:
    call = told(read_facts(GROUP + "5 m1 bridge"))

    assert call.answered_by == "108"


def test_a_step_foretold_gives_way_to_the_step_that_is() -> None:
    """The daemon announces the step it expects before the dial plan has looked which phones are there."""
    facts = read_facts("""
        0   caller arrived!0255501000
        0   caller step!2!mobile!20!m:101:0900000101
        0.1 caller step!1!desk!15!d:101:101
        0.2 d1     leg!1!desk!15!d:101:101
    """)

    assert told(facts).kind == "desk"
    assert told(facts + facts).kind == "desk"


def test_a_late_step_of_the_past_changes_nothing() -> None:
    facts = read_facts(CHAIN)
    ringing_deputy = told(facts[:16])

    assert told(facts[:5], ringing_deputy) is ringing_deputy


def test_facts_without_their_arrival_open_the_call_and_others_do_not() -> None:
    facts = read_facts(CHAIN)

    assert apply(None, facts[4]) is None
    assert apply(None, read_facts("1 caller hangup 16")[0]) is None
    late = told([*facts[3:], *facts])
    assert lines(late)[1:] == lines(told(facts))[1:]
    assert late.dialled == "0255501000"
    assert late.caller_channel == LINKEDID


def test_a_fact_of_another_call_is_not_taken() -> None:
    call = told(read_facts(CHAIN)[:3])

    assert apply(call, read_facts("1 caller hangup 16", linkedid="9.9")[0]) is call


def test_a_call_that_vanished_ends_with_what_is_known() -> None:
    call = close(told(read_facts(GROUP + "5 d2 up")), START)

    assert call.state is CallState.ENDED
    assert [str(leg.reason) for leg in call.legs] == ["answered_elsewhere", "answered", "answered_elsewhere"]
    assert all(leg.ended is not None for leg in call.legs)


def test_a_hostile_name_is_kept_as_text_and_cut() -> None:
    arrived = read_facts("0 caller arrived!0255501000")[0]
    hostile = "<script>${SHELL(id)}&\r\n" * 400
    assert isinstance(arrived, CallArrived)
    call = apply(None, replace(arrived, caller_name=hostile))

    assert call is not None
    assert call.caller_name == hostile[:200]


def test_the_shape_that_call_show_gives() -> None:
    shown = to_json(told(read_facts(DESK_ANSWERED)))

    assert {key: shown[key] for key in ("linkedid", "caller", "dialled", "started", "answered", "ended", "legs")} == {
        "linkedid": LINKEDID,
        "caller": "0933000222",
        "dialled": "0255501000",
        "started": "2026-11-23T09:00:00.000Z",
        "answered": "2026-11-23T09:00:04.000Z",
        "ended": "2026-11-23T09:01:00.100Z",
        "legs": [
            {
                "index": 1,
                "round": 1,
                "kind": "desk",
                "agent": "101",
                "endpoint": "PJSIP/101",
                "started": "2026-11-23T09:00:00.020Z",
                "ringing": "2026-11-23T09:00:00.050Z",
                "answered": "2026-11-23T09:00:04.000Z",
                "ended": "2026-11-23T09:01:00.000Z",
                "reason": "answered",
            }
        ],
    }


OUTBOUND = """
0     caller placed!outbound!101!0933000222!0255501000
0.01  m1     leg!1!outbound!90!m::0933000222
2     m1     ringing
5     m1     up
5.01  m1     bridge
5.01  caller bridge
40    m1     hangup 16
40.01 caller end!16
40.02 caller over
"""


def test_a_call_that_an_agent_makes() -> None:
    call = told(read_facts(OUTBOUND))

    assert lines(call) == expected("1 outbound None PJSIP/0933000222@carrier 0.01 2 5 40 answered")
    assert (call.direction, call.made_by, call.dialled, call.shown) == ("outbound", "101", "0933000222", "0255501000")
    assert (call.answered_by, call.state) == (None, CallState.ENDED)
    assert call.answered is not None


def test_a_called_one_outside_needs_no_key_to_have_answered() -> None:
    call = told(read_facts(OUTBOUND)[:4])

    assert call.state is CallState.TALKING


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("9 m1 hangup 17\n9 caller stepend!1!BUSY!17", "busy"),
        ("9 m1 hangup 1\n9 caller stepend!1!CHANUNAVAIL!1", "trunk_error"),
        ("90 caller stepend!1!NOANSWER!0\n90 m1 hangup 0", "no_answer"),
        ("9 caller end!16\n9 m1 hangup 16", "caller_hung_up"),
    ],
)
def test_a_called_one_outside_who_does_not_answer(end: str, reason: str) -> None:
    call = told(read_facts("\n".join([*OUTBOUND.strip().splitlines()[:3], end, "91 caller over"])))

    assert [leg.reason for leg in call.legs] == [reason]


def test_a_number_that_is_not_called() -> None:
    call = told(
        read_facts(
            "0 caller placed!outbound!101!0204123456!0255501000\n0 caller passed!1!outbound!m::0204123456!barred"
        )
    )

    assert [(leg.agent, leg.reason) for leg in call.legs] == [(None, "barred")]


def test_a_colleague_who_is_called_by_extension() -> None:
    call = told(
        read_facts("""
0     caller placed!internal!101!102!
0.01  caller step!1!desk!60!d:102:102
0.02  d2     leg!1!desk!60!d:102:102
0.1   d2     ringing
""")
    )

    assert (call.direction, call.made_by, call.state) == ("internal", "101", CallState.RINGING)
    assert call.targets == (Target(TargetType.DESK, "102", "102"),)


TRANSFERRED = """
0     caller arrived!0255501000
0.01  caller plan!daemon!p1
0.01  caller step!1!desk!15!d:101:101
0.02  d1     leg!1!desk!15!d:101:101
0.1   d1     ringing
4     d1     up
4.01  d1     bridge
4.01  caller bridge
60    d1     hangup 16
60.01 caller transfer!2!101!102
60.02 caller step!3!desk!15!d:102:102
60.03 d2     leg!3!desk!15!d:102:102
60.1  d2     ringing
"""


def test_a_call_that_was_handed_on_is_answered_twice() -> None:
    under_way = told(read_facts(TRANSFERRED))
    assert (under_way.state, under_way.answered_by) == (CallState.RINGING, "101")
    assert holder(under_way) is None
    assert under_way.targets == (Target(TargetType.DESK, "102", "102"),)

    taken = told(read_facts("65 d2 up\n65.01 d2 bridge"), under_way)
    assert taken.state is CallState.TALKING
    assert holder(taken) == taken.legs[1]

    over = told(read_facts("90 caller end!16\n90.01 d2 hangup 16\n90.02 caller over"), taken)
    assert [(leg.agent, leg.reason) for leg in over.legs] == [("101", "answered"), ("102", "answered")]
    assert (over.answered_by, over.answered, len(over.transfers)) == ("101", START + timedelta(seconds=4), 1)


def test_a_transfer_that_came_back() -> None:
    call = told(
        read_facts(
            TRANSFERRED
            + """\
75.1  d2     hangup 0
75.11 caller stepend!3!NOANSWER!16
75.12 caller back!4!101
75.13 caller step!4!desk!15!d:101:101
75.14 d1b    leg!4!desk!15!d:101:101
80    d1b    up
80.01 d1b    bridge
99    caller end!16
99.01 d1b    hangup 16
"""
        )
    )

    assert [(leg.agent, leg.reason) for leg in call.legs] == [
        ("101", "answered"),
        ("102", "no_answer"),
        ("101", "answered"),
    ]
    assert call.transfers[0].back == START + timedelta(seconds=75.12)


def test_a_caller_who_gives_up_on_the_way() -> None:
    call = told(read_facts(TRANSFERRED + "70 caller end!16\n70.01 d2 hangup 16"))

    assert [(leg.agent, leg.reason) for leg in call.legs] == [("101", "answered"), ("102", "caller_hung_up")]
    assert is_under_way(call)


@pytest.mark.parametrize("first", ["phone", "note"])
def test_a_called_one_outside_who_is_handed_on(first: str) -> None:
    facts = ["39 caller end!16", "39.01 d1 transfer!2!101!102"]
    if first == "note":
        facts = ["38.9 d1 transfer!2!101!102", "39 caller end!16"]
    until_now = "\n".join(OUTBOUND.strip().splitlines()[:6])
    call = told(read_facts("\n".join([until_now, *facts, "39.1 d2 leg!3!desk!15!d:102:102", "41 d2 up"])))

    assert (call.state, call.ended) == (CallState.TALKING, None)
    held = holder(call)
    assert held is not None
    assert held.agent == "102"

    over = told(read_facts("50 d2 hangup 16\n50.01 d1 hangup 16"), call)
    assert over.ended == START + timedelta(seconds=50.01)
    assert [(leg.agent, leg.reason) for leg in over.legs] == [(None, "answered"), ("102", "answered")]


def test_the_journal_tells_of_a_transfer_what_the_stream_did() -> None:
    facts = read_facts(
        TRANSFERRED + "65 d2 up\n65.01 d2 bridge\n90 caller end!16\n90.01 d2 hangup 16\n90.02 caller over"
    )
    live = told(facts)

    assert told(facts, live) is live
