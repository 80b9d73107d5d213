"""The calls that are going on now: fed with the switch's facts, announced at once, recorded in order behind.

Memory is a copy of what Asterisk knows; the record follows and may be late, because a locked database must not hold
a pop back. Must not know which wire a fact came over, nor desktops, nor customers beyond an id.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

import structlog
from msgspec.structs import replace
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from cti.asterisk.events import AnySwitchEvent, CallsJoined
from cti.bus import Bus
from cti.calls import records
from cti.calls.legs import DeskLegs
from cti.calls.machine import apply, close, last_known
from cti.calls.model import INBOUND, OUTBOUND, Call, CallChanged, CallRecorded, CallState
from cti.calls.transfers import joined
from cti.errors import StoreUnavailable
from cti.store.engine import Store

GRACE_SECONDS = 60.0
"""How long an ended call is kept: its last facts, and pages that ask for it right afterwards, arrive within seconds."""

BATCH = 200
"""Calls written in one transaction: short enough that nobody waits long for SQLite's only writer."""

REMEMBERED = 10_000
"""Ended calls whose id is remembered after they were dropped; a few kB each hour, several busy days."""

GATHER_SECONDS = 0.25
"""A call changes a dozen times while it is being set up; written one by one, its records would compete with the very
question whom to ring. A crash within this time loses nothing: the journal still has it."""

LONGEST_PAUSE = 5.0
"""Seconds between two tries while the database is gone: an operator who mends it sees records within that time."""

LONGEST_READING = timedelta(minutes=10)
"""Between listing the channels and comparing calls with the list lies the journal's reading. A call that seems to have
begun later than this was there before, and the clock has been set back since."""

WrittenBeside = Callable[[AsyncSession, Sequence[Call]], Awaitable[None]]
"""What is written of calls elsewhere, in the transaction of their records."""

log = structlog.get_logger(__name__)


