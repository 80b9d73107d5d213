"""What the dial plan is told of each mobile's leg, whatever order sound, pick-up and first word come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from cti.asterisk.ari.payload import decode_event
from cti.bus import LocalBus
from cti.calls.model import Call, CallChanged, Leg
from cti.desktop.messages import Caller, Match
from cti.desktop.pops import PopContext
from cti.errors import SwitchUnavailable
from cti.mobile import whispers
from cti.mobile.speech import SpeechFailed
from cti.mobile.whispers import Mode, Whispers
from cti.reports.decided import PlanDecided
from routing.model import LegKind, RoutePlan, Step, Target, TargetType, Why, WhyCode

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
MOBILE = Target(TargetType.MOBILE, "101", "0900000101")
DEPUTY = Target(TargetType.MOBILE, "102", "0900000102")
WHYS = (Why(WhyCode.OWNER_MOBILE, "101"), Why(WhyCode.DEPUTY_MOBILE, "102", stands_for="101"))
PLAN = RoutePlan("p1", (Step(LegKind.MOBILE, (MOBILE,), 20, WHYS[0]), Step(LegKind.DEPUTY, (DEPUTY,), 20, WHYS[1])))
CHEN = PopContext(Caller("0933000222", "+886933000222", ""), (Match(1, "陳太太", "a", "number"),), None, WHYS)


class Switch:
    """Asterisk's channels and a speech command, both of paper."""

    def __init__(self) -> None:
        self.set: list[tuple[str, str, str]] = []
        self.spoken: list[str] = []
        self.may_speak = asyncio.Event()
        self.may_speak.set()
        self.broken = False

    async def make(self, text: str, language: str) -> str:
        await self.may_speak.wait()
        if self.broken:
            raise SpeechFailed("the speech command false ended with status 1")
        self.spoken.append(text)
        return f"{language}:{text}"

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        if channel == "gone":
            raise SwitchUnavailable("Asterisk's AMI is not connected")
        self.set.append((channel, name, value))


class Stage:
    def __init__(self, mode: Mode, languages: dict[str, str]) -> None:
        self.switch, self.bus = Switch(), LocalBus()
        self.context = CHEN
        self.whispers = Whispers(
            mode=mode,
            speech=self.switch,
            channels=self.switch,
            context=lambda _: self.context,
            lookup=lambda _: (),
            names=lambda: {"101": "小林"},
            language=lambda agent: languages.get(agent or "", "zh-Hant"),
            now=lambda: AT,
            zone=ZoneInfo("Asia/Taipei"),
        )
        self.whispers.start(self.bus)

    def leg(self, *, index: int = 1, agent: str = "101", channel: str = "c1", **fields: Any) -> None:
        endpoint = f"PJSIP/0900000{agent}@carrier"
        leg = Leg(index=index, kind="mobile", agent=agent, endpoint=endpoint, seconds=20, channel=channel, **fields)
        self.bus.publish(CallChanged(None, Call(linkedid="1.1", legs=(leg,), plan_source="daemon")))

    def said(self, milliseconds: int, after: float = 1.6) -> None:
        at = (AT + timedelta(seconds=after)).isoformat()
        text = (
            f'{{"type":"ChannelTalkingFinished","timestamp":"{at}","duration":{milliseconds},'
            '"channel":{"id":"c1","name":"PJSIP/carrier-1","state":"Up"}}'
        )
        event = decode_event(text)
        assert event is not None
        self.whispers.heard(event)

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not so():
                await asyncio.sleep(0)


@asynccontextmanager
async def stage(mode: Mode = "person", **languages: str) -> AsyncIterator[Stage]:
    one = Stage(mode, {code.removeprefix("of_"): language for code, language in languages.items()})
    running = asyncio.ensure_future(one.whispers.run())
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_every_mobile_of_a_plan_is_spoken_for_before_it_rings() -> None:
    async with stage() as one:
        one.bus.publish(PlanDecided("1.1", AT, PLAN))
        await one.until(lambda: len(one.switch.spoken) == 2)
        assert set(one.switch.spoken) == {"陳太太來電。", "代理小林，陳太太來電。"}


