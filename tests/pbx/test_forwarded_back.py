"""A mobile that forwards to the firm itself: what comes back is busy, and the chain of the one call goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import pytest_asyncio

from cti.local.sip_call import SipCall
from tests.pbx.floor import CHEN, MAIN, Floor, direct, mobile, outline, until

pytestmark = pytest.mark.pbx

STRANGER = "0922000811"
NEVER_BEFORE = "0922000812"
"""Whom no test before owes a call."""
MOST = 6
"""Calls that a carrier lets one forwarding make before it gives up, as many do: a loop is told by reaching it."""

Header = tuple[str, str]


class Forwarding:
    """A mobile behind the carrier that forwards every call to the firm at once, as `headers` and `shown` say.

    `offered` are the calls it was rung with, `sent` those that it made of them, in order.
    """

    def __init__(self, floor: Floor, code: str, headers: tuple[Header, ...], shown: str | None) -> None:
        self._floor = floor
        self._code = code
        self._headers = headers
        self._shown = shown
        self.offered: list[SipCall] = []
        self.sent: list[SipCall] = []

    async def run(self) -> None:
        """Forward until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                call = await self._floor.carrier.rung(mobile(self._code), 3600)
                self.offered.append(call)
                if len(self.offered) > MOST:
                    call.reject(486)
                    continue
                shown = call.presented if self._shown is None else self._shown
                back = await self._floor.carrier.place(MAIN, number=shown, headers=self._headers)
                self.sent.append(back)
                group.create_task(_joined(call, back))


async def _joined(call: SipCall, back: SipCall) -> None:
    """What a forwarding carrier does with both: the one ends as the other does."""
    ends = [asyncio.create_task(one.until_over(3600)) for one in (call, back)]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    call.reject(back.status if back.status is not None and back.status >= 300 else 480)
    back.hang_up()


@asynccontextmanager
async def forwarding(floor: Floor, code: str, *headers: Header, shown: str | None = None) -> AsyncIterator[Forwarding]:
    """Within it this person's mobile forwards to the firm's main number."""
    mobile_ = Forwarding(floor, code, headers, shown)
    running = asyncio.create_task(mobile_.run())
    try:
        yield mobile_
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest_asyncio.fixture(autouse=True)
async def nothing_remembered(floor: Floor) -> AsyncIterator[None]:
    """Each test begins without a trace of forwarding mobiles and of refused Caller IDs, and leaves none behind."""
    families = ("ringward-forwards", "ringward-trunk")
    for family in families:
        await floor.pbx.cli(f"database deltree {family}")
    yield
    for family in families:
        await floor.pbx.cli(f"database deltree {family}")
    if not floor.pbx.runs:
        await floor.pbx.restarted()


def diversion(number: str) -> Header:
    return ("Diversion", f'"a, phone" <sip:{number}@10.1.2.3:5060;user=phone>;reason=user-busy;counter=1')


async def test_what_comes_back_is_busy_and_the_chain_goes_on(floor: Floor) -> None:
    await floor.register("102")
    number = NEVER_BEFORE
    async with forwarding(floor, "101", diversion(mobile("101"))) as forwards:
        caller = await floor.call(number, to=direct("101"))
        deputy = await floor.rung("102")
        await deputy.answer()
        await caller.until_answered()
        assert [call.status for call in forwards.sent] == [486]
        assert len(forwards.offered) == 1
        caller.hang_up()
        await deputy.until_over()
    e164 = f"+886{number[1:]}"
    record = await floor.record(e164)
    assert outline(record) == ["desk 101 offline", "mobile 101 busy", "deputy 102 answered"]
    assert await owed_after(floor, e164) is None
    assert f"/ringward-forwards/{mobile('101')[-9:]}" in await floor.pbx.cli("database show ringward-forwards")


async def owed_after(floor: Floor, e164: str) -> dict[str, object] | None:
    """What is owed to them once a later call has been seen to be kept: what was to come of earlier ones has come."""
    later = await floor.call(STRANGER, to=direct("101"))
    await floor.rung("102")
    later.hang_up()
    promise = await until(lambda: floor.owed(f"+886{STRANGER[1:]}"), "a promise to who called last")
    await floor.no_longer_owed(promise)
    return await floor.owed(e164)


async def test_history_info_and_the_countrys_code_are_understood(floor: Floor) -> None:
    await floor.register("102")
    history = ("History-Info", f"<sip:{MAIN}@10.1.2.3>;index=1, <sip:+886{mobile('101')[1:]}@10.1.2.3>;index=1.1")
    shown = f"+886{CHEN[1:]}"
    async with forwarding(
        floor, "101", history, ("History-Info", "<sip:102@10.1.2.3>;index=1.2"), shown=shown
    ) as forwards:
        caller = await floor.call(CHEN, to=direct("101"))
        await floor.rung("102")
        assert [call.status for call in forwards.sent] == [486]
        caller.hang_up()


