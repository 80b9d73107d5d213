"""The way from a home folder to a running installation: prepare, render, load, start, wait, announce, keep.

Must not know how the parts do their work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cti.errors import Refused
from cti.local.announce import demo_description, ringward_program, screen_lines, web_url, write_demo_json
from cti.local.asterisk import Asterisk, ensure_root
from cti.local.demo import DemoCompany, load_demo, read_company
from cti.local.installation import DemoSecrets, prepare_home
from cti.local.ports import require_free_ports
from cti.local.processes import InstallationLock, stop_marked
from cti.local.readiness import wait_for_page
from cti.local.site import site_of
from cti.local.supervise import Part, Supervisor
from cti.settings import Settings
from cti.store.engine import Store
from cti.store.migrate import upgrade
from dialplan.prompts import make_prompts
from dialplan.render import SiteUnfit, write
from dialplan.site import Site

BOOT_SECONDS = 60.0
"""Asterisk boots in a second or two; on a loaded machine give it a minute before calling it failed."""

Report = Callable[[str], None]


def start(report: Report, on_ready: Callable[[], None]) -> None:
    """Bring the installation up and keep it until it is told to stop; `on_ready` is called once everything serves.

    Raises:
        RingwardError: it cannot come up; the sentence says why and what to do. Nothing is left running.
    """
    settings = prepare_home()
    lock = InstallationLock(settings.home)
    if not lock.acquire():
        raise Refused(
            f"Ringward already runs here, at {web_url(settings)}/ (supervisor's pid {lock.holder()}): "
            "`./run stop` ends it, `./run status` tells how it is."
        )
    try:
        if stop_marked(settings.home):
            report("Stopped what an earlier start had left behind.")
        require_free_ports(settings)
        _keep_running(settings, report, on_ready)
    finally:
        stop_marked(settings.home)
        lock.release()


def _keep_running(settings: Settings, report: Report, on_ready: Callable[[], None]) -> None:
    root = ensure_root(report)
    database = settings.home / "ringward.sqlite3"
    if not settings.database_url and not database.exists():
        report("Making the database with the demo company / 建立資料庫與示範公司 …")
        database.touch(mode=0o600)  # it holds the phones' secrets; its companions get the same mode
    upgrade(settings.database)
    company = read_company()
    secrets, site = asyncio.run(_load_and_describe(settings, company))
    make_prompts(settings.asterisk_config_dir.parent / "sounds")
    try:
        write(site, settings.asterisk_config_dir)
    except SiteUnfit as error:
        raise Refused(f"Asterisk's configuration cannot be written: {error}.") from error
    asterisk = Asterisk(root, settings.home, settings.asterisk_config_dir)
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
        await asyncio.to_thread(asterisk.wait_booted, BOOT_SECONDS)

    async def serves() -> None:
        await wait_for_page(f"{web_url(settings)}/readyz", BOOT_SECONDS)

    return (
        Part("asterisk", asterisk.command(), booted),
        Part("daemon", (str(ringward_program()), "serve"), serves, {"RINGWARD_HOME": str(settings.home)}),
    )


async def _load_and_describe(settings: Settings, company: DemoCompany) -> tuple[DemoSecrets, Site]:
    store = Store(settings.database)
    try:
        secrets = await load_demo(store, settings.home, company, settings.zone)
        async with store.session() as session:
            return secrets, await site_of(session, settings)
    finally:
        await store.close()
