"""A pocket card's link over a real socket: who may open it, what it shows, and how it ends."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from cti.agents.people import set_agent
from cti.asterisk.events import (
    CallEnded,
    ChannelHungUp,
    LegAccepted,
    LegRefused,
    LegRinging,
    LegStarted,
    LegUp,
    StepEnded,
    StepStarted,
)
from cti.pocket.message import Message
from routing.model import Target, TargetType
from tests.unit.web.conftest import WebHouse

Ask = Callable[..., Awaitable[tuple[int, Any]]]
MOBILE = Target(TargetType.MOBILE, "101", "0900000101")
DEPUTY = Target(TargetType.MOBILE, "102", "0900000102")


class Courier:
    """A way that keeps what it was given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, target: str, message: Message) -> None:
        self.messages.append(message)

    async def warm_up(self) -> None:
        pass


class Pocket:
    """One phone's browser at one link."""

    def __init__(self, house: WebHouse, client: ClientSession, path: str) -> None:
        self.house, self.client, self.path = house, client, path
        self.socket: ClientWebSocketResponse
        self.card = ""

    async def post(self, what: str, **body: Any) -> tuple[int, dict[str, Any]]:
        async with self.client.post(f"{self.path}/{what}", json=body, headers={"Origin": self.house.origin}) as answer:
            return answer.status, await answer.json()

    async def open(self) -> dict[str, Any]:
        status, opened = await self.post("open")
        assert status == 200, opened
        self.card = opened["card"]
        return opened

    async def follow(self) -> dict[str, Any]:
        path = f"/ws/pocket?card={self.card}"
        self.socket = await self.client.ws_connect(path, headers={"Origin": self.house.origin})
        return await self.hear("snapshot")

    async def hear(self, kind: str) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = msgspec.json.decode(await self.socket.receive_str(timeout=10))
            if message["type"] == kind:
                return message


async def ring(house: WebHouse, target: Target = MOBILE, index: int = 1, kind: str = "mobile") -> Pocket:
    """The mobile starts to ring; its owner's browser at the link that was sent."""
    pocket = house.services.pocket
    courier = Courier()
    pocket.dispatch._ways["sms"] = courier
    if index == 1:
        house.arrives()
    house.happens(StepStarted, index=index, kind=kind, seconds=20, targets=(target,))
    leg = {"index": index, "kind": kind, "seconds": 20, "target": target}
    house.happens(LegStarted, f"leg{index}", channel_name=f"PJSIP/{target.resource}@carrier-1", **leg)
    house.happens(LegRinging, f"leg{index}")
    card_id, message = pocket._unsent.get_nowait()
    await pocket._send(card_id, message)
    (sent,) = courier.messages
    return Pocket(house, house.browser(), re.sub(r"^https?://[^/]+", "", sent.link))


async def test_the_link_opens_the_desktops_card_field_for_field(house: WebHouse) -> None:
    desk = await house.desk("lin")
    phone = await ring(house)
    shown = await desk.expect("pop")
    opened = await phone.open()
    assert (opened["state"], opened["agent"]) == ("ringing", "101")
    snapshot = await phone.follow()
    card = await house.services.desktops.choose_customer("1.1", 1)
    told, on_desk = await phone.hear("pop.card"), await desk.expect("pop.card")
    assert {**told, "seq": 0} == {**on_desk, "seq": 0}
    assert told["card"] == msgspec.json.decode(msgspec.json.encode(card))
    del shown["seq"], shown["card"], snapshot["pop"]["card"]
    assert snapshot["pop"] == shown
    assert snapshot["names"]["102"] == "王美美"


async def test_the_page_is_a_secret_that_leaves_no_trace(house: WebHouse) -> None:
    phone = await ring(house)
    async with phone.client.get(phone.path) as page:
        assert page.status == 200
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert "陳太太" not in await page.text()
        assert not page.cookies
    # A messenger that looks at the link has claimed nothing.
    assert (await phone.open())["state"] == "ringing"


async def test_the_first_browser_keeps_it_and_a_second_is_refused_and_noted(house: WebHouse) -> None:
    phone = await ring(house)
    await phone.open()
    cookie = next(iter(phone.client.cookie_jar))
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    again = await phone.open()
    assert again["state"] == "ringing"
    other = Pocket(house, house.browser(), phone.path)
    status, refused = await other.post("open")
    assert (status, refused["error"]["code"]) == (409, "card_taken")
    other.card = phone.card
    socket = await other.client.ws_connect(f"/ws/pocket?card={phone.card}", headers={"Origin": house.origin})
    await socket.receive()
    assert socket.close_code == 4401
    status, _ = await other.post("customer", customer_id=1)
    assert status == 401
    (card,) = [house.services.pocket.find(phone.path.removeprefix("/p/"))]
    assert card.refused == 1
    assert card.opened is not None


