"""Messages to customers arrive, at the number and with the consent of the moment in which they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cti.audit.ledger import entries
from cti.customers import facts, number_change, outbox, people
from cti.customers.history import Wanted, time_line
from cti.customers.number_change import Changer
from cti.errors import Refused
from cti.messages.configured import ways_of
from cti.messages.courier import MOST_TRIES, MessageCourier
from cti.settings import Settings
from cti.store.engine import Store
from tests.mail_server import MailServer

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
OLD, NEW = "0911000111", "0922000222"
BY = Changer(actor="lin", agent="101", department="業務部")


class Gateway:
    """An SMS gateway as Taiwan's are: one form, and 200 whatever happens."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.away = False

    async def take(self, request: web.Request) -> web.Response:
        fields = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        if self.away:
            return web.Response(text="statuscode=*\r\nError=system busy")
        self.heard.append(fields)
        return web.Response(text=f"[1]\r\nmsgid={len(self.heard)}\r\nstatuscode=1\r\n")


class Office:
    """A firm with gateway, mail server and one courier, whose clock is set by hand."""

    def __init__(self, store: Store, gateway: Gateway, mail: MailServer, url: str) -> None:
        settings = Settings(
            message_channels=("sms", "mail"),
            message_subject="海島旅行社",
            pocket_sms_url=url,
            pocket_sms_body="dstaddr={national}&smbody={text}&clientid={key}",
            pocket_sms_success="statuscode=[0-4]",
            notice_mail_host="127.0.0.1",
            notice_mail_port=mail.port,
            notice_mail_security="none",
            notice_mail_from="office@example.com",
            language="zh_Hant_TW",
        )
        self.store, self.gateway, self.mail, self.now = store, gateway, mail, NOW
        self.told: list[int] = []
        self.courier = MessageCourier(store, ways_of(settings), lambda: self.now, "zh_Hant_TW", self._tell)

    async def _tell(self, customer_id: int) -> None:
        self.told.append(customer_id)

    async def queue(self, customer_id: int, target: str, text: str, key: str) -> int:
        channel = "mail" if "@" in target else "sms"
        async with self.store.transaction() as session:
            return (await outbox.queue(session, customer_id, channel, target, text, key=key, at=NOW)).id

    async def kept(self, message_id: int) -> Any:
        async with self.store.session() as session:
            return await outbox.find(session, message_id)

    async def line(self, customer_id: int) -> list[tuple[str, str, str]]:
        async with self.store.session() as session:
            entries = await time_line(session, customer_id, Wanted())
        return [(one.channel, one.direction, one.text) for one in entries]


