"""The hub: every open desktop, and one bounded outbox each, so that no desktop can slow another or the calls.

Must not know what a pop is, nor what a socket is: it is given messages and hands out lines of JSON, and whoever
owns the socket writes them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Container, Iterable
from datetime import UTC, datetime

import msgspec

from cti.agents.logins import Identity
from cti.desktop.messages import DesktopMessage, Ping

OUTBOX_MESSAGES = 256
"""A page that has not read this many messages has lost its place: a fresh snapshot is cheaper than catching up."""

OUTBOX_BYTES = 2_000_000
"""The same bound for memory: with 100 desktops stuck at once the outboxes stay a fraction of a small machine's."""

HEARTBEAT_SECONDS = 10.0
"""Three missed ones make the page reconnect: half a minute, about as long as a caller is willing to ring."""

CLOSE_NORMAL = 1000
CLOSE_GOING_AWAY = 1001
CLOSE_SESSION_ENDED = 4401
CLOSE_OUTBOX_FULL = 4408


class Connection:
    """One open desktop: its outbox, and the numbers that let a page see whether it missed something."""

    def __init__(self, identity: Identity, most_messages: int, most_bytes: int) -> None:
        self.identity = identity
        self.seq = 0
        self.written = 0
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._outbox: deque[bytes] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._flushes: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is accepted or written."""
        return self._closed.done()

    def offer(self, body: bytes) -> bool:
        """Queue one encoded message under the next `seq`; a full outbox closes the connection and says False."""
        if self.is_closed:
            return False
        if len(self._outbox) >= self._most_messages or self._bytes + len(body) > self._most_bytes:
            self.close(CLOSE_OUTBOX_FULL)
            return False
        self.seq += 1
        line = b'%b,"seq":%d}' % (body[:-1], self.seq)
        self._outbox.append(line)
        self._bytes += len(line)
        self._filled.set()
        return True

    def close(self, code: int = CLOSE_NORMAL) -> None:
        """End the connection with a WebSocket close code; only the first reason counts."""
        if self.is_closed:
            return
        self._closed.set_result(code)
        self._outbox.clear()
        self._bytes = 0
        for _, waiter in self._flushes:
            if not waiter.done():
                waiter.set_result(None)
        self._flushes.clear()

    async def closed(self) -> int:
        """Wait for the end and say its code."""
        return await asyncio.shield(self._closed)

    async def pump(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Hand every queued line to `write`, in order, until closed. A peer that is gone closes the connection."""
        while not self.is_closed:
            if not self._outbox:
                self._filled.clear()
                await self._filled.wait()
                continue
            line = self._outbox.popleft()
            self._bytes -= len(line)
            try:
                await write(line)
            except (ConnectionError, RuntimeError):
                # aiohttp raises RuntimeError where the transport began closing between two writes.
                self.close(CLOSE_GOING_AWAY)
                return
            self._wrote()

    def flushed(self) -> asyncio.Future[None]:
        """Done when all that is queued now has been written, or the connection has closed."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.is_closed or self.written >= self.seq:
            waiter.set_result(None)
        else:
            self._flushes.append((self.seq, waiter))
        return waiter

    def _wrote(self) -> None:
        self.written += 1
        while self._flushes and self._flushes[0][0] <= self.written:
            _, waiter = self._flushes.pop(0)
            if not waiter.done():
                waiter.set_result(None)


class Hub:
    """All open desktops. Every method but `flush` and `run` returns at once, whatever the sockets do."""

    def __init__(
        self,
        *,
        most_messages: int = OUTBOX_MESSAGES,
        most_bytes: int = OUTBOX_BYTES,
        heartbeat: float = HEARTBEAT_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._heartbeat = heartbeat
        self._clock = clock
        self._connections: dict[Connection, None] = {}
        self._by_agent: dict[str, dict[Connection, None]] = {}
        self._encoder = msgspec.json.Encoder()
        self.sent = 0
        self.overflowed = 0

    def connect(self, identity: Identity) -> Connection:
        """Open a desktop. Offer its snapshot before giving way to the loop, so that nothing comes before it."""
        connection = Connection(identity, self._most_messages, self._most_bytes)
        self._connections[connection] = None
        if identity.agent is not None:
            self._by_agent.setdefault(identity.agent, {})[connection] = None
        return connection

    def disconnect(self, connection: Connection, code: int = CLOSE_NORMAL) -> None:
        """Forget a desktop and close what it still holds. Doing it twice changes nothing."""
        connection.close(code)
        self._connections.pop(connection, None)
        agent = connection.identity.agent
        if agent is not None and agent in self._by_agent:
            self._by_agent[agent].pop(connection, None)
            if not self._by_agent[agent]:
                del self._by_agent[agent]

    def send_to(self, connection: Connection, message: msgspec.Struct) -> None:
        """Queue a message for one desktop."""
        self._offer((connection,), message)

    def send(self, agent: str, message: DesktopMessage) -> None:
        """Queue a message for every desktop of an agent; an agent without one is no error."""
        self._offer(tuple(self._by_agent.get(agent, ())), message)

    def broadcast(self, message: msgspec.Struct) -> None:
        """Queue a message for every desktop."""
        self._offer(tuple(self._connections), message)

    def send_to_roles(self, roles: Container[str], message: DesktopMessage) -> None:
        """Queue a message for every desktop of a log-in that has one of these roles."""
        self._offer(tuple(one for one in self._connections if one.identity.role in roles), message)

    def identities(self) -> frozenset[Identity]:
        """Everyone who has a desktop open."""
        return frozenset(one.identity for one in self._connections)

    def send_to_identity(self, identity: Identity, message: DesktopMessage) -> None:
        """Queue a message for every desktop of one log-in."""
        self._offer(tuple(one for one in self._connections if one.identity == identity), message)

    async def flush(self, agents: Iterable[str], timeout: float) -> bool:  # noqa: ASYNC109 - a late desktop is an answer, no error
        """Wait until these agents' desktops have been written what is queued now; False after `timeout` seconds."""
        waiters = [one.flushed() for agent in set(agents) for one in self._by_agent.get(agent, ())]
        if not waiters:
            return True
        _, late = await asyncio.wait(waiters, timeout=timeout)
        return not late

    def drop(self, login: str) -> int:
        """Close every desktop of a log-in whose session ended; returns how many there were."""
        theirs = [one for one in self._connections if one.identity.login == login]
        for connection in theirs:
            self.disconnect(connection, CLOSE_SESSION_ENDED)
        return len(theirs)

    def close(self) -> None:
        """Close every desktop: the daemon is going."""
        for connection in tuple(self._connections):
            self.disconnect(connection, CLOSE_GOING_AWAY)

    def present(self) -> frozenset[str]:
        """Agents with at least one open desktop."""
        return frozenset(self._by_agent)

    def __len__(self) -> int:
        return len(self._connections)

    async def run(self) -> None:
        """Send the heartbeat until cancelled."""
        while True:
            await asyncio.sleep(self._heartbeat)
            self.broadcast(Ping(self._clock()))

    def _offer(self, connections: Iterable[Connection], message: msgspec.Struct) -> None:
        body: bytes | None = None
        for connection in connections:
            if connection.is_closed:
                continue  # it left by itself, and whoever owns its socket is about to say so
            body = body or self._encoder.encode(message)
            if connection.offer(body):
                self.sent += 1
            else:
                self.overflowed += 1
                self.disconnect(connection)
