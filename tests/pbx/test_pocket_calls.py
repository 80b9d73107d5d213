"""The pocket card on real calls: there before the mobile is picked up, as on the desktop, gone with the leg."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from tests.pbx.floor import CHEN, Desktop, Floor, until
from tests.pbx.installation import Installation

pytestmark = pytest.mark.pbx


@dataclass
class PocketPage:
    """A phone's browser that opened a link. `said` is what it heard, message by message."""

    opened: dict[str, Any]
    socket: aiohttp.ClientWebSocketResponse

    async def hear(self, kind: str, **fields: Any) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = json.loads(await self.socket.receive_str(timeout=15))
            if message["type"] == kind and all(message.get(name) == value for name, value in fields.items()):
                return message


async def link_to(floor: Floor, agent: str) -> str:
    """The link that was sent to this agent's mobile in this test: the demo's way writes it into the daemon's log."""
    log = floor.pbx.home / "log" / "daemon.log"

    async def sent() -> str | None:
        link = ""
        for line in log.read_text("utf-8").splitlines():
            told = json.loads(line) if line.startswith("{") else {}
            if told.get("event") == "pocket.link":
                link = told["link"]
            fresh = told.get("event") == "pocket.sent" and datetime.fromisoformat(told["timestamp"]) >= floor.opened
            if fresh and told["agent"] == agent:
                return str(link)
        return None

    return await until(sent, f"a link for {agent}")


async def opened(floor: Floor, browser: aiohttp.ClientSession, link: str) -> PocketPage:
    """Open a link as a phone does."""
    origin = {"Origin": floor.pbx.url}
    async with browser.get(link) as page:
        assert page.status == 200
    async with browser.post(f"{link}/open", json={}, headers=origin) as answer:
        assert answer.status == 200, await answer.text()
        told = await answer.json()
    socket = await browser.ws_connect(f"{floor.pbx.url}/ws/pocket?card={told['card']}", headers=origin)
    return PocketPage(told, socket)


async def same(desktop: Desktop, shown: dict[str, Any]) -> bool:
    """Whether what this desktop was told adds up to what the phone shows, field for field."""
    pop: dict[str, Any] = {}
    for message in desktop.heard("pop", "pop.moved", "pop.card"):
        pop |= message
    return {**pop, "type": "pop", "seq": 0} == {**shown, "seq": 0}


async def test_the_mobile_gets_the_desktops_card_and_the_deputys_mobile_after_it(floor: Floor) -> None:
    owner, deputy = await floor.desktops("101", "102")
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as mine,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as hers,
    ):
        caller = await floor.call(CHEN, name="CHEN")
        phone = await floor.mobile_rung("101")
        await owner.expect("pop")
        page = await opened(floor, mine, await link_to(floor, "101"))
        assert page.opened["state"] == "ringing"
        shown = (await page.hear("snapshot"))["pop"]
        assert shown["card"]["name"] == "陳太太"
        assert shown["tried"]  # the desk, which is not registered
        assert await until(lambda: same(owner, shown), "the same on the desktop")
        # Voicemail picks up and never presses 1: the call goes on, and the card with it.
        await phone.answer()
        gone = await page.hear("pocket", state="gone")
        assert gone["reason"] == "not_accepted"
        second = await floor.mobile_rung("102")
        followed = await opened(floor, hers, await link_to(floor, "102"))
        moved_on = (await followed.hear("snapshot"))["pop"]
        assert moved_on["card"] == shown["card"]
        assert moved_on["tried"][-1]["reason"] in {"not_accepted", "offline"}
        assert any(one["reason"] == "not_accepted" for one in moved_on["tried"])
        await second.answer()
        await second.until_heard()
        await second.press("1")
        await caller.until_answered()
        assert (await followed.hear("pocket"))["state"] == "talking"
        taken = await page.hear("pocket", reason="answered_elsewhere")
        assert taken["by_name"] == "阿美"
        caller.hang_up()
        await second.until_over()
        assert (await followed.hear("pocket"))["state"] == "wrap_up"
        cards = json.loads(await floor.pbx.ringward("pocket", "list", "--json"))
        assert all(one["opened"] for one in cards[:2])
        await deputy.expect("call.ended")


async def test_a_card_is_sent_before_its_mobile_is_told_to_ring(floor: Floor) -> None:
    caller = await floor.call(CHEN)
    phone = await floor.carrier.rung("0900000101")  # offered, and nothing said yet
    async with aiohttp.ClientSession() as browser:
        page = await opened(floor, browser, await link_to(floor, "101"))
    assert page.opened["state"] == "ringing"
    phone.reject(486)
    caller.hang_up()
    await caller.until_over()


async def test_whoever_tries_it_out_sees_the_link(pbx: Installation) -> None:
    said = await pbx.ringward("demo", "call", "--answer", "mobile", "--seconds", "2", "--talk", "1")
    assert f"小林 的口袋卡：{pbx.url}/p/" in said, said