class Tracker:
    """Every call by `linkedid`. `normalise` turns what was presented or dialled into E.164, or None; `customer_of` says
    whose number that is, if it can be but one customer's.
    `beside` writes what else is to stand of calls that are recorded, in the transaction of their records.

    `handle`, `set_customer` and `resync` return at once and publish `CallChanged` on the bus; `run` writes. What is
    not written yet stays in memory, ended or not, until it is.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        *,
        normalise: Callable[[str], str | None],
        customer_of: Callable[[str], int | None] = lambda _: None,
        beside: WrittenBeside | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._bus = bus
        self._normalise = normalise
        self._customer_of = customer_of
        self._beside = beside
        self._clock = clock
        self._calls: dict[str, Call] = {}
        self._unwritten: dict[str, None] = {}
        self._unannounced: dict[str, Call | None] = {}
        self._heard: dict[str, float] = {}
        self._customers: OrderedDict[str, int] = OrderedDict()
        self._recorded: OrderedDict[str, None] = OrderedDict()
        self._ended: deque[tuple[float, str]] = deque()
        self._watched_legs = DeskLegs()
        self._read_legs = DeskLegs()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()

    def live(self) -> tuple[Call, ...]:
        """Calls that have not ended, in the order in which they became known."""
        return tuple(call for call in self._calls.values() if call.state is not CallState.ENDED)

    def get(self, linkedid: str) -> Call | None:
        """The call while it lives and shortly afterwards."""
        return self._calls.get(linkedid)

    def handle(self, event: AnySwitchEvent) -> None:
        """Take one fact as it happens. Never waits, never fails on account of the store."""
        self._forget_ended()
        if isinstance(event, CallsJoined):
            self._join(event)
            return
        fact = self._watched_legs.follow(event)
        if fact is None:
            return
        self._take(fact)

    def _take(self, event: AnySwitchEvent) -> None:
        before = self._calls.get(event.linkedid)
        if before is None and event.linkedid in self._recorded:
            return  # a straggler of a call that is long recorded must not open it again
        after = self._applied(before, event)
        if after is None:
            return
        self._heard[event.linkedid] = self._clock()
        self._put(before, after)

    def _join(self, event: CallsJoined) -> None:
        """Two calls have become one: the far end of the one that was asked for now has the other."""
        found = joined(event, self._calls.values())
        if found is not None:
            self._heard[found[1].linkedid] = self._clock()
            self._put(*found)

    def set_customer(self, linkedid: str, customer_id: int) -> None:
        """Tie a call to a customer. One whose arrival has not been heard of yet is tied when it is."""
        before = self._calls.get(linkedid)
        if before is not None:
            self._put(before, replace(before, customer_id=customer_id))
            return
        if linkedid in self._recorded:
            return  # `records.set_customer` is for calls that are over
        self._customers[linkedid] = customer_id
        while len(self._customers) > REMEMBERED:
            self._customers.popitem(last=False)

    def take_back(self, told: Call, before: Call) -> None:
        """What was told of a call before it was done could not be done: it is as `before`, unless it has moved on."""
        if self._calls.get(told.linkedid) is told:
            self._put(told, before)

    async def load(self) -> None:
        """Take over the calls that the records say are still going on. To be called before events flow.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        async with self._store.session() as session:
            for call in await records.live(session):
                self._calls.setdefault(call.linkedid, call)

    def resync(self, channels: Mapping[str, str], *, since: float | None = None, asked: datetime | None = None) -> None:
        """End the calls that the switch no longer knows. `channels`: unique id -> linkedid of every channel there is.

        `since`, by the tracker's clock, and `asked` (aware) are both when the list was asked for: calls heard of later
        are left alone, and those that began later. Read the journal first (`cti.calls.catchup`): what it tells of a
        call's end is better than what is made up here.
        """
        alive = set(channels.values())
        for call in self.live():
            known = {call.caller_channel, *(leg.channel for leg in call.legs)}
            if call.linkedid in alive or not known.isdisjoint(channels):
                continue
            if since is not None and self._heard.get(call.linkedid, since) > since:
                continue
            if asked is not None and _began_behind(call, asked):
                continue
            at = last_known(call)
            if at is None:
                continue  # no fact opens a call without a time
            log.info("calls.lost", linkedid=call.linkedid, last_known=at.isoformat())
            if call.linkedid in self._unannounced:
                self._keep(close(call, at))  # `announce` will tell, if anybody ever saw it
            else:
                self._put(call, close(call, at))

    async def absorb(self, events: Sequence[AnySwitchEvent]) -> None:
        """Take facts read from the journal, quietly: `announce` tells of what came of them.

        Raises:
            StoreUnavailable: calls no longer in memory cannot be looked up; no fact was taken.
        """
        self._forget_ended()
        events = [fact for event in events if (fact := self._read_legs.follow(event)) is not None]
        named = {event.linkedid for event in events}
        named |= {event.second for event in events if isinstance(event, CallsJoined)}
        # Held on to: one that ended a while ago may be dropped while the records of the others are read.
        held = {linkedid: self._calls[linkedid] for linkedid in named & self._calls.keys()}
        recorded = await self._recorded_calls(named - held.keys())
        known = recorded | held
        for event in events:
            before = self._calls.get(event.linkedid) or known.get(event.linkedid)
            if isinstance(event, CallsJoined):
                found = joined(event, {**known, **self._calls}.values())
                before, after = found or (before, before)
            else:
                after = self._applied_or_left(before, event)
            if after is None or after is before:
                continue
            self._unannounced.setdefault(after.linkedid, before)
            self._keep(after)
        self._wake.set()
        for call in recorded.values():
            # Recorded by a daemon that may have died before it could say so.
            if call.state is CallState.ENDED and call.linkedid not in self._calls:
                self._say_recorded(call)

    def announce(self) -> None:
        """Publish one `CallChanged` for each call that the journal moved; none for calls that came and went unseen."""
        for linkedid, before in tuple(self._unannounced.items()):
            after = self._calls.get(linkedid)
            del self._unannounced[linkedid]
            if after is None or (after.state is CallState.ENDED and (before is None or before.state == after.state)):
                continue
            self._bus.publish(CallChanged(before, after))

    async def flush(self) -> None:
        """Write everything that is not written, and publish `CallRecorded` for each ended call, once.

        Raises:
            StoreUnavailable: the database is gone or locked; what is not written stays to be written.
        """
        async with self._writing:
            while batch := [self._calls[linkedid] for linkedid in islice(self._unwritten, BATCH)]:
                await self._write(batch, self._beside)

    async def run(self) -> None:
        """Write records behind the facts until cancelled. A database that is locked or gone is tried again."""
        pause = 0.0
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            try:
                await self.flush()
                pause = 0.0
            except (StoreUnavailable, SQLAlchemyError) as error:
                pause = min(LONGEST_PAUSE, pause * 2 or 0.2)
                log.warning("calls.not_written", unwritten=len(self._unwritten), again_in=pause, reason=str(error))
                self._wake.set()
                await asyncio.sleep(pause)

    async def _write(self, batch: Sequence[Call], beside: WrittenBeside | None) -> None:
        try:
            async with self._store.transaction() as session:
                await records.save_many(session, batch)
                if beside is not None:
                    await beside(session, batch)
        except StoreUnavailable:
            raise
        except Exception as error:
            if isinstance(error, SQLAlchemyError) and not _never_taken(error):
                raise
            if len(batch) > 1:
                for call in batch:
                    await self._write([call], beside)
                return
            if beside is not None:
                # What cannot be written elsewhere must not keep the call's own record out.
                log.exception("calls.nothing_beside", linkedid=batch[0].linkedid)
                await self._write(batch, None)
                return
            # One record that the database will never take must not keep all others from being written.
            log.error("calls.record_refused", linkedid=batch[0].linkedid, reason=str(error)[:500])  # noqa: TRY400
        for call in batch:
            if self._calls.get(call.linkedid) is call:
                self._unwritten.pop(call.linkedid, None)
            if call.state is CallState.ENDED:
                self._say_recorded(call)

    def _say_recorded(self, call: Call) -> None:
        if call.linkedid in self._recorded:
            return
        self._recorded[call.linkedid] = None
        while len(self._recorded) > REMEMBERED:
            self._recorded.popitem(last=False)
        self._bus.publish(CallRecorded(call))

    def _applied_or_left(self, before: Call | None, event: AnySwitchEvent) -> Call | None:
        try:
            return self._applied(before, event)
        except Exception:
            # The journal is read from where it was read to: one fact that cannot be taken would keep all behind it.
            log.exception("calls.fact_refused", linkedid=event.linkedid, fact=type(event).__name__)
            return before

    def _applied(self, before: Call | None, event: AnySwitchEvent) -> Call | None:
        """The state machine's answer, with what it cannot know: the number's E.164 form and the customer."""
        after = apply(before, event)
        if after is None or after is before:
            return after
        if after.direction == OUTBOUND and after.dialled and (before is None or not before.dialled):
            after = self._known(after)
        unread = after.caller_e164 is None and after.caller_raw and (before is None or not before.caller_raw)
        if after.direction == INBOUND and unread:
            e164 = self._normalise(after.caller_raw)
            after = replace(after, caller_e164=e164, customer_id=self._customer(after, e164))
        if before is None and after.linkedid in self._customers:
            after = replace(after, customer_id=self._customers.pop(after.linkedid))
        return after

    def _known(self, call: Call) -> Call:
        e164 = self._normalise(call.dialled)
        return replace(call, dialled_e164=e164, customer_id=self._customer(call, e164))

    def _customer(self, call: Call, e164: str | None) -> int | None:
        """Whose call it is. Nobody asks about a call that an agent makes, nor while the daemon is away or too slow."""
        return self._customer_of(e164) if e164 is not None and call.customer_id is None else call.customer_id

    def _put(self, before: Call | None, after: Call) -> None:
        if after == before:
            return
        before = self._unannounced.pop(after.linkedid, before)
        self._keep(after)
        self._wake.set()
        self._bus.publish(CallChanged(before, after))

    def _keep(self, after: Call) -> None:
        held = self._calls.get(after.linkedid)
        self._calls[after.linkedid] = after
        self._unwritten[after.linkedid] = None
        if after.state is not CallState.ENDED or (held is not None and held.state is CallState.ENDED):
            return
        seen = self._unannounced.get(after.linkedid, held)
        if seen is None or seen.state is CallState.ENDED:
            self._ended.appendleft((-math.inf, after.linkedid))  # came and went unseen: nobody will ask for it
        else:
            self._ended.append((self._clock(), after.linkedid))

    def _forget_ended(self) -> None:
        """Drop calls that ended a while ago; the unwritten ones wait for their turn."""
        until = self._clock() - GRACE_SECONDS
        while self._ended and self._ended[0][0] < until:
            _, linkedid = self._ended[0]
            if linkedid in self._unwritten:
                return
            self._ended.popleft()
            call = self._calls.get(linkedid)
            if call is not None and call.state is not CallState.ENDED:
                continue  # a transfer was heard of after the phone that made it had gone
            self._calls.pop(linkedid, None)
            self._heard.pop(linkedid, None)
            self._unannounced.pop(linkedid, None)

    async def _recorded_calls(self, linkedids: set[str]) -> dict[str, Call]:
        found: dict[str, Call] = {}
        remaining = iter(sorted(linkedids))
        async with self._store.session() as session:
            while some := list(islice(remaining, BATCH)):
                found |= await records.load_many(session, some)
        return found


def _began_behind(call: Call, asked: datetime) -> bool:
    """Whether a list of channels that was asked for at that instant could not yet know the call."""
    return call.started is not None and timedelta(0) <= call.started - asked < LONGEST_READING


def _never_taken(error: SQLAlchemyError) -> bool:
    """Whether the database objects to the values themselves, so that trying again is of no use.

    asyncpg's objections come as a plain `DBAPIError`: by SQLSTATE class 22 when the server made them, else by cause.
    """
    if type(error) is DBAPIError:
        state = getattr(error.orig, "sqlstate", None) or ""
        return state.startswith("22") or isinstance(getattr(error.orig, "__cause__", None), ValueError)
    if not isinstance(error, DBAPIError):
        return isinstance(error, StatementError)
    return isinstance(error, DataError | IntegrityError)
