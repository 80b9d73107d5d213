"""Answers the dial plan's question about a transfer: whose phones ring for it, and puts the same card there first.

Chooses as if that colleague's direct number had been dialled. Must not know SIP, SQL or HTTP, nor whose call it is:
what the screens know of the caller goes along as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import msgspec
import structlog

from cti.agents.dialling import dialled_key
from cti.agents.directory import DirectoryCache
from cti.asterisk.events import CallTransferred, StepStarted
from cti.asterisk.fastagi import AgiRequest
from cti.calls.tracker import Tracker
from cti.desktop.hub import Hub
from cti.desktop.pops import PopContext
from cti.desktop.service import Desktops
from cti.inbound import FLUSH_SECONDS, first_to_ring
from routing.model import Directory, LegKind, RoutePlan, RouteRequest
from routing.route import route
from routing.wire import PlanUnfit, encode

log = structlog.get_logger(__name__)

_LINKEDID = re.compile(r"[A-Za-z0-9._,-]{1,150}\Z")
_INDEX = re.compile(r"[0-9]{1,6}\Z")


class TransferQuestion(msgspec.Struct, frozen=True):
    """What the dial plan asks. `to` is an agent's code or a number of ours, `index` the transfer's place."""

    linkedid: str
    channel: str
    by: str
    to: str
    index: int


class Transfers:
    """Question in, plan line out; the pop moves between the two."""

    def __init__(
        self,
        *,
        tracker: Tracker,
        desktops: Desktops,
        hub: Hub,
        directory: DirectoryCache,
        now: Callable[[], datetime],
    ) -> None:
        self._tracker = tracker
        self._desktops = desktops
        self._hub = hub
        self._directory = directory
        self._now = now

    async def handle(self, request: AgiRequest) -> None:
        """The FastAGI route: read the question, answer with the channel variable `RW_PLAN`."""
        query = request.query
        linkedid, index = query.get("linkedid", ""), query.get("index", "")
        if not _LINKEDID.match(linkedid) or not _INDEX.match(index):
            log.warning("transfers.no_call", linkedid=linkedid[:200])
            return
        channel = query.get("uniqueid", linkedid)
        question = TransferQuestion(linkedid, channel, query.get("by", "")[:40], query.get("to", "")[:60], int(index))
        line = await self.answer(question)
        if line is not None:
            await request.set_variable("RW_PLAN", line, last=True)

    async def answer(self, question: TransferQuestion) -> str | None:
        """The plan as one line, or None when the dial plan must help itself.

        Raises nothing on account of a pop: a caller is never made to wait for a screen.
        """
        at = self._now()
        plan = plan_for(question.to, self._directory.directory, at)
        try:
            line = encode(plan)
        except PlanUnfit as error:
            log.warning("transfers.plan_unfit", linkedid=question.linkedid, to=question.to, reason=str(error))
            return None
        try:
            await self._pop(question, plan, at)
        except Exception:
            log.exception("transfers.no_pop", linkedid=question.linkedid)
        return line

    async def _pop(self, question: TransferQuestion, plan: RoutePlan, at: datetime) -> None:
        context = self._desktops.context_of(question.linkedid)
        self._tracker.handle(
            CallTransferred(
                at=at,
                linkedid=question.linkedid,
                channel=question.channel,
                index=question.index,
                by=question.by,
                to=question.to,
            )
        )
        if context is not None:
            self._desktops.set_context(question.linkedid, with_plan(context, plan, question.index))
        first = first_to_ring(plan)
        if first is None:
            return
        place, agents = first
        step = plan.steps[place - 1]
        self._tracker.handle(
            StepStarted(
                at=at,
                linkedid=question.linkedid,
                channel=question.channel,
                index=question.index + place,
                kind=step.kind.value,
                seconds=step.seconds,
                targets=tuple(target for target in step.targets if target.passed is None),
            )
        )
        await self._hub.flush(agents, FLUSH_SECONDS)


def plan_for(to: str, directory: Directory, at: datetime) -> RoutePlan:
    """Whose phones ring for a call handed to `to`: a number of ours as for any caller, an agent with their deputies.

    Opening hours do not count for an agent, for whoever transfers is at work; nor does the group at the end, for the
    call comes back. A plan of no step means that there is nobody.
    """
    if to not in directory.agents:
        return route(RouteRequest(dialled_key(to)), directory, at)
    plan = route(RouteRequest("", owner=to), replace(directory, services={}), at)
    return replace(plan, steps=tuple(step for step in plan.steps if step.kind is not LegKind.GROUP))


def with_plan(context: PopContext, plan: RoutePlan, index: int) -> PopContext:
    """The same caller and card, with the reasons of the transfer's chain."""
    return msgspec.structs.replace(context, whys=tuple(step.why for step in plan.steps), base=index)
