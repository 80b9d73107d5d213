"""FastAGI server: Asterisk asks over it what to do with a call. Bounded in every direction, each task owned.

FastAGI has no authentication, so it stands on loopback or not at all. Knows nothing of routing, customers or plans:
a handler registered with `add_route` does.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from cti.asterisk.agi_protocol import (
    AgiResponse,
    HeadersUnfit,
    as_text,
    command_line,
    parse_answer,
    parse_headers,
    parse_script,
    set_variable_command,
)
from cti.errors import Invalid, RingwardError, SwitchUnavailable

__all__ = ["AgiClosed", "AgiLimits", "AgiRequest", "AgiResponse", "FastAgiServer", "Handler"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AgiLimits:
    """How much one peer may ask for. Times in seconds, sizes in bytes.

    `command_bytes` is what Asterisk reads before 22.6. Its own headers are about 1 kB in 25 lines and come at once; the
    dial plan gives the whole ask 0.8 s, so that who takes longer than `header_seconds` is not Asterisk.
    """

    header_bytes: int = 16_384
    line_bytes: int = 8_192
    headers: int = 160
    header_seconds: float = 2.0
    answer_seconds: float = 5.0
    request_seconds: float = 30.0
    connections: int = 512
    command_bytes: int = 2_047
    stray_lines: int = 64


ACCEPTED_AT_ONCE = 16
"""Connections that a flood of probes may open in one turn of the event loop: about 1 ms of work."""

QUEUED_BY_KERNEL = 4096
"""Linux's own bound (`net.core.somaxconn`)."""


class AgiClosed(SwitchUnavailable):
    """Asterisk closed the request, or stopped answering in the middle of it."""

    code = "agi_closed"


Handler = Callable[["AgiRequest"], Awaitable[None]]


