"""Calls begun, ended and handed on from the page: by whom they may be, and what the real switch makes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cti.local.sip_call import SipCall
from tests.pbx.floor import CHEN, Desktop, Floor, direct, until
from tests.pbx.test_conversations import handled, told
from tests.pbx.test_supervision import lead

pytestmark = pytest.mark.pbx


async def live(floor: Floor, login: str) -> dict[str, Any]:
    """This person's latest call."""

    async def known() -> dict[str, Any] | None:
        status, calls = await floor.ask(login, "GET", "/calls")
        assert status == 200
        return next((dict(one) for one in calls if floor.is_ours(one)), None)

    return await until(known, f"a call of {login}")


async def test_a_call_from_the_page_rings_the_desk_and_then_the_customer(floor: Floor) -> None:
    await floor.register("101", "102")
    (lin,) = await floor.desktops("101")
    status, said = await floor.ask("101", "POST", "/calls", {"number": "0933-000-222"})
    assert (status, said["number"], said["agent"]) == (201, CHEN, "101")
    desk = await floor.rung("101")
    assert desk.presented == CHEN
    await desk.answer()
    carried = await floor.carrier.rung(CHEN)
    pop = await lin.expect("pop", direction="outbound")
    assert pop["call_id"] == said["linkedid"]
    assert pop["caller"]["e164"] == "+886933000222"
    await carried.answer()
    await lin.expect("call.answered")
    status, refusal = await floor.ask("102", "DELETE", f"/calls/{said['linkedid']}")
    assert status == 404, refusal
    status, _ = await floor.ask("101", "DELETE", f"/calls/{said['linkedid']}")
    assert status == 204
    await desk.until_over()
    await carried.until_over()
    await lin.expect("call.ended", reason="completed")
    record = await floor.get(f"/calls/{said['linkedid']}")
    assert (record["direction"], record["made_by"]) == ("outbound", "101")


async def test_a_call_is_handed_on_from_the_page(floor: Floor) -> None:
    await floor.register("101", "102")
    lin, mei = await floor.desktops("101", "102")
    caller = await floor.call(CHEN, to=direct("101"))
    desk = await floor.rung("101")
    await desk.answer()
    await lin.expect("call.answered")
    linkedid = (await live(floor, "101"))["linkedid"]
    await floor.bridged()
    status, refusal = await floor.ask("102", "POST", f"/calls/{linkedid}/transfer", {"agent": "102"})
    assert status == 404, refusal
    status, refusal = await floor.ask("101", "POST", f"/calls/{linkedid}/transfer", {"agent": "102"})
    assert status == 204, refusal
    called = await floor.rung("102")
    pop = await mei.expect("pop")
    assert (pop["call_id"], pop["transfer"]["by"]) == (linkedid, "101")
    await desk.until_over()
    await called.answer()
    await mei.expect("call.answered")
    assert not caller.over
    status, _ = await floor.ask("102", "DELETE", f"/calls/{linkedid}")
    assert status == 204
    await caller.until_over()
    status, refusal = await floor.ask("102", "DELETE", f"/calls/{linkedid}")
    assert status == 409, refusal


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"number": "0204-123-456"}, 409),
        ({"number": "+852 9123 4567"}, 409),
        ({"number": "12\r\nAction: Command"}, 400),
        ({"number": "sip:101@evil"}, 400),
        ({"number": ""}, 400),
        ({"number": CHEN, "agent": "102"}, 403),
    ],
)
async def test_calls_that_are_refused(floor: Floor, body: dict[str, str], status: int) -> None:
    await floor.register("101", "102")
    assert (await floor.ask("101", "POST", "/calls", body))[0] == status
    assert not floor.desks["101"].calls
    assert not floor.desks["102"].calls


async def test_a_phone_that_is_not_there_is_said_so(floor: Floor) -> None:
    status, refusal = await floor.ask("108", "POST", "/calls", {"number": CHEN})
    assert status == 409
    assert "108" in refusal["error"]["message"]


