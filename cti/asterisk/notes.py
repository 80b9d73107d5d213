"""The text of a note, what the dial plan says about a call, read into one typed fact (docs/architecture.md, "Notes").

Pure: text in, fact out. Knows neither the wire that carried the note (ARI or the journal) nor the call it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from cti.asterisk.events import (
    AnySwitchEvent,
    CallArrived,
    CallbackAsked,
    CallPlaced,
    CallTransferred,
    ChannelHungUp,
    IdentityRefused,
    LegAccepted,
    LegRefused,
    LegStarted,
    PlanChosen,
    StepEnded,
    StepStarted,
    TargetPassed,
    TransferReturned,
)
from routing.model import LegKind, Passed, Target
from routing.wire import parse_targets

LONGEST_NOTE = 4096
"""A group of eighty phones fits; a caller's hostile number, echoed by `arrived`, does not make work."""

_SOURCES = frozenset({"daemon", "kept", "static"})
_HOWS = frozenset({"key", "silence", "hangup"})
_FORMS = frozenset({"customer", "diversion", "asserted", "company"})
_DIRECTIONS = frozenset({"outbound", "internal"})
_KINDS = frozenset({*(kind.value for kind in LegKind), "outbound"})
_PASSED = frozenset({*(reason.value for reason in Passed), "declined", "barred"})
"""What the dial plan finds at the moment of the step; `declined`: the agent turned this very call down before;
`barred`: a number that is not called."""
_WHOLE = re.compile(r"[0-9]{1,6}\Z")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Where:
    """On which channel the note was made, and when; the same for every kind of note."""

    at: datetime
    linkedid: str
    channel: str
    channel_name: str
    caller_raw: str
    caller_name: str


def parse_note(
    text: str,
    *,
    at: datetime,
    linkedid: str,
    channel: str,
    channel_name: str,
    caller_raw: str,
    caller_name: str,
) -> AnySwitchEvent | None:
    """Read one note. `at` is aware UTC; the caller's number and name are used by `arrived` only, as they were sent.

    None, and a log line, for a note that cannot be read: what the dial plan or a stranger wrote must never stop
    the stream.
    """
    where = _Where(at, linkedid, channel, channel_name, caller_raw, caller_name)
    verb, _, rest = text.partition("!")
    reader = _READERS.get(verb)
    if reader is None or len(text) > LONGEST_NOTE:
        log.warning("note.unreadable", note=text[:200], channel=channel, why="unknown verb or too long")
        return None
    try:
        return reader(where, rest)
    except ValueError as error:
        log.warning("note.unreadable", note=text[:200], channel=channel, why=str(error))
        return None


def _arrived(where: _Where, rest: str) -> AnySwitchEvent:
    # What was dialled comes from outside and may itself hold the separator: it is the whole rest.
    return CallArrived(
        at=where.at,
        linkedid=where.linkedid,
        channel=where.channel,
        channel_name=where.channel_name,
        caller_raw=where.caller_raw,
        caller_name=where.caller_name,
        dialled=rest,
    )


def _placed(where: _Where, rest: str) -> AnySwitchEvent:
    direction, agent, dialled, shown = _fields(rest, 4)
    return CallPlaced(
        at=where.at,
        linkedid=where.linkedid,
        channel=where.channel,
        channel_name=where.channel_name,
        caller_raw=where.caller_raw,
        caller_name=where.caller_name,
        direction=_one_of(_DIRECTIONS, direction),
        agent=agent,
        dialled=dialled,
        shown=shown,
    )


def _transfer(where: _Where, rest: str) -> AnySwitchEvent:
    index, by, to = _fields(rest, 3)
    return CallTransferred(
        at=where.at, linkedid=where.linkedid, channel=where.channel, index=_whole(index), by=by[:40], to=to[:60]
    )


def _back(where: _Where, rest: str) -> AnySwitchEvent:
    index, _ = _fields(rest, 2)
    return TransferReturned(at=where.at, linkedid=where.linkedid, channel=where.channel, index=_whole(index))


