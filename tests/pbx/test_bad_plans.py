"""A plan that is corrupt, cut, too long, for who has left, or nonsense: a phone rings all the same."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import delete

from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow, NumberRow
from cti.store.revisions import DIRECTORY, bump
from routing.wire import checksum
from tests.pbx import strange_daemon
from tests.pbx.floor import CHEN, MAIN, Floor, direct, outline, until
from tests.pbx.strange_daemon import Behaviour, StrangeDaemon, plan, says

pytestmark = pytest.mark.pbx

CROWD, CROWD_NUMBER = 250, "+886255502000"

_strangers = itertools.count(1)


def signed(body: str, version: str = "RW1") -> str:
    """A plan line whose checksum is right."""
    return f"{version}~{checksum(body)}~{body}"


WHOLE = "p1~carrier~desk!3!d:108:108"
LONG = WHOLE + "".join(f"+d:{code}:{code}" for code in range(10000, 10800))
NONSENSE: dict[str, Behaviour] = {
    "goes without a word": says(),
    "dies in the middle": strange_daemon.dies,
    "another protocol": says(b"HTTP/1.1 400 Bad Request\r\n", b"\r\n"),
    "no command": says(b"LAUNCH MISSILES\n"),
    "another variable": says(f'SET VARIABLE "RW_PLANS" "{signed(WHOLE)}"\n'.encode()),
    "an empty plan": plan(""),
    "another version": plan(signed(WHOLE, "RW2")),
    "a wrong checksum": plan(signed(WHOLE).replace("d:108", "d:107")),
    "half a plan": plan(signed(WHOLE)[:-8]),
    "a plan longer than AGI takes": plan(signed(LONG)),
    "a plan without a step": plan(signed("p1~carrier")),
    "hangs up": says(b"HANGUP\n"),
    "never ends": strange_daemon.never_ends,
    "no line end": strange_daemon.no_line_end,
}


@pytest_asyncio.fixture(autouse=True)
async def mended(floor: Floor) -> AsyncIterator[None]:
    """Whatever a test did, the daemon serves again while the floor is cleared."""
    yield
    if not floor.pbx.runs:
        await floor.pbx.restarted()


async def test_a_daemon_that_talks_nonsense(floor: Floor) -> None:
    """The kept plan rings the one who was dialled."""
    await floor.register("101", "108")
    await floor.kept("101", "desk!3!")
    floor.pbx.kill_daemon()
    numbers = []
    for what, behaviour in NONSENSE.items():
        numbers.append(a_stranger())
        async with StrangeDaemon(floor.pbx.settings.agi_port, behaviour) as daemon:
            caller = await floor.call(numbers[-1], to=direct("101"))
            phone = await floor.rung("101")
            assert daemon.asked == 1, what
            caller.hang_up()
            await phone.until_over()
    assert not floor.desks["108"].calls
    await floor.pbx.restarted_daemon()
    for number, what in zip(numbers, NONSENSE, strict=True):
        record = await floor.record(f"+886{number[1:]}")
        assert (outline(record), record["plan_source"]) == (["desk 101 caller_hung_up"], "kept"), what


async def test_a_plan_that_the_daemon_means_is_executed(floor: Floor) -> None:
    """The same stand-in, by the protocol: what the nonsense above is measured against."""
    await floor.register("101", "108")
    floor.pbx.kill_daemon()
    async with StrangeDaemon(floor.pbx.settings.agi_port, plan(signed(WHOLE))):
        caller = await floor.call(a_stranger(), to=direct("101"))
        phone = await floor.rung("108")
        caller.hang_up()
        await phone.until_over()
    assert not floor.desks["101"].calls


@pytest.mark.parametrize("rotten", [1, 2, 3], ids=["his chain", "and the number's", "and that of all others"])
async def test_a_bit_is_flipped_in_asterisks_own_copy(floor: Floor, rotten: int) -> None:
    """The next net catches the call: the number's plan, that of unknown numbers, then the one in the configuration."""
    kept = [("ringward-chain", "101"), ("ringward-number", MAIN), ("ringward-number", "other")]
    await floor.register("101", "102")
    await floor.kept("101", "desk!3!")
    floor.pbx.kill_daemon()
    for family, key in kept[:rotten]:
        line = (await floor.pbx.cli(f"database get {family} {key}")).partition("Value: ")[2].strip()
        middle = len(line) * 3 // 4
        flipped = line[:middle] + chr(ord(line[middle]) ^ 1) + line[middle + 1 :]
        await floor.pbx.cli(f"database put {family} {key} {flipped}")
    caller = await floor.call(CHEN)
    phones = [await floor.rung("101"), await floor.rung("102")]
    caller.hang_up()
    for phone in phones:
        await phone.until_over()
    await floor.pbx.restarted_daemon()
    record = await floor.record("+886933000222")
    assert record["plan_source"] == ("kept", "kept", "static")[rotten - 1]
    assert {"group 101 caller_hung_up", "group 102 caller_hung_up"} <= set(outline(record))
    await floor.kept("101", "desk!3!", "mobile!4!")


