"""Keeps the parts of one installation alive: starts them, waits until they serve, restarts what dies, stops all.

Every part runs in a session of its own: a Ctrl-C in the terminal reaches the supervisor alone, which then stops the
parts in order. When the supervisor itself is killed the parts go on: a telephone must not go dead with it.
Must not know what the parts are.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cti.errors import Refused, RingwardError
from cti.local.processes import marks

FIRST_DELAY = 0.2
LONGEST_DELAY = 15.0
"""Seconds before a part that died is started again, doubled each time up to the longest: a phone system that is down
must be back at once, and one that cannot start must not eat the machine."""
STEADY_SECONDS = 30.0
"""A part that lived this long is healthy: its next death starts from the first delay again."""
STOP_SECONDS = 8.0
"""What a part has to end by itself before it is killed."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOG_BYTES = 10_000_000
LOG_CHECK_SECONDS = 30.0


@dataclass(frozen=True)
class Part:
    """One process to keep. `ready` returns once it serves, and raises `Refused` with a sentence when it will not."""

    name: str
    command: Sequence[str]
    ready: Callable[[], Awaitable[None]]
    environment: dict[str, str] = field(default_factory=dict)


class Supervisor:
    """The parts of the installation in `home`. `report` is told what happens, one plain sentence at a time."""

    def __init__(self, home: Path, parts: Sequence[Part], report: Callable[[str], None]) -> None:
        self.home = home
        self.parts = parts
        self._report = report
        self._stopping = asyncio.Event()
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    def stop(self) -> None:
        """Ask for the end; `run` returns when every part is gone."""
        self._stopping.set()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Start every part, call `on_ready` when all of them serve, and keep them until `stop`.

        Raises:
            Refused: a part died, or did not become ready, at the first start; the others have been stopped again.
        """
        loop = asyncio.get_running_loop()
        for number in ENDING:
            loop.add_signal_handler(number, self.stop)
        try:
            for part in self.parts:
                await self._start(part)
            if await self._until_stopped(self._all_ready()):
                return
            on_ready()
            async with asyncio.TaskGroup() as group:
                keepers = [group.create_task(self._keep(part)) for part in self.parts]
                keepers.append(group.create_task(self._limit_logs()))
                await self._stopping.wait()
                for keeper in keepers:
                    keeper.cancel()
        finally:
            for part in reversed(self.parts):
                await self._end(part)
            for number in ENDING:
                loop.remove_signal_handler(number)

    async def _until_stopped(self, work: Awaitable[None]) -> bool:
        """Do `work` unless the end is asked for first; True when it was. What `work` raises is raised."""
        working = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            return self._stopping.is_set()
        finally:
            for task in (working, stopped):
                task.cancel()
            await asyncio.gather(working, stopped, return_exceptions=True)

    async def _all_ready(self) -> None:
        async def serves(part: Part) -> None:
            ready = asyncio.ensure_future(part.ready())
            died = asyncio.ensure_future(self._processes[part.name].wait())
            try:
                await asyncio.wait((ready, died), return_when=asyncio.FIRST_COMPLETED)
                if died.done() and not ready.done():
                    raise Refused(f"{part.name} ended at its start (status {died.result()}): {self._last_words(part)}")
                ready.result()
            finally:
                for task in (ready, died):
                    task.cancel()
                await asyncio.gather(ready, died, return_exceptions=True)

        try:
            async with asyncio.TaskGroup() as group:
                for part in self.parts:
                    group.create_task(serves(part))
        except ExceptionGroup as failures:
            refusals = failures.subgroup(RingwardError)
            raise (refusals or failures).exceptions[0] from None

    async def _start(self, part: Part) -> None:
        with self.log_file(part).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *part.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={**os.environ, **part.environment, **marks(self.home, part.name)},
            )
        self._processes[part.name] = process
        self.pid_file(part).write_text(f"{process.pid}\n", encoding="ascii")

    async def _keep(self, part: Part) -> None:
        delay = FIRST_DELAY
        started = time.monotonic()
        while True:
            status = await self._processes[part.name].wait()
            if time.monotonic() - started > STEADY_SECONDS:
                delay = FIRST_DELAY
            self._report(f"{part.name} ended (status {status}); it is started again in {delay:g} s.")
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)
            started = time.monotonic()
            try:
                await self._start(part)
            except OSError as error:
                self._report(f"{part.name} could not be started: {error}.")

    async def _end(self, part: Part) -> None:
        process = self._processes.get(part.name)
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGCONT)  # a stopped process takes the request only when it goes on
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        self.pid_file(part).unlink(missing_ok=True)

    async def _limit_logs(self) -> None:
        while True:
            for part in self.parts:
                limit_log(self.log_file(part))
            await asyncio.sleep(LOG_CHECK_SECONDS)

    def pid_file(self, part: Part) -> Path:
        """Holds the pid of the running part, nothing else."""
        return self.home / "run" / f"{part.name}.pid"

    def log_file(self, part: Part) -> Path:
        """What the part writes to its standard output and error."""
        return self.home / "log" / f"{part.name}.log"

    def _last_words(self, part: Part) -> str:
        log = self.log_file(part)
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4000))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        return f"{lines[-1][:300]} ({log} says more)" if lines else f"see {log}"


def limit_log(log: Path) -> None:
    """Keep one older generation of a log that has grown too long. Its writer appends, so emptying it is enough."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
            os.truncate(log, 0)
