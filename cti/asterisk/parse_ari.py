"""ARI's events read into facts in our own words. Pure: an event in, facts out; the same facts come from the journal.

Must not know calls: whether a channel is a leg, a caller or neither is for whoever keeps calls to say.
"""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from cti.asterisk.ari.payload import (
    AriEvent,
    BridgeAttendedTransfer,
    BridgeBlindTransfer,
    ChannelCreated,
    ChannelDestroyed,
    ChannelEnteredBridge,
    ChannelHangupRequest,
    ChannelPayload,
    ChannelStateChange,
    ChannelTalkingFinished,
    ChannelUserevent,
    Dial,
)
from cti.asterisk.events import (
    AnySwitchEvent,
    CallsJoined,
    ChannelBegan,
    ChannelHungUp,
    Connected,
    LegRinging,
    LegUp,
    PartyHandedOn,
)
from cti.asterisk.notes import parse_note

NOTE = "RingwardNote"

log = structlog.get_logger(__name__)


def parse_ari(event: AriEvent) -> tuple[AnySwitchEvent, ...]:
    """The facts in one event; empty for what says nothing of a call, and, with a log line, for what cannot be read.

    A phone that rings says so twice (`ChannelStateChange` and `Dial`): facts are idempotent.
    """
    try:
        fact = _fact(event)
    except ValueError as error:
        log.warning("ari.event_unreadable", type=event.type, reason=str(error))
        return ()
    return () if fact is None else (fact,)


def talk_finished(event: AriEvent) -> tuple[str, datetime, int] | None:
    """Channel, instant and length in milliseconds of what somebody has said, or None for every other event."""
    if not isinstance(event, ChannelTalkingFinished):
        return None
    try:
        return event.channel.id, _at(event), event.duration
    except ValueError as error:
        log.warning("ari.event_unreadable", type=event.type, reason=str(error))
        return None


def _fact(event: AriEvent) -> AnySwitchEvent | None:
    match event:
        case ChannelUserevent(eventname=name, channel=ChannelPayload() as channel) if name == NOTE:
            return _note(event, channel)
        case ChannelCreated(channel=channel) if channel.name.startswith("PJSIP/") and channel.id != _linkedid(channel):
            return ChannelBegan(
                at=_at(event), linkedid=_linkedid(channel), channel=channel.id, channel_name=channel.name
            )
        case ChannelStateChange(channel=channel) if channel.state == "Ringing":
            return LegRinging(at=_at(event), linkedid=_linkedid(channel), channel=channel.id)
        case ChannelStateChange(channel=channel) if channel.state == "Up":
            return LegUp(at=_at(event), linkedid=_linkedid(channel), channel=channel.id)
        case Dial(peer=peer, dialstatus="RINGING"):
            return LegRinging(at=_at(event), linkedid=_linkedid(peer), channel=peer.id)
        case ChannelEnteredBridge(channel=channel, bridge=bridge):
            return Connected(at=_at(event), linkedid=_linkedid(channel), channel=channel.id, bridge=bridge.id)
        case BridgeBlindTransfer(result="Success", channel=channel, transferee=ChannelPayload() as party):
            return PartyHandedOn(at=_at(event), linkedid=_linkedid(channel), channel=channel.id, party=party.id)
        case BridgeAttendedTransfer(result="Success", transferer_first_leg=first, transferer_second_leg=second):
            transferee, target = event.transferee, event.transfer_target
            if transferee is None or target is None:
                return None
            return CallsJoined(
                at=_at(event),
                linkedid=_linkedid(first),
                channel=first.id,
                second=second.id,
                transferee=transferee.id,
                target=target.id,
            )
        case ChannelHangupRequest(channel=channel, soft=False, cause=cause) if channel.id == _linkedid(channel):
            # The caller hung up. In the middle of a mobile's accept prompt the channel itself goes seconds later.
            return ChannelHungUp(at=_at(event), linkedid=_linkedid(channel), channel=channel.id, cause=cause)
        case ChannelDestroyed(channel=channel, cause=cause):
            return ChannelHungUp(at=_at(event), linkedid=_linkedid(channel), channel=channel.id, cause=cause)
    return None


def _note(event: ChannelUserevent, channel: ChannelPayload) -> AnySwitchEvent | None:
    note = event.userevent.get("note")
    if not isinstance(note, str):  # a header sent twice comes as a list
        log.warning("ari.event_unreadable", type=event.type, reason="the note is no single text")
        return None
    return parse_note(
        note,
        at=_at(event),
        linkedid=_linkedid(channel, event.userevent.get("linkedid")),
        channel=channel.id,
        channel_name=channel.name,
        caller_raw=channel.caller.number,
        caller_name=channel.caller.name,
    )


def _at(event: AriEvent) -> datetime:
    """Aware UTC. Asterisk writes its local offset without a colon, to the millisecond."""
    at = datetime.fromisoformat(event.timestamp)
    if at.tzinfo is None:
        raise ValueError(f"timestamp {event.timestamp!r} has no offset")
    return at.astimezone(UTC)


def _linkedid(channel: ChannelPayload, told: object = None) -> str:
    linkedid = channel.linkedid or (told if isinstance(told, str) else "")
    if not linkedid:
        raise ValueError(
            f"channel {channel.id} does not say its linkedid: ari.conf lacks channelvars = CHANNEL(linkedid)"
        )
    return linkedid
