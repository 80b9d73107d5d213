"""The way from a home folder to a running installation: prepare, render, load, start, wait, announce, keep.

Must not know how the parts do their work.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from cti.errors import Refused, SwitchUnavailable
from cti.local.announce import demo_description, ringward_program, screen_lines, web_url, write_demo_json
from cti.local.asterisk import Asterisk, ensure_root
from cti.local.demo import read_company
from cti.local.installation import prepare_home, read_settings
from cti.local.ports import require_free_ports
from cti.local.prepare import prepare
from cti.local.processes import InstallationLock, marks, stop_marked
from cti.local.readiness import wait_for_page
from cti.local.supervise import Part, Supervisor
from cti.settings import Settings, home_from_environment

BOOT_SECONDS = 60.0
"""Asterisk boots in a second or two; on a loaded machine give it a minute before calling it failed."""

Report = Callable[[str], None]


def start(report: Report, on_ready: Callable[[], None], *, unless_running: bool = False) -> None:
    """Bring the installation up and keep it until it is told to stop; `on_ready` is called once everything serves.

    `unless_running`: one that runs already is waited for and announced, as if it had been started here.

    Raises:
        RingwardError: it cannot come up; the sentence says why and what to do. Nothing is left running.
    """
    home = home_from_environment()
    lock = InstallationLock(home)
    if not lock.acquire():
        if unless_running:
            return _announce_running(home, report)
        raise Refused(
            f"Ringward already runs from {home} (supervisor's pid {lock.holder()}): "
            "`./run stop` ends it, `./run status` tells how it is."
        )
    # Until the supervisor takes the signals over: the end may be asked for in the middle of the preparations, whose
    # programs carry the mark too and are ended with the rest.
    signal.signal(signal.SIGTERM, _end)
    try:
        if stop_marked(home):
            report("Stopped what an earlier start had left behind.")
        os.environ.update(marks(home, "preparation"))
        # Before anything is written down: a port that was refused must not be remembered.
        require_free_ports(read_settings(home))
        settings = prepare_home(home)
        _keep_running(settings, report, on_ready)
    finally:
        stop_marked(home)
        lock.release()


def _announce_running(home: Path, report: Report) -> None:
    settings = read_settings(home)
    asyncio.run(wait_for_page(f"{web_url(settings)}/readyz", BOOT_SECONDS))
    description = json.loads((home / "demo.json").read_text("utf-8"))  # written long before anything serves
    for line in ("Ringward already runs / 已經在執行。", *screen_lines(settings, read_company(), description), "ready"):
        report(line)


def _end(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _keep_running(settings: Settings, report: Report, on_ready: Callable[[], None]) -> None:
    root = ensure_root(report)
    company = read_company()
    asterisk = Asterisk(root, settings.asterisk_config_dir.parent, settings.asterisk_config_dir)
    asterisk.prepare()
    secrets = prepare(settings, company, asterisk.paths, report)
    description = demo_description(settings, company, secrets, asterisk.cli_command())
    write_demo_json(settings, description)

    def announce() -> None:
        for line in screen_lines(settings, company, description):
            report(line)
        report("ready")
        on_ready()

    report("Starting Asterisk and the daemon / 啟動 Asterisk 與服務 …")
    asyncio.run(Supervisor(settings.home, parts_of(settings, asterisk), report).run(announce))


def parts_of(settings: Settings, asterisk: Asterisk) -> tuple[Part, ...]:
    """What is kept running, in the order in which it is started; stopped in the opposite one."""

    async def booted() -> None:
        # In short waits: a thread cannot be cancelled, and the end must not wait a minute for one.
        deadline = time.monotonic() + BOOT_SECONDS
        while True:
            try:
                return await asyncio.to_thread(asterisk.wait_booted, 1.0)
            except SwitchUnavailable:
                if time.monotonic() > deadline:
                    raise

    async def serves() -> None:
        await wait_for_page(f"{web_url(settings)}/readyz", BOOT_SECONDS)

    return (
        Part("asterisk", asterisk.command(), booted),
        Part("daemon", (str(ringward_program()), "serve"), serves, {"RINGWARD_HOME": str(settings.home)}),
    )
