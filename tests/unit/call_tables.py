"""Reads the tables in which the call tests tell a call: one fact a line, as the switch said it, and its record.

SECONDS CHANNEL FACT        FACT: a note of the dial plan, or `ringing`, `up`, `bridge`, `hangup CAUSE`, `over`
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cti.asterisk.events import AnySwitchEvent, CallEnded, ChannelHungUp, Connected, LegRinging, LegUp
from cti.asterisk.notes import parse_note
from cti.calls.attempts import attempts
from cti.calls.machine import apply
from cti.calls.model import Call, Leg

LINKEDID = "1795381918.19"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def read_facts(table: str, linkedid: str = LINKEDID, start: datetime = START) -> list[AnySwitchEvent]:
    """The facts of a table, in its order. The channel `caller` is the linkedid's own."""
    return [_fact(line, linkedid, start) for line in table.strip().splitlines()]


def told(facts: Iterable[AnySwitchEvent], call: Call | None = None) -> Call:
    """The call after all the facts."""
    for fact in facts:
        call = apply(call, fact)
    assert call is not None
    return call


def lines(call: Call) -> list[str]:
    """The attempts as a table: step, kind, agent, endpoint, when it began, rang, was answered and ended, and why."""
    return [_line(leg, call.started or START) for leg in attempts(call)]


def expected(table: str) -> list[str]:
    """The lines of a table, with their columns one blank apart."""
    return [" ".join(line.split()) for line in table.strip().splitlines()]


def _line(leg: Leg, start: datetime) -> str:
    instants = [leg.started, leg.ringing, leg.answered, leg.ended]
    times = [f"{(at - start).total_seconds():g}" if at else "-" for at in instants]
    return " ".join([str(leg.index), leg.kind, str(leg.agent), leg.endpoint, *times, str(leg.reason or "-")])


def _fact(line: str, linkedid: str, start: datetime) -> AnySwitchEvent:
    seconds, channel, text = line.split(maxsplit=2)
    at = start + timedelta(seconds=float(seconds))
    name = (
        "Local/x@y-00000001;1"
        if channel.startswith("local")
        else f"PJSIP/{'carrier' if channel.startswith('m') else channel}-00000001"
    )
    where = {"at": at, "linkedid": linkedid, "channel": linkedid if channel == "caller" else f"{linkedid}-{channel}"}
    verb, _, rest = text.partition(" ")
    match verb:
        case "ringing":
            return LegRinging(**where)
        case "up":
            return LegUp(**where)
        case "bridge":
            return Connected(**where, bridge="b1")
        case "hangup":
            return ChannelHungUp(**where, cause=int(rest))
        case "over":
            return CallEnded(**where)
    note = parse_note(text, **where, channel_name=name, caller_raw="0933000222", caller_name="陳太太")
    assert note is not None, line
    return note
