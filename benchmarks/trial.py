"""An installation of its own for one measurement: temporary home, free ports, the real Asterisk and daemon."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
CARRIER = "127.0.0.2"
PORTS = ("SIP", "AMI", "ARI", "AGI", "WEB", "CARRIER")


@contextlib.contextmanager
def trial() -> Iterator[dict[str, Any]]:
    """Start an installation, hand over its `demo.json`, stop it and remove its home whatever happens."""
    home = Path(tempfile.mkdtemp(prefix="ringward-bench-"))
    environment = os.environ | {"RINGWARD_HOME": str(home)}
    environment |= {
        f"RINGWARD_{name}_PORT": str(port) for name, port in zip(PORTS, _free_ports(len(PORTS)), strict=True)
    }
    environment |= {"RINGWARD_RTP_START": "41000", "RINGWARD_RTP_END": "41998"}
    try:
        subprocess.run(
            [TOP / "run", "--detach"], check=True, env=environment, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        yield json.loads((home / "demo.json").read_text("utf-8"))
    finally:
        subprocess.run([TOP / "run", "stop"], check=False, env=environment, stdout=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)


def asterisk(demo: dict[str, Any], command: str) -> str:
    """Run one CLI command on the installation's PBX."""
    done = subprocess.run([*demo["asterisk"]["cli"].split(), command], capture_output=True, text=True, check=True)
    return done.stdout


def figures(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median, p95, p99 and the largest, in milliseconds."""
    ordered = sorted(milliseconds)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)

    return {"median": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": round(ordered[-1], 2)}


def resident_megabytes(pid: int) -> float:
    """What a process holds in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise ProcessLookupError(pid)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.bind(("127.0.0.1", 0))
            found.append(one.getsockname()[1])
        return found
