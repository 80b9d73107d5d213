"""ARI's events as types: those that Ringward reads, and one type for all the others, known to Asterisk now or later.

Pure. Knows the wire's names, and nothing of calls, agents or notes.
"""

from __future__ import annotations

from typing import Any

import msgspec
import structlog

LINKEDID = "CHANNEL(linkedid)"
"""`channelvars` of ari.conf: the key under which every channel of an event carries its call's name."""

log = structlog.get_logger(__name__)


class AriEvent(msgspec.Struct, kw_only=True):
    """One event. `timestamp` is ISO 8601 by Asterisk's clock; `json` the whole of it as it came.

    Reads like ari-py's dict too: `event["channel"]["id"]`.
    """

    type: str
    timestamp: str = ""
    application: str = ""
    json: dict[str, Any] = msgspec.field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.json[key]

    def __contains__(self, key: object) -> bool:
        return key in self.json

    def get(self, key: str, default: Any = None) -> Any:
        """The value under `key` of the payload, or `default`."""
        return self.json.get(key, default)


class CallerPayload(msgspec.Struct, frozen=True):
    """Name and number as a stranger sent them."""

    name: str = ""
    number: str = ""


class ChannelPayload(msgspec.Struct, frozen=True):
    """A channel at the moment of the event."""

    id: str
    name: str
    state: str
    caller: CallerPayload = CallerPayload()
    connected: CallerPayload = CallerPayload()
    channelvars: dict[str, str] = {}

    @property
    def linkedid(self) -> str:
        """The call that the channel belongs to; empty where `channelvars` is not configured."""
        return self.channelvars.get(LINKEDID, "")


class BridgePayload(msgspec.Struct, frozen=True):
    """A bridge at the moment of the event."""

    id: str
    bridge_type: str = ""
    channels: tuple[str, ...] = ()


class ChannelUserevent(AriEvent, kw_only=True):
    """`UserEvent()` of the dial plan. `channel` is missing when it was sent over AMI or ARI."""

    eventname: str
    userevent: dict[str, Any]
    channel: ChannelPayload | None = None


class ChannelCreated(AriEvent, kw_only=True):
    """A channel begins."""

    channel: ChannelPayload


class ChannelStateChange(AriEvent, kw_only=True):
    """`channel.state` is the new state: Down, Ring, Ringing, Up, Busy."""

    channel: ChannelPayload


class ChannelHangupRequest(AriEvent, kw_only=True):
    """Someone wants the channel gone. `soft`: Asterisk itself; otherwise the far end hung up. `cause` is Q.850."""

    channel: ChannelPayload
    cause: int = 0
    soft: bool = False


class ChannelTalkingFinished(AriEvent, kw_only=True):
    """Someone on a channel with `TALK_DETECT` stopped talking; `duration` in milliseconds, the silence after it not."""

    channel: ChannelPayload
    duration: int = 0


class ChannelHold(AriEvent, kw_only=True):
    """The phone on this channel has put its far end on hold."""

    channel: ChannelPayload


class ChannelUnhold(AriEvent, kw_only=True):
    """It has taken the far end back."""

    channel: ChannelPayload


class ChannelDestroyed(AriEvent, kw_only=True):
    """The channel is gone. `cause` is Q.850."""

    channel: ChannelPayload
    cause: int


class ChannelEnteredBridge(AriEvent, kw_only=True):
    """The channel is in the bridge now."""

    channel: ChannelPayload
    bridge: BridgePayload


class BridgeBlindTransfer(AriEvent, kw_only=True):
    """A phone handed its far end on without asking. `transferee` is missing where it had more than one."""

    channel: ChannelPayload
    result: str
    transferee: ChannelPayload | None = None


class BridgeAttendedTransfer(AriEvent, kw_only=True):
    """A phone with two calls joined their far ends. What it was about is missing where there was nothing to join."""

    transferer_first_leg: ChannelPayload
    transferer_second_leg: ChannelPayload
    result: str
    transferee: ChannelPayload | None = None
    transfer_target: ChannelPayload | None = None


class Dial(AriEvent, kw_only=True):
    """A dial began or moved on. `dialstatus`: empty, RINGING, PROGRESS, ANSWER, NOANSWER, CONTINUE…"""

    peer: ChannelPayload
    dialstatus: str = ""
    caller: ChannelPayload | None = None


TYPED: dict[str, type[AriEvent]] = {
    kind.__name__: kind
    for kind in (
        ChannelUserevent,
        ChannelCreated,
        ChannelStateChange,
        ChannelDestroyed,
        ChannelHangupRequest,
        ChannelTalkingFinished,
        ChannelHold,
        ChannelUnhold,
        ChannelEnteredBridge,
        BridgeBlindTransfer,
        BridgeAttendedTransfer,
        Dial,
    )
}

_decoder = msgspec.json.Decoder(dict[str, Any])


def decode_event(text: str | bytes) -> AriEvent | None:
    """Read one message of the stream. A known type in an unknown shape becomes a plain `AriEvent`, and a log line.

    None, and a log line, for what is no event at all.
    """
    try:
        body = _decoder.decode(text)
        kind = body["type"]
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError) as error:
        log.warning("ari.no_event", reason=repr(error)[:200])
        return None
    if not isinstance(kind, str):
        log.warning("ari.no_event", reason="its type is no text")
        return None
    event: AriEvent
    try:
        event = msgspec.convert(body, TYPED.get(kind, AriEvent))
    except msgspec.ValidationError as error:
        log.warning("ari.event_of_other_shape", type=kind[:80], reason=str(error)[:200])
        event = AriEvent(type=kind, timestamp=str(body.get("timestamp", "")))
    event.json = body
    return event
