"""The dial plan's notes, read one by one: every row of the table in docs/architecture.md, and hostile ones."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.asterisk import events
from cti.asterisk.events import SwitchEvent
from cti.asterisk.notes import parse_note
from routing.model import Target, TargetType

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
BASE = {"at": AT, "linkedid": "1.1", "channel": "1.2"}
DESK = Target(TargetType.DESK, "101", "101")
MOBILE = Target(TargetType.MOBILE, "102", "0900000102")


def read(text: str) -> SwitchEvent | None:
    return parse_note(
        text,
        at=AT,
        linkedid="1.1",
        channel="1.2",
        channel_name="PJSIP/carrier-00000001",
        caller_raw="0933000222",
        caller_name="陳太太",
    )


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (
            "arrived!0255501000",
            events.CallArrived(
                **BASE,
                channel_name="PJSIP/carrier-00000001",
                caller_raw="0933000222",
                caller_name="陳太太",
                dialled="0255501000",
            ),
        ),
        ("plan!daemon!p-1", events.PlanChosen(**BASE, source="daemon", plan_id="p-1")),
        (
            "step!1!group!30!d:101:101+m:102:0900000102",
            events.StepStarted(**BASE, index=1, kind="group", seconds=30, targets=(DESK, MOBILE)),
        ),
        (
            "passed!2!desk!d:101:101!offline",
            events.TargetPassed(**BASE, index=2, kind="desk", target=DESK, reason="offline"),
        ),
        (
            "leg!1!mobile!20!m:102:0900000102",
            events.LegStarted(
                **BASE, index=1, kind="mobile", seconds=20, target=MOBILE, channel_name="PJSIP/carrier-00000001"
            ),
        ),
        (
            "identity!2!m:102:0900000102!customer!403",
            events.IdentityRefused(**BASE, form="customer", status=403),
        ),
        ("accepted!1!m:102:0900000102", events.LegAccepted(**BASE)),
        ("refused!1!m:102:0900000102!silence", events.LegRefused(**BASE, how="silence")),
        ("stepend!1!NOANSWER!19", events.StepEnded(**BASE, index=1, status="NOANSWER", cause=19)),
        ("stepend!1!CHANUNAVAIL!", events.StepEnded(**BASE, index=1, status="CHANUNAVAIL", cause=0)),
        ("end!16", events.ChannelHungUp(**BASE, cause=16)),
    ],
)
def test_every_note_of_the_table_is_one_fact(text: str, fact: SwitchEvent) -> None:
    assert read(text) == fact


def test_a_dialled_string_may_hold_the_separator() -> None:
    fact = read("arrived!02!5550!1000")
    assert isinstance(fact, events.CallArrived)
    assert fact.dialled == "02!5550!1000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "plan",
        "plan!daemon",
        "plan!daemon!p!q",
        "plan!stranger!p",
        "step!one!desk!15!d:101:101",
        "step!１!desk!15!d:101:101",
        "step!1!desk!15!",
        "step!1!desk!15!x:101:101",
        "step!1!nobody!15!d:101:101",
        "passed!1!desk!d:101:101!asleep",
        "leg!1!desk!15!d:101:101+d:102:102",
        "refused!1!m:102:0900000102!loudly",
        "accepted!1",
        "end!sixteen",
        "unknown!1",
        "arrived!" + "9" * 5000,
    ],
)
def test_a_malformed_note_is_no_fact_and_no_exception(text: str) -> None:
    assert read(text) is None


@given(
    st.text(max_size=200), st.sampled_from(["", "plan!", "step!", "passed!", "leg!", "refused!", "stepend!", "end!"])
)
def test_no_text_raises(text: str, verb: str) -> None:
    fact = read(verb + text)
    assert fact is None or fact.linkedid == "1.1"