async def test_another_sites_page_may_neither_open_nor_follow_it(house: WebHouse) -> None:
    phone = await ring(house)
    async with phone.client.post(f"{phone.path}/open", json={}, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
    await phone.open()
    for origin in ({"Origin": "https://evil.example"}, {}):
        socket = await phone.client.ws_connect(f"/ws/pocket?card={phone.card}", headers=origin)
        await socket.receive()
        assert socket.close_code == 4403


async def test_unknown_links_are_all_alike_and_guessing_slows_down(house: WebHouse) -> None:
    phone = await ring(house)
    client = house.browser(**{"X-Forwarded-For": "203.0.113.7"})
    answers = set()
    for token in ("x", "A" * 43, "A" * 5000):
        async with client.get(f"/p/{token}") as answer:
            answers.add((answer.status, await answer.text()))
    assert len(answers) == 1
    statuses = []
    for number in range(6):
        async with client.post(f"/p/guess{number}/open", json={}) as answer:
            statuses.append(answer.status)
    assert statuses[0] == 404
    assert statuses[-1] == 429
    # Whoever has a link is served all the same, from the same address too.
    guesser = Pocket(house, client, phone.path)
    assert (await guesser.open())["state"] == "ringing"


async def test_a_call_that_moves_on_takes_the_card_with_it_and_says_who_has_it(house: WebHouse) -> None:
    phone = await ring(house)
    await phone.open()
    await phone.follow()
    house.happens(LegUp, "leg1")
    house.happens(LegRefused, "leg1", how="silence")
    house.happens(ChannelHungUp, "leg1", cause=16)
    house.happens(StepEnded, index=1, status="NOANSWER", cause=16)
    deputy = await ring(house, DEPUTY, 2, "deputy")
    gone = await phone.hear("pocket")
    assert (gone["state"], gone["reason"], gone["by_name"]) == ("gone", "not_accepted", "")
    await deputy.open()
    assert (await deputy.follow())["pop"]["tried"][0]["reason"] == "not_accepted"
    house.happens(LegUp, "leg2")
    house.happens(LegAccepted, "leg2")
    taken = await phone.hear("pocket")
    assert (taken["reason"], taken["by_name"]) == ("answered_elsewhere", "王美美")
    again = await phone.open()
    assert (again["state"], again["by_name"]) == ("gone", "王美美")
    assert (await deputy.hear("pocket"))["state"] == "talking"
    # The link that is over gives nothing of the caller to anybody.
    assert (await phone.follow())["pop"] is None


async def test_a_caller_who_hangs_up_is_told_of(house: WebHouse) -> None:
    phone = await ring(house)
    await phone.open()
    await phone.follow()
    house.hangs_up()
    house.happens(ChannelHungUp, "leg1", cause=16)
    house.happens(CallEnded)
    gone = await phone.hear("pocket")
    assert (gone["state"], gone["reason"]) == ("gone", "caller_hung_up")


async def test_who_answered_keeps_the_card_for_the_talk_and_the_wrap_up(house: WebHouse) -> None:
    phone = await ring(house)
    house.happens(LegUp, "leg1")
    house.happens(LegAccepted, "leg1")
    assert (await phone.open())["state"] == "talking"  # opened late, while they talk
    assert (await phone.follow())["pop"]["state"] == "talking"
    house.hangs_up()
    house.happens(ChannelHungUp, "leg1", cause=16)
    house.happens(CallEnded)
    assert (await phone.hear("pocket"))["state"] == "wrap_up"
    assert (await phone.follow())["pop"]["caller"]["e164"] == "+886933000222"
    house.clock.ahead += timedelta(minutes=11)
    pocket = house.services.pocket
    pocket.age()
    assert (await phone.hear("pocket"))["reason"] == "expired"
    house.clock.ahead += timedelta(minutes=11)
    pocket.age()
    status, _ = await phone.post("open")
    assert status == 404


async def test_one_of_several_people_is_chosen_and_nobody_else(house: WebHouse) -> None:
    phone = await ring(house)
    await phone.open()
    status, _ = await phone.post("customer", customer_id=2)
    assert status == 409
    status, answer = await phone.post("customer", customer_id=1)
    assert (status, answer) == (200, {"customer_id": 1})
    assert house.tracker.live()[0].customer_id == 1


async def test_links_survive_a_restart(house: WebHouse) -> None:
    phone = await ring(house)
    await phone.open()
    pocket = house.services.pocket
    await pocket.flush()
    (card,) = pocket._cards.values()
    pocket._forget(card)
    status, _ = await phone.post("open")
    assert status == 404
    await pocket.load()
    assert (await phone.open())["state"] == "ringing"


async def test_ones_own_ways_over_the_api(house: WebHouse, ask: Ask) -> None:
    client = await house.logged_in("lin", Origin=house.origin)
    pocket = house.services.pocket
    line, sms = Courier(), Courier()
    status, told = await ask(client, "POST", "/pocket/channels", json={"kind": "line", "target": "U" + "0" * 32})
    assert (status, "not set up here" in told["error"]["message"] or "沒有設定" in told["error"]["message"]) == (
        409,
        True,
    )
    pocket.dispatch._ways.update(line=line, sms=sms)
    status, told = await ask(client, "GET", "/pocket/channels")
    assert [(one["kind"], one["id"], one["to"]) for one in told["channels"]] == [("sms", None, "+886900000101")]
    for kind, target in (("line", "U" + "0" * 32), ("sms", "0900-000-101")):
        status, told = await ask(client, "POST", "/pocket/channels", json={"kind": kind, "target": target})
        assert status == 200
    first, second = (one["id"] for one in told["channels"])
    status, told = await ask(client, "PUT", "/pocket/channels", json={"order": [second, first]})
    assert [one["kind"] for one in told["channels"]] == ["sms", "line"]
    status, told = await ask(client, "POST", f"/pocket/channels/{first}/test")
    assert (told["sent"], len(line.messages)) == (True, 1)
    assert "/p/" not in line.messages[0].link
    other = await house.logged_in("mei", Origin=house.origin)
    assert (await ask(other, "DELETE", f"/pocket/channels/{first}"))[0] == 404
    assert (await ask(other, "POST", f"/pocket/channels/{first}/test"))[0] == 404
    status, told = await ask(client, "DELETE", f"/pocket/channels/{first}")
    assert [one["id"] for one in told["channels"]] == [second]
    nobody = await house.logged_in("root", Origin=house.origin)
    assert (await ask(nobody, "GET", "/pocket/channels"))[0] == 409


async def test_the_report_is_for_those_who_lead(house: WebHouse, ask: Ask) -> None:
    phone = await ring(house)
    await phone.open()
    await house.services.pocket.flush()
    assert (await ask(await house.logged_in("lin"), "GET", "/reports/pocket"))[0] == 403
    status, told = await ask(await house.logged_in("boss"), "GET", "/reports/pocket")
    assert (status, told["cards"], told["opened"], told["by_way"]) == (200, 1, 1, {"sms": 1})


async def test_the_page_can_be_installed(house: WebHouse) -> None:
    client = house.browser()
    for path, kind in (("/manifest.webmanifest", "manifest"), ("/sw.js", "javascript"), ("/pocket", "html")):
        async with client.get(path) as answer:
            assert answer.status == 200
            assert kind in answer.headers["Content-Type"]
    async with client.get("/manifest.webmanifest") as answer:
        icons = msgspec.json.decode(await answer.read())["icons"]
    for icon in icons:
        async with client.get(icon["src"]) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")


async def test_what_was_sent_is_counted(house: WebHouse) -> None:
    phone = await ring(house)
    await phone.open()
    async with phone.client.get("/metrics") as answer:
        figures = await answer.text()
    assert 'ringward_pocket_sent_total{way="sms"} 1.0' in figures
    assert "ringward_pocket_cards 1.0" in figures
    assert "ringward_pocket_opened_total 1.0" in figures


async def test_what_came_of_the_call_is_filed_from_the_phone_that_had_it(house: WebHouse, ask: Ask) -> None:
    phone = await ring(house)
    house.tracker.set_customer("1.1", 1)
    await phone.open()
    house.happens(LegUp, "leg1")
    house.happens(LegAccepted, "leg1")
    house.hangs_up()
    house.happens(ChannelHungUp, "leg1", cause=16)
    house.happens(CallEnded)
    await house.tracker.flush()
    async with phone.client.get(f"{phone.path}/wrap-up") as answer:
        choices = await answer.json()
    assert not choices["filed"]
    outcome = choices["outcomes"][0]["code"]
    status, refused = await phone.post("wrap-up", disposition="no such outcome")
    assert status in {400, 409}, refused
    day = (house.clock() + timedelta(days=1)).date().isoformat()
    status, filed = await phone.post("wrap-up", disposition=outcome, next_step="Call back", next_step_due=day)
    assert status == 200, filed
    assert (filed["disposition"], filed["next_step"], filed["agent"]) == (outcome, "Call back", "101")
    status, seen = await ask(await house.logged_in("lin"), "GET", "/calls/1.1/wrap-up")
    assert (seen["disposition"], seen["next_step"]) == (outcome, "Call back")
    async with phone.client.get(f"{phone.path}/wrap-up") as answer:
        assert (await answer.json())["filed"]
    other = Pocket(house, house.browser(), phone.path)
    assert (await other.post("wrap-up", disposition=outcome))[0] == 401
    async with other.client.get(f"{phone.path}/wrap-up") as answer:
        assert answer.status == 401


async def test_nothing_is_filed_before_there_was_a_talk(house: WebHouse) -> None:
    phone = await ring(house)
    await phone.open()
    assert (await phone.post("wrap-up", disposition="won"))[0] == 409


@pytest.mark.parametrize("by_page", [True, False])
async def test_who_leaves_has_no_card_any_more(house: WebHouse, ask: Ask, by_page: bool) -> None:
    phone = await ring(house)
    await phone.open()
    await phone.follow()
    if by_page:
        root = await house.logged_in("root")
        assert (await ask(root, "POST", "/agents/101/succession", json={"to": "102", "dry_run": False}))[0] == 200
    else:  # at the command line: the daemon hears of it
        async with house.services.store.transaction() as session:
            await set_agent(session, "101", active=False)
        await house.directory.refresh()
        house.services.pocket.age()
    gone = await phone.hear("pocket")
    assert (gone["state"], gone["reason"]) == ("gone", "expired")
    assert (await phone.post("customer", customer_id=1))[0] == 404
