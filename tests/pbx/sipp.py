"""SIPp beside the calls: somebody else's SIP, from scenario files. Ends by itself whatever happens."""

from __future__ import annotations

import asyncio
import random
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pbx.sound import tone

SCENARIOS = Path(__file__).parent / "sipp"
LONGEST = 40
"""Seconds after which SIPp gives up by its own clock."""


SPEECH = tone(440, 1.0)
"""What a voicemail says, again and again: `speech.ulaw` of the scenarios."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One SIP message as SIPp wrote it down: when (aware UTC), whether it came in, and its first line."""

    at: datetime
    came: bool
    line: str


class Sipp:
    """One run of one scenario against the PBX at `server`, from `local`, of so many calls.

    `keys` fill the scenario's `[name]`s; `status` fills `%status%` before SIPp reads it, which takes none there.
    """

    def __init__(
        self,
        scenario: str,
        server: tuple[str, int],
        local: tuple[str, int],
        *,
        service: str = "s",
        login: tuple[str, str] | None = None,
        calls: int = 1,
        status: str = "486",
        **keys: str,
    ) -> None:
        media = free_media_port(local[0])
        self.scenario = scenario
        self._text = (SCENARIOS / f"{scenario}.xml").read_text().replace("%status%", status)
        self._words = ["-sf", "scenario.xml", f"{server[0]}:{server[1]}", "-trace_shortmsg"]
        self._words += ["-shortmessage_file", "messages.csv"]
        self._words += ["-i", local[0], "-p", str(local[1]), "-mi", local[0], "-mp", str(media)]
        self._words += ["-m", str(calls), "-l", str(calls), "-s", service]
        self._words += ["-nostdin", "-timeout", str(LONGEST), "-timeout_error"]
        if login is not None:
            self._words += ["-au", login[0], "-ap", login[1]]
        for name, value in keys.items():
            self._words += ["-key", name, value]
        self.trace: list[Sent] = []
        """Every message, in order, once it `succeeded`."""
        self._process: asyncio.subprocess.Process | None = None
        self._folder = TemporaryDirectory(prefix="sipp")

    async def __aenter__(self) -> Sipp:
        place = Path(self._folder.name)
        (place / "scenario.xml").write_text(self._text)
        (place / "speech.ulaw").write_bytes(SPEECH)
        self._process = await asyncio.create_subprocess_exec(
            "sipp",
            *self._words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=place,
            env={"TERM": "dumb", "PATH": "/usr/bin:/bin"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()
        self._folder.cleanup()

    async def succeeded(self) -> None:
        """Wait for its end; everything went as the scenario says."""
        assert self._process is not None
        _, complaint = await self._process.communicate()
        assert self._process.returncode == 0, f"{self.scenario}: {complaint.decode(errors='replace')[-800:]}"
        rows = (line.split("\t") for line in (Path(self._folder.name) / "messages.csv").read_text().splitlines())
        self.trace = [Sent(datetime.fromtimestamp(float(row[2]), UTC), row[3] == "R", row[6]) for row in rows]


def free_media_port(host: str) -> int:
    """An even UDP port that is free, and the one after it; below those that the kernel gives to phones."""
    while True:
        port = random.randrange(10000, 20000, 4)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sound,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        ):
            try:
                sound.bind((host, port))
                other.bind((host, port + 2))
            except OSError:
                continue
        return port
