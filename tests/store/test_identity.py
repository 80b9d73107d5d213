"""Who is who: learned callers, changed numbers, relations, the firm's own codes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cti.audit.ledger import entries
from cti.customers import families, number_change, outbox, people, relations
from cti.customers.card import load_card
from cti.customers.index import CallerIndex
from cti.customers.learning import learn
from cti.customers.number_change import Changer
from cti.customers.tables import CustomerNumberRow, CustomerRelationRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store

TAIPEI = ZoneInfo("Asia/Taipei")
EVENING = datetime(2026, 11, 23, 19, 30, tzinfo=TAIPEI)
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=TAIPEI)
HOME, OLD, NEW = "+88635551111", "+886911000111", "+886922000222"
BY = Changer(actor="wang", agent="2001", department="業務部", linkedid="1795.1")


@pytest.fixture
async def family(store: Store) -> dict[str, int]:
    """張家 with one landline and its three people."""
    async with store.transaction() as session:
        home = await people.add(session, "張家", ["03-555-1111"], kind="household")
        ids = {"home": home.id}
        for key, name in (("he", "張先生"), ("she", "張太太"), ("child", "張小明")):
            ids[key] = (await people.add(session, name)).id
            await people.relate(session, ids[key], home.id, "member")
    return ids


async def callers(store: Store, at: datetime) -> list[tuple[int, object]]:
    index = CallerIndex(store, now=lambda: at)
    await index.load()
    return [(match.customer_id, match.probably) for match in index.lookup(HOME)]


async def said(store: Store, customer_id: int, at: datetime, times: int = 1) -> None:
    for _ in range(times):
        async with store.transaction() as session:
            await learn(session, HOME, customer_id, at, TAIPEI)


async def test_who_usually_calls_at_this_hour_stands_first_and_says_why(store: Store, family: dict[str, int]) -> None:
    assert [one for one, _ in await callers(store, EVENING)] == [family[k] for k in ("home", "he", "she", "child")]
    await said(store, family["she"], EVENING, 3)
    await said(store, family["he"], MORNING, 2)
    (first, why), *rest = await callers(store, EVENING)
    assert (first, why.times, why.calls, why.since, why.until) == (family["she"], 3, 3, 18, 21)  # type: ignore[attr-defined]
    assert all(probably is None for _, probably in rest)
    (first, why), *_ = await callers(store, MORNING)
    assert (first, why.times, why.since) == (family["he"], 2, 6)  # type: ignore[attr-defined]
    # At an hour nothing is known of, what was said at any hour counts.
    (first, why), *_ = await callers(store, EVENING - timedelta(hours=5))
    assert (first, why.times, why.calls, why.since) == (family["she"], 3, 5, None)  # type: ignore[attr-defined]


async def test_once_is_chance_and_a_half_is_no_habit(store: Store, family: dict[str, int]) -> None:
    await said(store, family["she"], EVENING)
    assert all(probably is None for _, probably in await callers(store, EVENING))
    await said(store, family["he"], EVENING)
    assert all(probably is None for _, probably in await callers(store, EVENING))


async def test_a_choice_that_was_put_right_is_taken_back(store: Store, family: dict[str, int]) -> None:
    for _ in range(2):
        await said(store, family["he"], EVENING)
        async with store.transaction() as session:
            await learn(session, HOME, family["she"], EVENING, TAIPEI, instead_of=family["he"])
    (first, why), *_ = await callers(store, EVENING)
    assert (first, why.times, why.calls) == (family["she"], 2, 2)  # type: ignore[attr-defined]


async def test_the_index_hears_of_a_choice(store: Store, family: dict[str, int]) -> None:
    index = CallerIndex(store, now=lambda: EVENING)
    await index.load()
    await said(store, family["child"], EVENING, 2)
    assert await index.refresh()
    assert index.lookup(HOME)[0].customer_id == family["child"]


@pytest.fixture
async def wang(store: Store) -> int:
    """王經理 with a mobile to which a text message waits."""
    async with store.transaction() as session:
        row = await people.add(session, "王經理", ["0911-000-111"], owner="2001")
        await outbox.queue(session, row.id, "sms", "0911000111", "您的機票已開立", key="ticket-1")
        await outbox.queue(session, row.id, "mail", "wang@example.com", "明細", key="ticket-2")
    return row.id


async def change(store: Store, customer_id: int, **said: object) -> number_change.NumberChange:
    given = {"old": "0911-000-111", "new": "0922 000 222", "asked_by": "王經理", "read_back": True} | said
    async with store.transaction() as session:
        return await number_change.change_number(session, customer_id, **given, by=BY)  # type: ignore[arg-type]


async def test_a_changed_number_leaves_its_trace_and_messages_follow(store: Store, wang: int) -> None:
    done = await change(store, wang)
    assert (done.old, done.new, done.messages, done.department) == (OLD, NEW, 1, "業務部")
    async with store.session() as session:
        (kept,) = await entries(session, action="number.changed")
        targets = {one.target for one in await outbox.messages(session, wang)}
        card = await load_card(session, wang)
    entry = kept.entry
    assert (entry.before["number"], entry.after["number"], entry.asked_by) == (OLD, NEW, "王經理")
    assert (entry.actor, entry.agent, entry.department, entry.linkedid, entry.recording) == (
        "wang",
        "2001",
        "業務部",
        "1795.1",
        None,
    )
    assert targets == {NEW, "wang@example.com"}
    assert card is not None
    assert [(one.e164, one.valid_until is None) for one in card.numbers] == [(NEW, True), (OLD, False)]
    index = CallerIndex(store)
    await index.load()
    assert [index.lookup(number)[0].why for number in (NEW, OLD)] == ["number", "old_number"]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"read_back": False}, Refused),
        ({"asked_by": " "}, Invalid),
        ({"new": "0911000111"}, Invalid),
        ({"new": "hello"}, Invalid),
        ({"old": "0900-000-009"}, NotFound),
        ({"old": "#99999"}, NotFound),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    store: Store, wang: int, said: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await change(store, wang, **said)
    async with store.session() as session:
        assert not await entries(session)
        assert {one.target for one in await outbox.messages(session, wang)} == {OLD, "wang@example.com"}


async def test_a_masked_number_is_changed_by_its_id_and_an_old_one_not_again(store: Store, wang: int) -> None:
    async with store.session() as session:
        number_id = await session.scalar(select(CustomerNumberRow.id))
    await change(store, wang, old=f"#{number_id}")
    with pytest.raises(NotFound, match="now"):
        await change(store, wang)


async def test_a_message_is_queued_once_a_key_and_only_where_it_can_go(store: Store, wang: int) -> None:
    async with store.transaction() as session:
        again = await outbox.queue(session, wang, "sms", "0911000111", "again", key="ticket-1")
        assert again.text == "您的機票已開立"
        for channel, target in (("sms", "03-555-1111"), ("mail", "nowhere"), ("pigeon", "0911000111")):
            with pytest.raises(Invalid):
                await outbox.queue(session, wang, channel, target, "x", key="other")


async def test_a_child_told_of_in_a_call_joins_the_household(store: Store, family: dict[str, int]) -> None:
    async with store.transaction() as session:
        child = await families.add_relative(session, family["she"], "張小妹", "child", source="call", linkedid="1795.2")
        row = CustomerRelationRow
        kept = (await session.scalars(select(row).where(row.customer_id == child.id).order_by(row.id))).all()
        assert [(one.of_id, one.role, one.source, one.linkedid) for one in kept] == [
            (family["she"], "child", "call", "1795.2"),
            (family["home"], "member", "call", "1795.2"),
        ]
        assert all(one.since is not None for one in kept)
        of_home = await families.add_relative(session, family["home"], "張小弟", "child")
        assert await families.households_of(session, of_home.id) == [family["home"]]


async def test_relations_that_cannot_be(store: Store, family: dict[str, int]) -> None:
    async with store.transaction() as session:
        for who, of, role in (
            ("he", "she", "payer"),
            ("he", "home", "spouse"),
            ("he", "he", "friend"),
            ("he", "she", "x"),
        ):
            with pytest.raises(Invalid):
                await relations.relate(session, family[who], family[of], role)
        for who, of in (("he", "she"), ("she", "he"), ("he", "she")):
            await relations.relate(session, family[who], family[of], "spouse")
        row = CustomerRelationRow
        assert len((await session.scalars(select(row).where(row.role == "spouse"))).all()) == 1
        await relations.unrelate(session, family["he"], family["she"], "spouse")
        with pytest.raises(NotFound):
            await relations.unrelate(session, family["he"], family["she"], "spouse")


async def test_a_customer_is_found_by_the_firms_own_code(store: Store, wang: int) -> None:
    async with store.transaction() as session:
        await people.set_code(session, wang, "VIP-007")
        other = await people.add(session, "別人", external_id="X")
        with pytest.raises(Refused):
            await people.set_code(session, other.id, "VIP-007")
        (found,) = await people.search(session, "vip-0")
        assert (found.customer_id, found.found_by, found.code) == (wang, "code", "VIP-007")
        await people.set_code(session, wang, None)
        assert not await people.search(session, "vip-0")
