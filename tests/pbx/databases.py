"""An installation's database as it fails: locked by another process, gone, and back. Knows no call."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Protocol

import asyncpg
from sqlalchemy.engine import make_url

from tests.postgres import PostgresServer

LOCKER = """
import fcntl, sqlite3, sys
path, readers_too = sys.argv[1], sys.argv[2] == "readers too"
connection = sqlite3.connect(path, timeout=10, isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
shared = open(path + "-shm", "r+b")
if readers_too:
    fcntl.lockf(shared, fcntl.LOCK_EX, 5, 123)  # SQLite's five read marks
print("locked", flush=True)
sys.stdin.read()
"""
"""In WAL an exclusive transaction keeps writers out; that on the read marks (a recovery takes it) readers too."""


class Database(Protocol):
    """What can befall an installation's database."""

    async def lock(self) -> None: ...

    async def unlock(self) -> None: ...

    async def vanish(self) -> None: ...

    async def come_back(self) -> None: ...


class SqliteFile:
    """The file in the home folder."""

    def __init__(self, file: Path, *, readers_too: bool = False) -> None:
        self._file = file
        self._readers_too = readers_too
        self._locker: asyncio.subprocess.Process | None = None

    async def lock(self) -> None:
        """Another process holds it."""
        self._locker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", LOCKER, str(self._file), "readers too" if self._readers_too else ""),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._locker.stdout is not None
        assert await self._locker.stdout.readline() == b"locked\n"

    async def unlock(self) -> None:
        """It lets go."""
        if self._locker is not None:
            await self._locker.communicate(b"")
            self._locker = None

    async def vanish(self) -> None:
        """The file and its companions are moved away."""
        for file in self._file.parent.glob(f"{self._file.name}*"):
            file.rename(file.with_name(f"away-{file.name}"))

    async def come_back(self) -> None:
        """They are where they were."""
        for file in self._file.parent.glob(f"away-{self._file.name}*"):
            file.rename(file.with_name(file.name.removeprefix("away-")))


class PostgresDatabase:
    """A database of a server of our own."""

    def __init__(self, server: PostgresServer, url: str) -> None:
        self._server = server
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._holder: asyncpg.Connection | None = None
        self._runs = True

    async def lock(self) -> None:
        """Another session holds every table, as `VACUUM FULL` or a migration would."""
        self._holder = await asyncpg.connect(self._url)
        await self._holder.execute("BEGIN")
        tables = await self._holder.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = ", ".join('"{}"'.format(row["tablename"]) for row in tables)
        await self._holder.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")

    async def unlock(self) -> None:
        """It lets go."""
        if self._holder is not None:
            await self._holder.close()
            self._holder = None

    async def vanish(self) -> None:
        """The server is stopped, and every connection cut."""
        await asyncio.to_thread(self._server.stop)
        self._runs = False

    async def come_back(self) -> None:
        """It runs again."""
        if not self._runs:
            await asyncio.to_thread(self._server.start)
            self._runs = True
