"""What can happen at the switch, in our words: one small type per fact, whatever wire it came over.

The ARI stream and the CEL journal are both parsed into these, so that a call that was watched live and one that
was read afterwards go through the same state machine. Applying a fact twice must be harmless to whoever listens.
Knows no wire format and no state.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from routing.model import Target


class SwitchEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. `at` is aware UTC by Asterisk's clock; `channel` is the unique id of the channel it happened on."""

    at: datetime
    linkedid: str
    channel: str


class CallArrived(SwitchEvent, frozen=True, kw_only=True):
    """A caller's channel entered `ringward-route`: note `arrived`. `channel == linkedid` unless transferred in."""

    channel_name: str
    caller_raw: str
    caller_name: str
    dialled: str


class CallPlaced(SwitchEvent, frozen=True, kw_only=True):
    """An agent's phone dialled: note `placed`, on the phone's channel. `direction`: `outbound` or `internal`.

    `shown` is the number that the called one sees; empty within the house.
    """

    channel_name: str
    caller_raw: str
    caller_name: str
    direction: str
    agent: str
    dialled: str
    shown: str


class CallTransferred(SwitchEvent, frozen=True, kw_only=True):
    """Note `transfer`, on the other party's channel: the phone of `by` handed them on to `to`, an agent or a number.

    `index` is counted with the steps, of which those after it ring for this transfer.
    """

    index: int
    by: str
    to: str


class PartyHandedOn(SwitchEvent, frozen=True, kw_only=True):
    """The phone on `channel` has let go of its conversation: the call goes on with `party`, its far end, alone.

    Asterisk says so before the phone hangs up and before the note `transfer`.
    """

    party: str


class TransferReturned(SwitchEvent, frozen=True, kw_only=True):
    """Note `back`: nobody took the transferred call, and whoever transferred it is rung again."""

    index: int


class CallsJoined(SwitchEvent, frozen=True, kw_only=True):
    """A transfer after asking: a phone with two calls joined their far ends. `channel` is the phone's in the first.

    `second` is the phone's channel in the other call; `transferee` and `target` are the far ends of first and second.
    """

    second: str
    transferee: str
    target: str


class PlanChosen(SwitchEvent, frozen=True, kw_only=True):
    """Note `plan`: the dial plan settled on a plan. `source`: `daemon`, `kept` or `static`."""

    source: str
    plan_id: str


class StepStarted(SwitchEvent, frozen=True, kw_only=True):
    """Note `step`, on the caller's channel, right before its Dial. `index` counts from 1.

    `targets` are only those that will be dialled: phones passed at once were noted before.
    """

    index: int
    kind: str
    seconds: int
    targets: tuple[Target, ...]


class TargetPassed(SwitchEvent, frozen=True, kw_only=True):
    """Note `passed`: a phone not rung at all. `reason`: `offline`, `busy`, `dnd`, `declined`; `barred` of a number."""

    index: int
    kind: str
    target: Target
    reason: str


class ChannelBegan(SwitchEvent, frozen=True, kw_only=True):
    """A SIP channel was made for another's call: somebody is about to be dialled. `cti.calls.legs` knows whom."""

    channel_name: str


class LegStarted(SwitchEvent, frozen=True, kw_only=True):
    """A phone is about to be called: note `leg` on its channel, or its `ChannelBegan` and the step's note together.

    `seconds` is the step's ring time. `dialler` is the channel that calls it, where that is known.
    """

    index: int
    kind: str
    seconds: int
    target: Target
    channel_name: str
    dialler: str = ""


class LegRinging(SwitchEvent, frozen=True, kw_only=True):
    """The phone said that it rings."""


class LegUp(SwitchEvent, frozen=True, kw_only=True):
    """The phone, or a machine, picked up. For a mobile this is not yet an answer."""


class LegAccepted(SwitchEvent, frozen=True, kw_only=True):
    """Note `accepted`: key 1 was pressed on this leg."""


class LegRefused(SwitchEvent, frozen=True, kw_only=True):
    """Note `refused`: the accept prompt ended without key 1. `how`: `key`, `silence` or `hangup`."""

    how: str


class IdentityRefused(SwitchEvent, frozen=True, kw_only=True):
    """Note `identity`, on a called channel that ends: the carrier would not carry the caller's number in this form."""

    form: str
    status: int


class CallbackAsked(SwitchEvent, frozen=True, kw_only=True):
    """Note `callback`, on the caller's channel: they pressed 1 and would rather be called back than wait."""

    index: int


class StepEnded(SwitchEvent, frozen=True, kw_only=True):
    """Note `stepend`, on the caller's channel. `status` is DIALSTATUS, `cause` HANGUPCAUSE (Q.850)."""

    index: int
    status: str
    cause: int


class Connected(SwitchEvent, frozen=True, kw_only=True):
    """The channel entered a bridge with the other side."""

    bridge: str


class ChannelHungUp(SwitchEvent, frozen=True, kw_only=True):
    """The channel is gone. `cause` is Q.850."""

    cause: int


class CallEnded(SwitchEvent, frozen=True, kw_only=True):
    """Everything of this linkedid is over (CEL's LINKEDID_END, or the last channel of it gone)."""


AnySwitchEvent = (
    CallArrived
    | CallPlaced
    | CallTransferred
    | PartyHandedOn
    | TransferReturned
    | CallsJoined
    | PlanChosen
    | StepStarted
    | TargetPassed
    | ChannelBegan
    | LegStarted
    | LegRinging
    | LegUp
    | LegAccepted
    | LegRefused
    | IdentityRefused
    | CallbackAsked
    | StepEnded
    | Connected
    | ChannelHungUp
    | CallEnded
)