async def test_the_command_line_does_the_same(floor: Floor) -> None:
    await floor.register("101", "102")
    await floor.pbx.ringward("call", "dial", "101", CHEN)
    desk = await floor.rung("101")
    await desk.answer()
    carried = await floor.carrier.rung(CHEN)
    await carried.answer()
    linkedid = (await live(floor, "101"))["linkedid"]

    async def written() -> bool:
        return bool((await floor.pbx.show(linkedid))["answered"])

    await until(written, "the record of a call that was answered")
    await floor.bridged()
    async with asyncio.TaskGroup() as tasks:
        # The phone rings for three seconds, which a busy machine may need to end a process.
        tasks.create_task(floor.pbx.ringward("call", "transfer", linkedid, "102"))
        called = await floor.rung("102")
        await called.answer()
    await desk.until_over()

    async def taken() -> bool:
        return (await floor.pbx.show(linkedid))["legs"][-1]["answered"] is not None

    await until(taken, "the record of who took it")
    await floor.pbx.ringward("call", "hangup", linkedid)
    await carried.until_over()


async def rung_by_the_record(floor: Floor, lin: Desktop) -> tuple[SipCall, SipCall, str]:
    """A customer at 101's ringing desk, as the records know it: the customer's end, the desk's, the linkedid."""
    caller = await floor.call(CHEN, to=direct("101"))
    desk = await floor.rung("101")
    linkedid = str((await lin.expect("pop"))["call_id"])

    async def written() -> bool:
        status, record = await floor.ask("101", "GET", f"/calls/{linkedid}")
        return status == 200 and any(leg["ringing"] for leg in record["legs"])

    await until(written, "the record of a phone that rings")
    return caller, desk, linkedid


async def test_what_the_page_does_during_a_call_the_command_line_does_too(floor: Floor) -> None:
    login, code = await lead(floor)
    async with floor.ringing_long("101"):
        await floor.register("101", "102", code)
        (lin,) = await floor.desktops("101")
        caller, desk, linkedid = await rung_by_the_record(floor, lin)
        ringward = floor.pbx.ringward
        await ringward("call", "answer", linkedid)
        await told(floor, "talk")
        await desk.answer()
        await lin.expect("call.answered")

        async def talks() -> bool:
            return bool((await floor.pbx.show(linkedid))["answered"])

        await until(talks, "the record of who talks")
        await ringward("call", "mute", linkedid)
        await handled(lin, muted=True)
        await ringward("call", "unmute", linkedid, "--agent", "101")
        await handled(lin, muted=False)
        await ringward("call", "hold", linkedid, status=1)  # the phone does nothing, and that is said
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ringward("call", "hold", linkedid))
            await told(floor, "hold", times=2)
            desk.hold()
            await handled(lin, held=True)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ringward("call", "unhold", linkedid))
            await told(floor, "talk", times=2)
            desk.hold(on=False)
            await handled(lin, held=False)
        await ringward("call", "join", linkedid, status=1)
        await ringward("call", "listen", linkedid, "--as", "102", status=1)
        await ringward("call", "listen", linkedid, "--as", code)
        await (await floor.rung(code)).answer()
        await ringward("call", "whisper", linkedid, "--as", code)
        await ringward("call", "stop-listening", linkedid, "--as", code)
        await ringward("call", "ask", linkedid, "102")
        await handled(lin, asking="102")
        second = await floor.rung("101")
        await second.answer()
        await (await floor.rung("102")).answer()
        await handled(lin, asking_state="talking")
        await ringward("call", "join", linkedid)
        await desk.until_over()
        assert not caller.over
        await ringward("call", "mute", "1.1", status=1)
        lent = await floor.get(f"/audit?call_id={linkedid}&action=session.lent")
        assert all(one["actor"].startswith("cli:") for one in lent)
        assert lent[-1]["text"] == f"POST /calls/{linkedid}/answer"
        watched = await floor.get(f"/audit?call_id={linkedid}&action=call.watched")
        assert [(one["actor"], one["after"]["mode"]) for one in watched] == [(login, "whisper"), (login, "listen")]
