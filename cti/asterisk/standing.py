"""Every channel as it stands on the switch, with what people did to it: for whoever was away while it was done.

What was done is written on the channels themselves, as variables (`Mark`), so that it lives and dies with them. Must
not know calls or agents.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Protocol

import msgspec
from msgspec.structs import replace

from cti.asterisk.ami_link import AmiReply
from cti.errors import Refused

HOLDS = "CHANNEL(rtp,hold)"
"""`1` on a SIP phone that has put its far end on hold. Not `CHANNEL(onhold)` of the far end: muting, or listening,
makes Asterisk change the kind of the bridge, and with that it takes them for taken back. Asked for one by one, for
`Status` holds the channel's lock while it asks, and this waits for what may need it."""


class Mark(StrEnum):
    """A channel's variables that say what was done from a page. Their values hold fields joined by `!`."""

    MUTED = "RW_MUTED"
    """`1` on a phone that nobody hears."""
    HELD = "RW_HELD"
    """`1` on a mobile that has its far end on hold: the switch does it, for the mobile cannot."""
    TONE = "RW_TONE"
    """On whom a mobile has on hold: the name of the channel whose tone they hear."""
    ASKS = "RW_ASKS"
    """On the phone of who asks a colleague: LINKEDID!AGENT!OWN!COLLEAGUE!EXTENSION, first the call that it is about."""
    WATCHES = "RW_WATCHES"
    """On a listener's phone: LINKEDID!WATCHED!WATCHER!MODE. Where it is in the dial plan tells less: it goes from one
    mode to another with the next packet."""


class ChannelNow(msgspec.Struct, frozen=True):
    """One channel. `id` is its unique id.

    `holds`: this phone has its far end on hold; only known of channels that were asked for.
    """

    id: str
    linkedid: str
    marks: Mapping[str, str]
    holds: bool = False

    def fields(self, mark: Mark, count: int) -> tuple[str, ...] | None:
        """A mark's fields; None when it has none, or others than expected."""
        fields = tuple(self.marks.get(mark, "").split("!"))
        return fields if len(fields) == count and all(fields) else None


class Ami(Protocol):
    """What is needed of the AMI client."""

    async def demand(self, action: str, **fields: str | int) -> AmiReply: ...


async def channels_now(ami: Ami, phones: Collection[str]) -> dict[str, ChannelNow]:
    """Every channel there is, by unique id; of those in `phones` also whether they hold.

    Raises:
        SwitchUnavailable: Asterisk does not answer. AmiRefused: the account may not ask.
    """
    reply = await ami.demand("Status", Variables=",".join(Mark))
    found = (_channel(event) for event in reply.events if event.get("Event") == "Status")
    channels = {one.id: one for one in found}
    for phone in channels.keys() & phones:
        if await _holds(ami, phone):
            channels[phone] = replace(channels[phone], holds=True)
    return channels


async def _holds(ami: Ami, phone: str) -> bool:
    try:
        reply = await ami.demand("Getvar", Channel=phone, Variable=HOLDS)
    except Refused:
        return False  # it hung up between the two looks
    return reply.fields.get("Value") == "1"


def _channel(event: Mapping[str, str]) -> ChannelNow:
    variables = dict(line.partition("=")[::2] for line in event.get("Variable", "").split("\n"))
    return ChannelNow(
        id=event.get("Uniqueid", ""),
        linkedid=event.get("Linkedid", ""),
        marks={mark: variables[mark] for mark in Mark if variables.get(mark) not in {None, "", "(null)"}},
    )
