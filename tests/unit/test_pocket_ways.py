"""Each way of sending a link, against a receiver on this machine that speaks the real protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import http_ece
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from cti.delivery.courier import Smtp
from cti.errors import Invalid, Refused
from cti.pocket.configured import ways_of
from cti.pocket.gateway import Sms
from cti.pocket.line import Line
from cti.pocket.message import Message
from cti.pocket.push import Push, make_key, public_key, read_subscription
from cti.pocket.sms import Gateway
from cti.pocket.ways import Gone, Mail, Undelivered
from cti.settings import Settings
from cti.wording import translate
from tests.mail_server import MailServer

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LINK = "https://phones.example.com/p/" + "x" * 43
MESSAGE = Message("card-1", "來電：請看口袋卡", LINK, NOW + timedelta(seconds=20))
USER = "U" + "0123456789abcdef" * 2


@dataclass
class Receiver:
    """A service that keeps every request and answers as it is told."""

    status: int = 200
    answer: str = "{}"
    asked: list[tuple[web.BaseRequest, bytes]] = field(default_factory=list)
    base: str = ""

    async def take(self, request: web.BaseRequest) -> web.Response:
        self.asked.append((request, await request.read()))
        return web.Response(status=self.status, text=self.answer, content_type="application/json")


Serving = Callable[[], Awaitable[Receiver]]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """One service on this machine."""
    app, made = web.Application(), Receiver()
    app.router.add_route("*", "/{path:.*}", made.take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    made.base = str(server.make_url("")).rstrip("/")
    yield made
    await server.close()


async def nobody_there() -> str:
    """An address at which nothing listens any more."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return f"http://127.0.0.1:{port}"


# Short messages


async def test_a_gateway_gets_one_request_and_says_what_it_thinks_of_it(receiver: Receiver) -> None:
    body = "username=u&password=secret&dstaddr={national}&smbody={text}"
    way = Sms(Gateway(f"{receiver.base}/send", body=body, success="statuscode=[0-4]"))
    receiver.answer = "[1]\r\nmsgid=7\r\nstatuscode=1\r\n"
    await way.send("+886900000101", MESSAGE)
    request, content = receiver.asked[0]
    assert (request.method, request.path) == ("POST", "/send")
    assert b"dstaddr=0900000101" in content
    receiver.answer = "statuscode=e\r\nError=wrong password"
    with pytest.raises(Undelivered, match="wrong password"):
        await way.send("+886900000101", MESSAGE)
    receiver.status = 500
    with pytest.raises(Undelivered, match="HTTP 500"):
        await way.send("+886900000101", MESSAGE)


async def test_a_gateway_that_is_away_is_told_of_without_its_password() -> None:
    gateway = Gateway(f"{await nobody_there()}/send", "query", "password=secret&to={number}&text={text}", method="GET")
    with pytest.raises(Undelivered) as told:
        await Sms(gateway).send("+886900000101", MESSAGE)
    assert "secret" not in str(told.value)


# LINE


async def test_line_gets_a_push_message_with_a_retry_key(receiver: Receiver) -> None:
    receiver.answer = json.dumps({"sentMessages": [{"id": "1", "quoteToken": "q"}]})
    way = Line("channel-token", receiver.base)
    await way.warm_up()
    await way.send(USER, MESSAGE)
    await way.send(USER, MESSAGE)
    (first, content), (second, _) = receiver.asked
    assert (first.method, first.path) == ("POST", "/v2/bot/message/push")
    assert first.headers["Authorization"] == "Bearer channel-token"
    sent = json.loads(content)
    assert sent["to"] == USER
    assert [(one["type"], one["text"]) for one in sent["messages"]] == [("text", MESSAGE.whole)]
    assert first.headers["X-Line-Retry-Key"] == second.headers["X-Line-Retry-Key"]


async def test_line_refuses_or_has_it_already(receiver: Receiver) -> None:
    way = Line("channel-token", receiver.base)
    receiver.status, receiver.answer = 400, json.dumps({"message": "Failed to send messages"})
    with pytest.raises(Undelivered, match=r"400.*Failed to send"):
        await way.send(USER, MESSAGE)
    receiver.status, receiver.answer = 409, json.dumps({"message": "The retry key is already accepted"})
    await way.send(USER, MESSAGE)
    with pytest.raises(Undelivered):
        await Line("channel-token", await nobody_there()).send(USER, MESSAGE)


# Notices of the browser


