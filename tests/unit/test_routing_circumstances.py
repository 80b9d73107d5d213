"""What changes a chain: hours and rota, the agent's own steps, tier, trip and complaint; and what none may change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.hours import Opening
from routing.model import (
    Agent,
    Because,
    DialledNumber,
    Directory,
    Duty,
    Group,
    Leave,
    LegKind,
    Phones,
    Ring,
    RoutePlan,
    RouteRequest,
    Service,
    TargetType,
    Team,
    TierRule,
    WhyCode,
)
from routing.route import route
from routing.wire import LONGEST, encode

AT = datetime(2026, 11, 23, 13, 10, tzinfo=UTC)
MAIN, DIRECT = "+886255501000", "+886255501101"
HOURS = Opening(UTC, (((9 * 60, 18 * 60),),) * 7)
NIGHT = AT.replace(hour=22)


def firm(**changes: Agent) -> Directory:
    """101 with deputy 102, 103 alone; a service with a team for tier A, an overflow group and a night rota."""
    agents = {
        "101": Agent("101", "101", "0900000101", "102"),
        "102": Agent("102", "102", "0900000102", "101"),
        "103": Agent("103", "103", "0900000103"),
    } | changes
    service = Service(
        "sales", "company", HOURS, "night", "overflow", (Team("vip", tier="A"), Team("firms", kind="company"))
    )
    return Directory(
        agents=agents,
        groups={
            "company": Group("company", ("101", "102", "103")),
            "vip": Group("vip", ("102",)),
            "firms": Group("firms", ("103",)),
            "overflow": Group("overflow", ("103",), 40),
            "night": Group("night", ("102", "103"), 25, (Duty(NIGHT, NIGHT + timedelta(hours=8), "103"),)),
        },
        numbers={
            MAIN: DialledNumber(MAIN, service="sales"),
            DIRECT: DialledNumber(DIRECT, agent="101"),
        },
        services={"sales": service},
        tiers={"A": TierRule(desk_seconds=8, mobile_seconds=25), "B": TierRule(together=True)},
    )


def rung(plan: RoutePlan) -> list[str]:
    """The plan as `why:resources:seconds` words."""
    return [f"{s.why.code.value}:{'+'.join(t.resource for t in s.targets)}:{s.seconds}" for s in plan.steps]


def test_outside_hours_the_one_on_duty_is_rung_at_home_then_the_others_then_the_firm() -> None:
    assert rung(route(RouteRequest(MAIN, owner="101"), firm(), NIGHT)) == [
        "on_duty:0900000103:25",
        "closed_group:0900000102:25",
        "last_resort:101+102+103:30",
        "overflow:103:40",
    ]


def test_within_hours_the_owner_then_the_number_then_overflow() -> None:
    codes = [step.why.code.value for step in route(RouteRequest(MAIN, owner="101"), firm(), AT).steps]
    assert codes == ["owner_desk", "owner_mobile", "deputy_desk", "deputy_mobile", "last_resort", "overflow"]
    assert rung(route(RouteRequest(MAIN), firm(), AT)) == ["number_group:101+102+103:30", "overflow:103:40"]


def test_who_has_the_night_and_is_on_leave_is_stood_in_for() -> None:
    leave = Leave(NIGHT, NIGHT + timedelta(days=1), "101")
    directory = firm(**{"103": Agent("103", "103", "0900000103", leaves=(leave,))})
    assert rung(route(RouteRequest(MAIN), directory, NIGHT))[0] == "on_duty:0900000101:25"


def test_without_a_closed_group_the_night_is_as_the_day() -> None:
    directory = firm()
    directory.services["sales"] = Service("sales", "company", HOURS)
    assert route(RouteRequest(MAIN, owner="101"), directory, NIGHT) == route(
        RouteRequest(MAIN, owner="101"), directory, AT
    )


def test_a_direct_number_has_no_hours_unless_it_is_given_a_service() -> None:
    assert rung(route(RouteRequest(DIRECT), firm(), NIGHT))[0] == "direct_desk:101:15"


def test_a_number_nobody_entered_has_the_firms_hours() -> None:
    directory = firm()
    directory.services["company"] = directory.services["sales"]
    assert rung(route(RouteRequest("", owner="101"), directory, NIGHT))[0] == "on_duty:0900000103:25"


def test_own_steps_with_the_mobile_joining_the_desk() -> None:
    rings = (Ring(Phones.DESK, 8), Ring(Phones.BOTH, 20))
    directory = firm(**{"101": Agent("101", "101", "0900000101", "102", rings=rings)})
    plan = route(RouteRequest(MAIN, owner="101"), directory, AT)
    assert rung(plan)[:3] == ["owner_desk:101:8", "owner_both:101+0900000101:20", "deputy_desk:102:15"]
    assert (plan.steps[1].kind, plan.steps[1].agent) == (LegKind.DESK, "101")


def test_a_step_for_a_phone_that_is_not_there_is_left_out() -> None:
    rings = (Ring(Phones.DESK, 8), Ring(Phones.BOTH, 20))
    directory = firm(**{"101": Agent("101", None, "0900000101", "102", rings=rings)})
    assert rung(route(RouteRequest(MAIN, owner="101"), directory, AT))[0] == "owner_mobile:0900000101:20"


def test_a_tier_has_its_ring_times_and_its_team() -> None:
    plan = route(RouteRequest(MAIN, owner="101", tier="A"), firm(), AT)
    assert rung(plan) == [
        "owner_desk:101:8",
        "owner_mobile:0900000101:25",
        "deputy_desk:102:8",
        "deputy_mobile:0900000102:25",
        "team_group:102:30",
        "last_resort:101+102+103:30",
        "overflow:103:40",
    ]
    assert plan.steps[0].why.because == (Because.TIER,)
    assert plan.steps[4].why.because == ()
    assert rung(route(RouteRequest(MAIN, owner="101", tier="B"), firm(), AT))[0] == "owner_both:101+0900000101:20"


def test_a_kind_of_customer_has_its_team() -> None:
    assert rung(route(RouteRequest(MAIN, kind="company"), firm(), AT))[0] == "team_group:103:30"


def test_who_travels_does_not_wait_for_the_slow_steps() -> None:
    plan = route(RouteRequest(MAIN, owner="101", travelling=True), firm(), AT)
    assert rung(plan)[:2] == ["owner_both:101+0900000101:20", "deputy_both:102+0900000102:20"]
    assert plan.steps[0].why.because == (Because.TRIP,)


def test_whom_the_customer_complains_about_is_not_rung() -> None:
    plan = route(RouteRequest(MAIN, owner="101", avoid=("101",)), firm(), AT)
    assert "101" not in {target.agent for step in plan.steps for target in step.targets}
    assert rung(plan)[0] == "deputy_desk:102:15"
    assert plan.steps[0].why.because == (Because.COMPLAINT,)
    assert not plan.steps[0].why.on_leave
    group = plan.steps[2].why
    assert (group.code, group.because) == (WhyCode.LAST_RESORT, (Because.COMPLAINT,))


def test_rather_whom_they_complain_about_than_nobody() -> None:
    directory = Directory(agents={"101": Agent("101", "101")}, groups={"company": Group("company", ("101",))})
    assert rung(route(RouteRequest(MAIN, avoid=("101",)), directory, AT)) == ["all_agents:101:30"]


def test_a_customers_own_deputy_comes_before_the_owners() -> None:
    plan = route(RouteRequest(MAIN, owner="101", deputy="103"), firm(), AT)
    assert [step.agent for step in plan.steps][:4] == ["101", "101", "103", "103"]
    leave = Leave(AT, AT + timedelta(hours=1), "102")
    away = firm(**{"101": Agent("101", "101", None, "102", leaves=(leave,))})
    first = route(RouteRequest(MAIN, owner="101", deputy="103"), away, AT).steps[0]
    assert (first.agent, first.why.stands_for, first.why.on_leave) == ("103", "101", True)
    gone = firm(**{"103": Agent("103", "103", active=False)})
    assert route(RouteRequest(MAIN, owner="101", deputy="103"), gone, AT).steps[2].agent == "102"


def test_a_firm_of_a_thousand_still_travels() -> None:
    codes = [f"agent-{n:04}" for n in range(1000)]
    agents = {code: Agent(code, f"{n:010}", f"09{n:08}") for n, code in enumerate(codes)}
    directory = Directory(agents, {"company": Group("company", tuple(codes))})
    assert len(encode(route(RouteRequest(MAIN, owner=codes[0]), directory, AT))) <= LONGEST


codes = st.integers(min_value=1, max_value=30).map(str)
maybe = st.one_of(st.none(), codes)
seconds = st.integers(1, 120)


@st.composite
def firms(draw: st.DrawFn) -> Directory:
    names = draw(st.lists(codes, unique=True, min_size=1, max_size=20))
    agents = {}
    for name in names:
        phones = draw(st.sampled_from(Phones))
        rings = draw(st.lists(st.builds(Ring, st.sampled_from(Phones), seconds), max_size=3))
        leave = Leave(AT - timedelta(hours=1), AT + timedelta(hours=1), draw(maybe))
        agents[name] = Agent(
            name,
            None if phones is Phones.MOBILE else f"1{name}",
            None if phones is Phones.DESK else f"09{name}",
            draw(maybe),
            active=draw(st.booleans()),
            leaves=(leave,) if draw(st.booleans()) else (),
            rings=tuple(rings),
        )
    members = st.lists(codes, max_size=20).map(tuple)
    groups = {name: Group(name, draw(members)) for name in ("company", "vip", "night", "overflow")}
    duty = Duty(AT - timedelta(hours=1), AT + timedelta(hours=1), draw(codes))
    groups["night"] = Group("night", draw(members), 30, (duty,))
    opening = draw(st.sampled_from([None, HOURS, Opening(UTC)]))
    service = Service("s", "company", opening, draw(st.sampled_from([None, "night"])), "overflow", (Team("vip", "A"),))
    rule = TierRule(draw(st.one_of(st.none(), seconds)), draw(st.one_of(st.none(), seconds)), draw(st.booleans()))
    numbers = {MAIN: DialledNumber(MAIN, service="s"), DIRECT: DialledNumber(DIRECT, agent=names[0], service="s")}
    return Directory(agents, groups, numbers, services={"s": service}, tiers={"A": rule})


requests = st.builds(
    RouteRequest,
    st.sampled_from([MAIN, DIRECT, "+1"]),
    owner=maybe,
    deputy=maybe,
    tier=st.sampled_from(["", "A", "C"]),
    travelling=st.booleans(),
    avoid=st.lists(codes, max_size=2).map(tuple),
)


@given(firms(), requests)
def test_whatever_the_circumstances_somebody_rings_and_no_mobile_twice(
    directory: Directory, request: RouteRequest
) -> None:
    plan = route(request, directory, AT)
    assert bool(plan.steps) == any(agent.active for agent in directory.agents.values())
    targets = [target for step in plan.steps for target in step.targets]
    mobiles = [target.resource for target in targets if target.type is TargetType.MOBILE]
    assert len(mobiles) == len(set(mobiles))
    assert all(directory.agents[target.agent].active for target in targets)
    for step in plan.steps:
        assert len(set(step.targets)) == len(step.targets)
        if step.why.code is not WhyCode.ALL_AGENTS:
            assert not {target.agent for target in step.targets} & set(request.avoid)
    if plan.steps:
        assert encode(plan)


@given(firms(), requests)
def test_no_tier_is_rung_for_less(directory: Directory, request: RouteRequest) -> None:
    """Ring times and order differ; whoever would ring for a caller of no tier rings for one of any."""

    def people(tier: str) -> set[str]:
        asked = RouteRequest(request.dialled, request.owner, deputy=request.deputy, tier=tier, avoid=request.avoid)
        return {target.agent for step in route(asked, directory, AT).steps for target in step.targets}

    assert people("") == people("C")
    if WhyCode.ALL_AGENTS not in {step.why.code for step in route(request, directory, AT).steps}:
        directory.tiers["C"] = directory.tiers["A"]
        assert people("C") == people("")
