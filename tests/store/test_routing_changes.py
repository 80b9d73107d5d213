"""Routing as data: checked before it takes effect, every change logged, any version to be had back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import people, services, versions
from cti.agents.directory import build_directory
from cti.agents.hours import DayKind
from cti.agents.opening import OFFICIAL
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store
from routing.model import RoutePlan, RouteRequest, Waiting, WaitingKind
from routing.route import route

MAIN, DIRECT = "+886255501000", "+886255501101"
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 22:00 in Taipei
DAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def firm(store: Store) -> Store:
    """101 and 102 are each other's deputy; main number by service with hours, a night group and its rota."""
    async with store.transaction() as session:
        people.act_as(session, "boss")
        await people.add_agent(session, "101", "林小明", extension="101", mobile="0900-000-101")
        await people.add_agent(session, "102", "王美美", extension="102", mobile="0900-000-102", deputy="101")
        await people.set_agent(session, "101", deputy="102")
        await people.set_group(session, "company", "全公司", ["101", "102"])
        await people.set_group(session, "night", "夜間", ["101", "102"], 25)
        await services.set_hours(session, "office", "Mon-Fri 09:00-18:00", "Asia/Taipei", "TW")
        await services.set_service(
            session, "sales", "業務", group="company", hours="office", closed_group="night", teams=[("A", "", "night")]
        )
        await people.set_number(session, "02-5550-1000", service="sales")
        await people.set_number(session, "02-5550-1101", agent="101")
    return store


async def plan(
    session: AsyncSession, dialled: str, at: datetime, owner: str | None = None, tier: str = ""
) -> RoutePlan:
    return route(RouteRequest(dialled, owner=owner, tier=tier), (await build_directory(session))[1], at)


async def rung(session: AsyncSession, dialled: str, at: datetime, owner: str | None = None) -> list[str]:
    steps = (await plan(session, dialled, at, owner)).steps
    return [f"{s.why.code.value}:{'+'.join(t.resource for t in s.targets)}" for s in steps]


async def test_hours_rota_and_teams_reach_routing(firm: Store) -> None:
    async with firm.transaction() as session:
        duty = await services.add_duty(session, "night", "102", NIGHT, NIGHT + timedelta(hours=8))
        assert (await rung(session, MAIN, NIGHT))[:2] == ["on_duty:0900000102", "closed_group:0900000101"]
        assert (await rung(session, MAIN, DAY))[0] == "number_group:101+102"
        await services.remove_duty(session, duty.id)
        assert (await rung(session, MAIN, NIGHT))[0] == "closed_group:0900000101+0900000102"
        await services.set_tier_rule(session, "A", desk_seconds=5)
        steps = (await plan(session, MAIN, DAY, "101", "A")).steps
        assert (steps[0].why.code.value, steps[0].seconds) == ("owner_desk", 5)
        assert "team_group" in [s.why.code.value for s in steps]


async def test_a_holiday_and_the_firms_own_word_on_it(firm: Store) -> None:
    async with firm.transaction() as session:
        assert (await services.set_days(session, [(date(2026, 11, 23), DayKind.HOLIDAY, "公司旅遊")])) == (1, 0)
        assert (await services.set_days(session, [(date(2026, 11, 23), DayKind.HOLIDAY, "公司旅遊")])) == (0, 1)
        assert (await rung(session, MAIN, DAY))[0].startswith("closed_group")
        await services.set_days(
            session,
            [(date(2026, 11, 23), DayKind.HOLIDAY, "國定"), (date(2026, 11, 29), DayKind.WORKDAY, "")],
            OFFICIAL,
        )
        await services.set_days(session, [(date(2026, 11, 23), DayKind.WORKDAY, "照常")])
        assert (await rung(session, MAIN, DAY))[0].startswith("number_group")
        assert (await rung(session, MAIN, datetime(2026, 11, 29, 2, tzinfo=UTC)))[0].startswith("number_group")
        assert await services.set_days(session, [(date(2026, 11, 23), None, "")]) == (1, 0)
        assert (await rung(session, MAIN, DAY))[0].startswith("closed_group")


