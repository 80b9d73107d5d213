"""An AMI that is a real TCP server: logs in, answers pings, and for the rest does what a test tells it to.

What it says are captures of Asterisk 22.10.1 (tests/captures/ami), line ends and ActionIDs put in.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

CAPTURES = Path(__file__).resolve().parents[1] / "captures" / "ami"


def captured(name: str, action_id: str = "") -> bytes:
    """One captured answer as it stood on the wire."""
    text = (CAPTURES / f"{name}.txt").read_text(encoding="utf-8")
    return text.replace("{id}", action_id).replace("\n", "\r\n").encode()


class FakeAmi:
    """One listening AMI. `actions` holds what arrived, apart from log-ins and pings that it answers itself."""

    def __init__(self) -> None:
        self.actions: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.logins: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.mute = False
        self.login_answers: list[str] = []
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a second time on the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """No longer listen, and drop who is connected."""
        if self._server is not None:
            self._server.close()
            self.drop()
            await self._server.wait_closed()
            self._server = None

    def drop(self) -> None:
        """End every connection, as a crash would."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def say(self, *pieces: bytes) -> None:
        """Send these bytes, each in a segment of its own."""
        for piece in pieces:
            for writer in tuple(self._writers):
                writer.write(piece)
                await writer.drain()
            # Small writes leave at once (asyncio sets TCP_NODELAY); the reader gets its turn between two of them.
            for _ in range(5):
                await asyncio.sleep(0)

    async def answer(self, name: str) -> dict[str, str]:
        """Take the next action and answer it with a capture."""
        action = await self.actions.get()
        await self.say(captured(name, action["ActionID"]))
        return action

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            writer.write(captured("banner"))
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = text.strip("\r\n").split("\r\n")
                await self._heard(dict(line.split(": ", 1) for line in lines), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _heard(self, action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        if action["Action"] == "Login":
            name = self.login_answers.pop(0) if self.login_answers else "login"
            writer.write(captured(name, action["ActionID"]))
            self.logins.put_nowait(action)
        elif action["Action"] == "Ping" and not self.mute:
            writer.write(captured("ping", action["ActionID"]))
        elif action["Action"] != "Ping":
            self.actions.put_nowait(action)
