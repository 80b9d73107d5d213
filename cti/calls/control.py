"""Which of a call's channels is whose: what a person's wish to hang up or to hand on is about. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import msgspec

from cti.calls.model import OUTBOUND, Call
from cti.calls.reasons import is_mobile
from cti.calls.segments import holder, legs_now
from cti.errors import Invalid, Refused
from routing.numbering import Barred, barred

_WRITTEN = re.compile(r"[0-9+()\-./\s]{1,60}\Z")

_WHY = {
    Barred.FOREIGN: "calls to that country are not allowed; add it to outgoing_countries in the settings",
    Barred.PREMIUM: "a premium-rate number is never called",
    Barred.UNKNOWN: "that is no number that can be called",
}


def own_channel(call: Call, agent: str) -> str | None:
    """The channel of this agent's phone in a live call; None when none of theirs is in it."""
    has = holder(call)
    if has is not None and has.agent == agent:
        return has.channel
    if call.made_by == agent and not call.transfers:
        return call.caller_channel
    rings = [leg for leg in legs_now(call) if leg.agent == agent and leg.channel is not None and leg.ended is None]
    return rings[-1].channel if rings else None


def talking_channel(call: Call, agent: str) -> str:
    """The channel of this agent's phone in a conversation that can be handed on.

    Raises:
        Refused: they are not talking in this call.
    """
    has = holder(call)
    if call.ended is None and has is not None and has.channel is not None and has.agent == agent:
        return has.channel
    answered = call.direction == OUTBOUND and has is not None and not call.transfers
    if call.ended is None and answered and call.made_by == agent and call.caller_channel is not None:
        return call.caller_channel
    raise Refused("only who is talking can hand a call on")


class Conversation(msgspec.Struct, frozen=True):
    """Two channels that are connected: `own` of the agent, `party` of whom they talk to."""

    own: str
    party: str


def conversation(call: Call, agent: str) -> Conversation | None:
    """The two ends of this agent's conversation; None when they are not talking in this call."""
    has = holder(call)
    if call.ended is not None or has is None or has.channel is None or call.caller_channel is None:
        return None
    if has.agent == agent:
        return Conversation(has.channel, call.caller_channel)
    if call.made_by == agent and not call.transfers:
        return Conversation(call.caller_channel, has.channel)
    return None


def is_on_mobile(call: Call, agent: str) -> bool:
    """Whether this agent talks on their mobile, which cannot be told anything."""
    has = holder(call)
    return has is not None and has.agent == agent and is_mobile(has)


def ringing_desk(call: Call, agent: str) -> str | None:
    """The channel of this agent's desk phone while it rings for the call."""
    rings = (leg for leg in legs_now(call) if leg.agent == agent and leg.ended is None and leg.picked_up is None)
    return next((leg.channel for leg in rings if leg.channel is not None and not is_mobile(leg)), None)


def number_to_dial(written: str, extensions: Collection[str], countries: Collection[str]) -> str:
    """What a desk phone would dial for a number as people write it; an extension stays one.

    Raises:
        Invalid: it is no number.
        Refused: it is not called from here.
    """
    plain = unicodedata.normalize("NFKC", written).strip()
    if not _WRITTEN.match(plain):
        raise Invalid(f"number: {written[:40]!r} is no number; write it like 0912-345-678 or +886 2 2555 1234")
    plain = re.sub(r"^(\+886)\s*\(0\)", r"\1", plain)
    number = ("+" if plain.startswith("+") else "") + re.sub(r"[^0-9]", "", plain)
    if number in extensions:
        return number
    why = barred(number, countries)
    if why is not None:
        raise Refused(f"{number[:40]} is not called from here: {_WHY[why]}")
    return number
