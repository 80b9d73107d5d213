"""SIPp beside the calls: somebody else's SIP, from scenario files. Ends by itself whatever happens."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

SCENARIOS = Path(__file__).parent / "sipp"
LONGEST = 40
"""Seconds after which SIPp gives up by its own clock."""


class Sipp:
    """One run of one scenario against the PBX at `server`, from `local`. `keys` fill the scenario's `[name]`s."""

    def __init__(
        self,
        scenario: str,
        server: tuple[str, int],
        local: tuple[str, int],
        *,
        service: str = "s",
        login: tuple[str, str] | None = None,
        **keys: str,
    ) -> None:
        media = random.randrange(40000, 60000, 4)
        self._words = ["-sf", str(SCENARIOS / f"{scenario}.xml"), f"{server[0]}:{server[1]}"]
        self._words += ["-i", local[0], "-p", str(local[1]), "-mi", local[0], "-mp", str(media)]
        self._words += ["-m", "1", "-l", "1", "-s", service, "-nostdin", "-timeout", str(LONGEST), "-timeout_error"]
        if login is not None:
            self._words += ["-au", login[0], "-ap", login[1]]
        for name, value in keys.items():
            self._words += ["-key", name, value]
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Sipp:
        self._process = await asyncio.create_subprocess_exec(
            "sipp",
            *self._words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd="/tmp",
            env={"TERM": "dumb", "PATH": "/usr/bin:/bin"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()

    async def succeeded(self) -> None:
        """Wait for its end; everything went as the scenario says."""
        assert self._process is not None
        _, complaint = await self._process.communicate()
        assert self._process.returncode == 0, f"{self._words[1]}: {complaint.decode(errors='replace')[-800:]}"
