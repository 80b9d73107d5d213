"""A mail server on this machine for the tests of letters: takes what is said to it, and keeps each letter."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage


class MailServer:
    """Takes what is said to port 25 of a mail server. While `busy` it refuses for now, as a greylisting one does."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.busy = False
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def listening(cls) -> AsyncIterator[MailServer]:
        """One on a port of its own."""
        server = cls()
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listener:
            server.port = listener.sockets[0].getsockname()[1]
            yield server

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 mail.example ESMTP")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                say("354 go on")
                body = await reader.readuntil(b"\r\n.\r\n")
                letter = email.message_from_bytes(body[:-5] + b"\r\n", policy=email.policy.default)
                assert isinstance(letter, EmailMessage)
                self.letters.append(letter)
                say("250 taken")
            elif verb == "RCPT" and self.busy:
                say("450 come again")
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say("250 mail.example")
        writer.close()
