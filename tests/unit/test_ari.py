"""The ARI client over real HTTP and WebSocket: ari-py's interface, and a stream that is lost in every way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from aiohttp import web
from fake_ari import FakeAri

from cti.asterisk.ari import AriClient, AriConflict, AriEvent, AriLimits, AriNotFound, AriRefused, ChannelNotFound
from cti.errors import SwitchUnavailable

LIMITS = AriLimits(backoff_first=0.01, backoff_most=0.02)
CHANNEL = {"id": "1.1", "name": "PJSIP/101-00000001", "state": "Up", "channelvars": {"CHANNEL(linkedid)": "1.1"}}


@pytest.fixture
async def ari() -> AsyncIterator[FakeAri]:
    fake = FakeAri()
    await fake.server.start_server()
    yield fake
    await fake.stop()


@pytest.fixture
async def client(ari: FakeAri) -> AsyncIterator[AriClient]:
    one = AriClient(ari.url, "ringward", "secret", "ringward", limits=LIMITS)
    yield one
    await one.close()


@pytest.fixture
async def running(client: AriClient) -> AsyncIterator[AriClient]:
    """The client with its stream kept."""
    task = asyncio.create_task(client.run())
    yield client
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not client.connected


def numbered(number: int, kind: str = "StasisStart") -> dict[str, Any]:
    return {"type": kind, "number": number, "timestamp": "2026-11-23T09:02:03.456+0800", "channel": CHANNEL}


# ---- operations


async def test_objects_carry_their_operations(ari: FakeAri, client: AriClient) -> None:
    ari.answers = {
        ("GET", "/channels/1.1"): (200, CHANNEL),
        ("DELETE", "/channels/1.1"): (204, None),
        ("GET", "/channels/1.1/variable"): (200, {"value": "1"}),
    }
    channel = await client.channels.get(channelId="1.1")
    assert (channel.id, channel.json, repr(channel)) == ("1.1", CHANNEL, "Channel(1.1)")
    assert await channel.getChannelVar(variable="CHANNEL(linkedid)") == {"value": "1"}
    assert await channel.hangup(reason="busy") is None
    assert ari.requests == [
        ("GET", "/channels/1.1", None),
        ("GET", "/channels/1.1/variable?variable=CHANNEL(linkedid)", None),
        ("DELETE", "/channels/1.1?reason=busy", None),
    ]


async def test_lists_are_lists_of_objects_and_other_answers_are_themselves(ari: FakeAri, client: AriClient) -> None:
    ari.answers = {
        ("GET", "/channels"): (200, [CHANNEL]),
        ("GET", "/bridges"): (200, [{"id": "b"}]),
        ("GET", "/endpoints"): (200, [{"technology": "PJSIP", "resource": "101", "state": "online"}]),
        ("GET", "/endpoints/PJSIP/101"): (200, {"technology": "PJSIP", "resource": "101", "state": "offline"}),
        ("GET", "/deviceStates"): (200, []),
        ("GET", "/asterisk/info"): (200, {"system": {"version": "22.10.1"}}),
    }
    assert [one.id for one in await client.channels.list()] == ["1.1"]
    assert [one.id for one in await client.bridges.list()] == ["b"]
    (endpoint,) = await client.endpoints.list()
    assert endpoint.id == "PJSIP/101"
    assert (await endpoint.get()).json["state"] == "offline"
    assert await client.deviceStates.list() == []
    assert (await client.asterisk.getInfo(only=["build", "system"]))["system"]["version"] == "22.10.1"
    assert ari.requests[-1][1] == "/asterisk/info?only=build,system"


async def test_parameters_cannot_leave_their_place(ari: FakeAri, client: AriClient) -> None:
    await client.channels.getChannelVar(channelId="../asterisk/info?x=1#", variable="A&B=1 王")
    await client.channels.originate(endpoint="PJSIP/101", variables={"RW_X": "1"}, timeout=30)
    await client.channels.originate(endpoint="PJSIP/101", variables={"variables": {"RW_X": "1"}})
    assert ari.requests == [
        ("GET", "/channels/..%2Fasterisk%2Finfo%3Fx%3D1%23/variable?variable=A%26B%3D1+%E7%8E%8B", None),
        ("POST", "/channels?endpoint=PJSIP/101&timeout=30", {"variables": {"RW_X": "1"}}),
        ("POST", "/channels?endpoint=PJSIP/101", {"variables": {"RW_X": "1"}}),
    ]


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (404, "Channel not found", ChannelNotFound),
        (404, "Provided channel was not found", ChannelNotFound),
        (409, "Channel not in Stasis application", AriConflict),
        (403, "Authentication forbidden", AriRefused),
        (400, "Missing parameter", AriRefused),
        (500, "Allocation failed", SwitchUnavailable),
    ],
)
async def test_what_asterisk_answers_is_a_type(
    ari: FakeAri, client: AriClient, status: int, message: str, error: type[Exception]
) -> None:
    ari.answers = {("DELETE", "/channels/1.1"): (status, {"message": message})}
    with pytest.raises(error, match=message):
        await client.channels.hangup(channelId="1.1")


async def test_a_missing_variable_or_bridge_is_no_missing_channel(ari: FakeAri, client: AriClient) -> None:
    ari.answers = {
        ("GET", "/channels/1.1/variable"): (404, {"message": "Provided variable was not found"}),
        ("GET", "/bridges/b"): (404, {"message": "Bridge not found"}),
    }
    for asking in (
        client.channels.getChannelVar(channelId="1.1", variable="X"),
        client.bridges.get(bridgeId="b"),
    ):
        with pytest.raises(AriNotFound) as caught:
            await asking
        assert caught.type is AriNotFound


async def test_no_switch_is_said_so(ari: FakeAri, client: AriClient) -> None:
    await ari.stop()
    with pytest.raises(SwitchUnavailable):
        await client.channels.list()


async def test_misspelt_operations_and_parameters_are_errors(ari: FakeAri, client: AriClient) -> None:
    with pytest.raises(AttributeError):
        client.channels.hangUp  # noqa: B018
    with pytest.raises(TypeError):
        await client.channels.get()
    with pytest.raises(TypeError):
        await client.channels.get(channelId="")
    with pytest.raises(TypeError):
        await client.channels.hangup(channelId="1.1", because="x")
    ari.answers = {("GET", "/channels/1.1"): (200, CHANNEL)}
    channel = await client.channels.get(channelId="1.1")
    with pytest.raises(AttributeError):
        channel.list  # noqa: B018


# ---- the stream


async def test_it_subscribes_and_filters_the_noise(ari: FakeAri, running: AriClient) -> None:
    connected: asyncio.Queue[bool] = asyncio.Queue()
    running.on_state(connected.put_nowait)
    await ari.streams.get()
    assert await connected.get()
    assert ari.requests[0][:2] == ("GET", "/events?app=ringward&subscribeAll=false")
    method, path, body = ari.requests[1]
    assert (method, path) == ("PUT", "/applications/ringward/eventFilter")
    assert {"type": "ChannelVarset"} in body["disallowed"]
    assert {"type": "ChannelDialplan"} in body["disallowed"]
    method, path, _ = ari.requests[2]
    assert (method, path.split("?")[0]) == ("POST", "/applications/ringward/subscription")
    assert "endpoint" not in path, "Asterisk dies of a stream that watches endpoints and is closed in a registration"
    assert running.connected


async def test_events_reach_callbacks_of_every_kind_in_order(ari: FakeAri, running: AriClient) -> None:
    heard: list[tuple[str, Any]] = []
    done = asyncio.Event()

    async def with_channel(channel: Any, event: AriEvent) -> None:
        await asyncio.sleep(0)
        heard.append(("channel", (channel.id, event["number"])))

    def broken(event: AriEvent) -> None:
        raise RuntimeError("broken")

    running.on_event("StasisStart", broken)
    running.on_channel_event("StasisStart", lambda channels, event: None)
    running.on_channel_event("ChannelCreated", with_channel)
    running.on_any_event(lambda event: heard.append(("any", event.type)))
    running.on_channel_event("Dial", lambda channels, event: heard.append(("dial", sorted(channels))))
    running.on_event("Last", lambda event: done.set())
    stream = await ari.streams.get()
    await ari.say(
        stream,
        numbered(1),
        numbered(2, "ChannelCreated"),
        {"type": "Dial", "peer": CHANNEL, "caller": CHANNEL, "dialstatus": ""},
        {"type": "NewInTheYear2031"},
        {"type": "Last"},
    )
    await done.wait()
    assert heard == [
        ("any", "StasisStart"),
        ("channel", ("1.1", 2)),
        ("any", "ChannelCreated"),
        ("dial", ["caller", "peer"]),
        ("any", "Dial"),
        ("any", "NewInTheYear2031"),
        ("any", "Last"),
    ]


async def test_an_object_hears_of_itself_only_and_until_it_unsubscribes(ari: FakeAri, running: AriClient) -> None:
    ari.answers = {("GET", "/channels/1.1"): (200, CHANNEL)}
    channel = await running.channels.get(channelId="1.1")
    heard: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
    subscription = channel.on_event("ChannelCreated", lambda it, event: heard.put_nowait((it.id, event["number"])))
    ended = asyncio.Event()
    running.on_event("End", lambda event: ended.set())
    stream = await ari.streams.get()
    other = numbered(1, "ChannelCreated") | {"channel": CHANNEL | {"id": "2.2"}}
    await ari.say(stream, other, numbered(2, "ChannelCreated"))
    assert await heard.get() == ("1.1", 2)
    subscription.close()
    subscription.close()
    await ari.say(stream, numbered(3, "ChannelCreated"), {"type": "End"})
    await ended.wait()
    assert heard.empty()


async def test_events_wait_for_the_resync_and_none_is_lost(ari: FakeAri, client: AriClient) -> None:
    order: list[Any] = []
    done = asyncio.Event()
    resyncing = asyncio.Event()
    go_on = asyncio.Event()

    async def resync() -> None:
        order.append("resync begins")
        resyncing.set()
        await client.channels.list()
        await go_on.wait()
        order.append("resync ends")

    def keep(event: AriEvent) -> None:
        order.append(event["number"])
        if event["number"] == 50:
            done.set()

    client.on_resync(resync)
    client.on_event("StasisStart", keep)
    ari.answers = {("GET", "/channels"): (200, [])}
    task = asyncio.create_task(client.run())
    stream = await ari.streams.get()
    await resyncing.wait()
    await ari.say(stream, *(numbered(n) for n in range(1, 51)))
    assert not client.connected
    go_on.set()
    await done.wait()
    assert client.connected
    assert order == ["resync begins", "resync ends", *range(1, 51)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_clean_end_is_a_disconnect_and_the_next_stream_is_resynced(ari: FakeAri, running: AriClient) -> None:
    states: asyncio.Queue[bool] = asyncio.Queue()
    resyncs: list[int] = []

    async def resync() -> None:
        resyncs.append(len(resyncs))

    running.on_resync(resync)
    running.on_state(states.put_nowait)
    for round_ in range(3):
        stream = await ari.streams.get()
        assert await states.get()
        assert len(resyncs) == round_ + 1
        await stream.close()
        assert not await states.get()


async def test_what_came_before_the_end_is_still_handed_on(ari: FakeAri, running: AriClient) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()
    running.on_event("StasisStart", lambda event: heard.put_nowait(event["number"]))
    stream = await ari.streams.get()
    await ari.say(stream, numbered(1), numbered(2))
    await stream.close()
    assert [await heard.get(), await heard.get()] == [1, 2]


async def test_a_refused_stream_and_a_failed_resync_are_tried_again(ari: FakeAri, client: AriClient) -> None:
    ari.refuse_streams = 2
    tries = 0

    async def resync() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise SwitchUnavailable("not yet")
        if tries == 2:
            raise RuntimeError("a fault of ours does not cost us the stream")

    client.on_resync(resync)
    connected = asyncio.Event()
    client.on_state(lambda state: connected.set() if state else None)
    with structlog.testing.capture_logs() as logs:
        task = asyncio.create_task(client.run())
        await connected.wait()
    assert [line["failures"] for line in logs if line["event"] == "ari.stream_lost"] == [1, 2, 3]
    assert tries == 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_mute_peer_is_found_out(ari: FakeAri) -> None:
    ari.mute = True
    limits = AriLimits(heartbeat=0.05, backoff_first=0.01, backoff_most=0.02)
    client = AriClient(ari.url, "ringward", "secret", "ringward", limits=limits)
    task = asyncio.create_task(client.run())
    await ari.streams.get()
    await ari.streams.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_full_queue_ends_the_stream_and_a_new_one_begins(ari: FakeAri) -> None:
    limits = AriLimits(queue=10, backoff_first=0.01, backoff_most=0.02)
    client = AriClient(ari.url, "ringward", "secret", "ringward", limits=limits)
    stuck = asyncio.Event()

    async def never(event: AriEvent) -> None:
        stuck.set()
        await asyncio.Event().wait()

    subscription = client.on_event("StasisStart", never)
    task = asyncio.create_task(client.run())
    stream = await ari.streams.get()
    await ari.say(stream, numbered(0))
    await stuck.wait()
    with structlog.testing.capture_logs() as logs:
        await ari.say(stream, *(numbered(n) for n in range(1, 12)))
        fresh = await ari.streams.get()
    assert ["10 events wait" in line["reason"] for line in logs if line["event"] == "ari.stream_lost"] == [True]
    subscription.close()
    heard: asyncio.Queue[int] = asyncio.Queue()
    client.on_event("StasisStart", lambda event: heard.put_nowait(event["number"]))
    await ari.say(fresh, numbered(99))
    assert await heard.get() == 99
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_being_replaced_is_an_alarm_and_the_name_is_not_fought_over(ari: FakeAri, running: AriClient) -> None:
    app = ("GET", "/applications/ringward")
    ari.answers = {app: (200, {"name": "ringward"})}
    stream = await ari.streams.get()
    states: asyncio.Queue[bool] = asyncio.Queue()
    running.on_state(states.put_nowait)
    if not running.connected:
        assert await states.get()
    with structlog.testing.capture_logs() as logs:
        await ari.say(stream, {"type": "ApplicationReplaced", "application": "ringward"})
        assert not await states.get()
    assert running.replaced
    assert ("error", "ari.application_replaced") in [(line["log_level"], line["event"]) for line in logs]
    while [request[:2] for request in ari.requests].count(app) < 3:
        await asyncio.sleep(0)
    assert ari.streams.empty()
    ari.answers[app] = (404, {"message": "Application not found"})
    await ari.streams.get()
    assert await states.get()
    assert not running.replaced


async def test_what_is_no_event_is_skipped(ari: FakeAri, running: AriClient) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()
    running.on_event("StasisStart", lambda event: heard.put_nowait(event["number"]))
    stream = await ari.streams.get()
    await stream.send_str("nonsense")
    await stream.send_bytes(b"\0")
    await stream.send_str("[]")
    await ari.say(stream, numbered(7))
    assert await heard.get() == 7


async def test_closing_leaves_nothing_behind(ari: FakeAri) -> None:
    before = asyncio.all_tasks()
    client = AriClient(ari.url, "ringward", "secret", "ringward", limits=LIMITS)
    connected = asyncio.Event()
    client.on_state(lambda state: connected.set())
    task = asyncio.create_task(client.run())
    stream: web.WebSocketResponse = await ari.streams.get()
    await connected.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while not stream.closed:
        await asyncio.sleep(0)
    left = {one for one in asyncio.all_tasks() - before if "client.py" in repr(one.get_coro())}
    assert left == set()