@dataclass
class Browser:
    """What a browser keeps of its subscription, and what it gives away."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    def subscription(self) -> str:
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": _base64(point), "auth": _base64(self.secret)}
        return json.dumps({"endpoint": self.endpoint, "expirationTime": None, "keys": keys})

    def reads(self, content: bytes) -> Any:
        return json.loads(http_ece.decrypt(content, private_key=self.key, auth_secret=self.secret, version="aes128gcm"))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def pushing(tmp_path: Path, service: str) -> Push:
    key = tmp_path / "pocket" / "key.pem"
    make_key(key)
    return Push(key, "mailto:it@example.com", (service,), lambda: NOW)


async def test_a_push_service_gets_what_only_the_browser_can_read(receiver: Receiver, tmp_path: Path) -> None:
    browser = Browser(f"{receiver.base}/push/abc")
    way = pushing(tmp_path, receiver.base)
    receiver.status = 201
    await way.send(browser.subscription(), MESSAGE)
    ((request, content),) = receiver.asked
    assert (request.method, request.path) == ("POST", "/push/abc")
    assert request.headers["Content-Encoding"] == "aes128gcm"
    assert (request.headers["TTL"], request.headers["Urgency"]) == ("20", "high")
    assert LINK.encode() not in content
    assert browser.reads(content) == {"text": MESSAGE.text, "link": LINK, "tag": "card-1"}
    signed = request.headers["Authorization"]
    assert Vapid02.verify(signed)
    assert signed.endswith(f"k={public_key(way.key_file)}")
    claims = json.loads(base64.urlsafe_b64decode(signed.partition("t=")[2].split(".")[1] + "=="))
    assert (claims["aud"], claims["sub"]) == (receiver.base, "mailto:it@example.com")


async def test_a_withdrawn_subscription_is_told_apart_from_a_service_that_is_busy(
    receiver: Receiver, tmp_path: Path
) -> None:
    browser = Browser(f"{receiver.base}/push/abc")
    way = pushing(tmp_path, receiver.base)
    receiver.status = 410
    with pytest.raises(Gone):
        await way.send(browser.subscription(), MESSAGE)
    receiver.status = 429
    with pytest.raises(Undelivered, match="429"):
        await way.send(browser.subscription(), MESSAGE)


def test_a_subscription_may_only_name_a_push_service() -> None:
    allowed = ("https://fcm.googleapis.com", "https://*.push.apple.com")
    for good in ("https://fcm.googleapis.com/fcm/send/x", "https://web.push.apple.com/x"):
        assert read_subscription(Browser(good).subscription(), allowed)["endpoint"] == good
    for evil in (
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://127.0.0.1:8088/ari",
        "https://evilpush.apple.com/x",
    ):
        with pytest.raises(Refused):
            read_subscription(Browser(evil).subscription(), allowed)
    for broken in ("https://evil.example\\.push.apple.com/", "https://u@web.push.apple.com/", "nothing"):
        with pytest.raises(Invalid):
            read_subscription(Browser(broken).subscription(), allowed)
    for text in ("", "[]", "{}", '{"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "!", "auth": ""}}'):
        with pytest.raises(Invalid):
            read_subscription(text, allowed)


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "pocket" / "key.pem"
    assert make_key(file)
    before = public_key(file)
    assert not make_key(file)
    assert public_key(file) == before
    assert len(base64.urlsafe_b64decode(before + "==")) == 65
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("nonsense")
    with pytest.raises(Invalid, match="ringward pocket keys"):
        public_key(file)


# Letters


async def test_a_letter_bears_the_link_and_nothing_of_the_customer() -> None:
    async with MailServer.listening() as server:
        configured = Settings(
            home=Path("/nonexistent"),
            language="zh-Hant",
            notice_mail_host="127.0.0.1",
            notice_mail_port=server.port,
            notice_mail_security="none",
            notice_mail_from="ringward@example.com",
        )
        way = ways_of(configured, lambda: NOW)["mail"]
        await way.send("lin@example.com", MESSAGE)
        (letter,) = server.letters
        assert (letter["To"], letter["From"]) == ("lin@example.com", "ringward@example.com")
        assert letter["Subject"] == translate("Call coming in: look at the pocket card", "zh-Hant")
        assert letter["Subject"] != "Call coming in: look at the pocket card"
        assert letter.get_content().splitlines() == [MESSAGE.text, LINK]
        assert letter["Ringward-Key"] == MESSAGE.key
        server.busy = True
        with pytest.raises(Undelivered):
            await way.send("lin@example.com", MESSAGE)
        assert len(server.letters) == 1


async def test_without_a_mail_server_there_is_no_such_way_and_one_that_is_away_is_told_of() -> None:
    assert "mail" not in ways_of(Settings(home=Path("/nonexistent")), lambda: NOW)
    port = int((await nobody_there()).rpartition(":")[2])
    with pytest.raises(Undelivered):
        await Mail(Smtp("127.0.0.1", port, "r@example.com", security="none"), "x").send("lin@example.com", MESSAGE)
