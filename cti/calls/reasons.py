"""Why a leg ended, decided from what is known of the leg and its call. Pure; knows no events and no clock.

Causes are Q.850 as Asterisk gives them to a hung-up channel; `res_pjsip_session` makes them of SIP's answers.
"""

from __future__ import annotations

from datetime import timedelta

from cti.calls.model import Call, Leg, LegReason

BUSY = frozenset({17})
"""486, 600."""

DECLINED = frozenset({21})
"""603, 403: the phone's own refusal."""

IDENTITY = 29
"""Q.850's "facility rejected": the carrier would not carry the caller's number, so nobody was rung."""

ELSEWHERE = frozenset({26})
"""What Dial gives to the others when one of several phones has answered."""

ABSENT = frozenset({20})
"""Subscriber absent: nobody is registered there."""

SILENT = frozenset({18, 19})
"""408, 480: the far end itself says that nobody answered."""

NO_STATEMENT = frozenset({0, 16, 31})
"""Normal clearing, or none: Asterisk hung up because of something that happened elsewhere in the call."""

TOGETHER = timedelta(seconds=0.2)
"""A phone's hang-up is done by another thread than the caller's: either may be reported first, by some milliseconds."""

SOON = timedelta(seconds=1.5)
"""How long it takes until the other phones of one who declined have stopped, on a busy machine too."""


def decide(leg: Leg, call: Call) -> LegReason | None:
    """The reason for `leg`, or None while it rings or while what is known fits more than one reason.

    A leg's own evidence goes before what its call lets one infer. What was decided by inference may be replaced
    when the leg's own evidence arrives; never the other way round.
    """
    if leg.channel is None:
        return leg.reason
    if leg.answered is not None:
        return LegReason.ANSWERED
    if _taken_along(leg, call):
        return LegReason.CALLER_HUNG_UP
    if leg.refused and not _cut_off(leg, call):
        return LegReason.NOT_ACCEPTED
    return _stated(leg) or _inferred(leg, call)


def is_mobile(leg: Leg) -> bool:
    """A colleague's, so that an answer must be accepted with a key: a deputy's too. Not whom an agent calls outside."""
    return is_outside(leg) and leg.kind != "outbound"


def is_outside(leg: Leg) -> bool:
    """Reached over the trunk."""
    return "@" in leg.endpoint


def _taken_along(leg: Leg, call: Call) -> bool:
    """Hung up because the caller was: Dial gives the caller's cause, whatever it is, to the phones that still ring.

    "Busy" and "declined" too: the caller's channel bears what the step before ended with. A phone that really says so
    ends its step, or did so while the caller still waited. A prompt that ends without key 1 after the caller had gone
    likewise: had the caller been there, its step had ended.
    """
    if call.ended is None or leg.cause is None or leg.ended is None:
        return False
    if call.answered is not None or call.steps_over >= leg.index:
        return False
    return leg.ended >= call.ended - TOGETHER


def _cut_off(leg: Leg, call: Call) -> bool:
    """The prompt was ended because another phone of the step had answered, not because nobody pressed 1."""
    taken = next((other for other in call.legs if other.answered is not None and other.index == leg.index), None)
    if taken is None or taken.answered is None:
        return _taken_beside(leg, call)
    return leg.ended is None or taken.answered <= leg.ended


def _stated(leg: Leg) -> LegReason | None:
    """What the leg's own hang-up says, when it says something. One that had been picked up was not busy."""
    cause = leg.cause
    if cause is None or cause in NO_STATEMENT:
        return None
    if cause in ELSEWHERE:
        return LegReason.ANSWERED_ELSEWHERE
    if leg.picked_up is not None:
        return None
    if cause in BUSY:
        return LegReason.BUSY
    if cause in DECLINED:
        return LegReason.DECLINED
    if cause in SILENT:
        return LegReason.NO_ANSWER
    if cause in ABSENT:
        return LegReason.OFFLINE
    return LegReason.TRUNK_ERROR if is_outside(leg) else LegReason.OFFLINE


def _inferred(leg: Leg, call: Call) -> LegReason | None:
    if _declined_on_another(leg, call):
        return LegReason.DECLINED
    answered = next((other for other in call.legs if other.answered is not None), None)
    if answered is not None and answered.index == leg.index:
        return LegReason.ANSWERED_ELSEWHERE
    if answered is not None or call.steps_over >= leg.index:
        # Its step ran out while the caller still waited. A mobile that was picked up then had not pressed 1.
        return LegReason.NOT_ACCEPTED if leg.picked_up is not None else LegReason.NO_ANSWER
    if _taken_beside(leg, call):
        return LegReason.ANSWERED_ELSEWHERE
    if call.ended is None and call.callback_asked is None:
        return None
    return LegReason.NO_ANSWER if _rang_out(leg) else LegReason.CALLER_HUNG_UP


def _taken_beside(leg: Leg, call: Call) -> bool:
    """Stopped because somebody of another chain of the same call, or a queue's own member, answered while it rang."""
    if call.answered is None or leg.started is None or leg.started > call.answered:
        return False
    if len(call.lanes) < 2 and any(other.answered is not None for other in call.legs):
        return False
    return leg.ended is None or leg.ended >= call.answered - TOGETHER


def _declined_on_another(leg: Leg, call: Call) -> bool:
    """Its owner declined on another phone that rang at the same time, whereupon this one was stopped."""
    if leg.ended is None or leg.cause is None or leg.picked_up is not None:
        return False
    others = (one for one in call.legs if one.index == leg.index and one.agent == leg.agent and one is not leg)
    return any(
        one.cause in DECLINED
        and one.picked_up is None
        and one.ended is not None
        and one.ended <= leg.ended + TOGETHER
        and leg.ended - one.ended < SOON
        for one in others
    )


def _rang_out(leg: Leg) -> bool:
    """Its ring time was over when it stopped, by its own hang-up: the caller gave up later."""
    if leg.cause is None or leg.started is None or leg.ended is None or leg.picked_up is not None:
        return False
    return leg.ended - leg.started >= timedelta(seconds=leg.seconds)