async def test_the_firms_own_number_comes_back_without_a_word(floor: Floor) -> None:
    """The carrier lets only the firm's number through, and says nothing of who forwarded."""
    await floor.register("102")
    await floor.pbx.cli("database put ringward-trunk carrier company!customer!403!99999999999")
    async with forwarding(floor, "101") as forwards:
        caller = await floor.call(CHEN, to=direct("101"))
        deputy = await floor.rung("102")
        assert deputy.presented == CHEN
        assert [call.presented for call in forwards.offered] == [MAIN]
        assert [call.status for call in forwards.sent] == [486]
        caller.hang_up()
    assert mobile("101")[-9:] in await floor.pbx.cli("database show ringward-forwards")


async def test_it_is_stopped_without_the_daemon(floor: Floor) -> None:
    await floor.register("102")
    await floor.kept("101", "desk!3!", f"m:101:{mobile('101')}")
    floor.pbx.kill_daemon()
    async with forwarding(floor, "101", diversion(mobile("101"))) as forwards:
        caller = await floor.call(CHEN)
        await floor.rung("102")
        assert [call.status for call in forwards.sent] == [486]
        caller.hang_up()


async def test_a_mobile_that_rings_with_the_desk_sends_back_once(floor: Floor) -> None:
    await floor.register("102", "103")
    async with floor.pbx.routing_as_before():
        await floor.pbx.ringward("agent", "steps", "103", "both:20")
        await floor.kept("103", "+m:103:0900000103")
        async with forwarding(floor, "103", diversion(mobile("103"))) as forwards:
            caller = await floor.call(STRANGER, to=direct("103"))
            desk = await floor.rung("103")
            await until(lambda: asyncio.sleep(0, [call for call in forwards.sent if call.over]), "what came back over")
            assert [call.status for call in forwards.sent] == [486]
            assert not desk.over
            caller.hang_up()
            await desk.until_over()
    await floor.kept("103", "~desk!3!d:103:")


async def test_no_end_is_made_of_what_the_carrier_hides(floor: Floor) -> None:
    """The customer's number comes back and nobody says from where: it may be a second call of theirs, and is none."""
    await floor.register("102")
    async with floor.ringing_long("101"), forwarding(floor, "101") as forwards:
        caller = await floor.call(CHEN, to=direct("101"))
        await floor.rung("102")  # within the third call, in which the mobile is passed
        assert len(forwards.offered) == 2
        caller.hang_up()
        await asyncio.gather(*(call.until_over() for call in forwards.offered))


async def test_a_second_call_of_the_same_switchboard_rings(floor: Floor) -> None:
    async with floor.ringing_long("101"):
        first = await floor.call(CHEN, to=direct("101"))
        await floor.mobile_rung("101")
        second = await floor.call(CHEN, to=direct("101"))
        other = await floor.mobile_rung("101")
        await other.answer()
        await other.until_heard()
        await other.press("1")
        await second.until_answered()
        assert not first.over
        second.hang_up()
        first.hang_up()


async def test_who_dials_the_mobile_and_is_forwarded_is_a_customer(floor: Floor) -> None:
    """While it rings for somebody else, and while its owner talks to them: another person is never busy."""
    await floor.register("102")
    async with floor.ringing_long("101"):
        caller = await floor.call(CHEN, to=direct("101"))
        phone = await floor.mobile_rung("101")
        another = await floor.carrier.place(
            direct("101"), number=STRANGER, headers=(diversion(f"+886{mobile('101')[1:]}"),)
        )
        deputy = await floor.rung("102")  # at once: the mobile that has forwarded it is passed
        assert deputy.presented == STRANGER
        another.hang_up()
        await deputy.until_over()
        await phone.answer()
        await phone.until_heard()
        await phone.press("1")
        await caller.until_answered()
        # A colleague of the one who talks, on the mobile's own number.
        colleague = await floor.carrier.place(direct("101"), number=CHEN, headers=(diversion(mobile("101")),))
        assert (await floor.rung("102")).presented == CHEN
        colleague.hang_up()
        caller.hang_up()
        await phone.until_over()
    record = await floor.record(f"+886{STRANGER[1:]}")
    assert outline(record)[:2] == ["desk 101 offline", "mobile 101 busy"]
    assert mobile("101")[-9:] not in await floor.pbx.cli("database show ringward-forwards")


async def test_ones_own_number_may_be_dialled_from_a_desk(floor: Floor) -> None:
    """A manager tries whether the firm's number rings, while a mobile is shown that number."""
    await floor.register("102", "103")
    await floor.pbx.cli("database put ringward-trunk carrier company!customer!403!99999999999")
    async with floor.ringing_long("101"):
        caller = await floor.call(CHEN, to=direct("101"))
        await floor.mobile_rung("101")
        tries = await floor.dial("103", direct("102"))
        out = await floor.carrier.rung(direct("102"))
        back = await floor.carrier.place(direct("102"), number=out.presented)
        desk = await floor.rung("102")
        assert desk.presented == out.presented == MAIN
        tries.hang_up()
        back.hang_up()
        caller.hang_up()
