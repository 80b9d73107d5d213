"""A mobile answered by a machine loses no call: whatever the machine does, the next person's phone rings."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import pytest

from cti.agents.people import set_agent, set_group, set_number
from cti.local.sip_call import CallOver, SipCall
from tests.pbx.floor import Floor, direct, mobile, outline, until

pytestmark = pytest.mark.pbx

CALLS = 120
AT_ONCE = 60
NUMBER, OURS = "0255505000", "+886911800"
PAIR = ("105", "106")
KINDS = ("says nothing", "hangs up", "presses a key", "is busy recording")


async def test_mobiles_answered_by_machines_lose_no_call(floor: Floor) -> None:
    """Sixty at a time: owner and deputy have mobiles only, the owner's is always answered by a machine."""
    async with floor.pbx.routing_as_before():
        async with floor.pbx.database() as store, store.transaction() as session:
            for code in PAIR:
                await set_agent(session, code, profile="mobile-only", mobile_seconds=20)
            await set_group(session, "machines", "machines", ["106"], 20)
            await set_number(session, NUMBER, agent="105")
        await floor.kept("105", "~carrier~mobile!20!m:105:0900000105~deputy!20!m:106:0900000106")
        async with asyncio.TaskGroup() as tasks:
            machines = tasks.create_task(pick_up(floor, mobile("105"), itertools.cycle(KINDS)))
            people = tasks.create_task(pick_up(floor, mobile("106"), itertools.repeat("presses 1")))
            gate = asyncio.Semaphore(AT_ONCE)
            callers = [tasks.create_task(calls(floor, f"09118{turn:05}", gate)) for turn in range(CALLS)]
            reached = await asyncio.gather(*callers)
            machines.cancel()
            people.cancel()
    assert reached == [True] * CALLS

    async def recorded() -> list[str] | None:
        ours = [one for one in await floor.get("/calls?limit=200") if (one["caller"]["e164"] or "").startswith(OURS)]
        over = [" / ".join(outline(one)) for one in ours if one["ended"] and floor.is_ours(one)]
        return over if len(over) == CALLS and not any("None" in one for one in over) else None

    told = Counter(await until(recorded, "every call's record"))
    assert told == {"mobile 105 not_accepted / deputy 106 mobile answered": CALLS}


async def test_a_key_that_came_too_late_for_its_step_gives_the_next_machine_nothing(floor: Floor) -> None:
    """Key 1 in the instant in which a step of several phones runs out: noted, and in vain."""
    await floor.register("101", "102")
    number = "0911890001"
    caller = await floor.call(number, to=direct("101"))
    desk = await floor.rung("101")
    rows = (await floor.pbx.cli("core show channels concise")).splitlines()
    channel = next(row.partition("!")[0] for row in rows if row.startswith("PJSIP/carrier") and number in row)
    await floor.pbx.cli(f"dialplan set chanvar {channel} SHARED(RW_ACCEPTED) 1")
    desk.reject(486)
    phone = await floor.mobile_rung("101")
    await phone.answer()
    await phone.until_heard()
    await phone.press("5")
    deputy = await floor.rung("102")
    await deputy.answer()
    await caller.until_answered()
    caller.hang_up()
    await deputy.until_over()
    record = await floor.record(f"+886{number[1:]}")
    assert outline(record) == ["desk 101 busy", "mobile 101 not_accepted", "deputy 102 answered"]


async def calls(floor: Floor, number: str, gate: asyncio.Semaphore) -> bool:
    """A caller talks to whoever takes the call, and hangs up; whether a person did."""
    async with gate:
        caller = await floor.call(number, to=NUMBER)
        try:
            await caller.until_answered(90)
        except CallOver:
            return False
        caller.hang_up()
        await caller.until_over()
        return True


async def pick_up(floor: Floor, number: str, kinds: itertools.cycle[str] | itertools.repeat[str]) -> None:
    """Every call to this mobile is answered, each as the next of `kinds` says."""
    async with asyncio.TaskGroup() as tasks:
        for kind in kinds:
            call = await floor.carrier.rung(number, 300)
            tasks.create_task(answer(call, kind))


async def answer(call: SipCall, kind: str) -> None:
    call.ring()
    await call.answer()
    await call.until_heard(60)
    if kind == "hangs up":
        call.hang_up()
    elif kind == "presses 1":
        await call.press("1")
    elif kind != "says nothing":
        await call.press("5")
