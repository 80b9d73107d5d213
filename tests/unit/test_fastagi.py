"""The FastAGI server over real sockets, spoken to as Asterisk speaks, and as those who are not Asterisk do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import structlog

from cti.asterisk.fastagi import AgiClosed, AgiLimits, AgiRequest, AgiResponse, FastAgiServer
from cti.errors import Invalid

HEADERS = """agi_network: yes
agi_network_script: route?dialled=0255501000&linkedid=1.1
agi_request: agi://127.0.0.1:4573/route?dialled=0255501000&linkedid=1.1
agi_channel: Local/s@ringward-ask-00000001;2
agi_language: en
agi_type: Local
agi_uniqueid: 1764000000.2
agi_version: 22.10.1
agi_callerid: 0933000222
agi_calleridname: {name}
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: 0255501000
agi_rdnis: unknown
agi_context: ringward-ask
agi_extension: s
agi_priority: 1
agi_enhanced: 0.0
agi_accountcode:
agi_threadid: 139

"""


class Asterisk:
    """The far end of one request: sends headers, reads commands, answers them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server: FastAgiServer) -> Asterisk:
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    async def say(self, text: str | bytes) -> None:
        self.writer.write(text.encode() if isinstance(text, str) else text)
        await self.writer.drain()

    async def command(self) -> str:
        return (await self.reader.readline()).decode()

    async def closed(self) -> bool:
        """The server has ended the connection, with or without bytes that it left unread."""
        try:
            left = await self.reader.read()
        except ConnectionError:
            left = b""
        self.writer.close()
        return left == b""


