"""Rehearses every chain: looks at switch, carrier and database, has it judged, and keeps what was found.

The daemon does it once a day before opening, the command line whenever it is asked to. Nobody's phone rings for it.
Must not know who reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta

import msgspec
import structlog
from sqlalchemy import delete, select

from cti.agents.directory import DirectoryCache
from cti.agents.tables import GroupRow
from cti.asterisk.ami import AmiClient
from cti.asterisk.phones import registered
from cti.asterisk.sip_options import ask_options
from cti.customers.index import CallerIndex
from cti.daily import is_due, when_due
from cti.errors import RingwardError, SwitchUnavailable
from cti.fallback import AT_A_TIME, FAMILIES, LONGEST_VALUE, OWNER, chain_entries, owner_entries
from cti.reports.rehearsal import Entries, Looked, Rehearsal, Trunk, rehearse
from cti.reports.tables import RehearsalRow
from cti.settings import Settings, TrunkSettings
from cti.store.engine import Store
from cti.trunks import FORWARDS, read_forwards

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 3.0
"""How long the carrier may take: SIP's own patience is 32 s, but who takes three to say yes takes no call."""

KEPT_DAYS = 90

QUALIFIED = {"Reachable": True, "Avail": True, "Unreachable": False, "Unavail": False}
"""Asterisk's word for a carrier it asks regularly by itself; another word means that it does not."""


async def look(
    settings: Settings, store: Store, directory: DirectoryCache, callers: CallerIndex, ami: AmiClient, at: datetime
) -> Looked:
    """Everything a rehearsal is judged by, at the aware instant `at`. `directory` and `callers` are loaded.

    Raises:
        StoreUnavailable: the database cannot be used now. An Asterisk that is away is no error but a finding.
    """
    async with store.session() as session:
        groups = {row.code: row.name for row in await session.scalars(select(GroupRow))}
    there, kept = await _registered(ami), await _kept(ami)
    trunks = tuple([await _trunk(name, where, ami) for name, where in settings.all_trunks.items()])
    owners = await _owners(callers)
    return Looked(
        at=at,
        directory=directory.directory,
        names={**groups, **directory.names},
        registered=there,
        trunks=trunks,
        wanted=owners | chain_entries(directory.directory, at),
        kept=kept,
        longest_kept=LONGEST_VALUE,
        forwards=await _forwards(ami, at),
    )


async def keep(store: Store, found: Rehearsal, *, scheduled: bool) -> None:
    """Write what was found, and forget what is older than `KEPT_DAYS`.

    Raises:
        StoreUnavailable: the database cannot be used now.
    """
    content = msgspec.json.encode(found).decode()
    async with store.transaction() as session:
        await session.execute(delete(RehearsalRow).where(RehearsalRow.at < found.at - timedelta(days=KEPT_DAYS)))
        session.add(RehearsalRow(at=found.at, scheduled=scheduled, failures=found.failures, content=content))


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[AmiClient]:
    """A connection to AMI of one's own; one that could not be made answers every question with SwitchUnavailable."""
    ami = AmiClient(settings.bind_host, settings.ami_port, settings.ami_user, settings.ami_secret)
    there = asyncio.Event()
    ami.on_connected(there.set)
    running = asyncio.ensure_future(ami.run())
    try:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await there.wait()
        except TimeoutError:
            log.debug("rehearsal.no_ami")
        yield ami
    finally:
        await ami.close()
        await running


class Rehearsals:
    """The daemon's daily rehearsal, at the firm's local time `at`; None for never. `run()` must run."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        directory: DirectoryCache,
        callers: CallerIndex,
        ami: AmiClient,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._store = store
        self._directory = directory
        self._callers = callers
        self._ami = ami
        self._now = now
        self._started = now()

    async def run(self) -> None:
        """Rehearse when it is time, until cancelled."""
        await when_due(self.rehearse_if_due, "rehearsal.not_made")

    async def rehearse_if_due(self) -> Rehearsal | None:
        """Rehearse if today's is to be made now; what was found.

        Raises:
            StoreUnavailable: the database cannot be used now; it is tried again.
        """
        at: time | None = self._settings.rehearse_at
        last = await self._last()
        if at is None or not is_due(at, last or self._started, self._now(), self._settings.zone):
            return None
        looked = await look(self._settings, self._store, self._directory, self._callers, self._ami, self._now())
        # A hundred thousand entries are compared: in another thread, for calls go on meanwhile.
        found = await asyncio.to_thread(rehearse, looked)
        await keep(self._store, found, scheduled=True)
        log.info("rehearsal.made", failures=found.failures, warnings=found.warnings)
        return found

    async def _last(self) -> datetime | None:
        statement = select(RehearsalRow.at).where(RehearsalRow.scheduled).order_by(RehearsalRow.id.desc()).limit(1)
        async with self._store.session() as session:
            found: datetime | None = await session.scalar(statement)
        return found


async def _registered(ami: AmiClient) -> frozenset[str] | None:
    try:
        return await registered(ami)
    except SwitchUnavailable:
        return None


async def _owners(callers: CallerIndex) -> dict[tuple[str, str], str]:
    """What Asterisk should keep of the known callers, calls having their turn in between."""
    wanted: dict[tuple[str, str], str] = {}
    for turn, pair in enumerate(callers.owners()):
        if turn % AT_A_TIME == 0:
            await asyncio.sleep(0)
        wanted |= owner_entries([pair])
    return wanted


async def _kept(ami: AmiClient) -> Entries | None:
    kept: dict[tuple[str, str], str] = {}
    try:
        for family in (*FAMILIES, OWNER):
            kept |= {(family, key): value for key, value in (await ami.db_tree(family)).items()}
    except RingwardError:
        return None
    return kept


async def _forwards(ami: AmiClient, at: datetime) -> frozenset[str]:
    """The mobiles that lately sent a call back; none when Asterisk does not say, of which `switch_away` tells."""
    try:
        return frozenset(read_forwards(await ami.db_tree(FORWARDS), at))
    except RingwardError:
        return frozenset()


async def _trunk(name: str, where: TrunkSettings, ami: AmiClient) -> Trunk:
    """Asterisk's own knowledge where it has some; else we ask, which finds the host but not what it thinks of us."""
    address = f"{where.host}:{where.port}"
    try:
        reply = await ami.send("PJSIPShowEndpoint", Endpoint=name)
        states = [one.get("Status", "") for one in reply.events if one.get("Event") == "ContactStatusDetail"]
    except SwitchUnavailable:
        states = []
    known = [QUALIFIED[state] for state in states if state in QUALIFIED]
    if known:
        return Trunk(address, any(known), states[0])
    try:
        return Trunk(address, True, await ask_options(where.host, where.port, ANSWER_SECONDS))
    except TimeoutError:
        return Trunk(address, False, f"no answer to OPTIONS within {ANSWER_SECONDS:g} s")
    except OSError as error:
        return Trunk(address, False, error.strerror or type(error).__name__)
