"""`python -m cti.local start [--detach] | status | stop`: what `./run` hands over to.

`status` and `stop` need the standard library alone, so that they work with a broken environment. Must not know how
an installation is brought up.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from cti.local.processes import InstallationLock, find_marked, stop_installation

PARTS = ("asterisk", "daemon")


def main(arguments: Sequence[str]) -> int:
    """Do it; the exit status: 0 done (or everything runs), 1 not."""
    match list(arguments):
        case ["start"]:
            return _start()
        case ["start", "--detach"]:
            return _detach()
        case ["start", "--behind", log]:
            return _behind(log)
        case ["status"]:
            return _status(_home())
        case ["stop"]:
            print("stopped" if stop_installation(_home()) else "Ringward was not running here.")
            return 0
        case _:
            print("usage: python -m cti.local start [--detach] | status | stop", file=sys.stderr)
            return 2


def _home() -> Path:
    """As `cti.settings.home_from_environment`, which would need more than the standard library."""
    return Path(os.environ.get("RINGWARD_HOME") or Path(__file__).resolve().parents[2] / "var").absolute()


def _status(home: Path) -> int:
    supervisor = InstallationLock(home).holder()
    parts: dict[str, int] = {}
    for process in sorted(find_marked(home), key=lambda process: process.pid):
        parts.setdefault(process.part, process.pid)
    supervised = f"running (pid {supervisor})" if supervisor else "not running"
    print(f"{'supervisor':<11} {supervised}")
    for name in PARTS:
        print(f"{name:<11} {f'running (pid {parts[name]})' if name in parts else 'not running'}")
    if supervisor and (address := _address(home)):
        print(f"{'address':<11} {address}")
    return 0 if supervisor and all(name in parts for name in PARTS) else 1


def _address(home: Path) -> str | None:
    try:
        return f"{json.loads((home / 'demo.json').read_text('utf-8'))['web']['url']}/"
    except (OSError, ValueError, KeyError):
        return None


def _start(on_ready: int | None = None) -> int:
    """Start and stay. `on_ready` is a file descriptor that takes over standard output once everything serves."""
    from cti.errors import RingwardError

    def report(sentence: str) -> None:
        try:
            print(sentence, flush=True)
        except BrokenPipeError:  # whoever listened is gone; the telephones come up all the same
            ready()

    def ready() -> None:
        if on_ready is not None:
            os.dup2(on_ready, 1)
            os.dup2(on_ready, 2)

    try:
        from cti.local.start import start

        start(report, ready, unless_running=on_ready is not None)
    except RingwardError as error:
        print(f"run: {error}", file=sys.stderr, flush=True)
        return 1
    except Exception as error:
        trace = _home() / "log" / "run-failure.log"
        trace.parent.mkdir(parents=True, exist_ok=True)
        trace.write_text(traceback.format_exc(), encoding="utf-8")
        print(f"run: it could not be started: {error} ({trace} says more).", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130  # during the preparations; afterwards Ctrl-C is a signal to the supervisor
    return 0


def _detach() -> int:
    """Start in a session of its own; relay what it says until it is ready, then leave it."""
    log = _home() / "log" / "run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen(  # noqa: S603  ourselves
        [sys.executable, "-m", "cti.local", "start", "--behind", log],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert child.stdout is not None
    try:
        for line in child.stdout:
            print(line, end="", flush=True)
            if line == "ready\n":
                return 0
        status = child.wait()
        if status in (0, 128 + signal.SIGTERM) or status < 0:
            print("run: it was stopped before it was ready.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        child.send_signal(signal.SIGTERM)
        child.wait()
        return 130


def _behind(log: str) -> int:
    """The other end of `_detach`: after `ready` nobody listens any more, so what is said goes to `log`."""
    with open(log, "ab", buffering=0) as file:
        return _start(file.fileno())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
