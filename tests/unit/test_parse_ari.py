"""ARI's events as facts: whole calls as Asterisk told them (tests/captures), and events that nobody foresaw."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cti.asterisk import events
from cti.asterisk.ari.payload import AriEvent, ChannelUserevent, decode_event
from cti.asterisk.events import SwitchEvent
from cti.asterisk.parse_ari import parse_ari

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
CALLS = sorted(CAPTURES.glob("*.ari.jsonl"))

CHANNEL = {
    "id": "1.2",
    "name": "PJSIP/101-00000001",
    "state": "Ringing",
    "caller": {"name": "林小明", "number": "101"},
    "channelvars": {"CHANNEL(linkedid)": "1.1"},
}
WHEN = {"timestamp": "2026-11-23T09:02:03.456+0800", "application": "ringward"}
AT = datetime(2026, 11, 23, 1, 2, 3, 456000, tzinfo=UTC)


def facts_of(name: str) -> list[SwitchEvent]:
    """The facts of a captured call, in order."""
    facts: list[SwitchEvent] = []
    for line in (CAPTURES / f"{name}.ari.jsonl").read_text(encoding="utf-8").splitlines():
        event = decode_event(line)
        assert event is not None
        facts.extend(parse_ari(event))
    return facts


def parse(**body: object) -> tuple[SwitchEvent, ...]:
    event = decode_event(json.dumps({**WHEN, **body}))
    assert event is not None
    return parse_ari(event)


def test_a_call_that_the_mobile_accepts_tells_its_whole_story() -> None:
    facts = facts_of("mobile_accepted")
    (arrived,) = (fact for fact in facts if isinstance(fact, events.CallArrived))
    assert (arrived.caller_raw, arrived.dialled, arrived.channel) == ("0933000222", "0255501000", arrived.linkedid)
    assert [(s.index, s.kind, s.seconds) for s in facts if isinstance(s, events.StepStarted)][1][:2] == (2, "mobile")
    mobile = next(leg for leg in facts if isinstance(leg, events.LegStarted) and leg.kind == "mobile")
    of_mobile = [type(fact) for fact in facts if fact.channel == mobile.channel]
    order = [of_mobile.index(kind) for kind in (events.LegStarted, events.LegRinging, events.LegUp, events.LegAccepted)]
    assert order == sorted(order)
    assert of_mobile.index(events.LegAccepted) < of_mobile.index(events.Connected)
    assert of_mobile[-1] is events.ChannelHungUp
    assert {fact.linkedid for fact in facts} == {arrived.linkedid}


def test_a_voicemail_on_the_mobile_is_up_and_refused() -> None:
    facts = facts_of("mobile_voicemail_then_deputy")
    (refused,) = (fact for fact in facts if isinstance(fact, events.LegRefused))
    assert refused.how == "silence"
    assert any(isinstance(fact, events.LegUp) and fact.channel == refused.channel for fact in facts)


def test_a_phone_that_is_passed_is_told_before_its_step() -> None:
    facts = facts_of("desk_offline_mobile_busy_deputy_answers")
    passed = next(fact for fact in facts if isinstance(fact, events.TargetPassed))
    assert (passed.reason, passed.target.agent) == ("offline", "101")
    first = next(fact for fact in facts if isinstance(fact, events.StepStarted))
    assert first.index == 2
    assert facts.index(passed) < facts.index(first)


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name.removesuffix(".ari.jsonl"))
def test_every_captured_event_is_typed_or_left_in_peace(path: Path) -> None:
    notes = facts = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        event = decode_event(line)
        assert event is not None
        assert event.json == json.loads(line)
        parsed = parse_ari(event)
        facts += len(parsed)
        if isinstance(event, ChannelUserevent):
            notes += 1
            assert len(parsed) == 1, line
    assert facts >= notes > 0


def test_hostile_names_arrive_as_text() -> None:
    arrived = facts_of("hostile_names")
    assert [type(fact) for fact in arrived] == [events.CallArrived] * 3
    assert arrived[1].caller_name == "<script>&${SHELL(id)} 🏝"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "fact"),
    [
        (
            {"type": "ChannelStateChange", "channel": CHANNEL},
            events.LegRinging(at=AT, linkedid="1.1", channel="1.2"),
        ),
        (
            {"type": "ChannelStateChange", "channel": CHANNEL | {"state": "Up"}},
            events.LegUp(at=AT, linkedid="1.1", channel="1.2"),
        ),
        (
            {"type": "Dial", "dialstatus": "RINGING", "peer": CHANNEL},
            events.LegRinging(at=AT, linkedid="1.1", channel="1.2"),
        ),
        (
            {"type": "ChannelEnteredBridge", "channel": CHANNEL, "bridge": {"id": "b"}},
            events.Connected(at=AT, linkedid="1.1", channel="1.2", bridge="b"),
        ),
        (
            {"type": "ChannelDestroyed", "channel": CHANNEL, "cause": 17},
            events.ChannelHungUp(at=AT, linkedid="1.1", channel="1.2", cause=17),
        ),
    ],
)
def test_an_event_is_a_fact_in_utc(body: dict[str, object], fact: SwitchEvent) -> None:
    assert parse(**body) == (fact,)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "TypeOfTheYear2031", "channel": CHANNEL},
        {"type": "ChannelStateChange", "channel": CHANNEL | {"state": "Down"}},
        {"type": "ChannelStateChange", "channel": CHANNEL | {"channelvars": {}}},
        {"type": "ChannelStateChange", "channel": "1.2"},
        {"type": "ChannelStateChange", "channel": CHANNEL, "timestamp": "yesterday"},
        {"type": "ChannelStateChange", "channel": CHANNEL, "timestamp": "2026-11-23T09:02:03"},
        {"type": "ChannelDestroyed", "channel": CHANNEL, "cause": "none"},
        {"type": "Dial", "dialstatus": "CONTINUE", "peer": CHANNEL},
        {"type": "ChannelUserevent", "eventname": "Other", "userevent": {"note": "end!16"}, "channel": CHANNEL},
        {"type": "ChannelUserevent", "eventname": "RingwardNote", "userevent": {"note": "end!16"}},
        {"type": "ChannelUserevent", "eventname": "RingwardNote", "userevent": {}, "channel": CHANNEL},
        {"type": "ChannelUserevent", "eventname": "RingwardNote", "userevent": {"note": ["a"]}, "channel": CHANNEL},
        {"type": "ChannelUserevent", "eventname": "RingwardNote", "userevent": {"note": "x!"}, "channel": CHANNEL},
    ],
)
def test_what_cannot_be_read_is_no_fact_and_no_exception(body: dict[str, object]) -> None:
    assert parse(**body) == ()


def test_an_unknown_type_keeps_its_payload() -> None:
    event = decode_event(json.dumps({**WHEN, "type": "TypeOfTheYear2031", "novelty": {"a": 1}}))
    assert type(event) is AriEvent
    assert (event["novelty"], event.get("nothing"), "novelty" in event) == ({"a": 1}, None, True)


def test_the_notes_own_linkedid_serves_where_the_channel_does_not_say() -> None:
    body = {"eventname": "RingwardNote", "userevent": {"note": "end!16", "linkedid": "1.1"}}
    (fact,) = parse(type="ChannelUserevent", **body, channel=CHANNEL | {"channelvars": {}})
    assert fact == events.ChannelHungUp(at=AT, linkedid="1.1", channel="1.2", cause=16)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", "null", '{"type": ["no"]}', b"\xff", '{"type": "X"'])
def test_what_is_no_event_is_dropped(text: str | bytes) -> None:
    assert decode_event(text) is None
