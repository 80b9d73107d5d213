"""What the desk phones dial: outside, to a colleague, and what is not called; and what it means for promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cti.local.sip_call import CallOver, SipCall
from tests.pbx.floor import CHEN, MAIN, Floor, direct, outline, until

pytestmark = pytest.mark.pbx

STRANGER = "0922333444"
STRANGER_E164 = "+886922333444"
TALK = 1.5
"""Seconds; the test's daemon takes a talk of one second for a kept promise."""


@pytest_asyncio.fixture
async def brisk(floor: Floor) -> AsyncIterator[Floor]:
    """A firm that takes a talk of one second for a kept promise."""
    await floor.pbx.restarted_daemon(RINGWARD_PROMISE_KEPT_SECONDS="1")
    yield floor
    await floor.pbx.restarted_daemon()


async def made(floor: Floor, number: str) -> dict[str, Any]:
    """The finished record of this test's latest call to `number`, by the API."""

    async def ended() -> dict[str, Any] | None:
        for call in await floor.get("/calls?limit=100"):
            if call["dialled"] == number and floor.is_ours(call):
                return dict(call) if call["ended"] and all(leg["reason"] for leg in call["legs"]) else None
        return None

    return await until(ended, f"a finished record of the call to {number}")


async def talk(call: SipCall, seconds: float) -> None:
    """Stay on the line for so long."""
    with pytest.raises(TimeoutError):
        await call.until_over(seconds)


async def promise_of(floor: Floor, number: str, state: str, **fields: Any) -> dict[str, Any]:
    """The promise to `number`, once it is in that state."""

    async def so() -> dict[str, Any] | None:
        for one in await floor.get("/promises?limit=500&all=true"):
            wanted = {"number": number, "state": state, **fields}
            if all(one[name] == value for name, value in wanted.items()):
                return dict(one)
        return None

    return await until(so, f"a promise to {number}, {state} {fields}")


async def test_a_customer_called_from_the_desk(floor: Floor) -> None:
    await floor.register("101", "102")
    lin, mei = await floor.desktops("101", "102")
    phone = await floor.dial("101", CHEN)
    carried = await floor.carrier.rung(CHEN)
    assert carried.presented == MAIN
    pop = await lin.expect("pop", direction="outbound", dialled=CHEN)
    assert pop["caller"]["e164"] == "+886933000222"
    assert pop["made_by"] == "101"
    assert [match["name"] for match in pop["matches"]] == ["陳太太"]
    carried.ring()
    await carried.answer()
    await phone.until_answered()
    await lin.expect("call.answered", call_id=pop["call_id"])
    phone.hang_up()
    await carried.until_over()
    await lin.expect("call.ended", call_id=pop["call_id"], reason="completed")
    assert not mei.heard("pop")
    record = await made(floor, CHEN)
    assert outline(record) == ["outbound None answered"]
    assert (record["direction"], record["made_by"], record["shown"]) == ("outbound", "101", MAIN)
    assert (record["dialled_e164"], record["customer_name"]) == ("+886933000222", "陳太太")
    (leg,) = record["legs"]
    assert leg["started"] <= leg["ringing"] <= leg["answered"] <= leg["ended"]


@pytest.mark.parametrize(
    ("status", "reason"), [(486, "busy"), (603, "declined"), (480, "no_answer"), (503, "trunk_error")]
)
async def test_a_called_one_who_does_not_answer(floor: Floor, status: int, reason: str) -> None:
    await floor.register("103")
    number = f"0922111{status}"
    phone = await floor.dial("103", number)
    (await floor.carrier.rung(number)).reject(status)
    await phone.until_over()
    assert phone.status is not None
    assert phone.status >= 400
    assert outline(await made(floor, number)) == [f"outbound None {reason}"]


async def test_an_agent_who_gives_up(floor: Floor) -> None:
    await floor.register("103")
    phone = await floor.dial("103", "0922111000")
    carried = await floor.carrier.rung("0922111000")
    carried.ring()
    await phone.until_ringing()
    phone.hang_up()
    await carried.until_over()
    assert outline(await made(floor, "0922111000")) == ["outbound None caller_hung_up"]


@pytest.mark.parametrize("number", ["110", "112", "113", "119", "1999", "25551234", "0223456789", "+886223456789"])
async def test_numbers_that_are_always_dialled(floor: Floor, number: str) -> None:
    await floor.register("104")
    phone = await floor.dial("104", number)
    carried = await floor.carrier.rung(number)
    assert carried.presented == MAIN
    phone.hang_up()
    await carried.until_over()


