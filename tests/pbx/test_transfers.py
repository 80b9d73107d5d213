"""Calls that a desk phone hands on: taken, not taken, given up, refused; asked for first or not; the daemon dead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cti.local.sip_call import SipCall
from routing.model import WaitingKind
from tests.pbx.floor import CHEN, Floor, direct, outline, until
from tests.pbx.test_waiting import waiting

pytestmark = pytest.mark.pbx

CHEN_E164 = "+886933000222"


@pytest_asyncio.fixture(autouse=True)
async def mended(floor: Floor) -> AsyncIterator[None]:
    """Whatever a test did to it, the daemon serves again while the floor is cleared."""
    yield
    if not floor.pbx.runs:
        await floor.pbx.restarted()


async def answered(floor: Floor, code: str, number: str = CHEN) -> tuple[SipCall, SipCall]:
    """A caller whom this person's desk has answered: the caller's end and the desk's."""
    caller = await floor.call(number, to=direct(code))
    desk = await floor.rung(code)
    await desk.answer()
    await caller.until_answered()
    return caller, desk


async def hand_on(floor: Floor, phone: SipCall, to: str, replacing: SipCall | None = None) -> None:
    """Transfer as a person does, who has heard the other before."""
    await floor.bridged(2 if replacing is not None else 1)
    phone.transfer(to, replacing)


async def talks(floor: Floor, e164: str, code: str, times: int = 1) -> None:
    """Wait until this person has answered the live call from that number so often."""

    async def so() -> bool:
        calls = [one for one in await floor.get("/calls?limit=100") if one["caller"]["e164"] == e164]
        if not calls:
            return False
        answers = [leg for leg in calls[0]["legs"] if leg["agent"] == code and leg["answered"]]
        return calls[0]["state"] == "talking" and len(answers) == times

    await until(so, f"{code} on the phone with {e164}")


async def one_call(floor: Floor, e164: str) -> dict[str, Any]:
    """The finished record of this test's only call from that number."""
    record = await floor.record(e164)
    calls = [one for one in await floor.get("/calls?limit=100") if one["caller"]["e164"] == e164 and floor.is_ours(one)]
    assert [one["linkedid"] for one in calls] == [record["linkedid"]]
    return record


async def test_a_blind_transfer_to_a_colleague_who_answers(floor: Floor) -> None:
    await floor.register("101", "102")
    lin, mei = await floor.desktops("101", "102")
    caller, desk = await answered(floor, "101")
    shown = await lin.expect("pop")
    await hand_on(floor, desk, "102")
    called = await floor.offered("102")
    pop = await mei.expect("pop", state="ringing")  # her phone has not said that it rings
    assert pop["call_id"] == shown["call_id"]
    assert pop["card"]["customer_id"] == shown["matches"][0]["customer_id"]
    assert (pop["transfer"]["by"], pop["transfer"]["by_name"], pop["transfer"]["to"]) == ("101", "小林", "102")
    assert not pop["transfer"]["back"]
    assert (await lin.expect("pop.withdrawn"))["reason"] == "transferred"
    await desk.until_over()
    called.ring()
    await called.answer()
    await mei.expect("call.answered")
    assert not caller.over
    caller.hang_up()
    await called.until_over()
    await mei.expect("call.ended", reason="completed")
    record = await one_call(floor, CHEN_E164)
    assert outline(record) == ["desk 101 answered", "desk 102 answered"]
    assert (record["answered_by"], record["transfers"]) == ("101", 1)
    assert [(one["by"], one["to"], one["how"], one["back"]) for one in record["transferred"]] == [
        ("101", "102", "blind", None)
    ]
    first, second = record["legs"]
    assert first["ended"] <= second["answered"] <= second["ended"]
    assert (await floor.pbx.show(record["linkedid"]))["transfers"] == 1


