"""What a transfer makes of a call: handed on unasked (blind), come back, or joined with the call that asked. Pure.

Must not know how the switch does it, nor who is told.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from cti.asterisk.events import CallsJoined, CallTransferred, PartyHandedOn, TransferReturned
from cti.calls.model import INTERNAL, Call, Leg, Transfer


def transferred(event: CallTransferred, call: Call) -> Call:
    """The call on its way to somebody else. Its caller now is who was handed on: of a call that an agent made, the
    called one, with whom it goes on although the phone that made it is gone."""
    known = next((one for one in call.transfers if one.how == "blind" and one.index == event.index), None)
    if known is not None:
        # Told by whoever was asked, by stream and by journal. The earliest is right: a daemon that is asked late must
        # not make the transfer younger than the phones that rang for it.
        earlier = replace(known, at=min(known.at, event.at))
        transfers = (earlier if one is known else one for one in call.transfers)
        return replace(call, transfers=_in_order(*transfers)) if earlier != known else call
    transfer = Transfer(at=event.at, by=event.by or None, to=event.to or None, index=event.index)
    return replace(
        _alive(event.channel, call),
        caller_channel=event.channel,
        transfers=_in_order(*call.transfers, transfer),
        steps_over=max(call.steps_over, event.index),
        step=max(call.step, event.index),
        targets=(),
    )


def let_go(event: PartyHandedOn, call: Call) -> Call:
    """The phone that made a call has handed the called one on: the call is over when they are gone, not the phone."""
    if event.channel != call.caller_channel or event.party == event.channel:
        return call
    return replace(_alive(event.party, call), caller_channel=event.party)


def returned(event: TransferReturned, call: Call) -> Call:
    """Nobody took it: the latest transfer before this instant came back."""
    transfers = [one for one in call.transfers if one.index <= event.index]
    if not transfers or transfers[-1].back is not None:
        return call
    came = replace(transfers[-1], back=event.at)
    return replace(call, transfers=tuple(came if one is transfers[-1] else one for one in call.transfers))


def joined(event: CallsJoined, calls: Iterable[Call]) -> tuple[Call, Call] | None:
    """The customer's call before and after it was handed on to whom the phone had asked; None when it is not known.

    Of the two calls the colleagues' own is the question; with no such call it is the second.
    """
    first = second = None
    for call in calls:
        channels = {call.caller_channel, *(leg.channel for leg in call.legs)}
        first = call if event.channel in channels else first
        second = call if event.second in channels else second
    if first is None or second is None or first is second:
        return None
    target, by = event.target, event.channel
    if first.direction == INTERNAL and second.direction != INTERNAL:
        first, second, target, by = second, first, event.transferee, event.second
    # Told twice, by stream and journal, it is one transfer; and what was joined long ago is not joined again.
    if any(leg.channel == target for leg in first.legs) or first.caller_channel == target:
        return None
    asked = next((leg for leg in second.legs if leg.channel == target), None)
    to = asked.agent if asked is not None else second.made_by
    index = max([first.step, *(leg.index for leg in first.legs)], default=0) + 1
    transfer = Transfer(at=event.at, by=_agent_at(by, first), to=to, index=index, how="attended")
    leg = Leg(
        index=index,
        kind=asked.kind if asked is not None else "desk",
        agent=to,
        endpoint=asked.endpoint if asked is not None else f"PJSIP/{second.caller_raw}",
        seconds=0,
        channel=target,
        started=event.at,
        picked_up=event.at,
        connected=event.at,
        answered=event.at,
    )
    party = event.transferee if target == event.target else event.target
    after = replace(
        _alive(party, first),
        caller_channel=party,
        transfers=_in_order(*first.transfers, transfer),
        steps_over=max(first.steps_over, index - 1),
        step=index,
        kind=leg.kind,
        targets=(),
        legs=(*first.legs, leg),
    )
    return first, after


def _agent_at(channel: str, call: Call) -> str | None:
    leg = next((leg for leg in call.legs if leg.channel == channel), None)
    return leg.agent if leg is not None else call.made_by


def _in_order(*transfers: Transfer) -> tuple[Transfer, ...]:
    return tuple(sorted(transfers, key=lambda one: (one.at, one.index)))


def _alive(party: str, call: Call) -> Call:
    """The call with its end taken back, when only the transferring phone's end was heard of before the transfer."""
    if call.ended is None or party == call.caller_channel:
        return call
    if any(leg.channel == party and leg.cause is not None for leg in call.legs):
        return call
    legs = tuple(
        replace(leg, ended=None, reason=None) if leg.cause is None and leg.ended == call.ended else leg
        for leg in call.legs
    )
    return replace(call, ended=None, legs=legs)
