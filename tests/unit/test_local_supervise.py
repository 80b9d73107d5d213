"""The supervisor, with stand-ins: starts, waits, restarts what dies, stops all, and says why it could not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from cti.errors import Refused
from cti.local import supervise
from cti.local.processes import find_marked
from cti.local.readiness import wait_for_page
from cti.local.supervise import Part, Supervisor, limit_log

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"


async def at_once() -> None:
    """Ready by being there."""


async def never() -> None:
    await asyncio.Event().wait()


def part(name: str, code: str = SLEEPER, ready: Callable[[], Awaitable[None]] = at_once) -> Part:
    return Part(name, (sys.executable, "-c", code), ready, {"STAND_IN": name})


class Running:
    """A supervisor in a task, with what it reported."""

    def __init__(self, home: Path, *parts: Part) -> None:
        self.home = home
        (home / "log").mkdir(parents=True, exist_ok=True)
        (home / "run").mkdir(exist_ok=True)
        self.reported: asyncio.Queue[str] = asyncio.Queue()
        self.supervisor = Supervisor(home, parts, self.reported.put_nowait)
        self.ready = asyncio.Event()
        self.task = asyncio.create_task(self.supervisor.run(self.ready.set))

    def pid(self, name: str) -> int:
        return int((self.home / "run" / f"{name}.pid").read_text())

    async def until_pid_changes(self, name: str, old: int) -> int:
        """The pid file is written anew right after the start; look each time the loop comes round."""
        async with asyncio.timeout(20):
            while (pid := self.pid(name)) == old:
                await asyncio.sleep(0.01)
        return pid

    async def stop(self) -> None:
        self.supervisor.stop()
        await asyncio.wait_for(self.task, 30)


async def test_parts_are_started_kept_and_stopped(tmp_path: Path) -> None:
    running = Running(tmp_path, part("asterisk"), part("daemon"))
    await asyncio.wait_for(running.ready.wait(), 20)
    assert {found.part for found in find_marked(tmp_path)} == {"asterisk", "daemon"}
    assert {found.pid for found in find_marked(tmp_path)} == {running.pid("asterisk"), running.pid("daemon")}
    await running.stop()
    assert find_marked(tmp_path) == []
    assert list((tmp_path / "run").iterdir()) == []


async def test_what_dies_is_started_again_and_said(tmp_path: Path) -> None:
    running = Running(tmp_path, part("asterisk"), part("daemon"))
    await asyncio.wait_for(running.ready.wait(), 20)
    asterisk, daemon = running.pid("asterisk"), running.pid("daemon")
    os.kill(daemon, signal.SIGKILL)
    said = await asyncio.wait_for(running.reported.get(), 20)
    assert "daemon ended (status -9)" in said
    assert await running.until_pid_changes("daemon", daemon) != daemon
    assert running.pid("asterisk") == asterisk
    await running.stop()


async def test_the_delay_doubles_up_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(supervise, "LONGEST_DELAY", 0.04)
    once = "import os, pathlib; f = pathlib.Path(os.environ['FLAG']); seen = f.exists(); f.touch(); "
    flapping = Part(
        "daemon",
        (sys.executable, "-c", once + "import time; time.sleep(0 if seen else 60)"),
        at_once,
        {"FLAG": str(tmp_path / "flag")},
    )
    running = Running(tmp_path, flapping)
    await asyncio.wait_for(running.ready.wait(), 20)
    os.kill(running.pid("daemon"), signal.SIGKILL)
    (tmp_path / "flag").touch()
    said = [await asyncio.wait_for(running.reported.get(), 20) for _ in range(4)]
    delays = [sentence.rpartition(" in ")[2] for sentence in said]
    assert delays == ["0.01 s.", "0.02 s.", "0.04 s.", "0.04 s."]
    await running.stop()


async def test_a_part_that_ends_at_its_start_stops_the_others_and_says_why(tmp_path: Path) -> None:
    broken = part("daemon", "import sys; print('the database is locked', file=sys.stderr); sys.exit(3)", never)
    running = Running(tmp_path, part("asterisk"), broken)
    with pytest.raises(Refused, match=r"daemon ended at its start \(status 3\): the database is locked"):
        await asyncio.wait_for(running.task, 30)
    assert not running.ready.is_set()
    assert find_marked(tmp_path) == []


async def test_a_part_that_never_serves_is_given_up_with_its_own_sentence(tmp_path: Path) -> None:
    async def not_today() -> None:
        raise Refused("asterisk did not boot")

    running = Running(tmp_path, part("asterisk", ready=not_today), part("daemon", ready=never))
    with pytest.raises(Refused, match="asterisk did not boot"):
        await asyncio.wait_for(running.task, 30)
    assert find_marked(tmp_path) == []


async def test_the_end_may_be_asked_for_before_everything_serves(tmp_path: Path) -> None:
    running = Running(tmp_path, part("asterisk"), part("daemon", ready=never))
    while len(find_marked(tmp_path)) < 2:
        await asyncio.sleep(0.01)
    await running.stop()
    assert not running.ready.is_set()
    assert find_marked(tmp_path) == []


async def test_a_part_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "STOP_SECONDS", 0.2)
    up = tmp_path / "up"

    async def deaf_now() -> None:
        while not up.exists():
            await asyncio.sleep(0.01)

    deaf = "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    running = Running(tmp_path, part("daemon", deaf + f"pathlib.Path({str(up)!r}).touch(); time.sleep(60)", deaf_now))
    await asyncio.wait_for(running.ready.wait(), 20)
    await running.stop()
    assert find_marked(tmp_path) == []


async def test_a_signal_stops_everything(tmp_path: Path) -> None:
    running = Running(tmp_path, part("daemon"))
    await asyncio.wait_for(running.ready.wait(), 20)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running.task, 30)
    assert find_marked(tmp_path) == []


def test_a_log_that_grew_keeps_one_older_generation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "LOG_BYTES", 10)
    log = tmp_path / "daemon.log"
    log.write_text("short")
    limit_log(log)
    assert log.read_text() == "short"
    log.write_text("much too long")
    limit_log(log)
    assert log.read_text() == ""
    assert (tmp_path / "daemon.log.1").read_text() == "much too long"
    limit_log(tmp_path / "missing.log")


async def test_the_daemon_is_ready_when_its_page_says_so() -> None:
    answers = iter([503, 503, 200])

    async def readyz(_request: web.Request) -> web.Response:
        return web.Response(status=next(answers))

    application = web.Application()
    application.router.add_get("/readyz", readyz)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        await wait_for_page(f"http://{host}:{port}/readyz", 20)
        assert next(answers, None) is None
        with pytest.raises(Refused, match=r"did not become ready .* status 404"):
            await wait_for_page(f"http://{host}:{port}/elsewhere", 0.3)
    finally:
        await runner.cleanup()
