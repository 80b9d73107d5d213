"""Tells the dial plan, leg by leg, what it may whisper on a mobile and whether a person listens.

The sentence is spoken while the phones ring, beside the call, which never waits for it: a leg without it has the plain
prompt. What reaches the dial plan are three variables on the called channel: `RW_ABOUT` (the sound's name), `RW_TONGUE`
(the prompts' language) and `RW_PERSON`. Must not know how a call is routed or recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import structlog

from cti.asterisk.ari.payload import AriEvent
from cti.asterisk.parse_ari import talk_finished
from cti.bus import Bus
from cti.calls.model import Call, CallChanged, Leg
from cti.calls.reasons import is_mobile
from cti.customers.model import CallerMatch
from cti.desktop.pops import PopContext
from cti.errors import RingwardError
from cti.mobile.person import is_person
from cti.mobile.speech import SpeechFailed
from cti.mobile.words import Heard, sentence
from cti.reports.decided import PlanDecided
from routing.model import TargetType

log = structlog.get_logger(__name__)

Mode = Literal["person", "open", "key", "off"]

MOST_WAITING = 16
"""Sentences that wait to be spoken: in a flood of calls the next ones have the plain prompt, not a whisper too late."""


class Speaker(Protocol):
    """What is needed of `Speech`."""

    async def make(self, text: str, language: str) -> str: ...


class Channels(Protocol):
    """What is needed of AMI."""

    async def set_variable(self, channel: str, name: str, value: str) -> None: ...


@dataclass(slots=True)
class _Mobile:
    """A mobile's leg while it lives."""

    picked_up: datetime | None = None
    judged: bool = False
    person: bool = False
    about: str | None = None


class Whispers:
    """`run()` must run; `start()` before the switch's clients do."""

    def __init__(
        self,
        *,
        mode: Mode,
        speech: Speaker,
        channels: Channels,
        context: Callable[[str], PopContext | None],
        lookup: Callable[[str], tuple[CallerMatch, ...]],
        names: Callable[[], Mapping[str, str]],
        language: Callable[[str | None], str],
        now: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self._mode = mode
        self._speech = speech
        self._channels = channels
        self._context = context
        self._lookup = lookup
        self._names = names
        self._language = language
        self._now = now
        self._zone = zone
        self._mobiles: dict[str, _Mobile] = {}
        self._jobs: asyncio.Queue[Coroutine[Any, Any, None]] = asyncio.Queue()
        self._waiting = 0

    def start(self, bus: Bus) -> None:
        """Follow plans and calls. What is said on a mobile comes through `heard`."""
        bus.subscribe(PlanDecided, self._plan_decided)
        bus.subscribe(CallChanged, self._call_changed)

    async def run(self) -> None:
        """Do what came up, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(_guarded(await self._jobs.get()))

    def heard(self, event: AriEvent) -> None:
        """An event of the switch: somebody on a mobile has stopped talking. Others are left alone."""
        talk = talk_finished(event)
        if talk is None or self._mode != "person":
            return
        channel, at, length = talk
        mobile = self._mobiles.get(channel)
        if mobile is None or mobile.judged or mobile.picked_up is None:
            return
        mobile.judged = True
        mobile.person = is_person(mobile.picked_up, at, timedelta(milliseconds=length))
        if mobile.person and mobile.about is not None:
            self._do(self._set(channel, "RW_PERSON", "1"))

    # From plan and call to jobs

    def _plan_decided(self, decided: PlanDecided) -> None:
        if self._mode == "off":
            return
        wanted: set[tuple[str, str]] = set()
        for step in decided.plan.steps:
            for target in step.targets:
                if target.type is TargetType.MOBILE and target.passed is None:
                    language = self._language(target.agent)
                    wanted.add((self._text(decided.linkedid, step.why.stands_for, language), language))
        for text, language in sorted(wanted):
            self._do(self._prepare(text, language))

    def _call_changed(self, change: CallChanged) -> None:
        call = change.after
        for leg in call.legs:
            if leg.channel is None or not is_mobile(leg):
                continue
            if leg.ended is not None or call.ended is not None:
                self._mobiles.pop(leg.channel, None)
            elif leg.channel not in self._mobiles:
                self._mobiles[leg.channel] = _Mobile(leg.picked_up)
                self._do(self._tell(leg.channel, call, leg))
            elif leg.picked_up is not None:
                self._mobiles[leg.channel].picked_up = leg.picked_up

    def _do(self, job: Coroutine[Any, Any, None]) -> None:
        self._jobs.put_nowait(job)

    # Jobs

    async def _prepare(self, text: str, language: str) -> None:
        await self._spoken(text, language)

    async def _spoken(self, text: str, language: str) -> str:
        if self._waiting >= MOST_WAITING:
            raise SpeechFailed("too many sentences wait to be spoken")
        self._waiting += 1
        try:
            return await self._speech.make(text, language)
        finally:
            self._waiting -= 1

    async def _tell(self, channel: str, call: Call, leg: Leg) -> None:
        language = self._language(leg.agent)
        if language == "en":
            await self._set(channel, "RW_TONGUE", "-en")
        if self._mode == "off":
            return
        context = self._context(call.linkedid)
        why = context.why(call, leg.index) if context is not None else None
        stands_for = why.stands_for if why is not None else None
        about = await self._spoken(self._text(call.linkedid, stands_for, language), language)
        mobile = self._mobiles.get(channel)
        if mobile is None:
            return  # it stopped ringing meanwhile
        await self._set(channel, "RW_ABOUT", about)
        mobile.about = about
        if self._mode == "open" or mobile.person:
            await self._set(channel, "RW_PERSON", "1")

    async def _set(self, channel: str, name: str, value: str) -> None:
        await self._channels.set_variable(channel, name, value)

    def _text(self, linkedid: str, stands_for: str | None, language: str) -> str:
        context = self._context(linkedid)
        caller = context.caller if context is not None else None
        e164 = caller.e164 if caller is not None else None
        matches = context.matches if context is not None else ()
        known = self._lookup(e164) if e164 is not None and len(matches) == 1 else ()
        heard = Heard(
            names=tuple(match.name for match in matches),
            e164=e164,
            withheld=caller is not None and caller.withheld,
            travelling=bool(known) and known[0].travelling,
            card=context.card if context is not None else None,
            for_whom=self._names().get(stands_for, stands_for) if stands_for is not None else None,
        )
        return sentence(heard, language, self._now().astimezone(self._zone).date())


async def _guarded(job: Coroutine[Any, Any, None]) -> None:
    try:
        await job
    except SpeechFailed as error:
        log.warning("whisper.no_speech", reason=str(error))
    except RingwardError as error:
        # The channel has gone, or Asterisk has: there is nobody to whisper to.
        log.info("whisper.not_told", reason=str(error))
    except Exception:
        log.exception("whisper.failed")
