"""Routing decides purely: every rule of the chain on a small firm, and what must hold for any firm at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.model import (
    Agent,
    Because,
    DialledNumber,
    Directory,
    Group,
    Leave,
    LegKind,
    Passed,
    RoutePlan,
    RouteRequest,
    TargetType,
    WhyCode,
)
from routing.route import MOST_TARGETS_IN_A_STEP, route
from routing.wire import LONGEST, PlanCorrupt, PlanUnfit, decode, encode

AT = datetime(2026, 11, 23, 13, 10, tzinfo=UTC)
MAIN, DIRECT = "+886255501000", "+886255501101"


def firm(**changes: Agent) -> Directory:
    """Three agents: 101 and 102 are each other's deputy, 103 has no deputy."""
    agents = {
        "101": Agent("101", "101", "0900000101", "102"),
        "102": Agent("102", "102", "0900000102", "101"),
        "103": Agent("103", "103", "0900000103"),
    } | changes
    return Directory(
        agents=agents,
        groups={"company": Group("company", tuple(agents))},
        numbers={MAIN: DialledNumber(MAIN, group="company"), DIRECT: DialledNumber(DIRECT, agent="101")},
    )


def rung(plan: RoutePlan) -> list[str]:
    """The plan as `kind:resource` words, a group as its joined resources."""
    return [f"{step.kind.value}:{'+'.join(t.resource for t in step.targets)}" for step in plan.steps]


def test_a_known_customer_rings_owner_then_deputy_then_group() -> None:
    plan = route(RouteRequest(MAIN, owner="101"), firm(), AT)
    assert rung(plan) == [
        "desk:101",
        "mobile:0900000101",
        "deputy:102",
        "deputy:0900000102",
        "group:101+102+103",
    ]
    assert [step.seconds for step in plan.steps] == [15, 20, 15, 20, 30]
    assert [step.why.code for step in plan.steps] == [
        WhyCode.OWNER_DESK,
        WhyCode.OWNER_MOBILE,
        WhyCode.DEPUTY_DESK,
        WhyCode.DEPUTY_MOBILE,
        WhyCode.LAST_RESORT,
    ]
    assert plan.steps[2].why.stands_for == "101"


def test_an_unknown_caller_rings_the_group_of_the_number() -> None:
    plan = route(RouteRequest(MAIN), firm(), AT)
    assert rung(plan) == ["group:101+102+103"]
    assert plan.steps[0].why.code is WhyCode.NUMBER_GROUP


def test_a_direct_number_rings_its_agent_even_when_the_customer_is_anothers() -> None:
    plan = route(RouteRequest(DIRECT, owner="103"), firm(), AT)
    assert rung(plan)[0] == "desk:101"
    assert plan.steps[0].why.code is WhyCode.DIRECT_DESK


def test_a_number_nobody_entered_still_rings_the_company() -> None:
    assert rung(route(RouteRequest("+886255509999"), firm(), AT)) == ["group:101+102+103"]


def test_two_who_are_each_others_deputy_do_not_ring_for_ever() -> None:
    plan = route(RouteRequest(MAIN, owner="102"), firm(), AT)
    assert rung(plan)[:4] == ["desk:102", "mobile:0900000102", "deputy:101", "deputy:0900000101"]
    assert len(plan.steps) == 5


def test_who_is_on_leave_is_not_rung_and_the_leaves_own_deputy_answers() -> None:
    leave = Leave(AT - timedelta(hours=1), AT + timedelta(hours=1), deputy="103")
    directory = firm(**{"101": Agent("101", "101", "0900000101", "102", leaves=(leave,))})
    assert rung(route(RouteRequest(MAIN, owner="101"), directory, AT)) == [
        "deputy:103",
        "deputy:0900000103",
        "group:102+103",
    ]
    assert rung(route(RouteRequest(MAIN, owner="101"), directory, leave.ends))[0] == "desk:101"


def test_deputies_chain_while_each_is_absent() -> None:
    leave = Leave(AT, AT + timedelta(days=1))
    directory = firm(
        **{
            "101": Agent("101", "101", None, "102", leaves=(leave,)),
            "102": Agent("102", "102", None, "103", leaves=(leave,)),
        }
    )
    assert rung(route(RouteRequest(MAIN, owner="101"), directory, AT)) == [
        "deputy:103",
        "deputy:0900000103",
        "group:103",
    ]


