"""Notices of promises: written with what they tell of, sent by SMTP and HTTP over real sockets until they arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from cti.agents.tables import AgentRow
from cti.calls.model import Call, CallState
from cti.customers.tables import CustomerRow
from cti.delivery.courier import Courier, Smtp, Undelivered, signature
from cti.promises.configured import carriers, ledger_of
from cti.promises.ledger import Ledger
from cti.promises.model import Duty, Entry, OwnerWhy, Promise
from cti.promises.rules import escalate
from cti.promises.tables import PromiseNoticeRow
from cti.settings import Settings
from cti.store.engine import Store
from routing.model import Agent, Directory
from tests.mail_server import MailServer

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DIRECTORY = Directory({"101": Agent("101", deputy="102"), "102": Agent("102")})


class Hook:
    """An HTTP receiver: what came, and what it answers."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.arrived = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((dict(request.headers), await request.read()))
        self.arrived.set()
        return web.Response(status=self.status)


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    async with MailServer.listening() as server:
        yield server


@pytest.fixture
async def hook() -> AsyncIterator[tuple[Hook, str]]:
    receiver = Hook()
    app = web.Application()
    app.router.add_post("/ringward", receiver.take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield receiver, str(server.make_url("/ringward"))
    await server.close()


class Post:
    """A ledger that writes notices and the courier that sends them, with a clock of the test."""

    def __init__(self, store: Store, **settings: Any) -> None:
        configured = Settings(home=Path("/nonexistent"), **settings)
        self.store = store
        self.now = datetime.now(UTC)
        self.book: Ledger = ledger_of(configured, lambda: {"101": "小林", "102": "阿美"})
        self.courier = Courier(store, PromiseNoticeRow, carriers(configured), lambda: self.now)

    async def miss(self, linkedid: str = "1.1") -> Promise:
        """陳太太 is missed; 101 owes her a call."""
        call = Call(
            linkedid=linkedid,
            caller_raw="0933000222",
            caller_e164="+886933000222",
            dialled="0255501000",
            started=NOW,
            ended=NOW + timedelta(seconds=20),
            state=CallState.ENDED,
        )
        duty = Duty("101", OwnerWhy.OWNER, NOW + timedelta(minutes=30), 1)
        async with self.store.transaction() as session:
            promise, _ = await self.book.decide(session, call, 20, lambda _call, _at: duty)
        assert promise is not None
        return promise

    async def waiting(self) -> list[PromiseNoticeRow]:
        async with self.store.session() as session:
            rows = select(PromiseNoticeRow).where(PromiseNoticeRow.sent.is_(None)).order_by(PromiseNoticeRow.id)
            return list(await session.scalars(rows))

    async def send(self) -> None:
        self.now += timedelta(hours=1)
        while await self.courier.deliver():
            pass


@pytest.fixture
async def firm(store: Store) -> Store:
    async with store.transaction() as session:
        session.add_all([AgentRow(code="101", name="林小明", deputy="102"), AgentRow(code="102", name="王美美")])
        session.add(CustomerRow(id=1, name="陳太太\r\nBcc: all@example.com", owner="101", created=NOW))
    return store


def mail(server: MailServer, **more: Any) -> dict[str, Any]:
    return {
        "notice_mail_host": "127.0.0.1",
        "notice_mail_port": server.port,
        "notice_mail_security": "none",
        "notice_mail_from": "ringward@travel.example",
        "notice_mail_to": {"101": "lin@travel.example", "102": "mei@travel.example", "manager": "boss@travel.example"},
        **more,
    }


async def test_nothing_is_written_or_sent_unless_configured(firm: Store) -> None:
    post = Post(firm)
    await post.miss()
    assert await post.waiting() == []
    assert await post.courier.deliver() == 0


async def test_the_owner_is_written_to_in_the_firms_language(firm: Store, mail_server: MailServer) -> None:
    post = Post(firm, **mail(mail_server))
    await post.miss()
    await post.send()
    await post.send()
    [letter] = mail_server.letters
    assert letter["To"] == "lin@travel.example"
    assert letter["From"] == "ringward@travel.example"
    assert letter["Subject"].startswith("漏接來電：陳太太")
    assert "0933-000-222" in letter["Subject"]
    assert letter["Bcc"] is None
    assert letter["Message-ID"].endswith("@travel.example>")
    text = letter.get_content()
    assert "11-23 10:30" in text
    assert "小林" in text


async def test_who_hears_of_what(firm: Store, mail_server: MailServer) -> None:
    post = Post(firm, **mail(mail_server), language="en")
    promise = await post.miss()
    await post.miss("2.1")
    at = NOW + timedelta(hours=2)

    def higher(one: Promise) -> tuple[Promise, list[Entry]]:
        return escalate(one, 3, DIRECTORY, at)

    async with firm.transaction() as session:
        await post.book.escalate(session, promise.id, higher)
        await post.book.assign(session, promise.id, "102", "boss", at)
        await post.book.close(session, promise.id, "mei", "done", at)
    for _ in range(6):
        await post.send()
    told = {(letter["To"].partition("@")[0], letter["Subject"].partition(":")[0]) for letter in mail_server.letters}
    assert told == {
        ("lin", "missed call"),
        ("lin", "overdue"),
        ("mei", "passed on because it is overdue"),
        ("boss", "passed on because it is overdue"),
        ("mei", "given to another"),
    }


async def test_a_mail_server_that_is_away_gets_it_later_and_once(firm: Store, mail_server: MailServer) -> None:
    post = Post(firm, **mail(mail_server))
    mail_server.busy = True
    await post.miss()
    await post.send()
    [notice] = await post.waiting()
    assert (notice.tries, notice.given_up) == (1, None)
    assert notice.error
    assert await post.courier.deliver() == 0, "it is not tried again at once"
    mail_server.busy = False
    again = Post(firm, **mail(mail_server))  # a daemon that was started anew
    again.now = post.now
    await again.send()
    assert await again.waiting() == []
    assert len(mail_server.letters) == 1


async def test_after_three_days_it_is_given_up(firm: Store, mail_server: MailServer) -> None:
    post = Post(firm, **mail(mail_server))
    mail_server.busy = True
    await post.miss()
    post.now += timedelta(hours=80)
    await post.send()
    [notice] = await post.waiting()
    assert notice.given_up is not None
    await post.send()
    assert (await post.waiting())[0].tries == 1


async def test_a_webhook_is_told_everything_signed_and_under_one_key(firm: Store, hook: tuple[Hook, str]) -> None:
    receiver, url = hook
    post = Post(firm, notice_webhook_url=url, notice_webhook_secret="geheim")
    promise = await post.miss()
    receiver.status = 500
    await post.send()
    receiver.status = 204
    await post.send()
    assert len(receiver.came) == 2
    keys = set()
    for headers, body in receiver.came:
        assert headers["Ringward-Signature"] == signature("geheim", body)
        content = json.loads(body)
        assert headers["Ringward-Key"] == content["key"]
        keys.add(content["key"])
        assert content["event"] | {"what": "opened", "linkedid": "1.1"} == content["event"]
        assert content["promise"] | {"id": promise.id, "number": "+886933000222", "state": "open"} == content["promise"]
    assert len(keys) == 1
    async with firm.transaction() as session:
        await post.book.close(session, promise.id, "lin", "已聯絡", NOW)
        await post.book.note(session, promise.id, "lin", "x", NOW)
    await post.send()
    assert [json.loads(body)["event"]["what"] for _, body in receiver.came[2:]] == ["closed"]


async def test_a_redirect_is_no_delivery(firm: Store, hook: tuple[Hook, str]) -> None:
    receiver, url = hook
    receiver.status = 302
    post = Post(firm, notice_webhook_url=url)
    await post.miss()
    await post.send()
    assert len(await post.waiting()) == 1
    assert "Ringward-Signature" not in receiver.came[0][0]


async def test_two_daemons_send_it_once(firm: Store, hook: tuple[Hook, str]) -> None:
    receiver, url = hook
    first, second = (Post(firm, notice_webhook_url=url) for _ in range(2))
    await first.miss()
    now = first.now + timedelta(seconds=1)
    first.now = second.now = now
    await asyncio.gather(first.courier.deliver(), second.courier.deliver())
    assert len(receiver.came) == 1


async def test_what_was_not_committed_is_not_told(firm: Store, hook: tuple[Hook, str]) -> None:
    receiver, url = hook
    post = Post(firm, notice_webhook_url=url)
    promise = await post.miss()
    await post.send()

    async def fail() -> None:
        async with firm.transaction() as session:
            await post.book.close(session, promise.id, "lin", "x", NOW)
            raise RuntimeError("the machine died")

    with pytest.raises(RuntimeError):
        await fail()
    await post.send()
    assert len(receiver.came) == 1


async def test_the_courier_runs_by_itself(firm: Store, hook: tuple[Hook, str]) -> None:
    receiver, url = hook
    post = Post(firm, notice_webhook_url=url)
    await post.miss()
    post.now += timedelta(seconds=5)
    task = asyncio.create_task(post.courier.run())
    await asyncio.wait_for(receiver.arrived.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("body", [{}, {"subject": "late\nBcc: all@example.test", "text": "x"}, ["x"]])
async def test_a_letter_that_is_none_keeps_no_other_from_being_sent(body: object) -> None:
    with pytest.raises(Undelivered, match="this is no letter"):
        await Smtp("127.0.0.1", 1, "ringward@example.test").send("lin@example.test", "k", json.dumps(body))
