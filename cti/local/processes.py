"""Which processes belong to one installation, and how they are ended. Standard library only: `./run stop` must work
even when the environment is broken.

A process is recognised by a mark in the environment it was started with, which outlives `exec` and `chroot` and cannot
be inherited by a stranger who gets the same pid later. Must not know what the processes do.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MARK_HOME = "RINGWARD_INSTALLATION"
MARK_PART = "RINGWARD_PART"

STOP_SECONDS = 20.0
"""How long a supervisor may take to stop its parts: each has 8 s before it is killed, one after the other."""
TERM_SECONDS = 5.0
"""How long an orphan has between being asked and being killed."""


@dataclass(frozen=True)
class Marked:
    """A running process of an installation. `part` is `asterisk`, `daemon` or what else was started."""

    pid: int
    part: str


def marks(home: Path, part: str) -> dict[str, str]:
    """The environment variables that mark a process as this installation's `part`."""
    return {MARK_HOME: str(home), MARK_PART: part}


def find_marked(home: Path) -> list[Marked]:
    """Every running process of the installation in `home`, found without any pid file."""
    wanted = f"{MARK_HOME}={home}".encode()
    prefix = f"{MARK_PART}=".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked, or is not ours to read
        if wanted in environment:
            part = next((line[len(prefix) :].decode() for line in environment if line.startswith(prefix)), "")
            found.append(Marked(int(entry.name), part))
    return found


class InstallationLock:
    """Held by the one supervisor of an installation for as long as it lives; the kernel lets go when it dies."""

    def __init__(self, home: Path) -> None:
        self.path = home / "run" / "supervisor.pid"
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock and write our pid into it; False when another supervisor has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go; the file stays, empty, so that nobody locks a file that is about to be removed."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """The pid of the living supervisor, else None. A pid left by one that was killed is not believed."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(descriptor, 32).decode().strip()
            return int(text) if text.isdigit() else None
        else:
            return None
        finally:
            os.close(descriptor)


def stop_installation(home: Path) -> bool:
    """End the supervisor, if there is one, and whatever it left; False when nothing ran."""
    lock = InstallationLock(home)
    supervisor = lock.holder()
    if supervisor is not None:
        _signal(supervisor, signal.SIGTERM)
        if not _until(lambda: lock.holder() is None, STOP_SECONDS):
            _signal(supervisor, signal.SIGKILL)
            _until(lambda: lock.holder() is None, TERM_SECONDS)
    return stop_marked(home) or supervisor is not None


def stop_marked(home: Path) -> bool:
    """End every process of the installation that runs without a supervisor; False when there was none."""
    left = find_marked(home)
    for process in left:
        _signal(process.pid, signal.SIGTERM)
        _signal(process.pid, signal.SIGCONT)  # a stopped process would keep the request until it is continued
    if left and not _until(lambda: not find_marked(home), TERM_SECONDS):
        for process in find_marked(home):
            _signal(process.pid, signal.SIGKILL)
        _until(lambda: not find_marked(home), TERM_SECONDS)
    return bool(left)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
