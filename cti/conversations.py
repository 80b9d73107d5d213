"""What people do to their own calls beside hanging up and handing on: answer, hold, mute, ask a colleague and join.

Knows the calls, the switch's verbs and what screens show. Must not know HTTP, nor who is logged in.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from cti.asterisk.ari import AriEvent
from cti.asterisk.ari.payload import ChannelHold, ChannelUnhold
from cti.asterisk.events import CallPlaced, CallsJoined, StepStarted
from cti.asterisk.standing import ChannelNow
from cti.bus import Bus
from cti.calls.control import Conversation, conversation, is_on_mobile, ringing_desk
from cti.calls.handled import Asked, handled_now, phones_in, questions_now
from cti.calls.model import INTERNAL, Call, CallChanged, CallState
from cti.calls.tracker import Tracker
from cti.desktop.messages import Handling
from cti.desktop.service import Desktops
from cti.errors import Refused
from routing.model import Target, TargetType

HOLD_SECONDS = 2.0
"""A phone that knows the event has sent its re-INVITE within some hundred milliseconds."""

REMEMBERED = 200
"""Calls begun from the page whose own phone has not been picked up yet."""


class Switch(Protocol):
    """What is needed of `cti.asterisk.control`."""

    async def dial(self, extension: str, number: str, shows: str = "", asks: str = "") -> str: ...

    async def answer(self, channel: str) -> None: ...

    async def hang_up(self, channel: str) -> None: ...

    async def hold(self, channel: str, *, on: bool) -> None: ...

    async def hold_for(self, own: str, party: str) -> None: ...

    async def take_back_for(self, own: str, party: str, *, muted: bool) -> None: ...

    async def end_tone(self, party: str) -> None: ...

    async def mute(self, own: str, *, on: bool, held: bool = False) -> None: ...

    async def join(self, party: str, target: str) -> None: ...


class Conversations:
    """Everybody's conversations on one switch."""

    def __init__(
        self, *, switch: Switch, tracker: Tracker, desktops: Desktops, bus: Bus, now: Callable[[], datetime]
    ) -> None:
        self._switch = switch
        self._tracker = tracker
        self._desktops = desktops
        self._now = now
        self._begun: OrderedDict[str, str] = OrderedDict()
        self._wanted: dict[tuple[str, bool], asyncio.Future[None]] = {}
        self._asked: dict[str, tuple[str, str]] = {}
        self._newer: set[tuple[str, str]] = set()
        bus.subscribe(CallChanged, self._changed)

    def begun(self, linkedid: str, agent: str) -> None:
        """This agent's phone rings for a call that they begin from the page."""
        self._begun[linkedid] = agent
        while len(self._begun) > REMEMBERED:
            self._begun.popitem(last=False)

    async def answer(self, linkedid: str, agent: str) -> None:
        """Have this agent's desk phone pick up.

        Raises:
            Refused: it does not ring. SwitchUnavailable: Asterisk does not answer.
        """
        call = self._tracker.get(linkedid)
        channel = ringing_desk(call, agent) if call is not None else None
        if call is None and self._begun.get(linkedid) == agent:
            channel = linkedid
        if channel is None:
            raise Refused("your desk phone does not ring for this call")
        await self._switch.answer(channel)

    async def hold(self, call: Call, agent: str, *, on: bool) -> None:
        """Have this agent's phone put the other party on hold, or take them back; for a mobile the switch does it.

        Raises:
            Refused: they are not talking, or the phone does not do as it is told.
            SwitchUnavailable: Asterisk does not answer.
        """
        talk = self._talk(call, agent)
        if self._desktops.handlings.of(call.linkedid, agent).held is on:
            return
        if is_on_mobile(call, agent):
            await self._hold_for(call, agent, talk, on=on)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wanted[talk.own, on] = done
        try:
            await self._switch.hold(talk.own, on=on)
            async with asyncio.timeout(HOLD_SECONDS):
                await done
        except TimeoutError:
            raise Refused("this phone cannot be told to hold; press its own hold button") from None
        finally:
            self._wanted.pop((talk.own, on), None)

    async def mute(self, call: Call, agent: str, *, on: bool) -> None:
        """Let nobody hear this agent, or everybody again. Raises as `_talk` and the switch."""
        held = is_on_mobile(call, agent) and self._desktops.handlings.of(call.linkedid, agent).held
        await self._switch.mute(self._talk(call, agent).own, on=on, held=held)
        self._note(call.linkedid, agent, muted=on)

    def heard(self, event: AriEvent) -> None:
        """An event of the switch: a phone has put its far end on hold, from here or by its own button."""
        if not isinstance(event, ChannelHold | ChannelUnhold):
            return
        on, channel = isinstance(event, ChannelHold), event.channel.id
        for call in self._tracker.live():
            for agent in self._desktops.pops_of(call.linkedid):
                talk = conversation(call, agent)
                if talk is not None and talk.own == channel:
                    self._note(call.linkedid, agent, held=on)
        done = self._wanted.get((channel, on))
        if done is not None and not done.done():
            done.set_result(None)

    async def ask(self, call: Call, agent: str, own_desk: str, to: str, extension: str) -> str:
        """Call a colleague from the same phone, who has the caller's card before their own rings. That call's linkedid.

        The desk phone itself holds the first call when it picks up the second.

        Raises:
            Refused: not talking, or asking already. SwitchUnavailable: Asterisk does not answer.
        """
        self._talk(call, agent)
        if self._desktops.handlings.of(call.linkedid, agent).asking is not None:
            raise Refused("you are asking a colleague already")
        if is_on_mobile(call, agent):
            await self.hold(call, agent, on=True)
        asks = "!".join((call.linkedid, agent, own_desk, to, extension))
        linkedid = await self._switch.dial(own_desk, extension, asks=asks)
        self._asks(Asked(linkedid, call.linkedid, agent, own_desk, to, extension))
        return linkedid

    def _asks(self, asked: Asked) -> None:
        """This question has begun, or is found to be going on."""
        linkedid, agent = asked.question, asked.agent
        context = self._desktops.context_of(asked.about)
        if context is not None:
            self._desktops.set_context(linkedid, replace(context, caller=self._desktops.colleague(agent), whys=()))
        self._asked[linkedid] = asked.about, agent
        if self._tracker.get(linkedid) is None:
            self.begun(linkedid, agent)
            self._announce(linkedid, agent, asked.own_desk, Target(TargetType.DESK, asked.to, asked.extension))
        question = self._tracker.get(linkedid)
        state = _how_far(question) if question is not None else "own_phone"
        self._note(asked.about, agent, asking=asked.to, asking_call=linkedid, asking_state=state)

    async def join(self, call: Call, agent: str) -> None:
        """Connect the caller with the colleague who was asked, and leave the two alone.

        Raises:
            Refused: nobody was asked, or they have not answered, or one has hung up: then the agent still has the call.
            SwitchUnavailable: Asterisk does not answer.
        """
        talk = self._talk(call, agent)
        asking = self._desktops.handlings.of(call.linkedid, agent).asking_call
        question = self._tracker.get(asking) if asking is not None else None
        asked = conversation(question, agent) if question is not None else None
        if asked is None:
            raise Refused("the colleague has not answered yet")
        if is_on_mobile(call, agent):
            await self._switch.end_tone(talk.party)
        before = self._tracker.get(call.linkedid)
        # Told first: with the bridge both of the agent's channels end, and the call must not be taken for over.
        self._tracker.handle(
            CallsJoined(
                at=self._now(),
                linkedid=call.linkedid,
                channel=talk.own,
                second=asked.own,
                transferee=talk.party,
                target=asked.party,
            )
        )
        told = self._tracker.get(call.linkedid)
        try:
            await self._switch.join(talk.party, asked.party)
        except Refused:
            if told is not None and before is not None:
                self._tracker.take_back(told, before)
            raise
        for channel in (talk.own, asked.own):
            try:
                await self._switch.hang_up(channel)
            except Refused:
                continue  # the bridge has let it go by itself

    async def _hold_for(self, call: Call, agent: str, talk: Conversation, *, on: bool) -> None:
        if on:
            await self._switch.hold_for(talk.own, talk.party)
        else:
            muted = self._desktops.handlings.of(call.linkedid, agent).muted
            await self._switch.take_back_for(talk.own, talk.party, muted=muted)
        self._note(call.linkedid, agent, held=on)

    # What stands on the switch

    def reading(self) -> frozenset[str]:
        """The switch's channels are about to be read: what is noted from now on is newer than they."""
        self._newer.clear()
        return phones_in(self._tracker.live())

    def stand(self, channels: Mapping[str, ChannelNow]) -> None:
        """The switch has these channels: show what they say of conversations, whatever was remembered."""
        for one in handled_now(self._tracker.live(), channels):
            known = self._desktops.handlings.of(one.linkedid, one.agent)
            if (one.linkedid, one.agent) not in self._newer and (known.held, known.muted) != (one.held, one.muted):
                self._note(one.linkedid, one.agent, held=one.held, muted=one.muted)
        for asked in questions_now(channels):
            call = self._tracker.get(asked.about)
            if asked.question in self._asked or call is None or conversation(call, asked.agent) is None:
                continue
            self._asks(asked)

    def _announce(self, linkedid: str, agent: str, own_desk: str, target: Target) -> None:
        """What the dial plan will note as soon as the agent picks up, told before: so the card is there first."""
        at = self._now()
        self._tracker.handle(
            CallPlaced(
                at=at,
                linkedid=linkedid,
                channel=linkedid,
                channel_name="",
                caller_raw=own_desk,
                caller_name="",
                direction=INTERNAL,
                agent=agent,
                dialled=target.resource,
                shown="",
            )
        )
        self._tracker.handle(
            StepStarted(at=at, linkedid=linkedid, channel=linkedid, index=1, kind="desk", seconds=60, targets=(target,))
        )

    def _talk(self, call: Call, agent: str) -> Conversation:
        """The agent's conversation.

        Raises:
            Refused: they are not talking in this call.
        """
        talk = conversation(call, agent)
        if talk is None:
            raise Refused("you are not talking in this call")
        return talk

    def _note(self, linkedid: str, agent: str, **changes: bool | str | None) -> None:
        self._newer.add((linkedid, agent))
        handlings = self._desktops.handlings
        handlings.set(linkedid, agent, replace(handlings.of(linkedid, agent), **changes))

    def _changed(self, change: CallChanged) -> None:
        call = change.after
        self._begun.pop(call.linkedid, None)
        self._question_changed(call)
        before = change.before
        if before is None or len(before.transfers) >= len(call.transfers) or call.ended is not None:
            return
        for agent in self._desktops.pops_of(call.linkedid):  # another phone: nobody has held or muted on it
            self._desktops.handlings.set(call.linkedid, agent, Handling())

    def _question_changed(self, call: Call) -> None:
        asked = self._asked.get(call.linkedid)
        if asked is None:
            return
        if call.state is CallState.ENDED:
            del self._asked[call.linkedid]
            if self._desktops.handlings.of(*asked).asking_call == call.linkedid:
                self._note(*asked, asking=None, asking_call=None, asking_state=None)
        else:
            if self._desktops.handlings.of(*asked).asking_call == call.linkedid:
                self._note(*asked, asking_state=_how_far(call))


def _how_far(question: Call) -> str:
    """Which of `Handling.asking_state` a question is in."""
    return "talking" if question.state is CallState.TALKING else "ringing" if question.legs else "own_phone"
