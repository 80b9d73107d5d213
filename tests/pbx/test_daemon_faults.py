"""The phones ring whatever the daemon does, and its records are complete in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.pbx.floor import CHEN, Desktop, Floor, direct, outline, until
from tests.pbx.installation import Installation

pytestmark = pytest.mark.pbx


@pytest_asyncio.fixture(autouse=True)
async def mended(floor: Floor) -> AsyncIterator[None]:
    """Whatever a test did to it, the daemon serves again while the floor is cleared."""
    yield
    if not floor.pbx.runs:
        await floor.pbx.restarted()


async def test_killed_before_the_ask(floor: Floor) -> None:
    await floor.register("101", "102")
    await floor.kept("101", "desk!3!")
    floor.pbx.kill_daemon()
    caller = await floor.call(CHEN)
    desk = await floor.rung("101")
    phone = await floor.mobile_rung("101")
    await desk.until_over()
    phone.reject(486)
    deputy = await floor.rung("102")
    await deputy.answer()
    await caller.until_answered()
    caller.hang_up()
    await deputy.until_over()
    floor.pbx.start_daemon()
    await floor.pbx.serves()
    record = await floor.shown("+886933000222")
    assert outline(record) == ["desk 101 no_answer", "mobile 101 busy", "deputy 102 answered"]
    assert record["plan_source"] == "kept"
    for leg in record["legs"]:
        # When it rang is only said live; everything else stands in the journal.
        assert record["started"] <= leg["started"] <= leg["ended"]
    assert record["legs"][2]["answered"] == record["answered"]


async def test_killed_during_the_ask(floor: Floor) -> None:
    await floor.register("101")
    floor.pbx.freeze_daemon()
    caller = await floor.call(CHEN)
    await until(lambda: asked(floor.pbx), "the question at the daemon's port")
    floor.pbx.kill_daemon()
    desk = await floor.rung("101")
    await desk.answer()
    await caller.until_answered()
    caller.hang_up()
    await desk.until_over()
    floor.pbx.start_daemon()
    await floor.pbx.serves()
    record = await floor.shown("+886933000222")
    assert outline(record) == ["desk 101 answered"]
    assert record["plan_source"] == "kept"


async def test_killed_while_the_phone_rings(floor: Floor) -> None:
    await floor.register("101")
    caller = await floor.call(CHEN)
    desk = await floor.rung("101")
    floor.pbx.kill_daemon()
    await desk.answer()
    await caller.until_answered()
    caller.hang_up()
    await desk.until_over()
    floor.pbx.start_daemon()
    await floor.pbx.serves()
    record = await floor.shown("+886933000222")
    assert outline(record) == ["desk 101 answered"]
    assert record["plan_source"] == "daemon"
    assert record["legs"][0]["started"] <= record["answered"] <= record["ended"]


async def test_frozen(floor: Floor) -> None:
    await floor.register("101", "102")
    desktop = await floor.desktop("101")
    floor.pbx.freeze_daemon()
    caller = await floor.call(CHEN)
    desk = await floor.rung("101")
    desk.reject(486)
    (await floor.mobile_rung("101")).reject(486)
    deputy = await floor.rung("102")
    await deputy.answer()
    await caller.until_answered()
    floor.pbx.thaw_daemon()
    caller.hang_up()
    await deputy.until_over()
    record = await floor.shown("+886933000222")
    assert outline(record) == ["desk 101 busy", "mobile 101 busy", "deputy 102 answered"]
    assert record["plan_source"] == "kept"
    await desktop.close()
    later = await floor.desktop("101")
    assert later.snapshot["pops"] == []


async def test_a_direct_call_and_a_strangers_while_it_is_down(floor: Floor) -> None:
    await floor.register("103", "104")
    floor.pbx.kill_daemon()
    first = await floor.call("0911000031", to=direct("103"))
    desk = await floor.rung("103")
    second = await floor.call("0911000032")
    member = await floor.rung("104")
    first.hang_up()
    await desk.until_over()
    await member.answer()
    await second.until_answered()
    second.hang_up()
    await member.until_over()
    floor.pbx.start_daemon()
    await floor.pbx.serves()
    assert outline(await floor.record("+886911000031")) == ["desk 103 caller_hung_up"]
    legs = outline(await floor.record("+886911000032"))
    assert [leg for leg in legs if "offline" not in leg] in (
        ["group 103 busy", "group 104 answered"],
        ["group 103 answered_elsewhere", "group 104 answered"],
    )
    assert len(legs) == 8


async def test_restarted_in_mid_call_brings_the_pop_back(floor: Floor) -> None:
    await floor.register("101")
    async with floor.ringing_long("101"):
        await restarted_in_mid_call(floor)


async def restarted_in_mid_call(floor: Floor) -> None:
    """While it rings, and again while they talk; the phone rings longer than a daemon needs to come back."""
    before = await floor.desktop("101")
    caller = await floor.call(CHEN)
    desk = await floor.rung("101")
    pop = await before.expect("pop")
    await floor.pbx.restarted_daemon()
    after = await floor.desktop("101")
    (kept,) = after.snapshot["pops"]
    if kept["card"] is None:
        kept |= await after.expect("pop.card")
    same = ("call_id", "caller", "dialled", "leg", "matches", "card", "tried")
    assert {name: kept[name] for name in same} == {name: pop[name] for name in same}
    await desk.answer()
    await caller.until_answered()
    await after.expect("call.answered")
    await after.close()
    await floor.pbx.restarted_daemon()
    talking = await floor.desktop("101")
    (kept,) = talking.snapshot["pops"]
    assert kept["state"] == "talking"
    caller.hang_up()
    await talking.expect("call.ended", reason="completed")
    assert outline(await floor.shown("+886933000222")) == ["desk 101 answered"]


async def test_a_phone_that_came_while_the_daemon_was_away_is_known(floor: Floor) -> None:
    floor.pbx.kill_daemon()
    phone = floor.phone("105")
    async with phone:
        await phone.register()
        floor.pbx.start_daemon()
        await floor.pbx.serves()
        await floor.everybody("available", ("105",))
    await floor.everybody("offline", ("105",))


async def test_asterisk_restarted(floor: Floor) -> None:
    await floor.pbx.cli("database deltree ringward-chain")
    await floor.pbx.cli("database del ringward-number 0255501000")
    floor.pbx.stop_asterisk()
    await floor.pbx.restarted_asterisk()
    await floor.pbx.serves()
    await floor.kept("101", "desk!3!", "mobile!4!")
    await floor.register("101")
    desktop = await floor.desktop("101")
    caller = await floor.call(CHEN)
    desk = await floor.rung("101")
    await desktop.expect("pop")
    await desk.answer()
    await caller.until_answered()
    await desktop.expect("call.answered")
    caller.hang_up()
    assert outline(await floor.record("+886933000222")) == ["desk 101 answered"]


async def test_asterisk_dies_in_mid_call_and_its_store_with_it(floor: Floor) -> None:
    await floor.register("101")
    desktop = await floor.desktop("101")
    await floor.call(CHEN)
    await floor.rung("101")
    pop = await desktop.expect("pop")
    floor.pbx.kill_asterisk()
    # Killed, it may have lost the last second of its store anyway: phones that had left would be back.
    for file in (floor.pbx.home / "asterisk" / "lib").glob("astdb.sqlite3*"):
        file.unlink()
    await floor.pbx.restarted_asterisk()
    await desktop.expect("pop.withdrawn", call_id=pop["call_id"], seconds=30)
    record = await floor.record("+886933000222")
    assert record["state"] == "ended"
    assert [leg["agent"] for leg in record["legs"]] == ["101"]
    await floor.kept("101", "desk!3!", "mobile!4!")


async def test_the_lines_are_cut_in_mid_call(floor: Floor) -> None:
    """Between daemon and Asterisk one line goes dead, or both; what happens meanwhile is known afterwards."""
    await floor.register("101", "102")
    settings = floor.pbx.settings
    async with floor.ringing_long("101", "102"), Cable(settings.ari_port) as ari, Cable(settings.ami_port) as ami:
        await floor.pbx.restarted_daemon(RINGWARD_ARI_PORT=str(ari.port), RINGWARD_AMI_PORT=str(ami.port))
        await floor.everybody("available", ("101", "102"))
        owner, deputy = await floor.desktops("101", "102")
        for number, cables in (("0911000041", (ari,)), ("0911000042", (ami,)), ("0911000043", (ari, ami))):
            await cut_in_mid_call(floor, owner, deputy, number, cables)
            await floor.pbx.serves()
        await floor.pbx.restarted_daemon()


async def cut_in_mid_call(
    floor: Floor, owner: Desktop, deputy: Desktop, number: str, cables: tuple[Cable, ...]
) -> None:
    """The desk rings, these lines are cut, desk and mobile refuse; the lines come back while the deputy is rung."""
    caller = await floor.call(number, to=direct("101"))
    desk = await floor.rung("101")
    pop = await owner.expect("pop")
    for cable in cables:
        await cable.cut()
    desk.reject(486)
    (await floor.mobile_rung("101")).reject(486)
    phone = await floor.rung("102")
    for cable in cables:
        cable.mend()
    moved = await deputy.expect("pop", call_id=pop["call_id"], seconds=30)
    while [one["reason"] for one in moved["tried"]] != ["busy", "busy"]:
        # The end of a step may be heard of before its phone's own hang-up, which says why.
        moved = await deputy.expect("pop.moved", call_id=pop["call_id"])
    await owner.expect("pop.withdrawn", call_id=pop["call_id"])
    await phone.answer()
    await caller.until_answered()
    await deputy.expect("call.answered", call_id=pop["call_id"])
    caller.hang_up()
    await phone.until_over()
    legs = outline(await floor.record(f"+886{number[1:]}"))
    assert legs == ["desk 101 busy", "mobile 101 busy", "deputy 102 answered"]
    await deputy.expect("call.ended", call_id=pop["call_id"])


async def asked(pbx: Installation) -> bool:
    """Whether somebody is connected to the FastAGI port and waits for an answer."""
    port = f":{pbx.settings.agi_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        if local.endswith(port) and state == "01":
            return True
    return False


class Cable:
    """A line between daemon and Asterisk that can be cut: connections end, and new ones are refused."""

    def __init__(self, far: int) -> None:
        self._far = far
        self._whole = True
        self._joined: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Where the daemon connects."""
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Cable:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """End every connection."""
        self._whole = False
        for task in tuple(self._joined):
            task.cancel()
        await asyncio.gather(*self._joined, return_exceptions=True)

    def mend(self) -> None:
        """Connections go through again."""
        self._whole = True

    async def _join(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._joined.add(task)
        there = None
        try:
            if not self._whole:
                return
            far, there = await asyncio.open_connection("127.0.0.1", self._far)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(near, there))
                both.create_task(_pass_on(far, back))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            return
        finally:
            self._joined.discard(task)
            for writer in (back, there):
                if writer is not None:
                    writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError
