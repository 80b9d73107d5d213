"""What is done to a conversation from the page, on the real switch: answer, hold, mute, ask first and then hand on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cti.local.sip_call import SipCall
from tests.pbx.floor import CHEN, Desktop, Floor, direct, until
from tests.pbx.sound import seconds_of, silence, tone

pytestmark = pytest.mark.pbx

HOLD_HERTZ = 660
LOW, HIGH = 400, 900


async def conversation(floor: Floor, lin: Desktop) -> tuple[SipCall, SipCall, str]:
    """A customer whom 101 has answered: the customer's end, the desk's, the call's linkedid."""
    caller = await floor.call(CHEN, to=direct("101"))
    desk = await floor.rung("101")
    await desk.answer()
    await caller.until_answered()
    pop = await lin.expect("call.answered")
    return caller, desk, pop["call_id"]


async def handled(lin: Desktop, **expected: Any) -> dict[str, Any]:
    """Wait until the page shows the call as handled like this."""
    while True:
        pop = await lin.expect("pop")
        handling = pop["handling"]
        if handling is not None and all(handling[name] == value for name, value in expected.items()):
            return dict(handling)


async def hears(speaker: SipCall, listener: SipCall, hertz: float = LOW, *quiet: SipCall) -> float:
    """Say a tone for a second; how much of it, in seconds, the other one hears. The `quiet` ones send silence."""
    kept = listener.keep_sound()
    before = len(kept)
    await asyncio.gather(speaker.say(tone(hertz, 1.0)), *(one.say(silence(1.0)) for one in quiet))
    return seconds_of(hertz, bytes(kept[before:]))


async def test_a_phone_is_told_to_pick_up(floor: Floor) -> None:
    await floor.register("101")
    (lin,) = await floor.desktops("101")
    await floor.call(CHEN, to=direct("101"))
    desk = await floor.rung("101")
    pop = await lin.expect("pop")

    async def told() -> bool:
        return any(one.message.name == "NOTIFY" for one in floor.desks["101"].trace)

    status, refusal = await floor.ask("102", "POST", f"/calls/{pop['call_id']}/answer")
    assert status == 409, refusal

    async def rings() -> bool:
        status, _ = await floor.ask("101", "POST", f"/calls/{pop['call_id']}/answer")
        return status == 204

    await until(rings, "a phone that rings")
    await until(told, "a NOTIFY at the phone")
    notify = next(one.message for one in floor.desks["101"].trace if one.message.name == "NOTIFY")
    assert notify.header("Event") == "talk", notify
    assert notify.call_id == desk.sip_call_id
    await desk.answer()
    await lin.expect("call.answered")
    status, _ = await floor.ask("101", "POST", f"/calls/{pop['call_id']}/answer")
    assert status == 409


async def told(floor: Floor, event: str, times: int = 1) -> None:
    """Wait until the phone of 101 was told to do this, so often."""

    async def so() -> bool:
        notifies = [one.message for one in floor.desks["101"].trace if one.message.name == "NOTIFY"]
        return sum(one.header("Event") == event for one in notifies) >= times

    await until(so, f"a NOTIFY with the event {event}")


async def test_a_phone_is_told_to_hold_and_the_caller_hears_a_tone(floor: Floor) -> None:
    await floor.register("101")
    (lin,) = await floor.desktops("101")
    caller, desk, linkedid = await conversation(floor, lin)
    holding = asyncio.create_task(floor.ask("101", "PUT", f"/calls/{linkedid}/hold", {"on": True}))
    await told(floor, "hold")
    desk.hold()
    assert await holding == (204, None)
    await handled(lin, held=True)
    kept = caller.keep_sound()

    async def tone_heard() -> bool:
        return seconds_of(HOLD_HERTZ, bytes(kept)) > 0.2

    await until(tone_heard, "the tone of those on hold")
    assert (await floor.ask("102", "PUT", f"/calls/{linkedid}/hold", {"on": False}))[0] == 404
    taking_back = asyncio.create_task(floor.ask("101", "PUT", f"/calls/{linkedid}/hold", {"on": False}))
    await told(floor, "talk")
    desk.hold(on=False)
    assert await taking_back == (204, None)
    await handled(lin, held=False)
    assert await hears(desk, caller) > 0.5
    assert await hears(caller, desk, HIGH) > 0.5


