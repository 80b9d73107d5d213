"""The routing directory follows the database, and outlives it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cti.agents import people
from cti.agents.directory import DirectoryCache, DirectoryChanged
from cti.agents.tables import AgentRow
from cti.bus import LocalBus
from cti.errors import Invalid, NotFound, Refused, StoreUnavailable
from cti.store.engine import Store
from routing.model import LegKind, Passed, RouteRequest
from routing.route import route

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture
async def firm(store: Store) -> Store:
    """Lin (101) with deputy Mei (102), the company group and its main number, Lin's direct number."""
    async with store.transaction() as session:
        await people.add_agent(session, "102", "王美美", nickname="阿美", extension="102", mobile="0900000102")
        lin = {"nickname": "小林", "extension": "101", "mobile": "0900-000-101", "deputy": "102"}
        await people.add_agent(session, "101", "林小明", **lin)
        await people.set_group(session, "company", "全公司", ["102", "101"], 25)
        await people.set_number(session, "02-5550-1000", label="總機", group="company")
        await people.set_number(session, "(02)5550-1101", agent="101")
        await people.set_number(session, "03-5550-2000", group="company")
    return store


@pytest.fixture
async def cache(firm: Store) -> DirectoryCache:
    """A directory that has been loaded once."""
    cache = DirectoryCache(firm, LocalBus())
    await cache.load()
    return cache


async def test_the_directory_is_what_routing_needs(cache: DirectoryCache) -> None:
    directory = cache.directory
    lin = directory.agents["101"]
    assert (lin.desk, lin.mobile, lin.deputy, lin.dnd) == ("101", "0900000101", "102", False)
    assert directory.groups["company"].members == ("102", "101")
    assert directory.groups["company"].seconds == 25
    assert set(directory.numbers) == {"+886255501000", "+886255501101", "+886355502000"}
    plan = route(RouteRequest("+886255501101"), directory, NOW)
    assert [(s.kind, s.agent) for s in plan.steps][:4] == [
        (LegKind.DESK, "101"),
        (LegKind.MOBILE, "101"),
        (LegKind.DEPUTY, "102"),
        (LegKind.DEPUTY, "102"),
    ]


async def test_names_presence_and_rows(cache: DirectoryCache) -> None:
    assert cache.names == {"101": "小林", "102": "阿美"}
    assert {code: said.state for code, said in cache.by_hand.items()} == {"101": "available", "102": "available"}
    lin = cache.agent("101")
    assert lin is not None
    assert lin.name == "林小明"
    assert list(cache.rows) == ["101", "102"]
    assert cache.agent("999") is None
    assert cache.agent_of_extension("102") == "102"
    assert cache.agent_of_extension("999") is None


async def test_desk_states_survive_a_reload_and_need_no_database(cache: DirectoryCache, firm: Store) -> None:
    cache.set_desk_state("101", Passed.OFFLINE)
    cache.set_desk_state("102", Passed.BUSY)
    cache.set_desk_state("102", None)
    cache.set_desk_state("777", Passed.BUSY)
    await cache.load()
    assert cache.directory.agents["101"].desk_passed is Passed.OFFLINE
    assert cache.directory.agents["102"].desk_passed is None
    cache.set_desk_state("101", None)
    assert cache.directory.agents["101"].desk_passed is None


async def test_do_not_disturb_passes_and_away_does_not(cache: DirectoryCache, firm: Store) -> None:
    async with firm.transaction() as session:
        await people.set_presence(session, "101", "dnd")
        await people.set_presence(session, "102", "away")
    assert await cache.refresh()
    assert cache.directory.agents["101"].dnd
    assert not cache.directory.agents["102"].dnd
    assert {code: said.state for code, said in cache.by_hand.items()} == {"101": "dnd", "102": "away"}


async def test_leave_reaches_routing(cache: DirectoryCache, firm: Store) -> None:
    async with firm.transaction() as session:
        leave = await people.add_leave(session, "101", NOW, NOW + timedelta(hours=8))
    await cache.refresh()
    first = route(RouteRequest("+886255501101"), cache.directory, NOW + timedelta(hours=1)).steps[0]
    assert (first.kind, first.agent) == (LegKind.DEPUTY, "102")
    async with firm.transaction() as session:
        assert [one.id for one in await people.list_leaves(session, "101", ending_after=NOW)] == [leave.id]
        await people.remove_leave(session, leave.id)
        with pytest.raises(NotFound):
            await people.remove_leave(session, leave.id)
    await cache.refresh()
    assert cache.directory.agents["101"].leaves == ()


