"""ARI's client: ari-py's interface on asyncio, a stream that always comes back, a resync before anything is handed on.

Nothing is replayed by Asterisk: whoever keeps state registers `on_resync` and reads the truth anew after each
connection. Knows no call, no agent and no note.
"""

from __future__ import annotations

import asyncio
import inspect
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog

from cti.asterisk.ari.errors import AriNotFound
from cti.asterisk.ari.model import (
    PROMOTED,
    AriObject,
    Bridge,
    Channel,
    Endpoint,
    Listener,
    Playback,
    Repository,
    objects_in,
)
from cti.asterisk.ari.operations import Operation
from cti.asterisk.ari.payload import AriEvent, decode_event
from cti.asterisk.ari.rest import AriRest
from cti.errors import RingwardError, SwitchUnavailable

log = structlog.get_logger(__name__)

NOISE = (
    "ChannelVarset",
    "ChannelDialplan",
    "ChannelCallerId",
    "ChannelConnectedLine",
    "ChannelTalkingStarted",
    "ChannelDtmfReceived",
)
"""Over half of all events (ASTERISK.md), and nobody here reads them; digits pressed are nobody's business besides."""


CALLS = "channel:,bridge:"
"""Every channel and every bridge, and no endpoint. `subscribeAll` would watch endpoints too, and Asterisk 22.10.1 dies
of a stream that is closed while a phone registers; phones' states come over AMI."""


@dataclass(frozen=True, slots=True)
class AriLimits:
    """Times in seconds. `queue` events may wait: a call makes about 50, and a resync takes milliseconds."""

    queue: int = 10_000
    request_seconds: float = 5.0
    heartbeat: float = 10.0
    backoff_first: float = 0.25
    backoff_most: float = 15.0


class Unsubscriber:
    """Ends one subscription."""

    def __init__(self, listeners: list[Any], listener: Any) -> None:
        self._listeners = listeners
        self._listener = listener

    def close(self) -> None:
        """End it; harmless when done twice."""
        if self._listener in self._listeners:
            self._listeners.remove(self._listener)


class _StreamLost(Exception):
    """Why a connection ended, for the log and for the next attempt."""


