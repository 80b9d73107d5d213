"""Sees to it that every missed caller becomes a promise, once, and that late promises are heard of.

Hears of ended calls on the bus, and looks through the records for those that nobody decided on: after a start, each
minute, and after the database was away. Must not know the switch, desktops or HTTP; what is decided,
`cti.promises.rules` decides, and who shows what is owed has it from `cti.promises.board`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from cti.bus import Bus
from cti.calls.model import Call, CallRecorded
from cti.customers.model import CallerMatch
from cti.errors import StoreUnavailable
from cti.promises import ledger, rules
from cti.promises.board import Board
from cti.promises.ledger import Ledger
from cti.promises.model import Duty, Entry, Promise, Shown
from cti.promises.opening import Opening, due_at, end_of_day
from cti.store.engine import Store
from routing.model import Directory

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
"""One primary-key read; what the command line or another daemon does to a promise is on the page within a second."""

SWEEP_SECONDS = 60.0
"""How often the records are looked through for calls that nobody decided on; the bus tells of them at once."""

LONGEST_PAUSE = 5.0
"""Between two tries while the database is away: promises appear within that time when it is back."""

RACES = 5
"""Tries when another daemon opens a promise for the same caller at the same moment; the second finds it open."""


class People(Protocol):
    """What is needed of the directory cache."""

    @property
    def directory(self) -> Directory: ...


class Callers(Protocol):
    """What is needed of the caller index: who a number may belong to, the likeliest first."""

    def lookup(self, e164: str) -> Sequence[CallerMatch]: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What the firm promises: call-backs within `minutes` of open hours, late ones to the deputy and to the manager
    so many further minutes after they were due; who asked for a call by key has it within `callback_minutes`. A talk of
    `kept_seconds` keeps a promise. `tier_minutes`: other minutes for customers of a tier."""

    minutes: int = 30
    deputy_minutes: int = 15
    manager_minutes: int = 30
    kept_seconds: float = 20.0
    callback_minutes: int = 10
    tier_minutes: Mapping[str, int] = field(default_factory=dict)


Tied = Callable[[AsyncSession, Sequence[str]], Awaitable[None]]