async def test_a_transfer_that_nobody_takes_comes_back(floor: Floor) -> None:
    await floor.register("101", "103", "104")
    lin, chang = await floor.desktops("101", "103")
    caller, desk = await answered(floor, "101")
    await lin.expect("call.answered")
    await hand_on(floor, desk, "103")
    (await floor.rung("103")).reject(486)
    await desk.until_over()
    (await floor.mobile_rung("103")).reject(486)
    (await floor.rung("104")).reject(486)
    (await floor.mobile_rung("104")).reject(486)
    again = await floor.rung("101")
    pop = await lin.expect("pop", state="ringing", direction="inbound")
    while not pop["transfer"] or not pop["transfer"]["back"]:
        pop = await lin.expect("pop", state="ringing")
    assert (pop["transfer"]["by"], pop["transfer"]["to"]) == ("101", "103")
    await again.answer()
    await lin.expect("call.answered")
    assert not caller.over
    again.hang_up()
    await caller.until_over()
    record = await one_call(floor, CHEN_E164)
    assert outline(record) == [
        "desk 101 answered",
        "desk 103 busy",
        "mobile 103 busy",
        "deputy 104 busy",
        "deputy 104 mobile busy",
        "desk 101 answered",
    ]
    assert record["transferred"][0]["back"]
    assert chang.heard("pop")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("offline", ["desk 103 offline", "mobile 103 busy", "deputy 104 offline", "deputy 104 mobile busy"]),
        ("declined", ["desk 103 declined", "mobile 103 declined", "deputy 104 offline", "deputy 104 mobile busy"]),
        ("no_answer", ["desk 103 no_answer", "mobile 103 busy", "deputy 104 offline", "deputy 104 mobile busy"]),
    ],
)
async def test_in_whatever_way_a_colleague_does_not_take_it(floor: Floor, how: str, told: list[str]) -> None:
    await floor.register("101", *(["103"] if how != "offline" else []))
    (lin,) = await floor.desktops("101")
    number, e164 = f"09227774{len(how):02}", f"+8869227774{len(how):02}"
    caller, desk = await answered(floor, "101", number)
    await lin.expect("call.answered")
    await hand_on(floor, desk, "103")
    if how != "offline":
        rung = await floor.rung("103")
        if how == "declined":
            rung.reject(603)
    if how != "declined":
        (await floor.mobile_rung("103")).reject(486)
    (await floor.mobile_rung("104")).reject(486)
    again = await floor.rung("101")
    pop = await lin.expect("pop", state="ringing")
    while not pop["transfer"] or not pop["transfer"]["back"]:
        pop = await lin.expect("pop", state="ringing")
    assert (pop["transfer"]["by"], pop["transfer"]["to"], pop["caller"]["e164"]) == ("101", "103", e164)
    await again.answer()
    await lin.expect("call.answered")
    assert not caller.over
    caller.hang_up()
    await again.until_over()
    record = await one_call(floor, e164)
    assert outline(record) == ["desk 101 answered", *told, "desk 101 answered"]
    assert await floor.owed(e164) is None


async def test_who_transferred_has_gone_meanwhile(floor: Floor) -> None:
    await floor.register("101", "107", "108")
    number, e164 = "0922777108", "+886922777108"
    caller, desk = await answered(floor, "107", number)
    await hand_on(floor, desk, "108")
    rung = await floor.rung("108")
    await desk.until_over()
    await floor.desks["107"].register(expires=0)
    rung.reject(486)
    (await floor.mobile_rung("108")).reject(486)
    (await floor.mobile_rung("107")).reject(486)
    last = await floor.rung("101")
    await last.answer()
    await talks(floor, e164, "101")
    assert not caller.over
    caller.hang_up()
    await last.until_over()
    record = await one_call(floor, e164)
    assert "desk 107 offline" in outline(record)
    assert "group 101 answered" in outline(record)


async def test_a_call_handed_on_from_a_mobile_comes_back_to_the_mobile(floor: Floor) -> None:
    await floor.register("103")
    lin, chang = await floor.desktops("101", "103")
    caller = await floor.call("0922777500", to=direct("101"))
    mobile = await floor.mobile_rung("101")
    await mobile.answer()
    await mobile.press("1")
    linkedid = (await lin.expect("call.answered"))["call_id"]
    await floor.bridged()
    assert (await floor.ask("101", "POST", f"/calls/{linkedid}/transfer", {"agent": "103"}))[0] == 204
    rung = await floor.rung("103")
    pop = await chang.expect("pop", state="ringing")
    assert (pop["call_id"], pop["transfer"]["by"], pop["transfer"]["by_name"]) == (linkedid, "101", "小林")
    await mobile.until_over()
    rung.reject(486)
    (await floor.mobile_rung("103")).reject(486)
    (await floor.mobile_rung("104")).reject(486)
    again = await floor.mobile_rung("101")
    pop = await lin.expect("pop", state="ringing")
    while not pop["transfer"] or not pop["transfer"]["back"]:
        pop = await lin.expect("pop", state="ringing")
    await again.answer()
    await again.press("1")
    await talks(floor, "+886922777500", "101", 2)
    assert not caller.over
    caller.hang_up()
    await again.until_over()
    record = await one_call(floor, "+886922777500")
    assert [(one["by"], one["to"]) for one in record["transferred"]] == [("101", "103")]
    assert outline(record)[-1] == "mobile 101 answered"


