"""The pages that show a pocket card: an outbox for each, told whatever the card is told. Must not know what that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from cti.agents.logins import Identity
from cti.desktop.hub import CLOSE_GOING_AWAY, CLOSE_NORMAL, OUTBOX_BYTES, OUTBOX_MESSAGES, Connection
from cti.pocket.model import PocketCard
from cti.pocket.wire import PocketMessage, PocketSnapshot


class Pages:
    """The open pages of all cards."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        self._encode = msgspec.json.Encoder().encode

    def watch(self, card: PocketCard, snapshot: PocketSnapshot) -> Connection:
        """A page's outbox with its snapshot in it; everything after it follows in order."""
        identity = Identity(login=f"pocket:{card.id}", role="agent", agent=card.agent)
        connection = Connection(identity, OUTBOX_MESSAGES, OUTBOX_BYTES)
        self._watchers[card.id][connection] = None
        connection.offer(self._encode(snapshot))
        return connection

    def leave(self, card: PocketCard, connection: Connection, code: int = CLOSE_NORMAL) -> None:
        """A page has gone."""
        connection.close(code)
        watchers = self._watchers.get(card.id, {})
        watchers.pop(connection, None)
        if not watchers:
            self._watchers.pop(card.id, None)

    def tell(self, card: PocketCard, message: PocketMessage) -> None:
        """Tell every page of the card; one that reads nothing is closed."""
        body: bytes | None = None
        for connection in tuple(self._watchers.get(card.id, ())):
            body = body or self._encode(message)
            if not connection.offer(body):
                self.leave(card, connection)

    def tell_all(self, cards: Iterable[PocketCard], message: PocketMessage) -> None:
        """Tell every page of these cards."""
        for card in cards:
            self.tell(card, message)

    def forget(self, card: PocketCard) -> None:
        """The card is there no longer."""
        for connection in self._watchers.pop(card.id, {}):
            connection.close(CLOSE_NORMAL)

    def close(self) -> None:
        """Close every page: the daemon is going."""
        for watchers in self._watchers.values():
            for connection in watchers:
                connection.close(CLOSE_GOING_AWAY)
        self._watchers.clear()
