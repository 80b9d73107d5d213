"""Records go when their days are over, never what is owed or going on, and the audit tells of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import func, select

from cti.audit.ledger import entries
from cti.calls import records
from cti.calls.model import Call, CallState, Leg
from cti.calls.tables import CallRow, LegRow
from cti.customers import people
from cti.customers.identity_tables import OutgoingMessageRow
from cti.customers.intake_tables import CustomerNoticeRow, WaitingMessageRow
from cti.customers.tables import InteractionRow
from cti.privacy.nightly import NightlyRetention, next_time
from cti.privacy.retention import apply_retention, standing
from cti.promises.ledger import Ledger, find
from cti.promises.model import Duty, OwnerWhy
from cti.promises.tables import PromiseCallRow, PromiseHistoryRow
from cti.store.engine import Store

NOW = datetime.now(UTC).replace(microsecond=0)
TAIPEI = ZoneInfo("Asia/Taipei")
LEDGER = Ledger()


@pytest.fixture
async def firm(store: Store) -> Store:
    """A call, a note and a promise of 40 days ago, one that goes on since then, and the same of yesterday."""
    async with store.transaction() as session:
        await people.add(session, "陳太太", ["0933000222"])
    for days, state in ((40, CallState.ENDED), (41, CallState.TALKING), (1, CallState.ENDED)):
        at = NOW - timedelta(days=days)
        leg = Leg(index=1, kind="desk", agent="101", endpoint="PJSIP/101", seconds=15)
        call = Call(linkedid=f"{days}.1", started=at, state=state, legs=(leg,), caller_e164="+886933000222")
        if state is CallState.ENDED:
            call = msgspec.structs.replace(call, ended=at)
        async with store.transaction() as session:
            await records.save(session, call)
            await people.add_note(session, 1, f"{days}", None, at=at)
            decided, _ = await LEDGER.decide(session, call, 20, lambda *_: Duty("101", OwnerWhy.OWNER, NOW, 1))
            if days == 40 and decided is not None:
                await LEDGER.close(session, decided.id, "boss", "done", at)
    return store


async def left(store: Store) -> tuple[set[str], set[str], int]:
    async with store.session() as session:
        calls = set(await session.scalars(select(CallRow.linkedid)))
        notes = set(await session.scalars(select(InteractionRow.text)))
        return calls, notes, len(await find(session, everything=True))


async def test_what_is_older_goes_and_nothing_else(firm: Store) -> None:
    days = {"calls": 31, "interactions": 31, "promises": 31}
    async with firm.session() as session:
        over = {one.kind: one.over for one in await standing(session, days, NOW) if one.over}
    assert over == {"calls": 1, "interactions": 2, "promises": 1}
    assert await apply_retention(firm, days, NOW, "cli:root") == over
    assert await left(firm) == ({"41.1", "1.1"}, {"1"}, 1)
    async with firm.session() as session:
        legs = set(await session.scalars(select(LegRow.linkedid)))
        lines = await session.scalar(select(func.count()).select_from(PromiseHistoryRow))
        (entry,) = await entries(session, action="records.expired")
    assert legs == {"41.1", "1.1"}
    assert lines == 1
    assert (entry.entry.actor, entry.entry.after) == ("cli:root", over)
    assert await apply_retention(firm, days, NOW, "cli:root") == {}


async def test_a_call_takes_along_what_it_meant_unless_that_was_a_promise(firm: Store) -> None:
    at = NOW - timedelta(days=40)
    spoken = Call(linkedid="40.2", started=at, ended=at, state=CallState.ENDED, caller_e164="+886912345678", bridged=at)
    async with firm.transaction() as session:
        await records.save(session, spoken)
        await LEDGER.decide(session, spoken, 20, lambda *_: Duty("101", OwnerWhy.OWNER, NOW, 1))
    await apply_retention(firm, {"calls": 31}, NOW, "cli:root")
    async with firm.session() as session:
        assert set(await session.scalars(select(PromiseCallRow.linkedid))) == {"40.1", "1.1"}


async def test_messages_go_once_nobody_has_to_see_to_them(firm: Store) -> None:
    at = NOW - timedelta(days=40)
    come = {"at": at, "received": at, "channel": "mail", "direction": "in"}
    to_send = {
        "customer_id": 1,
        "channel": "sms",
        "target": "+886933000222",
        "text": "",
        "created": at,
        "not_before": at,
    }
    told = {"event": "customer.changed", "customer_id": 1, "channel": "webhook", "target": "", "body": "{}"}
    told |= {"created": at, "next_try": at}
    async with firm.transaction() as session:
        session.add_all(
            [
                WaitingMessageRow(text="waits", **come),
                WaitingMessageRow(text="assigned", assigned=at, **come),
                WaitingMessageRow(text="nobody's", dismissed=at, **come),
                *(
                    OutgoingMessageRow(key=one, state=one, **to_send)
                    for one in ("queued", "sent", "failed", "cancelled")
                ),
                CustomerNoticeRow(key="sent", sent=at, **told),
                CustomerNoticeRow(key="waits", **told),
            ]
        )
    days = dict.fromkeys(("waiting_messages", "outgoing_messages", "customer_notices"), 31)
    gone = {"waiting_messages": 2, "outgoing_messages": 2, "customer_notices": 1}
    async with firm.session() as session:
        assert {one.kind: one.over for one in await standing(session, days, NOW) if one.over} == gone
    assert await apply_retention(firm, days, NOW, "cli:root") == gone
    async with firm.session() as session:
        assert list(await session.scalars(select(WaitingMessageRow.text))) == ["waits"]
        assert set(await session.scalars(select(OutgoingMessageRow.state))) == {"queued", "failed"}
        assert list(await session.scalars(select(CustomerNoticeRow.key))) == ["waits"]


async def test_without_days_everything_is_kept(firm: Store) -> None:
    before = await left(firm)
    assert await apply_retention(firm, {"calls": 0}, NOW, "cli:root") == {}
    assert await left(firm) == before


async def test_the_night_applies_it(firm: Store) -> None:
    night = NightlyRetention(
        firm, at=time(3, 30), days={"interactions": 31}, keep_years=5, now=lambda: NOW, zone=TAIPEI
    )
    assert await night.once() == {"interactions": 2}


def test_the_next_night_is_the_next_local_hour() -> None:
    before = datetime(2026, 11, 23, 3, 0, tzinfo=TAIPEI)
    assert next_time(time(3, 30), before, TAIPEI) == datetime(2026, 11, 23, 3, 30, tzinfo=TAIPEI)
    assert next_time(time(3, 30), before.replace(hour=4), TAIPEI) == datetime(2026, 11, 24, 3, 30, tzinfo=TAIPEI)
