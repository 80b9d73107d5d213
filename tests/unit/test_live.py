"""The firm as it stands now: counted once, for page, API and command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cti.calls.model import Call, CallState
from cti.reports.live import Colleague, live

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SINCE = NOON - timedelta(hours=4)


def call(linkedid: str, state: CallState, *, answered: bool, direction: str = "inbound") -> Call:
    ended = NOON if state is CallState.ENDED else None
    started = NOON - timedelta(minutes=5)
    return Call(
        linkedid=linkedid,
        state=state,
        direction=direction,
        started=started,
        answered=started if answered else None,
        ended=ended,
    )


def test_who_is_there_and_what_rings() -> None:
    people = [
        Colleague(code, code, state, None, SINCE, None)
        for code, state in (("101", "on_call"), ("102", "available"), ("103", "wrap_up"), ("104", "available"))
    ]
    calls = [
        call("1", CallState.RINGING, answered=False),
        call("2", CallState.TALKING, answered=True),
        call("3", CallState.TALKING, answered=True, direction="outbound"),
        call("4", CallState.ENDED, answered=True),
        call("5", CallState.ENDED, answered=False),
    ]
    found = live(people, calls, {}, SINCE, NOON)
    assert found.states == {"on_call": 1, "available": 2, "wrap_up": 1}
    assert (found.ringing, found.talking) == (1, 1)
    assert found.answer_rate.rate == 2 / 3
    assert (found.stand_ins, found.people) == ((), tuple(people))
