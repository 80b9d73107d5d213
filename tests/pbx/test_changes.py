"""What the command line changes reaches live calls and Asterisk's own copy; a call that goes on keeps its plan."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from cti.agents.people import set_agent, set_group, set_number
from cti.agents.services import set_hours, set_service
from tests.pbx.floor import CHEN, MAIN, Floor, direct, outline

pytestmark = pytest.mark.pbx

TAIPEI = ZoneInfo("Asia/Taipei")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHOP = "0255503000"

_strangers = itertools.count(1)


@pytest_asyncio.fixture(autouse=True)
async def as_before(floor: Floor) -> AsyncIterator[None]:
    """Whatever a test changes of routing is rolled back, and Asterisk's copy follows."""
    usual = ("~desk!3!d:101:101", "~deputy!3!d:102:102")
    await floor.kept("101", *usual)
    async with floor.pbx.routing_as_before():
        yield
    await floor.kept("101", *usual)


async def test_a_call_keeps_the_plan_it_began_with(floor: Floor) -> None:
    await floor.register("101", "102", "103")
    await let_it_ring(floor)
    first, second = a_stranger(), a_stranger()
    caller = await floor.call(first, to=direct("101"))
    desk = await floor.rung("101")
    await floor.pbx.ringward("agent", "set", "101", "--deputy", "103")
    await floor.kept("101", "deputy!3!d:103:103")
    desk.reject(486)
    (await floor.mobile_rung("101")).reject(486)
    deputy = await floor.rung("102")
    caller.hang_up()
    await deputy.until_over()
    legs = ["desk 101 busy", "mobile 101 busy", "deputy 102 caller_hung_up"]
    assert outline(await floor.shown(f"+886{first[1:]}")) == legs
    caller = await floor.call(second, to=direct("101"))
    (await floor.rung("101")).reject(486)
    (await floor.mobile_rung("101")).reject(486)
    deputy = await floor.rung("103")
    caller.hang_up()
    await deputy.until_over()
    legs = ["desk 101 busy", "mobile 101 busy", "deputy 103 caller_hung_up"]
    assert outline(await floor.shown(f"+886{second[1:]}")) == legs


async def test_somebody_leaves_in_the_middle_of_a_call(floor: Floor) -> None:
    """His desk has gone from Asterisk by then; the chain goes on to whoever comes next."""
    await floor.register("101", "102")
    await let_it_ring(floor)
    number = a_stranger()
    caller = await floor.call(number, to=direct("101"))
    desk = await floor.rung("101")
    await floor.pbx.ringward("agent", "set", "101", "--inactive")
    try:
        desk.reject(486)
        (await floor.mobile_rung("101")).reject(486)
        deputy = await floor.rung("102")
        await deputy.answer()
        await caller.until_answered()
        caller.hang_up()
        await deputy.until_over()
        record = await floor.record(f"+886{number[1:]}")
        assert outline(record) == ["desk 101 busy", "mobile 101 busy", "deputy 102 answered"]
    finally:
        await floor.pbx.ringward("agent", "set", "101", "--active")
        await floor.desks["101"].register()
        await floor.everybody("available", ("101",))


async def test_a_chain_of_ones_own(floor: Floor) -> None:
    await floor.register("101")
    await floor.pbx.ringward("agent", "steps", "101", "both:5")
    await floor.kept("101", "desk!5!d:101:101+m:101:0900000101")
    caller = await floor.call(a_stranger(), to=direct("101"))
    phones = [await floor.rung("101"), await floor.mobile_rung("101")]
    caller.hang_up()
    for phone in phones:
        await phone.until_over()


