"""The pocket cards that are out: made when a mobile is rung, moved with the call, opened by one browser each.

A link is made and sent at once, beside the call; its record is written behind. Must not know HTTP, nor how a message
is sent: `cti.pocket.dispatch` does.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from msgspec.structs import replace

from cti.bus import Bus
from cti.calls import records
from cti.calls.model import Call, CallChanged, Leg
from cti.desktop.hub import CLOSE_NORMAL, Connection
from cti.desktop.messages import CallAnswered, CardChanged, Ping, Pop, PopMoved
from cti.desktop.pops import fold
from cti.desktop.service import PopTold
from cti.errors import NotFound, Refused
from cti.pocket import ledger
from cti.pocket.dispatch import Dispatch
from cti.pocket.message import Message, text_for
from cti.pocket.model import LONGEST_TOKEN, CardState, PocketCard, digest_of, new_token
from cti.pocket.pages import Pages
from cti.pocket.rules import Terms, aged, moved, ringing_mobiles
from cti.pocket.unwritten import Unwritten
from cti.pocket.wire import PocketSnapshot, standing_of
from cti.store.engine import Store

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0
"""How late a card may be in expiring."""

HEARTBEAT_SECONDS = 10.0
"""As on the desktops: three missed ones, and the page says that it is offline."""


class CardTaken(Refused):
    """Another browser holds this card already."""

    code = "card_taken"


class Calls(Protocol):
    """What is needed of the tracker."""

    def get(self, linkedid: str) -> Call | None: ...


class Pops(Protocol):
    """What is needed of the desktops: who has this call's pop up now, by agent's code."""

    def pops_of(self, linkedid: str) -> Mapping[str, Pop]: ...


class PocketCards:
    """Every pocket card that may still be asked for. `run()` must run for links to be sent and kept.

    `address` is where the page is for a phone out there, without a slash at its end. `opened` counts first openings,
    `refused` second browsers, since the start.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        tracker: Calls,
        desktops: Pops,
        dispatch: Dispatch,
        *,
        names: Callable[[], Mapping[str, str]],
        now: Callable[[], datetime],
        address: str,
        language: str,
        terms: Terms | None = None,
        name_in_message: bool = False,
        works_here: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._store = store
        self._tracker = tracker
        self._desktops = desktops
        self.dispatch = dispatch
        self._names = names
        self._now = now
        self._address = address
        self._language = language
        self._terms = terms or Terms()
        self._name_in_message = name_in_message
        self._works_here = works_here
        self._cards: dict[str, PocketCard] = {}
        self._by_digest: dict[str, str] = {}
        self._by_call: defaultdict[str, list[str]] = defaultdict(list)
        self._pops: dict[str, Pop] = {}
        self._pages = Pages()
        self._unwritten = Unwritten(store)
        self._unsent: asyncio.Queue[tuple[str, Message]] = asyncio.Queue()
        self.opened = 0
        self.refused = 0
        self._unsubscribe = (
            bus.subscribe(CallChanged, lambda change: self._on_call(change.after)),
            bus.subscribe(PopTold, self._on_pop),
        )

    # Links

    def find(self, token: str) -> PocketCard:
        """The card of a link.

        Raises:
            NotFound: there is none, or it was over long ago: the same for every such token.
        """
        card = self._cards.get(self._by_digest.get(digest_of(token), "")) if 0 < len(token) <= LONGEST_TOKEN else None
        if card is None:
            raise NotFound("there is nothing at this address")
        return card

    def open(self, token: str, session: str | None) -> tuple[PocketCard, str | None]:
        """Open a link in a browser that holds `session`, or nothing yet. The card, and a new session to hold if it is
        the first; None when it holds the right one, or when the card is gone and only says why.

        Raises:
            NotFound: as `find`; CardTaken: another browser has it.
        """
        card = self.find(token)
        if self.holds(card, session) or not card.live:
            return card, None
        if card.session:
            self.refused += 1
            log.warning("pocket.second_browser", card=card.id, linkedid=card.linkedid, agent=card.agent)
            self._put(replace(card, refused=card.refused + 1))
            raise CardTaken("this card is open on another phone or in another browser; log in to see it here")
        fresh = new_token()
        self.opened += 1
        card = replace(card, session=digest_of(fresh), opened=self._now())
        self._put(card)
        return card, fresh

    def holds(self, card: PocketCard, session: str | None) -> bool:
        """Whether this is the browser that opened the card first."""
        return bool(card.session and session) and hmac.compare_digest(digest_of(session or ""), card.session)

    def of_session(self, card_id: str, session: str | None) -> PocketCard:
        """The card that this browser holds.

        Raises:
            NotFound: it holds none of that id.
        """
        card = self._cards.get(card_id)
        if card is None or not self.holds(card, session):
            raise NotFound("there is nothing at this address")
        return card

    # Pages

    def snapshot(self, card: PocketCard) -> PocketSnapshot:
        """Everything the page shows, as of now. One that is gone shows nothing of the caller."""
        names = self._names()
        pop = self._pops.get(card.id) if card.live else None
        return PocketSnapshot(self._now(), standing_of(card, names), pop, dict(names) if card.live else {})

    def watch(self, card: PocketCard) -> Connection:
        """A page's outbox with its snapshot in it; everything after it follows in order."""
        return self._pages.watch(card, self.snapshot(card))

    def leave(self, card: PocketCard, connection: Connection, code: int = CLOSE_NORMAL) -> None:
        """A page has gone."""
        self._pages.leave(card, connection, code)

    def close(self) -> None:
        """Close every page: the daemon is going."""
        self._pages.close()

    def note_link(self, card_id: str, link: str) -> None:
        """Keep a link that may be seen (channel `log`) where the command line can show it."""
        card = self._cards.get(card_id)
        if card is not None:
            self._put(replace(card, shown_link=link))

    @property
    def cards(self) -> tuple[PocketCard, ...]:
        """Every card that may still be asked for, in the order in which they were made."""
        return tuple(self._cards.values())

    @property
    def live(self) -> int:
        """How many cards are out."""
        return sum(card.live for card in self._cards.values())

    # Tasks

    async def load(self) -> None:
        """Take up the links that were out when the daemon stopped.

        Raises:
            StoreUnavailable: the database cannot be read.
        """
        async with self._store.session() as session:
            cards = await ledger.unexpired(session, self._now())
            unknown = {card.linkedid for card in cards if card.live and self._tracker.get(card.linkedid) is None}
            calls = await records.load_many(session, sorted(unknown)[:200])
        for card in cards:
            if card.id in self._cards:
                continue
            self._keep(card)
            call = self._tracker.get(card.linkedid) or calls.get(card.linkedid)
            if call is not None:
                self._follow(card, call)

    async def run(self) -> None:
        """Send links, write them down, let them expire, until cancelled."""
        await self.dispatch.warm_up()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._unwritten.run())
            tasks.create_task(self._sweep())
            while True:
                card_id, message = await self._unsent.get()
                tasks.create_task(self._send(card_id, message))

    def age(self) -> None:
        """Let what is over expire, and forget what expired long ago; what was sent to who has left is over."""
        at = self._now()
        for agent in {card.agent for card in self._cards.values() if card.live and not self._works_here(card.agent)}:
            self.withdraw_from(agent)
        for card in tuple(self._cards.values()):
            after = aged(card, at)
            if after is None:
                self._forget(card)
            elif after is not card:
                self._put(after)

    def withdraw(self, linkedids: Iterable[str], agent: str | None = None) -> None:
        """Nothing of these calls may be shown any more, whoever holds a link; or only by links of this agent's."""
        for linkedid in linkedids:
            for card in self._of(linkedid):
                if agent is not None and card.agent != agent:
                    continue
                gone = replace(card, state=CardState.GONE, reason="expired", shown_link="", failure="")
                self._put(replace(gone, ended=card.ended or self._now()))

    def withdraw_from(self, agent: str) -> None:
        """This agent has left: nothing may be shown by any link that was sent to them."""
        self.withdraw({card.linkedid for card in self._cards.values() if card.agent == agent and card.live}, agent)

    def stop(self) -> None:
        """Listen to no more calls."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    async def flush(self) -> None:
        """Write everything that is not written.

        Raises:
            StoreUnavailable: the database is gone or locked; what is not written stays to be written.
        """
        await self._unwritten.flush()

    # Inside

    def _on_call(self, call: Call) -> None:
        for card_id in tuple(self._by_call.get(call.linkedid, ())):
            self._follow(self._cards[card_id], call)
        held = {card.agent for card in self._of(call.linkedid) if card.live}
        for agent, leg in ringing_mobiles(call).items():
            if agent not in held:
                self._issue(call, agent, leg)

    def _on_pop(self, told: PopTold) -> None:
        if not isinstance(told.message, Pop | PopMoved | CallAnswered | CardChanged):
            return
        for card in self._of(told.linkedid):
            if card.agent != told.agent or not card.live:
                continue
            before = self._pops.get(card.id)
            after = fold({before.call_id: before} if before is not None else {}, told.message)
            for pop in after.values():
                self._pops[card.id] = pop
            self._pages.tell(card, told.message)

    def _issue(self, call: Call, agent: str, leg: Leg) -> None:
        token, at = new_token(), self._now()
        card = PocketCard(
            id=secrets.token_hex(16),
            digest=digest_of(token),
            linkedid=call.linkedid,
            agent=agent,
            endpoint=leg.endpoint,
            step=leg.index,
            issued=at,
            expires=at + self._terms.longest,
        )
        self._keep(card)
        self._unwritten.put(card)
        pop = self._desktops.pops_of(call.linkedid).get(agent)
        if pop is not None:
            self._pops[card.id] = pop
        text = text_for(pop, self._language, name=self._name_in_message)
        until = at + timedelta(seconds=max(1, leg.seconds))
        self._unsent.put_nowait((card.id, Message(card.id, text, f"{self._address}/p/{token}", until)))

    async def _send(self, card_id: str, message: Message) -> None:
        def rings() -> bool:
            card = self._cards.get(card_id)
            if card is None or not card.live:
                return False
            return card.state is CardState.RINGING or self._now() < message.until  # who picked up at once needs it too

        card = self._cards.get(card_id)
        if card is None:
            return
        try:
            kind, failure = await self.dispatch.deliver(card.agent, message, rings)
        except Exception:
            log.exception("pocket.dispatch_failed", card=card_id)
            kind, failure = "", "something went wrong here"
        card = self._cards.get(card_id)
        if card is None:
            return
        if kind:
            log.info("pocket.sent", card=card.id, linkedid=card.linkedid, agent=card.agent, kind=kind)
        self._put(replace(card, channel=kind, sent=self._now() if kind else None, failure=failure))

    def _follow(self, card: PocketCard, call: Call) -> None:
        self._put(moved(card, call, self._now(), self._terms))

    def _put(self, after: PocketCard) -> None:
        before = self._cards.get(after.id)
        if before == after:
            return
        self._cards[after.id] = after
        self._unwritten.put(after)
        if not after.live:
            self._pops.pop(after.id, None)
        if before is None or (before.state, before.reason, before.by) != (after.state, after.reason, after.by):
            self._pages.tell(after, standing_of(after, self._names()))

    def _keep(self, card: PocketCard) -> None:
        self._cards[card.id] = card
        self._by_digest[card.digest] = card.id
        self._by_call[card.linkedid].append(card.id)

    def _forget(self, card: PocketCard) -> None:
        del self._cards[card.id]
        del self._by_digest[card.digest]
        self._pops.pop(card.id, None)
        mine = self._by_call[card.linkedid]
        mine.remove(card.id)
        if not mine:
            del self._by_call[card.linkedid]
        self._pages.forget(card)

    def _of(self, linkedid: str) -> list[PocketCard]:
        return [self._cards[one] for one in self._by_call.get(linkedid, ())]

    async def _sweep(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.age()
            ticks += 1
            if ticks % round(HEARTBEAT_SECONDS / SWEEP_SECONDS) == 0:
                self._pages.tell_all(self.cards, Ping(self._now()))
