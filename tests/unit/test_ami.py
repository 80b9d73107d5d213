"""AMI over a real socket: each fault of panoramisk that ASTERISK's own words or a lost connection could bring out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from fake_ami import FakeAmi, captured

from cti.asterisk import ami_link
from cti.asterisk.ami import AmiClient, AmiLimits, AmiRefused
from cti.asterisk.ami_link import AmiLink
from cti.errors import Invalid, SwitchUnavailable

FAST = AmiLimits(ping_every=0.02, ping_deadline=0.02, backoff_first=0.01, backoff_most=0.02)
STEADY = AmiLimits(backoff_first=0.01, backoff_most=0.02)


class Switch:
    """A fake AMI with a client on it."""

    def __init__(self, ami: FakeAmi, client: AmiClient) -> None:
        self.ami, self.client = ami, client
        self.connects: asyncio.Queue[None] = asyncio.Queue()
        self.running: asyncio.Task[None] | None = None
        client.on_connected(lambda: self.connects.put_nowait(None))

    async def begin(self) -> Switch:
        self.running = asyncio.create_task(self.client.run())
        await self.connects.get()
        return self


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    fake = FakeAmi()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def switch(ami: FakeAmi) -> AsyncIterator[Switch]:
    one = Switch(ami, AmiClient("127.0.0.1", ami.port, "ringward", "secret", limits=STEADY))
    yield await one.begin()
    await one.client.close()
    assert one.running is not None
    await one.running


async def test_it_logs_in_and_says_so(switch: Switch) -> None:
    login = await switch.ami.logins.get()
    assert (login["Username"], login["Secret"], login["Events"]) == ("ringward", "secret", "system")
    assert switch.client.connected


@pytest.mark.parametrize("cut", range(len("王小明".encode()) + 1))
async def test_a_character_cut_by_a_segment_stays_whole(switch: Switch, cut: int) -> None:
    reading = asyncio.create_task(switch.client.db_tree("ringward-owner"))
    action = await switch.ami.actions.get()
    answer = captured("dbgettree", action["ActionID"])
    at = answer.index("王小明".encode()) + cut
    await switch.ami.say(answer[:at], answer[at:])
    assert await reading == {"0933000222": "101", "0933000333": "王小明: 102"}


async def test_an_answer_may_come_byte_by_byte(switch: Switch) -> None:
    reading = asyncio.create_task(switch.client.db_tree("ringward-owner"))
    action = await switch.ami.actions.get()
    await switch.ami.say(*(bytes([byte]) for byte in captured("dbgettree", action["ActionID"])))
    assert (await reading)["0933000333"] == "王小明: 102"


@pytest.mark.parametrize(
    "fields",
    [
        {"Family": "a\r\nAction: Originate", "Key": "k", "Val": "v"},
        {"Family": "a", "Key": "k", "Val": "v\n\nAction: Originate"},
        {"Family": "a", "Key": "k", "Val": "v\r"},
        {"Family": "a", "Key": "k", "Val": "v\0"},
        {"Variable": ["A=1", "B=2\r\nX: y"]},
        {"Val\r\nX": "v"},
        {"Val: x": "v"},
        {"ActionID": "mine"},
        {"CommandID": "mine"},
        {"Val": "x" * 1018},
        {"Val": "\udcb3"},
    ],
)
async def test_what_would_be_another_action_is_refused_and_not_sent(switch: Switch, fields: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        await switch.client.send("DBPut", **fields)
    with pytest.raises(Invalid):
        await switch.client.send("DBPut\r\nAction: Originate")
    putting = asyncio.create_task(switch.client.db_put("f", "k", "x" * 1017))
    assert len((await switch.ami.answer("dbput"))["Val"]) == 1017
    await putting


async def test_what_was_not_answered_is_not_sent_again(switch: Switch) -> None:
    calling = asyncio.create_task(
        switch.client.originate("PJSIP/101", context="ringward-phones", exten="0933000222", variables={"A": "1"})
    )
    action = await switch.ami.actions.get()
    assert (action["Action"], action["Variable"], action["Timeout"]) == ("Originate", "A=1", "30000")
    switch.ami.drop()
    with pytest.raises(SwitchUnavailable):
        await calling
    await switch.connects.get()
    putting = asyncio.create_task(switch.client.db_put("f", "k", "v"))
    assert (await switch.ami.answer("dbput"))["Action"] == "DBPut"
    await putting
    assert switch.ami.actions.empty()


async def test_a_drop_is_known_at_once_and_mended(switch: Switch) -> None:
    waiting = asyncio.create_task(switch.client.send("CoreStatus"))
    await switch.ami.actions.get()
    switch.ami.drop()
    with pytest.raises(SwitchUnavailable):
        await waiting
    assert not switch.client.connected
    with pytest.raises(SwitchUnavailable):
        await switch.client.send("CoreStatus")
    await switch.connects.get()
    assert switch.client.connected


async def test_a_mute_peer_is_found_out(ami: FakeAmi) -> None:
    switch = await Switch(ami, AmiClient("127.0.0.1", ami.port, "ringward", "secret", limits=FAST)).begin()
    await ami.logins.get()
    ami.mute = True
    # Nothing but the missing answer to a ping tells: the connection itself stays open.
    await ami.logins.get()
    ami.mute = False
    await switch.connects.get()
    assert switch.client.connected
    await switch.client.close()


async def test_before_there_is_a_connection_nothing_can_be_sent(ami: FakeAmi) -> None:
    client = AmiClient("127.0.0.1", ami.port, "ringward", "secret")
    assert not client.connected
    with pytest.raises(SwitchUnavailable):
        await client.send("Ping")
    await client.close()


async def test_closing_during_an_outage_really_closes(switch: Switch) -> None:
    await switch.ami.logins.get()
    lost = asyncio.Event()
    assert switch.client._link is not None
    switch.client._link.lost.add_done_callback(lambda _: lost.set())
    await switch.ami.stop()
    await lost.wait()
    await switch.client.close()
    assert switch.running is not None
    await switch.running
    # Nothing of it is left that could connect, though somebody listens again.
    await switch.ami.start()
    assert [task for task in asyncio.all_tasks() if "AmiClient" in repr(task.get_coro())] == []
    await switch.client.run()
    assert switch.ami.logins.empty()


async def test_closing_while_connected_ends_the_connection(switch: Switch) -> None:
    waiting = asyncio.create_task(switch.client.send("CoreStatus"))
    await switch.ami.actions.get()
    await switch.client.close()
    assert not switch.client.connected
    with pytest.raises(SwitchUnavailable):
        await waiting


async def test_a_refused_log_in_is_tried_again(ami: FakeAmi) -> None:
    ami.login_answers = ["login_refused", "login_refused"]
    switch = Switch(ami, AmiClient("127.0.0.1", ami.port, "ringward", "secret", limits=STEADY))
    with structlog.testing.capture_logs() as logs:
        await switch.begin()
    assert [line["failures"] for line in logs if line["event"] == "ami.not_connected"] == [1, 2]
    await switch.client.close()


async def test_nobody_listening_is_tried_again(ami: FakeAmi) -> None:
    await ami.stop()
    switch = Switch(ami, AmiClient("127.0.0.1", ami.port, "ringward", "secret", limits=STEADY))
    begun = asyncio.create_task(switch.begin())
    await ami.start()
    await begun
    await switch.client.close()


async def test_the_store_of_asterisk(switch: Switch) -> None:
    ami, client = switch.ami, switch.client

    putting = asyncio.create_task(client.db_put("ringward-owner", "0933000222", "101"))
    action = await ami.answer("dbput")
    assert (action["Family"], action["Key"], action["Val"]) == ("ringward-owner", "0933000222", "101")
    await putting

    for name, found in (("dbget", "101"), ("dbget_missing", None)):
        getting = asyncio.create_task(client.db_get("ringward-owner", "0933000222"))
        await ami.answer(name)
        assert await getting == found

    reading = asyncio.create_task(client.db_tree("nothing"))
    await ami.answer("dbgettree_empty")
    assert await reading == {}

    for name in ("dbdel", "dbdel_missing"):
        deleting = asyncio.create_task(client.db_del("ringward-owner", "0933000222"))
        await ami.answer(name)
        await deleting


@pytest.mark.parametrize(("family", "key"), [("", "k"), ("a/b", "k"), ("a", "")])
async def test_an_entry_outside_its_family_is_refused(switch: Switch, family: str, key: str) -> None:
    with pytest.raises(Invalid):
        await switch.client.db_put(family, key, "v")


async def test_what_asterisk_refuses_is_an_error_for_who_demands_and_an_answer_for_who_asks(switch: Switch) -> None:
    demanding = asyncio.create_task(switch.client.originate("PJSIP/101", context="c", exten="1"))
    await switch.ami.answer("originate_denied")
    with pytest.raises(AmiRefused, match="Permission denied"):
        await demanding
    asking = asyncio.create_task(switch.client.send("Originate", Channel="PJSIP/101"))
    await switch.ami.answer("originate_denied")
    assert not (await asking).ok


async def test_originate_is_answered_once_it_is_queued(switch: Switch) -> None:
    calling = asyncio.create_task(switch.client.originate("PJSIP/101", context="c", exten="1", caller_id="0933000222"))
    assert (await switch.ami.answer("originate"))["CallerID"] == "0933000222"
    assert (await calling).message == "Originate successfully queued"


async def test_answers_find_their_questions_whatever_their_order(switch: Switch) -> None:
    first = asyncio.create_task(switch.client.db_get("a", "1"))
    asked_first = await switch.ami.actions.get()
    second = asyncio.create_task(switch.client.db_get("a", "2"))
    await switch.ami.answer("dbget_missing")
    assert await second is None
    await switch.ami.say(captured("dbget", asked_first["ActionID"]))
    assert await first == "101"


class Wire:
    """The writing half of a connection."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, piece: bytes) -> None:
        self.written += piece

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None: ...


