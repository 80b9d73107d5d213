"""The routing directory in memory: a copy of agents, leave, groups and numbers, and what is known of desk phones.

Routing never waits for the database: while it is away the last copy serves. Must not know calls or Asterisk;
whoever hears a phone's state tells it here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.chains import MOBILE_ONLY, parse_steps
from cti.agents.dialling import carried, dialled_key
from cti.agents.opening import read_services
from cti.agents.presence import ByHand, State
from cti.agents.tables import AgentRow, DutyRow, GroupMemberRow, GroupRow, LeaveRow, MentorRow, NumberRow, TierRow
from cti.bus import Bus
from cti.store.engine import Store
from cti.store.following import follow
from cti.store.revisions import DIRECTORY, current
from routing.model import Agent, DialledNumber, Directory, Duty, Group, Leave, Passed, TierRule

__all__ = ["DeskRegistered", "DirectoryCache", "DirectoryChanged", "build_directory", "dialled_key"]

log = structlog.get_logger(__name__)


class DirectoryChanged(msgspec.Struct, frozen=True):
    """Agents, leave, groups or numbers are other than before, in memory already. `revision` counts changes."""

    revision: int


class PhoneChanged(msgspec.Struct, frozen=True):
    """The phone of this extension was plugged in, unplugged, taken up or laid down; in memory already."""

    extension: str


class DeskRegistered(msgspec.Struct, frozen=True):
    """The desk phone of agent `code`, which was known to be off, can be rung again."""

    code: str


class DirectoryCache:
    """The directory as of the last look at the database, with the desk phones' states of this moment."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._revision = -1
        self._rows: dict[str, AgentRow] = {}
        self._desks: dict[str, Passed] = {}
        self._wrapping_up: frozenset[str] = frozenset()
        self._mentors: tuple[MentorRow, ...] = ()
        self._directory = Directory()

    @property
    def directory(self) -> Directory:
        """What `routing.route` decides from."""
        return self._directory

    @property
    def rows(self) -> Mapping[str, AgentRow]:
        """Every agent's row by code, in the order of codes; detached, for reading."""
        return MappingProxyType(self._rows)

    @property
    def names(self) -> dict[str, str]:
        """What colleagues call each agent: the nickname, or else the name; by code."""
        return {code: row.nickname or row.name for code, row in self._rows.items()}

    @property
    def by_hand(self) -> dict[str, ByHand]:
        """What each agent said of themselves, by code."""
        return {code: _by_hand(row) for code, row in self._rows.items()}

    def agent(self, code: str) -> AgentRow | None:
        """One agent's row, detached, for reading."""
        return self._rows.get(code)

    def mentored(self, mentor: str, at: datetime) -> frozenset[str]:
        """Whose mentor this agent is at the aware instant `at`."""
        rows = self._mentors
        return frozenset(row.agent_code for row in rows if row.mentor_code == mentor and row.starts <= at < row.until)

    def agent_of_extension(self, extension: str) -> str | None:
        """The code of the active agent whose desk this is."""
        return next((c for c, row in self._rows.items() if row.active and row.extension == extension), None)

    def desk_state(self, extension: str) -> Passed | None:
        """Why a desk phone would be passed at once, as was said last; None when it rings."""
        return self._desks.get(extension)

    def set_desk_state(self, extension: str, passed: Passed | None) -> None:
        """A desk phone would be passed at once (and why), or rings again (None)."""
        before = self._desks.get(extension)
        if passed is before:
            return
        if passed is None:
            del self._desks[extension]
        else:
            self._desks[extension] = passed
        agents = self._directory.agents
        moved = {code: replace(a, desk_passed=passed) for code, a in agents.items() if a.desk == extension}
        self._directory = replace(self._directory, agents={**agents, **moved})
        if before is Passed.OFFLINE:
            for code in moved:
                self._bus.publish(DeskRegistered(code))
        self._bus.publish(PhoneChanged(extension))

    def set_wrapping_up(self, codes: Iterable[str]) -> None:
        """Who is in wrap-up now, all of them."""
        self._wrapping_up = frozenset(codes)
        agents = self._directory.agents
        moved = {
            code: replace(one, wrapping_up=code in self._wrapping_up)
            for code, one in agents.items()
            if one.wrapping_up != (code in self._wrapping_up)
        }
        if moved:
            self._directory = replace(self._directory, agents={**agents, **moved})

    async def load(self) -> None:
        """Read everything.

        Raises:
            StoreUnavailable: the database cannot be read; the former copy stays.
        """
        async with self._store.session() as session:
            # The revision first: what changes while we read has a later one, and is read again.
            revision = await current(session, DIRECTORY)
            rows, directory = await build_directory(session)
            mentors = tuple(await session.scalars(select(MentorRow)))
        # Only now, with nothing more to wait for: a phone may have changed its state while we read.
        agents = {
            code: replace(one, desk_passed=self._desks.get(one.desk or ""), wrapping_up=code in self._wrapping_up)
            for code, one in directory.agents.items()
        }
        directory = replace(directory, agents=agents)
        changed = revision != self._revision
        self._revision, self._rows, self._directory = revision, rows, directory
        self._mentors = mentors
        if changed:
            self._bus.publish(DirectoryChanged(revision))

    async def refresh(self) -> bool:
        """Read everything if anything changed; whether it did.

        Raises:
            StoreUnavailable: as `load`.
        """
        async with self._store.session() as session:
            if await current(session, DIRECTORY) == self._revision:
                return False
        await self.load()
        return True

    async def run(self) -> None:
        """Look for changes until cancelled. A database that is away is waited for; the last copy serves meanwhile."""
        await follow(self.refresh, "directory")


