"""Listening, whispering and barging on the real switch: who hears whom, who may, and what is written down."""

from __future__ import annotations

import asyncio

import pytest

from cti.local.sip_call import SipCall
from tests.pbx.floor import Floor, until
from tests.pbx.sound import silence
from tests.pbx.test_conversations import HIGH, LOW, conversation, hears

pytestmark = pytest.mark.pbx

MIDDLE = 600


async def lead(floor: Floor) -> tuple[str, str]:
    """Log-in and agent's code of somebody who leads."""
    users = floor.pbx.description["web"]["users"]
    one = next(user for user in users if user["role"] in {"lead", "manager"} and user["agent"] not in {None, "101"})
    return str(one["login"]), str(one["agent"])


async def test_listen_whisper_and_barge(floor: Floor) -> None:
    login, code = await lead(floor)
    await floor.register("101", code)
    lin, boss = await floor.desktops("101", login)
    caller, desk, linkedid = await conversation(floor, lin)
    seen = await boss.expect("floor.call", state="talking")
    assert (seen["call_id"], seen["agent"]) == (linkedid, "101")
    status, said = await floor.ask(login, "POST", f"/calls/{linkedid}/watch", {"mode": "listen"})
    assert (status, said) == (200, {"linkedid": linkedid, "agent": "101", "mode": "listen"})
    pop = await boss.expect("pop", watching="listen")
    assert pop["card"]["customer_id"] == next(one for one in lin.heard("pop"))["card"]["customer_id"]
    ear = await floor.rung(code)
    await ear.answer()
    assert await heard(caller, ear, HIGH, desk) > 0.5
    assert await hears(desk, ear, LOW, caller) > 0.5
    assert await hears(ear, caller, MIDDLE, desk, caller) < 0.1
    assert await hears(ear, desk, MIDDLE, desk, caller) < 0.1
    await floor.ask(login, "POST", f"/calls/{linkedid}/watch", {"mode": "whisper"})
    await boss.expect("pop", watching="whisper")
    assert await heard(ear, desk, MIDDLE, desk, caller) > 0.5
    assert await hears(ear, caller, MIDDLE, desk, caller) < 0.1
    await floor.ask(login, "POST", f"/calls/{linkedid}/watch", {"mode": "barge"})
    await boss.expect("pop", watching="barge")
    assert await heard(ear, caller, MIDDLE, desk, caller) > 0.5
    assert await hears(ear, desk, MIDDLE, desk, caller) > 0.5
    status, refusal = await floor.ask(login, "DELETE", f"/calls/{linkedid}/watch")
    assert status == 204, refusal

    async def over() -> bool:
        # Asterisk lets go of a channel that it listened to with that channel's next packets.
        await asyncio.gather(desk.say(silence(0.2)), caller.say(silence(0.2)))
        return ear.over

    await until(over, "the end of listening")
    await boss.expect("pop.withdrawn", reason="watch_over")
    assert not caller.over
    written = await floor.get(f"/audit?call_id={linkedid}&action=call.watched")
    modes = [one["after"]["mode"] for one in reversed(written)]
    assert modes == ["listen", "whisper", "barge"]
    caller.hang_up()
    await boss.expect("floor.gone", call_id=linkedid)


async def heard(speaker: SipCall, listener: SipCall, hertz: float, *quiet: SipCall) -> float:
    """As `hears`, as soon as the switch has changed over: the best of what is heard within patience."""
    best = 0.0

    async def enough() -> bool:
        nonlocal best
        best = max(best, await hears(speaker, listener, hertz, *quiet))
        return best > 0.5

    await until(enough, f"{hertz} Hz heard")
    return best


async def test_who_does_not_lead_hears_nothing_unless_they_are_a_mentor(floor: Floor) -> None:
    await floor.register("101", "103")
    lin, friend = await floor.desktops("101", "103")
    caller, _, linkedid = await conversation(floor, lin)
    status, refusal = await floor.ask("103", "POST", f"/calls/{linkedid}/watch", {"mode": "listen"})
    assert status == 404, refusal
    assert not friend.heard("floor.call")
    await floor.pbx.ringward("agent", "mentor", "101", "--by", "103", "--until", "2027-06-30 18:00")

    async def may() -> bool:
        _, calls = await floor.ask("103", "GET", "/live-calls")
        return [one["call_id"] for one in calls] == [linkedid]

    await until(may, "the newcomer's call in their mentor's list")
    status, said = await floor.ask("103", "POST", f"/calls/{linkedid}/watch", {"mode": "listen"})
    assert status == 200, said
    ear = await floor.rung("103")
    await ear.answer()
    assert await heard(caller, ear, HIGH) > 0.5
    caller.hang_up()
    await ear.until_over()
    await floor.pbx.ringward("agent", "mentor", "101", "--end")
