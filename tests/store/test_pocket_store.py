"""Pocket cards' links and agents' ways in both databases, and how a link is sent by them while a phone rings."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from cti.agents.tables import AgentRow
from cti.errors import Invalid, NotFound, Refused, StoreUnavailable
from cti.pocket import channels, ledger
from cti.pocket.channels import MOST_CHANNELS, Channel, Limits, usual
from cti.pocket.dispatch import NO_WAY, Dispatch
from cti.pocket.message import Message
from cti.pocket.model import CardState, PocketCard
from cti.pocket.reporting import report
from cti.pocket.ways import Gone, Undelivered
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIMITS = Limits(services=("https://push.example",), log=True)
LINE = "U" + "0" * 32
MESSAGE = Message("card-1", "Call", "https://phones.example.com/p/x", NOW + timedelta(seconds=20))
CARD = PocketCard(
    id="c1",
    digest="d1",
    linkedid="1.1",
    agent="101",
    endpoint="PJSIP/0900000101@carrier",
    step=1,
    issued=NOW,
    expires=NOW + timedelta(hours=1),
)


@pytest.fixture
async def firm(store: Store) -> Store:
    """Two agents."""
    async with store.transaction() as session:
        for code in ("101", "102"):
            session.add(AgentRow(code=code, name=code, mobile=f"+886900000{code}"))
    return store


async def ways_of(store: Store, agent: str = "101") -> list[tuple[str, str]]:
    async with store.session() as session:
        return [(one.kind, one.target) for one in await channels.read(session, agent)]


async def add(store: Store, kind: str, target: str, agent: str = "101") -> int:
    async with store.transaction() as session:
        return await channels.add(session, agent, kind, target, "", LIMITS, NOW)


async def test_a_card_is_written_over_and_read_back_whole(firm: Store) -> None:
    full = replace(
        CARD,
        state=CardState.GONE,
        reason="answered_elsewhere",
        by="102",
        ended=NOW,
        session="s",
        opened=NOW,
        refused=2,
        channel="sms",
        sent=NOW,
        failure="HTTP 500 \x00" + "x" * 400,
    )
    for one in (CARD, full):
        async with firm.transaction() as session:
            await ledger.save(session, [one])
    async with firm.session() as session:
        (read,) = await ledger.unexpired(session, NOW)
        assert replace(read, failure="") == replace(full, failure="")
        assert len(read.failure) == 300
        assert await ledger.unexpired(session, CARD.expires) == []
        assert await ledger.recent(session, limit=5, agent="102") == []


async def test_ways_keep_their_order_and_are_checked(firm: Store) -> None:
    first, second = await add(firm, "sms", "0900-000-101"), await add(firm, "line", LINE)
    assert await add(firm, "line", LINE) == second  # the same again is no second one
    assert await ways_of(firm) == [("sms", "+886900000101"), ("line", LINE)]
    async with firm.transaction() as session:
        await channels.reorder(session, "101", [second, first])
    assert [kind for kind, _ in await ways_of(firm)] == ["line", "sms"]
    with pytest.raises(Invalid):
        async with firm.transaction() as session:
            await channels.reorder(session, "101", [second])
    with pytest.raises(NotFound):
        async with firm.transaction() as session:
            await channels.remove(session, "102", first)
    async with firm.transaction() as session:
        await channels.remove(session, "101", first)
    assert await ways_of(firm) == [("line", LINE)]


@pytest.mark.parametrize(
    ("kind", "target", "error"),
    [
        ("sms", "0204-123-456", Refused),
        ("sms", "", Invalid),
        ("line", "lin", Invalid),
        ("mail", "lin@example.com\nBcc: x@example.com", Invalid),
        ("mail", "lin", Invalid),
        ("pigeon", "loft", Invalid),
        ("push", "{}", Invalid),
    ],
)
async def test_a_target_that_cannot_be_is_refused(firm: Store, kind: str, target: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await add(firm, kind, target)
    assert await ways_of(firm) == []


async def test_links_go_into_a_log_only_where_that_is_allowed_and_nobody_has_endless_ways(firm: Store) -> None:
    with pytest.raises(Refused):
        async with firm.transaction() as session:
            await channels.add(session, "101", "log", "", "", Limits(), NOW)
    with pytest.raises(NotFound):
        await add(firm, "log", "", "999")
    for number in range(MOST_CHANNELS):
        await add(firm, "mail", f"lin{number}@example.com")
    with pytest.raises(Refused):
        await add(firm, "mail", "once.more@example.com")


async def test_setting_all_ways_at_once_changes_all_or_nothing(firm: Store) -> None:
    await add(firm, "line", LINE)
    with pytest.raises(Invalid):
        async with firm.transaction() as session:
            await channels.replace_all(session, "101", [("mail", "a@example.com"), ("sms", "x")], LIMITS, NOW)
    assert await ways_of(firm) == [("line", LINE)]
    async with firm.transaction() as session:
        await channels.replace_all(session, "101", [("mail", "a@example.com"), ("line", LINE)], LIMITS, NOW)
    assert await ways_of(firm) == [("mail", "a@example.com"), ("line", LINE)]


def test_the_firms_usual_ways_are_those_whose_target_is_known() -> None:
    row = AgentRow(code="101", name="Lin", mobile="+886900000101")
    assert usual(row, ("sms", "mail", "log"), {}) == [Channel("sms", "+886900000101"), Channel("log", "")]
    assert usual(row, ("mail",), {"*": "all@example.com"}) == [Channel("mail", "all@example.com")]
    assert usual(None, ("sms",), {}) == []


class Way:
    """A way that fails with these errors in turn, then takes everything."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.targets: list[str] = []
        self.sent: list[Message] = []

    async def send(self, target: str, message: Message) -> None:
        self.targets.append(target)
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.sent.append(message)

    async def warm_up(self) -> None:
        pass