@pytest.fixture
async def office(store: Store) -> AsyncIterator[Office]:
    gateway, app = Gateway(), web.Application()
    app.router.add_post("/send", gateway.take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    async with MailServer.listening() as mail:
        yield Office(store, gateway, mail, str(server.make_url("/send")))
    await server.close()


@pytest.fixture
async def wang(store: Store) -> int:
    async with store.transaction() as session:
        return (await people.add(session, "王經理", [OLD], email="wang@example.com", at=NOW)).id


async def test_what_waited_for_the_old_number_arrives_at_the_new_one(office: Office, wang: int) -> None:
    """Story 8: a text message waits for A, the number becomes B, B gets it."""
    message = await office.queue(wang, OLD, "您的機票已開立", "ticket-1")
    async with office.store.transaction() as session:
        said = {"asked_by": "王經理", "read_back": True, "by": BY, "at": NOW}
        await number_change.change_number(session, wang, OLD, NEW, **said)  # type: ignore[arg-type]
    assert await office.courier.deliver() == 1
    (heard,) = office.gateway.heard
    assert (heard["dstaddr"], heard["smbody"]) == (NEW, "您的機票已開立")
    kept = await office.kept(message)
    assert (kept.state, kept.target, kept.sent, kept.tries) == ("sent", "+886922000222", NOW, 1)
    assert await office.line(wang) == [("sms", "out", "您的機票已開立")]
    assert office.told == [wang]
    assert await office.courier.deliver() == 0


async def test_a_mail_goes_to_the_address_that_was_corrected(office: Office, wang: int) -> None:
    message = await office.queue(wang, "Wang@example.com", "行程表", "mail-1")
    async with office.store.transaction() as session:
        await facts.set_fact(session, wang, "email", "wang@new.example", by=BY, at=NOW)
    await office.courier.deliver()
    (letter,) = office.mail.letters
    assert (letter["To"], letter["Subject"]) == ("wang@new.example", "海島旅行社")
    assert letter.get_content().strip() == "行程表"
    assert (await office.kept(message)).state == "sent"


async def test_consent_and_discretion_count_in_the_moment_of_sending(office: Office, wang: int) -> None:
    first = await office.queue(wang, OLD, "生日優惠", "ad-1")
    second = await office.queue(wang, "wang@example.com", "祝您與林小姐旅途愉快", "ad-2")
    async with office.store.transaction() as session:
        await facts.set_consent(session, wang, "sms", False, by=BY, at=NOW)
        await facts.set_fact(session, wang, "家人", "林小姐", by=BY, kind="family", do_not_mention=True, at=NOW)
    await office.courier.deliver()
    assert (office.gateway.heard, office.mail.letters) == ([], [])
    states = [((await office.kept(one)).state, (await office.kept(one)).error) for one in (first, second)]
    assert states == [("failed", "unwanted"), ("failed", "unspeakable")]
    lines = [text for _, _, text in await office.line(wang)]
    assert sorted(lines) == sorted(
        ["未送達（客戶不願以此方式收訊息）：生日優惠", "未送達（內容提到不可向客戶提起的事）：祝您與林小姐旅途愉快"]
    )
    async with office.store.transaction() as session:
        with pytest.raises(Refused, match="does not want"):
            await outbox.retry(session, first, by="boss", at=NOW)
        with pytest.raises(Refused, match="must not be mentioned"):
            await outbox.queue(session, wang, "mail", "wang@example.com", "林小姐好", key="ad-3")


async def test_a_number_that_is_over_gets_nothing(office: Office, wang: int) -> None:
    message = await office.queue(wang, OLD, "您的機票已開立", "ticket-1")
    async with office.store.transaction() as session:
        await people.retire_number(session, wang, "+886911000111", NOW)
    await office.courier.deliver()
    assert office.gateway.heard == []
    assert (await office.kept(message)).error == "number_over"


async def test_tried_again_with_growing_pauses_given_up_and_taken_up(office: Office, wang: int) -> None:
    message = await office.queue(wang, OLD, "明早七點集合", "meet-1")
    office.gateway.away = True
    pauses = []
    while (await office.kept(message)).state == "queued":
        kept = await office.kept(message)
        pauses.append((kept.not_before - office.now).total_seconds())
        office.now = kept.not_before
        assert await office.courier.deliver() == 1
        assert await office.courier.deliver() == 0
    assert pauses == [0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    kept = await office.kept(message)
    assert (kept.state, kept.tries) == ("failed", MOST_TRIES)
    assert "system busy" in kept.error
    [(_, _, text)] = await office.line(wang)
    assert text.startswith("未送達（HTTP 200: statuscode=*")
    assert kept.tried == office.now
    office.gateway.away = False
    # What failed at the old number goes to the new one when somebody tries it anew.
    async with office.store.transaction() as session:
        said = {"asked_by": "王經理", "read_back": True, "by": BY, "at": NOW}
        await number_change.change_number(session, wang, OLD, NEW, **said)  # type: ignore[arg-type]
    async with office.store.transaction() as session:
        assert [one.id for one in await outbox.messages(session, state="failed")] == [message]
        await outbox.retry(session, message, by="boss", at=office.now)
    async with office.store.session() as session:
        (told,) = await entries(session, action="message.retried")
    assert (told.entry.actor, told.entry.subject_id) == ("boss", str(wang))
    await office.courier.deliver()
    assert [(one["smbody"], one["dstaddr"]) for one in office.gateway.heard] == [("明早七點集合", NEW)]
    assert (await office.line(wang))[0] == ("sms", "out", "明早七點集合")


async def test_sent_once_more_after_a_crash_under_the_same_key(office: Office, wang: int) -> None:
    """The machine dies between sending and noting it."""
    message = await office.queue(wang, OLD, "明早七點集合", "meet-1")
    written = office.courier._write

    async def dies(*_: object) -> None:
        return

    office.courier._write = dies  # type: ignore[method-assign, assignment]
    await office.courier.deliver()
    office.courier._write = written  # type: ignore[method-assign]
    assert await office.courier.deliver() == 0
    office.now += timedelta(seconds=61)
    assert await office.courier.deliver() == 1
    first, second = office.gateway.heard
    assert first == second
    assert (await office.kept(message)).state == "sent"
    assert len(await office.line(wang)) == 1


async def test_cancelled_is_not_sent(office: Office, wang: int) -> None:
    message = await office.queue(wang, OLD, "明早七點集合", "meet-1")
    async with office.store.transaction() as session:
        await outbox.cancel(session, message, by="boss", at=NOW)
        with pytest.raises(Refused, match="cancelled"):
            await outbox.cancel(session, message, by="boss", at=NOW)
        with pytest.raises(Refused, match="only one that failed"):
            await outbox.retry(session, message, by="boss", at=NOW)
    assert await office.courier.deliver() == 0
    assert office.gateway.heard == []


def test_by_no_way_unless_the_firm_says_so() -> None:
    assert ways_of(Settings(pocket_sms_url="http://127.0.0.1:9/send")) == {}
    with pytest.raises(ValueError, match="message_channels has sms"):
        Settings(message_channels=("sms",))
