"""The same paths with somebody else's SIP on both ends: SIPp as caller, as desk phone and as the mobiles.

Each way of not answering: the next step's phone is offered the call, the leg keeps its reason, and the caller is
answered by a person only.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from cti.agents.people import set_agent
from tests.pbx.floor import Floor, direct, mobile, outline, until
from tests.pbx.installation import CARRIER, Installation
from tests.pbx.sipp import Sipp

pytestmark = pytest.mark.pbx

DESK = "127.0.0.3"
PAIRS = (("101", "102"), ("103", "104"), ("105", "106"), ("107", "108"))
"""Owner and deputy of each of four calls that do not touch."""


@dataclass(frozen=True, slots=True)
class Way:
    """How desk and mobile do not answer, and the reasons for it.

    `desk`: the SIP status it refuses with, `rings`, `dnd` or `unplugged`. `mobile`: as in `sipp/mobiles.xml`, the last
    digits of the caller's number; 000 where it does not ring.
    """

    desk: str
    mobile: str
    desk_reason: str
    mobile_reason: str

    @property
    def waited_out(self) -> bool:
        """Whether one of the phones rings until its time is over."""
        return "no_answer" in {self.desk_reason, self.mobile_reason} and self.mobile != "480"


NOT_ACCEPTED = {"801": "silence", "802": "hangup", "803": "silence", "805": "key"}
"""How each machine's accept ended, as the dial plan noted it."""

WAYS = {
    "refused": (
        Way("486", "404", "busy", "trunk_error"),
        Way("503", "480", "offline", "no_answer"),
        Way("rings", "503", "no_answer", "trunk_error"),
        Way("603", "000", "declined", "declined"),
    ),
    "nobody there": (
        Way("dnd", "000", "dnd", "dnd"),
        Way("unplugged", "486", "offline", "busy"),
        Way("unplugged", "800", "offline", "no_answer"),
        Way("unplugged", "801", "offline", "not_accepted"),
    ),
    "not accepted": (
        Way("486", "802", "busy", "not_accepted"),
        Way("486", "803", "busy", "not_accepted"),
        Way("486", "805", "busy", "not_accepted"),
    ),
}


async def test_a_desk_answers(floor: Floor) -> None:
    async with desk(floor, "101", "answers") as phone:
        async with calls(floor.pbx, "caller_talks", direct("101"), "0911000601") as caller:
            await caller.succeeded()
        await phone.succeeded()
    assert outline(await floor.shown("+886911000601")) == ["desk 101 answered"]


async def test_a_caller_gives_up(floor: Floor) -> None:
    async with desk(floor, "101", "rings") as phone:
        async with calls(floor.pbx, "caller_cancels", direct("101"), "0911000602") as caller:
            await caller.succeeded()
        await phone.succeeded()
    assert outline(await floor.record("+886911000602")) == ["desk 101 caller_hung_up"]


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
async def test_each_way_of_not_answering_leads_to_the_next_phone(floor: Floor, ways: tuple[Way, ...]) -> None:
    """All at the same time: a desk, a mobile, and the deputy, who answers in the end."""
    await floor.carrier.close()
    await until(lambda: given_back(floor.pbx.carrier), "the carrier's port free for SIPp")
    tried = list(zip(PAIRS, ways, strict=False))
    at_once = [owner for (owner, _), way in tried if not way.waited_out]
    ringing = sum(way.mobile != "000" for way in ways)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(floor.ringing_long(*at_once))
        mobiles = await stack.enter_async_context(Sipp("mobiles", floor.pbx.sip, floor.pbx.carrier, calls=ringing))
        async with asyncio.TaskGroup() as tasks:
            told = [tasks.create_task(not_answered(floor, owner, deputy, way)) for (owner, deputy), way in tried]
        await mobiles.succeeded()
    expected = {
        task.result(): [
            f"desk {owner} {way.desk_reason}",
            f"mobile {owner} {way.mobile_reason}",
            f"deputy {deputy} answered",
        ]
        for ((owner, deputy), way), task in zip(tried, told, strict=True)
    }

    async def recorded() -> bool:
        calls = json.loads(await floor.pbx.ringward("call", "list", "--limit", "20", "--json"))
        seen.update({one["linkedid"]: outline(one) for one in calls if one["linkedid"] in expected})
        return seen == expected

    seen: dict[str, list[str]] = {}
    try:
        await until(recorded, "the reasons by the command line")
    except AssertionError as error:
        raise AssertionError(f"{error}; {seen} instead of {expected}") from None
    one = next(iter(expected))
    assert outline(await floor.pbx.show(one)) == expected[one]
    journal = floor.pbx.settings.journal_file.read_text()
    for ((owner, _), way), task in zip(tried, told, strict=True):
        noted = [
            line for line in journal.splitlines() if task.result() in line and f"m:{owner}:{mobile(owner)}!" in line
        ]
        assert not (how := NOT_ACCEPTED.get(way.mobile)) or f"!{how}" in noted[0], way


