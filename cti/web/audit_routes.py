"""The audit for managers, administrators and auditors: what was done, by whom and for whom.

Must not know what any action means.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pydantic import Field

from cti.audit import ledger
from cti.web.changing import in_zone
from cti.web.operations import RANKS, Access, Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()


class AuditQuery(Body):
    """Which entries; `action` ending in a dot means all of that noun. `before`: an entry's number.

    `since`, `until` (exclusive): instants, or dates, which mean their midnight; without a zone the firm's.
    """

    subject: str | None = Field(None, max_length=40)
    subject_id: str | None = Field(None, max_length=150)
    action: str | None = Field(None, max_length=60)
    actor: str | None = Field(None, max_length=100)
    call_id: str | None = Field(None, max_length=150)
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = Field(None, ge=1, lt=2**31)
    limit: int = Field(100, ge=1, le=ledger.MOST_READ)


class AuditAnswer(Answer):
    """One entry, `at` in UTC. `erased`: what it said of people was erased by law."""

    number: int
    at: datetime
    erased: bool
    action: str
    actor: str
    agent: str | None
    department: str
    asked_by: str
    subject: str
    subject_id: str
    before: Any
    after: Any
    text: str
    linkedid: str | None
    recording: str | None


class VerdictAnswer(Answer):
    """Whether every entry stands as it was written; `broken_at` is the first that does not. `head`: the last link."""

    sound: bool
    entries: int
    erased: int
    head: str
    broken_at: int | None
    fault: str | None


@operations.route("GET", "/audit", answer=list[AuditAnswer], query=AuditQuery)
async def read_audit(asked: Asked) -> list[AuditAnswer]:
    """Entries of the audit, the newest first; for managers, administrators and auditors."""
    _controlling(asked)
    query = asked.query
    async with asked.services.store.session() as session:
        found = await ledger.entries(
            session,
            subject=query.subject,
            subject_id=query.subject_id,
            action=query.action,
            actor=query.actor,
            linkedid=query.call_id,
            since=_in_zone(asked, query.since),
            until=_in_zone(asked, query.until),
            before=query.before,
            limit=query.limit,
        )
    return [
        AuditAnswer(number=one.number, at=one.at, erased=one.erased, **msgspec.to_builtins(one.entry)) for one in found
    ]


@operations.route("GET", "/audit/verdict", answer=VerdictAnswer)
async def read_verdict(asked: Asked) -> VerdictAnswer:
    """Whether the audit stands as it was written; for managers, administrators and auditors."""
    _controlling(asked)
    async with asked.services.store.session() as session:
        verdict = await ledger.verify(session)
    return VerdictAnswer(sound=verdict.sound, **msgspec.to_builtins(verdict))


def _in_zone(asked: Asked, at: datetime | None) -> datetime | None:
    return at if at is None else in_zone(asked, at)


def _controlling(asked: Asked) -> None:
    """Those who answer for the firm, and those who check them.

    Raises:
        Forbidden: the person asking is neither.
    """
    if asked.who.role != "auditor" and RANKS.get(asked.who.role, Access.PUBLIC) < Access.MANAGER:
        raise Forbidden("the audit is for managers, administrators and auditors")
