"""Every leg answered, every way of not answering, every moment at which a caller may give up.

Four pairs of colleagues stand in for each other, so four calls that do not touch run at a time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from cti.agents.people import add_agent, set_number
from cti.local.sip_call import SipCall
from tests.pbx.floor import LONG, Floor, direct, outline, until

pytestmark = pytest.mark.pbx

PAIRS = (("101", "102"), ("103", "104"), ("105", "106"), ("107", "108"))


OWNERS = tuple(owner for owner, _ in PAIRS)


def stranger(code: str) -> str:
    """A caller nobody knows, another for each agent."""
    return f"0922000{code}"


def e164(code: str) -> str:
    """As it is recorded."""
    return f"+886922000{code}"


async def hang_up_in_the_end(caller: SipCall) -> None:
    await caller.until_answered()
    caller.hang_up()
    await caller.until_over()


async def desk_answers(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    await (await floor.rung(owner)).answer()
    await hang_up_in_the_end(caller)
    return [f"desk {owner} answered"]


async def mobile_accepts(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    (await floor.rung(owner)).reject(486)
    phone = await floor.mobile_rung(owner)
    await phone.answer()
    await phone.until_heard()
    assert not caller.answered
    await phone.press("1")
    await hang_up_in_the_end(caller)
    return [f"desk {owner} busy", f"mobile {owner} answered"]


async def deputy_answers(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    (await floor.rung(owner)).reject(486)
    (await floor.mobile_rung(owner)).reject(486)
    await (await floor.rung(deputy)).answer()
    await hang_up_in_the_end(caller)
    return [f"desk {owner} busy", f"mobile {owner} busy", f"deputy {deputy} answered"]


async def deputys_mobile_accepts(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    (await floor.rung(owner)).reject(486)
    (await floor.mobile_rung(owner)).reject(486)
    (await floor.rung(deputy)).reject(486)
    phone = await floor.mobile_rung(deputy)
    await phone.answer()
    await phone.until_heard()
    await phone.press("1")
    await hang_up_in_the_end(caller)
    legs = [f"desk {owner} busy", f"mobile {owner} busy", f"deputy {deputy} busy"]
    return [*legs, f"deputy {deputy} mobile answered"]


async def test_every_leg_answered(floor: Floor) -> None:
    await floor.register(*(code for pair in PAIRS for code in pair))
    ways = (desk_answers, mobile_accepts, deputy_answers, deputys_mobile_accepts)
    await side_by_side(floor, ways)


async def test_the_group_takes_what_the_chain_did_not(floor: Floor) -> None:
    await floor.register("101", "107")
    caller = await floor.call(stranger("101"), to=direct("101"))
    (await floor.rung("101")).reject(486)
    (await floor.mobile_rung("101")).reject(486)
    (await floor.mobile_rung("102")).reject(486)
    again, phone = await floor.rung("101"), await floor.rung("107")
    await phone.answer()
    await again.until_over()
    await hang_up_in_the_end(caller)
    legs = outline(await floor.record(e164("101")))
    assert legs[:4] == ["desk 101 busy", "mobile 101 busy", "deputy 102 offline", "deputy 102 mobile busy"]
    assert {"group 101 answered_elsewhere", "group 107 answered", "group 102 offline"} <= set(legs[4:])
    assert len(legs) == 12


Way = Callable[[Floor, str, str], Awaitable[list[str]]]


async def side_by_side(floor: Floor, ways: tuple[Way, ...]) -> None:
    """Try each way with a pair of its own, all at the same time, and compare the records with what each returned."""

    async def one(way: Way, owner: str, deputy: str) -> tuple[str, list[str]]:
        expected = await way(floor, owner, deputy)
        record = await floor.record(e164(owner))
        assert outline(record) == expected, way
        return record["linkedid"], expected

    async with asyncio.TaskGroup() as tasks:
        tried = [tasks.create_task(one(way, *pair)) for way, pair in zip(ways, PAIRS, strict=False)]
    expected = dict(task.result() for task in tried)

    async def told() -> bool:
        calls = json.loads(await floor.pbx.ringward("call", "list", "--limit", "20", "--json"))
        return {one["linkedid"]: outline(one) for one in calls if one["linkedid"] in expected} == expected

    await until(told, "the same reasons by the command line")


def desk_says(status: int, reason: str) -> Way:
    """The desk refuses; the next phone rings, and not because the ring time was over."""

    async def way(floor: Floor, owner: str, deputy: str) -> list[str]:
        caller = await floor.call(stranger(owner), to=direct(owner))
        desk = await floor.rung(owner)
        desk.reject(status)
        if reason == "declined":
            # Who declines has seen the call: the mobile is not rung on top of it.
            following = await floor.rung(deputy)
            expected = [f"desk {owner} declined", f"mobile {owner} declined", f"deputy {deputy} caller_hung_up"]
        else:
            following = await floor.mobile_rung(owner)
            expected = [f"desk {owner} {reason}", f"mobile {owner} caller_hung_up"]
        await given_up(floor, caller, following)
        return expected

    return way


def mobile_says(status: int, reason: str) -> Way:
    """The desk is not registered, the mobile's network refuses; the deputy rings long before the time is over."""

    async def way(floor: Floor, owner: str, deputy: str) -> list[str]:
        caller = await floor.call(stranger(owner), to=direct(owner))
        phone = await floor.mobile_rung(owner)
        phone.reject(status)
        following = await floor.rung(deputy)
        await given_up(floor, caller, following)
        return [f"desk {owner} offline", f"mobile {owner} {reason}", f"deputy {deputy} caller_hung_up"]

    return way


