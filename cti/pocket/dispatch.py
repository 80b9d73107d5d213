"""Gets a link to a mobile while it rings: the agent's ways one after the other, round after round, until one takes it.

Must not know what a card is: a message, an agent, and whether it still rings.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cti.errors import StoreUnavailable
from cti.pocket import channels
from cti.pocket.channels import Channel
from cti.pocket.message import Message
from cti.pocket.ways import Gone, Undelivered, Way
from cti.store.engine import Store

log = structlog.get_logger(__name__)

TRY_SECONDS = 7.0
"""No way may hold up the next for longer, whatever it does."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
"""Seconds between two rounds, doubling: a mobile rings some twenty, so about five rounds fit."""

LOOK_SECONDS = 1.0
"""A database that does not answer within this time does not decide whether the link is sent: the last copy does."""

NO_WAY = "no way to this agent's mobile is set up"


class Dispatch:
    """Sends. `usual` are an agent's ways when they have set none. `sent`, `failed`: how often, by kind."""

    def __init__(
        self,
        store: Store,
        ways: Mapping[str, Way],
        usual: Callable[[str], list[Channel]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._ways = ways
        self._usual = usual
        self._now = now
        self._known: dict[str, list[Channel]] = {}
        self.sent: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of ways that are set up here."""
        return frozenset(self._ways)

    async def warm_up(self) -> None:
        """Load the libraries of the configured ways, and everybody's channels, before a phone rings."""
        for way in self._ways.values():
            await way.warm_up()
        try:
            async with self._store.session() as session:
                self._known = await channels.read_all(session)
        except (StoreUnavailable, SQLAlchemyError) as error:
            log.warning("pocket.channels_unread", reason=str(error)[:300])

    async def deliver(self, agent: str, message: Message, rings: Callable[[], bool]) -> tuple[str, str]:
        """Send until a way has taken it or it no longer rings. The kind that took it, or "" and the last failure."""
        pause, failure = FIRST_PAUSE, ""
        while rings():
            usable = [one for one in await self.channels_of(agent) if one.kind in self._ways]
            if not usable:
                log.warning("pocket.no_way", agent=agent)
                return "", NO_WAY
            for channel in usable:
                if not rings():
                    break
                failure = await self.attempt(channel, message)
                if not failure:
                    return channel.kind, ""
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        return "", failure

    async def channels_of(self, agent: str) -> list[Channel]:
        """The agent's ways in order, or the firm's usual ones."""
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._store.session() as session:
                self._known[agent] = await channels.read(session, agent)
        except (StoreUnavailable, SQLAlchemyError, TimeoutError) as error:
            log.warning("pocket.channels_unread", agent=agent, reason=str(error)[:300])
        return self._known.get(agent) or self._usual(agent)

    async def attempt(self, channel: Channel, message: Message) -> str:
        """One try of one way. What it said, or "" when it took the message."""
        failure, gone = "", False
        way = self._ways.get(channel.kind)
        if way is None:
            return f"{channel.kind} is not set up here"
        try:
            async with asyncio.timeout(TRY_SECONDS):
                await way.send(channel.target, message)
        except Undelivered as error:
            failure, gone = str(error)[:300] or "refused", isinstance(error, Gone)
        except TimeoutError:
            failure = "no answer in time"
        except Exception as error:
            # One service's library must not keep the next way from being tried.
            log.exception("pocket.way_failed", kind=channel.kind)
            failure = type(error).__name__
        if failure:
            self.failed[channel.kind] += 1
            log.warning("pocket.not_sent", kind=channel.kind, key=message.key, reason=failure)
        else:
            self.sent[channel.kind] += 1
        await self._note(channel, failure, gone=gone)
        return failure

    async def _note(self, channel: Channel, failure: str, *, gone: bool) -> None:
        if channel.id is None or (not failure and not channel.failure and channel.last is not None):
            return
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._store.transaction() as session:
                if gone:
                    await channels.forget(session, channel.id)
                else:
                    await channels.note(session, channel.id, self._now(), failure)
        except (StoreUnavailable, SQLAlchemyError, TimeoutError) as error:
            log.warning("pocket.channel_not_noted", reason=str(error)[:300])
