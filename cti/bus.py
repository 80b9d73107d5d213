"""The small port through which parts of Ringward tell each other what has happened, after it was committed.

In-process by default; several daemons sharing a database would put a broker behind the same two verbs.
Must not know who publishes or who listens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Protocol, TypeVar

import structlog

Message = TypeVar("Message")
log = structlog.get_logger(__name__)


class Bus(Protocol):
    """Publish a fact, or be told of every fact of one type. Subscribers are plain functions and must not block."""

    def publish(self, message: object) -> None: ...

    def subscribe(self, kind: type[Message], listener: Callable[[Message], None]) -> Callable[[], None]: ...


class LocalBus:
    """The in-process default: listeners are called at once, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._listeners: defaultdict[type, list[Callable[..., None]]] = defaultdict(list)

    def publish(self, message: object) -> None:
        """Hand `message` to everyone who subscribed to its type; one who fails does not keep it from the others."""
        for listener in tuple(self._listeners[type(message)]):
            try:
                listener(message)
            except Exception:
                log.exception("bus.listener_failed", message=type(message).__name__)

    def subscribe(self, kind: type[Message], listener: Callable[[Message], None]) -> Callable[[], None]:
        """Call `listener` for each published `kind`; the returned function ends it."""
        self._listeners[kind].append(listener)
        return lambda: self._listeners[kind].remove(listener)