@pytest.mark.parametrize("number", ["0204123456", "+886204123456", "00285291234567", "+85291234567", "0191234567", "9"])
async def test_numbers_that_are_not_called(floor: Floor, number: str) -> None:
    await floor.register("105")
    phone = await floor.dial("105", number)
    with pytest.raises(CallOver):
        await phone.until_answered()
    assert phone.status == 403
    record = await made(floor, number)
    assert outline(record) == ["outbound None barred"]
    assert record["made_by"] == "105"


async def test_a_colleague_called_by_extension(floor: Floor) -> None:
    await floor.register("101", "102")
    lin, mei = await floor.desktops("101", "102")
    phone = await floor.dial("101", "102")
    called = await floor.rung("102")
    pop = await mei.expect("pop", direction="internal")
    assert (pop["made_by"], pop["caller"]["name"]) == ("101", "小林")
    assert (pop["matches"], pop["card"]) == ([], None)
    await called.answer()
    await phone.until_answered()
    await mei.expect("call.answered")
    called.hang_up()
    await phone.until_over()
    await mei.expect("call.ended", reason="completed")
    assert not lin.heard("pop")
    record = await made(floor, "102")
    assert outline(record) == ["desk 102 answered"]
    assert (record["direction"], record["made_by"], record["customer_id"]) == ("internal", "101", None)


async def test_a_colleague_who_does_not_answer_is_owed_nothing(floor: Floor) -> None:
    await floor.register("106")
    phone = await floor.dial("106", "107")
    await phone.until_over()
    assert outline(await made(floor, "107")) == ["desk 107 offline"]
    assert not [one for one in await floor.get("/promises?limit=500&all=true") if one["raw"] == "106"]


async def test_a_promise_is_kept_by_a_call_back_that_was_really_connected(brisk: Floor) -> None:
    floor = brisk
    await floor.register("101")
    caller = await floor.call(STRANGER, to=direct("101"))
    await floor.rung("101")
    caller.hang_up()
    owed = await promise_of(floor, STRANGER_E164, "open")
    assert owed["owner"] == "101"

    phone = await floor.dial("101", STRANGER)
    (await floor.carrier.rung(STRANGER)).reject(486)
    await phone.until_over()
    await promise_of(floor, STRANGER_E164, "open", called_back=1)

    phone = await floor.dial("101", STRANGER)
    carried = await floor.carrier.rung(STRANGER)
    await carried.answer()
    await phone.until_answered()
    phone.hang_up()
    await carried.until_over()
    await promise_of(floor, STRANGER_E164, "open", called_back=2)

    phone = await floor.dial("101", STRANGER)
    carried = await floor.carrier.rung(STRANGER)
    await carried.answer()
    await phone.until_answered()
    await talk(phone, TALK)
    phone.hang_up()
    await carried.until_over()
    kept = await promise_of(floor, STRANGER_E164, "kept")
    assert kept["id"] == owed["id"]
    assert kept["kept_linkedid"] == (await made(floor, STRANGER))["linkedid"]


async def test_calls_made_while_the_daemon_is_dead(brisk: Floor) -> None:
    floor = brisk
    number, e164 = "0922333555", "+886922333555"
    await floor.register("101")
    caller = await floor.call(number, to=direct("101"))
    await floor.rung("101")
    caller.hang_up()
    await promise_of(floor, e164, "open")
    floor.pbx.kill_daemon()
    phone = await floor.dial("101", number)
    carried = await floor.carrier.rung(number)
    await carried.answer()
    await phone.until_answered()
    await talk(phone, TALK)
    phone.hang_up()
    await carried.until_over()
    await floor.pbx.restarted_daemon(RINGWARD_PROMISE_KEPT_SECONDS="1")
    record = await made(floor, number)
    assert outline(record) == ["outbound None answered"]
    assert record["made_by"] == "101"
    kept = await promise_of(floor, e164, "kept")
    assert kept["kept_linkedid"] == record["linkedid"]


async def test_the_number_shown_is_the_firms_own_or_refused(floor: Floor) -> None:
    await floor.register("106")

    async def shown() -> str:
        phone = await floor.dial("106", "0922888106")
        carried = await floor.carrier.rung("0922888106")
        phone.hang_up()
        await carried.until_over()
        return carried.presented

    assert await shown() == MAIN
    await floor.pbx.ringward("agent", "shows", "106", "direct")
    assert await shown() == direct("106")
    for foreign in ("02-2345-6789", direct("107")):
        with pytest.raises(AssertionError, match="is no number of the firm"):
            await floor.pbx.ringward("--lang", "en", "agent", "shows", "106", foreign)
    assert await shown() == direct("106")
    await floor.pbx.ringward("agent", "shows", "106", "company")
    assert await shown() == MAIN
