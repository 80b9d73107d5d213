"""Promises on desktops: whose, and a snapshot with the messages after it always equals a fresh snapshot."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cti.agents.logins import Identity
from cti.bus import LocalBus
from cti.desktop.hub import Connection, Hub
from cti.desktop.promises import PromisesShown, concerns, owed
from cti.promises.model import OwnerWhy, Promise, PromiseChanged, Shown, State

T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PEOPLE = (
    Identity("lin", "agent", "101"),
    Identity("mei", "agent", "102"),
    Identity("boss", "lead", "103"),
    Identity("audit", "auditor", None),
    Identity("nobody", "agent", None),
)


def promise(promise_id: int, owner: str | None = "101", **known: Any) -> Shown:
    made = Promise(
        id=promise_id,
        caller=f"+88691234567{promise_id}",
        number=f"+88691234567{promise_id}",
        raw="",
        customer_id=None,
        dialled="0255501000",
        owner=owner,
        why=OwnerWhy.OWNER,
        state=State.OPEN,
        due=T0 + timedelta(minutes=30),
        first_missed=T0,
        last_missed=T0,
        since=T0,
    )
    return Shown(replace(made, **known), None)


class Board:
    def __init__(self) -> None:
        self.board: dict[int, Shown] = {}


@pytest.mark.parametrize(
    ("shown", "logins"),
    [
        (promise(1, "101"), {"lin", "boss", "audit"}),
        (promise(1, "101", escalated_to="102"), {"lin", "mei", "boss", "audit"}),
        (promise(1, None), {"boss", "audit"}),
        (None, set()),
    ],
)
def test_a_promise_concerns_who_holds_it_and_who_leads(shown: Shown | None, logins: set[str]) -> None:
    assert {one.login for one in PEOPLE if concerns(one, shown)} == logins


STEPS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["101", "102", None, "gone"]),
        st.sampled_from(["101", "102", None]),
        st.integers(0, 3),
        st.integers(1, 9),
    ),
    max_size=15,
)


@given(before=STEPS, after=STEPS)
async def test_a_snapshot_and_what_follows_is_a_fresh_snapshot(before: Any, after: Any) -> None:
    bus, hub, board = LocalBus(), Hub(), Board()
    shown = PromisesShown(hub, bus, board)

    def happen(step: tuple[int, str | None, str | None, int, int]) -> None:
        promise_id, owner, escalated, level, attempts = step
        old = board.board.pop(promise_id, None)
        if owner == "gone":
            if old is not None:
                last = Shown(replace(old.promise, state=State.KEPT), None)
                bus.publish(PromiseChanged(old, None, last))
            return
        new = promise(promise_id, owner, escalated_to=escalated, level=level, attempts=attempts)
        board.board[promise_id] = new
        bus.publish(PromiseChanged(old, new))

    for step in before:
        happen(step)
    pages = {person: (hub.connect(person), {one.id: one for one in shown.of(person)}) for person in PEOPLE}
    for step in after:
        happen(step)
    for person, (connection, known) in pages.items():
        pictured = {key: json.loads(_encoded(one)) for key, one in known.items()}
        for message in await read(connection):
            message.pop("seq")
            if message["type"] == "promise":
                pictured[message["id"]] = message
            else:
                assert message["type"] == "promise.gone"
                del pictured[message["id"]]  # only what was there goes
        assert pictured == {one.id: json.loads(_encoded(one)) for one in shown.of(person)}


async def test_how_it_ended_is_said() -> None:
    bus, hub, board = LocalBus(), Hub(), Board()
    PromisesShown(hub, bus, board)
    lin, mei = (hub.connect(person) for person in PEOPLE[:2])
    mine = promise(1)
    bus.publish(PromiseChanged(None, mine))
    theirs = promise(1, "102")
    bus.publish(PromiseChanged(mine, theirs))
    bus.publish(PromiseChanged(theirs, None, promise(1, "102", state=State.CLOSED)))
    assert [(one["type"], one.get("reason")) for one in await read(lin)] == [
        ("promise", None),
        ("promise.gone", "moved"),
    ]
    assert [(one["type"], one.get("reason")) for one in await read(mei)] == [
        ("promise", None),
        ("promise.gone", "closed"),
    ]


def _encoded(message: Any) -> bytes:
    return msgspec.json.encode(message)


async def read(connection: Connection) -> list[dict[str, Any]]:
    """Everything in the outbox."""
    lines: list[bytes] = []

    async def write(line: bytes) -> None:
        lines.append(line)
        if connection.seq == len(lines):
            connection.close()

    if connection.seq:
        await connection.pump(write)
    return [json.loads(line) for line in lines]


def test_the_message_tells_what_the_promise_says() -> None:
    message = owed(promise(4, level=2, escalated_to="102", attempts=3))
    assert (message.id, message.level, message.escalated_to, message.attempts, message.customer) == (
        4,
        2,
        "102",
        3,
        None,
    )