class AgiRequest:
    """One request of the dial plan. All text decodes with `surrogateescape`: no byte of a caller's name is lost.

    `path` and `query` come from the dial plan's AGI URL. `headers` hold what Asterisk sent, a stranger's name and
    number among them.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        headers: dict[str, str],
        limits: AgiLimits,
    ) -> None:
        self.headers = headers
        self.path, self.query = parse_script(headers)
        self.hung_up = False
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._one_at_a_time = asyncio.Lock()
        self._answer: asyncio.Future[AgiResponse] | None = None
        self._closed = False

    async def send_command(self, command: str, *, last: bool = False) -> AgiResponse:
        """Send one command and wait for its answer. Commands of one request go one after the other.

        `last`: nothing is asked after it, and Asterisk is told so at once. It goes on with the call when it has done
        the command, and need not wait until we have read that it did.

        Raises:
            Invalid: the command is no single line, or longer than Asterisk reads.
            AgiClosed: Asterisk went away, or did not answer within `answer_seconds`.
        """
        line = command_line(command, self._limits.command_bytes)
        async with self._one_at_a_time:
            if self._closed:
                raise AgiClosed("Asterisk has closed this request; the call goes on by the dial plan alone")
            self._answer = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(self._limits.answer_seconds):
                    self._writer.write(line)
                    if last:
                        self._closed = True
                        self._writer.write_eof()
                    await self._writer.drain()
                    return await self._answer
            except (TimeoutError, ConnectionError) as error:
                # A late answer would be taken for the next command's: nothing more can be asked here.
                self._closed = True
                raise AgiClosed("Asterisk did not answer an AGI command in time") from error
            finally:
                self._answer = None

    async def set_variable(self, name: str, value: str, *, last: bool = False) -> AgiResponse:
        """Set a channel variable. Raises as `send_command` does, and Invalid for a name that is none."""
        return await self.send_command(set_variable_command(name, value), last=last)

    async def listen(self) -> None:
        """Read what Asterisk says until it closes: answers, and `HANGUP`, which it sends unasked."""
        try:
            await self._listen()
        except (ConnectionError, HeadersUnfit) as error:
            log.info("agi.connection_lost", reason=str(error))
        finally:
            self._closed = self.hung_up = True
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(AgiClosed("Asterisk closed the request before it answered"))

    async def _listen(self) -> None:
        stray = 0
        usage = False
        while stray < self._limits.stray_lines and (line := await _line(self._reader)) is not None:
            if line == "HANGUP":
                self.hung_up = True
                continue
            # 520 explains itself over several lines, closed by one that has a space behind the code.
            usage = usage or line.startswith("520-")
            answer = None if usage and not line.startswith("520 ") else parse_answer(line)
            if answer is not None and answer.code >= 200 and self._settle(answer):
                stray, usage = 0, False
            else:
                stray += 1

    def _settle(self, answer: AgiResponse) -> bool:
        if self._answer is None or self._answer.done():
            return False
        self._answer.set_result(answer)
        return True


class FastAgiServer:
    """Listens on a loopback address and hands each request to the handler of its path.

    Raises:
        Invalid: `host` is not a loopback address.
    """

    def __init__(self, *, host: str, port: int, limits: AgiLimits | None = None) -> None:
        if not _is_loopback(host):
            raise Invalid(f"FastAGI has no authentication: listen on 127.0.0.1 or ::1, not on {host}")
        self._host = host
        self._port = port
        self._limits = limits or AgiLimits()
        self._routes: dict[str, Handler] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._full = False

    @property
    def port(self) -> int:
        """The port listened on: the one that was asked for, or the one that the system chose for 0."""
        return self._port

    @property
    def connections(self) -> int:
        """How many requests are being served now."""
        return len(self._tasks)

    def add_route(self, path: str, handler: Handler) -> None:
        """Call `handler` for requests of `agi://…PATH`; the last one added for a path counts."""
        self._routes["/" + path.lstrip("/")] = handler

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the port is taken."""
        host = "127.0.0.1" if self._host == "localhost" else self._host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, self._port), family=family)
        listening.setblocking(False)
        self._server = await asyncio.start_server(
            self._accept, sock=listening, limit=self._limits.line_bytes, backlog=ACCEPTED_AT_ONCE
        )
        # asyncio takes one number for two things: how many it accepts before it lets others run, and how many the
        # kernel holds. The second must be ample: who does not fit into it comes again a second later, with a caller.
        listening.listen(QUEUED_BY_KERNEL)
        self._port = listening.getsockname()[1]

    async def close(self) -> None:
        """Stop listening, end the requests being served, and return when nothing of them is left."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None or len(self._tasks) >= self._limits.connections:
            writer.transport.abort()
            if not self._full:  # one line for a flood, not one for each connection of it
                log.warning("agi.too_many_connections", limit=self._limits.connections)
            self._full = True
            return
        self._full = False
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await self._open(reader, writer)
            if request is not None:
                await self._handle(request)
        finally:
            await _close(writer)

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AgiRequest | None:
        try:
            async with asyncio.timeout(self._limits.header_seconds):
                lines = await _header_lines(reader, self._limits)
        except ConnectionError:
            return None  # a port probe that left with a reset
        except TimeoutError:
            log.warning("agi.headers_too_slow", seconds=self._limits.header_seconds)
            return None
        except HeadersUnfit as error:
            log.warning("agi.headers_refused", reason=str(error))
            return None
        if lines is None:
            return None  # a port probe: it connected and left
        try:
            return AgiRequest(reader, writer, parse_headers(lines), self._limits)
        except HeadersUnfit as error:
            log.warning("agi.headers_refused", reason=str(error))
            return None

    async def _handle(self, request: AgiRequest) -> None:
        handler = self._routes.get(request.path)
        if handler is None:
            log.warning("agi.no_such_route", path=request.path[:200])
            return
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(request.listen())
            try:
                async with asyncio.timeout(self._limits.request_seconds):
                    await handler(request)
            except TimeoutError as error:
                log.warning("agi.handler_too_slow", path=request.path, reason=str(error))
            except AgiClosed as error:
                log.info("agi.closed_by_asterisk", path=request.path, reason=str(error))
            except RingwardError as error:
                log.warning("agi.handler_refused", path=request.path, code=error.code, reason=str(error))
            except Exception:
                # Whatever the handler did wrong, the next caller is to be served.
                log.exception("agi.handler_failed", path=request.path)
            finally:
                listening.cancel()


async def _header_lines(reader: asyncio.StreamReader, limits: AgiLimits) -> list[str] | None:
    """The opening lines up to the empty one; None when the peer left before it."""
    lines: list[str] = []
    size = 0
    while (line := await _line(reader)) is not None:
        if not line:
            return lines
        size += len(line)
        lines.append(line)
        if len(lines) > limits.headers or size > limits.header_bytes:
            raise HeadersUnfit(f"more than {limits.headers} lines or {limits.header_bytes} bytes of headers")
    return None


async def _line(reader: asyncio.StreamReader) -> str | None:
    """One line without its end; None when the peer left, in the middle of a line too.

    Raises:
        HeadersUnfit: the line is longer than the reader's limit.
    """
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise HeadersUnfit("a line is longer than the limit") from error
    return as_text(line).rstrip("\r\n")


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(1):  # a peer that does not read cannot hold the socket
            await writer.wait_closed()
    writer.transport.abort()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
