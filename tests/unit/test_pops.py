"""Who sees a call, and the messages that keep a desktop equal to a fresh snapshot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.calls.model import Call, CallState, Leg, LegReason
from cti.desktop.messages import CallAnswered, Caller, CallOver, CardChanged, Match, Pop, PopMoved, PopWithdrawn
from cti.desktop.pops import PopContext, caller_of, changes, fold, presented, views
from routing.model import Target, TargetType, Why, WhyCode

T0 = datetime(2026, 11, 23, 13, 10, tzinfo=UTC)
NAMES = {"101": "林小明", "102": "王美美", "103": "張大同"}
WHYS = (
    Why(WhyCode.OWNER_DESK, "101"),
    Why(WhyCode.OWNER_MOBILE, "101"),
    Why(WhyCode.DEPUTY_DESK, "102", stands_for="101"),
)
CONTEXT = PopContext(
    Caller("0933000222", "+886933000222", "CHEN"), (Match(1, "陳太太", "A", "number"),), {"customer_id": 1}, WHYS
)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def desk(agent: str) -> Target:
    return Target(TargetType.DESK, agent, agent)


def mobile(agent: str) -> Target:
    return Target(TargetType.MOBILE, agent, f"0900000{agent}")


def endpoint(target: Target) -> str:
    return f"PJSIP/{target.resource}" + ("@carrier" if target.type is TargetType.MOBILE else "")


def leg(index: int, kind: str, target: Target, start: float, end: float | None = None, reason: str = "") -> Leg:
    return Leg(
        index=index,
        kind=kind,
        agent=target.agent,
        endpoint=endpoint(target),
        seconds=15,
        channel=f"ch-{index}-{target.resource}-{start}",
        started=at(start),
        ringing=at(start + 0.2),
        ended=None if end is None else at(end),
        reason=LegReason(reason) if reason else None,
    )


def ringing(step: int, kind: str, targets: tuple[Target, ...], *legs: Leg) -> Call:
    return Call(
        linkedid="1.1", dialled="+886255501000", started=T0, step=step, kind=kind, targets=targets,
        state=CallState.RINGING, legs=legs,
    )  # fmt: skip


def seen(call: Call) -> dict[str, Pop]:
    return views(call, CONTEXT, NAMES)


def test_the_first_step_is_seen_by_its_agent_before_any_leg_exists() -> None:
    pops = seen(ringing(1, "desk", (desk("101"),)))
    assert list(pops) == ["101"]
    assert pops["101"].leg.kind == "desk"
    assert pops["101"].card == {"customer_id": 1}
    assert pops["101"].why == "owner_desk"


def test_a_kept_plan_has_reasons_that_we_do_not_know() -> None:
    call = ringing(1, "desk", (desk("101"),))
    assert seen(msgspec.structs.replace(call, plan_source="daemon"))["101"].why == "owner_desk"
    assert seen(msgspec.structs.replace(call, plan_source="kept"))["101"].why == ""


def test_a_call_that_is_only_asking_is_seen_by_nobody() -> None:
    assert seen(Call(linkedid="1.1")) == {}


def test_desk_to_mobile_moves_the_same_pop_and_tells_who_was_tried() -> None:
    first = ringing(1, "desk", (desk("101"),), leg(1, "desk", desk("101"), 0))
    stopped = msgspec.structs.replace(first, targets=(), legs=(leg(1, "desk", desk("101"), 0, 15.4, "no_answer"),))
    second = ringing(2, "mobile", (mobile("101"),), *stopped.legs)
    assert changes(seen(first), seen(stopped), stopped) == [], "between two steps the card stays"
    [(agent, moved)] = changes(seen(stopped), seen(second), second)
    assert agent == "101"
    assert isinstance(moved, PopMoved)
    assert (moved.leg.kind, moved.leg.index, moved.why) == ("mobile", 2, "owner_mobile")
    [tried] = moved.tried
    assert (tried.name, tried.kind, tried.seconds, tried.reason) == ("林小明", "desk", 15, "no_answer")


def test_mobile_to_deputy_takes_the_card_along() -> None:
    before = ringing(2, "mobile", (mobile("101"),), leg(2, "mobile", mobile("101"), 16, 30, "not_accepted"))
    after = ringing(3, "deputy", (desk("102"),), *before.legs)
    withdrawn, came = changes(seen(before), seen(after), after)
    assert withdrawn == ("101", PopWithdrawn("1.1", "not_accepted"))
    assert came[0] == "102"
    assert isinstance(came[1], Pop)
    assert came[1].card == CONTEXT.card
    assert [one.reason for one in came[1].tried] == ["not_accepted"]


def test_everyone_in_the_group_has_it_and_it_leaves_the_others_when_one_answers() -> None:
    members = ("101", "102", "103")
    targets = tuple(desk(agent) for agent in members)
    before = ringing(1, "group", targets, *(leg(1, "group", desk(agent), 0) for agent in members))
    assert set(seen(before)) == set(members)
    answered = msgspec.structs.replace(before.legs[1], answered=at(4), picked_up=at(4))
    after = msgspec.structs.replace(
        before, state=CallState.TALKING, answered=at(4), answered_by="102", targets=(),
        legs=(before.legs[0], answered, before.legs[2]),
    )  # fmt: skip
    messages = changes(seen(before), seen(after), after)
    assert ("102", CallAnswered("1.1", "102", at(4))) in messages
    gone = [(agent, message) for agent, message in messages if isinstance(message, PopWithdrawn)]
    assert sorted(gone) == [(agent, PopWithdrawn("1.1", "answered_elsewhere", "102")) for agent in ("101", "103")]


def test_a_member_who_declines_loses_the_pop_while_the_others_keep_it() -> None:
    targets = (desk("101"), desk("102"))
    before = ringing(1, "group", targets, leg(1, "group", targets[0], 0), leg(1, "group", targets[1], 0))
    after = msgspec.structs.replace(before, legs=(leg(1, "group", targets[0], 0, 3, "declined"), before.legs[1]))
    assert changes(seen(before), seen(after), after) == [("101", PopWithdrawn("1.1", "declined"))]


def test_a_phone_with_two_contacts_rings_until_the_last_has_stopped() -> None:
    one, two = leg(1, "desk", desk("101"), 0, 2, "busy"), leg(1, "desk", desk("101"), 0.01)
    assert set(seen(ringing(1, "desk", (desk("101"),), one, two))) == {"101"}


def test_desk_and_mobile_of_one_person_ringing_together_are_told_apart() -> None:
    targets = (desk("101"), mobile("101"), desk("102"))
    declined = leg(1, "group", targets[0], 0, 3, "declined")
    assert set(seen(ringing(1, "group", targets, declined, leg(1, "group", targets[1], 0)))) == {"101", "102"}


def test_the_caller_gives_up() -> None:
    before = ringing(1, "desk", (desk("101"),), leg(1, "desk", desk("101"), 0))
    after = msgspec.structs.replace(
        before, state=CallState.ENDED, ended=at(5), targets=(),
        legs=(leg(1, "desk", desk("101"), 0, 5, "caller_hung_up"),),
    )  # fmt: skip
    assert changes(seen(before), seen(after), after) == [
        ("101", PopWithdrawn("1.1", "caller_hung_up")),
        ("101", CallOver("1.1", at(5), "caller_hung_up")),
    ]


def test_the_end_of_a_conversation() -> None:
    before = msgspec.structs.replace(
        ringing(1, "desk", (desk("101"),)), state=CallState.TALKING, answered=at(3), answered_by="101"
    )
    after = msgspec.structs.replace(before, state=CallState.ENDED, ended=at(60))
    assert changes(seen(before), seen(after), after) == [("101", CallOver("1.1", at(60), "completed"))]


def test_a_new_card_reaches_those_who_have_the_pop() -> None:
    call = ringing(1, "desk", (desk("101"),))
    better = msgspec.structs.replace(CONTEXT, card={"customer_id": 9})
    assert changes(seen(call), views(call, better, NAMES), call) == [
        ("101", CardChanged("1.1", CONTEXT.matches, {"customer_id": 9}))
    ]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("A\r\nSet-Cookie: x", "A Set-Cookie: x"),
        ("\u202eevil\x00", "evil"),
        ("big5 \udca4\udcfd", "big5"),
        ("😀" * 5000, "😀" * 200),
    ],
)
def test_a_hostile_name_becomes_one_bounded_line_that_json_can_carry(hostile: str, shown: str) -> None:
    assert presented(hostile) == shown
    assert msgspec.json.encode(caller_of("0933", hostile, None))


def test_withheld_is_said() -> None:
    assert caller_of("anonymous", "", None).withheld
    assert not caller_of("12", "", None).withheld
    assert not caller_of("0933000222", "", "+886933000222").withheld


agents = st.sampled_from(["101", "102", "103"])
targets = st.builds(lambda agent, far: mobile(agent) if far else desk(agent), agents, st.booleans())
instants = st.integers(0, 90).map(at)
legs = st.builds(
    Leg,
    index=st.integers(1, 3),
    kind=st.sampled_from(["desk", "mobile", "deputy", "group"]),
    agent=agents,
    endpoint=targets.map(endpoint),
    seconds=st.just(15),
    channel=st.none() | st.just("ch"),
    started=st.none() | instants,
    ringing=st.none() | instants,
    answered=st.none() | instants,
    ended=st.none() | instants,
    reason=st.none() | st.sampled_from(list(LegReason)),
)
calls = st.builds(
    Call,
    linkedid=st.sampled_from(["1.1", "1.2"]),
    started=st.just(T0),
    answered=st.none() | instants,
    ended=st.none() | st.none() | instants,
    step=st.integers(0, 3),
    kind=st.sampled_from(["", "desk", "mobile", "group"]),
    targets=st.lists(targets, max_size=4).map(tuple),
    state=st.sampled_from(list(CallState)),
    answered_by=st.none() | agents,
    legs=st.lists(legs, max_size=5).map(tuple),
)
contexts = st.builds(
    PopContext,
    caller=st.just(CONTEXT.caller),
    matches=st.sampled_from([(), CONTEXT.matches]),
    card=st.sampled_from([None, {"customer_id": 1}, {"customer_id": 2}]),
    whys=st.sampled_from([(), WHYS]),
)


@given(st.lists(st.tuples(calls, contexts), max_size=12), st.integers(0, 12), agents)
def test_snapshot_and_messages_equal_a_fresh_snapshot(
    history: list[tuple[Call, PopContext]], joined: int, agent: str
) -> None:
    """Whatever happens in whatever order, and whenever the desktop joined: calls here need not even make sense."""
    shown: dict[str, dict[str, Pop]] = {}
    page: dict[str, Pop] = {}
    for moment, (call, context) in enumerate(history):
        if moment == joined:
            page = {linkedid: pops[agent] for linkedid, pops in shown.items() if agent in pops}
        after = views(call, context, NAMES)
        for whom, message in changes(shown.get(call.linkedid, {}), after, call):
            if whom == agent and moment >= joined:
                page = fold(page, message)
        shown[call.linkedid] = after
        if moment >= joined:
            assert page == {linkedid: pops[agent] for linkedid, pops in shown.items() if agent in pops}