def test_a_present_deputys_own_deputy_is_not_drawn_in() -> None:
    directory = firm(**{"102": Agent("102", "102", None, "103")})
    assert "deputy:103" not in rung(route(RouteRequest(MAIN, owner="101"), directory, AT))


def test_a_deputy_without_a_phone_is_stood_in_for() -> None:
    plan = route(RouteRequest(MAIN, owner="101"), firm(**{"102": Agent("102", deputy="103")}), AT)
    assert rung(plan)[2:4] == ["deputy:103", "deputy:0900000103"]


def test_a_firm_without_desks_rings_each_mobile_once() -> None:
    directory = Directory(
        agents={"a": Agent("a", None, "0900000201", "b"), "b": Agent("b", None, "0900000202", "a")},
        groups={"company": Group("company", ("a", "b"))},
        numbers={MAIN: DialledNumber(MAIN, group="company")},
    )
    assert rung(route(RouteRequest(MAIN, owner="a"), directory, AT)) == ["mobile:0900000201", "deputy:0900000202"]


def test_what_is_known_of_a_desk_is_said_but_does_not_remove_the_step() -> None:
    directory = firm(**{"101": Agent("101", "101", None, None, desk_passed=Passed.OFFLINE)})
    step = route(RouteRequest(MAIN, owner="101"), directory, AT).steps[0]
    assert step.passed is Passed.OFFLINE


def test_do_not_disturb_covers_desk_and_mobile() -> None:
    directory = firm(**{"101": Agent("101", "101", "0900000101", "102", dnd=True)})
    plan = route(RouteRequest(MAIN, owner="101"), directory, AT)
    assert [step.passed for step in plan.steps[:3]] == [Passed.DND, Passed.DND, None]


def test_a_group_in_which_everyone_is_away_becomes_everybody() -> None:
    leave = Leave(AT, AT + timedelta(days=1))
    directory = firm(**{code: Agent(code, code, leaves=(leave,)) for code in ("101", "102", "103")})
    plan = route(RouteRequest(MAIN), directory, AT)
    assert rung(plan) == ["group:101+102+103"]
    assert plan.steps[0].why.code is WhyCode.ALL_AGENTS


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        route(RouteRequest(MAIN), firm(), datetime(2026, 11, 23, 13, 10))  # noqa: DTZ001 - the point of the test


codes = st.integers(min_value=1, max_value=60).map(str)


@st.composite
def firms(draw: st.DrawFn) -> Directory:
    names = draw(st.lists(codes, unique=True, min_size=1, max_size=40))
    leave = Leave(AT - timedelta(hours=1), AT + timedelta(hours=1))
    agents = {}
    for name in names:
        has_desk, has_mobile = draw(st.booleans()), draw(st.booleans())
        agents[name] = Agent(
            name,
            f"1{name}" if has_desk or not has_mobile else None,
            f"09{name}" if has_mobile else None,
            draw(st.one_of(st.none(), codes)),
            active=draw(st.booleans()),
            leaves=(leave,) if draw(st.booleans()) else (),
        )
    members = tuple(draw(st.lists(codes, max_size=50)))
    return Directory(
        agents=agents,
        groups={"company": Group("company", members)},
        numbers={MAIN: DialledNumber(MAIN, group="company"), DIRECT: DialledNumber(DIRECT, agent=names[0])},
    )


@given(firms(), st.one_of(st.none(), codes), st.sampled_from([MAIN, DIRECT, "+1"]))
def test_any_firm_gets_a_plan_without_loops_or_doubles(directory: Directory, owner: str | None, dialled: str) -> None:
    plan = route(RouteRequest(dialled, owner=owner), directory, AT)
    assert plan == route(RouteRequest(dialled, owner=owner), directory, AT)
    single = [(t.type, t.resource) for step in plan.steps if step.kind is not LegKind.GROUP for t in step.targets]
    assert len(single) == len(set(single))
    mobiles = [t.resource for step in plan.steps for t in step.targets if t.type is TargetType.MOBILE]
    assert len(mobiles) == len(set(mobiles))
    for step in plan.steps:
        assert 1 <= len(step.targets) <= MOST_TARGETS_IN_A_STEP
        assert len(set(step.targets)) == len(step.targets)
        assert all(directory.agents[t.agent].active for t in step.targets)
    if any(agent.active for agent in directory.agents.values()):
        assert plan.steps, "someone has a phone, so someone must ring"


