"""A firm of two people without desk phones, each the other's deputy, and what happens when one takes a desk again."""

from __future__ import annotations

import asyncio

import pytest

from cti.agents.people import set_agent, set_group, set_number
from tests.pbx.floor import Floor, direct, mobile, outline, until

pytestmark = pytest.mark.pbx

PAIR = ("107", "108")
THEIRS = "0255504000"


async def test_two_people_with_mobiles_only(floor: Floor) -> None:
    usual = "~carrier~desk!3!d:107:107~mobile!4!m:107:0900000107~deputy!3!d:108:108"
    await floor.register("107", "108")
    await floor.kept("107", usual)
    async with floor.pbx.routing_as_before():
        await set_up(floor)
        await each_mobile_rings_once_and_then_it_is_promised(floor)
        await a_stranger_rings_both_and_one_takes_it(floor)
        await with_a_desk_and_back_again(floor)
    await floor.kept("107", usual)


async def set_up(floor: Floor) -> None:
    """107 and 108 have mobiles only, stand in for each other, and share a number."""
    async with floor.pbx.database() as store, store.transaction() as session:
        for code in PAIR:
            await set_agent(session, code, mobile_seconds=2)
        await set_group(session, "pair", "兩人公司", PAIR, 4)
        await set_number(session, THEIRS, group="pair")
    await asyncio.gather(*(floor.pbx.ringward("agent", "profile", code, "mobile-only") for code in PAIR))
    await floor.kept("107", "~carrier~mobile!2!m:107:0900000107~deputy!2!m:108:0900000108")
    await floor.kept_number(THEIRS, "~group!4!m:107:0900000107+m:108:0900000108")


async def each_mobile_rings_once_and_then_it_is_promised(floor: Floor) -> None:
    caller = await floor.call("0911800001", to=direct("107"))
    first = await floor.mobile_rung("107")
    second = await floor.mobile_rung("108")
    await caller.until_over()
    assert not caller.answered
    await first.until_over()
    await second.until_over()
    legs = outline(await floor.shown("+886911800001"))
    assert legs[:2] == ["mobile 107 no_answer", "deputy 108 mobile no_answer"]
    assert [call.dialled for call in floor.carrier.calls if not call.outgoing] == [mobile("107"), mobile("108")]
    assert not floor.desks["107"].calls
    assert not floor.desks["108"].calls
    promise = await promised(floor, "+886911800001", 1)
    assert (promise["state"], promise["owner"]) == ("open", "107")


async def a_stranger_rings_both_and_one_takes_it(floor: Floor) -> None:
    caller = await floor.call("0911800002", to=THEIRS)
    phones = [await floor.mobile_rung(code) for code in PAIR]
    await phones[1].answer()
    await phones[1].until_heard()
    await phones[1].press("1")
    await caller.until_answered()
    await phones[0].until_over()
    caller.hang_up()
    await phones[1].until_over()
    legs = outline(await floor.shown("+886911800002"))
    assert sorted(legs) == ["group 107 mobile answered_elsewhere", "group 108 mobile answered"]


async def with_a_desk_and_back_again(floor: Floor) -> None:
    """The profile is changed there and back; numbers, extension and phone are what they were."""
    ringward = floor.pbx.ringward
    await ringward("agent", "profile", "107", "desk-and-mobile")
    await floor.kept("107", "~carrier~desk!3!d:107:107~mobile!2!m:107:0900000107~deputy!2!m:108:0900000108")
    caller = await floor.call("0911800003", to=direct("107"))
    desk = await floor.rung("107")
    desk.reject(486)
    phone = await floor.mobile_rung("107")
    caller.hang_up()
    await phone.until_over()
    assert outline(await floor.record("+886911800003")) == ["desk 107 busy", "mobile 107 caller_hung_up"]
    await ringward("agent", "profile", "107", "mobile-only")
    await floor.kept("107", "~carrier~mobile!2!m:107:0900000107~deputy!2!m:108:0900000108")
    caller = await floor.call("0911800003", to=direct("107"))
    phone = await floor.mobile_rung("107")
    caller.hang_up()
    await phone.until_over()
    assert len(floor.desks["107"].calls) == 1
    await promised(floor, "+886911800003", 2)


async def promised(floor: Floor, number: str, attempts: int) -> dict[str, object]:
    """The one promise to this number, once it counts so many calls."""

    async def there() -> list[dict[str, object]]:
        owed = [one for one in await floor.get("/promises?limit=500") if one["number"] == number]
        return owed if sum(one["attempts"] for one in owed) == attempts else []

    (promise,) = await until(there, f"a promise to {number} for {attempts} calls")
    return promise
