"""The same paths with somebody else's SIP on both ends: SIPp as caller, as desk phone and as the mobile's voicemail."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.pbx.floor import Floor, direct, outline, until
from tests.pbx.installation import CARRIER, Installation
from tests.pbx.sipp import Sipp

pytestmark = pytest.mark.pbx

DESK = "127.0.0.3"


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


async def test_a_voicemail_on_the_mobile_leaves_the_call_to_the_deputy(floor: Floor) -> None:
    await floor.carrier.close()
    await until(lambda: given_back(floor.pbx.carrier), "the carrier's port free for SIPp")
    voicemail = Sipp("answers", floor.pbx.sip, floor.pbx.carrier)
    async with voicemail, desk(floor, "102", "answers") as deputy:
        async with calls(floor.pbx, "caller_talks", direct("101"), "0911000603") as caller:
            await caller.succeeded()
        await voicemail.succeeded()
        await deputy.succeeded()
    legs = outline(await floor.record("+886911000603"))
    assert legs == ["desk 101 offline", "mobile 101 not_accepted", "deputy 102 answered"]


def calls(pbx: Installation, scenario: str, to: str, number: str) -> Sipp:
    """A caller out there."""
    return Sipp(scenario, pbx.sip, (CARRIER, free_port(CARRIER)), service=to, number=number)


@asynccontextmanager
async def desk(floor: Floor, code: str, scenario: str) -> AsyncIterator[Sipp]:
    """A desk phone that is registered, does as the scenario says with its first call, and unregisters."""
    here = DESK, free_port(DESK)
    login = code, floor.pbx.secrets.phones[code]

    async def register(seconds: int) -> None:
        async with Sipp("registers", floor.pbx.sip, here, service=code, login=login, expires=str(seconds)) as run:
            await run.succeeded()

    await register(60)
    try:
        await floor.everybody("available", (code,))
        async with Sipp(scenario, floor.pbx.sip, here) as phone:
            yield phone
    finally:
        await register(0)


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