@given(firms(), st.one_of(st.none(), codes))
def test_a_plan_travels_whole_or_not_at_all(directory: Directory, owner: str | None) -> None:
    plan = route(RouteRequest(MAIN, owner=owner), directory, AT)
    try:
        line = encode(plan)
    except PlanUnfit:
        assert not plan.steps or len(repr(plan)) > LONGEST
        return
    back = decode(line)
    assert [(s.kind, s.seconds, s.targets) for s in back.steps] == [(s.kind, s.seconds, s.targets) for s in plan.steps]


@given(st.integers(min_value=0), st.characters(min_codepoint=33, max_codepoint=126))
def test_one_changed_character_is_noticed(position: int, character: str) -> None:
    line = encode(route(RouteRequest(MAIN, owner="101"), firm(), AT))
    place = position % len(line)
    if line[place] == character:
        return
    with pytest.raises(PlanCorrupt):
        decode(line[:place] + character + line[place + 1 :])


@pytest.mark.parametrize(
    "bad", ["101,g", "101&PJSIP/666", "${SHELL(id)}", "101!x", "", "a" * 41, "1 0", "1\n", "+85291234567"]
)
def test_nothing_a_person_typed_becomes_dial_plan_code(bad: str) -> None:
    directory = firm(**{"101": Agent("101", bad)})
    with pytest.raises(PlanUnfit):
        encode(route(RouteRequest(MAIN, owner="101"), directory, AT))


@pytest.mark.parametrize("line", ["", "RW1", "RW1~~", "RW2~x~y", "RW1~da39a3ee5e6b4b0d3255bfef95601890afd80709~"])
def test_what_is_no_plan_is_refused(line: str) -> None:
    with pytest.raises(PlanCorrupt):
        decode(line)


def test_who_is_away_from_the_desk_has_the_mobile_rung() -> None:
    plan = route(
        RouteRequest(MAIN, owner="101"), firm(**{"101": Agent("101", "101", "0900000101", "102", away=True)}), AT
    )
    assert rung(plan)[:3] == ["desk:101", "mobile:0900000101", "deputy:102"]
    assert [step.passed for step in plan.steps[:3]] == [Passed.DND, None, None]


def test_in_a_group_who_is_away_or_wraps_up_rings_after_the_others() -> None:
    away = firm(
        **{
            "101": Agent("101", "101", "0900000101", away=True),
            "102": Agent("102", "102", "0900000102", wrapping_up=True),
        }
    )
    plan = route(RouteRequest(MAIN), away, AT)
    assert rung(plan) == ["group:103", "group:0900000101+102"]
    assert [step.why.because for step in plan.steps] == [(), (Because.LATER,)]


def test_a_group_of_which_everybody_is_away_rings_all_of_them_at_once() -> None:
    everybody = {code: Agent(code, code, f"0900000{code}", away=True) for code in ("101", "102", "103")}
    [step] = route(RouteRequest(MAIN), firm(**everybody), AT).steps
    assert [target.resource for target in step.targets] == ["0900000101", "0900000102", "0900000103"]
    assert step.passed is None


@given(st.sets(st.sampled_from(["101", "102", "103"])), st.sets(st.sampled_from(["101", "102", "103"])))
def test_nobody_is_left_out_of_a_group(away: set[str], wrapping_up: set[str]) -> None:
    agents = {
        code: Agent(code, code, f"0900000{code}", away=code in away, wrapping_up=code in wrapping_up)
        for code in ("101", "102", "103")
    }
    plan = route(RouteRequest(MAIN), firm(**agents), AT)
    assert {target.agent for step in plan.steps for target in step.targets} == set(agents)
