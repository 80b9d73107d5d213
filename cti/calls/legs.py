"""Whose phone a new channel is, told from the step's note, which names its desks, and the channel's own name.

Desks are dialled without a note of their own: to make one costs the caller milliseconds before the first phone rings.
Mobiles, and people of whom several phones ring, send theirs. Pure: facts in, facts out; must not know calls.
"""

from __future__ import annotations

from collections import OrderedDict

from cti.asterisk.events import (
    AnySwitchEvent,
    CallEnded,
    ChannelBegan,
    ChannelHungUp,
    LegStarted,
    StepEnded,
    StepStarted,
)
from routing.model import Target, TargetType

MOST_CALLS = 10_000
"""Calls whose end was never told must not be remembered for ever."""


class DeskLegs:
    """The steps that are being rung now, in the order of one wire: the stream has its own, and the journal its own.

    A step belongs to the channel that dials; a queue may have several of them in one call.
    """

    def __init__(self) -> None:
        self._steps: OrderedDict[str, dict[str, StepStarted]] = OrderedDict()

    def follow(self, event: AnySwitchEvent) -> AnySwitchEvent | None:
        """The fact to be applied: `ChannelBegan` as `LegStarted`, or None when no step names it; all others as is."""
        match event:
            case StepStarted():
                self._begin(event)
            case ChannelBegan():
                return self._leg(event)
            case StepEnded() | ChannelHungUp():
                self._end(event.linkedid, event.channel)
            case CallEnded():
                self._steps.pop(event.linkedid, None)
        return event

    def _begin(self, step: StepStarted) -> None:
        steps = self._steps.setdefault(step.linkedid, {})
        steps.pop(step.channel, None)
        steps[step.channel] = step
        while len(self._steps) > MOST_CALLS:
            self._steps.popitem(last=False)

    def _end(self, linkedid: str, channel: str) -> None:
        steps = self._steps.get(linkedid, {})
        steps.pop(channel, None)
        if not steps:
            self._steps.pop(linkedid, None)

    def _leg(self, began: ChannelBegan) -> LegStarted | None:
        endpoint = began.channel_name.removeprefix("PJSIP/").rpartition("-")[0]
        for step in reversed(self._steps.get(began.linkedid, {}).values()):
            target = _desk(step, endpoint)
            if target is not None:
                return LegStarted(
                    at=began.at,
                    linkedid=began.linkedid,
                    channel=began.channel,
                    index=step.index,
                    kind=step.kind,
                    seconds=step.seconds,
                    target=target,
                    channel_name=began.channel_name,
                    dialler=step.channel,
                )
        return None


def _desk(step: StepStarted, endpoint: str) -> Target | None:
    desks = (target for target in step.targets if target.type is TargetType.DESK)
    return next((target for target in desks if target.resource == endpoint), None)
