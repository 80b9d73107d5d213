"""The history of the firm's set-up: who changed what when, the difference between two versions, the way back.

Must not know how versions are kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import func, select

from cti.agents import versions
from cti.agents.tables import RoutingChangeRow
from cti.audit.expecting import Difference, Stale
from cti.store.revisions import DIRECTORY, hold
from cti.web.changing import act_as, may_read_all
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()


class FieldAnswer(Answer):
    """One field before and after."""

    field: str
    before: Any
    after: Any


class DifferenceAnswer(Answer):
    """One thing that is other: `before` or `after` is null where there was, or is, none."""

    subject: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    fields: list[FieldAnswer]


class VersionAnswer(Answer):
    """One version: when (UTC), by whom, and everything that it changed. `note`: `rollback 12` for a way back."""

    version: int
    at: datetime
    by: str
    note: str
    changes: list[DifferenceAnswer]


class LogQuery(Body):
    """The newest first."""

    limit: int = Field(50, ge=1, le=versions.MOST_LISTED)


class DiffQuery(Body):
    """Two versions; 0 is how it was before the first change. Without `second`: how it is now."""

    first: int = Field(ge=0, lt=2**31)
    second: int | None = Field(None, ge=0, lt=2**31)


class Rollback(Body):
    """`version` to go back to; `newest` is the last one that was seen, so that nothing later is undone unseen."""

    version: int = Field(ge=0, lt=2**31)
    newest: int = Field(ge=0, lt=2**31)


class RolledBack(Answer):
    """The new version that this is."""

    version: int


@operations.route("GET", "/route/log", answer=list[VersionAnswer], query=LogQuery)
async def read_log(asked: Asked) -> list[VersionAnswer]:
    """Who changed what, and when; for leads, managers, administrators and auditors."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        found = await versions.log(session, asked.query.limit)
    return [
        VersionAnswer(
            version=one.number, at=one.at, by=one.by, note=one.note, changes=[_told(change) for change in one.changes]
        )
        for one in found
    ]


@operations.route("GET", "/route/diff", answer=list[DifferenceAnswer], query=DiffQuery)
async def read_diff(asked: Asked) -> list[DifferenceAnswer]:
    """What is other in the second version than in the first; for leads, managers, administrators and auditors."""
    may_read_all(asked)
    query = asked.query
    async with asked.services.store.session() as session:
        second = query.second
        if second is None:
            second = await session.scalar(select(func.max(RoutingChangeRow.version))) or 0
        return [_told(one) for one in await versions.diff(session, query.first, second)]


@operations.route("POST", "/route/rollback", body=Rollback, answer=RolledBack, access=Access.MANAGER)
async def roll_back(asked: Asked) -> RolledBack:
    """Make routing as it was in a version; checked, and a version of its own."""
    body: Rollback = asked.body
    row = RoutingChangeRow
    async with asked.services.store.transaction() as session:
        await hold(session, DIRECTORY)
        act_as(asked, session)
        later = select(row).where(row.version > body.newest).order_by(row.id.desc()).limit(1)
        newest = await session.scalar(later)
        if newest is not None:
            raise Stale(
                newest.subject, newest.key, newest.by, newest.at, Difference(newest.subject, newest.key, None, None)
            )
        made = await versions.roll_back(session, body.version)
    await asked.services.directory.refresh()
    return RolledBack(version=made)


def _told(one: Difference) -> DifferenceAnswer:
    fields = [FieldAnswer(field=name, before=old, after=new) for name, old, new in one.fields()]
    return DifferenceAnswer(subject=one.subject, key=one.key, before=one.before, after=one.after, fields=fields)
