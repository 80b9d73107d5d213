"""Plays: a sentence for those whom it fits, a held-out share that never hears it, and what came of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cti.audit.expecting import Stale, expect, version_of, versions_of
from cti.audit.ledger import entries, verify
from cti.customers import people
from cti.customers.number_change import Changer
from cti.customers.tables import CustomerRow, OrderRow
from cti.customers.worth import plays
from cti.customers.worth.nightly import work_out
from cti.customers.worth.rules import Segment, Terms
from cti.customers.worth.tables import WorthRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
BY = Changer(actor="boss", agent="108", department="Managers")
OTHER = Changer(actor="root")


@pytest.fixture
async def customers(store: Store) -> list[int]:
    """Twenty who bought ten days ago, and twenty who bought 200 days ago."""
    ids = []
    async with store.transaction() as session:
        for number in range(40):
            row = await people.add(session, f"客{number}", at=NOW - timedelta(days=900))
            placed = NOW - timedelta(days=10 if number < 20 else 200)
            session.add(OrderRow(customer_id=row.id, title="沖繩", state="done", amount=10_000, placed=placed))
            ids.append(row.id)
    await work_out(store, Terms(), NOW, set_tiers=False)
    return ids


async def prompts(store: Store, customer_id: int, at: datetime = NOW) -> list[str]:
    async with store.session() as session:
        row = await session.get_one(WorthRow, customer_id)
        return [one.play for one in await plays.prompts_for(session, plays.worth_of(row), at)]


async def test_a_play_is_for_whom_it_fits(store: Store, customers: list[int]) -> None:
    async with store.transaction() as session:
        await plays.set_play(session, "win-back", "賞櫻團", Segment(dormancy=("half",)), by=BY)
        await plays.set_play(session, "over", "早就結束", Segment(), ends=NOW.date() - timedelta(days=1), by=BY)
        await plays.set_play(session, "paused", "暫停", Segment(), active=False, by=BY)
    assert await prompts(store, customers[0]) == []
    assert await prompts(store, customers[30]) == ["win-back"]


async def test_the_held_out_never_hear_it_and_are_always_the_same(store: Store, customers: list[int]) -> None:
    async with store.transaction() as session:
        await plays.set_play(session, "spring", "賞櫻團", Segment(), holdout=50, by=BY)
    heard = [one for one in customers if await prompts(store, one)]
    assert 5 < len(heard) < 35
    assert heard == [one for one in customers if await prompts(store, one, NOW + timedelta(days=3))]
    async with store.session() as session:
        (found,) = await plays.report(session, NOW.date())
    assert (found.fits, found.held_out) == (40, 40 - len(heard))


async def test_what_came_of_it_is_counted_and_not_asked_again(store: Store, customers: list[int]) -> None:
    one, other = customers[:2]
    async with store.transaction() as session:
        await plays.set_play(session, "spring", "賞櫻團", Segment(), by=BY)
        await plays.note_outcome(session, "spring", one, "later", NOW, agent="101")
        await plays.note_outcome(session, "spring", one, "accepted", NOW, agent="101", amount=50_000)
        await plays.note_outcome(session, "spring", other, "later", NOW, agent="102")
    assert await prompts(store, one, NOW + timedelta(days=29)) == []
    assert await prompts(store, one, NOW + timedelta(days=31)) == ["spring"]
    assert await prompts(store, other, NOW + timedelta(days=1)) == ["spring"]
    async with store.session() as session:
        (found,) = await plays.report(session, NOW.date())
    assert (found.asked, found.accepted, found.later, found.declined, found.amount) == (2, 1, 1, 0, 50_000)


async def test_wrong_plays_and_outcomes_are_refused(store: Store, customers: list[int]) -> None:
    for text in ("[]", "not json", '{"grade": "A"}', '{"grades": 1}'):
        with pytest.raises(Invalid, match="segment"):
            plays.read_segment(text)
    async with store.transaction() as session:
        for code, prompt, holdout in (("Bad Code", "x", 0), ("ok", " ", 0), ("ok", "x", 91)):
            with pytest.raises(Invalid):
                await plays.set_play(session, code, prompt, Segment(), holdout=holdout, by=BY)
        with pytest.raises(NotFound):
            await plays.note_outcome(session, "nothing", customers[0], "later", NOW)
        await plays.set_play(session, "ok", "x", Segment(), by=BY)
        with pytest.raises(Invalid):
            await plays.note_outcome(session, "ok", customers[0], "perhaps", NOW)


async def test_an_outcome_of_a_record_that_was_merged_counts_for_who_they_are_now(
    store: Store, customers: list[int]
) -> None:
    """The page was open while two records became one."""
    async with store.transaction() as session:
        await plays.set_play(session, "spring", "賞櫻團", Segment(), by=BY)
        (await session.get_one(CustomerRow, customers[1])).merged_into = customers[0]
    async with store.transaction() as session:
        await plays.note_outcome(session, "spring", customers[1], "declined", NOW)
    assert await prompts(store, customers[0]) == []


async def test_days_are_the_firms(store: Store, customers: list[int]) -> None:
    """Half past seven in Taipei is the day before in UTC."""
    early, later = datetime(2026, 11, 23, 23, 30, tzinfo=UTC), datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    night = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    async with store.transaction() as session:
        day = datetime(2026, 11, 24, tzinfo=UTC).date()
        await plays.set_play(session, "today", "賞櫻團", Segment(), starts=day, ends=day, by=BY)
        await plays.set_play(session, "spring", "賞櫻團", Segment(), active=False, by=BY)
        for at, said in ((early, "later"), (later, "accepted"), (night, "later")):
            await plays.note_outcome(session, "spring", customers[0], said, at)
    assert [await prompts(store, customers[0], at) for at in (early, later, night)] == [["today"], ["today"], []]
    async with store.session() as session:
        (found,) = [one for one in await plays.report(session, day) if one.code == "spring"]
    assert (found.accepted, found.later) == (1, 1)


async def test_who_saves_what_a_colleague_changed_meanwhile_is_told(store: Store) -> None:
    async with store.transaction() as session:
        await plays.set_play(session, "spring", "賞櫻團", Segment(grades=("A",)), new=True, by=BY)
    async with store.session() as session:
        seen = await version_of(session, "play", "spring")
        assert await versions_of(session, "play", plays.ACTIONS) == {"spring": seen}
    async with store.transaction() as session:
        await expect(session, "play", "spring", seen)
        await plays.set_play(session, "spring", "賞楓團", Segment(grades=("A",)), by=OTHER)
    async with store.transaction() as session:
        await expect(session, "play", "spring", seen + 1)
        await plays.set_play(session, "spring", "賞楓團", Segment(grades=("A", "B")), by=OTHER)
    async with store.transaction() as session:
        with pytest.raises(Stale) as told:
            await expect(session, "play", "spring", seen)
    assert told.value.by == "root"
    assert [name for name, *_ in told.value.changes.fields()] == ["prompt", "segment"]
    assert told.value.changes.fields()[0] == ("prompt", "賞櫻團", "賞楓團")


async def test_two_at_once_are_one_after_the_other(store: Store) -> None:
    """Both read the same version; whichever database it is, one of them is told."""
    async with store.transaction() as session:
        await plays.set_play(session, "spring", "賞櫻團", Segment(), by=BY)
        await plays.set_play(session, "autumn", "賞楓團", Segment(), by=BY)
    async with store.session() as session:
        seen = await version_of(session, "play", "spring")

    async def save(prompt: str) -> None:
        async with store.transaction() as session:
            await expect(session, "play", "spring", seen)
            await plays.set_play(session, "spring", prompt, Segment(), by=Changer(actor=prompt))

    done = await asyncio.gather(save("一"), save("二"), return_exceptions=True)
    (refused,) = [one for one in done if one is not None]
    assert isinstance(refused, Stale)
    async with store.session() as session:
        assert (await plays.of_code(session, "spring")).prompt == refused.by


async def test_new_twice_at_once_is_made_once(store: Store) -> None:
    async def make(prompt: str) -> None:
        async with store.transaction() as session:
            await plays.set_play(session, "spring", prompt, Segment(), new=True, by=BY)

    done = await asyncio.gather(make("一"), make("二"), return_exceptions=True)
    (refused,) = [one for one in done if one is not None]
    assert isinstance(refused, Refused)
    assert "exists already" in str(refused)


async def test_every_change_and_removal_stands_in_the_audit(store: Store, customers: list[int]) -> None:
    async with store.transaction() as session:
        await plays.set_play(session, "spring", "賞櫻團", Segment(), starts=NOW.date(), by=BY)
    for _ in range(2):  # the same again is no change
        async with store.transaction() as session:
            await plays.set_play(session, "spring", "賞櫻團", Segment(hollow=False), holdout=10, by=OTHER)
    async with store.transaction() as session:
        await plays.remove(session, "spring", by=BY, at=NOW)
        await plays.set_play(session, "asked", "續約", Segment(), by=BY)
        await plays.note_outcome(session, "asked", customers[0], "later", NOW)
    with pytest.raises(Refused, match="pause it"):
        async with store.transaction() as session:
            await plays.remove(session, "asked", by=BY)
    with pytest.raises(NotFound):
        async with store.transaction() as session:
            await plays.remove(session, "spring", by=BY)
    async with store.session() as session:
        gone, changed, made = [one.entry for one in await entries(session, subject="play", subject_id="spring")]
        assert (await verify(session)).sound
        assert [one.code for one in await plays.plays(session)] == ["asked"]
    assert (made.action, made.actor, made.agent, made.department, made.before) == (
        "play.kept",
        "boss",
        "108",
        "Managers",
        None,
    )
    assert (changed.actor, changed.before["holdout"], changed.after["holdout"]) == ("root", 0, 10)
    assert (changed.before["segment"]["hollow"], changed.after["segment"]["hollow"]) == (None, False)
    assert (gone.action, gone.before, gone.after) == ("play.removed", changed.after, None)
