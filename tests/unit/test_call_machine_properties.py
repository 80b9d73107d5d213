"""The call machine against histories that nobody planned: facts repeated, late, out of order, of phones that vanish."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cti.asterisk.events import AnySwitchEvent
from cti.calls.machine import apply, close
from cti.calls.model import Call, CallState
from tests.unit.call_tables import START, read_facts, told
from tests.unit.test_call_machine import CHAIN, DESK_ANSWERED, GROUP

TwoHistories = tuple[list[AnySwitchEvent], list[AnySwitchEvent]]
PHONES = {"d1": "d:101:101", "d2": "d:102:102", "m1": "m:108:0900000108", "local1": "m:108:0900000108"}


@st.composite
def one_line(draw: st.DrawFn) -> str:
    """Anything the switch may say, with no regard to what it said before."""
    index = draw(st.integers(1, 3))
    phone = draw(st.sampled_from(sorted(PHONES)))
    target = PHONES[phone]
    cause = draw(st.sampled_from([0, 16, 17, 19, 20, 21, 26, 34, 127]))
    status = draw(st.sampled_from(["NOANSWER", "ANSWER", "BUSY", "CANCEL", "CHANUNAVAIL"]))
    return draw(
        st.sampled_from(
            [
                "caller arrived!0255501000",
                "caller plan!kept!p9",
                f"caller step!{index}!group!15!{target}",
                f"caller passed!{index}!desk!{target}!offline",
                f"caller stepend!{index}!{status}!{cause}",
                f"caller hangup {cause}",
                "caller over",
                f"{phone} leg!{index}!group!15!{target}",
                f"{phone} ringing",
                f"{phone} up",
                f"{phone} accepted!{index}!{target}",
                f"{phone} refused!{index}!{target}!silence",
                f"{phone} bridge",
                f"{phone} hangup {cause}",
            ]
        )
    )


@st.composite
def histories(draw: st.DrawFn) -> list[AnySwitchEvent]:
    lines = draw(st.lists(st.tuples(st.integers(0, 60), one_line()), min_size=1, max_size=25))
    return read_facts("\n".join(f"{at} {line}" for at, line in [(0, "caller arrived!0255501000"), *lines]))


@st.composite
def shuffled(draw: st.DrawFn) -> TwoHistories:
    """A true history, and the same with facts repeated and each displaced by a few places."""
    ending = draw(st.sampled_from(["5 d2 up\n6 caller end!16\n6.1 d2 hangup 16", "7 caller end!16\n7.1 d1 hangup 16"]))
    truth = read_facts(draw(st.sampled_from([CHAIN, DESK_ANSWERED, GROUP + ending])))
    places = draw(st.lists(st.floats(0, 3), min_size=len(truth), max_size=len(truth)))
    order = sorted(range(len(truth)), key=lambda i: i + places[i])
    twice = draw(st.sets(st.integers(0, len(truth) - 1)))
    return truth, [truth[i] for i in order for _ in range(2 if i in twice else 1)]


def fold(facts: list[AnySwitchEvent], call: Call | None = None) -> Call | None:
    for fact in facts:
        call = apply(call, fact)
        if call is not None:
            hold(call)
    return call


def hold(call: Call) -> None:
    """What must be so after every single fact."""
    answered = [leg for leg in call.legs if leg.answered is not None]
    assert len(answered) <= 1
    assert call.answered_by == (answered[0].agent if answered else None)
    assert call.answered == (answered[0].answered if answered else call.bridged)
    assert (call.state is CallState.ENDED) == (call.ended is not None)
    assert all(leg.channel is None or not leg.channel.endswith("local1") for leg in call.legs)
    assert len({leg.channel for leg in call.legs if leg.channel}) == sum(leg.channel is not None for leg in call.legs)
    if call.ended is not None:
        assert all(leg.ended is not None and leg.reason is not None for leg in call.legs)
    if call.state in (CallState.ENDED, CallState.TALKING):
        assert call.targets == ()


@given(histories())
def test_whatever_is_told_the_call_holds_together(facts: list[AnySwitchEvent]) -> None:
    call = fold(facts)

    assert call is not None
    hold(close(call, START))


@given(histories())
def test_reading_the_whole_journal_again_settles(facts: list[AnySwitchEvent]) -> None:
    """One reading fills the gaps that the order left; every further one changes nothing."""
    twice = fold(facts, fold(facts))

    assert fold(facts, twice) == twice


@given(shuffled())
def test_a_true_history_survives_doubles_and_delays(
    histories: TwoHistories,
) -> None:
    truth, heard = histories
    recorded = told(truth)

    # What is heard in disorder, then read in the journal's order, is the record.
    assert outcome(fold(truth, fold(heard))) == outcome(recorded)


@given(shuffled())
def test_the_journal_after_the_stream_changes_nothing(
    histories: TwoHistories,
) -> None:
    truth, _ = histories
    recorded = told(truth)

    assert told(truth, recorded) is recorded
    for missed in range(len(truth)):
        live = fold([*truth[:missed], *truth[missed + 1 :]])
        assert outcome(fold(truth, live)) == outcome(recorded)


def outcome(call: Call | None) -> object:
    assert call is not None
    return (
        call.state,
        call.answered_by,
        call.dialled,
        call.step,
        call.steps_over,
        [(leg.index, leg.agent, leg.endpoint, leg.channel, leg.ended is None, leg.reason) for leg in call.legs],
    )
