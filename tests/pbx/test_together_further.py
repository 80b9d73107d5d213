"""Several phones of several people at once, the desk first and then both, and key 1 when the time just runs out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from cti.local.sip_call import SipCall
from routing.wire import checksum
from tests.pbx.floor import LONG, Floor, direct, mobile, outline
from tests.pbx.strange_daemon import StrangeDaemon, plan
from tests.pbx.test_desk_and_mobile import OWNERS, PAIRS, e164, rings_both, stepping, stranger

pytestmark = pytest.mark.pbx

GROUP = ("101", "102", "103")
STEP = 5
"""Seconds of the step of both phones in which key 1 comes late."""
LATE = (-0.45, -0.3, -0.15, 0.0, 0.1, 0.2, 0.3, 0.45)
"""When the key is pressed, in seconds from the end of the step."""


@pytest_asyncio.fixture(autouse=True)
async def mended(floor: Floor) -> AsyncIterator[None]:
    """The daemon serves again, whatever a test put in its place."""
    yield
    if not floor.pbx.runs:
        await floor.pbx.restarted()


def group_plan() -> str:
    """One step of a group in which everybody has both phones. No directory makes such a step; a plan may."""
    phones = "+".join(f"d:{code}:{code}+m:{code}:{mobile(code)}" for code in GROUP)
    body = f"p1~carrier~group!{LONG}!{phones}"
    return f"RW1~{checksum(body)}~{body}"


async def test_who_declines_in_a_group_declines_for_themself_alone(floor: Floor) -> None:
    """Their own two phones stop, the colleagues' ring on; one of these then has the call, and all others are let go."""
    await floor.register(*GROUP)
    floor.pbx.kill_daemon()
    async with StrangeDaemon(floor.pbx.settings.agi_port, plan(group_plan())):
        ways = [("desk", "mobile"), ("mobile", "desk")]
        callers = [stranger(str(number)) for number in (201, 202)]
        for number, (declining, answering) in zip(callers, ways, strict=True):
            caller = await floor.call(number, to=direct("101"))
            desks = {code: await floor.rung(code) for code in GROUP}
            mobiles = {code: await floor.mobile_rung(code) for code in GROUP}
            phones = {"desk": desks, "mobile": mobiles}
            phones[declining]["101"].reject(603)
            await phones[answering]["101"].until_over()
            assert not any(kind[code].over for kind in (desks, mobiles) for code in ("102", "103"))
            taken = phones[answering]["102"]
            await taken.answer()
            if answering == "mobile":
                await taken.until_heard()
                await taken.press("1")
            await caller.until_answered()
            others = [kind[code] for kind in (desks, mobiles) for code in ("102", "103") if kind[code] is not taken]
            await asyncio.gather(*(one.until_over() for one in others))
            assert not taken.over
            caller.hang_up()
            await taken.until_over()
    await floor.pbx.restarted_daemon()
    for number, (_, answering) in zip(callers, ways, strict=True):
        expected = set()
        for code in GROUP:
            for device in ("desk", "mobile"):
                reason = "declined" if code == "101" else "answered_elsewhere"
                reason = "answered" if (code, device) == ("102", answering) else reason
                expected.add(f"group {code}{' mobile' if device == 'mobile' else ''} {reason}")
        assert set(outline(await floor.record(f"+886{number[1:]}"))) == expected


async def test_the_desk_alone_and_then_both(floor: Floor) -> None:
    """`desk:3 both:45`: the desk rings out and rings again beside the mobile; declined before, neither rings again."""
    await floor.register(*(code for pair in PAIRS[:3] for code in pair))
    async with stepping(floor, f"desk:3 both:{LONG}", *OWNERS[:3]):
        await asyncio.gather(
            both_after_the_desk(floor, *PAIRS[0], "desk"),
            both_after_the_desk(floor, *PAIRS[1], "mobile"),
            declined_before_both(floor, *PAIRS[2]),
        )


async def both_after_the_desk(floor: Floor, owner: str, deputy: str, answers: str) -> None:
    caller = await floor.call(stranger(owner), to=direct(owner))
    first = await floor.rung(owner)
    await first.until_over()
    again, phone = await asyncio.gather(floor.rung(owner), floor.mobile_rung(owner))
    taken, other = (again, phone) if answers == "desk" else (phone, again)
    await taken.answer()
    if answers == "mobile":
        await taken.until_heard()
        await taken.press("1")
    await caller.until_answered()
    await other.until_over()
    assert not taken.over
    caller.hang_up()
    await taken.until_over()
    assert not floor.desks[deputy].calls
    desk, cell = ("answered", "answered_elsewhere") if answers == "desk" else ("answered_elsewhere", "answered")
    legs = outline(await floor.record(e164(owner)))
    assert legs == [f"desk {owner} no_answer", f"desk {owner} {desk}", f"desk {owner} mobile {cell}"]


async def declined_before_both(floor: Floor, owner: str, deputy: str) -> None:
    caller = await floor.call(stranger(owner), to=direct(owner))
    (await floor.rung(owner)).reject(603)
    following = await floor.rung(deputy)
    assert len(floor.desks[owner].calls) == 1
    caller.hang_up()
    await following.until_over()
    legs = outline(await floor.record(e164(owner)))
    assert legs[0] == f"desk {owner} declined"
    assert set(legs[1:-1]) == {f"desk {owner} declined", f"desk {owner} mobile declined"}
    assert legs[-1] == f"deputy {deputy} caller_hung_up"


async def test_key_1_in_the_moment_in_which_the_step_runs_out(floor: Floor) -> None:
    """Either the mobile has the call or the deputy rings: never both, never neither, and the record says which."""
    await floor.register(*(code for pair in PAIRS for code in pair))
    async with stepping(floor, f"both:{STEP}", *OWNERS):
        for moments in (LATE[: len(PAIRS)], LATE[len(PAIRS) :]):
            floor.opened = datetime.now(UTC)
            await asyncio.gather(
                *(accepts_late(floor, *pair, moment) for pair, moment in zip(PAIRS, moments, strict=True))
            )


async def accepts_late(floor: Floor, owner: str, deputy: str, moment: float) -> None:
    caller, desk, phone = await rings_both(floor, owner)
    await phone.answer()
    await phone.until_heard()
    key = asyncio.create_task(presses_at(phone, floor.invited_at(desk) + STEP + moment))
    next_one = asyncio.create_task(floor.rung(deputy))
    answered = asyncio.create_task(caller.until_answered())
    await asyncio.wait([next_one, answered], return_when=asyncio.FIRST_COMPLETED)
    await key
    if answered.done():
        assert not phone.over
        next_one.cancel()
        await desk.until_over()
        assert not [call for call in floor.desks[deputy].calls if not call.over]
        caller.hang_up()
        await phone.until_over()
        expected = [f"desk {owner} answered_elsewhere", f"desk {owner} mobile answered"]
    else:
        await phone.until_over()
        assert desk.over
        assert not caller.answered
        deputys = next_one.result()
        await deputys.answer()
        await answered
        caller.hang_up()
        await deputys.until_over()
        expected = [f"desk {owner} no_answer", f"desk {owner} mobile not_accepted", f"deputy {deputy} answered"]
    assert outline(await floor.record(e164(owner))) == expected, moment


async def presses_at(phone: SipCall, at: float) -> None:
    """Key 1 at this instant of the monotonic clock, the thing that is varied; not when it was hung up before."""
    await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
    if not phone.over:
        await phone.press("1")