async def test_mobile_only_loses_nothing_and_comes_back(firm: Store) -> None:
    async with firm.transaction() as session:
        for code in ("101", "102"):
            await people.set_agent(session, code, profile="mobile-only")
        assert await rung(session, MAIN, DAY, "101") == ["owner_mobile:0900000101", "deputy_mobile:0900000102"]
        assert (await people.get_agent(session, "101")).extension == "101"
        await people.set_agent(session, "101", profile="desk-and-mobile", steps="desk:8, both:20")
        assert (await rung(session, MAIN, DAY, "101"))[:2] == ["owner_desk:101", "owner_both:101+0900000101"]


@pytest.mark.parametrize(
    ("code", "changes", "sentence"),
    [
        ("101", {"profile": "mobile-only", "mobile": ""}, "no mobile number"),
        ("101", {"steps": "mobile:20", "mobile": ""}, "ring nobody"),
        ("101", {"mobile": "+852 9123 4567"}, "mobile_countries"),
        ("101", {"mobile": "+1 900 555 0123"}, "premium-rate"),
    ],
)
async def test_a_chain_that_cannot_ring_is_refused(
    firm: Store, code: str, changes: dict[str, str], sentence: str
) -> None:
    async with firm.session() as session:
        with pytest.raises(Refused, match=sentence):
            await people.set_agent(session, code, **changes)


@pytest.mark.parametrize("steps", ["desk", "desk:0", "desk:500", "fax:20", " ".join(["desk:5"] * 7)])
async def test_steps_that_are_none_are_refused(firm: Store, steps: str) -> None:
    async with firm.session() as session:
        with pytest.raises(Invalid, match="steps"):
            await people.set_agent(session, "101", steps=steps)


async def test_what_would_leave_callers_alone_is_refused(firm: Store) -> None:
    async with firm.session() as session:
        await people.add_agent(session, "103", "沒電話")
        with pytest.raises(Refused, match="group empty would ring nobody"):
            await people.set_group(session, "empty", "空", ["103"])
        await session.rollback()
        await people.set_agent(session, "101", active=False)
        with pytest.raises(Refused, match=r"group (company|night) would ring nobody"):
            await people.set_agent(session, "102", active=False)


async def test_absent_deputies_in_a_ring_are_refused(firm: Store) -> None:
    async with firm.session() as session:
        await people.add_leave(session, "101", DAY, DAY + timedelta(days=2))
        with pytest.raises(Refused, match=r"101 → 102 → 101|102 → 101 → 102"):
            await people.add_leave(session, "102", DAY - timedelta(days=1), DAY + timedelta(days=1))


async def test_what_callers_hear_while_waiting_is_a_version_like_the_rest(firm: Store) -> None:
    offer = Waiting(WaitingKind.OFFER, 12, "en", answered=True)

    async def says(session: AsyncSession) -> Waiting | None:
        return (await plan(session, MAIN, DAY)).waiting

    async with firm.transaction() as session:
        people.act_as(session, "boss")
        before = (await versions.log(session, 1))[0].number
        await services.set_service(session, "company", "公司", waiting=offer)
        assert await says(session) == offer
        await services.set_service(session, "sales", "業務", group="company", waiting=Waiting(WaitingKind.OFF))
        assert await says(session) is None
        await services.set_service(session, "sales", "業務部", group="company")
        assert await says(session) is None
        await services.set_service(session, "sales", "業務部", group="company", waiting="inherited")
        assert await says(session) == offer
        for unfit in (Waiting(WaitingKind.TOLD, 7), Waiting(WaitingKind.TOLD, 12, "fr")):
            with pytest.raises(Invalid):
                await services.set_service(session, "sales", "業務", waiting=unfit)
        await versions.roll_back(session, before)
        assert await says(session) is None