async def test_after_a_transfer_and_in_a_queues_next_try_it_is_said_for_whom_the_deputy_rings() -> None:
    async with stage() as one:
        one.context = replace(CHEN, base=2)
        one.leg(index=3)
        one.leg(index=4, agent="102", channel="c2")
        await one.until(lambda: len(one.switch.set) == 2)
        one.context = CHEN
        one.leg(index=1002, agent="102", channel="c3")
        await one.until(lambda: len(one.switch.set) == 3)
        assert [said for _, _, said in one.switch.set] == [
            "zh-Hant:陳太太來電。",
            "zh-Hant:代理小林，陳太太來電。",
            "zh-Hant:代理小林，陳太太來電。",
        ]


async def test_a_person_is_told() -> None:
    async with stage() as one:
        one.leg()
        await one.until(lambda: bool(one.switch.set))
        one.leg(picked_up=AT)
        one.said(500)
        await one.until(lambda: len(one.switch.set) == 2)
        assert one.switch.set == [("c1", "RW_ABOUT", "zh-Hant:陳太太來電。"), ("c1", "RW_PERSON", "1")]


async def test_a_person_who_spoke_before_the_sound_was_ready_is_told_then() -> None:
    async with stage() as one:
        one.switch.may_speak.clear()
        one.leg(picked_up=AT)
        one.said(500)
        one.switch.may_speak.set()
        await one.until(lambda: ("c1", "RW_PERSON", "1") in one.switch.set)
        assert one.switch.set[0][1] == "RW_ABOUT"


async def test_only_the_first_word_counts() -> None:
    async with stage() as one:
        one.leg(picked_up=AT)
        await one.until(lambda: bool(one.switch.set))
        one.said(5000, after=6)
        one.said(400, after=7.5)
        one.leg(index=2, agent="102", channel="c2")
        await one.until(lambda: len(one.switch.set) == 2)
        assert "RW_PERSON" not in {name for _, name, _ in one.switch.set}


@pytest.mark.parametrize(("mode", "names"), [("open", ["RW_ABOUT", "RW_PERSON"]), ("key", ["RW_ABOUT"]), ("off", [])])
async def test_the_other_settings(mode: Mode, names: list[str]) -> None:
    async with stage(mode, of_102="en") as one:
        one.leg(picked_up=AT)
        one.said(500)
        one.leg(index=2, agent="102", channel="c2")
        await one.until(lambda: ("c2", "RW_TONGUE", "-en") in one.switch.set)
        await one.until(lambda: [name for channel, name, _ in one.switch.set if channel == "c1"] == names)
        assert bool(one.switch.spoken) is (mode != "off")


async def test_what_fails_is_nobody_elses_trouble() -> None:
    async with stage() as one:
        one.leg(channel="gone")
        one.switch.broken = True
        one.bus.publish(PlanDecided("1.1", AT, PLAN))
        one.leg(channel="c0")
        await one.until(lambda: one.whispers._jobs.empty())
        one.switch.broken = False
        one.leg()
        await one.until(lambda: bool(one.switch.set))


async def test_in_a_flood_the_rest_has_the_plain_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whispers, "MOST_WAITING", 2)
    async with stage() as one:
        one.switch.may_speak.clear()
        for place in range(5):
            one.leg(channel=f"c{place}")
        await one.until(lambda: one.whispers._jobs.empty() and one.whispers._waiting == 2)
        one.switch.may_speak.set()
        await one.until(lambda: len(one.switch.set) == 2)
        assert len(one.switch.spoken) == 2


async def test_a_leg_that_ended_is_told_nothing() -> None:
    async with stage() as one:
        one.switch.may_speak.clear()
        one.leg()
        await one.until(lambda: one.whispers._waiting == 1)
        one.leg(ended=AT)
        one.switch.may_speak.set()
        await one.until(lambda: one.whispers._waiting == 0)
        assert one.switch.set == []
