"""Holding from the page for who talks on a mobile: the switch does it, and the call stays one call whatever ends it."""

from __future__ import annotations

import asyncio

import pytest

from cti.local.sip_call import SipCall
from tests.pbx.floor import CHEN, Desktop, Floor, direct, until
from tests.pbx.sound import seconds_of, silence, tone
from tests.pbx.test_conversations import HIGH, HOLD_HERTZ, LOW, handled, hears
from tests.pbx.test_standing import shown

pytestmark = pytest.mark.pbx


async def on_mobile(floor: Floor, lin: Desktop) -> tuple[SipCall, SipCall, str]:
    """A customer whom 101 has taken on the mobile: the customer's end, the mobile's, the call's linkedid."""
    if (owed := await floor.owed("+886933000222")) is not None:
        await floor.no_longer_owed(owed)  # by a test before
    caller = await floor.call(CHEN, to=direct("101"))
    mobile = await floor.mobile_rung("101")
    await mobile.answer()
    await mobile.press("1")
    await caller.until_answered()
    pop = await lin.expect("call.answered")
    await floor.bridged()
    return caller, mobile, pop["call_id"]


async def hold(floor: Floor, linkedid: str, *, on: bool) -> None:
    """As the page does."""
    assert await floor.ask("101", "PUT", f"/calls/{linkedid}/hold", {"on": on}) == (204, None)


async def hears_the_tone(mobile: SipCall, caller: SipCall) -> None:
    """Wait until the caller hears that the line is there; the mobile talks on all the while."""
    kept = caller.keep_sound()

    async def so() -> bool:
        await mobile.say(tone(LOW, 0.3))
        return seconds_of(HOLD_HERTZ, bytes(kept)) > 0.2

    await until(so, "the tone of those on hold")


async def tones(floor: Floor) -> int:
    """How many channels play it."""
    return (await floor.pbx.cli("core show channels concise")).count("ringward-hold-tone")


async def no_tone(floor: Floor, *speakers: SipCall) -> None:
    """Wait until nobody hears it. Asterisk lets go of a channel that was listened to with its next packets."""

    async def so() -> bool:
        await asyncio.gather(*(one.say(silence(0.2)) for one in speakers))
        return await tones(floor) == 0

    await until(so, "the end of the tone")


async def test_who_is_on_hold_hears_a_tone_and_nobody_the_other(floor: Floor) -> None:
    (lin,) = await floor.desktops("101")
    caller, mobile, linkedid = await on_mobile(floor, lin)
    await hold(floor, linkedid, on=True)
    await handled(lin, held=True)
    await hears_the_tone(mobile, caller)
    assert await hears(mobile, caller, LOW) < 0.1
    assert await hears(caller, mobile, HIGH) < 0.1
    await floor.ask("101", "PUT", f"/calls/{linkedid}/mute", {"on": True})
    await handled(lin, held=True, muted=True)
    await hears_the_tone(mobile, caller)
    await floor.pbx.restarted_daemon()
    (page,) = await floor.desktops("101")
    await shown(page, held=True, muted=True)
    await hold(floor, linkedid, on=False)
    await handled(page, held=False, muted=True)
    await no_tone(floor, caller, mobile)
    assert await hears(mobile, caller, LOW) < 0.1
    assert await hears(caller, mobile, HIGH) > 0.5
    await floor.ask("101", "PUT", f"/calls/{linkedid}/mute", {"on": False})
    await handled(page, muted=False)
    assert await hears(mobile, caller, LOW) > 0.5
    await hold(floor, linkedid, on=True)
    caller.hang_up()
    await mobile.until_over()
    await no_tone(floor)
    await page.expect("call.ended", reason="completed")
    record = await floor.record("+886933000222")
    assert (record["linkedid"], record["answered_by"], record["transfers"]) == (linkedid, "101", 0)
    assert len([leg for leg in record["legs"] if leg["answered"]]) == 1
    assert await floor.owed("+886933000222") is None


async def test_whoever_hangs_up_in_hold_ends_one_answered_call(floor: Floor) -> None:
    (lin,) = await floor.desktops("101")
    caller, mobile, linkedid = await on_mobile(floor, lin)
    await hold(floor, linkedid, on=True)
    await hears_the_tone(mobile, caller)
    mobile.hang_up()
    await caller.until_over()
    await no_tone(floor)
    await lin.expect("call.ended", reason="completed")
    record = await floor.record("+886933000222")
    assert (record["linkedid"], record["answered_by"]) == (linkedid, "101")
    assert await floor.owed("+886933000222") is None


async def test_who_is_on_hold_is_handed_on_and_heard(floor: Floor) -> None:
    await floor.register("102")
    lin, mei = await floor.desktops("101", "102")
    caller, mobile, linkedid = await on_mobile(floor, lin)
    await hold(floor, linkedid, on=True)
    await hears_the_tone(mobile, caller)
    assert (await floor.ask("101", "POST", f"/calls/{linkedid}/transfer", {"agent": "102"}))[0] == 204
    called = await floor.rung("102")
    await no_tone(floor)
    await mobile.until_over()
    await called.answer()
    await mei.expect("call.answered")
    await handled_by_nobody(mei, linkedid)
    await asyncio.gather(called.say(silence(0.1)), caller.say(silence(0.1)))
    assert await hears(caller, called, HIGH) > 0.5
    assert await hears(called, caller, LOW) > 0.5


async def handled_by_nobody(page: Desktop, linkedid: str) -> None:
    """Nothing of what was done to the call before is shown on whose phone it is now."""
    shown_now = [pop for pop in page.heard("pop") if pop["call_id"] == linkedid][-1]
    assert not (shown_now["handling"] or {}).get("held")


async def test_a_colleague_is_asked_while_the_mobile_has_the_caller_on_hold(floor: Floor) -> None:
    await floor.register("101", "102")
    (lin,) = await floor.desktops("101")
    caller = await floor.call(CHEN, to=direct("101"))
    (await floor.rung("101")).reject(486)
    mobile = await floor.mobile_rung("101")
    await mobile.answer()
    await mobile.press("1")
    linkedid = (await lin.expect("call.answered"))["call_id"]
    await floor.bridged()
    assert (await floor.ask("101", "POST", f"/calls/{linkedid}/consult", {"agent": "102"}))[0] == 201
    await handled(lin, held=True, asking="102")
    await hears_the_tone(mobile, caller)
    desk = await floor.rung("101")
    await desk.answer()
    called = await floor.rung("102")
    await called.answer()
    await handled(lin, asking_state="talking")
    assert (await floor.ask("101", "POST", f"/calls/{linkedid}/join"))[0] == 204
    await mobile.until_over()
    await no_tone(floor, caller, called)
    assert await hears(caller, called, HIGH) > 0.5
    assert await hears(called, caller, LOW) > 0.5
