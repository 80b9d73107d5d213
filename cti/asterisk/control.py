"""What a person may have the switch do to a call: begin, answer, hold, mute, hand on, join, listen, hang up.

Over ARI where it can, for its account needs no class of AMI that has been a way to run code; over AMI what ARI refuses
for channels outside Stasis. Everything is sent once and never again. Must not know calls, nor who may ask for what.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from cti.asterisk.ami_link import AmiReply
from cti.asterisk.ari.errors import AriNotFound, AriRefused
from cti.asterisk.standing import ChannelNow, Mark, channels_now
from cti.errors import Invalid, Refused

RING_SECONDS = 30
"""How long the agent's own phone rings before the call is given up."""

_MODE = re.compile(r"(listen|whisper|barge)\Z")
_EXTENSION = re.compile(r"[0-9A-Za-z_.-]{1,40}\Z")
_NUMBER = re.compile(r"\+?[0-9]{1,40}\Z")
_SHOWN = re.compile(r"[0-9A-Za-z+]{1,40}\Z")
_CHANNEL = re.compile(r"[0-9A-Za-z_.-]{1,150}\Z")
_SILENT = "-32767"
"""Each sample divided by the largest there is: the frames go on, for the tone of hold is mixed into them, and nothing
is in them. `MuteAudio` would keep the frames themselves."""

_MARK = re.compile(r"[0-9A-Za-z_.,+!-]{1,400}\Z")


class Channels(Protocol):
    """What is needed of ARI's `channels`."""

    async def originate(self, **parameters: Any) -> Any: ...

    async def hangup(self, **parameters: Any) -> Any: ...


class Ari(Protocol):
    """What is needed of the ARI client."""

    @property
    def channels(self) -> Any: ...


class Ami(Protocol):
    """What is needed of the AMI client."""

    async def demand(self, action: str, **fields: str | int) -> AmiReply: ...


