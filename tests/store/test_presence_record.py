"""What people say of themselves and what is seen of them, in the database: checked, ended in time, never forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cti.agents import people, presences
from cti.agents.directory import DirectoryCache
from cti.agents.presence import Being, PresenceChanged, State
from cti.agents.presences import PresenceEnds, PresenceJournal
from cti.bus import LocalBus
from cti.errors import Invalid, NotFound
from cti.store.engine import Store

NOON = datetime(2025, 11, 24, 4, 0, tzinfo=UTC)
ONE = timedelta(hours=1)


@pytest.fixture
async def firm(store: Store) -> Store:
    async with store.transaction() as session:
        for code in ("101", "102"):
            await people.add_agent(session, code, f"agent {code}", extension=code, mobile=f"0900-000-{code}")
    return store


async def test_what_is_said_is_kept_with_who_and_when(firm: Store) -> None:
    async with firm.transaction() as session:
        people.act_as(session, "mei")
        await presences.say(session, "102", "away", reason=" lunch ", until=NOON + ONE, at=NOON)
    async with firm.transaction() as session:
        await people.set_agent(session, "102", presence="dnd", nickname="阿美")
    async with firm.session() as session:
        row = await people.get_agent(session, "102")
        assert (row.presence, row.presence_reason, row.presence_until, row.nickname) == ("dnd", None, None, "阿美")
        latest, first = await presences.history(session, code="102")
    assert (first.source, first.state, first.reason, first.until, first.by, first.at) == (
        "said",
        "away",
        "lunch",
        NOON + ONE,
        "mei",
        NOON,
    )
    assert latest.state == "dnd"


@pytest.mark.parametrize(
    ("code", "wish", "error"),
    [
        ("109", {"state": "away"}, NotFound),
        ("102", {"state": "asleep"}, Invalid),
        ("102", {"state": "available", "reason": "lunch"}, Invalid),
        ("102", {"state": "away", "reason": "x" * 101}, Invalid),
        ("102", {"state": "away", "until": NOON}, Invalid),
        ("102", {"state": "away", "until": NOON + timedelta(days=32)}, Invalid),
        ("102", {"state": "available", "until": NOON + ONE}, Invalid),
    ],
)
async def test_what_makes_no_sense_is_refused(firm: Store, code: str, wish: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        async with firm.transaction() as session:
            await presences.say(session, code, **wish, at=NOON)
    async with firm.session() as session:
        assert await presences.history(session) == []


async def test_its_end_reaches_routing(firm: Store) -> None:
    cache, at = DirectoryCache(firm, LocalBus()), NOON
    ends = PresenceEnds(firm, cache, lambda: at)
    async with firm.transaction() as session:
        await presences.say(session, "101", "dnd", until=NOON + ONE, at=NOON)
        await presences.say(session, "102", "dnd", at=NOON)
    await cache.load()
    await ends.end()
    assert cache.directory.agents["101"].dnd
    at = NOON + ONE
    await ends.end()
    assert {code: agent.dnd for code, agent in cache.directory.agents.items()} == {"101": False, "102": True}
    async with firm.session() as session:
        [last] = await presences.history(session, code="101", limit=1)
    assert (last.state, last.by, last.at) == ("available", "ringward", at)


async def test_what_is_seen_is_written_once_and_without_the_ringing(firm: Store) -> None:
    bus = LocalBus()
    journal = PresenceJournal(firm, bus)
    for minute, state in enumerate(["available", "ringing", "available", "on_call", "wrap_up", "offline"]):
        being = Being(State(state), left=state == "offline")
        bus.publish(PresenceChanged("101", being, NOON + timedelta(minutes=minute)))
    await journal.flush()
    await journal.flush()
    async with firm.session() as session:
        rows = await presences.history(session)
        last = await presences.last_seen(session)
    assert [row.state for row in reversed(rows)] == ["available", "on_call", "wrap_up", "offline"]
    assert (last["101"].state, last["101"].left_page) == ("offline", True)
    again = PresenceJournal(firm, bus)
    again.remember(last.values())
    bus.publish(PresenceChanged("101", Being(State.OFFLINE, left=True), NOON + ONE))
    await again.flush()
    async with firm.session() as session:
        assert len(await presences.history(session)) == 4
        span = await presences.history(session, since=NOON + timedelta(minutes=3), until=NOON + timedelta(minutes=5))
    assert [row.state for row in span] == ["wrap_up", "on_call"]
