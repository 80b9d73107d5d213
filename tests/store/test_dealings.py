"""What is between a customer and the firm changes who rings, from memory, as soon as it changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cti.agents import people as staff
from cti.agents.directory import build_directory
from cti.customers import dealings, people
from cti.customers.index import CallerIndex
from cti.decision import Decision, decide
from cti.errors import Invalid, NotFound
from cti.store.engine import Store
from routing.model import Directory

TODAY = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)
MOBILE = "+886933000222"


class Office:
    """One customer of agent 101, whose deputy is 102; 103 is a third. `at` is the index's clock."""

    def __init__(self, store: Store, directory: Directory, customer: int) -> None:
        self.store = store
        self.directory = directory
        self.customer = customer
        self.at = TODAY
        self.index = CallerIndex(store, now=lambda: self.at)

    async def decision(self) -> Decision:
        await self.index.refresh()
        return decide(self.directory, self.index, dialled="0255501000", caller="0933000222", at=self.at)

    async def first(self) -> str:
        why = (await self.decision()).plan.steps[0].why
        return "+".join((why.code.value, *why.because))


@pytest.fixture
async def office(store: Store) -> Office:
    async with store.transaction() as session:
        for code in ("101", "102", "103"):
            await staff.add_agent(session, code, code, extension=code, mobile=f"0900000{code}")
        await staff.set_agent(session, "101", deputy="102")
        await staff.set_group(session, "company", "company", ["101", "102", "103"])
        customer = await people.add(session, "陳太太", ["0933000222"], owner="101", tier="A")
    async with store.session() as session:
        return Office(store, (await build_directory(session))[1], customer.id)


async def test_a_trip_hurries_from_three_days_before_to_its_last_day(office: Office) -> None:
    day = TODAY.date() + timedelta(days=10)
    assert await office.first() == "owner_desk"
    async with office.store.transaction() as session:
        order = await dealings.add_order(
            session, office.customer, "沖繩", starts=day, ends=day + timedelta(days=4), agent="101"
        )
    # 04:00 UTC is noon in Taipei: three days and a half before, then two and a half.
    office.at = TODAY + timedelta(days=6)
    assert await office.first() == "owner_desk"
    office.at = TODAY + timedelta(days=7)
    assert await office.first() == "owner_both+trip"
    office.at = TODAY + timedelta(days=14)
    assert await office.first() == "owner_both+trip"
    office.at = TODAY + timedelta(days=15)
    assert await office.first() == "owner_desk"
    office.at = TODAY + timedelta(days=10)
    async with office.store.transaction() as session:
        await dealings.set_order_state(session, order.id, "cancelled")
    assert await office.first() == "owner_desk"


async def test_an_open_complaint_keeps_its_agent_from_ringing(office: Office) -> None:
    async with office.store.transaction() as session:
        matter = await dealings.add_complaint(session, office.customer, "態度不好", about="101")
    decision = await office.decision()
    assert decision.matches[0].avoid == ("101",)
    assert "101" not in {target.agent for step in decision.plan.steps for target in step.targets}
    assert await office.first() == "deputy_desk+complaint"
    assert list(office.index.owners()) == []
    async with office.store.transaction() as session:
        await dealings.close_matter(session, matter.id)
        await dealings.close_matter(session, matter.id)
    assert await office.first() == "owner_desk"
    assert list(office.index.owners()) == [(MOBILE, "101")]


async def test_a_customers_own_deputy(office: Office) -> None:
    async with office.store.transaction() as session:
        await dealings.set_deputy(session, office.customer, "103")
    assert [step.agent for step in (await office.decision()).plan.steps][:4] == ["101", "101", "103", "103"]
    async with office.store.transaction() as session:
        await dealings.set_deputy(session, office.customer, None)
    assert (await office.decision()).plan.steps[2].agent == "102"


async def test_who_had_the_number_once_shapes_nothing(office: Office) -> None:
    async with office.store.transaction() as session:
        old = await people.add(session, "舊主人", ["0933000222"], owner="103")
        await dealings.add_complaint(session, old.id, "?", about="101")
        await people.retire_number(session, old.id, MOBILE, TODAY - timedelta(days=1))
    assert await office.first() == "owner_desk"


async def test_wrong_dealings_are_refused(office: Office) -> None:
    async with office.store.session() as session:
        with pytest.raises(NotFound):
            await dealings.add_order(session, 999, "x")
        with pytest.raises(Invalid):
            await dealings.add_order(session, office.customer, " ")
        with pytest.raises(Invalid):
            await dealings.add_order(session, office.customer, "x", state="?")
        with pytest.raises(Invalid):
            await dealings.add_order(session, office.customer, "x", starts=date(2026, 1, 2), ends=date(2026, 1, 1))
        with pytest.raises(NotFound):
            await dealings.set_order_state(session, 999, "paid")
        with pytest.raises(Invalid):
            await dealings.add_complaint(session, office.customer, "")
        with pytest.raises(Invalid):
            await dealings.add_complaint(session, office.customer, "x", about="1" * 41)
        with pytest.raises(NotFound):
            await dealings.close_matter(session, 999)
        with pytest.raises(Invalid):
            await dealings.set_deputy(session, office.customer, "")
