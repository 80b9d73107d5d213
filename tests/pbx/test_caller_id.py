"""Whose number a mobile is shown: what the carrier refuses is tried in another form, within the same step, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti.local.sip_call import SipCall
from tests.pbx.floor import MAIN, Floor, direct, mobile, outline

pytestmark = pytest.mark.pbx

CALLER = "0922000701"
E164 = "+886922000701"
OTHER = "0922000702"
FORBIDDEN = 403
SLOW = 1.0
"""Seconds that a slow carrier takes; twice that is less than a step."""


@pytest_asyncio.fixture(autouse=True)
async def nothing_remembered(floor: Floor) -> AsyncIterator[None]:
    """Each test begins with a carrier of which nothing is known, and leaves none behind."""
    await floor.pbx.cli("database deltree ringward-trunk")
    yield
    await floor.pbx.cli("database deltree ringward-trunk")
    if not floor.pbx.runs:
        await floor.pbx.restarted()


async def offered(floor: Floor, code: str = "101") -> SipCall:
    """The next INVITE that the carrier is offered for this mobile; it has not said anything yet."""
    return await floor.carrier.rung(mobile(code))


async def until_rung(floor: Floor, code: str = "101", takes: str = MAIN) -> list[SipCall]:
    """Refuse every INVITE that does not come from `takes`; all INVITEs, the last one ringing."""
    seen = []
    while True:
        call = await offered(floor, code)
        seen.append(call)
        if call.presented == takes:
            call.ring()
            return seen
        call.reject(FORBIDDEN)


async def test_a_refused_number_is_followed_by_the_firms_within_the_step(floor: Floor) -> None:
    caller = await floor.call(CALLER, to=direct("101"))
    plain, asserted, company = await until_rung(floor)
    assert [call.presented for call in (plain, asserted, company)] == [CALLER, CALLER, MAIN]
    assert not plain.told("Diversion")
    assert not plain.told("P-Asserted-Identity")
    (diversion,) = asserted.told("Diversion")
    assert diversion.startswith(f"<sip:{MAIN}@")
    assert "reason=no-answer" in diversion
    assert [value.partition("@")[0] for value in asserted.told("P-Asserted-Identity")] == [f"<sip:{MAIN}"]
    assert not company.told("Diversion")
    assert not company.told("P-Asserted-Identity")
    assert CALLER not in company.told_in_all
    await company.answer()
    await company.until_heard()
    await company.press("1")
    await caller.until_answered()
    caller.hang_up()
    await caller.until_over()
    record = await floor.shown(E164, direct("101"))
    assert outline(record) == ["desk 101 offline", "mobile 101 answered"]

    again = await floor.call(CALLER, to=direct("101"))
    first = await offered(floor)
    assert first.presented == MAIN
    again.hang_up()
    await first.until_over()


async def test_the_forms_share_the_ring_time_of_the_step(floor: Floor) -> None:
    """What a carrier took to refuse is gone: a step that began later and was refused nothing is over later."""
    await floor.register("102", "104")
    caller = await floor.call(CALLER, to=direct("101"))
    plain = await offered(floor)
    await asyncio.sleep(SLOW)  # the carrier takes its time: this is the behaviour looked at
    later = await floor.call(OTHER, to=direct("103"))
    (await offered(floor, "103")).ring()
    await asyncio.sleep(SLOW)
    plain.reject(FORBIDDEN)
    company = (await until_rung(floor))[-1]
    deputy, other = await asyncio.gather(floor.rung("102"), floor.rung("104"))
    assert floor.invited_at(deputy) < floor.invited_at(other)
    await company.until_over()
    later.hang_up()
    caller.hang_up()
    await asyncio.gather(deputy.until_over(), other.until_over())
    legs = outline(await floor.record(E164, direct("101")))
    assert legs == ["desk 101 offline", "mobile 101 no_answer", "deputy 102 caller_hung_up"]


async def test_a_carrier_that_takes_no_form(floor: Floor) -> None:
    await floor.register("102")
    caller = await floor.call(CALLER, to=direct("101"))
    for _ in range(3):
        (await offered(floor)).reject(FORBIDDEN)
    deputy = await floor.rung("102")
    caller.hang_up()
    await deputy.until_over()
    legs = outline(await floor.record(E164, direct("101")))
    assert legs == ["desk 101 offline", "mobile 101 trunk_error", "deputy 102 caller_hung_up"]
    assert "0 results" in await floor.pbx.cli("database show ringward-trunk")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(486, "busy"), (603, "declined"), (404, "trunk_error"), (488, "trunk_error"), (503, "trunk_error")],
)
async def test_what_does_not_speak_of_the_caller_is_final(floor: Floor, status: int, reason: str) -> None:
    await floor.register("102")
    caller = await floor.call(CALLER, to=direct("101"))
    (await offered(floor)).reject(status)
    deputy = await floor.rung("102")
    caller.hang_up()
    await deputy.until_over()
    legs = outline(await floor.record(E164, direct("101")))
    assert legs == ["desk 101 offline", f"mobile 101 {reason}", "deputy 102 caller_hung_up"]
    assert "0 results" in await floor.pbx.cli("database show ringward-trunk")


async def test_a_mobile_that_rang_and_is_then_refused_declined(floor: Floor) -> None:
    await floor.register("102")
    caller = await floor.call(CALLER, to=direct("101"))
    phone = await floor.mobile_rung("101")
    await caller.until_ringing()
    phone.reject(FORBIDDEN)
    deputy = await floor.rung("102")
    caller.hang_up()
    await deputy.until_over()
    legs = outline(await floor.record(E164, direct("101")))
    assert legs == ["desk 101 offline", "mobile 101 declined", "deputy 102 caller_hung_up"]


@pytest.mark.parametrize(("status", "phrase"), [(433, ""), (608, "Rejected"), (603, "Network Blocked")])
async def test_other_ways_to_refuse_the_caller(floor: Floor, status: int, phrase: str) -> None:
    caller = await floor.call(CALLER, to=direct("101"))
    (await offered(floor)).reject(status, phrase)
    following = await offered(floor)
    assert following.told("Diversion")
    caller.hang_up()
    await following.until_over()


async def test_a_withheld_caller_stays_withheld_and_is_remembered_apart(floor: Floor) -> None:
    caller = await floor.carrier.place(
        direct("101"),
        sender='"Anonymous" <sip:anonymous@anonymous.invalid>',
        headers=(("Privacy", "id"), ("P-Asserted-Identity", f"<sip:{CALLER}@127.0.0.2>")),
    )
    plain, asserted, company = await until_rung(floor)
    for call in (plain, asserted):
        assert "anonymous" in call.told("From")[0].lower()
        assert call.told("Privacy") == ["id"]
        assert [value.partition("@")[0] for value in call.told("P-Asserted-Identity")] in ([], [f"<sip:{MAIN}"])
    for call in (plain, asserted, company):
        assert CALLER not in call.told_in_all
    caller.hang_up()
    await company.until_over()
    known = await floor.call(CALLER, to=direct("101"))
    first = await offered(floor)
    assert first.presented == CALLER
    known.hang_up()
    await first.until_over()


async def test_together_with_a_desk_that_goes_on_ringing(floor: Floor) -> None:
    await floor.register("101")
    await floor.pbx.ringward("agent", "steps", "101", "both:8")
    try:
        await floor.kept("101", "desk!8!d:101:101+m:101:")
        caller = await floor.call(CALLER, to=direct("101"))
        desk = await floor.rung("101")
        company = (await until_rung(floor))[-1]
        assert not desk.over
        await company.answer()
        await company.until_heard()
        await company.press("1")
        await caller.until_answered()
        await desk.until_over()
        caller.hang_up()
        legs = outline(await floor.record(E164, direct("101")))
        assert legs == ["desk 101 answered_elsewhere", "desk 101 mobile answered"]
    finally:
        await floor.pbx.ringward("agent", "steps", "101")


async def test_the_daemon_is_not_needed(floor: Floor) -> None:
    await floor.kept("101", "~desk!3!d:101:101~", "m:101:")  # no longer the chain of the test before
    floor.pbx.kill_daemon()
    caller = await floor.call(CALLER, to=direct("101"))
    assert len(await until_rung(floor)) == 3
    caller.hang_up()
    await caller.until_over()
    again = await floor.call(CALLER, to=direct("101"))
    first = await offered(floor)
    assert first.presented == MAIN
    again.hang_up()
    await first.until_over()
    await floor.pbx.restarted()
    legs = outline(await floor.record(E164, direct("101")))
    assert legs == ["desk 101 offline", "mobile 101 caller_hung_up"]


async def test_what_is_remembered_is_shown_and_forgotten(floor: Floor) -> None:
    caller = await floor.call(CALLER, to=direct("101"))
    company = (await until_rung(floor))[-1]
    caller.hang_up()
    await company.until_over()

    async def begins_with(form: str) -> bool:
        return f'"begins_with": "{form}"' in await floor.pbx.ringward("trunk", "show", "carrier", "--json")

    assert await begins_with("company")
    assert "403" in await floor.pbx.ringward("--lang", "en", "doctor")
    await floor.pbx.ringward("trunk", "reset", "carrier")
    assert await begins_with("customer")
    again = await floor.call(CALLER, to=direct("101"))
    first = await offered(floor)
    assert first.presented == CALLER
    again.hang_up()
    await first.until_over()


async def test_what_is_remembered_expires(floor: Floor) -> None:
    await floor.pbx.cli("database put ringward-trunk carrier company!customer!403!1000000000")
    caller = await floor.call(CALLER, to=direct("101"))
    first = await offered(floor)
    assert first.presented == CALLER
    caller.hang_up()
    await first.until_over()
