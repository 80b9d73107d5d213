"""What is known of each live call's other party: who they may be, and the card, fetched when it did not come in time.

Kept while the call lives, and looked up again after a restart. Must not know who sees it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, Protocol

import msgspec
import structlog

from cti.calls.model import INBOUND, INTERNAL, OUTBOUND, Call
from cti.customers.card import card_json, quick_card
from cti.customers.model import CallerMatch
from cti.desktop.messages import Caller, Match
from cti.desktop.pops import PopContext, caller_of
from cti.errors import NotFound, StoreUnavailable
from cti.store.engine import Store

log = structlog.get_logger(__name__)

CARD_SECONDS = 5.0
"""A card that was too slow for the ring may take its time, but not for ever: the pop stands without it."""

ASKED_WITHIN = 0.5
"""Seconds. A call is heard of a moment before the dial plan asks for its plan, and with the plan comes the card; only a
call for which nobody asked (the daemon was away) needs its card fetched here."""

CARD_PAUSE = 1.0
"""Between two tries while the database is away. Whoever talks to the caller still has use for the card."""

MOST_CONTEXTS = 4096
"""More than any switch of one office has live calls: beyond it lie contexts of calls that never came."""


class Calls(Protocol):
    """What is needed of the tracker."""

    def live(self) -> tuple[Call, ...]: ...

    def get(self, linkedid: str) -> Call | None: ...

    def set_customer(self, linkedid: str, customer_id: int) -> object: ...


class Callers(Protocol):
    """What is needed of the caller index: who a number may belong to, the likeliest first."""

    def lookup(self, e164: str) -> tuple[CallerMatch, ...]: ...


class Contexts:
    """By linkedid. `show(linkedid)` is called when more is known of a call. `run()` must run for cards to come back."""

    def __init__(
        self,
        tracker: Calls,
        callers: Callers,
        store: Store,
        name: Callable[[str], str],
        show: Callable[[str], None],
        *,
        zone: tzinfo,
        stale_days: int,
    ) -> None:
        self._tracker = tracker
        self._callers = callers
        self._store = store
        self._name = name
        self._show = show
        self._zone = zone
        self._stale_days = stale_days
        self._contexts: dict[str, PopContext] = {}
        self._missing: asyncio.Queue[str] = asyncio.Queue()

    def get(self, linkedid: str) -> PopContext | None:
        """What is known of a call's caller, or None for a call that nobody asked about."""
        return self._contexts.get(linkedid)

    def of(self, linkedid: str) -> PopContext | None:
        """What is known of a call's other party; None for a call that is not live."""
        call = self._tracker.get(linkedid)
        return self.get(linkedid) or (self._from_memory(call) if call is not None else None)

    def set(self, linkedid: str, context: PopContext) -> None:
        """What is known of a call's caller; a card that is missing although there are matches is fetched by `run`."""
        self._contexts[linkedid] = context
        if context.card is None and context.matches:
            self.fetch(linkedid)
        if self._tracker.get(linkedid) is not None:
            self._show(linkedid)
        elif len(self._contexts) > MOST_CONTEXTS:
            live = {one.linkedid for one in self._tracker.live()}
            self._contexts = {key: kept for key, kept in self._contexts.items() if key in live or key == linkedid}

    def begin(self, call: Call) -> None:
        """A call is heard of: what memory knows stands at once, its card comes when nobody else brings it."""
        if call.linkedid in self._contexts:
            return
        self._contexts[call.linkedid] = self._from_memory(call)
        # Nobody asks about a call that an agent makes: its card is fetched at once.
        wait = ASKED_WITHIN if call.direction == INBOUND else 0
        asyncio.get_running_loop().call_later(wait, self.fetch, call.linkedid)

    def end(self, linkedid: str) -> None:
        """The call is over."""
        self._contexts.pop(linkedid, None)

    def fetch(self, linkedid: str) -> None:
        """Let `run` fetch the call's card, unless it has come meanwhile."""
        self._missing.put_nowait(linkedid)

    def colleague(self, code: str, raw: str = "") -> Caller:
        """One of us, as who calls."""
        return Caller(raw or code, None, self._name(code or raw))

    async def choose(self, call_id: str, customer_id: int) -> dict[str, Any]:
        """Tie a call to a customer by hand; the card.

        Raises:
            NotFound: no such customer. StoreUnavailable: the database cannot be used now.
        """
        card = await self._card(customer_id)
        if card is None:
            raise NotFound(f"there is no customer {customer_id}")
        context = self._contexts.get(call_id)
        if context is not None:
            matches = _chosen_first(context.matches, customer_id, card)
            self._contexts[call_id] = msgspec.structs.replace(context, card=card, matches=matches)
        self._tracker.set_customer(call_id, customer_id)
        self._show(call_id)
        return card

    async def refresh(self, customer_id: int) -> None:
        """The customer's file changed: bring it up to date wherever it stands.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        shown = [key for key, one in self._contexts.items() if one.card and one.card.get("customer_id") == customer_id]
        card = await self._card(customer_id) if shown else None
        for linkedid in shown if card else ():
            context = self._contexts.get(linkedid)
            if context is not None:
                self._contexts[linkedid] = msgspec.structs.replace(context, card=card)
                self._show(linkedid)

    async def run(self) -> None:
        """Bring back missing cards until cancelled."""
        while True:
            linkedid = await self._missing.get()
            try:
                async with asyncio.timeout(CARD_SECONDS):
                    await self._fill(linkedid)
            except (StoreUnavailable, TimeoutError) as error:
                log.warning("desktops.card_missing", linkedid=linkedid, reason=str(error) or "too slow")
                if linkedid in self._contexts:
                    self.fetch(linkedid)
                    await asyncio.sleep(CARD_PAUSE)
            except Exception:
                # One file that cannot be shown: its caller stands on the pop without it, and all others get their card.
                log.exception("desktops.card_failed", linkedid=linkedid)

    def _from_memory(self, call: Call) -> PopContext:
        """What can be known at once of a call nobody announced: everything but the card."""
        if call.direction == INTERNAL:
            return PopContext(self.colleague(call.made_by or "", call.caller_raw))
        outbound = call.direction == OUTBOUND
        e164 = call.dialled_e164 if outbound else call.caller_e164
        found = self._callers.lookup(e164) if e164 else ()
        matches = tuple(Match(one.customer_id, one.name, one.tier, one.why, one.probably) for one in found)
        other = (call.dialled, "") if outbound else (call.caller_raw, call.caller_name)
        return PopContext(caller_of(*other, e164), matches)

    async def _fill(self, linkedid: str) -> None:
        call = self._tracker.get(linkedid)
        context = self._contexts.get(linkedid)
        if call is None or context is None or context.card is not None:
            return
        customer_id = call.customer_id or (context.matches[0].customer_id if context.matches else None)
        card = await self._card(customer_id) if customer_id is not None else None
        context = self._contexts.get(linkedid)
        if card is None or customer_id is None or context is None or context.card is not None:
            return  # it ended, or someone chose, while the database was read
        matches = context.matches if call.customer_id is None else _chosen_first(context.matches, customer_id, card)
        self._contexts[linkedid] = msgspec.structs.replace(context, card=card, matches=matches)
        self._show(linkedid)

    async def _card(self, customer_id: int) -> dict[str, Any] | None:
        card = await quick_card(self._store, customer_id, self._zone, self._stale_days)
        return card_json(card) if card is not None else None


def _chosen_first(matches: tuple[Match, ...], customer_id: int, card: Mapping[str, Any]) -> tuple[Match, ...]:
    """The chosen customer before the others; one the number did not suggest is marked as chosen by hand."""
    known = [one for one in matches if one.customer_id == customer_id]
    first = known[0] if known else Match(customer_id, card["name"], card["tier"], "chosen")
    return (first, *(one for one in matches if one.customer_id != customer_id))
