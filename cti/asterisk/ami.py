"""AMI's client: what ARI cannot do. Stays connected, knows whether it is, and never sends an action twice.

Speaks over `ami_link.AmiLink`, panoramisk mended. Knows the few actions that Ringward needs, and no call or agent.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from cti.asterisk.ami_link import AmiLink, AmiReply, Fields
from cti.errors import Invalid, Refused, SwitchUnavailable

__all__ = ["AmiClient", "AmiLimits", "AmiRefused", "AmiReply", "Subscription"]

log = structlog.get_logger(__name__)

EventListener = Callable[[dict[str, str]], None]


class AmiRefused(Refused):
    """Asterisk refused the action: not allowed for this account, or not possible."""

    code = "ami_refused"


@dataclass(frozen=True, slots=True)
class AmiLimits:
    """Times in seconds. A peer that is silent is found out within `ping_every` and `ping_deadline` together."""

    connect_seconds: float = 5.0
    answer_seconds: float = 5.0
    ping_every: float = 10.0
    ping_deadline: float = 3.0
    backoff_first: float = 0.25
    backoff_most: float = 15.0


class Subscription:
    """Ends one subscription."""

    def __init__(self, listeners: list[Any], listener: Any) -> None:
        self._listeners = listeners
        self._listener = listener

    def close(self) -> None:
        """End it; harmless when done twice."""
        if self._listener in self._listeners:
            self._listeners.remove(self._listener)


class AmiClient:
    """One account on one Asterisk. `await run()` keeps the connection; everything else needs it to be there.

    `connected` is true from a successful log-in to the first sign that the other end is gone. `events` is AMI's mask:
    `system` tells of starts and reloads; of calls, ARI tells better.
    """

    def __init__(
        self, host: str, port: int, user: str, secret: str, *, events: str = "system", limits: AmiLimits | None = None
    ) -> None:
        self._address = host, port
        self._login: dict[str, Fields] = {"Username": user, "Secret": secret, "Events": events}
        self._limits = limits or AmiLimits()
        self._link: AmiLink | None = None
        self._listeners: defaultdict[str, list[EventListener]] = defaultdict(list)
        self._connects: list[Callable[[], None]] = []
        self._closing = asyncio.Event()
        self._stopped = asyncio.Event()
        self._stopped.set()

    @property
    def connected(self) -> bool:
        """Logged in, and nothing says that Asterisk is gone."""
        return self._link is not None and not self._link.closed

    # ---- staying connected

    async def run(self) -> None:
        """Keep the connection until `close()` or cancellation; connect again after any end, with backoff and jitter."""
        self._stopped.clear()
        try:
            async with asyncio.TaskGroup() as group:
                keeping = group.create_task(self._keep())
                await self._closing.wait()
                keeping.cancel()
        finally:
            self._stopped.set()

    async def close(self) -> None:
        """End `run()`, during an outage too, and return when nothing of it is left. Final: nothing connects again."""
        self._closing.set()
        await self._stopped.wait()

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                await self._one_connection()
                failures = 0
                reason = "the connection ended"
            except (SwitchUnavailable, AmiRefused, OSError, TimeoutError) as error:
                failures += 1
                reason = str(error) or repr(error)
            log.warning("ami.not_connected", reason=reason, failures=failures)
            longest = min(self._limits.backoff_most, self._limits.backoff_first * 2**failures)
            await asyncio.sleep(longest * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret

    async def _one_connection(self) -> None:
        """Connect, log in, and ping until the other end is gone. Raises only when it was never logged in."""
        async with asyncio.timeout(self._limits.connect_seconds):
            link = await AmiLink.open(*self._address, self._dispatch)
        try:
            reply = await link.ask("Login", self._login, self._limits.connect_seconds)
            if not reply.ok:
                raise AmiRefused(f"Asterisk's AMI refuses the log-in: {reply.message}. Compare manager.conf")
            self._link = link
            log.info("ami.connected")
            for callback in tuple(self._connects):
                _tell(callback)
            await self._ping(link)
        finally:
            self._link = None
            link.close()

    async def _ping(self, link: AmiLink) -> None:
        """Return when the link is lost, or when its other end has stopped answering."""
        while not link.closed:
            await asyncio.wait([link.lost], timeout=self._limits.ping_every)
            if link.closed:
                return
            heard = link.heard
            try:
                await link.ask("Ping", {}, self._limits.ping_deadline)
            except SwitchUnavailable as error:
                if not link.closed and link.heard > heard:
                    continue  # the answer stands behind a list of a hundred thousand entries
                log.warning("ami.mute", reason=str(error))
                return

    # ---- what Asterisk tells

    def on_event(self, name: str, callback: EventListener) -> Subscription:
        """Call `callback(event)`, a dict of headers, for each event of that name. A plain function; must not block."""
        self._listeners[name].append(callback)
        return Subscription(self._listeners[name], callback)

    def on_connected(self, callback: Callable[[], None]) -> Subscription:
        """Call `callback()` after each log-in: what was written before may be gone. Not a coroutine."""
        self._connects.append(callback)
        return Subscription(self._connects, callback)

    def _dispatch(self, name: str, event: dict[str, str]) -> None:
        for listener in tuple(self._listeners.get(name, ())):
            _tell(listener, event)

    # ---- what is asked of Asterisk

    async def send(self, action: str, **fields: Fields) -> AmiReply:
        """Send one action and wait for its answer, good or bad. It is sent once, whatever happens to the connection.

        Raises:
            Invalid: a value holds a line end, or is longer than AMI reads.
            SwitchUnavailable: not connected, or no answer. The action may or may not have been carried out.
        """
        link = self._link
        if link is None or link.closed:
            raise SwitchUnavailable("Asterisk's AMI is not connected")
        return await link.ask(action, fields, self._limits.answer_seconds)

    async def demand(self, action: str, **fields: Fields) -> AmiReply:
        """As `send`, for an action that is to succeed.

        Raises:
            AmiRefused: Asterisk said no.
            Invalid, SwitchUnavailable: as `send`.
        """
        reply = await self.send(action, **fields)
        if not reply.ok:
            raise AmiRefused(f"Asterisk refused {action}: {reply.message or reply.response}")
        return reply

    async def db_put(self, family: str, key: str, value: str) -> None:
        """Write into AstDB. Raises as `demand`."""
        await self.demand("DBPut", **_entry(family, key), Val=value)

    async def db_get(self, family: str, key: str) -> str | None:
        """Read from AstDB; None for a key that is not there. Raises as `demand`."""
        reply = await self.send("DBGet", **_entry(family, key))
        if not reply.ok and "not found" in reply.message:
            return None
        if not reply.ok:
            raise AmiRefused(f"Asterisk refused DBGet: {reply.message}")
        return next((event.get("Val", "") for event in reply.events if event.get("Event") == "DBGetResponse"), None)

    async def db_del(self, family: str, key: str) -> None:
        """Delete from AstDB; a key that is not there is as good as deleted. Raises as `demand`."""
        reply = await self.send("DBDel", **_entry(family, key))
        if not reply.ok and "could not be deleted" not in reply.message:
            raise AmiRefused(f"Asterisk refused DBDel: {reply.message}")

    async def db_tree(self, family: str) -> dict[str, str]:
        """Every key of a family with its value. Raises as `demand`."""
        reply = await self.demand("DBGetTree", **_entry(family, None))
        prefix = f"/{family}/"
        return {
            event["Key"].removeprefix(prefix): event.get("Val", "")
            for event in reply.events
            if event.get("Event") == "DBGetTreeResponse" and event.get("Key", "").startswith(prefix)
        }

    async def originate(
        self,
        channel: str,
        *,
        context: str,
        exten: str,
        priority: int = 1,
        caller_id: str = "",
        seconds: float = 30.0,
        variables: Mapping[str, str] | None = None,
    ) -> AmiReply:
        """Call `channel` and put it into the dial plan. Answered as soon as it is queued.

        Never sent again: after SwitchUnavailable a person decides whether to call once more. Raises as `demand`.
        """
        fields: dict[str, Fields] = {
            "Channel": channel,
            "Context": context,
            "Exten": exten,
            "Priority": priority,
            "Timeout": int(seconds * 1000),
            "Async": "true",
        }
        if caller_id:
            fields["CallerID"] = caller_id
        if variables:
            fields["Variable"] = [f"{name}={value}" for name, value in variables.items()]
        return await self.demand("Originate", **fields)

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set a channel's variable; `channel` is its name or unique id. Raises as `demand`."""
        await self.demand("Setvar", Channel=channel, Variable=name, Value=value)

    async def reload(self, module: str) -> None:
        """Have a module read its configuration anew. Raises as `demand`."""
        await self.demand("Reload", Module=module)


def _entry(family: str, key: str | None) -> dict[str, Fields]:
    """AstDB's own separator in a family or key would reach into another one's."""
    if not family or "/" in family or key == "":
        raise Invalid("an AstDB family is a name without '/', and a key is not empty")
    return {"Family": family} if key is None else {"Family": family, "Key": key}


def _tell(callback: Callable[..., None], *arguments: object) -> None:
    try:
        callback(*arguments)
    except Exception:
        # One listener's fault is not the connection's.
        log.exception("ami.listener_failed")
