"""What the web routes stand on, handed over once when the application is made.

Must not know how any of it is built: `cti.app` and tests each do that in their own way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web

from cti.agents.directory import DirectoryCache
from cti.agents.throttle import Throttle
from cti.bus import Bus
from cti.conversations import Conversations
from cti.customers.index import CallerIndex
from cti.desktop.contexts import Calls
from cti.desktop.hub import Hub
from cti.desktop.service import Desktops
from cti.pocket.cards import PocketCards
from cti.privacy.copies import AstDb
from cti.promises.keeper import Keeper
from cti.settings import Settings
from cti.store.engine import Store
from cti.supervision import Supervision
from cti.trunks import AstDb as TrunkDb
from cti.wall.board import Walls
from cti.wrapup.clocks import Clocks

Check = Callable[[], bool] | Callable[[], Awaitable[bool]]

TellSwitch = Callable[[], Awaitable[tuple[str, ...] | None]]


class Control(Protocol):
    """What a person may have the switch do to calls (`cti.asterisk.control`)."""

    async def dial(self, extension: str, number: str, shows: str = "") -> str: ...

    async def hang_up(self, channel: str) -> None: ...

    async def hand_on(self, channel: str, extension: str) -> None: ...


class SwitchStore(AstDb, TrunkDb, Protocol):
    """Asterisk's own store, for all who read and clear something of theirs in it."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a route may use. `checks` are asked by `/readyz`, each by its part's name: `ari`, `ami`, `agi`.

    `tell_switch` writes Asterisk's configuration anew from the people and reloads what changed: the modules; None where
    that configuration is not ours. Raises SwitchUnavailable when Asterisk does not run. `switch` reaches its own store.
    """

    store: Store
    hub: Hub
    desktops: Desktops
    tracker: Calls
    directory: DirectoryCache
    callers: CallerIndex
    keeper: Keeper
    pocket: PocketCards
    clocks: Clocks
    walls: Walls
    settings: Settings
    bus: Bus
    checks: Mapping[str, Check] = field(default_factory=dict)
    tell_switch: TellSwitch | None = None
    control: Control | None = None
    conversations: Conversations | None = None
    supervision: Supervision | None = None
    switch: SwitchStore | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


SERVICES = web.AppKey("services", Services)
LOGIN_THROTTLE = web.AppKey("login_throttle", Throttle)
"""By log-in."""

ADDRESS_THROTTLE = web.AppKey("address_throttle", Throttle)
"""By the address that log-ins are tried from."""
