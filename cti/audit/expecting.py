"""Nothing is overwritten unseen: a thing's version is the number of the last entry on it, and who changes it says which
they read.

Routing keeps versions of its own (`cti.agents.expecting`); the words are the same. Must not know what any thing means.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.tables import AuditContentRow, AuditEntryRow
from cti.errors import Refused
from cti.store.revisions import hold


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing before and after; None where there was, or is, none."""

    subject: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def fields(self) -> list[tuple[str, object, object]]:
        """What differs: the field, its value before and after; a field that is empty or unset on both sides is not."""
        old, new = self.before or {}, self.after or {}
        names = [*old, *(name for name in new if name not in old)]
        return [(name, old.get(name), new.get(name)) for name in names if _differs(old.get(name), new.get(name))]


class Stale(Refused):
    """Somebody else changed it since it was read. `by`, `at` (UTC) and `changes` say who, when and what."""

    code = "stale"

    def __init__(self, subject: str, key: str, by: str, at: datetime | None, changes: Difference) -> None:
        self.by, self.at, self.changes = by, at, changes
        super().__init__(f"{subject} {key} was changed by {by or '?'} meanwhile; look at it again before you save")


async def version_of(session: AsyncSession, subject: str, key: str) -> int:
    """The number of the last entry on a thing; 0 for one that was never changed since changes are noted."""
    row = AuditEntryRow
    newest = select(func.max(row.number)).where(row.subject_id == key, row.subject == subject)
    return await session.scalar(newest) or 0


async def versions_of(session: AsyncSession, subject: str, actions: Sequence[str]) -> dict[str, int]:
    """`version_of` every thing of a subject that was ever changed, by key. `actions` are all that are noted of it: they
    have an index, the subject has none.
    """
    row = AuditEntryRow
    noted = select(row.subject_id, func.max(row.number)).where(row.action.in_(actions), row.subject == subject)
    return dict((await session.execute(noted.group_by(row.subject_id))).all())


async def expect(session: AsyncSession, subject: str, key: str, version: int) -> None:
    """Go on only if a thing is still as it was in `version`.

    Others who change one of this subject wait from here until this transaction ends.

    Raises:
        Stale: it was changed since.
    """
    await hold(session, subject)
    row = AuditEntryRow
    noted = select(row, AuditContentRow.content).outerjoin(AuditContentRow, AuditContentRow.number == row.number)
    later = noted.where(row.subject_id == key, row.subject == subject, row.number > version).order_by(row.number)
    changes = (await session.execute(later)).all()
    if not changes:
        return
    # What is said of a person may have been erased from the audit since: who and when stay.
    (_, first), (last, newest) = changes[0], changes[-1]
    before, after = (json.loads(text) if text else {} for text in (first, newest))
    difference = Difference(subject, key, before.get("before"), after.get("after"))
    raise Stale(subject, key, last.actor, last.at, difference)


def _differs(old: object, new: object) -> bool:
    return old != new and not (old in (None, "", []) and new in (None, "", []))
