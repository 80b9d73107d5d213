"""The hub: order and numbering, bounded outboxes, and desktops that cannot slow each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from cti.agents.logins import Identity
from cti.desktop.hub import CLOSE_OUTBOX_FULL, CLOSE_SESSION_ENDED, Connection, Hub
from cti.desktop.messages import Ping, PopWithdrawn, Presence

LATER = datetime.now(UTC) + timedelta(hours=1)


def sitting(login: str, agent: str | None = None) -> Identity:
    return Identity(login, "agent", agent)


def call_ids() -> Iterator[PopWithdrawn]:
    number = 0
    while True:
        number += 1
        yield PopWithdrawn(str(number), "no_answer")


async def pumped(connection: Connection, count: int) -> list[dict[str, object]]:
    """The next `count` messages as the socket would get them."""
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    task = asyncio.ensure_future(connection.pump(lines.put))
    try:
        return [msgspec.json.decode(await lines.get()) for _ in range(count)]
    finally:
        task.cancel()


PRESENCE = {"type": "presence", "agent": "102", "name": "王美美", "reason": None, "since": None, "until": None}


async def test_messages_carry_type_and_a_sequence_of_their_connection() -> None:
    hub = Hub()
    first = hub.connect(sitting("a", "101"))
    hub.broadcast(Presence("102", "王美美", "dnd"))
    second = hub.connect(sitting("b", "101"))
    hub.send("101", PopWithdrawn("1.1", "busy"))
    assert await pumped(first, 2) == [
        PRESENCE | {"state": "dnd", "seq": 1},
        {"type": "pop.withdrawn", "call_id": "1.1", "reason": "busy", "by": None, "seq": 2},
    ]
    assert [message["seq"] for message in await pumped(second, 1)] == [1]


async def test_only_the_agents_desktops_are_sent_to() -> None:
    hub = Hub()
    other, nobody = hub.connect(sitting("b", "102")), hub.connect(sitting("admin"))
    hub.send("101", PopWithdrawn("1.1", "busy"))
    hub.broadcast(Ping(LATER))
    assert [message["type"] for message in await pumped(other, 1)] == ["ping"]
    assert [message["type"] for message in await pumped(nobody, 1)] == ["ping"]
    assert hub.present() == {"102"}


async def test_a_full_outbox_closes_that_desktop_and_no_other() -> None:
    hub = Hub(most_messages=5)
    stuck, reading = hub.connect(sitting("a", "101")), hub.connect(sitting("b", "101"))
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        pump = tasks.create_task(reading.pump(lines.put))
        for _, message in zip(range(20), call_ids(), strict=False):
            hub.send("101", message)
            await lines.get()
        pump.cancel()
    assert await stuck.closed() == CLOSE_OUTBOX_FULL
    assert not reading.is_closed
    assert (len(hub), hub.overflowed) == (1, 1)


async def test_who_left_by_themselves_is_not_counted_as_stuck() -> None:
    hub = Hub()
    hub.connect(sitting("a", "101")).close()
    hub.send("101", PopWithdrawn("1.1", "busy"))
    assert (hub.sent, hub.overflowed) == (0, 0)


async def test_the_outbox_is_bounded_in_bytes_too() -> None:
    hub = Hub(most_bytes=500)
    connection = hub.connect(sitting("a", "101"))
    hub.send("101", PopWithdrawn("1.1", "x" * 300))
    assert not connection.is_closed
    hub.send("101", PopWithdrawn("1.2", "x" * 300))
    assert await connection.closed() == CLOSE_OUTBOX_FULL


async def test_flush_returns_when_the_agents_desktops_were_written() -> None:
    hub = Hub()
    connection = hub.connect(sitting("a", "101"))
    hub.connect(sitting("b", "102"))
    hub.send("101", PopWithdrawn("1.1", "busy"))
    hub.send("102", PopWithdrawn("1.1", "busy"))
    written: list[bytes] = []

    async def write(line: bytes) -> None:
        written.append(line)

    async with asyncio.TaskGroup() as tasks:
        pump = tasks.create_task(connection.pump(write))
        assert await hub.flush({"101", "nobody"}, 5)
        assert len(written) == 1
        pump.cancel()


async def test_flush_gives_up_on_a_desktop_that_does_not_read_but_not_on_a_closed_one() -> None:
    hub = Hub()
    connection = hub.connect(sitting("a", "101"))
    hub.send("101", PopWithdrawn("1.1", "busy"))
    assert not await hub.flush({"101"}, 0.01)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(hub.flush({"101"}, 30))
        await asyncio.sleep(0)
        hub.disconnect(connection)
    assert waiting.result()


async def test_dropping_a_login_closes_all_its_desktops() -> None:
    hub = Hub()
    mine = [hub.connect(sitting("a", "101")) for _ in range(2)]
    other = hub.connect(sitting("b", "102"))
    assert hub.drop("a") == 2
    assert [await connection.closed() for connection in mine] == [CLOSE_SESSION_ENDED] * 2
    assert not other.is_closed


async def test_the_heartbeat_reaches_everyone() -> None:
    hub = Hub(heartbeat=0.001, clock=lambda: LATER)
    connection = hub.connect(sitting("a"))
    beat = asyncio.ensure_future(hub.run())
    messages = await pumped(connection, 2)
    beat.cancel()
    assert [(message["type"], message["seq"]) for message in messages] == [("ping", 1), ("ping", 2)]


async def test_a_peer_that_is_gone_closes_the_connection() -> None:
    connection = Hub().connect(sitting("a"))
    connection.offer(b'{"type":"ping"}')

    async def broken(_line: bytes) -> None:
        raise ConnectionResetError

    await connection.pump(broken)
    assert connection.is_closed
