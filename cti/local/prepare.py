"""Makes what Asterisk and the daemon start from: the database with the demo company, configuration, prompts.

Must not know how either is started.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cti.errors import Refused
from cti.local.demo import DemoCompany, load_demo
from cti.local.installation import DemoSecrets
from cti.local.site import site_of
from cti.pocket.push import make_key
from cti.settings import Settings
from cti.store.engine import Store
from cti.store.migrate import upgrade
from dialplan.prompts import make_prompts
from dialplan.render import write
from dialplan.site import Paths, Site, SiteUnfit


def prepare(settings: Settings, company: DemoCompany, paths: Paths, report: Callable[[str], None]) -> DemoSecrets:
    """Bring the database to this version's shape and render everything; what is as it should be is left alone.

    `paths` are the folders as this Asterisk sees them.

    Raises:
        Refused: the people in the database cannot stand in Asterisk's configuration.
        StoreUnavailable: the database cannot be reached.
    """
    database = settings.home / "ringward.sqlite3"
    if not settings.database_url and not database.exists():
        report("Making the database with the demo company / 建立資料庫與示範公司 …")
        database.touch(mode=0o600)  # it holds the phones' secrets; its companions get the same mode
    upgrade(settings.database)
    secrets, site = asyncio.run(_load(settings, company, paths))
    make_key(settings.push_key_file)
    make_prompts(settings.asterisk_config_dir.parent / "sounds")
    try:
        write(site, settings.asterisk_config_dir)
    except SiteUnfit as error:
        raise Refused(f"Asterisk's configuration cannot be written: {error}.") from error
    return secrets


async def _load(settings: Settings, company: DemoCompany, paths: Paths) -> tuple[DemoSecrets, Site]:
    store = Store(settings.database)
    try:
        secrets = await load_demo(store, settings.home, company, settings.zone)
        async with store.session() as session:
            return secrets, await site_of(session, settings, paths)
    finally:
        await store.close()
