"""Who hears who calls: a person who picked up, never a machine; and key 1 accepts at any moment of it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from cti.local.sip_call import SipCall
from tests.pbx import tone_speech
from tests.pbx.floor import CHEN, Floor, direct, outline, until
from tests.pbx.installation import Installation
from tests.pbx.sound import seconds_of, silence, tone

pytestmark = pytest.mark.pbx

WHISPER = 1000
VOICE = 350
"""Hertz. The first is what the test's speech command makes of every sentence, the second what phones say here."""

HALLO = silence(0.2) + tone(VOICE, 0.5) + silence(12)
GREETING = silence(0.3) + tone(VOICE, 5) + silence(1) + tone(2000, 0.5) + silence(8)
SHORT_GREETING_AND_BEEP = tone(VOICE, 2) + silence(1.2) + tone(2000, 0.4) + silence(8)
NOTHING = silence(12)


@pytest.fixture(scope="module")
def spoken(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A daemon whose speech is a tone; the sentences it had spoken stand in this file."""
    file = tmp_path_factory.mktemp("speech") / "texts"
    file.touch()
    command = [sys.executable, tone_speech.__file__, "{file}", str(file)]
    installation.kill_daemon()
    installation.start_daemon(RINGWARD_SPEECH_COMMAND=json.dumps(command))
    yield file
    installation.kill_daemon()  # who comes next starts one that speaks as it should


@pytest_asyncio.fixture
async def texts(spoken: Path, pbx: Installation) -> Path:
    """The sentences, with the daemon at work."""
    await pbx.serves()
    return spoken


@asynccontextmanager
async def picked_up(
    floor: Floor, says: bytes, number: str = CHEN, code: str = "101"
) -> AsyncIterator[tuple[SipCall, SipCall, bytearray]]:
    """A call on somebody's mobile, which picks up and says this; the caller, the mobile, and what it hears."""
    caller = await floor.call(number, to=direct(code))
    phone = await floor.mobile_rung(code)
    heard = phone.keep_sound()
    await phone.answer()
    talking = asyncio.ensure_future(phone.say(says))
    try:
        yield caller, phone, heard
    finally:
        talking.cancel()
        caller.hang_up()
        await phone.until_over()


async def whispered(heard: bytearray) -> None:
    async def so() -> bool:
        return seconds_of(WHISPER, bytes(heard)) > 0.3

    await until(so, "a whisper on the mobile")


async def test_a_person_is_told_who_calls_and_accepts(texts: Path, floor: Floor) -> None:
    async with picked_up(floor, HALLO) as (caller, phone, heard):
        await whispered(heard)
        assert not caller.answered
        assert caller.packets_heard == 0
        await phone.press("1")
        await caller.until_answered()
    assert outline(await floor.record("+886933000222", direct("101")))[-1] == "mobile 101 answered"
    assert "陳太太來電" in texts.read_text()


async def test_a_machine_hears_nothing_of_the_caller(texts: Path, floor: Floor) -> None:
    await floor.register("102", "104", "106")

    async def answers(says: bytes, code: str, deputy: str) -> None:
        async with picked_up(floor, says, f"0922000{code}", code) as (caller, phone, heard):
            following = await floor.rung(deputy)
            await phone.until_over()
            assert len(heard) > 8000  # it was asked to press 1
            assert seconds_of(WHISPER, bytes(heard)) == 0
            assert not caller.answered
            assert caller.packets_heard == 0
            caller.hang_up()
            await following.until_over()
        record = await floor.record(f"+886922000{code}", direct(code))
        assert outline(record)[1] == f"mobile {code} not_accepted"

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(answers(GREETING, "101", "102"))
        tasks.create_task(answers(SHORT_GREETING_AND_BEEP, "103", "104"))
        tasks.create_task(answers(NOTHING, "105", "106"))
    assert "新客戶來電，末三碼一零一" in texts.read_text()  # it was ready


async def test_who_said_nothing_may_ask(texts: Path, floor: Floor) -> None:
    async with picked_up(floor, NOTHING) as (caller, phone, heard):
        await phone.until_heard()
        await until(lambda: about_known(floor), "a whisper that is ready")
        await phone.press("2")
        await whispered(heard)
        await phone.press("1")
        await caller.until_answered()


async def about_known(floor: Floor) -> bool:
    channels = (await floor.pbx.cli("core show channels concise")).splitlines()
    mobile = next((line.split("!")[0] for line in channels if "ringward-accept" in line), None)
    return mobile is not None and "RW_ABOUT=" in await floor.pbx.cli(f"core show channel {mobile}")


async def test_key_1_at_once_accepts_at_once(texts: Path, floor: Floor) -> None:
    async with picked_up(floor, HALLO) as (caller, phone, heard):
        await phone.press("1")
        await caller.until_answered(3)
        assert seconds_of(WHISPER, bytes(heard)) == 0


@pytest.mark.parametrize("does", ["5", "hang up"])
async def test_refused_in_the_middle_of_the_whisper(texts: Path, floor: Floor, does: str) -> None:
    await floor.register("102")
    async with picked_up(floor, HALLO) as (caller, phone, heard):
        await whispered(heard)
        if does == "hang up":
            phone.hang_up()
        else:
            await phone.press(does)
        deputy = await floor.rung("102")
        caller.hang_up()
        await deputy.until_over()
    assert outline(await floor.record("+886933000222", direct("101")))[1] == "mobile 101 not_accepted"


async def test_a_deputys_mobile_is_told_for_whom(texts: Path, floor: Floor) -> None:
    caller = await floor.call(CHEN, to=direct("101"))
    (await floor.mobile_rung("101")).reject(486)
    phone = await floor.mobile_rung("102")
    heard = phone.keep_sound()
    await phone.answer()
    talking = asyncio.ensure_future(phone.say(HALLO))
    await whispered(heard)
    talking.cancel()
    caller.hang_up()
    await phone.until_over()
    assert "代理小林，陳太太來電" in texts.read_text()


async def test_an_agent_is_told_in_their_own_language(texts: Path, floor: Floor) -> None:
    await floor.pbx.ringward("agent", "set", "103", "--language", "en")
    try:

        async def spoken_in_english() -> bool:
            caller = await floor.call("0922000999", to=direct("103"))
            phone = await floor.mobile_rung("103")
            caller.hang_up()
            await phone.until_over()
            return "a new customer is calling, number ending in 9 9 9." in texts.read_text()

        await until(spoken_in_english, "a sentence in English")
    finally:
        await floor.pbx.ringward("agent", "set", "103", "--language", "")


async def test_speech_that_fails_and_a_daemon_that_is_dead_leave_the_plain_prompt(floor: Floor) -> None:
    await floor.pbx.restarted_daemon(RINGWARD_SPEECH_COMMAND=json.dumps(["false", "{file}"]))
    for dead in (False, True):
        if dead:
            floor.pbx.kill_daemon()
        async with picked_up(floor, HALLO) as (caller, phone, heard):
            await until(lambda: _longer(heard, 2.0), "the plain prompt")
            await phone.press("1")
            await caller.until_answered()


async def _longer(heard: bytearray, seconds: float) -> bool:
    return len(heard) > seconds * 8000
