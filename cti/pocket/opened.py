"""Puts the pocket card's parts together: the daemon and the tests of pages open it in the same way.

Must not know any rule of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import structlog

from cti.agents.tables import AgentRow
from cti.bus import Bus
from cti.errors import Invalid
from cti.pocket.cards import Calls, PocketCards, Pops
from cti.pocket.configured import terms_of, usual_of, ways_of
from cti.pocket.dispatch import Dispatch
from cti.pocket.ways import Way
from cti.settings import Settings
from cti.store.engine import Store

log = structlog.get_logger(__name__)


class People(Protocol):
    """What is needed of the directory: names, and each agent's row."""

    @property
    def names(self) -> Mapping[str, str]: ...

    def agent(self, code: str) -> AgentRow | None: ...


def pocket_of(
    settings: Settings,
    store: Store,
    bus: Bus,
    tracker: Calls,
    desktops: Pops,
    directory: People,
    now: Callable[[], datetime],
) -> PocketCards:
    """The pocket cards of one installation. A way that cannot work as it is set is left out, and the log says so."""
    ways: dict[str, Way] = {}
    dispatch = Dispatch(store, ways, lambda code: usual_of(settings, directory.agent(code)), now)

    def works_here(code: str) -> bool:
        row = directory.agent(code)
        return row is None or row.active

    pocket = PocketCards(
        store,
        bus,
        tracker,
        desktops,
        dispatch,
        names=lambda: directory.names,
        now=now,
        address=settings.public_address,
        language=settings.language,
        terms=terms_of(settings),
        name_in_message=settings.pocket_name_in_message,
        works_here=works_here,
    )
    try:
        ways.update(ways_of(settings, now, pocket.note_link))
    except Invalid as error:
        # The calls must be served whatever a template says; `ringward doctor` says it too.
        log.error("pocket.ways_unusable", reason=str(error))  # noqa: TRY400
    return pocket
