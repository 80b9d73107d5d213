"""The way from a home folder to a running installation: prepare, render, load, start, wait, announce, keep.

Must not know how the parts do their work.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable

from sqlalchemy import select

from cti.agents.dialling import national
from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow
from cti.errors import Refused
from cti.local.announce import demo_description, ringward_program, screen_lines, web_url, write_demo_json
from cti.local.asterisk import Asterisk, ensure_root
from cti.local.demo import COMPANY_GROUP, DemoCompany, load_demo, read_company
from cti.local.installation import DemoSecrets, prepare_home
from cti.local.ports import require_free_ports
from cti.local.processes import InstallationLock, stop_marked
from cti.local.supervise import Part, Supervisor
from cti.settings import Settings
from cti.store.engine import Store
from cti.store.migrate import upgrade
from dialplan.prompts import make_prompts
from dialplan.render import Member, Phone, Site, SiteUnfit, write

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
    if not settings.database_url and not (settings.home / "ringward.sqlite3").exists():
        report("Making the database with the demo company / 建立資料庫與示範公司 …")
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


async def wait_for_page(url: str, seconds: float) -> None:
    """Return once `url` answers 200.

    Raises:
        Refused: it did not within `seconds`.
    """
    said = "no connection"
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = await asyncio.to_thread(_ask, url)
                if answer is None:
                    return
                said = answer
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise Refused(f"the daemon did not become ready within {seconds:g} s: {url} says {said}.") from None


def _ask(url: str) -> str | None:
    """None when the page is there, else what was heard instead."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  our own http address
            return None if response.status == 200 else f"status {response.status}"
    except urllib.error.HTTPError as error:
        return f"status {error.code}, {error.read(200).decode(errors='replace').strip()}"
    except OSError:
        return "no connection"


async def _load_and_describe(settings: Settings, company: DemoCompany) -> tuple[DemoSecrets, Site]:
    store = Store(settings.database)
    try:
        secrets = await load_demo(store, settings.home, company, settings.zone)
        return secrets, await _site(store, settings, company)
    finally:
        await store.close()


async def _site(store: Store, settings: Settings, company: DemoCompany) -> Site:
    """Asterisk's phones and its last net as the database has them now: people may have changed since the demo."""
    async with store.session() as session:
        agents = {row.code: row for row in await session.scalars(select(AgentRow).where(AgentRow.active))}
        members = await session.scalars(
            select(GroupMemberRow).where(GroupMemberRow.group_code == COMPANY_GROUP).order_by(GroupMemberRow.position)
        )
        codes = [member.agent_code for member in members]
        seconds = await session.scalar(select(GroupRow.seconds).where(GroupRow.code == COMPANY_GROUP))
    try:
        return Site(
            ami_secret=settings.ami_secret,
            ari_secret=settings.ari_secret,
            ami_user=settings.ami_user,
            ari_user=settings.ari_user,
            phones=tuple(Phone(row.extension, row.phone_secret, row.name) for row in agents.values() if row.extension),
            members=tuple(
                Member(code, agents[code].extension, national(agents[code].mobile or "") or None)
                for code in codes
                if code in agents
            ),
            company_number=company.main_number,
            bind_host=settings.bind_host,
            sip_port=settings.sip_port,
            rtp_start=settings.rtp_start,
            rtp_end=settings.rtp_end,
            ami_port=settings.ami_port,
            ari_port=settings.ari_port,
            agi_host=settings.bind_host,
            agi_port=settings.agi_port,
            carrier_host=settings.carrier_host,
            carrier_port=settings.carrier_port,
            ask_timeout=settings.ask_timeout,
            group_seconds=seconds or 30,
        )
    except SiteUnfit as error:
        raise Refused(f"Asterisk's configuration cannot be written: {error}.") from error