def dispatch(store: Store, **ways: Way) -> Dispatch:
    return Dispatch(store, ways, lambda _agent: [Channel("sms", "+886900000101")], lambda: NOW)


async def test_the_first_way_that_takes_it_ends_it(firm: Store) -> None:
    await add(firm, "line", LINE)
    await add(firm, "sms", "0900000101")
    line, sms = Way(Undelivered("LINE is down"), None), Way()
    sending = dispatch(firm, line=line, sms=sms)
    assert await sending.deliver("101", MESSAGE, lambda: True) == ("sms", "")
    assert (line.targets, sms.targets) == ([LINE], ["+886900000101"])
    assert (sending.failed["line"], sending.sent["sms"]) == (1, 1)
    async with firm.session() as session:
        first, second = await channels.read(session, "101")
    assert (first.failure, second.failure, second.last) == ("LINE is down", "", NOW)


async def test_ways_are_tried_again_only_while_it_rings(firm: Store) -> None:
    sms = Way(Undelivered("busy"), Undelivered("busy"))
    assert await dispatch(firm, sms=sms).deliver("101", MESSAGE, lambda: True) == ("sms", "")
    assert len(sms.targets) == 3
    dead = Way(*[Undelivered("busy")] * 9)
    assert await dispatch(firm, sms=dead).deliver("101", MESSAGE, lambda: not dead.targets) == ("", "busy")
    assert len(dead.targets) == 1


async def test_a_fault_in_one_way_does_not_keep_the_next_from_being_tried(firm: Store) -> None:
    await add(firm, "line", LINE)
    await add(firm, "mail", "lin@example.com")
    assert await dispatch(firm, line=Way(KeyError("x")), mail=Way()).deliver("101", MESSAGE, lambda: True) == (
        "mail",
        "",
    )


async def test_a_browser_that_withdrew_is_forgotten(firm: Store) -> None:
    await add(firm, "line", LINE)
    sending = dispatch(firm, line=Way(Gone("HTTP 410")), sms=Way())
    assert await sending.deliver("101", MESSAGE, lambda: True) == ("sms", "")
    assert await ways_of(firm) == []


async def test_nobody_without_a_way_is_waited_for(firm: Store) -> None:
    assert await dispatch(firm).deliver("101", MESSAGE, lambda: True) == ("", NO_WAY)


async def test_without_the_database_the_last_known_ways_serve(firm: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await add(firm, "line", LINE)
    line = Way()
    sending = dispatch(firm, line=line)
    await sending.warm_up()

    def away() -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(firm, "session", away)
    assert await asyncio.wait_for(sending.deliver("101", MESSAGE, lambda: True), 5) == ("line", "")
    assert line.targets == [LINE]


async def test_the_report_counts_what_was_sent_and_opened_in_time(firm: Store) -> None:
    cards = [
        replace(CARD, channel="sms", sent=NOW, opened=NOW + timedelta(seconds=4), ended=NOW + timedelta(seconds=9)),
        replace(CARD, id="c2", digest="d2", channel="line", sent=NOW, opened=NOW + timedelta(seconds=30)),
        replace(CARD, id="c3", digest="d3", agent="102", failure="HTTP 500", refused=1),
    ]
    async with firm.transaction() as session:
        await ledger.save(session, cards)
    async with firm.session() as session:
        read = await ledger.between(session, NOW, NOW + timedelta(days=1))
    found = report(read, NOW, NOW + timedelta(days=1))
    assert (found.cards, found.sent, found.opened, found.refused) == (3, 2, 2, 1)
    assert found.opened_rate == pytest.approx(2 / 3)
    assert found.median_seconds_to_open == 17
    assert found.by_way == {"line": 1, "sms": 1}
    assert found.failures == {"HTTP 500": 1}
    assert [(one.agent, one.cards, one.opened) for one in found.agents] == [("101", 2, 2), ("102", 1, 0)]