async def build_directory(session: AsyncSession) -> tuple[dict[str, AgentRow], Directory]:
    """Read the agents' rows by code, and the directory made of all tables; no phone's state is in it."""
    rows = {row.code: row for row in (await session.scalars(select(AgentRow).order_by(AgentRow.code)))}
    leaves: defaultdict[str, list[Leave]] = defaultdict(list)
    for leave in await session.scalars(select(LeaveRow).order_by(LeaveRow.starts, LeaveRow.id)):
        leaves[leave.agent_code].append(Leave(leave.starts, leave.ends, leave.deputy))
    members: defaultdict[str, list[str]] = defaultdict(list)
    for member in await session.scalars(select(GroupMemberRow).order_by(GroupMemberRow.position, GroupMemberRow.id)):
        members[member.group_code].append(member.agent_code)
    duties: defaultdict[str, list[Duty]] = defaultdict(list)
    for duty in await session.scalars(select(DutyRow).order_by(DutyRow.starts, DutyRow.id)):
        duties[duty.group_code].append(Duty(duty.starts, duty.ends, duty.agent_code))
    groups = await session.scalars(select(GroupRow))
    numbers = await session.scalars(select(NumberRow))
    tiers = await session.scalars(select(TierRow))
    directory = Directory(
        agents={code: _agent(row, tuple(leaves[code])) for code, row in rows.items()},
        groups={
            group.code: Group(group.code, tuple(members[group.code]), group.seconds, tuple(duties[group.code]))
            for group in groups
        },
        numbers={
            key: DialledNumber(key, number.group_code, number.agent_code, number.service_code)
            for number in numbers
            if (key := dialled_key(number.e164))
        },
        services=await read_services(session),
        tiers={row.tier: TierRule(row.desk_seconds, row.mobile_seconds, row.together) for row in tiers},
    )
    return rows, directory


def _by_hand(row: AgentRow) -> ByHand:
    return ByHand(row.presence, row.presence_reason, row.presence_since, row.presence_until)


def _agent(row: AgentRow, leaves: tuple[Leave, ...]) -> Agent:
    return Agent(
        code=row.code,
        desk=None if row.profile == MOBILE_ONLY else row.extension,
        mobile=carried(row.mobile) if row.mobile else None,
        deputy=row.deputy,
        desk_seconds=row.desk_seconds,
        mobile_seconds=row.mobile_seconds,
        deputy_seconds=row.deputy_seconds,
        dnd=row.presence == State.DND,
        away=row.presence == State.AWAY,
        active=row.active,
        leaves=leaves,
        rings=parse_steps(row.steps),
    )
