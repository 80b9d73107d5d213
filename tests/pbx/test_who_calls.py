"""What the caller changes, on the real switch: a tier's ring times and team, a trip, an open complaint; and never that
somebody is missed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.people import set_group, set_number
from cti.agents.services import set_service, set_tier_rule
from cti.customers import people
from cti.customers.dealings import add_complaint, add_order, close_matter, set_order_state
from tests.pbx.floor import LONG, MAIN, Floor, outline, until

pytestmark = pytest.mark.pbx

VIP, PLAIN, STRANGE_VIP = "0922000801", "0922000802", "0922000803"
TRAVELLER, UPSET = "0922000804", "0922000805"
TEAM_NUMBER = "0255501910"


def e164(number: str) -> str:
    return f"+886{number[1:]}"


async def plan(floor: Floor, number: str, to: str = MAIN) -> list[tuple[str, str | None, int]]:
    """Whom a call would ring now, by the daemon that takes the calls: kind, agent and seconds of each step."""
    told = await floor.get(f"/route/explain?to={to}&from={number}")
    return [(step["kind"], step["agent"], step["seconds"]) for step in told["steps"]]


async def planned(floor: Floor, number: str, first: tuple[str, str | None, int], to: str = MAIN) -> None:
    """Wait until a call of theirs would begin so."""

    async def so() -> bool:
        return (await plan(floor, number, to))[0] == first

    await until(so, f"a plan for {number} that begins with {first}")


async def changed(floor: Floor, change: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
    async with floor.pbx.database() as store, store.transaction() as session:
        return await change(session)


async def customer(floor: Floor, number: str, **fields: Any) -> int:
    """Somebody with this number; their id."""
    return int((await changed(floor, lambda session: people.add(session, number, [number], **fields))).id)


@asynccontextmanager
async def tier_a_is_quick_and_has_a_team(floor: Floor) -> AsyncIterator[None]:
    """101 rings for `LONG`, but a second at the desk for tier A; of those whom nobody looks after, tier A rings 107."""

    async def change(session: AsyncSession) -> None:
        await set_tier_rule(session, "A", desk_seconds=1, mobile_seconds=LONG)
        await set_group(session, "vip", "貴賓組", ["107"], LONG)
        await set_service(session, "guests", "貴賓", group="company", teams=[("A", "", "vip")])
        await set_number(session, TEAM_NUMBER, service="guests")

    async with floor.ringing_long("101"):
        await changed(floor, change)
        yield


async def test_a_tier_has_its_own_ring_times_and_team(floor: Floor) -> None:
    await floor.register("101", "107")
    await customer(floor, VIP, owner="101", tier="A")
    await customer(floor, PLAIN, owner="101", tier="C")
    await customer(floor, STRANGE_VIP, tier="A")
    async with tier_a_is_quick_and_has_a_team(floor):
        await planned(floor, VIP, ("desk", "101", 1))
        await planned(floor, PLAIN, ("desk", "101", LONG))
        await planned(floor, STRANGE_VIP, ("group", None, LONG), TEAM_NUMBER)
        await the_desk_rings_a_second_for_a_vip_and_long_for_others(floor)
        await a_vips_team_rings_first(floor)


async def the_desk_rings_a_second_for_a_vip_and_long_for_others(floor: Floor) -> None:
    plain = await floor.call(PLAIN)
    theirs = await floor.rung("101")
    vip = await floor.call(VIP)
    desk = await floor.rung("101")
    phone = await floor.mobile_rung("101")  # long before 45 s are over: 101's own ring time is not the VIP's
    await desk.until_over()
    assert phone.presented == VIP
    assert not theirs.over
    for caller, rung in ((vip, phone), (plain, theirs)):
        caller.hang_up()
        await rung.until_over()
    quick, slow = await floor.record(e164(VIP)), await floor.record(e164(PLAIN))
    assert outline(quick) == ["desk 101 no_answer", "mobile 101 caller_hung_up"]
    assert outline(slow) == ["desk 101 caller_hung_up"]


async def a_vips_team_rings_first(floor: Floor) -> None:
    for number, expected in ((STRANGE_VIP, {"107"}), (PLAIN[:-1] + "9", {"101", "107"})):
        caller = await floor.call(number, TEAM_NUMBER)
        for code in sorted(expected):
            await floor.rung(code)
        caller.hang_up()
        record = await floor.record(e164(number))
        assert {leg["agent"] for leg in record["legs"] if leg["reason"] == "caller_hung_up"} == expected


async def test_who_leaves_within_three_days_waits_for_no_slow_step(floor: Floor) -> None:
    await floor.register("103")
    travels = await customer(floor, TRAVELLER, owner="103")
    departure = (datetime.now(ZoneInfo("Asia/Taipei")) + timedelta(days=2)).date()
    async with floor.ringing_long("103"):
        trip = await changed(floor, lambda session: add_order(session, travels, "沖繩五日", starts=departure))

        async def in_one_step() -> bool:
            return [kind for kind, _, _ in await plan(floor, TRAVELLER)][:2] == ["desk", "deputy"]

        await until(in_one_step, "a plan without a step for the mobile alone")
        desktop = await floor.desktop("103")
        caller = await floor.call(TRAVELLER)
        desk, phone = await floor.rung("103"), await floor.mobile_rung("103")
        assert not desk.over  # both at once: nobody waited for the desk's 45 s
        pop = await desktop.expect("pop")
        assert ("trip" in pop["why"], pop["card"]["orders"][0]["title"]) == (True, "沖繩五日")
        caller.hang_up()
        await phone.until_over()
        assert outline(await floor.record(e164(TRAVELLER))) == [
            "desk 103 caller_hung_up",
            "desk 103 mobile caller_hung_up",
        ]
        await changed(floor, lambda session: set_order_state(session, trip.id, "cancelled"))
        await planned(floor, TRAVELLER, ("desk", "103", LONG))


async def test_whom_a_complaint_is_about_does_not_ring_and_the_pop_says_why(floor: Floor) -> None:
    await floor.register("101", "102", "107")
    upset = await customer(floor, UPSET, owner="101")
    matter = await changed(floor, lambda session: add_complaint(session, upset, "行程說明有誤", about="101"))
    async with floor.ringing_long("102"):
        await planned(floor, UPSET, ("deputy", "102", LONG))
        owner, deputy = await floor.desktops("101", "102")
        caller = await floor.call(UPSET)
        phone = await floor.rung("102")
        pop = await deputy.expect("pop")
        assert "complaint" in pop["why"]
        phone.reject(486)
        (await floor.mobile_rung("102")).reject(486)
        again, other = await floor.rung("102"), await floor.rung("107")  # the group, without 101
        caller.hang_up()
        await again.until_over()
        await other.until_over()
        record = await floor.record(e164(UPSET))
        assert outline(record)[:2] == ["deputy 102 busy", "deputy 102 mobile busy"]
        assert "101" not in {leg["agent"] for leg in record["legs"]}
        assert not floor.desks["101"].calls
        assert not owner.heard("pop")
        await changed(floor, lambda session: close_matter(session, matter.id))
        await planned(floor, UPSET, ("desk", "101", 3))