async def test_the_phones_own_hold_button_shows_and_a_phone_that_cannot_be_told_is_said_so(floor: Floor) -> None:
    await floor.register("101")
    (lin,) = await floor.desktops("101")
    _, desk, linkedid = await conversation(floor, lin)
    status, refusal = await floor.ask("101", "PUT", f"/calls/{linkedid}/hold", {"on": True})
    assert (status, refusal["error"]["code"]) == (409, "refused")
    desk.hold()
    await desk.until_hold_answered()
    await handled(lin, held=True)
    desk.hold(on=False)
    await handled(lin, held=False)


async def test_muted_nobody_hears_the_agent_who_hears_everybody(floor: Floor) -> None:
    await floor.register("101")
    (lin,) = await floor.desktops("101")
    caller, desk, linkedid = await conversation(floor, lin)
    assert (await floor.ask("101", "PUT", f"/calls/{linkedid}/mute", {"on": True}))[0] == 204
    await handled(lin, muted=True)
    assert await hears(desk, caller) < 0.1
    assert await hears(caller, desk, HIGH) > 0.5
    assert (await floor.ask("101", "PUT", f"/calls/{linkedid}/mute", {"on": False}))[0] == 204
    await handled(lin, muted=False)
    assert await hears(desk, caller) > 0.5


async def test_a_colleague_is_asked_and_has_the_card_before_the_phone_rings(floor: Floor) -> None:
    await floor.register("101", "102")
    lin, mei = await floor.desktops("101", "102")
    caller, desk, linkedid = await conversation(floor, lin)
    shown = next(one for one in lin.heard("pop") if one["call_id"] == linkedid)
    status, asking = await floor.ask("101", "POST", f"/calls/{linkedid}/consult", {"agent": "102"})
    assert status == 201, asking
    await handled(lin, asking="102", asking_state="own_phone")
    second = await floor.rung("101")
    await second.answer()
    called = await floor.offered("102")
    pop = await mei.expect("pop", direction="internal")  # her phone has not said that it rings
    assert pop["call_id"] == asking["linkedid"]
    assert pop["card"]["customer_id"] == shown["matches"][0]["customer_id"]
    assert pop["caller"]["name"] == "小林"
    status, refusal = await floor.ask("101", "POST", f"/calls/{linkedid}/join")
    assert status == 409, refusal
    called.ring()
    await called.answer()
    await handled(lin, asking_state="talking")
    assert await hears(second, called) > 0.5
    status, refusal = await floor.ask("101", "POST", f"/calls/{linkedid}/join")
    assert status == 204, refusal
    taken = await mei.expect("pop", call_id=linkedid)
    assert (taken["transfer"]["by"], taken["transfer"]["how"], taken["state"]) == ("101", "attended", "talking")
    await desk.until_over()
    await second.until_over()
    assert await hears(caller, called, HIGH) > 0.5
    assert await hears(called, caller) > 0.5
    assert (await floor.ask("102", "DELETE", f"/calls/{linkedid}"))[0] == 204
    await caller.until_over()
    record = await floor.record("+886933000222")
    assert record["linkedid"] == linkedid
    assert [(one["by"], one["to"], one["how"]) for one in record["transferred"]] == [("101", "102", "attended")]


async def test_who_was_asked_says_no_and_the_caller_is_taken_back(floor: Floor) -> None:
    await floor.register("101", "102")
    (lin,) = await floor.desktops("101")
    caller, desk, linkedid = await conversation(floor, lin)
    await floor.ask("101", "POST", f"/calls/{linkedid}/consult", {"agent": "102"})
    second = await floor.rung("101")
    await second.answer()
    called = await floor.rung("102")
    called.reject(486)
    await second.until_over()
    await handled(lin, asking=None)
    assert await hears(caller, desk, HIGH) > 0.5
    assert not desk.over


async def test_a_number_that_may_not_be_read_is_called_by_its_id(floor: Floor) -> None:
    await floor.register("101")
    _, found = await floor.ask("101", "GET", "/customers?q=周佳蓉")
    _, card = await floor.ask("101", "GET", f"/customers/{found[0]['customer_id']}/card")
    number = card["numbers"][0]
    assert number["masked"]
    dialled = (await floor.get(f"/customers/{found[0]['customer_id']}/card"))["numbers"][0]["e164"].replace("+886", "0")
    status, said = await floor.ask("101", "POST", "/calls", {"number_id": number["id"]})
    assert status == 201, said
    assert "•" in said["number"]
    desk = await floor.rung("101")
    assert (await floor.ask("101", "POST", f"/calls/{said['linkedid']}/answer"))[0] == 204
    await desk.answer()
    await floor.carrier.rung(dialled)
    assert (await floor.ask("101", "POST", "/calls", {"number_id": 99999999}))[0] == 404
    assert (await floor.ask("101", "POST", "/calls", {}))[0] == 400
