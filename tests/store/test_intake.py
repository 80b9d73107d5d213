"""What comes in over any channel stands on its customer's line once, or waits for somebody to say whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from cti.customers import dealings, intake, people
from cti.customers.history import HistoryEntry, Wanted, time_line
from cti.customers.intake import Message, Taken
from cti.customers.orders import put_order
from cti.customers.payments import put_payment
from cti.customers.senders import Sender
from cti.customers.tables import CustomerRow, InteractionRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
async def chen(store: Store) -> int:
    async with store.transaction() as session:
        made = await people.add(
            session, "陳太太", ["0933000222"], owner="101", external_id="C1", email="Chen@Example.com"
        )
        return made.id


async def take(store: Store, sender: Sender, **fields: Any) -> Taken:
    said = {"channel": "line", "at": NOW, "text": "想去沖繩", **fields}
    async with store.transaction() as session:
        return await intake.take(session, Message(**said), sender, NOW)


async def line(store: Store, customer_id: int, **wanted: Any) -> list[HistoryEntry]:
    async with store.session() as session:
        return await time_line(session, customer_id, Wanted(**wanted))


@pytest.mark.parametrize(
    "sender",
    [
        {"code": "C1"},
        {"number": "+886 933-000-222"},
        {"email": "chen@example.com"},
        {"code": "unheard of", "number": "0933000222"},
    ],
)
async def test_the_customer_is_found_by_whatever_is_said(store: Store, chen: int, sender: dict[str, str]) -> None:
    taken = await take(store, Sender(**sender))
    assert (taken.outcome, taken.customer_id, taken.prospect) == ("added", chen, False)
    (entry,) = await line(store, chen)
    assert (entry.kind, entry.channel, entry.text) == ("message", "line", "想去沖繩")


async def test_the_same_number_again_changes_nothing(store: Store, chen: int) -> None:
    first = await take(store, Sender(customer_id=chen), external_id="L-1")
    again = await take(store, Sender(code="nobody", number="0955123456"), external_id="L-1", text="別的")
    assert (again.outcome, again.interaction_id) == ("known", first.interaction_id)
    assert [one.text for one in await line(store, chen)] == ["想去沖繩"]


async def test_an_unknown_sender_with_a_name_becomes_a_prospect_once(store: Store) -> None:
    first = await take(store, Sender(number="0955123456", name="周小姐", code="W-9"), source="web form")
    again = await take(store, Sender(number="0955123456", name="周小姐"), text="再問一次")
    assert (first.prospect, again.prospect, again.customer_id) == (True, False, first.customer_id)
    async with store.session() as session:
        made = await people.get(session, first.customer_id or 0)
    assert (made.state, made.external_id, made.source, made.owner) == ("prospect", "W-9", "web form", None)


async def test_who_gives_no_name_waits_and_is_assigned_once(store: Store, chen: int) -> None:
    taken = await take(store, Sender(email="who@example.com"), external_id="M-1", attachments=("https://x.tw/a.pdf",))
    assert (taken.outcome, taken.candidates) == ("waiting", ())
    assert (await take(store, Sender(email="who@example.com"), external_id="M-1")).waiting_id == taken.waiting_id
    for _ in range(2):
        async with store.transaction() as session:
            await intake.assign_waiting(session, taken.waiting_id or 0, chen, by="boss", now=NOW)
    (entry,) = await line(store, chen)
    assert (entry.external_id, entry.attachments) == ("M-1", ("https://x.tw/a.pdf",))
    async with store.transaction() as session:
        assert await intake.waiting(session) == []
        other = await people.add(session, "黃先生")
        with pytest.raises(Refused):
            await intake.assign_waiting(session, taken.waiting_id or 0, other.id, by="boss", now=NOW)
        with pytest.raises(NotFound):
            await intake.assign_waiting(session, 999, chen, by="boss", now=NOW)


async def test_a_number_of_two_or_of_old_is_never_assumed(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        husband = await people.add(session, "陳先生", ["0933000222", "0911000111"])
        await people.retire_number(session, husband.id, "+886911000111", NOW - timedelta(days=1))
    taken = await take(store, Sender(number="0933000222", name="陳"))
    assert (taken.outcome, taken.candidates) == ("waiting", (chen, husband.id))
    assert (await take(store, Sender(number="0911000111", name="陳"))).candidates == (husband.id,)
    async with store.session() as session:
        assert await session.scalar(select(func.count()).select_from(CustomerRow)) == 2


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"direction": "up"}, "direction"),
        ({"at": NOW.replace(tzinfo=None)}, "at"),
        ({"at": NOW + timedelta(days=2)}, "at"),
        ({"at": datetime(1900, 1, 1, tzinfo=UTC)}, "at"),
        ({"text": " \0 "}, "text"),
        ({"text": "長" * 10_001}, "text"),
        ({"external_id": "x" * 101}, "external_id"),
        ({"agent": "x" * 41}, "agent"),
        ({"source": "a\nb"}, "source"),
        ({"attachments": ("javascript:alert(1)",)}, "attachments"),
        ({"attachments": ("https://user:pass@x.tw/",)}, "attachments"),
        ({"attachments": ("https://x.tw/\u202e",)}, "attachments"),
        ({"attachments": ("https://x.tw/",) * 21}, "attachments"),
    ],
)
async def test_what_cannot_be_is_refused(store: Store, chen: int, fields: dict[str, Any], word: str) -> None:
    with pytest.raises(Invalid, match=f"^{word}:"):
        await take(store, Sender(customer_id=chen), **fields)
    assert await line(store, chen) == []


@pytest.mark.parametrize(
    ("sender", "fault"),
    [
        ({}, Invalid),
        ({"number": "hello"}, Invalid),
        ({"email": "a@b@c"}, Invalid),
        ({"email": "x\n@example.com"}, Invalid),
        ({"customer_id": 999}, NotFound),
        ({"customer_id": -1}, NotFound),
    ],
)
async def test_a_sender_that_cannot_be_is_refused(store: Store, sender: dict[str, Any], fault: type[Exception]) -> None:
    with pytest.raises(fault):
        await take(store, Sender(**sender))


async def test_hostile_text_is_kept_as_it_is_and_storable(store: Store, chen: int) -> None:
    text = "<script>alert(1)</script> '; DROP TABLE customers; -- \0\ud800 \u202e=1+1"
    await take(store, Sender(customer_id=chen), text=text)
    assert (await line(store, chen))[0].text == text.replace("\0", "").replace("\ud800", "")


async def test_everything_stands_on_one_line_newest_first(store: Store, chen: int) -> None:
    at = [NOW - timedelta(hours=hours) for hours in range(6)]
    async with store.transaction() as session:
        await people.record_call(session, chen, "1.1", at[5], agent="101")
        await people.add_note(session, chen, "要靠窗", "102", at=at[4])
        await dealings.add_complaint(session, chen, "房間不對", agent="101", at=at[3])
        order = await put_order(
            session, {"title": "沖繩", "amount": 30000, "placed": at[2]}, now=NOW, sender=Sender(customer_id=chen)
        )
        await put_payment(
            session, {"amount": 10000, "method": "transfer", "at": at[1], "note": "訂金"}, now=NOW, order_id=order.id
        )
    await take(store, Sender(customer_id=chen), at=at[0], channel="fax")
    whole = await line(store, chen)
    assert [one.kind for one in whole] == ["message", "payment", "order", "complaint", "note", "call"]
    assert (whole[1].text, whole[1].amount, whole[1].method) == ("沖繩 · 訂金", 10000, "transfer")
    assert [one.kind for one in await line(store, chen, kinds=("order", "call"))] == ["order", "call"]
    assert [one.kind for one in await line(store, chen, channels=("fax", "phone"))] == ["message", "call"]
    assert [one.kind for one in await line(store, chen, agent="102")] == ["note"]
    assert [one.kind for one in await line(store, chen, since=at[4], until=at[2])] == ["complaint", "note"]
    read: list[HistoryEntry] = []
    while page := await line(store, chen, before=read[-1].cursor if read else None, limit=2):
        read += page
    assert read == whole


async def test_of_one_instant_each_page_goes_on_where_the_last_ended(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        for number in range(3):
            session.add(InteractionRow(customer_id=chen, at=NOW, channel="web", text=str(number)))
            sender = Sender(customer_id=chen)
            order = await put_order(session, {"title": str(number), "placed": NOW}, now=NOW, sender=sender)
            await put_payment(session, {"amount": 1, "at": NOW}, now=NOW, order_id=order.id)
            await dealings.add_complaint(session, chen, str(number), at=NOW)
    whole = await line(store, chen)
    for size in (1, 2, 5):
        read: list[HistoryEntry] = []
        while page := await line(store, chen, before=read[-1].cursor if read else None, limit=size):
            read += page
        assert read == whole
    assert len(whole) == 12


async def test_a_cursor_of_somebody_else_shows_nothing(store: Store, chen: int) -> None:
    async with store.transaction() as session:
        other = await people.add(session, "黃先生")
        theirs = await people.add_note(session, other.id, "x", None)
    assert await line(store, chen, before=f"interaction-{theirs.id}") == []
    for cursor in ("x-1", "interaction-", "order-1e9", "🂡"):
        with pytest.raises(Invalid):
            await line(store, chen, before=cursor)
    with pytest.raises(Invalid):
        await line(store, chen, kinds=("gossip",))
