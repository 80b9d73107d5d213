"""Transfers of calls as values: told late or twice, after asking and without, one after the other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cti.asterisk.events import CallsJoined, CallTransferred
from cti.calls.machine import apply
from cti.calls.model import Call, CallState
from cti.calls.segments import holder
from cti.calls.transfers import joined
from cti.transfers import plan_for
from routing.model import Agent, Directory, Group, LegKind
from tests.unit.call_tables import LINKEDID, START, read_facts, told
from tests.unit.test_call_machine import DESK_ANSWERED, OUTBOUND, TRANSFERRED

TALKING = "\n".join(DESK_ANSWERED.strip().splitlines()[:8])
QUESTION = "question.1"
ASKED = """
20    caller placed!internal!101!102!
20.01 caller step!1!desk!60!d:102:102
20.02 d2     leg!1!desk!60!d:102:102
25    d2     up
25.01 d2     bridge
"""


def question() -> Call:
    """The call by which 101 asked 102."""
    return told(read_facts(ASKED, QUESTION))


def join(call: Call, first: str = f"{LINKEDID}-d1", transferee: str = LINKEDID) -> CallsJoined:
    """What the switch says when 101 joins `call` and the question."""
    return CallsJoined(
        at=START + timedelta(seconds=30),
        linkedid=call.linkedid,
        channel=first,
        second=QUESTION,
        transferee=transferee,
        target=f"{QUESTION}-d2",
    )


def after(call: Call, event: CallsJoined) -> Call:
    """The customer's call once the two were joined."""
    found = joined(event, [call, question()])
    assert found is not None
    assert found[0] == call
    return told(read_facts("31 d1 ringing"), found[1])


def test_who_was_asked_has_the_call() -> None:
    call = told(read_facts(TALKING))
    joined_call = after(call, join(call))

    held = holder(joined_call)
    assert held is not None
    assert (held.agent, held.endpoint) == ("102", "PJSIP/102")
    assert joined_call.state is CallState.TALKING
    assert [(one.by, one.to, one.how) for one in joined_call.transfers] == [("101", "102", "attended")]


def test_joined_is_joined_once() -> None:
    call = told(read_facts(TALKING))
    once = after(call, join(call))

    assert joined(join(call), [once, question()]) is None


def test_joined_from_the_question_is_the_same() -> None:
    call = told(read_facts(TALKING))
    event = CallsJoined(
        at=START + timedelta(seconds=30),
        linkedid=QUESTION,
        channel=QUESTION,
        second=f"{LINKEDID}-d1",
        transferee=f"{QUESTION}-d2",
        target=LINKEDID,
    )
    held = holder(after(call, event))
    assert held is not None
    assert held.agent == "102"


def test_a_called_one_outside_goes_on_with_who_was_asked() -> None:
    call = told(read_facts("\n".join(OUTBOUND.strip().splitlines()[:6])))
    joined_call = after(call, join(call, LINKEDID, f"{LINKEDID}-d1"))
    gone = told(read_facts("32 caller end!16"), joined_call)

    assert gone.ended is None


def test_nobody_knows_the_calls() -> None:
    assert joined(join(told(read_facts(TALKING))), [question()]) is None


def test_handed_on_without_asking_after_it_was_handed_on_after_asking() -> None:
    call = told(read_facts(TALKING))
    call = after(call, join(call))
    call = told(read_facts("40 caller transfer!2!102!103\n40.1 d3 leg!3!desk!15!d:103:103\n45 d3 up"), call)

    assert [(one.by, one.to, one.how) for one in call.transfers] == [
        ("101", "102", "attended"),
        ("102", "103", "blind"),
    ]
    held = holder(call)
    assert held is not None
    assert held.agent == "103"
    assert [(leg.agent, leg.reason) for leg in call.legs] == [(code, "answered") for code in ("101", "102", "103")]


@pytest.mark.parametrize("note_first", [True, False])
def test_a_daemon_that_was_asked_late(note_first: bool) -> None:
    """The stream's note and the daemon's own fact in either order: who picked up since has the call."""
    facts = read_facts(TRANSFERRED + "61 d2 up")
    late = CallTransferred(
        at=START + timedelta(seconds=60.9), linkedid=LINKEDID, channel=LINKEDID, index=2, by="101", to="102"
    )
    place = len(facts) if note_first else facts.index(next(f for f in facts if isinstance(f, CallTransferred)))
    call = told([*facts[:place], late, *facts[place:]])

    assert len(call.transfers) == 1
    assert call.transfers[0].at == START + timedelta(seconds=60.01)
    held = holder(call)
    assert held is not None
    assert held.agent == "102"
    assert apply(call, late) is call


def test_the_plan_of_a_transfer_has_no_group_and_asks_no_hours() -> None:
    people = {
        "101": Agent("101", desk="101", deputy="102"),
        "102": Agent("102", desk="102", mobile="0900000102", deputy="101"),
    }
    directory = Directory(agents=people, groups={"company": Group("company", ("101", "102"))})
    plan = plan_for("102", directory, START)

    assert [(step.kind, step.agent) for step in plan.steps[:2]] == [(LegKind.DESK, "102"), (LegKind.MOBILE, "102")]
    assert all(step.kind is not LegKind.GROUP for step in plan.steps)
