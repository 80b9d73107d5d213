"""Presence and wrap-up as colleagues' pages see them, on a real call: on a call, in wrap-up, available, gone."""

from __future__ import annotations

import pytest

from tests.pbx.floor import CHEN, Floor, direct, outline, until

pytestmark = pytest.mark.pbx


async def test_an_answered_call_is_followed_by_wrap_up(floor: Floor) -> None:
    await floor.pbx.restarted_daemon(RINGWARD_WRAP_UP_SECONDS="2")
    try:
        await floor.register("101", "102")
        owner, colleague = await floor.desktops("101", "102")
        caller = await floor.call(CHEN)
        await (await floor.rung("101")).answer()
        await caller.until_answered()
        pop = await owner.expect("pop")
        on_call = await colleague.expect("presence", agent="101", state="on_call")
        assert on_call["since"] is not None
        caller.hang_up()
        await caller.until_over()
        started = await owner.expect("wrapup.started", call_id=pop["call_id"])
        assert (started["agent"], started["seconds"]) == ("101", 2)
        wrap_up = await colleague.expect("presence", agent="101", state="wrap_up")
        assert wrap_up["until"] == started["ends_at"]
        assert not colleague.heard("wrapup.started")
        assert await owner.expect("wrapup.ended", call_id=pop["call_id"]) | {"seq": 0} == {
            "type": "wrapup.ended",
            "call_id": pop["call_id"],
            "reason": "time",
            "seq": 0,
        }
        await colleague.expect("presence", agent="101", state="available")
        await floor.record("+886933000222")
        await floor.pbx.ringward("call", "wrap-up", pop["linkedid"], "won", "--note", "沖繩")
        assert (await floor.get(f"/calls/{pop['linkedid']}"))["disposition"] == "won"
        await owner.close()
        await colleague.expect("presence", agent="101", state="offline")
    finally:
        await floor.pbx.restarted_daemon()


async def test_away_from_the_desk_rings_the_mobile_with_the_daemon_and_without(floor: Floor) -> None:
    await floor.register("101", "102")
    await floor.be("101", "away")
    try:
        await until(lambda: _kept_away(floor), "ringward-dnd/101 is desk")
        await _rings_the_mobile(floor, "0922000101")
        assert outline(await floor.record("+886922000101")) == ["desk 101 dnd", "mobile 101 caller_hung_up"]
        floor.pbx.kill_daemon()
        await _rings_the_mobile(floor, "0922000102")
        floor.pbx.start_daemon()
        await floor.pbx.serves()
        assert outline(await floor.record("+886922000102")) == ["desk 101 dnd", "mobile 101 caller_hung_up"]
    finally:
        await floor.be("101", "available")
    assert not floor.desks["101"].calls


async def _kept_away(floor: Floor) -> bool:
    return "Value: desk" in await floor.pbx.cli("database get ringward-dnd 101")


async def _rings_the_mobile(floor: Floor, number: str) -> None:
    caller = await floor.call(number, to=direct("101"))
    phone = await floor.mobile_rung("101")
    caller.hang_up()
    await phone.until_over()
