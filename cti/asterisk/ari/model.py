"""Repositories and their objects, with ari-py's names: `client.channels.get(channelId=…)`, `channel.hangup()`.

Operations are looked up in `operations.OPERATIONS`; carrying them out is the client's. Knows no socket.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Protocol

from cti.asterisk.ari.operations import OPERATIONS, Operation


class Subscription(Protocol):
    """What `on_…` gives back."""

    def close(self) -> None:
        """End the subscription; harmless when done twice."""


Listener = Callable[..., Awaitable[None] | None]
Call = Callable[..., Awaitable[Any]]


class Caller(Protocol):
    """The client as its objects see it."""

    async def call(self, operation: Operation, parameters: dict[str, Any]) -> Any:
        """Carry out one operation and promote what came back."""

    def on_event(self, event_type: str, callback: Listener) -> Subscription:
        """Call back for every event of a type."""

    def on_object_event(self, event_type: str, callback: Listener, kind: type[AriObject]) -> Subscription:
        """Call back with the object that the event is about."""


class Repository:
    """The operations of one kind of thing, by ARI's own names; each returns an awaitable."""

    def __init__(self, client: Caller, name: str) -> None:
        self._client = client
        self._name = name

    def __getattr__(self, item: str) -> Call:
        operation = OPERATIONS[self._name].get(item)
        if operation is None:
            raise AttributeError(f"ARI's {self._name} have no operation {item!r}")
        return lambda **parameters: self._client.call(operation, parameters)

    def __repr__(self) -> str:
        return f"Repository({self._name})"


class AriObject:
    """One thing at the switch. `json` is what ARI said of it; its operations fill in its own id."""

    repository: ClassVar[str]
    parameter: ClassVar[str]

    def __init__(self, client: Caller, json: dict[str, Any]) -> None:
        self.client = client
        self.json = json

    @property
    def id(self) -> str:
        """What names it at the switch."""
        return str(self.json["id"])

    def own_parameters(self) -> dict[str, str]:
        """The operation's parameters that name this object."""
        return {self.parameter: self.id}

    def on_event(self, event_type: str, callback: Listener) -> Subscription:
        """Call `callback(object, event)` for events about this very object."""

        def about_this(found: AriObject | dict[str, AriObject] | None, event: Any) -> Awaitable[None] | None:
            objects = found.values() if isinstance(found, dict) else (found,)
            if any(one is not None and one.id == self.id for one in objects):
                return callback(found, event)
            return None

        return self.client.on_object_event(event_type, about_this, type(self))

    def __getattr__(self, item: str) -> Call:
        operation = OPERATIONS[self.repository].get(item)
        if operation is None or not all(f"{{{name}}}" in operation.path for name in self.own_parameters()):
            raise AttributeError(f"{type(self).__name__} has no operation {item!r}")
        return lambda **parameters: self.client.call(operation, {**parameters, **self.own_parameters()})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id})"


class Channel(AriObject):
    """One leg in Asterisk."""

    repository = "channels"
    parameter = "channelId"


class Bridge(AriObject):
    """A media mix."""

    repository = "bridges"
    parameter = "bridgeId"


class Playback(AriObject):
    """Something being played."""

    repository = "playbacks"
    parameter = "playbackId"


class Endpoint(AriObject):
    """Technology and resource, such as `PJSIP/101`: named by two parameters."""

    repository = "endpoints"

    @property
    def id(self) -> str:
        """`TECHNOLOGY/RESOURCE`."""
        return f"{self.json['technology']}/{self.json['resource']}"

    def own_parameters(self) -> dict[str, str]:
        """Technology and resource."""
        return {"tech": self.json["technology"], "resource": self.json["resource"]}


PROMOTED: dict[str, type[AriObject]] = {
    "Channel": Channel,
    "Bridge": Bridge,
    "Endpoint": Endpoint,
    "Playback": Playback,
}

FIELDS: dict[type[AriObject], dict[str, tuple[str, ...]]] = {
    Channel: {
        "BridgeBlindTransfer": ("channel", "replace_channel", "transferee"),
        "BridgeAttendedTransfer": (
            "transferer_first_leg",
            "transferer_second_leg",
            "replace_channel",
            "transferee",
            "transfer_target",
            "destination_link_first_leg",
            "destination_link_second_leg",
            "destination_threeway_channel",
        ),
        "Dial": ("caller", "peer", "forwarded"),
        "StasisStart": ("channel", "replace_channel"),
    },
    Bridge: {
        "BridgeMerged": ("bridge", "bridge_from"),
        "BridgeAttendedTransfer": (
            "transferer_first_leg_bridge",
            "transferer_second_leg_bridge",
            "destination_threeway_bridge",
        ),
    },
}
"""Events that name several objects of one kind, and where; all others have one, under the kind's own name."""


def objects_in(client: Caller, event_type: str, body: dict[str, Any], kind: type[AriObject]) -> Any:
    """The object of `kind` that an event is about; a dict by field where its type has several; None without any."""
    fields = FIELDS.get(kind, {}).get(event_type, (kind.__name__.lower(),))
    found = {field: kind(client, body[field]) for field in fields if isinstance(body.get(field), dict)}
    return next(iter(found.values()), None) if len(fields) == 1 else found
