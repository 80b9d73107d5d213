"""Which processes belong to an installation, and that they end, with and without a supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cti.local import processes
from cti.local.processes import InstallationLock, find_marked, marks, stop_installation, stop_marked


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    children: list[subprocess.Popen[bytes]] = []
    yield children
    for child in children:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def start(children: list[subprocess.Popen[bytes]], home: Path, part: str, code: str = "") -> subprocess.Popen[bytes]:
    """A process with our mark that has said that it is there."""
    script = f"import signal, time\n{code}\nprint('up', flush=True)\ntime.sleep(60)"
    environment = {**os.environ, **marks(home, part)}
    child = subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE)
    children.append(child)
    assert child.stdout
    assert child.stdout.readline() == b"up\n"
    return child


def reap(children: list[subprocess.Popen[bytes]]) -> None:
    """A child that ended stays in /proc until its parent, here the test, has looked."""
    signal.signal(signal.SIGCHLD, lambda *_: [child.poll() for child in children])


@pytest.fixture(autouse=True)
def reaping(started: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    before = signal.getsignal(signal.SIGCHLD)
    reap(started)
    yield
    signal.signal(signal.SIGCHLD, before)


def test_only_this_installations_processes_are_found(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    ours = start(started, tmp_path / "one", "daemon")
    start(started, tmp_path / "one2", "daemon")
    assert [(found.pid, found.part) for found in find_marked(tmp_path / "one")] == [(ours.pid, "daemon")]


def test_orphans_are_ended_and_the_other_copy_is_left_alone(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    ours = start(started, tmp_path / "one", "asterisk")
    other = start(started, tmp_path / "two", "asterisk")
    assert stop_marked(tmp_path / "one")
    assert ours.wait(10) == -signal.SIGTERM
    assert other.poll() is None
    assert not stop_marked(tmp_path / "one")


def test_an_orphan_that_does_not_listen_is_killed(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "TERM_SECONDS", 0.2)
    deaf = start(started, tmp_path, "daemon", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    assert stop_marked(tmp_path)
    assert deaf.wait(10) == -signal.SIGKILL


def test_a_stopped_process_is_ended_too(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    frozen = start(started, tmp_path, "daemon")
    os.kill(frozen.pid, signal.SIGSTOP)
    assert stop_marked(tmp_path)
    assert frozen.wait(10) == -signal.SIGTERM


def test_one_supervisor_an_installation(tmp_path: Path) -> None:
    first, second = InstallationLock(tmp_path), InstallationLock(tmp_path)
    assert first.acquire()
    assert not second.acquire()
    assert second.holder() == os.getpid()
    first.release()
    assert second.holder() is None
    assert second.acquire()
    second.release()


def test_a_pid_left_behind_is_not_believed(tmp_path: Path) -> None:
    lock = InstallationLock(tmp_path)
    lock.path.parent.mkdir(parents=True)
    lock.path.write_text(f"{os.getpid()}\n")
    assert lock.holder() is None
    assert not stop_installation(tmp_path)  # and this test goes on: nobody was signalled


def test_stop_ends_the_supervisor_first(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    code = (
        "from pathlib import Path\nfrom cti.local.processes import InstallationLock\n"
        f"lock = InstallationLock(Path({str(tmp_path)!r}))\nassert lock.acquire()"
    )
    supervisor = start(started, tmp_path / "unmarked", "supervisor", code)
    assert stop_installation(tmp_path)
    assert supervisor.wait(10) == -signal.SIGTERM