def _plan(where: _Where, rest: str) -> AnySwitchEvent:
    source, plan_id = _fields(rest, 2)
    return PlanChosen(
        at=where.at,
        linkedid=where.linkedid,
        channel=where.channel,
        source=_one_of(_SOURCES, source),
        plan_id=plan_id,
    )


def _step(where: _Where, rest: str) -> AnySwitchEvent:
    index, kind, seconds, targets = _fields(rest, 4)
    return StepStarted(
        at=where.at,
        linkedid=where.linkedid,
        channel=where.channel,
        index=_whole(index),
        kind=_one_of(_KINDS, kind),
        seconds=_whole(seconds),
        targets=parse_targets(targets),
    )


def _passed(where: _Where, rest: str) -> AnySwitchEvent:
    index, kind, target, reason = _fields(rest, 4)
    return TargetPassed(
        at=where.at,
        linkedid=where.linkedid,
        channel=where.channel,
        index=_whole(index),
        kind=_one_of(_KINDS, kind),
        target=_target(target),
        reason=_one_of(_PASSED, reason),
    )


def _leg(where: _Where, rest: str) -> AnySwitchEvent:
    index, kind, seconds, target = _fields(rest, 4)
    return LegStarted(
        at=where.at,
        linkedid=where.linkedid,
        channel=where.channel,
        index=_whole(index),
        kind=_one_of(_KINDS, kind),
        seconds=_whole(seconds),
        target=_target(target),
        channel_name=where.channel_name,
    )


def _accepted(where: _Where, rest: str) -> AnySwitchEvent:
    index, target = _fields(rest, 2)
    _whole(index), _target(target)
    return LegAccepted(at=where.at, linkedid=where.linkedid, channel=where.channel)


def _refused(where: _Where, rest: str) -> AnySwitchEvent:
    index, target, how = _fields(rest, 3)
    _whole(index), _target(target)
    return LegRefused(at=where.at, linkedid=where.linkedid, channel=where.channel, how=_one_of(_HOWS, how))


def _identity(where: _Where, rest: str) -> AnySwitchEvent:
    index, target, form, status = _fields(rest, 4)
    _whole(index), _target(target)
    return IdentityRefused(
        at=where.at,
        linkedid=where.linkedid,
        channel=where.channel,
        form=_one_of(_FORMS, form),
        status=_whole(status),
    )


def _callback(where: _Where, rest: str) -> AnySwitchEvent:
    return CallbackAsked(at=where.at, linkedid=where.linkedid, channel=where.channel, index=_whole(rest))


def _stepend(where: _Where, rest: str) -> AnySwitchEvent:
    index, status, cause = _fields(rest, 3)
    return StepEnded(
        at=where.at,
        linkedid=where.linkedid,
        channel=where.channel,
        index=_whole(index),
        status=status,
        cause=_cause(cause),
    )


def _end(where: _Where, rest: str) -> AnySwitchEvent:
    return ChannelHungUp(at=where.at, linkedid=where.linkedid, channel=where.channel, cause=_cause(rest))


_READERS: dict[str, Callable[[_Where, str], AnySwitchEvent]] = {
    "arrived": _arrived,
    "placed": _placed,
    "transfer": _transfer,
    "back": _back,
    "plan": _plan,
    "step": _step,
    "passed": _passed,
    "leg": _leg,
    "accepted": _accepted,
    "refused": _refused,
    "identity": _identity,
    "callback": _callback,
    "stepend": _stepend,
    "end": _end,
}


def _fields(rest: str, count: int) -> list[str]:
    fields = rest.split("!")
    if len(fields) != count:
        raise ValueError(f"{len(fields)} fields where {count} belong")
    return fields


def _whole(text: str) -> int:
    if not _WHOLE.match(text):  # int() would also take "１", "+1" and "1_0"
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def _cause(text: str) -> int:
    """A Q.850 cause; the variable is empty when the channel never had one, and 0 says the same."""
    return _whole(text) if text else 0


def _one_of(known: frozenset[str], text: str) -> str:
    if text not in known:
        raise ValueError(f"{text!r} is none of {', '.join(sorted(known))}")
    return text


def _target(text: str) -> Target:
    targets = parse_targets(text)
    if len(targets) != 1:
        raise ValueError(f"{len(targets)} targets where one belongs")
    return targets[0]
