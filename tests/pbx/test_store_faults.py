"""The phones ring and the desktops pop whatever becomes of the database, and its records are complete in the end."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.pbx import test_story
from tests.pbx.databases import Database, PostgresDatabase, SqliteFile
from tests.pbx.floor import CHEN, Desktop, Floor, outline, until
from tests.pbx.installation import Installation, made
from tests.postgres import PostgresServer

pytestmark = pytest.mark.pbx

_strangers = itertools.count(1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server whose database the second installation uses."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="module")
def on_postgres(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A second installation, on PostgreSQL."""
    with made(tmp_path_factory.mktemp("postgres"), postgres.create("ringward")) as running:
        yield running


@pytest_asyncio.fixture(params=["sqlite", "sqlite, readers too", "postgresql"])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Floor, Database]]:
    """A floor, and what can befall its database."""
    database: Database
    if request.param == "postgresql":
        pbx: Installation = request.getfixturevalue("on_postgres")
        database = PostgresDatabase(request.getfixturevalue("postgres"), pbx.settings.database)
    else:
        pbx = request.getfixturevalue("installation")
        if not pbx.runs:
            await pbx.restarted()
        database = SqliteFile(pbx.home / "ringward.sqlite3", readers_too="readers too" in request.param)
    async with Floor(pbx) as floor:
        try:
            yield floor, database
        finally:
            await mended(database)


async def mended(database: Database) -> None:
    """Whatever a test did to it."""
    await database.unlock()
    await database.come_back()


async def test_locked(office: tuple[Floor, Database]) -> None:
    floor, database = office
    await floor.register("101", "102")
    desktops = await floor.desktops("101", "102")
    await database.lock()
    stranger = await calls_go_on(floor, *desktops)
    await database.unlock()
    await all_is_known(floor, stranger)


@pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
async def test_gone(office: tuple[Floor, Database]) -> None:
    floor, database = office
    await floor.register("101", "102")
    desktops = await floor.desktops("101", "102")
    assert await ready(floor) == (200, True)
    await database.vanish()
    assert await ready(floor) == (503, False)
    stranger = await calls_go_on(floor, *desktops)
    assert not (floor.pbx.home / "ringward.sqlite3").exists(), "an empty database would hide that the firm's is gone"
    await database.come_back()
    await until(lambda: serves(floor), "a daemon that has its database back")
    await all_is_known(floor, stranger)


async def test_lost_and_restored_from_a_copy(office_copy: tuple[Floor, Path]) -> None:
    """What was recorded after the copy was made stands in the journal."""
    floor, copy = office_copy
    file = floor.pbx.home / "ringward.sqlite3"
    await floor.register("101", "102")
    with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    between = await a_stranger_gives_up(floor)
    await owed_once(floor, between)
    desktops = await floor.desktops("101", "102")
    for lost in file.parent.glob(f"{file.name}*"):
        lost.unlink()
    assert await ready(floor) == (503, False)
    stranger = await calls_go_on(floor, *desktops)
    shutil.copy(copy, file)
    await until(lambda: serves(floor), "a daemon that has its database back")
    await all_is_known(floor, stranger)
    await floor.pbx.restarted_daemon()
    await owed_once(floor, between)
    assert (await floor.record(f"+886{between[1:]}"))["state"] == "ended"


@pytest_asyncio.fixture
async def office_copy(floor: Floor, tmp_path: Path) -> AsyncIterator[tuple[Floor, Path]]:
    """A floor, and a place for a copy of its database; a lost file is back afterwards."""
    copy, file = tmp_path / "copy.sqlite3", floor.pbx.home / "ringward.sqlite3"
    try:
        yield floor, copy
    finally:
        if not file.exists():
            shutil.copy(copy, file)


async def test_story_one_on_postgresql(on_postgres: Installation) -> None:
    async with Floor(on_postgres) as floor:
        await test_story.test_the_card_is_there_before_the_phone_rings(floor)


async def calls_go_on(floor: Floor, owner: Desktop, deputy: Desktop) -> str:
    """A customer is connected to the deputy by the owner's own chain, and a stranger gives up; who that was."""
    caller = await floor.call(CHEN)
    desk = await floor.rung("101")
    pop = await owner.expect("pop")
    assert pop["caller"]["e164"] == "+886933000222"
    assert [match["name"] for match in pop["matches"]] == ["陳太太"]
    desk.reject(486)
    (await floor.mobile_rung("101")).reject(486)
    phone = await floor.rung("102")
    assert (await deputy.expect("pop"))["leg"]["kind"] == "deputy"
    await phone.answer()
    await caller.until_answered()
    await deputy.expect("call.answered")
    caller.hang_up()
    await phone.until_over()
    await deputy.expect("call.ended")
    return await a_stranger_gives_up(floor)


async def a_stranger_gives_up(floor: Floor) -> str:
    number = f"09113{next(_strangers):05}"
    caller = await floor.call(number)
    phones = [await floor.rung(code) for code in ("101", "102")]
    caller.hang_up()
    for phone in phones:
        await phone.until_over()
    return number


async def all_is_known(floor: Floor, stranger: str) -> None:
    """Both calls are recorded whole, and the stranger is owed one call."""
    record = await floor.shown("+886933000222")
    assert outline(record) == ["desk 101 busy", "mobile 101 busy", "deputy 102 answered"]
    assert record["plan_source"] == "daemon"
    assert record["customer_id"]
    gone = outline(await floor.shown(f"+886{stranger[1:]}"))
    assert {leg for leg in gone if "offline" not in leg} == {"group 101 caller_hung_up", "group 102 caller_hung_up"}
    await owed_once(floor, stranger)


async def owed_once(floor: Floor, number: str) -> None:
    """There is one open promise for this number, of one call."""

    async def owed() -> list[int]:
        promises = await floor.get("/promises?limit=500")
        return [one["attempts"] for one in promises if one["number"] == f"+886{number[1:]}"]

    assert await until(owed, f"a promise to {number}") == [1]


async def ready(floor: Floor) -> tuple[int, bool]:
    """What `/readyz` says: the status, and whether the database can be used."""
    async with aiohttp.ClientSession() as web, web.get(f"{floor.pbx.url}/readyz") as answer:
        return answer.status, (await answer.json())["parts"]["database"]


async def serves(floor: Floor) -> bool:
    """Whether the daemon is ready."""
    return (await ready(floor))[0] == 200
