"""Brings a change of people to the PBX that runs: its configuration is written anew and the changed parts reloaded.

For installations whose configuration we wrote (`./run`, the containers). Must not know who changed what.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from cti.asterisk.ami import AmiClient
from cti.errors import SwitchUnavailable
from cti.local.site import site_of
from cti.settings import Settings
from cti.store.engine import Store
from dialplan.render import write
from dialplan.site import Paths

REACH_SECONDS = 3.0
"""AMI on loopback answers within milliseconds; a PBX that does not run is told apart from one that is slow."""

RELOADS = {"pjsip.conf": "res_pjsip.so", "ringward.conf": "pbx_config.so"}
"""File that may change with the people -> what must be reloaded for it. Calls in progress go on."""


_WRITING = asyncio.Lock()
"""Two saves of one moment must not write the same files side by side, the older people over the newer."""


class _Clients(Protocol):
    async def reload(self, module: str) -> None: ...


async def apply_people(settings: Settings, store: Store, paths: Paths) -> tuple[str, ...]:
    """Write what Asterisk must know of the people as the database has them, and reload what changed.

    Returns the reloaded modules; empty when nothing changed.

    Raises:
        SwitchUnavailable: the files are written, but Asterisk does not run: it reads them when it starts.
        Refused: something cannot stand in Asterisk's configuration; nothing was written.
    """
    async with _WRITING:
        async with store.session() as session:
            site = await site_of(session, settings, paths)
        changed = await asyncio.to_thread(write, site, settings.asterisk_config_dir)
    modules = tuple(module for name, module in RELOADS.items() if name in changed)
    if modules:
        await _reload(settings, modules)
    return modules


async def apply_where_ours(settings: Settings, store: Store) -> tuple[str, ...] | None:
    """`apply_people` where Asterisk's configuration is ours; None where it is a site's own.

    Raises:
        SwitchUnavailable, Refused: as `apply_people`.
    """
    if not (settings.asterisk_config_dir / "asterisk.conf").is_file():
        return None
    return await apply_people(settings, store, Paths())


async def _reload(settings: Settings, modules: tuple[str, ...]) -> None:
    await _require_listener(settings)
    ami = AmiClient(settings.bind_host, settings.ami_port, settings.ami_user, settings.ami_secret)
    reached = asyncio.Event()
    ami.on_connected(reached.set)
    running = asyncio.create_task(ami.run())
    try:
        async with asyncio.timeout(REACH_SECONDS):
            await reached.wait()
            await _each(ami, modules)
    except TimeoutError:
        raise SwitchUnavailable("Asterisk's AMI does not answer") from None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _require_listener(settings: Settings) -> None:
    """A PBX that does not run is known at once, without a client that tries again and again."""
    try:
        _, writer = await asyncio.open_connection(settings.bind_host, settings.ami_port)
    except OSError as error:
        raise SwitchUnavailable("Asterisk's AMI does not listen") from error
    writer.close()


async def _each(ami: _Clients, modules: tuple[str, ...]) -> None:
    for module in modules:
        await ami.reload(module)