@pytest.mark.parametrize("stops", [False, True])
async def test_a_long_list_may_take_its_time_as_long_as_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, stops: bool
) -> None:
    """Each time the deadline is over, one more entry has come; or none any more."""
    wire = Wire()
    link = AmiLink(lambda *_: None)
    link.connection_made(wire)
    entries = 20

    def pieces() -> Iterator[bytes]:
        name = re.search(rb"ActionID: (\S+)", wire.written)
        assert name is not None
        ours = b"ActionID: " + name[1] + b"\r\n"
        yield b"Response: Success\r\nEventList: start\r\n" + ours + b"\r\n"
        for turn in range(entries):
            yield b"Event: DBGetTreeResponse\r\nKey: /a/%d\r\nVal: 101\r\n" % turn + ours + b"\r\n"
        yield b"" if stops else b"Event: DBGetTreeComplete\r\nEventList: Complete\r\n" + ours + b"\r\n"

    coming: list[Iterator[bytes]] = []

    async def over(_: object, timeout: float) -> None:
        coming[:] = coming or [pieces()]
        link.data_received(next(coming[0], b""))

    monkeypatch.setattr(ami_link.asyncio, "wait", over)
    if stops:
        with pytest.raises(SwitchUnavailable, match="within 5 s"):
            await link.ask("DBGetTree", {"Family": "a"}, 5)
        assert not link.responses
    else:
        reply = await link.ask("DBGetTree", {"Family": "a"}, 5)
        assert [event.get("Key") for event in reply.events[:-1]] == [f"/a/{turn}" for turn in range(entries)]


