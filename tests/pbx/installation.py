"""A whole installation for the tests of calls: Asterisk, the daemon, the demo company, as `./run` makes them.

Made with the functions that `./run` calls; only the supervisor is left out, because these tests kill, freeze and
restart the parts themselves. Knows no call.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import pytest

from cti.agents import versions
from cti.agents.people import set_agent, set_group
from cti.errors import Refused
from cti.local.announce import demo_description, ringward_program, web_url, write_demo_json
from cti.local.asterisk import Asterisk, ensure_root
from cti.local.demo import read_company
from cti.local.installation import prepare_home
from cti.local.prepare import prepare
from cti.local.processes import find_marked, marks, stop_marked
from cti.local.readiness import wait_for_page
from cti.local.site import COMPANY_GROUP
from cti.settings import Settings
from cti.store.engine import Store
from tests.ports import free_port

Result = TypeVar("Result")

DESK, MOBILE, DEPUTY, GROUP = 3, 4, 3, 4
"""Ring times of the test company, in seconds: as short as leaves a busy machine time to act within them."""

CARRIER = "127.0.0.2"
BOOT_SECONDS = 60.0


IN_FORCE = {
    # Nobody lingers from one test into the next: who has left is offline, who has hung up is free.
    "RINGWARD_PRESENCE_GRACE_SECONDS": "0",
    "RINGWARD_WRAP_UP_SECONDS": "0",
    # A machine that runs tests beside each other may need more than a firm's 0.8; what rings is the same either way.
    "RINGWARD_ASK_TIMEOUT": "2",
}
"""What every part of this installation is told."""


class Installation(AbstractContextManager["Installation"]):
    """One running copy. `description` is what stands in its `demo.json`; without a URL its database is SQLite's."""

    def __init__(self, home: Path, database_url: str = "") -> None:
        self.home = home
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("RINGWARD_")]:
                patch.delenv(name)
            patch.setenv("RINGWARD_HOME", str(home))
            for name, port in _free_ports().items():
                patch.setenv(f"RINGWARD_{name}_PORT", str(port))
            start = random.randrange(22000, 31000, 2)
            patch.setenv("RINGWARD_DATABASE_URL", database_url)
            for name, value in IN_FORCE.items():
                patch.setenv(name, value)
            patch.setenv("RINGWARD_RTP_START", str(start))
            patch.setenv("RINGWARD_RTP_END", str(start + 998))
            self.settings = prepare_home(home)
        self.asterisk = Asterisk(ensure_root(), home / "asterisk", self.settings.asterisk_config_dir)
        self.asterisk.prepare()
        company = read_company()
        self.secrets = prepare(self.settings, company, self.asterisk.paths, _silent)
        asyncio.run(_shorten(self.settings))
        prepare(self.settings, company, self.asterisk.paths, _silent)  # the static plan with the short times
        self.description = demo_description(self.settings, company, self.secrets, self.asterisk.cli_command())
        write_demo_json(self.settings, self.description)

    def __enter__(self) -> Installation:
        with ExitStack() as stack:
            stack.callback(self._end_all)
            self.start_asterisk()
            self.asterisk.wait_booted(BOOT_SECONDS)
            self.start_daemon()
            _apart(lambda: asyncio.run(self.serves()))
            stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_all()
        assert not find_marked(self.home)

    # The parts

    @property
    def url(self) -> str:
        """Where the page is."""
        return web_url(self.settings)

    @property
    def sip(self) -> tuple[str, int]:
        """Where Asterisk takes calls."""
        return self.settings.bind_host, self.settings.sip_port

    @property
    def carrier(self) -> tuple[str, int]:
        """Where the carrier is."""
        return self.settings.carrier_host, self.settings.carrier_port

    @property
    def daemon_pid(self) -> int:
        """The daemon's process."""
        return self._processes["daemon"].pid

    def start_asterisk(self) -> None:
        """Spawn it; see `asterisk.wait_booted`."""
        self._spawn("asterisk", self.asterisk.command(), {})

    def start_daemon(self, **environment: str) -> None:
        """Spawn it, with more variables; see `serves`."""
        self._spawn("daemon", [str(ringward_program()), "serve"], environment)

    async def serves(self) -> None:
        """Return once the daemon is connected to everything."""
        await wait_for_page(f"{self.url}/readyz", BOOT_SECONDS)

    async def restarted(self) -> None:
        """Start again what does not run."""
        asterisk = self._processes.get("asterisk")
        if asterisk is None or asterisk.poll() is not None:
            await self.restarted_asterisk()
        await self.restarted_daemon()

    async def restarted_asterisk(self) -> None:
        """An Asterisk that has booted, after the one before has gone."""
        self.start_asterisk()
        await asyncio.to_thread(self.asterisk.wait_booted, BOOT_SECONDS)

    async def restarted_daemon(self, **environment: str) -> None:
        """A daemon that serves, whatever was there before."""
        self.kill_daemon()
        self.start_daemon(**environment)
        await self.serves()

    def kill_daemon(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._kill("daemon")

    def kill_asterisk(self) -> None:
        """SIGKILL: it says goodbye to nobody."""
        self._kill("asterisk")

    def freeze_daemon(self) -> None:
        """SIGSTOP: its sockets still accept, and nobody answers."""
        os.kill(self.daemon_pid, signal.SIGSTOP)

    def thaw_daemon(self) -> None:
        """SIGCONT."""
        os.kill(self.daemon_pid, signal.SIGCONT)

    def stop_asterisk(self) -> None:
        """SIGTERM, and wait until it is gone."""
        self._end("asterisk")

    @property
    def runs(self) -> bool:
        """Whether both processes live and the daemon is not stopped."""
        parts = [self._processes.get(name) for name in ("asterisk", "daemon")]
        if any(part is None or part.poll() is not None for part in parts):
            return False
        status = Path(f"/proc/{self.daemon_pid}/stat").read_text()
        return status.rpartition(")")[2].split()[0] != "T"

    async def ringward(self, *words: str, status: int = 0) -> str:
        """Run the real command line, which ends with this status, and return what it printed."""
        process = await asyncio.create_subprocess_exec(
            str(ringward_program()),
            *words,
            env=self._environment("command"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
        assert process.returncode == status, f"ringward {' '.join(words)}: {complained.decode()} {said.decode()}"
        return said.decode()

    @asynccontextmanager
    async def routing_as_before(self) -> AsyncIterator[None]:
        """Within it routing may be changed in any way; afterwards it is rolled back to how it was."""
        async with self.database() as store:
            async with store.session() as session:
                newest = next((one.number for one in await versions.log(session, 1)), 0)
            yield
            with suppress(Refused):  # as it was already
                async with store.transaction() as session:
                    await versions.roll_back(session, newest)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Store]:
        """Its database, for what the command line would take long to set up."""
        store = Store(self.settings.database)
        try:
            yield store
        finally:
            await store.close()

    async def show(self, linkedid: str) -> dict[str, Any]:
        """`ringward call show LINKEDID --json`."""
        shown: dict[str, Any] = json.loads(await self.ringward("call", "show", linkedid, "--json"))
        return shown

    async def cli(self, command: str) -> str:
        """One command on Asterisk's own command line."""
        return await asyncio.to_thread(self.asterisk.run_cli, command)

    # Inside

    def _environment(self, part: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RINGWARD_")}
        return {**inherited, **IN_FORCE, "RINGWARD_HOME": str(self.home), **marks(self.home, part)}

    def _spawn(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.home / "log" / f"{name}.log").open("ab") as log:
            # When pytest itself is killed the kernel ends these too. It looks at the thread that spawned them, so this
            # must be the main one.
            self._processes[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                env={**self._environment(name), **environment},
            )

    def _end_all(self) -> None:
        for name in tuple(self._processes):
            self._end(name)
        stop_marked(self.home)

    def _kill(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process is not None:
            process.kill()
            process.wait()

    def _end(self, name: str) -> None:
        process = self._processes.pop(name)
        process.terminate()
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def made(home: Path, database_url: str = "") -> Installation:
    """An installation that does not run yet."""
    return _apart(lambda: Installation(home, database_url))


def _apart(work: Callable[[], Result]) -> Result:
    """Do `work` in a thread, where it may have event loops of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


async def _shorten(settings: Settings) -> None:
    store = Store(settings.database)
    try:
        async with store.transaction() as session:
            codes = [agent.code for agent in read_company().agents]
            for code in codes:
                await set_agent(session, code, desk_seconds=DESK, mobile_seconds=MOBILE, deputy_seconds=DEPUTY)
            await set_group(session, COMPANY_GROUP, read_company().name, codes, GROUP)
    finally:
        await store.close()


def _free_ports() -> dict[str, int]:
    """One for each part; a daemon that is restarted must find its own free again."""
    wanted = {
        "SIP": (socket.SOCK_DGRAM, "127.0.0.1"),
        "CARRIER": (socket.SOCK_DGRAM, CARRIER),
        "AMI": (socket.SOCK_STREAM, "127.0.0.1"),
        "ARI": (socket.SOCK_STREAM, "127.0.0.1"),
        "AGI": (socket.SOCK_STREAM, "127.0.0.1"),
        "WEB": (socket.SOCK_STREAM, "127.0.0.1"),
    }
    found: dict[str, int] = {}
    for name, (kind, host) in wanted.items():
        while (port := free_port(kind, host)) in found.values():
            pass
        found[name] = port
    return found


def _silent(_: str) -> None:
    pass
