"""Nothing is overwritten unseen: a thing's version is that of its last change, and who changes it says which they read.

Must not know what any thing means, or who asks.
"""

from __future__ import annotations

import json

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import states
from cti.agents.tables import RoutingChangeRow
from cti.audit.expecting import Difference, Stale
from cti.errors import Refused
from cti.store.revisions import DIRECTORY, hold


async def version_of(session: AsyncSession, subject: str, key: str) -> int:
    """The version in which a thing was changed last; 0 for one that was never changed since changes are noted."""
    row = RoutingChangeRow
    newest = select(func.max(row.version)).where(row.subject == subject, row.key == key)
    return await session.scalar(newest) or 0


async def versions_of(session: AsyncSession, subject: str) -> dict[str, int]:
    """`version_of` every thing of a subject that was ever changed, by key."""
    row = RoutingChangeRow
    newest = select(row.key, func.max(row.version)).where(row.subject == subject).group_by(row.key)
    return {one.key: one[1] for one in await session.execute(newest)}


async def expect(session: AsyncSession, subject: str, key: str, version: int | None) -> None:
    """Go on only if a thing is still as it was in `version`; None means that there is no such thing yet.

    Others who change routing wait from here until this transaction ends.

    Raises:
        Refused: there is one already. Stale: it was changed since.
    """
    await hold(session, DIRECTORY)
    there = subject == "login" or await states.find(session, subject, key) is not None
    if version is None:
        if there and subject != "login":
            raise Refused(f"{subject} {key} exists already; change it instead")
        return
    row = RoutingChangeRow
    later = select(row).where(row.subject == subject, row.key == key, row.version > version).order_by(row.id)
    changes = list(await session.scalars(later))
    if not changes:
        return
    first, last = changes[0], changes[-1]
    before, after = (json.loads(text) if text else None for text in (first.before, last.after))
    raise Stale(subject, key, last.by, last.at, Difference(subject, key, before, after))