async def test_unknown_parts_are_refused(firm: Store) -> None:
    async with firm.session() as session:
        with pytest.raises(NotFound):
            await services.set_service(session, "x", "x", group="nobody")
        with pytest.raises(NotFound):
            await services.set_service(session, "x", "x", hours="never")
        with pytest.raises(Invalid):
            await services.set_service(session, "x", "x", teams=[("", "", "night")])
        with pytest.raises(Invalid):
            await services.set_hours(session, "x", "Mon-Fri 9-6", "Asia/Taipei")
        with pytest.raises(Invalid):
            await services.set_hours(session, "x", "Mon 09:00-10:00", "Mars/Olympus")
        with pytest.raises(NotFound):
            await people.set_number(session, "02-5550-2000", service="nothing")
        with pytest.raises(Invalid):
            await services.set_tier_rule(session, "Z")
        with pytest.raises(NotFound):
            await services.add_duty(session, "night", "999", DAY, NIGHT)


async def test_who_changed_what_is_kept(firm: Store) -> None:
    async with firm.transaction() as session:
        people.act_as(session, "mei")
        await people.set_agent(session, "101", deputy="", nickname="小林")
        await people.set_presence(session, "101", "dnd")
    async with firm.session() as session:
        newest = (await versions.log(session))[0]
        assert newest.by == "mei"
        assert [(c.subject, c.key) for c in newest.changes] == [("agent", "101")]
        assert newest.changes[0].fields() == [("deputy", "102", None), ("nickname", "", "小林")]
        oldest = (await versions.log(session))[-1]
        assert (oldest.by, oldest.changes[0].before) == ("boss", None)


async def test_there_and_back_again(firm: Store) -> None:
    async with firm.session() as session:
        good = (await versions.log(session))[0].number
        before = (await build_directory(session))[1]
    async with firm.transaction() as session:
        await people.set_agent(session, "101", deputy="", steps="mobile:10", mobile="0900-000-999")
        await people.add_agent(session, "103", "新人", extension="103")
        await people.set_group(session, "new", "新組", ["103"])
        await people.set_number(session, "02-5550-1000", group="new")
        await people.add_leave(session, "102", DAY, NIGHT)
    async with firm.session() as session:
        bad = (await versions.log(session))[0].number
        changed = {(one.subject, one.key) for one in await versions.diff(session, good, bad)}
        assert {("agent", "101"), ("agent", "103"), ("group", "new"), ("number", MAIN)} < changed
        turned = await versions.diff(session, bad, good)
        assert {(one.key, one.after) for one in turned if one.subject == "group"} == {("new", None)}
    async with firm.transaction() as session:
        number = await versions.roll_back(session, good)
    async with firm.session() as session:
        after = (await build_directory(session))[1]
        assert {c: a for c, a in after.agents.items() if c != "103"} == before.agents
        assert not after.agents["103"].active
        assert (after.groups, after.numbers) == (before.groups, before.numbers)
        assert (await versions.log(session))[0].number == number
        again = [one for one in await versions.diff(session, good, number) if one.key != "103"]
        assert again == []
        with pytest.raises(Refused, match="already"):
            await versions.roll_back(session, number)
        with pytest.raises(NotFound):
            await versions.roll_back(session, 99999)
    async with firm.transaction() as session:
        await versions.roll_back(session, bad)
        assert (await people.get_agent(session, "101")).mobile == "+886900000999"
        assert len(await people.list_leaves(session, "102")) == 1


async def test_a_version_that_would_ring_nobody_does_not_come_back(firm: Store) -> None:
    async with firm.transaction() as session:
        await people.add_agent(session, "104", "早退", extension="104")
        await people.set_group(session, "lonely", "一人", ["104"])
    async with firm.session() as session:
        lonely = (await versions.log(session))[0].number
    async with firm.transaction() as session:
        await people.set_group(session, "lonely", "一人", ["101"])
        row = await people.get_agent(session, "104")
        row.extension = None  # as a hand in the database would: no version knows of it
    async with firm.session() as session:
        with pytest.raises(Refused, match="lonely would ring nobody"):
            await versions.roll_back(session, lonely)
