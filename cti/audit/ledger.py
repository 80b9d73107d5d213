"""Writing to the audit and reading it: every change joins the chain in the transaction that makes it.

    record(session, Entry(action="number.changed", actor="cli:root", …))

Must not know what any action means.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from cti.audit.model import GENESIS, Entry, Kept, Verdict, content_digest, content_text, link
from cti.audit.tables import AuditContentRow, AuditEntryRow, AuditHeadRow
from cti.store.base import storable
from cti.store.upsert import insert_into

HEAD = 1
PAGE = 1000
MOST_READ = 1000
_WAITING = "audit_waiting"


def record(session: AsyncSession, entry: Entry, at: datetime | None = None) -> None:
    """Append `entry` when this transaction commits; nothing is kept when it does not.

    `at` is an aware instant (now). It is written last of all, so that the chain's end is held for the shortest time and
    transactions that also lock other things always lock this one after them.
    """
    waiting: list[tuple[datetime, Entry]] | None = session.sync_session.info.get(_WAITING)
    if waiting is None:
        waiting = session.sync_session.info[_WAITING] = []
        event.listen(session.sync_session, "before_commit", _append)
        event.listen(session.sync_session, "after_rollback", _forget)
    waiting.append((at or datetime.now(UTC), _fitting(entry)))


async def entries(
    session: AsyncSession,
    *,
    subject: str | None = None,
    subject_id: str | None = None,
    action: str | None = None,
    actor: str | None = None,
    linkedid: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Kept]:
    """Entries that fit, the newest first; `before` is the number of the last one already seen.

    `action` ending in `.` means all of that noun. At most `MOST_READ`.
    """
    row = AuditEntryRow
    statement = select(row, AuditContentRow.content).outerjoin(AuditContentRow, AuditContentRow.number == row.number)
    if action is not None:
        fits = row.action.startswith(action, autoescape=True) if action.endswith(".") else row.action == action
        statement = statement.where(fits)
    wanted = {row.subject: subject, row.subject_id: subject_id, row.actor: actor, row.linkedid: linkedid}
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if since is not None:
        statement = statement.where(row.at >= since)
    if until is not None:
        statement = statement.where(row.at < until)
    if before is not None:
        statement = statement.where(row.number < before)
    found = await session.execute(statement.order_by(row.number.desc()).limit(max(0, min(limit, MOST_READ))))
    return [_kept(one, content) for one, content in found]


async def verify(session: AsyncSession) -> Verdict:
    """Work the whole chain out anew, a page at a time, and stop at the first entry that is not as it was written."""
    previous, number, erased = GENESIS, 0, 0
    row = AuditEntryRow
    statement = select(row, AuditContentRow).outerjoin(AuditContentRow, AuditContentRow.number == row.number)
    while True:
        page = (await session.execute(statement.where(row.number > number).order_by(row.number).limit(PAGE))).all()
        for one, content in page:
            fault = _fault(one, content, previous, number + 1)
            if fault is not None:
                return Verdict(entries=number, erased=erased, head=previous, broken_at=number + 1, fault=fault)
            number, previous = one.number, one.link
            erased += content is None
        session.expunge_all()
        if len(page) < PAGE:
            break
    head = await session.get(AuditHeadRow, HEAD)
    if (head.number, head.link) != (number, previous) if head is not None else number:
        return Verdict(entries=number, erased=erased, head=previous, broken_at=number + 1, fault="cut")
    return Verdict(entries=number, erased=erased, head=previous)


async def erase_contents(session: AsyncSession, numbers: Sequence[int]) -> int:
    """Erase what these entries say of people; that they were made, when, by whom and to what stays. How many were."""
    erased = 0
    for start in range(0, len(numbers), PAGE):
        some = numbers[start : start + PAGE]
        result = await session.execute(delete(AuditContentRow).where(AuditContentRow.number.in_(some)))
        erased += int(getattr(result, "rowcount", 0))
    return erased


def _append(session: Session) -> None:
    """Write what waits, behind the end of the chain, which stays locked until the commit."""
    waiting: list[tuple[datetime, Entry]] = session.info[_WAITING]
    if not waiting:
        return
    session.flush()
    row = AuditHeadRow.__table__
    first = insert_into(session, AuditHeadRow).values(id=HEAD, number=0, link=GENESIS)
    held = first.on_conflict_do_update(index_elements=["id"], set_={"number": row.c.number})
    number, previous = session.execute(held.returning(row.c.number, row.c.link)).one()
    links: list[dict[str, Any]] = []
    contents: list[dict[str, Any]] = []
    for at, entry in waiting:
        number += 1
        salt, content = secrets.token_hex(16), content_text(entry)
        digest = content_digest(salt, content)
        after = link(previous, number, at, entry, digest)
        links.append(
            {
                "number": number,
                "at": at,
                "action": entry.action,
                "actor": entry.actor,
                "agent": entry.agent,
                "department": entry.department,
                "subject": entry.subject,
                "subject_id": entry.subject_id,
                "linkedid": entry.linkedid,
                "recording": entry.recording,
                "content_digest": digest,
                "previous": previous,
                "link": after,
            }
        )
        contents.append({"number": number, "salt": salt, "content": content})
        previous = after
    session.execute(insert(AuditEntryRow), links)
    session.execute(insert(AuditContentRow), contents)
    session.execute(update(AuditHeadRow).where(AuditHeadRow.id == HEAD).values(number=number, link=previous))
    waiting.clear()


def _forget(session: Session) -> None:
    session.info[_WAITING].clear()


def _fault(row: AuditEntryRow, content: AuditContentRow | None, previous: str, number: int) -> str | None:
    if row.number != number:
        return "missing"
    entry = _entry(row, content.content if content else None)
    if row.previous != previous or row.link != link(previous, number, row.at, entry, row.content_digest):
        return "altered"
    if content is not None and content_digest(content.salt, content.content) != row.content_digest:
        return "content_altered"
    return None


def _kept(row: AuditEntryRow, content: str | None) -> Kept:
    return Kept(number=row.number, at=row.at, entry=_entry(row, content), erased=content is None)


def _entry(row: AuditEntryRow, content: str | None) -> Entry:
    said: dict[str, Any] = {}
    if content is not None:
        try:
            said = json.loads(content)
        except ValueError:
            said = {"text": content}
    return Entry(
        action=row.action,
        actor=row.actor,
        agent=row.agent,
        department=row.department,
        asked_by=said.get("asked_by", ""),
        subject=row.subject,
        subject_id=row.subject_id,
        before=said.get("before"),
        after=said.get("after"),
        text=said.get("text", ""),
        linkedid=row.linkedid,
        recording=row.recording,
    )


def _fitting(entry: Entry) -> Entry:
    """The entry as both databases can keep it: an entry that is too long must not keep the change from happening."""
    return Entry(
        action=storable(entry.action)[:60],
        actor=storable(entry.actor)[:100],
        agent=_cut(entry.agent, 40),
        department=storable(entry.department)[:100],
        asked_by=storable(entry.asked_by)[:200],
        subject=storable(entry.subject)[:40],
        subject_id=storable(entry.subject_id)[:150],
        before=_plain(entry.before),
        after=_plain(entry.after),
        text=storable(entry.text)[:10_000],
        linkedid=_cut(entry.linkedid, 150),
        recording=_cut(entry.recording, 200),
    )


def _cut(text: str | None, length: int) -> str | None:
    return None if text is None else storable(text)[:length]


def _plain(value: Any) -> Any:
    """`value` as JSON gives it back; what JSON has no form for (a date) as its text."""
    return json.loads(storable(json.dumps(value, ensure_ascii=False, default=str)))
