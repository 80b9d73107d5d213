"""Which pop belongs on whose screen, and which messages lead from one state of a call to the next. Pure.

Must not know connections, databases or clocks: a call and what is known of its caller go in, pops and messages
come out. A desktop that applies the messages to its last snapshot always has what a fresh snapshot would show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from cti.calls.attempts import attempts
from cti.calls.lanes import chain_of, chains, lane_of
from cti.calls.model import OUTBOUND, Call, CallState, Leg, LegReason, in_plan
from cti.calls.segments import holder, last_transfer, legs_now
from cti.customers.numbers import NumberKind, normalise
from cti.desktop.messages import (
    CallAnswered,
    Caller,
    CallOver,
    CardChanged,
    DesktopMessage,
    HandedOn,
    Match,
    Pop,
    PopLeg,
    PopMoved,
    PopWithdrawn,
    Tried,
)
from routing.model import Target, Why

LONGEST_PRESENTED = 200
"""Caller names travel to every ringing desktop and are typed by strangers: 200 characters show any real name."""

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Controls, marks that turn the direction of writing, and halves of characters: none of them shows a name."""


class PopContext(msgspec.Struct, frozen=True):
    """What is known of a call's caller, beside the call itself.

    `card` is `cti.customers.card.card_json`'s. `whys` are the plan's reasons, the first step's first; empty when the
    plan was not ours (a kept one, or one from before a restart). `base` is what the steps' indexes are counted from: a
    transfer's chain follows the steps before it. `chains` are the reasons of each plan, by the channel that dials it.
    """

    caller: Caller
    matches: tuple[Match, ...] = ()
    card: dict[str, Any] | None = None
    whys: tuple[Why, ...] = ()
    base: int = 0
    chains: Mapping[str, tuple[Why, ...]] = {}

    def why(self, call: Call, index: int) -> Why | None:
        """Why the call's step `index` rings; None when a kept or static plan, which tells no reasons, is executed."""
        place, lane = in_plan(index) - self.base, lane_of(index, call)
        whys = self.chains.get(lane.channel, self.whys) if lane is not None else self.whys
        ours = call.plan_source in {None, "daemon"} and 0 < place <= len(whys)
        return whys[place - 1] if ours else None


def code_of(why: Why) -> str:
    """The plainest way to tell a reason: `deputy_desk+complaint`, the code and what shaped the step.

    `cti.wording.why_text` is the readable one.
    """
    return "+".join((why.code.value, *(because.value for because in why.because)))


def presented(text: str) -> str:
    """What a stranger's text may look like on a screen: one line, nothing invisible, of bounded length."""
    return _UNSEEN.sub(" ", text).strip()[:LONGEST_PRESENTED]


def caller_of(raw: str, name: str, e164: str | None) -> Caller:
    """Who is presented as calling; `withheld` when the number itself says so or is missing."""
    shown = presented(raw)
    withheld = e164 is None and normalise(shown).kind is NumberKind.WITHHELD
    return Caller(raw=shown, e164=e164, name=presented(name), withheld=withheld)


def views(
    call: Call, context: PopContext, names: Mapping[str, str], say: Callable[[Why], str] = code_of
) -> dict[str, Pop]:
    """Each agent's pop of this call, by agent's code; who is not in it sees nothing of the call.

    While a step rings: its agents whose phone has not stopped. Answered: who answered. Ended: nobody. Between two
    steps, when every phone has stopped and the next has not begun, those who were last keep it, so that a card
    that moves on to the same person's mobile does not leave the screen on the way. `names` and `say` put agents and
    reasons into words.
    """

    def pop(kind: str, agent: str, index: int, state: str) -> Pop:
        why = context.why(call, index)
        told = say(why) if why is not None else ""
        return _pop(
            call,
            context,
            PopLeg(kind, agent, index),
            tuple(_tried(chain_of(index, call), index, names)),
            state,
            told,
            names,
        )

    if call.state is CallState.ENDED or call.ended is not None:
        return {}
    if call.transfers:
        return _since_transfer(call, pop)
    if call.direction == OUTBOUND:
        state = "talking" if call.state is CallState.TALKING else "ringing"
        return {call.made_by: pop("outbound", call.made_by, 1, state)} if call.made_by is not None else {}
    if call.answered_by is not None:
        leg = _answered_leg(call)
        kind, index = (leg.kind, leg.index) if leg else (call.kind, call.step)
        return {call.answered_by: pop(kind, call.answered_by, index, "talking")}
    if call.state is CallState.TALKING:
        return {}
    shown: dict[str, Pop] = {}
    for chain in chains(call):
        for agent, kind in (_ringing(chain) or _last_to_stop(chain)).items():
            shown.setdefault(agent, pop(chain.kind or kind, agent, chain.step, "ringing"))
    return shown


