"""Which promises belong on whose desktop, and the messages that keep each desktop equal to the board.

Must not know who decides on promises, nor what a page does with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cti.agents.logins import Identity
from cti.bus import Bus
from cti.customers.discretion import FULL_SIGHT, masked, masked_within
from cti.desktop.hub import Hub
from cti.desktop.messages import DesktopMessage, PromiseGone, PromiseOwed
from cti.promises.model import Promise, PromiseChanged, Shown, State

ALL_PROMISES = frozenset({"lead", "manager", "admin", "auditor"})
"""Roles that see everybody's promises: as in the API, those who lead, and who audits."""


class Board(Protocol):
    """What is needed of the keeper: every open promise by id."""

    @property
    def board(self) -> Mapping[int, Shown]: ...


def concerns(identity: Identity, shown: Shown | None) -> bool:
    """Whether this person's desktop shows the promise."""
    if shown is None:
        return False
    return identity.role in ALL_PROMISES or holds(identity, shown.promise)


def holds(identity: Identity, promise: Promise) -> bool:
    """Whether it is theirs to keep."""
    return identity.agent is not None and identity.agent in (promise.owner, promise.escalated_to)


def sees_number(identity: Identity, promise: Promise) -> bool:
    """Whether this person may read whom it is owed to: by role, or while it is theirs to keep."""
    return identity.role in FULL_SIGHT or (promise.state is State.OPEN and holds(identity, promise))


def masked_number(promise: Promise) -> str:
    """What is left of the number for who may not read it; empty when there is none."""
    return masked(promise.number or promise.raw) if promise.number or promise.raw else ""


def owed(shown: Shown, *, full: bool = True) -> PromiseOwed:
    """The promise as it travels; not `full`: with the number masked."""
    promise = shown.promise
    return PromiseOwed(
        id=promise.id,
        number=promise.number if full else None,
        raw=promise.raw if full else masked_number(promise),
        masked=not full,
        withheld=promise.withheld,
        customer=shown.customer,
        customer_id=promise.customer_id,
        owner=promise.owner,
        escalated_to=promise.escalated_to,
        due=promise.due,
        level=promise.level,
        attempts=promise.attempts,
        first_missed=promise.first_missed,
        last_missed=promise.last_missed,
        dialled=promise.dialled,
        origin=promise.origin.value,
        kind=promise.kind,
        text=promise.text if full else masked_within(promise.text, promise.number or ""),
    )


class PromisesShown:
    """Tells desktops of promises. Without a board there are none."""

    def __init__(self, hub: Hub, bus: Bus, board: Board | None) -> None:
        self._hub = hub
        self._board = board
        self.stop = bus.subscribe(PromiseChanged, self._changed)

    def of(self, identity: Identity) -> tuple[PromiseOwed, ...]:
        """Every promise this person's page shows, the most urgent first."""
        shown = self._board.board.values() if self._board is not None else ()
        mine = [owed(one, full=sees_number(identity, one.promise)) for one in shown if concerns(identity, one)]
        return tuple(sorted(mine, key=lambda one: (one.due, one.id)))

    def _changed(self, change: PromiseChanged) -> None:
        after = change.after
        for identity in self._hub.identities():
            message: DesktopMessage
            if after is not None and concerns(identity, after):
                message = owed(after, full=sees_number(identity, after.promise))
            elif change.before is not None and concerns(identity, change.before):
                last = change.last if change.last is not None else change.before
                reason = last.promise.state.value if after is None else "moved"
                message = PromiseGone(change.before.promise.id, reason)
            else:
                continue
            self._hub.send_to_identity(identity, message)
