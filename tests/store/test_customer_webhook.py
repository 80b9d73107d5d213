"""What the booking system is told: with the change or not at all, signed, tried again until it has arrived."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from cti.customers import assignments, people
from cti.customers.import_files import import_file
from cti.customers.intake_tables import CustomerNoticeRow
from cti.customers.telling import tell, tell_to
from cti.delivery.courier import Courier, Webhook, signature
from cti.delivery.tables import WEBHOOK
from cti.errors import NotFound
from cti.store.engine import Store

SECRET = "booking's own"


class Booking:
    """A booking system that listens; while `away` it answers 503."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.away = False
        self.signed = True

    async def take(self, request: web.Request) -> web.Response:
        if self.away:
            return web.Response(status=503)
        body = await request.read()
        self.signed = self.signed and request.headers["Ringward-Signature"] == signature(SECRET, body)
        told = json.loads(body)
        assert told["key"] == request.headers["Ringward-Key"]
        self.heard.append(told)
        return web.Response(status=204)

    @property
    def events(self) -> list[str]:
        return [one["event"] for one in self.heard]


@pytest.fixture
async def booking(store: Store) -> AsyncIterator[Booking]:
    made = Booking()
    app = web.Application()
    app.router.add_post("/ringward", made.take)
    server = TestServer(app)
    await server.start_server()
    tell_to(store, str(server.make_url("/ringward")))
    yield made
    await server.close()


async def deliver(store: Store, at: datetime | None = None) -> None:
    courier = Courier(store, CustomerNoticeRow, {WEBHOOK: Webhook(SECRET)}, lambda: at or datetime.now(UTC))
    while await courier.deliver():
        pass


async def test_every_change_of_the_kind_is_told(store: Store, booking: Booking) -> None:
    async with store.transaction() as session:
        row = await people.add_prospect(session, "周小姐", "0955123456", "desktop", "101")
    async with store.transaction() as session:
        await people.assign_owner(session, row.id, "102")
    async with store.transaction() as session:
        await people.set_tier(session, row.id, "A")
        await people.set_tier(session, row.id, "A")
    async with store.transaction() as session:
        await people.retire_number(session, row.id, "+886955123456")
        await people.add_number(session, row.id, "0966000111")
    async with store.transaction() as session:
        await people.add_note(session, row.id, "要靠窗", "102")
    async with store.transaction() as session:
        await people.record_call(session, row.id, "1.1", datetime.now(UTC), agent="102")
    async with store.transaction() as session:
        tell(session, "disposition.filed", row.id, linkedid="1.1", disposition="won")
    await deliver(store)
    assert booking.signed
    assert booking.events == [
        "prospect.added",
        "owner.changed",
        "tier.changed",
        "number.changed",
        "number.changed",
        "interaction.added",
        "interaction.added",
        "disposition.filed",
    ]
    first, owner, tier, old, new, note, call, filed = booking.heard
    assert (first["customer"]["name"], first["customer"]["numbers"][0]["e164"]) == ("周小姐", "+886955123456")
    assert (owner["before"], owner["after"], owner["customer"]["owner"]) == ("101", "102", "102")
    assert (tier["before"], tier["after"]) == ("", "A")
    assert {(one["number"], one["now"]) for one in (old, new)} == {("+886955123456", "old"), ("+886966000111", "added")}
    assert (note["interaction"]["text"], note["interaction"]["channel"]) == ("要靠窗", "note")
    assert (call["interaction"]["linkedid"], filed["disposition"]) == ("1.1", "won")
    assert len({one["key"] for one in booking.heard}) == 8


async def test_what_was_not_kept_is_not_told(store: Store, booking: Booking) -> None:
    async def fails() -> None:
        async with store.transaction() as session:
            await people.add_prospect(session, "周小姐", "0955123456", "desktop", "101")
            await people.set_tier(session, 999, "A")

    with pytest.raises(NotFound):
        await fails()
    await deliver(store)
    assert booking.heard == []


async def test_it_is_tried_again_until_it_has_arrived(store: Store, booking: Booking) -> None:
    booking.away = True
    async with store.transaction() as session:
        await people.add_prospect(session, "周小姐", "0955123456", "desktop", "101")
    await deliver(store)
    async with store.session() as session:
        (row,) = await session.scalars(select(CustomerNoticeRow))
        assert (row.sent, row.tries, row.error) == (None, 1, "HTTP 503")
    booking.away = False
    await deliver(store)
    assert booking.heard == [], "not before its time"
    await deliver(store, datetime.now(UTC) + timedelta(minutes=1))
    assert booking.events == ["prospect.added"]
    await deliver(store, datetime.now(UTC) + timedelta(minutes=2))
    assert booking.events == ["prospect.added"]


async def test_a_leavers_customers_are_told_each(store: Store, booking: Booking) -> None:
    async with store.transaction() as session:
        for name in ("陳太太", "黃先生"):
            await people.add(session, name, owner="101")
    async with store.transaction() as session:
        await assignments.hand_over(session, "101", "102", by="boss", reason="leaver", at=datetime.now(UTC))
    await deliver(store)
    told = [(one["event"], one["before"], one["after"]) for one in booking.heard]
    assert told == [("owner.changed", "101", "102")] * 2


async def test_what_a_file_says_is_not_told_back(store: Store, booking: Booking) -> None:
    for kind, text in (
        ("customers", "id,name,owner\nC1,a,101\n"),
        ("customers", "id,name,owner\nC1,a,102\n"),
        ("interactions", "id,text,code\nM1,hello,C1\n"),
    ):
        report = await import_file(store, kind, text.encode(), by="boss", file="x.csv", zone=UTC, now=datetime.now(UTC))
        assert not report.faults
    await deliver(store)
    assert booking.heard == []


async def test_nobody_to_tell_keeps_nothing(store: Store, booking: Booking) -> None:
    tell_to(store, "")
    async with store.transaction() as session:
        await people.add_prospect(session, "周小姐", "0955123456", "desktop", "101")
    async with store.session() as session:
        assert not list(await session.scalars(select(CustomerNoticeRow)))