def _since_transfer(call: Call, pop: Callable[[str, str, int, str], Pop]) -> dict[str, Pop]:
    """Who has a transferred call, or is being rung for it; nobody while it is on its way, or with somebody outside."""
    has = holder(call)
    if has is not None:
        return {has.agent: pop(has.kind, has.agent, has.index, "talking")} if has.agent is not None else {}
    agents = _ringing(call) or _last_to_stop(call)
    return {agent: pop(call.kind or kind, agent, call.step, "ringing") for agent, kind in agents.items()}


def changes(before: Mapping[str, Pop], after: Mapping[str, Pop], call: Call) -> list[tuple[str, DesktopMessage]]:
    """The messages that lead from the pops `before` to those `after`; `call` is the call as it is now.

    Who loses a pop is told before who gets one: the card is never on two screens by our doing.
    """
    messages: list[tuple[str, DesktopMessage]] = []
    for agent in before.keys() - after.keys():
        messages.extend((agent, message) for message in _left(agent, before[agent], call))
    for agent, pop in after.items():
        messages.extend((agent, message) for message in _came_or_stayed(before.get(agent), pop, agent))
    return messages


def fold(pops: Mapping[str, Pop], message: DesktopMessage) -> dict[str, Pop]:
    """One desktop's pops by `call_id` after `message`: what the page does with it, and what tests hold us to."""
    after = dict(pops)
    if isinstance(message, Pop):
        after[message.call_id] = message
    elif isinstance(message, PopWithdrawn | CallOver):
        after.pop(message.call_id, None)
    elif isinstance(message, PopMoved | CallAnswered | CardChanged):
        pop = after.get(message.call_id)
        if pop is not None:
            after[message.call_id] = _applied(pop, message)
    return after


def _applied(pop: Pop, message: PopMoved | CallAnswered | CardChanged) -> Pop:
    if isinstance(message, PopMoved):
        return msgspec.structs.replace(pop, leg=message.leg, tried=message.tried, why=message.why)
    if isinstance(message, CallAnswered):
        return msgspec.structs.replace(pop, state="talking", answered=message.at)
    return msgspec.structs.replace(pop, matches=message.matches, card=message.card)


def _came_or_stayed(old: Pop | None, new: Pop, agent: str) -> list[DesktopMessage]:
    if old is None:
        return [new]
    messages: list[DesktopMessage] = []
    if (old.matches, old.card) != (new.matches, new.card):
        messages.append(CardChanged(new.call_id, new.matches, new.card))
    if (old.leg, old.tried, old.why) != (new.leg, new.tried, new.why):
        messages.append(PopMoved(new.call_id, new.leg, new.tried, new.why))
    if old.state != new.state and new.state == "talking" and new.answered is not None:
        messages.append(CallAnswered(new.call_id, agent, new.answered))
    result: Mapping[str, Pop] = {old.call_id: old}
    for message in messages:
        result = fold(result, message)
    if result[new.call_id] == new:
        return messages
    # A change that no small message can tell (a clock set back, a call found again) is told by the whole pop; that a
    # call was answered is told by its own message all the same: other programs wait for that.
    return [*(message for message in messages if isinstance(message, CallAnswered)), new]


def _left(agent: str, pop: Pop, call: Call) -> Iterator[DesktopMessage]:
    over = call.state is CallState.ENDED or call.ended is not None
    if pop.watching is not None:
        yield PopWithdrawn(pop.call_id, "watch_over")
        return
    if over and call.ended is not None and pop.state == "talking":
        yield CallOver(pop.call_id, call.ended, "completed")
        return
    transfer = last_transfer(call)
    if not over and transfer is not None and pop.state == "talking":
        yield PopWithdrawn(pop.call_id, "transferred", transfer.to)
        return
    reason = _reason_for(agent, pop, call)
    yield PopWithdrawn(pop.call_id, reason, call.answered_by if reason == LegReason.ANSWERED_ELSEWHERE else None)
    if over and call.ended is not None:
        yield CallOver(pop.call_id, call.ended, reason)


