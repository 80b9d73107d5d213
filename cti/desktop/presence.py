"""What colleagues are told of each other's state. Pure: facts in, one word out."""

from __future__ import annotations

BY_HAND = ("available", "away", "dnd")


def presence_of(*, by_hand: str, talking: bool, ringing: bool, desktop: bool, phone: bool) -> str:
    """`on_call`, `ringing`, `dnd`, `away`, `offline` or `available`, the first that holds in this order.

    A call at hand says more than what was set by hand; what was set by hand more than whether a desk is plugged in.
    `desktop`: a page of theirs is open; `phone`: a phone of theirs is registered.
    """
    if talking:
        return "on_call"
    if ringing:
        return "ringing"
    if by_hand in {"away", "dnd"}:
        return by_hand
    return "available" if desktop or phone else "offline"
