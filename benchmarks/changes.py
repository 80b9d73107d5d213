"""From a change by the command line, through the daemon's routing, to Asterisk's own copy of the chain.

    ./bench changes [TIMES]

Counted from the time that the change itself bears, which is just before it is committed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from trial import figures, trial

from cti.asterisk.ami import AmiClient
from cti.settings import Settings

TAIPEI = ZoneInfo("Asia/Taipei")
WAIT = 30.0
PAUSE = 0.005


class Desk:
    """Where the changes are made, and how long each took to arrive."""

    def __init__(self, demo: dict[str, Any], ami: AmiClient) -> None:
        self._command = demo["command"].split()
        self._database = demo["database"]["url"].removeprefix("sqlite+aiosqlite:///")
        self._ami = ami
        self.after: dict[str, list[float]] = {}

    async def change(self, name: str, part: str, *words: str) -> str:
        """Run the command, and meanwhile wait until the kept chain of 101 has `part`; what the command printed."""
        process = await asyncio.create_subprocess_exec(*self._command, *words, stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(WAIT):
            while part not in (await self._ami.db_get("ringward-chain", "101") or ""):
                await asyncio.sleep(PAUSE)
        there = datetime.now(UTC)
        printed, _ = await process.communicate()
        assert process.returncode == 0, words
        self.after.setdefault(name, []).append((there - self.newest()).total_seconds() * 1000)
        return printed.decode()

    def newest(self) -> datetime:
        """When the latest change was written down, just before its transaction was committed."""
        connection = sqlite3.connect(self._database, timeout=10)
        try:
            (at,) = connection.execute("SELECT max(at) FROM routing_changes").fetchone()
        finally:
            connection.close()
        return datetime.fromisoformat(at).replace(tzinfo=UTC)


async def measure(demo: dict[str, Any], times: int) -> Desk:
    """Change a deputy, a chain and a leave back and forth."""
    settings = settings_of(demo)
    ami = AmiClient(settings.bind_host, settings.ami_port, settings.ami_user, settings.ami_secret)
    connected = asyncio.Event()
    ami.on_connected(connected.set)
    running = asyncio.ensure_future(ami.run())
    await connected.wait()
    desk = Desk(demo, ami)
    now = datetime.now(TAIPEI)
    span = [(now + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M") for hours in (-1, 1)]
    try:
        for _ in range(times):
            for deputy in ("103", "102"):
                await desk.change("deputy", f"~deputy!15!d:{deputy}", "agent", "set", "101", "--deputy", deputy)
            await desk.change("chain", "~desk!9!d:101:101+m:", "agent", "steps", "101", "both:9")
            await desk.change("chain", "~desk!15!d:101:101~", "agent", "steps", "101")
            leave = ["agent", "leave", "add", "101", "--from", span[0], "--to", span[1], "--deputy", "104", "--json"]
            added = json.loads(await desk.change("leave", "~carrier~deputy!15!d:104", *leave))
            await desk.change("leave", "~carrier~desk!15!d:101", "agent", "leave", "remove", str(added[0]["id"]))
    finally:
        await ami.close()
        await running
    return desk


def settings_of(demo: dict[str, Any]) -> Settings:
    """The trial's own settings, from its home folder."""
    os.environ["RINGWARD_HOME"] = str(Path(demo["daemon"]["pid_file"]).parent.parent)
    return Settings()


def main() -> None:
    """Measure on an installation of its own and print one JSON line last."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with trial() as demo:
        desk = asyncio.run(measure(demo, times))
    everything = [one for found in desk.after.values() for one in found]
    print(
        json.dumps(
            {
                "bench": "changes",
                "changes": len(everything),
                "milliseconds": {name: figures(found) for name, found in desk.after.items()},
                "within_a_second": max(everything) < 1000,
            }
        )
    )


if __name__ == "__main__":
    main()