def _reason_for(agent: str, pop: Pop, call: Call) -> str:
    """The reason of the agent's own leg in that step, or what must have happened when its end is not known yet."""
    if call.answered_by is not None and call.answered_by != agent:
        own = [leg for leg in _legs(call, pop.leg.index, agent) if leg.reason is not None]
        return own[-1].reason.value if own and own[-1].reason else LegReason.ANSWERED_ELSEWHERE.value
    for leg in reversed(_legs(call, pop.leg.index, agent)):
        if leg.reason is not None:
            return leg.reason.value
    over = call.state is CallState.ENDED or call.ended is not None
    return LegReason.CALLER_HUNG_UP.value if over else LegReason.NO_ANSWER.value


def _legs(call: Call, index: int, agent: str) -> list[Leg]:
    return [leg for leg in call.legs if leg.index == index and leg.agent == agent]


def _answered_leg(call: Call) -> Leg | None:
    own = [leg for leg in call.legs if leg.agent == call.answered_by and leg.answered is not None]
    return own[-1] if own else None


def _ringing(call: Call) -> dict[str, str]:
    """Agents with a phone of this step that rings or is about to, and the step's kind."""
    return {target.agent: call.kind for target in call.targets if _rings(call, target)}


def _rings(call: Call, target: Target) -> bool:
    """A phone may have several contacts, so several legs: it rings until the last of them has stopped."""
    legs = _legs(call, call.step, target.agent)
    if sum(other.agent == target.agent for other in call.targets) > 1:
        legs = [leg for leg in legs if resource_of(leg.endpoint) == target.resource]
    return not legs or any(leg.ended is None for leg in legs)


def _last_to_stop(call: Call) -> dict[str, str]:
    """Agents of the step's legs that stopped last; of a step that was passed whole, those who were passed."""
    legs = [leg for leg in legs_now(call) if leg.index == call.step and leg.agent is not None]
    rung = [leg for leg in legs if leg.channel is not None] or legs
    if any(leg.ended is None for leg in rung):
        # The step is over by the caller's channel; the phone's own hang-up is on its way.
        return {leg.agent: leg.kind for leg in rung if leg.ended is None and leg.agent is not None}
    last = max((leg.ended for leg in rung if leg.ended is not None), default=None)
    return {leg.agent: leg.kind for leg in rung if leg.ended == last and leg.agent is not None}


def resource_of(endpoint: str) -> str:
    """`PJSIP/0900000102@carrier` -> `0900000102`: what a target calls its resource."""
    return endpoint.rpartition("/")[2].partition("@")[0]


def _pop(
    call: Call,
    context: PopContext,
    leg: PopLeg,
    tried: tuple[Tried, ...],
    state: str,
    why: str,
    names: Mapping[str, str],
) -> Pop:
    return Pop(
        call_id=call.linkedid,
        linkedid=call.linkedid,
        caller=context.caller,
        dialled=presented(call.dialled),
        leg=leg,
        matches=context.matches,
        card=context.card,
        tried=tried,
        state=state,
        started=call.started,
        answered=_answered_at(call) if state == "talking" else None,
        why=why,
        direction=call.direction,
        made_by=call.made_by,
        transfer=_handed_on(call, names),
    )


def _answered_at(call: Call) -> datetime | None:
    has = holder(call)
    return has.answered if has is not None else call.answered


def _handed_on(call: Call, names: Mapping[str, str]) -> HandedOn | None:
    transfer = last_transfer(call)
    if transfer is None:
        return None
    by, to = transfer.by or "", transfer.to or ""
    return HandedOn(
        transfer.by, names.get(by, by), transfer.to, names.get(to, to), transfer.how, transfer.back is not None
    )


def _tried(call: Call, step: int, names: Mapping[str, str]) -> Iterator[Tried]:
    """Legs of earlier steps that are over. A group's members who stopped in the present step are not listed."""
    for leg in attempts(replace(call, legs=legs_now(call)) if call.transfers else call):
        if leg.index < step and leg.agent is not None and leg.reason is not None:
            name = names.get(leg.agent, leg.agent)
            yield Tried(leg.kind, leg.agent, name, leg.endpoint, _seconds_rung(leg), leg.reason.value)


def _seconds_rung(leg: Leg) -> int:
    """From the first ring, or the INVITE of a phone that never said it rings, to its end; whole seconds."""
    since = leg.ringing or leg.started
    if leg.channel is None or since is None or leg.ended is None:
        return 0
    return max(0, round((leg.ended - since).total_seconds()))
