"""Who gets a pocket card, how it moves with its call, and when it is over. Pure: a call and an instant go in.

Which agents have to do with a call is `cti.desktop.pops.views`' answer, so that pocket and desktop never differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from cti.calls.lanes import is_rung_now
from cti.calls.model import OUTBOUND, Call, CallState, Leg, LegReason
from cti.calls.reasons import is_mobile
from cti.desktop.messages import Caller
from cti.desktop.pops import PopContext, views
from cti.pocket.model import CardState, PocketCard

GONE_SHOWN = timedelta(minutes=10)
"""So long a link that is over still says why. Then it is as if it had never been."""

_ANYBODY = PopContext(Caller(raw="", e164=None, name=""))


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a card lives: at most `longest` after it was made, and `wrap_up` after the talk."""

    longest: timedelta = timedelta(hours=4)
    wrap_up: timedelta = timedelta(minutes=10)


def concerned(call: Call) -> frozenset[str]:
    """The agents who have this call's pop now."""
    return frozenset(views(call, _ANYBODY, {}))


def ringing_mobiles(call: Call) -> dict[str, Leg]:
    """Agents with a mobile of the present step that is being rung now, and its leg: a deputy's and a group's too."""
    if call.answered_by is not None or _over(call) or call.direction == OUTBOUND:
        return {}
    rung = [leg for leg in call.legs if is_rung_now(leg, call) and leg.channel and leg.ended is None and is_mobile(leg)]
    here = concerned(call) if rung else frozenset()  # asked at every step of every call: most ring no mobile
    return {leg.agent: leg for leg in rung if leg.agent in here}


def moved(card: PocketCard, call: Call, at: datetime, terms: Terms) -> PocketCard:
    """The card after its call has moved on. One that is gone stays gone, and may learn better why."""
    if card.state is CardState.WRAP_UP or card.reason == "expired":
        return card
    if call.answered_by == card.agent and card.live:
        return _wrapping_up(card, call.ended or at, terms) if _over(call) else replace(card, state=CardState.TALKING)
    if card.state is CardState.TALKING:
        return _wrapping_up(card, call.ended or at, terms)  # it was handed on, or taken over
    if card.live and card.agent in concerned(call):
        return card
    reason, by = why_gone(card, call)
    ended = card.ended or at
    return replace(card, state=CardState.GONE, reason=reason, by=by, ended=ended, expires=ended + GONE_SHOWN)


def why_gone(card: PocketCard, call: Call) -> tuple[str, str | None]:
    """Why the call is not this agent's any more, and who has it, as far as is known now."""
    if call.answered_by is not None and call.answered_by != card.agent:
        return LegReason.ANSWERED_ELSEWHERE.value, call.answered_by
    if _over(call) and call.answered_by is None:
        gave_up = any(leg.reason is LegReason.CALLER_HUNG_UP for leg in call.legs)
        return (LegReason.CALLER_HUNG_UP.value if gave_up else "nobody"), None
    own = [leg for leg in call.legs if leg.agent == card.agent and leg.index == card.step and leg.reason is not None]
    mobile = [leg for leg in own if is_mobile(leg)] or own
    return (mobile[-1].reason or LegReason.NO_ANSWER).value if mobile else LegReason.NO_ANSWER.value, None


def aged(card: PocketCard, at: datetime) -> PocketCard | None:
    """The card at a later instant: expired when its time is over, None when it is to be forgotten."""
    if at < card.expires:
        return card
    if not card.live:
        return None
    return replace(card, state=CardState.GONE, reason="expired", by=None, ended=at, expires=at + GONE_SHOWN)


def _wrapping_up(card: PocketCard, ended: datetime, terms: Terms) -> PocketCard:
    return replace(card, state=CardState.WRAP_UP, ended=ended, expires=ended + terms.wrap_up)


def _over(call: Call) -> bool:
    return call.state is CallState.ENDED or call.ended is not None
