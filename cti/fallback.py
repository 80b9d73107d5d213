"""The copy of every chain in Asterisk's own store, for the day the daemon is dead, frozen or being replaced.

What is kept, and under which key, is decided purely by `entries`; `KeptPlans` makes AstDB agree with it: after every
change, after every (re)start of Asterisk, and each minute, since leave begins and ends by the clock.
Must not know calls, desktops or HTTP.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog

from cti.errors import RingwardError
from routing.model import Directory, RoutePlan, RouteRequest
from routing.route import is_closed, route, service_of
from routing.wire import PlanUnfit, encode

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
"""Leave is kept to the minute; nothing else changes without telling us."""

LONGEST_VALUE = 1000
"""AMI reads at most 1,022 bytes of a line, `Val: ` included; a longer value would be cut and its checksum not fit."""

FAMILIES = ("ringward-number", "ringward-direct", "ringward-chain", "ringward-dnd", "ringward-closed")
OTHER = "other"
"""The key of numbers that the directory does not know: they have the company's service."""

OWNER = "ringward-owner"
"""The family of known callers: not with the others, for there are a hundred thousand of them."""

AT_A_TIME = 200
"""Known callers compared before calls have their turn: well below a millisecond."""

Entries = dict[tuple[str, str], str]


class AstDb(Protocol):
    """What we need of Asterisk's store; `cti.asterisk.ami.AmiClient` offers it."""

    async def db_tree(self, family: str) -> dict[str, str]: ...

    async def db_put(self, family: str, key: str, value: str) -> None: ...

    async def db_del(self, family: str, key: str) -> None: ...


def national_key(e164: str, country: str = "886") -> str:
    """The digits the dial plan looks up: `0933000222` for +886933000222, all digits for a foreign number."""
    digits = e164.lstrip("+")
    return "0" + digits.removeprefix(country) if digits.startswith(country) else digits


def chain_entries(directory: Directory, at: datetime) -> Entries:
    """Every number's and every agent's plan, and who is not to be disturbed, as (family, key) -> value.

    An agent's chain is kept as it rings while open. Whether that holds, each dialled number says for itself
    (`ringward-closed`): while its service is closed the dial plan takes the number's plan and no chain.
    A plan that cannot travel is left out: the next net in the dial plan catches its calls.
    """
    kept: Entries = {}
    # A wrap-up lasts seconds: it is over before this copy is likely to be needed.
    calm = {code: replace(agent, wrapping_up=False) for code, agent in directory.agents.items()}
    directory = replace(directory, agents=calm)
    services = {code: replace(service, opening=None) for code, service in directory.services.items()}
    while_open = replace(directory, services=services)

    def keep(family: str, key: str, request: RouteRequest, firm: Directory = directory) -> None:
        try:
            kept[family, key] = _fitting(route(request, firm, at))
        except PlanUnfit as error:
            log.warning("fallback.plan_unfit", family=family, key=key, reason=str(error))

    for number in directory.numbers.values():
        family = "ringward-direct" if number.agent else "ringward-number"
        keep(family, national_key(number.number), RouteRequest(number.number))
        if not number.agent:
            closed = is_closed(service_of(number, directory), directory, at)
            kept["ringward-closed", national_key(number.number)] = "1" if closed else "0"
    keep("ringward-number", OTHER, RouteRequest(""))
    kept["ringward-closed", OTHER] = "1" if is_closed(service_of(None, directory), directory, at) else "0"
    for code, agent in directory.agents.items():
        keep("ringward-chain", code, RouteRequest("", owner=code), while_open)
        if agent.dnd or agent.away:
            kept["ringward-dnd", code] = "1" if agent.dnd else "desk"
    return kept


def owner_entries(owners: Iterable[tuple[str, str]]) -> Entries:
    """Which agent's chain a known caller's number leads to. `owners`: pairs of E.164 and agent code.

    An owner whose chain is missing does no harm: the dial plan then takes the dialled number's plan.
    """
    return {(OWNER, national_key(e164)): owner for e164, owner in owners}


