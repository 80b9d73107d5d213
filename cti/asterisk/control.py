"""What a person may have the switch do to a call: begin one from a desk, hang up, hand it on.

Over ARI where it can, for its account needs no class of AMI that has been a way to run code; over AMI what ARI refuses
for channels outside Stasis. Everything is sent once and never again. Must not know calls, nor who may ask for what.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from cti.asterisk.ami_link import AmiReply
from cti.asterisk.ari.errors import AriNotFound
from cti.errors import Invalid, Refused

RING_SECONDS = 30
"""How long the agent's own phone rings before the call is given up."""

_EXTENSION = re.compile(r"[0-9A-Za-z_.-]{1,40}\Z")
_NUMBER = re.compile(r"\+?[0-9]{1,40}\Z")
_CHANNEL = re.compile(r"[0-9A-Za-z_.-]{1,150}\Z")


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

    async def dial(self, extension: str, number: str) -> str:
        """Ring that desk phone; once it is picked up it dials `number`, by the dial plan for desk phones.

        Returns the linkedid that the call will have. Whether the number may be called the dial plan decides, too.

        Raises:
            Invalid: an extension or a number that is none.
            Refused: the phone cannot be rung.
            SwitchUnavailable: Asterisk does not answer; whether it rings is not known, and it is not sent again.
        """
        _fits(extension, _EXTENSION, "extension")
        _fits(number, _NUMBER, "number")
        try:
            channel = await self._ari.channels.originate(
                endpoint=f"PJSIP/{extension}",
                context="ringward-phones",
                extension=number,
                priority=1,
                callerId=number,
                timeout=RING_SECONDS,
            )
        except AriNotFound as error:
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


def _fits(text: str, form: re.Pattern[str], what: str) -> None:
    """Nothing that is sent to the switch has room for a line end, a second application or another context."""
    if not form.match(text):
        raise Invalid(f"{what}: {text[:40]!r} is none")