async def test_a_large_group_of_whom_nobody_is_there(floor: Floor, crowd: None) -> None:
    """It makes the longest plan there is; and as not one of its phones can be rung, the company's group is."""
    await floor.register("101", "102")
    number = a_stranger()

    async def grown() -> bool:
        return len(await floor.get("/agents")) > CROWD

    await until(grown, "a daemon that knows the crowd")
    caller = await floor.call(number, to="0255502000")
    phones = [await floor.rung("101"), await floor.rung("102")]
    await phones[1].answer()
    await caller.until_answered()
    caller.hang_up()
    for phone in phones:
        await phone.until_over()
    record = await floor.record(f"+886{number[1:]}")
    assert record["plan_source"] == "daemon"
    (answered,) = [leg for leg in record["legs"] if leg["reason"] == "answered"]
    assert (answered["agent"], answered["kind"], answered["index"]) == ("102", "group", 4)
    assert {leg["reason"] for leg in record["legs"] if leg["index"] < 4} == {"offline"}


@pytest_asyncio.fixture
async def crowd(floor: Floor) -> AsyncIterator[None]:
    """A number of a group of so many agents that a plan for all of them would not fit into an AGI command."""
    codes = [str(9000 + turn) for turn in range(CROWD)]
    async with floor.pbx.database() as store:
        async with store.transaction() as session:
            session.add(GroupRow(code="crowd", name="crowd", seconds=4))
            session.add_all(AgentRow(code=code, name=code, extension=code) for code in codes)
            await session.flush()
            session.add_all(
                GroupMemberRow(group_code="crowd", agent_code=code, position=place) for place, code in enumerate(codes)
            )
            session.add(NumberRow(e164=CROWD_NUMBER, group_code="crowd"))
            await bump(session, DIRECTORY)
        yield
        async with store.transaction() as session:
            await session.execute(delete(NumberRow).where(NumberRow.e164 == CROWD_NUMBER))
            await session.execute(delete(GroupMemberRow).where(GroupMemberRow.group_code == "crowd"))
            await session.execute(delete(GroupRow).where(GroupRow.code == "crowd"))
            await session.execute(delete(AgentRow).where(AgentRow.code.in_(codes)))
            await bump(session, DIRECTORY)


async def test_somebody_who_has_left_while_the_daemon_was_away(floor: Floor) -> None:
    """The kept chain still names him: his desk is unknown to Asterisk, and the chain goes on to his deputy."""
    await floor.register("101", "102")
    await floor.kept("101", "desk!3!")
    floor.pbx.kill_daemon()
    await floor.pbx.ringward("agent", "set", "101", "--inactive")
    try:
        caller = await floor.call(CHEN)
        (await floor.mobile_rung("101")).reject(486)
        phone = await floor.rung("102")
        await phone.answer()
        await caller.until_answered()
        caller.hang_up()
        await phone.until_over()
        await floor.pbx.restarted_daemon()
        record = await floor.record("+886933000222")
        assert outline(record) == ["desk 101 offline", "mobile 101 busy", "deputy 102 answered"]

        async def forgotten() -> bool:
            return "d:101:101" not in (await floor.pbx.cli("database get ringward-chain 101")).partition("~group")[0]

        await until(forgotten, "a kept chain without who has left")
        caller = await floor.call(CHEN)
        phone = await floor.rung("102")
        caller.hang_up()
        await phone.until_over()
    finally:
        await floor.pbx.ringward("agent", "set", "101", "--active")
        await floor.desks["101"].register()
        await floor.everybody("available", ("101",))


def a_stranger() -> str:
    """A number that nobody has called from."""
    return f"09116{next(_strangers):05}"