async def test_a_transfer_joined_while_the_colleague_still_rings_comes_back(floor: Floor) -> None:
    await floor.register("101", "102")
    caller, desk = await answered(floor, "101", "0922777600")
    await floor.bridged()
    question = await floor.dial("101", "102")
    called = await floor.rung("102")
    desk.transfer("102", question)
    await desk.until_over()
    called.reject(486)
    again = await floor.rung("101")
    await again.answer()
    assert not caller.over
    await talks(floor, "+886922777600", "101", 2)
    caller.hang_up()
    await again.until_over()
    record = await one_call(floor, "+886922777600")
    assert (record["answered_by"], outline(record)[-1]) == ("101", "desk 101 answered")


async def test_who_asks_hangs_up_and_the_colleague_is_rung_no_more(floor: Floor) -> None:
    await floor.register("101", "102")
    caller, desk = await answered(floor, "101", "0922777700")
    question = await floor.dial("101", "102")
    called = await floor.rung("102")
    question.hang_up()
    await called.until_over()
    assert not desk.over
    assert not caller.over
    desk.hang_up()
    await caller.until_over()
    record = await one_call(floor, "+886922777700")
    assert outline(record) == ["desk 101 answered"]
    assert await floor.owed("+886922777700") is None


async def test_a_caller_who_gives_up_while_being_transferred_is_owed_a_call(floor: Floor) -> None:
    await floor.register("105", "106")
    number, e164 = "0922777105", "+886922777105"
    caller, desk = await answered(floor, "105", number)
    await hand_on(floor, desk, "106")
    called = await floor.rung("106")
    await desk.until_over()
    caller.hang_up()
    await called.until_over()
    record = await one_call(floor, e164)
    assert outline(record) == ["desk 105 answered", "desk 106 caller_hung_up"]

    async def owed() -> dict[str, Any] | None:
        return next((dict(one) for one in await floor.get("/promises?limit=500") if one["number"] == e164), None)

    promise = await until(owed, "a promise")
    assert (promise["owner"], promise["why"]) == ("106", "transfer")


async def test_nobody_at_all_rings_the_group(floor: Floor) -> None:
    await floor.register("101", "107", "108")
    caller, desk = await answered(floor, "107", "0922777107")
    await hand_on(floor, desk, "108")
    (await floor.rung("108")).reject(486)
    await desk.until_over()
    (await floor.mobile_rung("108")).reject(486)
    (await floor.rung("107")).reject(486)
    (await floor.mobile_rung("107")).reject(486)
    (await floor.rung("107")).reject(486)
    last = await floor.rung("101")
    await last.answer()
    await talks(floor, "+886922777107", "101")
    assert not caller.over
    caller.hang_up()
    await last.until_over()
    record = await one_call(floor, "+886922777107")
    assert "group 101 answered" in outline(record)
    assert record["transferred"][0]["back"]


@pytest.mark.parametrize("target", ["0912345678", "00285291234567", "777"])
async def test_a_transfer_outside_is_refused_and_comes_back(floor: Floor, target: str) -> None:
    await floor.register("101")
    caller, desk = await answered(floor, "101", "0922777200")
    await hand_on(floor, desk, target)
    await desk.until_over()
    again = await floor.rung("101")
    await again.answer()
    await talks(floor, "+886922777200", "101", 2)
    assert not caller.over
    again.hang_up()
    await caller.until_over()
    record = await one_call(floor, "+886922777200")
    assert outline(record) == ["desk 101 answered", "outbound None barred", "desk 101 answered"]
    assert record["transferred"][0]["to"] == target


