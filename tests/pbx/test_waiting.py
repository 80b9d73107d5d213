"""What a caller hears while the phones ring, and the call back that is chosen by key instead of waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cti.agents.services import set_service
from cti.local.sip_call import SipCall
from routing.model import Waiting, WaitingKind
from tests.pbx.floor import Floor, direct, outline, until

pytestmark = pytest.mark.pbx

CALLER, CALLER_E164 = "0922000801", "+886922000801"
PATIENCE = 6
"""Seconds of ringing until the sentence: the desk rings for 3, the mobile for 4 more."""


@asynccontextmanager
async def waiting(floor: Floor, kind: WaitingKind, language: str = "zh", answered: bool = False) -> AsyncIterator[None]:
    """The firm's callers hear this while they wait; afterwards nothing again."""
    await set_waiting(floor, Waiting(kind, PATIENCE, language, answered))
    await floor.kept("101", f"wait!{PATIENCE}!{kind.value}")
    try:
        yield
    finally:
        await set_waiting(floor, Waiting(WaitingKind.OFF))

        async def gone() -> bool:
            return "wait!" not in await floor.pbx.cli("database get ringward-chain 101")

        await until(gone, "a kept chain without waiting")


async def set_waiting(floor: Floor, waiting: Waiting) -> None:
    async with floor.pbx.database() as store, store.transaction() as session:
        await set_service(session, "company", "公司", waiting=waiting)


async def press_until_over(caller: SipCall, key: str = "1") -> None:
    """As an impatient person does."""
    async with asyncio.timeout(30):
        while not caller.over:
            await caller.press(key)


async def asks_for_a_call(floor: Floor, caller: SipCall) -> SipCall:
    """The desk rings out whatever is pressed; at the mobile the key counts. That mobile's call."""
    desk = await floor.rung("101")
    await caller.until_heard()
    assert caller.status == 183
    assert not caller.answered
    await caller.press("1590*#")
    pressing = asyncio.create_task(press_until_over(caller))
    phone = await floor.mobile_rung("101")
    assert desk.over
    assert not caller.over, "the key counted before it was offered"
    await pressing
    assert caller.over_by == "them"
    await phone.until_over()
    assert phone.over_by == "them"
    return phone


async def test_a_caller_asks_to_be_called_back(floor: Floor) -> None:
    await floor.register("101", "102")
    owner, deputy = await floor.desktops("101", "102")
    async with waiting(floor, WaitingKind.OFFER):
        missed = await floor.call("0922000802", to=direct("101"))
        await floor.rung("101")
        missed.hang_up()
        await floor.record("+886922000802")
        caller = await floor.call(CALLER, to=direct("101"))
        await asks_for_a_call(floor, caller)
    assert not caller.answered
    await owner.expect("pop.withdrawn")
    record = await floor.shown(CALLER_E164)
    assert not deputy.heard("pop")
    assert outline(record) == ["desk 101 no_answer", "mobile 101 caller_hung_up"]
    assert record["callback_asked"] is not None
    told = await owner.expect("promise", number=CALLER_E164)
    assert told["origin"] == "asked"
    asked = await until(lambda: floor.owed(CALLER_E164), "the promise")
    other = await until(lambda: floor.owed("+886922000802"), "the other's promise")
    assert (asked["origin"], other["origin"]) == ("asked", "missed")
    assert asked["due"] < other["due"]
    shown = json.loads(await floor.pbx.ringward("promise", "show", str(asked["id"]), "--json"))
    assert [one["what"] for one in shown["history"]] == ["opened", "callback_asked"]
    assert shown["calls"] == [record["linkedid"]]
    await floor.no_longer_owed(asked)
    await floor.no_longer_owed(other)


async def test_who_was_missed_and_asks_then_is_served_sooner(floor: Floor) -> None:
    await floor.register("101")
    async with waiting(floor, WaitingKind.OFFER):
        missed = await floor.call(CALLER, to=direct("101"))
        await floor.rung("101")
        missed.hang_up()
        before = await until(lambda: floor.owed(CALLER_E164), "the promise")
        await asks_for_a_call(floor, await floor.call(CALLER, to=direct("101")))

        async def sooner() -> dict[str, Any] | None:
            promise = await floor.owed(CALLER_E164)
            return promise if promise and promise["origin"] == "asked" else None

        after = await until(sooner, "the promise to be one that was asked for")
    assert after["id"] == before["id"]
    assert after["attempts"] == 2
    assert after["due"] < before["due"]
    await floor.no_longer_owed(after)


async def test_who_goes_on_waiting_loses_nothing_and_who_shows_no_number_is_offered_nothing(floor: Floor) -> None:
    await floor.register("101", "102", "103", "104")

    async def waits(number: str, owner: str, deputy: str, keys: str) -> None:
        caller = await floor.call(number, to=direct(owner))
        await floor.rung(owner)
        await floor.mobile_rung(owner)
        phone = await floor.rung(deputy)
        await caller.press(keys)
        assert not caller.over
        await phone.answer()
        await caller.until_answered()
        caller.hang_up()
        await caller.until_over()

    async with waiting(floor, WaitingKind.OFFER, "en"):
        await asyncio.gather(waits(CALLER, "101", "102", "2590*#"), waits("anonymous", "103", "104", "111"))
    legs = outline(await floor.record(CALLER_E164))
    assert legs == ["desk 101 no_answer", "mobile 101 no_answer", "deputy 102 answered"]


async def test_who_is_only_told_cannot_leave_by_key(floor: Floor) -> None:
    await floor.register("101", "102")
    async with waiting(floor, WaitingKind.TOLD):
        caller = await floor.call(CALLER, to=direct("101"))
        await floor.rung("101")
        await caller.until_heard()
        await floor.mobile_rung("101")
        phone = await floor.rung("102")
        await caller.press("111")
        assert not caller.over
        await phone.answer()
        await caller.until_answered()
        caller.hang_up()
    assert outline(await floor.record(CALLER_E164))[-1] == "deputy 102 answered"


async def test_the_call_may_be_answered_for_it(floor: Floor) -> None:
    await floor.register("101")
    async with waiting(floor, WaitingKind.OFFER, answered=True):
        caller = await floor.call(CALLER, to=direct("101"))
        await caller.until_answered()
        await floor.rung("101")
        pressing = asyncio.create_task(press_until_over(caller))
        phone = await floor.mobile_rung("101")
        await pressing
        await phone.until_over()
    record = await floor.record(CALLER_E164)
    assert record["answered"] is None
    await floor.no_longer_owed(await until(lambda: floor.owed(CALLER_E164), "the promise"))


async def test_the_offer_stands_while_the_daemon_is_dead(floor: Floor) -> None:
    await floor.register("101")
    async with waiting(floor, WaitingKind.OFFER):
        floor.pbx.kill_daemon()
        try:
            await asks_for_a_call(floor, await floor.call(CALLER, to=direct("101")))
        finally:
            await floor.pbx.restarted_daemon()
        asked = await until(lambda: floor.owed(CALLER_E164), "the promise, from the journal")
    assert asked["origin"] == "asked"
    assert asked["attempts"] == 1
    await floor.no_longer_owed(asked)