async def test_an_answer_that_comes_too_late_is_nobodys(ami: FakeAmi) -> None:
    limits = AmiLimits(answer_seconds=0.05)
    switch = await Switch(ami, AmiClient("127.0.0.1", ami.port, "ringward", "secret", limits=limits)).begin()
    with pytest.raises(SwitchUnavailable):
        await switch.client.db_get("a", "1")
    late = await ami.actions.get()
    await ami.say(captured("dbget_missing", late["ActionID"]))
    getting = asyncio.create_task(switch.client.db_get("a", "2"))
    await ami.answer("dbget")
    assert await getting == "101"
    await switch.client.close()


async def test_events_reach_their_listeners_and_a_broken_one_harms_nobody(switch: Switch) -> None:
    def broken(event: dict[str, str]) -> None:
        raise RuntimeError("broken")

    heard: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    switch.client.on_event("Reload", broken)
    subscription = switch.client.on_event("Reload", heard.put_nowait)
    reloading = asyncio.create_task(switch.client.reload("res_pjsip.so"))
    assert (await switch.ami.answer("reload"))["Module"] == "res_pjsip.so"
    await reloading
    assert (await heard.get())["Module"] == "res_pjsip.so"
    subscription.close()
    subscription.close()
    await switch.ami.say(b"Event: Reload\r\nModule: other\r\n\r\n")
    getting = asyncio.create_task(switch.client.db_get("a", "1"))
    await switch.ami.answer("dbget")
    await getting
    assert heard.empty()


async def test_a_message_without_end_ends_the_connection(switch: Switch) -> None:
    await switch.ami.say(b"Event: X\r\nA: " + b"x" * 1_200_000)
    await switch.connects.get()
    assert switch.client.connected


async def test_bytes_that_are_no_text_break_nothing(switch: Switch) -> None:
    heard: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    switch.client.on_event("X", heard.put_nowait)
    await switch.ami.say(b"\r\n\r\nnonsense\r\n\r\nEvent: X\r\nName: \xb3\xaf\r\nName: two\r\n\r\n")
    assert (await heard.get())["Name"] == "\ufffd\ufffd\ntwo"