class AriClient:
    """One application on one Asterisk. `await run()` keeps its stream; operations work without it too.

    `replaced` is true after another client took the application's name away: an alarm, since two daemons then watch
    one switch. `connected` is true from the end of a resync to the loss of the stream.
    """

    def __init__(
        self,
        base_url: str,
        user: str,
        password: str,
        app: str,
        *,
        sources: str = CALLS,
        event_filter: Sequence[str] = NOISE,
        limits: AriLimits | None = None,
    ) -> None:
        self.app = app
        self.connected = False
        self.replaced = False
        self._resynced = False
        self._limits = limits or AriLimits()
        self._rest = AriRest(base_url, user, password, seconds=self._limits.request_seconds)
        self._sources = sources
        self._filter = {"disallowed": [{"type": name} for name in event_filter]}
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)
        self._everything: list[Listener] = []
        self._resyncs: list[Callable[[], Awaitable[None]]] = []
        self._watchers: list[Callable[[bool], None]] = []
        self.applications = Repository(self, "applications")
        self.asterisk = Repository(self, "asterisk")
        self.bridges = Repository(self, "bridges")
        self.channels = Repository(self, "channels")
        self.deviceStates = Repository(self, "deviceStates")
        self.endpoints = Repository(self, "endpoints")
        self.events = Repository(self, "events")
        self.mailboxes = Repository(self, "mailboxes")
        self.playbacks = Repository(self, "playbacks")
        self.recordings = Repository(self, "recordings")
        self.sounds = Repository(self, "sounds")

    # ---- what is asked of Asterisk

    async def call(self, operation: Operation, parameters: dict[str, Any]) -> Any:
        """Carry out one operation; channels, bridges, endpoints, playbacks come back as objects.

        Raises as `AriRest.request`.
        """
        answer = await self._rest.request(operation, parameters)
        kind = PROMOTED.get(operation.returns)
        if kind is None or answer is None:
            return answer
        return [kind(self, one) for one in answer] if operation.many else kind(self, answer)

    async def close(self) -> None:
        """Close the HTTP session. The stream ends with the task that awaits `run()`."""
        await self._rest.close()

    # ---- what Asterisk tells

    def on_event(self, event_type: str, callback: Listener) -> Unsubscriber:
        """Call `callback(event)` for each event of a type; a coroutine is awaited before the next event."""
        return self._subscribe(self._listeners[event_type], callback)

    def on_any_event(self, callback: Listener) -> Unsubscriber:
        """Call `callback(event)` for each event, of types unknown today too."""
        return self._subscribe(self._everything, callback)

    def on_object_event(self, event_type: str, callback: Listener, kind: type[AriObject]) -> Unsubscriber:
        """Call `callback(object, event)`; a dict of objects by field for types that name several."""

        def with_object(event: AriEvent) -> Awaitable[None] | None:
            return callback(objects_in(self, event_type, event.json, kind), event)

        return self.on_event(event_type, with_object)

    def on_channel_event(self, event_type: str, callback: Listener) -> Unsubscriber:
        """Call `callback(channel, event)`."""
        return self.on_object_event(event_type, callback, Channel)

    def on_bridge_event(self, event_type: str, callback: Listener) -> Unsubscriber:
        """Call `callback(bridge, event)`."""
        return self.on_object_event(event_type, callback, Bridge)

    def on_endpoint_event(self, event_type: str, callback: Listener) -> Unsubscriber:
        """Call `callback(endpoint, event)`."""
        return self.on_object_event(event_type, callback, Endpoint)

    def on_playback_event(self, event_type: str, callback: Listener) -> Unsubscriber:
        """Call `callback(playback, event)`."""
        return self.on_object_event(event_type, callback, Playback)

    def on_resync(self, hook: Callable[[], Awaitable[None]]) -> Unsubscriber:
        """Await `hook()` after each connection, before its events are handed on: re-list, compare, correct."""
        return self._subscribe(self._resyncs, hook)

    def on_state(self, callback: Callable[[bool], None]) -> Unsubscriber:
        """Call `callback(connected)` whenever that changes."""
        return self._subscribe(self._watchers, callback)

    @staticmethod
    def _subscribe(listeners: list[Any], listener: Any) -> Unsubscriber:
        listeners.append(listener)
        return Unsubscriber(listeners, listener)

    # ---- the stream

    async def run(self) -> None:
        """Keep the stream for ever: connect, filter, resync, hand on; after any end, however clean, again.

        Ends only by being cancelled. The pause between attempts doubles up to `backoff_most`, with jitter, so that an
        Asterisk that comes back is not met by everybody at once.
        """
        failures = 0
        try:
            while True:
                try:
                    await self._one_connection()
                except* (_StreamLost, RingwardError, aiohttp.ClientError, OSError) as lost:
                    reason = _reason(lost)
                failures = 0 if self._resynced else failures + 1
                log.warning("ari.stream_lost", reason=reason, failures=failures)
                await self._pause(failures)
                if self.replaced:
                    await self._until_the_name_is_free()
        finally:
            self._set_connected(False)
            await self.close()

    async def _one_connection(self) -> None:
        self._resynced = False
        url = self._rest.url("/events", {"app": self.app, "subscribeAll": "false"})
        queue: asyncio.Queue[AriEvent | None] = asyncio.Queue(self._limits.queue)
        async with (
            self._rest.session().ws_connect(
                url, heartbeat=self._limits.heartbeat, timeout=aiohttp.ClientWSTimeout(ws_close=1.0)
            ) as socket,
            asyncio.TaskGroup() as group,
        ):
            # From here on events wait in the queue: what happens during the resync is handed on after it.
            reading = group.create_task(self._read(socket, queue))
            await self.applications.filter(applicationName=self.app, filter=self._filter)
            await self.applications.subscribe(applicationName=self.app, eventSource=self._sources)
            for hook in tuple(self._resyncs):
                await self._resync(hook)
            if not reading.done():
                self._resynced = True
                self._set_connected(True)
            await self._hand_on(queue)
            raise _StreamLost("Asterisk ended the stream")

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, queue: asyncio.Queue[AriEvent | None]) -> None:
        try:
            async for message in socket:
                event = decode_event(message.data) if message.type is aiohttp.WSMsgType.TEXT else None
                if event is None:
                    continue
                if event.type == "ApplicationReplaced":
                    self.replaced = True
                    log.error("ari.application_replaced", app=self.app)
                    break
                queue.put_nowait(event)
        except asyncio.QueueFull:
            # Waiting here would make Asterisk cut the stream at a moment of its own choosing.
            raise _StreamLost(f"{self._limits.queue} events wait and nobody takes them") from None
        finally:
            self._set_connected(False)
        await queue.put(None)

    async def _hand_on(self, queue: asyncio.Queue[AriEvent | None]) -> None:
        """One after the other, in the order in which they came: per channel, and over all."""
        while (event := await queue.get()) is not None:
            for listener in (*self._listeners.get(event.type, ()), *self._everything):
                try:
                    outcome = listener(event)
                    if inspect.isawaitable(outcome):
                        await outcome
                except Exception:
                    # One listener's fault must not keep the event from the others, nor end the stream.
                    log.exception("ari.listener_failed", type=event.type)

    async def _resync(self, hook: Callable[[], Awaitable[None]]) -> None:
        try:
            await hook()
        except SwitchUnavailable:
            raise
        except RingwardError as error:
            # The hook's owner has tried; what happens now is worth more than what it could not read.
            log.warning("ari.not_resynced", reason=str(error))
        except Exception:
            log.exception("ari.resync_failed")

    async def _pause(self, failures: int) -> None:
        longest = min(self._limits.backoff_most, self._limits.backoff_first * 2**failures)
        await asyncio.sleep(longest * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret

    async def _until_the_name_is_free(self) -> None:
        """Asterisk forgets an application when its client leaves; to take the name back sooner is a tug-of-war."""
        while True:
            try:
                await self.applications.get(applicationName=self.app)
            except AriNotFound:
                self.replaced = False
                return
            except RingwardError as error:
                log.info("ari.waiting_for_name", reason=str(error))
            await self._pause(10)

    def _set_connected(self, connected: bool) -> None:
        if connected == self.connected:
            return
        self.connected = connected
        log.info("ari.connected" if connected else "ari.disconnected", app=self.app)
        for watcher in tuple(self._watchers):
            try:
                watcher(connected)
            except Exception:
                log.exception("ari.watcher_failed")


def _reason(lost: BaseExceptionGroup[BaseException]) -> str:
    reasons: list[str] = []
    for error in lost.exceptions:
        reasons.append(_reason(error) if isinstance(error, BaseExceptionGroup) else str(error) or repr(error))
    return "; ".join(reasons)