async def test_a_firm_of_two_mobiles_rings_each_once_and_owes_the_call(floor: Floor) -> None:
    """Each is the other's deputy, nobody has a desk, and neither mobile is answered."""
    await floor.carrier.close()
    await until(lambda: given_back(floor.pbx.carrier), "the carrier's port free for SIPp")
    async with floor.pbx.routing_as_before():
        async with floor.pbx.database() as store, store.transaction() as session:
            for code in ("107", "108"):
                await set_agent(session, code, profile="mobile-only", mobile_seconds=2)
        await floor.kept("107", f"~mobile!2!m:107:{mobile('107')}~deputy!2!m:108:{mobile('108')}")
        async with Sipp("mobiles", floor.pbx.sip, floor.pbx.carrier, calls=2) as mobiles:
            async with calls(floor.pbx, "caller_waits_in_vain", direct("107"), "0911107800") as caller:
                await caller.succeeded()
            await mobiles.succeeded()
        record = await floor.shown("+886911107800")
    invited = [one.line.split("@")[0] for one in mobiles.trace if one.line.startswith("INVITE")]
    assert invited == [f"INVITE sip:{mobile('107')}", f"INVITE sip:{mobile('108')}"]
    carried = [leg for leg in outline(record) if "mobile" in leg]
    assert carried == ["mobile 107 no_answer", "deputy 108 mobile no_answer"]
    owed = await until(lambda: floor.owed("+886911107800"), "the promise")
    assert owed["attempts"] == 1


async def not_answered(floor: Floor, owner: str, deputy: str, way: Way) -> str:
    """One call that the owner does not take and the deputy does; its linkedid."""
    async with AsyncExitStack() as stack:
        person = await stack.enter_async_context(desk(floor, deputy, "answers"))
        desks = [person]
        if way.desk in {"rings", "486", "503", "603"}:
            scenario = "rings" if way.desk == "rings" else "refuses"
            desks.append(await stack.enter_async_context(desk(floor, owner, scenario, status=way.desk)))
        if way.desk == "dnd":
            await stack.enter_async_context(not_to_be_disturbed(floor, owner))
        number = f"0911{owner}{way.mobile}"
        async with calls(floor.pbx, "caller_talks", direct(owner), number) as caller:
            await caller.succeeded()
        for one in desks:
            await one.succeeded()
        assert first(person, "INVITE") < first(caller, "SIP/2.0 200"), "answered before the deputy's phone had the call"
        record: dict[str, Any] = await floor.record(f"+886{number[1:]}")
        return str(record["linkedid"])


def first(run: Sipp, line: str) -> datetime:
    """When the first message came in that begins so."""
    return next(one.at for one in run.trace if one.came and one.line.startswith(line))


def calls(pbx: Installation, scenario: str, to: str, number: str) -> Sipp:
    """A caller out there."""
    return Sipp(scenario, pbx.sip, (CARRIER, free_port(CARRIER)), service=to, number=number)


@asynccontextmanager
async def desk(floor: Floor, code: str, scenario: str, *, status: str = "486") -> AsyncIterator[Sipp]:
    """A desk phone that is registered, does as the scenario says with its first call, and unregisters."""
    here = DESK, free_port(DESK)
    login = code, floor.pbx.secrets.phones[code]

    async def register(seconds: int) -> None:
        async with Sipp("registers", floor.pbx.sip, here, service=code, login=login, expires=str(seconds)) as run:
            await run.succeeded()

    await register(60)
    try:
        await floor.everybody("available", (code,))
        async with Sipp(scenario, floor.pbx.sip, here, status=status) as phone:
            yield phone
    finally:
        await register(0)


@asynccontextmanager
async def not_to_be_disturbed(floor: Floor, code: str) -> AsyncIterator[None]:
    """A person whose presence is do-not-disturb, and who is available again afterwards."""
    await floor.be(code, "dnd")
    await floor.dnd_kept(code, True)
    try:
        yield
    finally:
        await floor.be(code, "available")
        await floor.dnd_kept(code, False)


async def given_back(address: tuple[str, int]) -> bool:
    """Whether nobody has this UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(address)
        except OSError:
            return False
        return True


def free_port(host: str) -> int:
    """A UDP port nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
