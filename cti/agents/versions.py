"""The history of routing: what changed in each version, the difference between two, and the way back to one.

A roll-back is a change like any other: checked, logged, a version of its own. Must not know screens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import states
from cti.agents.changes import Change, record, refuse_new
from cti.agents.directory import build_directory
from cti.agents.tables import RoutingChangeRow
from cti.audit.expecting import Difference
from cti.errors import NotFound, Refused
from routing.check import problems

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Version:
    """One version: when (UTC), by whom, and everything that it changed."""

    number: int
    at: datetime
    by: str
    note: str
    changes: tuple[Difference, ...]


async def log(session: AsyncSession, limit: int = 50) -> list[Version]:
    """The latest versions, the newest first."""
    row = RoutingChangeRow
    numbers = select(row.version).distinct().order_by(row.version.desc()).limit(min(limit, MOST_LISTED))
    rows = select(row).where(row.version.in_(numbers)).order_by(row.version.desc(), row.id)
    versions: dict[int, Version] = {}
    for one in await session.scalars(rows):
        earlier = versions.get(one.version)
        changes = (*(earlier.changes if earlier else ()), _difference(one))
        versions[one.version] = Version(one.version, one.at, one.by, one.note, changes)
    return list(versions.values())


async def diff(session: AsyncSession, first: int, second: int) -> list[Difference]:
    """What is other in version `second` than in `first`; 0 is how it was before the first change that was noted.

    Raises:
        NotFound: there is no such version.
    """
    await _known(session, (first, second))
    if first > second:
        turned = await diff(session, second, first)
        return [Difference(one.subject, one.key, one.after, one.before) for one in turned]
    row = RoutingChangeRow
    # Log-ins stand in the log, too; they are no part of routing, and nobody's rights come back with it.
    routing = row.subject.in_(states.SUBJECTS)
    rows = select(row).where(row.version > first, row.version <= second, routing).order_by(row.id)
    return _folded(_difference(one) for one in await session.scalars(rows))


async def roll_back(session: AsyncSession, number: int) -> int:
    """Make everything as it was in version `number`; the new version that this is.

    Raises:
        NotFound: there is no such version.
        Refused: it is like that already, something it needs has gone, or callers would be left without an answer.
    """
    newest = await session.scalar(select(func.max(RoutingChangeRow.version))) or 0
    undone = await diff(session, newest, number)
    faults = problems((await build_directory(session))[1])
    order = list(states.SUBJECTS)
    # What is taken away goes last things first, since others may refer to it; what comes back, first things first.
    gone = sorted((one for one in undone if one.after is None), key=lambda one: -order.index(one.subject))
    back = sorted((one for one in undone if one.after is not None), key=lambda one: order.index(one.subject))
    changes: list[Change] = []
    try:
        for one in [*back, *gone]:
            before = await states.read(session, one.subject, one.key)
            key = await states.write(session, one.subject, one.key, one.after)
            changes.append((one.subject, key, before, await states.read(session, one.subject, key)))
    except IntegrityError as error:
        raise Refused(
            f"version {number} cannot come back: {one.subject} {one.key} needs something else first"
        ) from error
    if all(before == after for _, _, before, after in changes):
        raise Refused(f"routing is as in version {number} already")
    await refuse_new(session, faults)
    return await record(session, changes, note=f"rollback {number}")


async def _known(session: AsyncSession, numbers: Iterable[int]) -> None:
    for number in numbers:
        found = select(RoutingChangeRow.id).where(RoutingChangeRow.version == number).limit(1)
        if number and (not 0 < number < 2**31 or await session.scalar(found) is None):
            raise NotFound(f"there is no version {number}; `ringward route log` shows those there are")


def _folded(changes: Iterable[Difference]) -> list[Difference]:
    """Several changes of one thing are one: from before the first to after the last."""
    found: dict[tuple[str, str], Difference] = {}
    for one in changes:
        earlier = found.get((one.subject, one.key))
        before = earlier.before if earlier else one.before
        found[one.subject, one.key] = Difference(one.subject, one.key, before, one.after)
    return [one for one in found.values() if one.before != one.after]


def _difference(row: RoutingChangeRow) -> Difference:
    before, after = (json.loads(text) if text else None for text in (row.before, row.after))
    return Difference(row.subject, row.key, before, after)