async def test_a_blind_transfer_without_the_daemon(floor: Floor) -> None:
    await floor.register("101", "102")
    await floor.kept("102", "desk!3!")
    caller, desk = await answered(floor, "101", "0922777300")
    floor.pbx.kill_daemon()
    await hand_on(floor, desk, "102")
    called = await floor.rung("102")
    await called.answer()
    await called.until_acknowledged()
    caller.hang_up()
    await called.until_over()
    floor.pbx.start_daemon()
    await floor.pbx.serves()
    record = await one_call(floor, "+886922777300")
    assert outline(record) == ["desk 101 answered", "desk 102 answered"]
    assert record["transfers"] == 1


async def test_what_callers_hear_while_they_wait_is_no_step_of_a_transfer(floor: Floor) -> None:
    """The kept chain says it behind its last step."""
    await floor.register("101", "104")
    async with waiting(floor, WaitingKind.TOLD):
        caller, desk = await answered(floor, "101")
        floor.pbx.kill_daemon()
        await hand_on(floor, desk, "104")
        (await floor.rung("104")).reject(486)
        await desk.until_over()
        (await floor.mobile_rung("104")).reject(486)
        again = await floor.rung("101")
        caller.hang_up()
        await again.until_over()
        await floor.pbx.restarted_daemon()
    record = await one_call(floor, CHEN_E164)
    linkedid = record["linkedid"]
    journal = floor.pbx.settings.journal_file.read_text().splitlines()
    assert [row for row in journal if linkedid in row and "transfer!" in row]
    assert not [row for row in journal if linkedid in row and "told:zh" in row]


async def test_an_agent_hands_on_a_customer_whom_he_called(floor: Floor) -> None:
    await floor.register("101", "102")
    lin, mei = await floor.desktops("101", "102")
    phone = await floor.dial("101", CHEN)
    carried = await floor.carrier.rung(CHEN)
    await carried.answer()
    await phone.until_answered()
    await hand_on(floor, phone, "102")
    called = await floor.rung("102")
    assert called.presented == CHEN
    pop = await mei.expect("pop", state="ringing")
    assert pop["caller"]["e164"] == CHEN_E164
    assert pop["transfer"]["by"] == "101"
    await phone.until_over()
    await called.answer()
    await mei.expect("call.answered")
    assert not carried.over
    called.hang_up()
    await carried.until_over()
    await mei.expect("call.ended", reason="completed")

    async def over() -> dict[str, Any] | None:
        calls = [one for one in await floor.get("/calls?limit=100") if one["dialled"] == CHEN and floor.is_ours(one)]
        return dict(calls[0]) if calls and calls[0]["ended"] else None

    record = await until(over, "the record")
    assert outline(record) == ["outbound None answered", "desk 102 answered"]
    assert record["transfers"] == 1
    assert lin.heard("pop.withdrawn")


async def test_a_transfer_after_asking_moves_the_card(floor: Floor) -> None:
    await floor.register("101", "102")
    lin, mei = await floor.desktops("101", "102")
    caller, desk = await answered(floor, "101")
    shown = await lin.expect("pop")
    question = await floor.dial("101", "102")
    called = await floor.rung("102")
    await mei.expect("pop", direction="internal")
    await called.answer()
    await question.until_answered()
    await hand_on(floor, desk, "102", question)
    pop = await mei.expect("pop", direction="inbound")
    assert (pop["call_id"], pop["state"], pop["transfer"]["how"]) == (shown["call_id"], "talking", "attended")
    assert pop["card"]["customer_id"] == shown["matches"][0]["customer_id"]
    assert await desk.until_referred() == 200
    assert (await lin.expect("pop.withdrawn", call_id=shown["call_id"]))["reason"] == "transferred"
    assert not caller.over
    assert not called.over
    caller.hang_up()
    await called.until_over()
    await mei.expect("call.ended", call_id=shown["call_id"], reason="completed")
    record = await one_call(floor, CHEN_E164)
    assert outline(record) == ["desk 101 answered", "desk 102 answered"]
    assert [(one["by"], one["to"], one["how"]) for one in record["transferred"]] == [("101", "102", "attended")]
