"""Answers the dial plan's question: whose phone rings for this caller, and puts the pop there before it does.

The one place where number, customer, plan and pop meet. Everything it needs to route stands in memory; what it cannot
have in time (the card of a slow database, a desktop that does not read) it goes without, for a phone must ring.
Must not know SIP, SQL or HTTP.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

import msgspec
import structlog

from cti.agents.directory import DirectoryCache
from cti.asterisk.events import CallArrived, StepStarted
from cti.asterisk.fastagi import AgiRequest
from cti.calls.tracker import Tracker
from cti.customers.asking import STALE_DAYS
from cti.customers.card import card_json, quick_card
from cti.customers.index import TAIPEI, CallerIndex
from cti.decision import Decision, decide
from cti.desktop.hub import Hub
from cti.desktop.messages import Match
from cti.desktop.pops import PopContext, caller_of, presented
from cti.desktop.service import Desktops
from cti.errors import StoreUnavailable
from cti.reports.decided import PlanDecided
from cti.store.engine import Store
from routing.model import RoutePlan
from routing.wire import PlanUnfit, encode

log = structlog.get_logger(__name__)

CARD_SECONDS = 0.25
"""A card usually takes about a millisecond; a locked database must not eat the ask's 0.8 s."""

FLUSH_SECONDS = 0.05
"""How long the plan waits for the pop to be on the wire: past that the desktop is slow, and the caller is not."""

LONGEST_NAME = 100

_LINKEDID = re.compile(r"[A-Za-z0-9._,-]{1,150}\Z")
"""What the dial plan lets through. Whoever else reaches the port must not put calls on screens and into the records."""

ANYBODY = "+886900000000"
"""A number whose look-up touches all that a caller's does, and that belongs to nobody."""


class Question(msgspec.Struct, frozen=True):
    """What the dial plan asks: which number was dialled, by whom, on which call. Texts are as hostile as they came."""

    linkedid: str
    channel: str
    channel_name: str
    dialled: str
    caller_raw: str
    caller_name: str