class KeptPlans:
    """Makes Asterisk's store agree with directory and customers. Call `changed()` whenever either may have moved."""

    def __init__(
        self,
        switch: AstDb,
        directory: Callable[[], Directory],
        owners: Callable[[], Iterable[tuple[str, str]]],
        now: Callable[[], datetime],
    ) -> None:
        self._switch = switch
        self._directory = directory
        self._owners = owners
        self._now = now
        self._wanted = asyncio.Event()
        self._known: Entries | None = None
        self._forgotten = 0
        self._owned: dict[str, str] | None = None
        self._owners_due = True

    def changed(self) -> None:
        """The directory may have changed; the copy follows at once."""
        self._wanted.set()

    def owners_changed(self) -> None:
        """Customers' numbers or owners may have changed. Apart from `changed`, since there are so many of them."""
        self._owners_due = True
        self._wanted.set()

    def forget(self) -> None:
        """Asterisk (re)started or was away: what its store holds must be read again before it is trusted."""
        self._known = None
        self._forgotten += 1
        self._wanted.set()

    async def run(self) -> None:
        """Keep the copy until cancelled. While Asterisk is away nothing is lost: the next success writes it all."""
        while True:
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            self._wanted.clear()
            try:
                await self.sync()
            except RingwardError as error:
                # Asterisk went away, or refuses: either way it must not end the daemon, and the next round tries again.
                self._known = None
                log.warning("fallback.not_kept", reason=str(error))

    async def sync(self) -> int:
        """Write what differs and delete what should not be there; returns how many keys were touched.

        Raises:
            SwitchUnavailable: Asterisk went away in the middle; the next `sync` starts by reading.
        """
        wanted, forgotten = chain_entries(self._directory(), self._now()), self._forgotten
        if self._known is None:
            known, self._owned = await self._read(), None
            self._owners_due = True
        else:
            known, self._known = self._known, None
        written = removed = 0
        # Chains first: an owner's key that points to a chain not yet written would fall through to the group. And they
        # are few: whatever keeps a hundred thousand owners from being read or written keeps no change from ringing.
        for family, key in sorted(key for key, value in wanted.items() if known.get(key) != value):
            await self._switch.db_put(family, key, wanted[family, key])
            written += 1
        for family, key in [key for key in known if key not in wanted]:
            await self._switch.db_del(family, key)
            removed += 1
        if self._owners_due:
            put, gone = await self._sync_owners()
            written, removed = written + put, removed + gone
        # Not when Asterisk came back while this was done: what was compared above may be gone again.
        self._known = wanted if forgotten == self._forgotten else None
        if written or removed:
            log.info("fallback.kept", written=written, removed=removed, total=len(wanted) + len(self._owned or ()))
        return written + removed

    async def _sync_owners(self) -> tuple[int, int]:
        """Write and delete what differs of the known callers, calls having their turn in between; how many of each."""
        self._owners_due = False
        before = await self._read_owners() if self._owned is None else self._owned
        owned = self._owned = {}
        written = 0
        for turn, (e164, owner) in enumerate(self._owners()):
            if turn % AT_A_TIME == 0:
                await asyncio.sleep(0)
            key = national_key(e164)
            if before.pop(key, None) != owner and owned.get(key) != owner:
                await self._switch.db_put(OWNER, key, owner)
                written += 1
            owned[key] = owner
        gone = [key for key in before if key not in owned]
        for key in gone:
            await self._switch.db_del(OWNER, key)
        return written, len(gone)

    async def _read(self) -> Entries:
        known: Entries = {}
        for family in FAMILIES:
            for key, value in (await self._switch.db_tree(family)).items():
                known[family, key] = value
        return known

    async def _read_owners(self) -> dict[str, str]:
        read: dict[str, str] = {}
        for turn, (key, value) in enumerate((await self._switch.db_tree(OWNER)).items()):
            if turn % AT_A_TIME == 0:
                await asyncio.sleep(0)
            read[key] = sys.intern(value)
        return read


def _fitting(plan: RoutePlan) -> str:
    """The plan's line, without as many of its last steps as it takes to fit: groups stand last and are longest.

    A hundred seats make a group of four steps; rather the first of them kept than no chain at all.
    """
    while len(line := encode(plan)) > LONGEST_VALUE and len(plan.steps) > 1:
        plan = replace(plan, steps=plan.steps[:-1])
    if len(line) > LONGEST_VALUE:
        raise PlanUnfit(f"the plan is {len(line)} bytes long, at most {LONGEST_VALUE} can be kept")
    return line