class Keeper:
    """The promises of one firm. `opening`: the hours of numbers that have none of their own. `tied` is told,
    in the same transaction, of recorded calls whose caller turned out to be a customer."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        people: People,
        callers: Callers,
        *,
        terms: Terms,
        opening: Opening,
        now: Callable[[], datetime],
        book: Ledger | None = None,
        tied: Tied | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._people = people
        self._callers = callers
        self._terms = terms
        self._opening = opening
        self._now = now
        self.book = book or Ledger()
        self._tied = tied
        self._board = Board(store, bus)
        self._turns: dict[int, tuple[datetime, tuple[datetime, ...]]] = {}
        self._waiting: dict[str, Call] = {}
        self._refused: set[str] = set()
        self._left_alone: set[int] = set()
        self._wake = asyncio.Event()
        self._unsubscribe = bus.subscribe(CallRecorded, self._recorded)

    @property
    def board(self) -> Mapping[int, Shown]:
        """Every open promise by id, as last read; never waits."""
        return self._board.open

    def due(self, dialled: str, missed_at: datetime, *, asked: bool = False, tier: str = "") -> datetime:
        """Until when a caller who dialled that number and was missed at that instant is to be called back.

        `asked`: they chose to be called back, by key. `tier` is the customer's.
        """
        minutes = self._terms.tier_minutes.get(tier, self._terms.minutes)
        if asked:
            minutes = min(minutes, self._terms.callback_minutes)
        return due_at(missed_at, self._hours(dialled), minutes)

    def by_the_end_of(self, day: date, zone: tzinfo, dialled: str) -> datetime:
        """When those who answer that number go home on `day`."""
        return end_of_day(day, zone, self._hours(dialled))

    async def run(self) -> None:
        """Decide, escalate and follow changes until cancelled. While the database is away, what waits is kept."""
        clock = asyncio.get_running_loop().time
        sweep_at, pause = clock(), POLL_SECONDS
        while True:
            try:
                await self.decide_waiting()
                if clock() >= sweep_at:
                    await self.sweep()
                    sweep_at = clock() + SWEEP_SECONDS
                await self.refresh()
                await self.recognise()
                await self.escalate()
                pause = POLL_SECONDS
            except (StoreUnavailable, SQLAlchemyError) as error:
                pause = min(LONGEST_PAUSE, pause * 2)
                sweep_at = clock()
                log.warning("promises.store_away", waiting=len(self._waiting), again_in=pause, reason=str(error)[:300])
                await asyncio.sleep(pause)
                continue
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    def stop(self) -> None:
        """Hear of no more calls."""
        self._unsubscribe()

    async def decide_waiting(self) -> None:
        """Decide on the calls that were heard of on the bus.

        Raises:
            StoreUnavailable: the database cannot be used now; what is not decided goes on waiting.
        """
        for linkedid, call in tuple(self._waiting.items()):
            await self.decide(call)
            self._waiting.pop(linkedid, None)

    async def sweep(self) -> None:
        """Decide on every recorded call that nobody decided on: while no daemon ran, or one that died too early.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        self._turns.clear()  # the firm's hours may have been changed
        self._left_alone.clear()
        while True:
            async with self._store.session() as session:
                calls = await ledger.undecided(session, self._now(), ledger.PAGE + len(self._refused))
            calls = [call for call in calls if call.linkedid not in self._refused]
            for call in calls:
                await self.decide(call)
            if len(calls) < ledger.PAGE:
                return

    async def decide(self, call: Call) -> Promise | None:
        """Decide on one ended call; a call decided before changes nothing.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        for _ in range(RACES):
            try:
                async with self._store.transaction() as session:
                    promise, entries = await self.book.decide(session, call, self._terms.kept_seconds, self._duty)
            except IntegrityError:
                continue
            except StoreUnavailable:
                raise
            except Exception as error:
                if isinstance(error, SQLAlchemyError) and not _never_taken(error):
                    raise
                # One call that the database will never take, or that we cannot judge, must not keep all others from
                # being decided: the keeper would fail at it again after every start.
                log.exception("promises.call_refused", linkedid=call.linkedid, reason=str(error)[:500])
                self._refused.add(call.linkedid)
                return None
            for entry in entries:
                log.info(
                    "promises.happened", promise=promise.id if promise else None, what=entry.what, call_id=call.linkedid
                )
            return promise
        raise StoreUnavailable(f"promises for the caller of {call.linkedid} are opened elsewhere all the time")

    async def refresh(self) -> None:
        """Read what changed since the last look, and say so on the bus.

        Raises:
            StoreUnavailable: the database cannot be read; the board stays as it was.
        """
        await self._board.refresh()

    async def escalate(self) -> None:
        """Tell of promises that have become late, or have been late for long; each level once.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        at = self._now()
        moved = False
        for promise_id, shown in tuple(self.board.items()):
            level = sum(at >= turn for turn in self._turns_of(shown.promise))
            if level <= shown.promise.level:
                continue

            def higher(promise: Promise) -> tuple[Promise, list[Entry]]:
                now_level = sum(at >= turn for turn in self._turns_of(promise))
                return rules.escalate(promise, now_level, self._people.directory, at)

            moved |= await self._change(promise_id, partial(self.book.escalate, promise_id=promise_id, change=higher))
        if moved:
            await self.refresh()

    async def recognise(self) -> None:
        """Tie open promises of unknown callers to the customer they have become since, and their calls with them.

        Only where the number is one customer's alone: which of several it was only a person can say.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        moved = False
        for promise_id, shown in tuple(self.board.items()):
            number = shown.promise.number
            if shown.promise.customer_id is not None or number is None:
                continue
            found = self._callers.lookup(number)
            if len(found) == 1:
                moved |= await self._change(promise_id, partial(self._recognise, promise_id, found[0].customer_id))
        if moved:
            await self.refresh()

    async def _recognise(self, promise_id: int, customer_id: int, session: AsyncSession) -> None:
        linkedids = await self.book.recognise(session, promise_id, customer_id, self._now())
        if self._tied is not None:
            await self._tied(session, linkedids)

    async def _change(self, promise_id: int, change: Callable[[AsyncSession], Awaitable[object]]) -> bool:
        """Change one promise in a transaction; whether that was done. One with which it cannot be done must not keep
        all others from being recognised and told of: it is left alone until the next sweep."""
        if promise_id in self._left_alone:
            return False
        try:
            async with self._store.transaction() as session:
                await change(session)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("promises.not_changed", promise=promise_id)
            self._left_alone.add(promise_id)
            return False
        return True

    def _recorded(self, message: CallRecorded) -> None:
        self._waiting[message.call.linkedid] = message.call
        self._wake.set()

    def _duty(self, call: Call, missed_at: datetime) -> Duty:
        found = self._callers.lookup(call.caller_e164) if call.caller_e164 else ()
        owner = next((match.owner for match in found if match.owner), None)
        avoid = {code for match in found for code in match.avoid}
        agent, why = rules.owner_of(call, self._people.directory, owner, self._now(), avoid)
        customer = found[0].customer_id if len(found) == 1 else None
        asked, tier = call.callback_asked is not None, found[0].tier if found else ""
        return Duty(agent, why, self.due(call.dialled, missed_at, asked=asked, tier=tier), customer)

    def _hours(self, dialled: str) -> Opening:
        return rules.opening_of(self._people.directory, dialled, self._opening)

    def _turns_of(self, promise: Promise) -> tuple[datetime, ...]:
        """When it goes a level up; counted once a due time, because counting minutes costs some."""
        known = self._turns.get(promise.id)
        if known is None or known[0] != promise.due:
            terms = self._terms
            known = (
                promise.due,
                rules.turns(promise, self._hours(promise.dialled), terms.deputy_minutes, terms.manager_minutes),
            )
            self._turns[promise.id] = known
        return known[1]


def _never_taken(error: SQLAlchemyError) -> bool:
    """Whether the database objects to the values themselves, so that trying again is of no use."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, StatementError)
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, DataError) or state.startswith("22")