async def test_only_a_change_is_read_again_and_published(firm: Store) -> None:
    bus = LocalBus()
    heard: list[DirectoryChanged] = []
    bus.subscribe(DirectoryChanged, heard.append)
    cache = DirectoryCache(firm, bus)
    assert await cache.refresh()
    assert not await cache.refresh()
    async with firm.transaction() as session:
        await people.set_agent(session, "101", nickname="林哥")
    assert await cache.refresh()
    assert cache.names["101"] == "林哥"
    assert len(heard) == 2
    assert heard[0].revision < heard[1].revision


async def test_the_running_cache_follows_by_itself_and_outlives_the_store(
    cache: DirectoryCache, firm: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti.store.following.POLL_SECONDS", 0.01)
    changed = asyncio.Event()
    cache._bus.subscribe(DirectoryChanged, lambda _: changed.set())
    away, looks = firm.session, asyncio.Semaphore(0)

    def gone() -> None:
        looks.release()
        raise StoreUnavailable("away")

    async with asyncio.TaskGroup() as group:
        running = group.create_task(cache.run())
        monkeypatch.setattr(firm, "session", gone)
        for _ in range(3):
            await looks.acquire()
        assert cache.names["101"] == "小林"
        monkeypatch.setattr(firm, "session", away)
        async with firm.transaction() as session:
            await people.set_agent(session, "101", nickname="林哥")
        await changed.wait()
        assert cache.names["101"] == "林哥"
        running.cancel()


async def test_agents_are_listed_and_found(firm: Store) -> None:
    async with firm.transaction() as session:
        await people.set_agent(session, "102", active=False)
        assert [row.code for row in await people.list_agents(session)] == ["101", "102"]
        assert [row.code for row in await people.list_agents(session, active_only=True)] == ["101"]
        assert (await people.get_agent(session, "101")).mobile == "+886900000101"
        with pytest.raises(NotFound):
            await people.get_agent(session, "nobody\x00")


async def test_a_desk_phone_gets_a_secret_of_its_own(firm: Store) -> None:
    async with firm.session() as session:
        rows = await people.list_agents(session)
    assert len({row.phone_secret for row in rows}) == 2
    assert all(len(row.phone_secret) >= 20 for row in rows)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"extension": "1"}, Invalid),
        ({"extension": "10a"}, Invalid),
        ({"extension": "119"}, Invalid),
        ({"extension": "102"}, Refused),
        ({"mobile": "0255501000"}, Invalid),
        ({"mobile": "abc"}, Invalid),
        ({"deputy": "101"}, Invalid),
        ({"deputy": "999"}, NotFound),
        ({"desk_seconds": 0}, Invalid),
        ({"mobile_seconds": "20"}, Invalid),
        ({"presence": "asleep"}, Invalid),
        ({"name": " "}, Invalid),
        ({"name": "x" * 101}, Invalid),
        ({"code": "105"}, Invalid),
    ],
)
async def test_wrong_changes_are_refused_and_nothing_is_kept(
    firm: Store, changes: dict[str, object], error: type[Exception]
) -> None:
    async with firm.session() as session:
        with pytest.raises(error):
            await people.set_agent(session, "101", nickname="x", **changes)
        await session.rollback()
        assert (await people.get_agent(session, "101")).nickname == "小林"


async def test_wrong_new_things_are_refused(firm: Store) -> None:
    async with firm.session() as session:
        with pytest.raises(Refused):
            await people.add_agent(session, "101", "again")
        with pytest.raises(Invalid):
            await people.add_agent(session, "a!b", "bad code")
        with pytest.raises(NotFound):
            await people.set_group(session, "x", "x", ["999"])
        with pytest.raises(Invalid):
            await people.set_number(session, "101", agent="101")
        with pytest.raises(NotFound):
            await people.set_number(session, "0255509999", group="nobody")
        with pytest.raises(Invalid):
            await people.add_leave(session, "101", NOW, NOW)
        with pytest.raises(Invalid):
            await people.add_leave(session, "101", NOW.replace(tzinfo=None), NOW)


async def test_changing_back_and_clearing(firm: Store) -> None:
    async with firm.transaction() as session:
        people.act_as(session, "lin", mobile_countries=["852"])
        changed = await people.set_agent(session, "101", mobile="+852 9123 4567", deputy=None, extension="")
        assert (changed.mobile, changed.deputy, changed.extension) == ("+85291234567", None, None)
        await people.set_group(session, "company", "全公司", ["101"])
        await people.set_number(session, "+886255501000", label="主線", group="company")
    cache = DirectoryCache(firm, LocalBus())
    await cache.load()
    assert cache.directory.groups["company"].members == ("101",)
    assert len(cache.directory.numbers) == 3
    assert isinstance(cache.rows["101"], AgentRow)
