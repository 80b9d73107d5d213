"""Desk and mobile together: one has the call, who declines declines for both, and nothing rings on in vain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from cti.agents.people import set_agent
from cti.local.sip_call import SipCall
from tests.pbx.floor import LONG, Floor, direct, outline

pytestmark = pytest.mark.pbx

PAIRS = (("101", "102"), ("103", "104"), ("105", "106"), ("107", "108"))
OWNERS = tuple(owner for owner, _ in PAIRS)
ROUNDS = 8
"""With four owners at a time: 32 calls that two phones answer in the same instant."""


def stranger(code: str) -> str:
    return f"0922000{code}"


def e164(code: str) -> str:
    return f"+886922000{code}"


@asynccontextmanager
async def stepping(floor: Floor, steps: str, *codes: str) -> AsyncIterator[None]:
    """These people's own chains; afterwards desk, then mobile again."""

    async def set_to(value: str) -> None:
        async with floor.pbx.database() as store, store.transaction() as session:
            for code in codes:
                await set_agent(session, code, steps=value)

    await set_to(steps)
    for code in codes:
        await floor.kept(code, f"+m:{code}:")
    try:
        yield
    finally:
        await set_to("")
        for code in codes:
            await floor.kept(code, f"~desk!3!d:{code}:{code}~")


async def rings_both(floor: Floor, owner: str) -> tuple[SipCall, SipCall, SipCall]:
    """A stranger calls; the caller's, the desk's and the mobile's call."""
    caller = await floor.call(stranger(owner), to=direct(owner))
    desk, phone = await asyncio.gather(floor.rung(owner), floor.mobile_rung(owner))
    return caller, desk, phone


async def test_each_way_of_ending_a_step_of_two_phones(floor: Floor) -> None:
    await floor.register(*(code for pair in PAIRS for code in pair))
    async with stepping(floor, f"both:{LONG}", *OWNERS):
        async with asyncio.TaskGroup() as tasks:
            ways = (desk_declines, mobile_declines, desk_answers_within_the_prompt, voicemail_does_not_end_the_desk)
            for way, (owner, deputy) in zip(ways, PAIRS, strict=True):
                tasks.create_task(way(floor, owner, deputy))
        floor.opened = datetime.now(UTC)  # the records that follow are of these people's next calls
        async with asyncio.TaskGroup() as tasks:
            more = (mobile_accepts, caller_goes_within_the_prompt)
            for way, (owner, deputy) in zip(more, PAIRS[:2], strict=True):
                tasks.create_task(way(floor, owner, deputy))


async def desk_declines(floor: Floor, owner: str, deputy: str) -> None:
    caller, desk, phone = await rings_both(floor, owner)
    desk.reject(603)
    following = await floor.rung(deputy)
    await phone.until_over()
    caller.hang_up()
    await following.until_over()
    legs = outline(await floor.record(e164(owner)))
    assert legs == [f"desk {owner} declined", f"desk {owner} mobile declined", f"deputy {deputy} caller_hung_up"]


async def mobile_declines(floor: Floor, owner: str, deputy: str) -> None:
    caller, desk, phone = await rings_both(floor, owner)
    phone.reject(603)
    following = await floor.rung(deputy)
    await desk.until_over()
    caller.hang_up()
    await following.until_over()
    legs = outline(await floor.record(e164(owner)))
    assert legs == [f"desk {owner} declined", f"desk {owner} mobile declined", f"deputy {deputy} caller_hung_up"]


async def desk_answers_within_the_prompt(floor: Floor, owner: str, deputy: str) -> None:
    caller, desk, phone = await rings_both(floor, owner)
    await phone.answer()
    await phone.until_heard()
    assert not caller.answered
    await desk.answer()
    await caller.until_answered()
    await phone.until_over()
    assert not desk.over
    caller.hang_up()
    await caller.until_over()
    legs = outline(await floor.record(e164(owner)))
    assert legs == [f"desk {owner} answered", f"desk {owner} mobile answered_elsewhere"]


async def voicemail_does_not_end_the_desk(floor: Floor, owner: str, deputy: str) -> None:
    caller, desk, phone = await rings_both(floor, owner)
    await phone.answer()
    await phone.until_over()
    assert not desk.over
    assert not caller.answered
    await desk.answer()
    await caller.until_answered()
    caller.hang_up()
    legs = outline(await floor.record(e164(owner)))
    assert legs == [f"desk {owner} answered", f"desk {owner} mobile not_accepted"]


async def mobile_accepts(floor: Floor, owner: str, deputy: str) -> None:
    caller, desk, phone = await rings_both(floor, owner)
    await phone.answer()
    await phone.until_heard()
    await phone.press("1")
    await caller.until_answered()
    await desk.until_over()
    assert not phone.over
    caller.hang_up()
    await phone.until_over()
    legs = outline(await floor.record(e164(owner)))
    assert legs == [f"desk {owner} answered_elsewhere", f"desk {owner} mobile answered"]


async def caller_goes_within_the_prompt(floor: Floor, owner: str, deputy: str) -> None:
    caller, desk, phone = await rings_both(floor, owner)
    await phone.answer()
    await phone.until_heard()
    caller.hang_up()
    await asyncio.gather(desk.until_over(), phone.until_over())
    legs = outline(await floor.record(e164(owner)))
    assert legs == [f"desk {owner} caller_hung_up", f"desk {owner} mobile caller_hung_up"]


async def test_who_answers_on_both_in_the_same_instant_has_one_call(floor: Floor) -> None:
    await floor.register(*OWNERS)
    took = {"desk": 0, "carrier": 0}

    async def at_once(owner: str, moment: int) -> None:
        caller, desk, phone = await rings_both(floor, owner)
        await phone.answer()
        await phone.until_heard()
        await asyncio.gather(phone.press("1"), answered_within_the_key(desk, moment))
        await caller.until_answered()
        waits = [asyncio.ensure_future(one.until_over()) for one in (desk, phone)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        assert desk.over != phone.over, "exactly one keeps the call"
        assert not caller.over
        won, lost = ("carrier", "desk") if desk.over else ("desk", "carrier")
        caller.hang_up()
        await asyncio.gather(*waits)
        record = await floor.record(e164(owner))
        reasons = {leg["endpoint"].partition("@")[2] or "desk": leg["reason"] for leg in record["legs"]}
        assert reasons == {won: "answered", lost: "answered_elsewhere"}, record
        took[won] += 1

    async with stepping(floor, f"both:{LONG}", *OWNERS):
        for again in range(ROUNDS):
            floor.opened = datetime.now(UTC)
            await asyncio.gather(*(at_once(owner, again) for owner in OWNERS))
    assert sum(took.values()) == ROUNDS * len(OWNERS)


async def answered_within_the_key(desk: SipCall, moment: int) -> None:
    """Pick up some packets after the key went down; it counts when its end has been heard, after five."""
    await asyncio.sleep(0.02 * (moment + 1))
    await desk.answer()
