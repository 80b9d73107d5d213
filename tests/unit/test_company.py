"""Who is told of whom when two work on one customer: pure, then on a real hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from cti.agents.logins import Identity
from cti.desktop.company import LOOKING_FOR, NOTED_FOR, Activity, Company, of_pops, told
from cti.desktop.hub import Hub
from cti.desktop.messages import Caller, Pop, PopLeg
from tests.unit.desktop_histories import sent

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NAMES = {"101": "小林", "102": "阿美", "103": "大同"}


def does(agent: str, what: str, customer_id: int = 1, call_id: str | None = None) -> Activity:
    return Activity(customer_id, agent, what, NOW, call_id)


def pairs(*activities: Activity) -> set[tuple[str, str, str]]:
    known = told(activities)
    return {(agent, one.agent, one.what) for agent, ones in known.items() for one in ones.values()}


def test_both_are_told_when_one_works_and_the_other_has_the_card_up() -> None:
    both = {("101", "102", "call"), ("102", "101", "looking")}
    assert pairs(does("101", "looking"), does("102", "call", call_id="1.1")) == both
    assert pairs(does("101", "ringing", call_id="2.1"), does("102", "wrap_up", call_id="1.1")) == {
        ("101", "102", "wrap_up"),
        ("102", "101", "ringing"),
    }


def test_nobody_is_told_of_mere_looks_of_another_customer_or_of_the_same_call() -> None:
    assert pairs(does("101", "looking"), does("102", "looking")) == set()
    assert pairs(does("101", "noted"), does("102", "noted")) == set(), "neither has the card up"
    assert pairs(does("101", "call"), does("102", "call", customer_id=2)) == set()
    same = does("101", "ringing", call_id="1.1"), does("102", "call", call_id="1.1")
    assert pairs(*same) == set()


def test_of_several_things_the_nearest_to_the_customer_is_told() -> None:
    several = does("102", "looking"), does("102", "noted"), does("102", "call", call_id="1.1")
    assert ("101", "102", "call") in pairs(does("101", "looking"), *several)


def test_whom_a_colleague_asks_about_a_customer_is_not_called_by_the_customer() -> None:
    asked = Pop(
        call_id="2.1",
        linkedid="2.1",
        caller=Caller("101", None, "小林"),
        dialled="102",
        leg=PopLeg("desk", "102", 1),
        matches=(),
        card={"customer_id": 1},
        started=NOW,
        direction="internal",
    )
    calls = replace(asked, call_id="1.1", leg=PopLeg("desk", "101", 1), direction="inbound", state="talking")
    assert pairs(*of_pops({"1.1": {"101": calls}, "2.1": {"102": asked}})) == {
        ("101", "102", "looking"),
        ("102", "101", "call"),
    }


async def test_what_nobody_ends_ends_by_itself() -> None:
    hub, now = Hub(), NOW
    company = Company(hub, lambda: now)
    page = hub.connect(Identity("lin", "agent", "101"))
    company.looked("101", 1)
    company.noted("102", 1)
    company.noted(None, 1)
    company.refresh({}, [], NAMES)
    company.refresh({}, [], NAMES)
    assert [one.what for one in company.of("101", NAMES)] == ["noted"]
    assert company.of(None, NAMES) == ()
    now = NOW + max(LOOKING_FOR, NOTED_FOR) + timedelta(seconds=1)
    company.refresh({}, [], NAMES)
    said = [(one["customer_id"], one["name"], one["what"]) for one in await sent(page)]
    assert said == [(1, "阿美", "noted"), (1, "阿美", "over")]


async def test_a_card_that_was_put_away_for_another_is_not_up() -> None:
    company = Company(Hub(), lambda: NOW)
    company.noted("102", 1)
    company.looked("101", 1)
    company.looked("101", 2)
    company.refresh({}, [], NAMES)
    assert company.of("101", NAMES) == ()