Serve = Callable[..., Awaitable[FastAgiServer]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server with a handler on `/route`; every one is closed afterwards."""
    servers = []

    async def start(handler: Callable[[AgiRequest], Awaitable[None]], limits: AgiLimits | None = None) -> FastAgiServer:
        server = FastAgiServer(host="127.0.0.1", port=0, limits=limits)
        server.add_route("/route", handler)
        await server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.close()


async def ask(server: FastAgiServer, name: str = "Mrs Chen") -> Asterisk:
    far = await Asterisk.connect(server)
    await far.say(HEADERS.format(name=name))
    return far


async def request_of(serve: Serve, headers: str | bytes) -> AgiRequest:
    """What a handler is given for these headers."""
    seen: asyncio.Future[AgiRequest] = asyncio.get_running_loop().create_future()

    async def keep(request: AgiRequest) -> None:
        seen.set_result(request)

    far = await Asterisk.connect(await serve(keep))
    await far.say(headers)
    request = await seen
    assert await far.closed()
    return request


async def test_a_request_sets_a_variable_and_reads_the_answer(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        assert request.path == "/route"
        assert request.query == {"dialled": "0255501000", "linkedid": "1.1"}
        assert request.headers["agi_callerid"] == "0933000222"
        answers.append(await request.set_variable("RW_PLAN", 'a "b" \\ 王小明'))
        answers.append(await request.send_command("GET VARIABLE RW_PLAN"))

    answers: list[AgiResponse] = []
    far = await ask(await serve(handler))
    assert await far.command() == 'SET VARIABLE RW_PLAN "a \\"b\\" \\\\ 王小明"\n'
    await far.say("200 result=1\n")
    assert await far.command() == "GET VARIABLE RW_PLAN\n"
    await far.say("200 result=1 (a (b) c)\n")
    assert await far.closed()
    assert answers == [AgiResponse(200, "1", ""), AgiResponse(200, "1", "a (b) c")]


async def test_headers_may_come_in_any_pieces(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        await request.send_command("NOOP")

    far = await Asterisk.connect(await serve(handler))
    for byte in HEADERS.format(name="王小明").encode():
        await far.say(bytes([byte]))
    assert await far.command() == "NOOP\n"
    await far.say("200 result=0\n")
    assert await far.closed()


@pytest.mark.parametrize("name", [b"\xb3\xaf\xa4\xd3\xa4\xd3", b"\xff\xfe", "陳太太 🏝".encode(), b"x" * 4096])
async def test_bytes_of_a_name_survive_whatever_their_encoding(serve: Serve, name: bytes) -> None:
    request = await request_of(serve, HEADERS.encode().replace(b"{name}", name))
    assert request.headers["agi_calleridname"].encode("utf-8", "surrogateescape") == name


async def test_a_name_with_line_ends_overrides_nothing(serve: Serve) -> None:
    hostile = (
        "x\nagi_network_script: evil?dialled=1\nagi_request: agi://h/evil\nagi_channel: evil\nagi_uniqueid: evil"
        "\nagi_dnid: evil\nagi_extension: evil\nagi_context: evil\nagi_evil: evil\nRW_PLAN: evil"
    )
    request = await request_of(serve, HEADERS.format(name=hostile))
    assert request.headers["agi_calleridname"] == "x"
    assert "evil" not in "".join(request.headers.values())
    assert "agi_evil" not in request.headers
    assert "RW_PLAN" not in request.headers
    assert (request.path, request.query["dialled"]) == ("/route", "0255501000")


async def test_a_name_with_an_empty_line_does_not_become_answers(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        answers.append(await request.send_command("NOOP"))

    answers: list[AgiResponse] = []
    far = await ask(await serve(handler), name="x\n\n200 result=7 (forged)")
    assert await far.command() == "NOOP\n"
    await far.say("200 result=1\n")
    assert await far.closed()
    assert [answer.code for answer in answers] == [200]


@pytest.mark.parametrize(
    ("script", "path", "query"),
    [
        ("route?dialled=+886225501000&linkedid=1.1", "/route", {"dialled": "+886225501000", "linkedid": "1.1"}),
        ("route?dialled=%2B886%26x&empty=&flag", "/route", {"dialled": "+886&x", "empty": "", "flag": ""}),
        ("route?name=%B3%AF", "/route", {"name": "\udcb3\udcaf"}),
        ("//route", "/route", {}),
    ],
)
async def test_query_arguments(serve: Serve, script: str, path: str, query: dict[str, str]) -> None:
    request = await request_of(serve, f"agi_network_script: {script}\n\n")
    assert (request.path, request.query) == (path, query)


async def test_the_full_address_serves_where_the_script_is_missing(serve: Serve) -> None:
    request = await request_of(serve, "agi_request: agi://127.0.0.1:4573/route?dialled=1\n\n")
    assert request.query == {"dialled": "1"}


@pytest.mark.parametrize(
    "headers",
    [
        "agi_network_script: route?linkedid=1.1&linkedid=2.2\n\n",
        "agi_network_script: nowhere\n\n",
        "agi_network: yes\n\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "\n",
        "agi_arg_1: " + "x" * 9000 + "\n\n",
        "agi_arg_1: x\n" * 200 + "\n",
        ("agi_arg_1: " + "x" * 4000 + "\n") * 5 + "\n",
        "\0" * 20000,
    ],
    ids=["double", "no route", "no script", "http", "empty", "long line", "many", "large", "zeros"],
)
async def test_what_is_no_request_is_closed_without_a_word(serve: Serve, headers: str) -> None:
    async def handler(request: AgiRequest) -> None:
        raise AssertionError("must not be called")

    server = await serve(handler)
    far = await Asterisk.connect(server)
    with structlog.testing.capture_logs() as logs:
        await far.say(headers)
        assert await far.closed()
    assert [line["log_level"] for line in logs] == ["warning"]


async def test_headers_that_never_end_are_given_up(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        raise AssertionError("must not be called")

    far = await Asterisk.connect(await serve(handler, AgiLimits(header_seconds=0.05)))
    await far.say("agi_network: yes\n")
    assert await far.closed()


async def test_a_hang_up_in_the_middle_is_seen_while_the_handler_works(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        assert not request.hung_up
        first = await request.send_command("NOOP")
        assert request.hung_up
        second = await request.send_command("NOOP")
        seen.set_result((first.code, second.code, second.data))

    seen: asyncio.Future[tuple[int, int, str]] = asyncio.get_running_loop().create_future()
    far = await ask(await serve(handler))
    await far.command()
    await far.say("HANGUP\n200 result=0\n")
    await far.command()
    await far.say("511 result=-1 Command Not Permitted on a dead channel or intercept routine\n")
    assert (await seen)[:2] == (200, 511)
    assert await far.closed()


async def test_a_usage_answer_of_several_lines_is_one_answer(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        codes.append((await request.send_command("SET VARIABLE")).code)
        codes.append((await request.send_command("NOOP")).code)

    codes: list[int] = []
    far = await ask(await serve(handler))
    await far.command()
    await far.say("520-Invalid command syntax.  Proper usage follows:\n200 result=9\n520 End of proper usage.\n")
    await far.command()
    await far.say("100 result=0 Trying...\n200 result=0\n")
    assert await far.closed()
    assert codes == [520, 200]


async def test_commands_at_once_go_one_after_the_other(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        answers.extend(await asyncio.gather(*(request.send_command(f"NOOP {n}") for n in range(3))))

    answers: list[AgiResponse] = []
    far = await ask(await serve(handler))
    for n in range(3):
        assert await far.command() == f"NOOP {n}\n"
        await far.say(f"200 result={n}\n")
    assert await far.closed()
    assert [answer.result for answer in answers] == ["0", "1", "2"]


@pytest.mark.parametrize("command", ["NOOP\nHANGUP", "NOOP\rHANGUP", "NOOP\0", "", "NOOP " + "x" * 2100])
async def test_a_command_of_more_than_one_line_or_too_long_is_refused(serve: Serve, command: str) -> None:
    async def handler(request: AgiRequest) -> None:
        try:
            await request.send_command(command)
        except Invalid as error:
            refused.set_result(error)

    refused: asyncio.Future[Invalid] = asyncio.get_running_loop().create_future()
    far = await ask(await serve(handler))
    assert await far.closed()
    assert (await refused).code == "invalid"


@pytest.mark.parametrize(
    ("name", "value"), [("X\n", "1"), ("X Y", "1"), ("SHELL(id)", "1"), ("DB(a/b)", "1"), ("", "1"), ("X", "a\nb")]
)
async def test_a_variable_that_is_none_is_refused(serve: Serve, name: str, value: str) -> None:
    async def handler(request: AgiRequest) -> None:
        try:
            await request.set_variable(name, value)
        except Invalid as error:
            refused.set_result(error)

    refused: asyncio.Future[Invalid] = asyncio.get_running_loop().create_future()
    far = await ask(await serve(handler))
    assert await far.closed()
    await refused


@pytest.mark.parametrize("word", ["", "200 resu", "HANGUP\n"])
async def test_asterisk_going_away_fails_the_waiting_command(serve: Serve, word: str) -> None:
    async def handler(request: AgiRequest) -> None:
        with pytest.raises(AgiClosed):
            await request.send_command("NOOP")
        assert request.hung_up
        with pytest.raises(AgiClosed):
            await request.send_command("NOOP")
        done.set()

    done = asyncio.Event()
    far = await ask(await serve(handler))
    await far.command()
    await far.say(word)
    far.writer.close()
    await done.wait()


async def test_asterisk_that_does_not_answer_is_given_up(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        await request.send_command("NOOP")

    far = await ask(await serve(handler, AgiLimits(answer_seconds=0.05)))
    assert await far.command() == "NOOP\n"
    assert await far.closed()


async def test_endless_chatter_ends_the_request(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        await request.send_command("NOOP")

    far = await ask(await serve(handler))
    await far.command()
    await far.say("chatter\n" * 100)
    assert await far.closed()


async def test_a_handler_that_fails_is_logged_and_the_next_request_served(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        if request.query.get("dialled") == "0255501000":
            raise RuntimeError("broken")
        await request.send_command("NOOP")

    server = await serve(handler)
    with structlog.testing.capture_logs() as logs:
        assert await (await ask(server)).closed()
    assert [line["event"] for line in logs] == ["agi.handler_failed"]
    far = await Asterisk.connect(server)
    await far.say("agi_network_script: route?dialled=1\n\n")
    assert await far.command() == "NOOP\n"
    far.writer.close()


async def test_a_handler_that_hangs_is_ended(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        await asyncio.Event().wait()

    assert await (await ask(await serve(handler, AgiLimits(request_seconds=0.05)))).closed()


async def test_more_connections_than_the_limit_are_turned_away(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        inside.set()
        await request.send_command("NOOP")

    inside = asyncio.Event()
    server = await serve(handler, AgiLimits(connections=1))
    first = await ask(server)
    await inside.wait()
    assert await (await Asterisk.connect(server)).closed()
    assert await first.command() == "NOOP\n"
    await first.say("200 result=0\n")
    assert await first.closed()


async def test_closing_ends_what_is_being_served(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        inside.set()
        await asyncio.Event().wait()

    inside = asyncio.Event()
    server = await serve(handler)
    far = await ask(server)
    await inside.wait()
    await server.close()
    assert await far.closed()
    assert server.connections == 0
    with pytest.raises(ConnectionError):
        await Asterisk.connect(server)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(Invalid):
        FastAgiServer(host=host, port=0)


async def test_a_thousand_probes_leave_nothing_behind(serve: Serve) -> None:
    """How long the loop lags meanwhile is measured by benchmarks/agi_probes.py."""

    async def handler(request: AgiRequest) -> None:
        await request.send_command("NOOP")

    server = await serve(handler)
    before = asyncio.all_tasks()
    for number in range(1000):
        far = await Asterisk.connect(server)
        if number % 2:
            await far.say("agi_network: yes\n")
        far.writer.close()
    # Connections are accepted in order: this one is behind all of them.
    far = await ask(server)
    assert await far.command() == "NOOP\n"
    await far.say("200 result=0\n")
    assert await far.closed()
    while left := asyncio.all_tasks() - before:
        await asyncio.wait(left)
    assert server.connections == 0


async def test_after_the_last_command_asterisk_may_go_on_at_once(serve: Serve) -> None:
    async def handler(request: AgiRequest) -> None:
        answers.append(await request.set_variable("RW_PLAN", "x", last=True))
        with pytest.raises(AgiClosed):
            await request.send_command("NOOP")
        asked.set()

    answers: list[AgiResponse] = []
    asked = asyncio.Event()
    far = await ask(await serve(handler))

    # The end of what is asked comes with the command, before it is answered; the answer is read all the same.
    assert await far.reader.read() == b'SET VARIABLE RW_PLAN "x"\n'
    assert not asked.is_set()
    await far.say("200 result=1\n")
    await asked.wait()
    assert answers == [AgiResponse(200, "1", "")]
    far.writer.close()