async def test_leave_begins_and_is_taken_back(floor: Floor) -> None:
    await floor.register("101", "102", "103")
    now = datetime.now(TAIPEI)
    span = [(now + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M") for hours in (-1, 1)]
    words = ["agent", "leave", "add", "101", "--from", span[0], "--to", span[1], "--deputy", "103", "--json"]
    (leave,) = json.loads(await floor.pbx.ringward(*words))
    await floor.kept("101", "~carrier~deputy!3!d:103:103")
    caller = await floor.call(a_stranger(), to=direct("101"))
    phone = await floor.rung("103")
    caller.hang_up()
    await phone.until_over()
    assert not floor.desks["101"].calls
    await floor.pbx.ringward("agent", "leave", "remove", str(leave["id"]))
    await floor.kept("101", "~desk!3!d:101:101")
    caller = await floor.call(a_stranger(), to=direct("101"))
    phone = await floor.rung("101")
    caller.hang_up()
    await phone.until_over()


async def test_hours_close_a_number(floor: Floor) -> None:
    await floor.register("101", "104")
    async with floor.pbx.database() as store, store.transaction() as session:
        await set_group(session, "day", "日班", ["101"], 4)
        await set_group(session, "night", "夜班", ["104"], 4)
        await set_hours(session, "shop", "Mon-Sun 00:00-24:00", "Asia/Taipei", "")
        await set_service(session, "shop", "門市", group="day", hours="shop", closed_group="night")
        await set_number(session, SHOP, service="shop")
    await floor.kept_number(SHOP, "~group!4!d:101:101")
    caller = await floor.call(a_stranger(), to=SHOP)
    phone = await floor.rung("101")
    caller.hang_up()
    await phone.until_over()
    await floor.pbx.ringward("route", "hours", "shop", "--week", f"{another_day()} 09:00-10:00")
    await floor.kept_number(SHOP, "~group!4!m:104:0900000104")
    caller = await floor.call(a_stranger(), to=SHOP)
    phone = await floor.mobile_rung("104")
    caller.hang_up()
    await phone.until_over()
    assert len(floor.desks["101"].calls) == 1


async def test_each_number_keeps_its_hours_while_the_daemon_is_dead(floor: Floor) -> None:
    """Asterisk's own copy: who belongs to somebody rings them, but not by a number that is closed now."""
    await floor.register("101", "104")
    async with floor.pbx.database() as store, store.transaction() as session:
        await set_group(session, "day", "日班", ["103"], 4)
        await set_group(session, "night", "夜班", ["104"], 4)
        await set_hours(session, "shop", f"{another_day()} 09:00-10:00", "Asia/Taipei", "")
        await set_service(session, "shop", "門市", group="day", hours="shop", closed_group="night")
        await set_number(session, SHOP, service="shop")
    await floor.kept_number(SHOP, "~group!4!m:104:0900000104")
    floor.pbx.kill_daemon()
    by_night = await floor.call(CHEN, to=SHOP)
    phone = await floor.mobile_rung("104")
    by_day = await floor.call(CHEN)
    desk = await floor.rung("101")
    for caller in (by_night, by_day):
        caller.hang_up()
    await asyncio.gather(phone.until_over(), desk.until_over())
    assert len(floor.desks["101"].calls) == 1
    await floor.pbx.restarted_daemon()
    closed = await floor.record("+886933000222", SHOP)
    assert (closed["plan_source"], outline(closed)) == ("kept", ["group 104 mobile caller_hung_up"])
    opened = await floor.record("+886933000222", MAIN)
    assert (opened["plan_source"], outline(opened)) == ("kept", ["desk 101 caller_hung_up"])


async def let_it_ring(floor: Floor) -> None:
    """Long enough for a command in the middle of the ringing, on a busy machine too."""
    async with floor.pbx.database() as store, store.transaction() as session:
        await set_agent(session, "101", desk_seconds=20)
    await floor.kept("101", "~desk!20!d:101:101")


def another_day() -> str:
    """A day of the week that is neither today nor next to it."""
    return DAYS[(datetime.now(UTC).weekday() + 3) % 7]


def a_stranger() -> str:
    """A number that nobody has called from."""
    return f"09117{next(_strangers):05}"
