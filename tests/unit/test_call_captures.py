"""Whole calls of a real Asterisk: the live stream, the journal, and both together must give the same record."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti.asterisk.ari.payload import decode_event
from cti.asterisk.events import AnySwitchEvent
from cti.asterisk.journal import read_journal
from cti.asterisk.parse_ari import parse_ari
from cti.calls.attempts import attempts
from cti.calls.machine import apply
from cti.calls.model import Call
from tests.unit.test_call_machine_properties import hold
from tests.unit.test_journal import CAPTURES, RECORDS

APART = 0.05
"""Seconds between an instant on the stream (milliseconds, when it was sent) and in the journal (when it happened)."""


def live_facts(name: str) -> list[AnySwitchEvent]:
    facts: list[AnySwitchEvent] = []
    for line in (CAPTURES / f"{name}.ari.jsonl").read_text().splitlines():
        event = decode_event(line)
        assert event is not None
        facts.extend(parse_ari(event))  # type: ignore[arg-type]
    return facts


def followed(facts: list[AnySwitchEvent] | tuple[AnySwitchEvent, ...], call: Call | None = None) -> Call:
    for fact in facts:
        call = apply(call, fact)
        if call is not None:
            hold(call)
    assert call is not None
    return call


def told(call: Call) -> list[str]:
    return [f"{leg.index} {leg.kind} {leg.agent} {leg.endpoint} {leg.reason}" for leg in attempts(call)]


@pytest.mark.parametrize("name", RECORDS)
def test_stream_and_journal_tell_the_same_call(name: str) -> None:
    journal: tuple[AnySwitchEvent, ...] = read_journal(Path(CAPTURES / f"{name}.cel.csv"), 0, 0).events
    watched, read = followed(live_facts(name)), followed(journal)

    assert told(watched) == told(read)
    assert (watched.state, watched.answered_by, watched.dialled) == (read.state, read.answered_by, read.dialled)
    for live, late in zip(watched.legs, read.legs, strict=True):
        for instant in ("started", "picked_up", "answered", "ended"):
            seen, written = getattr(live, instant), getattr(late, instant)
            assert (seen is None) == (written is None)
            assert seen is None or abs((seen - written).total_seconds()) < APART
        if live.answered is not None:
            assert live.ringing is not None


@pytest.mark.parametrize("name", RECORDS)
def test_reading_the_journal_of_a_call_that_was_watched_changes_nothing(name: str) -> None:
    watched = followed(live_facts(name))

    assert followed(read_journal(CAPTURES / f"{name}.cel.csv", 0, 0).events, watched) is watched


@pytest.mark.parametrize("name", RECORDS)
def test_a_stream_lost_anywhere_is_mended_from_the_journal(name: str) -> None:
    facts, journal = live_facts(name), read_journal(CAPTURES / f"{name}.cel.csv", 0, 0).events
    for cut in range(len(facts)):
        assert told(followed(journal, followed(facts[:cut]) if cut > 1 else None)) == told(followed(journal))
