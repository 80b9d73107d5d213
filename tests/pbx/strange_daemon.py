"""Something in the daemon's place that speaks FastAGI as the test says: nonsense, half an answer, without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What it does once it has read the question's headers; the connection ends when this returns."""


class StrangeDaemon:
    """Listens on the daemon's FastAGI port within its `async with` block. `asked` counts the questions."""

    def __init__(self, port: int, behaviour: Behaviour) -> None:
        self._port = port
        self._behaviour = behaviour
        self._talking: set[asyncio.Task[None]] = set()
        self.asked = 0

    async def __aenter__(self) -> StrangeDaemon:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in tuple(self._talking):
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talking.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\n\n")
                self.asked += 1
                await self._behaviour(reader, writer)
        except asyncio.CancelledError:
            return
        finally:
            self._talking.discard(task)
            writer.transport.abort()


def says(*lines: bytes) -> Behaviour:
    """Says these lines, reads an answer to each, and goes."""

    async def behaviour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            writer.write(line)
            await writer.drain()
            await reader.readline()

    return behaviour


def plan(line: str) -> Behaviour:
    """Answers with this plan, by the protocol."""
    return says(f'SET VARIABLE "RW_PLAN" "{line}"\n'.encode())


async def dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Dies in the middle of its answer."""
    writer.write(b'SET VARIABLE "RW_PLAN" "RW1~0123')
    await writer.drain()


async def never_ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says things by the protocol, and never comes to the point."""
    while True:
        writer.write(b'VERBOSE "one moment" 4\n')
        await writer.drain()
        if not await reader.readline():
            return


async def no_line_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says one command without end."""
    while True:
        writer.write(b"x" * 4096)
        await writer.drain()
