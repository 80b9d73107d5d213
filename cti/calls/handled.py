"""How conversations stand on the switch, read from its channels: on hold, muted, a colleague asked meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from cti.asterisk.standing import ChannelNow, Mark
from cti.calls.control import Conversation, conversation
from cti.calls.model import Call
from cti.calls.segments import holder


class Handled(msgspec.Struct, frozen=True):
    """What `agent` has done to their conversation, by what their phone's channel says."""

    linkedid: str
    agent: str
    held: bool
    muted: bool


class Asked(msgspec.Struct, frozen=True):
    """The call `question` with which `agent` asks the colleague `to` about the call `about`: from desk to desk."""

    question: str
    about: str
    agent: str
    own_desk: str
    to: str
    extension: str


def phones_in(calls: Collection[Call]) -> frozenset[str]:
    """The channels of every agent's phone in a conversation."""
    return frozenset(talk.own for _, _, talk in _conversations(calls))


def handled_now(calls: Collection[Call], channels: Mapping[str, ChannelNow]) -> Iterator[Handled]:
    """Every conversation whose agent's channel is there."""
    for call, agent, talk in _conversations(calls):
        own = channels.get(talk.own)
        if own is not None:
            held = own.holds or own.marks.get(Mark.HELD) == "1"
            yield Handled(call.linkedid, agent, held, own.marks.get(Mark.MUTED) == "1")


def questions_now(channels: Mapping[str, ChannelNow]) -> Iterator[Asked]:
    """Every colleague who is being asked."""
    for channel in channels.values():
        fields = channel.fields(Mark.ASKS, 5)
        if fields is not None:
            yield Asked(channel.id, *fields)


def _conversations(calls: Collection[Call]) -> Iterator[tuple[Call, str, Conversation]]:
    for call in calls:
        has = holder(call)
        for agent in {has.agent if has is not None else None, call.made_by}:
            talk = conversation(call, agent) if agent else None
            if agent and talk is not None:
                yield call, agent, talk
