"""ARI, Asterisk's REST interface and its stream of events: what other rooms import. Knows no call and no agent."""

from cti.asterisk.ari.client import NOISE, AriClient, AriLimits, Unsubscriber
from cti.asterisk.ari.errors import AriConflict, AriNotFound, AriRefused, ChannelNotFound
from cti.asterisk.ari.model import Bridge, Channel, Endpoint, Playback
from cti.asterisk.ari.payload import AriEvent

__all__ = [
    "NOISE",
    "AriClient",
    "AriConflict",
    "AriEvent",
    "AriLimits",
    "AriNotFound",
    "AriRefused",
    "Bridge",
    "Channel",
    "ChannelNotFound",
    "Endpoint",
    "Playback",
    "Unsubscriber",
]
