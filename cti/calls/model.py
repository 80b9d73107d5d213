"""A call and its legs as values. Pure: no clock, no database, no events' wire format."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from routing.model import Target


class LegReason(StrEnum):
    """Why a leg ended (DESIGN.md, section 1). While it still rings it has none."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    OFFLINE = "offline"
    DND = "dnd"
    NOT_ACCEPTED = "not_accepted"
    CALLER_HUNG_UP = "caller_hung_up"
    TRUNK_ERROR = "trunk_error"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    BARRED = "barred"
    """A number that is not called from here: abroad and not on the list, or premium-rate."""


INBOUND, OUTBOUND, INTERNAL = "inbound", "outbound", "internal"


ROUND = 1000
"""A call may be handed to us several times (a queue that tries again). The steps of its second hand-over are counted
from 1001, those of its third from 2001: no plan is that long, and every later leg has a higher index."""


def in_plan(index: int) -> int:
    """The step's place in its plan, from 1, whichever hand-over it belongs to."""
    return index % ROUND


class CallState(StrEnum):
    """Where a call is as a whole."""

    ASKING = "asking"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to reach one person at one endpoint. Instants are aware UTC; `index` is the plan's step, from 1 (see
    `ROUND` for a call that was handed over again).

    `channel` is the unique id of the called channel, or None for a phone that was passed without being rung.
    `picked_up` is when something answered; `answered` when a person did (for a mobile: accepted with key 1).
    `connected` (in a bridge with the other side), `refused` (the accept prompt ended without key 1) and `cause`
    (Q.850, None until the channel is known to be gone) are the evidence from which `reason` is decided.
    """

    index: int
    kind: str
    agent: str | None
    endpoint: str
    seconds: int
    channel: str | None = None
    started: datetime | None = None
    ringing: datetime | None = None
    picked_up: datetime | None = None
    connected: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    refused: bool = False
    cause: int | None = None
    reason: LegReason | None = None


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """The call was handed on by agent `by` to `to`, an agent's code or a number; None where it is not known.

    `index` is counted with the steps: those after it ring for this transfer. `how`: `blind`, or `attended` after
    asking. `back` is when nobody had taken it and `by` was rung again.
    """

    at: datetime
    by: str | None
    to: str | None
    index: int
    how: str = "blind"
    back: datetime | None = None


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """The chain that a queue rings through one Local channel, which arrived at `since` and hung up at `gone`.

    Its steps are counted from `base`, a whole number of rounds; the other fields are as the call's.
    """

    channel: str
    since: datetime | None = None
    base: int = 0
    step: int = 0
    kind: str = ""
    targets: tuple[Target, ...] = ()
    steps_over: int = 0
    gone: datetime | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """All legs of one `linkedid`. `caller_e164` is None for withheld or unreadable numbers.

    `step`, `kind` and `targets` are those of the step now being rung; `targets` is empty when none is.
    `steps_over` is the highest step known to have ended while the caller still waited.
    `callback_asked` is when the caller chose to be called back instead of waiting.
    `bridged` is when the caller was first connected to anybody, be it somebody whom we did not ring. `again` is when
    the call was handed over once more, and `local` whether a Local channel (a queue's) stands between us and the
    caller now, and `lanes` the chains of such channels; none is recorded, since the journal tells all of it as long as
    the call goes on.

    `direction` is `inbound`, `outbound` (an agent called somebody outside) or `internal`. Of the latter two `made_by`
    is that agent's code, `caller_raw` his extension, `shown` the number the called one saw; the leg of an outbound
    call has no agent, and `dialled_e164` is whom it went to, None for a short number.

    `answered` and `answered_by` are of who answered first, however often the call was handed on afterwards
    (`transfers`); who has it now `cti.calls.segments.holder` tells.
    """

    linkedid: str
    caller_raw: str = ""
    caller_name: str = ""
    caller_e164: str | None = None
    dialled: str = ""
    dialled_e164: str | None = None
    direction: str = INBOUND
    made_by: str | None = None
    shown: str = ""
    customer_id: int | None = None
    plan_id: str | None = None
    plan_source: str | None = None
    started: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    step: int = 0
    steps_over: int = 0
    kind: str = ""
    targets: tuple[Target, ...] = ()
    state: CallState = CallState.ASKING
    answered_by: str | None = None
    caller_channel: str | None = None
    bridged: datetime | None = None
    callback_asked: datetime | None = None
    again: tuple[datetime, ...] = ()
    local: bool = False
    lanes: tuple[Lane, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    legs: tuple[Leg, ...] = ()


class CallChanged(msgspec.Struct, frozen=True):
    """A live call moved on. `before` is None for a call that is new.

    Published at once: Asterisk is the truth about live calls, and a locked database must not hold a pop back.
    """

    before: Call | None
    after: Call


class CallRecorded(msgspec.Struct, frozen=True):
    """The record of an ended call is committed and complete. What is owed to a caller is decided from this.

    Once per call while the daemon lives. A daemon that died right after the commit says it again when it comes
    back, rather than never: who listens must take the same `linkedid` twice without harm.
    """

    call: Call