class CallControl:
    """One switch."""

    def __init__(self, ari: Ari, ami: Ami) -> None:
        self._ari = ari
        self._ami = ami

    async def dial(self, extension: str, number: str, shows: str = "", asks: str = "") -> str:
        """Ring that desk phone; once it is picked up it dials `number`, by the dial plan for desk phones.

        `shows`: what the phone shows while it rings, `number` unless given. `asks`: `Mark.ASKS`, when the call is about
        another. Returns the linkedid that the call will have. Whether the number may be called the dial plan decides,
        too.

        Raises:
            Invalid: an extension or a number that is none.
            Refused: the phone cannot be rung.
            SwitchUnavailable: Asterisk does not answer; whether it rings is not known, and it is not sent again.
        """
        _fits(extension, _EXTENSION, "extension")
        _fits(number, _NUMBER, "number")
        _fits(shows or number, _SHOWN, "number")
        marks = {Mark.ASKS: _fits(asks, _MARK, "mark")} if asks else {}
        return await self._ring(extension, "ringward-phones", number, callerId=shows or number, variables=marks)

    async def answer(self, channel: str) -> None:
        """Tell a ringing phone to pick up, in its own call (NOTIFY with the event `talk`).

        Phones that do not know the event go on ringing, and nobody hears of it.

        Raises:
            Refused: it has gone, or is no SIP phone.
            SwitchUnavailable: Asterisk does not answer.
        """
        _fits(channel, _CHANNEL, "channel")
        try:
            await self._ami.demand("PJSIPNotify", Channel=channel, Variable="Event=talk")
        except Refused as error:
            raise Refused("this phone does not ring any more") from error

    async def hold(self, channel: str, *, on: bool) -> None:
        """Tell a phone to put its far end on hold, or to take it back (NOTIFY with the event `hold` or `talk`).

        That it did the switch tells as `ChannelHold` and `ChannelUnhold`; phones that do not know the event do nothing.

        Raises:
            Refused: it has gone, or is no SIP phone.
            SwitchUnavailable: Asterisk does not answer.
        """
        _fits(channel, _CHANNEL, "channel")
        try:
            await self._ami.demand("PJSIPNotify", Channel=channel, Variable=f"Event={'hold' if on else 'talk'}")
        except Refused as error:
            raise Refused("this call is over") from error

    async def hold_for(self, own: str, party: str) -> None:
        """Put `party` on hold for a phone that cannot: neither hears the other, and `party` a tone now and then.

        The bridge stays as it is, so hanging up on either side is what it always is.

        Raises:
            Refused: one of the two has gone.
            SwitchUnavailable: Asterisk does not answer.
        """
        _fits(own, _CHANNEL, "channel")
        _fits(party, _CHANNEL, "channel")
        try:
            # First, for it is all that can fail while the two are there: then nothing has changed.
            tone = await self._ari.channels.originate(
                endpoint="Local/s@ringward-hold-tone/n",
                context="ringward-listen",
                extension="held",
                priority=1,
                timeout=RING_SECONDS,
                formats="slin",
                variables={"RW_WATCHED": party},
            )
            await self._mark(party, Mark.TONE, str(tone.json["name"]))
            await self._silence(own, on=True)
            await self._ami.demand("MuteAudio", Channel=own, Direction="in", State="off")
            await self._mark(own, Mark.HELD, "1")
        except (AriNotFound, Refused) as error:
            raise Refused("this call is over") from error

    async def take_back_for(self, own: str, party: str, *, muted: bool) -> None:
        """End what `hold_for` began; who was `muted` still is. Raises as `hold_for`.

        The mark never says that nobody hears somebody who is heard, whatever fails in between.
        """
        _fits(own, _CHANNEL, "channel")
        await self.end_tone(party)
        try:
            await self._ami.demand("MuteAudio", Channel=own, Direction="in", State="on" if muted else "off")
            await self._mark(own, Mark.HELD, "")
            await self._silence(own, on=False)
        except Refused as error:
            raise Refused("this call is over") from error

    async def end_tone(self, party: str) -> None:
        """Whoever was on hold hears the tone no longer. Raises as `hold_for`."""
        _fits(party, _CHANNEL, "channel")
        try:
            tone = (await self._ami.demand("Getvar", Channel=party, Variable=Mark.TONE)).fields.get("Value", "")
            await self._mark(party, Mark.TONE, "")
        except Refused as error:
            raise Refused("this call is over") from error
        if tone:
            try:
                await self._ami.demand("Hangup", Channel=tone)
            except Refused:
                return  # it has ended by itself

    async def _silence(self, own: str, *, on: bool) -> None:
        await self._ami.demand("Setvar", Channel=own, Variable="VOLUME(RX)", Value=_SILENT if on else "0")
        await self._ami.demand("MuteAudio", Channel=own, Direction="out", State="on" if on else "off")

    async def mute(self, own: str, *, on: bool, held: bool = False) -> None:
        """Nobody hears what is said into this phone, or everybody again. Raises as `hold`.

        `held`: `hold_for` silences it already; `take_back_for` is to be told. The mark never says that nobody hears
        somebody who is heard, whatever fails between the two.
        """
        _fits(own, _CHANNEL, "channel")
        try:
            if not on:
                await self._mark(own, Mark.MUTED, "")
            if not held:
                await self._ami.demand("MuteAudio", Channel=own, Direction="in", State="on" if on else "off")
            if on:
                await self._mark(own, Mark.MUTED, "1")
        except Refused as error:
            raise Refused("this call is over") from error

    async def join(self, party: str, target: str) -> None:
        """Connect two channels that are in conversations with the same phone; that phone's calls are to be hung up.

        Raises:
            Refused: one of the two has gone.
            SwitchUnavailable: Asterisk does not answer.
        """
        _fits(party, _CHANNEL, "channel")
        _fits(target, _CHANNEL, "channel")
        try:
            await self._ami.demand("Bridge", Channel1=party, Channel2=target)
        except Refused as error:
            raise Refused("one of the two has hung up") from error

    async def watch(self, extension: str, channel: str, mode: str, shows: str, watches: str = "") -> str:
        """Ring that desk phone; once picked up it hears what `channel` hears and says. Returns its channel.

        `mode`: `listen`, `whisper` (only `channel` hears it) or `barge` (everybody does). `watches`: `Mark.WATCHES`.

        Raises:
            Invalid, Refused, SwitchUnavailable: as `dial`.
        """
        _fits(extension, _EXTENSION, "extension")
        _fits(channel, _CHANNEL, "channel")
        _fits(mode, _MODE, "mode")
        _fits(shows, _SHOWN, "number")
        about = {"RW_WATCHED": channel}
        if watches:
            about[Mark.WATCHES] = _fits(watches, _MARK, "mark")
        return await self._ring(extension, "ringward-listen", mode, callerId=shows, variables=about)

    async def watch_as(self, channel: str, mode: str, watches: str = "") -> None:
        """Go on from listening to whispering or barging, or back; `watches` as for `watch`. Raises as `answer`."""
        _fits(channel, _CHANNEL, "channel")
        _fits(mode, _MODE, "mode")
        try:
            await self._ami.demand("Redirect", Channel=channel, Context="ringward-listen", Exten=mode, Priority=1)
            if watches:
                await self._mark(channel, Mark.WATCHES, _fits(watches, _MARK, "mark"))
        except Refused as error:
            raise Refused("nobody listens any more") from error

    async def channels_now(self, phones: Collection[str]) -> Mapping[str, ChannelNow]:
        """Every channel as it stands, by unique id. As `cti.asterisk.standing.channels_now`."""
        return await channels_now(self._ami, phones)

    async def _mark(self, channel: str, mark: Mark, value: str) -> None:
        await self._ami.demand("Setvar", Channel=channel, Variable=mark, Value=value)

    async def _ring(self, extension: str, context: str, exten: str, **more: Any) -> str:
        try:
            channel = await self._ari.channels.originate(
                endpoint=f"PJSIP/{extension}",
                context=context,
                extension=exten,
                priority=1,
                timeout=RING_SECONDS,
                **more,
            )
        except (AriNotFound, AriRefused) as error:
            raise Refused(f"the phone {extension} cannot be rung now") from error
        return str(channel.id)

    async def hang_up(self, channel: str) -> None:
        """Hang up one channel; whoever it was connected with goes, too.

        Raises:
            Refused: it has gone already.
            SwitchUnavailable: Asterisk does not answer.
        """
        _fits(channel, _CHANNEL, "channel")
        try:
            await self._ari.channels.hangup(channelId=channel)
        except AriNotFound as error:
            raise Refused("this call is over") from error

    async def hand_on(self, channel: str, extension: str) -> None:
        """Do what a blind transfer by the phone on `channel` would do.

        Raises:
            Refused: it is in no conversation, or has gone.
            SwitchUnavailable: Asterisk does not answer.
        """
        _fits(channel, _CHANNEL, "channel")
        _fits(extension, _EXTENSION, "extension")
        try:
            await self._ami.demand("BlindTransfer", Channel=channel, Context="ringward-transfer", Exten=extension)
        except Refused as error:
            raise Refused("this call cannot be handed on now: nobody is connected") from error


def _fits(text: str, form: re.Pattern[str], what: str) -> str:
    """Nothing that is sent to the switch has room for a line end, a second application or another context."""
    if not form.match(text):
        raise Invalid(f"{what}: {text[:40]!r} is none")
    return text
