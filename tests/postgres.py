"""A PostgreSQL server of a test run's own: loopback, a free port, an unprivileged user, nothing kept.

It can be stopped and started again, as an operator's may be. Knows no table of ours.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.ports import free_port

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


class PostgresServer(AbstractContextManager["PostgresServer"]):
    """Runs within its `with` block; `url` is its database `postgres` for SQLAlchemy."""

    def __init__(self) -> None:
        # PostgreSQL's user must be able to walk to its folder; pytest's own is closed to others.
        self._folder = Path("/tmp") / f"ringward-postgres-{uuid.uuid4().hex[:8]}"
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.port = free_port()
        self.url = f"postgresql+asyncpg://ringward@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> PostgresServer:
        self._folder.mkdir(mode=0o755)
        if self._as_user:
            shutil.chown(self._folder, "postgres")
        program = [*self._as_user, str(PROGRAMS[-1] / "initdb"), "-D", str(self._cluster)]
        options = ["-U", "ringward", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run([*program, *options], check=True, capture_output=True, cwd=self._folder)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(check=False)
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start it, and return once it serves."""
        settings = f"-c listen_addresses=127.0.0.1 -p {self.port} -k '' -c fsync=off -c full_page_writes=off"
        self._control("-l", str(self._folder / "log"), "-o", settings, "start")

    def stop(self, *, check: bool = True) -> None:
        """Stop it at once; connections are cut."""
        self._control("-m", "immediate", "stop", check=check)

    def create(self, name: str) -> str:
        """Make an empty database; its URL."""
        server = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "ringward"]
        subprocess.run([PROGRAMS[-1] / "createdb", *server, name], check=True)
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    @property
    def _cluster(self) -> Path:
        return self._folder / "cluster"

    def _control(self, *words: str, check: bool = True) -> None:
        program = [*self._as_user, str(PROGRAMS[-1] / "pg_ctl"), "-D", str(self._cluster), "-w"]
        subprocess.run([*program, *words], check=check, stdout=subprocess.DEVNULL, cwd=self._folder)