class Inbound:
    """Question in, plan line out; the pop goes between the two."""

    def __init__(
        self,
        *,
        store: Store,
        tracker: Tracker,
        desktops: Desktops,
        hub: Hub,
        callers: CallerIndex,
        directory: DirectoryCache,
        now: Callable[[], datetime],
        tell: Callable[[PlanDecided], None] = lambda _: None,
        zone: tzinfo = TAIPEI,
        stale_days: int = STALE_DAYS,
    ) -> None:
        self._store = store
        self._tracker = tracker
        self._desktops = desktops
        self._hub = hub
        self._callers = callers
        self._directory = directory
        self._now = now
        self._zone = zone
        self._stale_days = stale_days
        self._tell = tell

    async def warm_up(self) -> None:
        """Do once, for nobody, what a first caller would wait for: tables of numbers read, the statement compiled."""
        decide(self._directory.directory, self._callers, dialled="", caller=ANYBODY, at=self._now())
        await self._card(0)

    async def handle(self, request: AgiRequest) -> None:
        """The FastAGI route: read the question, answer with the channel variable `RW_PLAN`."""
        question = read_question(request)
        line = await self.answer(question)
        if line is not None:
            await request.set_variable("RW_PLAN", line, last=True)

    async def answer(self, question: Question) -> str | None:
        """The plan as one line, or None when nobody at all can be rung: then the dial plan has its own last plan.

        Raises nothing on account of a pop: a caller is never made to wait for a screen.
        """
        at = self._now()
        decision = decide(
            self._directory.directory, self._callers, dialled=question.dialled, caller=question.caller_raw, at=at
        )
        try:
            line = encode(decision.plan)
        except PlanUnfit as error:
            log.warning("inbound.plan_unfit", linkedid=question.linkedid, dialled=decision.dialled, reason=str(error))
            return None
        if not _LINKEDID.match(question.linkedid):
            log.warning("inbound.no_call", linkedid=question.linkedid)
            return line
        try:
            await self._pop(question, decision, at)
        except Exception:
            log.exception("inbound.no_pop", linkedid=question.linkedid)
        self._tell(PlanDecided(question.linkedid, at, decision.plan))
        return line

    async def _pop(self, question: Question, decision: Decision, at: datetime) -> None:
        matches = decision.matches
        card = await self._card(matches[0].customer_id) if matches else None
        known = self._desktops.context(question.linkedid)
        self._desktops.set_context(question.linkedid, pop_context(question, decision, card, known))
        self._tracker.handle(
            CallArrived(
                at=at,
                linkedid=question.linkedid,
                channel=question.channel,
                channel_name=question.channel_name,
                caller_raw=question.caller_raw,
                caller_name=question.caller_name,
                dialled=question.dialled,
            )
        )
        if len(matches) == 1:
            self._tracker.set_customer(question.linkedid, matches[0].customer_id)
        first = first_to_ring(decision.plan)
        if first is None:
            return
        index, agents = first
        step = decision.plan.steps[index - 1]
        self._tracker.handle(
            StepStarted(
                at=at,
                linkedid=question.linkedid,
                channel=question.channel,
                index=index,
                kind=step.kind.value,
                seconds=step.seconds,
                targets=tuple(target for target in step.targets if target.passed is None),
            )
        )
        await self._hub.flush(agents, FLUSH_SECONDS)

    async def _card(self, customer_id: int) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(CARD_SECONDS):
                card = await quick_card(self._store, customer_id, self._zone, self._stale_days)
        except (TimeoutError, StoreUnavailable) as error:
            log.warning("inbound.card_missing", customer_id=customer_id, reason=str(error) or "too slow")
            return None
        except Exception:
            # One record that cannot be shown: who is calling is known all the same, and stands on the pop.
            log.exception("inbound.card_failed", customer_id=customer_id)
            return None
        return card_json(card) if card else None


def read_question(request: AgiRequest) -> Question:
    """Take the question from an AGI request: numbers from the query the dial plan filtered, texts from the headers."""
    linkedid = request.query.get("linkedid", "")
    return Question(
        linkedid=linkedid,
        channel=request.query.get("uniqueid", linkedid),
        channel_name=request.query.get("channel", ""),
        dialled=request.query.get("dialled", ""),
        caller_raw=presentable(request.headers.get("agi_callerid", "")),
        caller_name=presentable(request.headers.get("agi_calleridname", "")),
    )


def presentable(text: str) -> str:
    """A caller's text as it may be kept and shown: valid Unicode, nothing that steers, of sane length.

    Never interpreted. The same marks go as from what the stream says of the call, so that both show one name.
    """
    if text in {"unknown", "<unknown>"}:
        return ""
    return presented(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))[:LONGEST_NAME]


def pop_context(
    question: Question, decision: Decision, card: dict[str, Any] | None, known: PopContext | None = None
) -> PopContext:
    """What the pop of this call will say of the caller, whichever phone it is on.

    `known`: what it said of a chain that was asked for before, and may be rung still.
    """
    whys = tuple(step.why for step in decision.plan.steps)
    return PopContext(
        caller=caller_of(question.caller_raw, question.caller_name, decision.number.e164),
        matches=tuple(Match(one.customer_id, one.name, one.tier, one.why, one.probably) for one in decision.matches),
        card=card,
        whys=whys,
        chains={**(known.chains if known is not None else {}), question.channel: whys},
    )


def first_to_ring(plan: RoutePlan) -> tuple[int, tuple[str, ...]] | None:
    """The first step that is not passed at once as far as is known: its index from 1 and the agents it rings."""
    for index, step in enumerate(plan.steps, 1):
        agents = tuple(dict.fromkeys(target.agent for target in step.targets if target.passed is None))
        if agents:
            return index, agents
    return None