async def test_a_desk_that_refuses(floor: Floor) -> None:
    await floor.register(*(code for pair in PAIRS for code in pair))
    ways = (desk_says(486, "busy"), desk_says(603, "declined"), desk_says(480, "no_answer"), desk_says(600, "busy"))
    async with floor.ringing_long(*OWNERS):
        await side_by_side(floor, ways)


async def test_a_mobile_that_cannot_be_reached(floor: Floor) -> None:
    await floor.register("102", "104", "106", "108")
    ways = (
        mobile_says(486, "busy"),
        mobile_says(480, "no_answer"),
        mobile_says(503, "trunk_error"),
        mobile_says(404, "trunk_error"),
    )
    async with floor.ringing_long(*OWNERS):
        await side_by_side(floor, ways)


async def rings_out(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    desk = await floor.rung(owner)
    phone = await floor.mobile_rung(owner)
    await desk.until_over()  # sent before; two sockets, and a busy machine may read either first
    following = await floor.rung(deputy)
    await phone.until_over()
    await following.answer()
    await hang_up_in_the_end(caller)
    return [f"desk {owner} no_answer", f"mobile {owner} no_answer", f"deputy {deputy} answered"]


async def voicemail(floor: Floor, owner: str, deputy: str) -> list[str]:
    return await picked_up_and(floor, owner, deputy, "")


async def wrong_key(floor: Floor, owner: str, deputy: str) -> list[str]:
    return await picked_up_and(floor, owner, deputy, "5")


async def hangs_up_in_the_prompt(floor: Floor, owner: str, deputy: str) -> list[str]:
    return await picked_up_and(floor, owner, deputy, "hang up")


async def picked_up_and(floor: Floor, owner: str, deputy: str, does: str) -> list[str]:
    """The mobile picks up, never presses 1, and hears nothing of the caller; the caller never hears an answer."""
    caller = await floor.call(stranger(owner), to=direct(owner))
    (await floor.rung(owner)).reject(486)
    phone = await floor.mobile_rung(owner)
    assert phone.presented == stranger(owner)
    await phone.answer()
    await phone.until_heard()
    if does == "hang up":
        phone.hang_up()
    elif does:
        await phone.press(does)
    following = await floor.rung(deputy)
    await phone.until_over()
    assert not caller.answered
    assert caller.packets_heard == 0
    await following.answer()
    await hang_up_in_the_end(caller)
    return [f"desk {owner} busy", f"mobile {owner} not_accepted", f"deputy {deputy} answered"]


async def test_a_phone_that_rings_out_and_a_mobile_that_does_not_accept(floor: Floor) -> None:
    await floor.register(*(code for pair in PAIRS for code in pair))
    await side_by_side(floor, (rings_out, voicemail, wrong_key, hangs_up_in_the_prompt))


async def test_a_desk_in_use_is_passed(floor: Floor) -> None:
    await floor.register("101", "102")
    async with floor.ringing_long("101"):
        first = await floor.call("0911000010", to=direct("101"))
        await (await floor.rung("101")).answer()
        await first.until_answered()
        second = await floor.call("0911000011", to=direct("101"))
        phone = await floor.mobile_rung("101")
        assert len(floor.desks["101"].calls) == 1
        second.hang_up()
        await phone.until_over()
        assert outline(await floor.record("+886911000011")) == ["desk 101 busy", "mobile 101 caller_hung_up"]
        first.hang_up()
        assert outline(await floor.record("+886911000010")) == ["desk 101 answered"]


@pytest.mark.parametrize("how", ["api", "command line"])
async def test_do_not_disturb_goes_on_to_the_deputy(floor: Floor, how: str) -> None:
    async def presence(value: str) -> None:
        if how == "api":
            await floor.be("101", value)
        else:
            await floor.pbx.ringward("agent", "set", "101", "--presence", value)
        await floor.dnd_kept("101", value == "dnd")

    await floor.register("101", "102")
    owner, deputy = await floor.desktops("101", "102")
    await presence("dnd")
    try:
        caller = await floor.call(stranger("101"), to=direct("101"))
        phone = await floor.rung("102")
        pop = await deputy.expect("pop")
        assert pop["leg"]["kind"] == "deputy"
        caller.hang_up()
        await phone.until_over()
        legs = outline(await floor.record(e164("101")))
        assert legs == ["desk 101 dnd", "mobile 101 dnd", "deputy 102 caller_hung_up"]
        assert not floor.desks["101"].calls
        assert not owner.heard("pop")
    finally:
        await presence("available")


async def gives_up_at_the_desk(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    desk = await floor.rung(owner)
    await caller.until_ringing()
    await given_up(floor, caller, desk)
    return [f"desk {owner} caller_hung_up"]


async def gives_up_at_the_mobile(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    (await floor.rung(owner)).reject(486)
    await given_up(floor, caller, await floor.mobile_rung(owner))
    return [f"desk {owner} busy", f"mobile {owner} caller_hung_up"]


async def gives_up_in_the_prompt(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    (await floor.rung(owner)).reject(486)
    phone = await floor.mobile_rung(owner)
    await phone.answer()
    await phone.until_heard()
    await given_up(floor, caller, phone)
    return [f"desk {owner} busy", f"mobile {owner} caller_hung_up"]


async def gives_up_at_the_deputy(floor: Floor, owner: str, deputy: str) -> list[str]:
    caller = await floor.call(stranger(owner), to=direct(owner))
    (await floor.rung(owner)).reject(486)
    (await floor.mobile_rung(owner)).reject(486)
    await given_up(floor, caller, await floor.rung(deputy))
    return [f"desk {owner} busy", f"mobile {owner} busy", f"deputy {deputy} caller_hung_up"]


async def given_up(floor: Floor, caller: SipCall, phone: SipCall) -> None:
    assert not caller.answered
    caller.hang_up()
    await caller.until_over()
    assert caller.status == 487
    await phone.until_over()
    assert phone.over_by == "them"


async def test_a_caller_who_gives_up_in_each_leg(floor: Floor) -> None:
    await floor.register(*(code for pair in PAIRS for code in pair))
    ways = (gives_up_at_the_desk, gives_up_at_the_mobile, gives_up_in_the_prompt, gives_up_at_the_deputy)
    await side_by_side(floor, ways)


async def test_a_caller_who_gives_up_while_the_group_rings(floor: Floor) -> None:
    await floor.register("103", "106")
    desktops = await floor.desktops("103", "106")
    caller = await floor.call("0911000020")
    phones = [await floor.rung("103"), await floor.rung("106")]
    for desktop in desktops:
        await desktop.expect("pop")
    caller.hang_up()
    for phone in phones:
        await phone.until_over()
        assert phone.over_by == "them"
    for desktop in desktops:
        await desktop.expect("pop.withdrawn", reason="caller_hung_up")
    legs = outline(await floor.record("+886911000020"))
    assert {leg for leg in legs if "offline" not in leg} == {
        "group 103 caller_hung_up",
        "group 106 caller_hung_up",
    }


async def test_nobody_at_all(floor: Floor) -> None:
    await floor.register("101", "102")
    caller = await floor.call(stranger("101"), to=direct("101"))
    await floor.rung("101")
    await floor.mobile_rung("101")
    await floor.rung("102")
    await floor.mobile_rung("102")
    last = await floor.rung("101"), await floor.rung("102")
    await caller.until_over(30)
    assert caller.over_by == "them"
    assert not caller.answered
    assert caller.status is not None
    assert caller.status >= 400
    for phone in last:
        await phone.until_over()
    legs = outline(await floor.shown(e164("101")))
    chain = ["desk 101 no_answer", "mobile 101 no_answer", "deputy 102 no_answer", "deputy 102 mobile no_answer"]
    assert legs[:4] == chain
    assert {"group 101 no_answer", "group 102 no_answer"} <= set(legs[4:])


ALIKE = {"AxB": ("A.B", "0255501921"), "axb": ("AxB", "0255501922")}
"""Whose deputies' codes look like theirs: to a pattern, of which the dot is any character, or in small letters."""


async def test_who_declines_speaks_for_nobody_whose_code_looks_alike(floor: Floor) -> None:
    async with floor.pbx.routing_as_before():
        async with floor.pbx.database() as store, store.transaction() as session:
            await add_agent(session, "A.B", "阿點", mobile="0900000801", mobile_seconds=LONG, deputy_seconds=LONG)
            for place, (code, (deputy, number)) in enumerate(ALIKE.items(), 802):
                await add_agent(session, code, "叉叉", mobile=f"0900000{place}", mobile_seconds=LONG, deputy=deputy)
                await set_number(session, number, agent=code)
        for (_, number), phone, deputys in zip(
            ALIKE.values(), ("0900000802", "0900000803"), ("0900000801", "0900000802"), strict=True
        ):
            await until(lambda number=number: kept_direct(floor, number), f"a kept plan of {number}")
            caller = await floor.call("0922000821", to=number)
            (await floor.carrier.rung(phone)).reject(603)
            await floor.carrier.rung(deputys)
            caller.hang_up()


async def kept_direct(floor: Floor, number: str) -> bool:
    return "mobile!" in await floor.pbx.cli(f"database get ringward-direct {number}")
