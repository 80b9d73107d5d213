"""An entry of the audit as a value, and the chain that ties each to all before it. Pure: no clock, no I/O.

Content (before, after, text) is personal: the law lets people have it erased. So the chain is made over the content's
salted digest: an erased content leaves a chain that still proves that nothing else was altered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

GENESIS = "0" * 64
"""What the first entry is chained to."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done or refused.

    `actor` is a log-in or `cli:root`, `agent` the code of the person behind it and `department` theirs at the time.
    `asked_by` is who wanted it: a caller's name, a colleague's. `action` is `noun.verb_in_past_tense`
    (`number.changed`, `customers.list_refused`); `subject` and `subject_id` what it was done to. `before`, `after` are
    plain JSON values. `linkedid` is the call it was done in, `recording` that call's recording.
    """

    action: str
    actor: str
    agent: str | None = None
    department: str = ""
    asked_by: str = ""
    subject: str = ""
    subject_id: str = ""
    before: Any = None
    after: Any = None
    text: str = ""
    linkedid: str | None = None
    recording: str | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands in the chain; `number` from 1 without gaps, `at` in UTC. `erased`: its content is gone."""

    number: int
    at: datetime
    entry: Entry
    erased: bool = False


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the whole chain found. `head` is the last good link: noted elsewhere, it proves a later cut.

    `broken_at` is the first entry that is not what was written, or not there; None when all are. `fault`: `missing`,
    `altered`, `content_altered` or `cut`.
    """

    entries: int
    erased: int
    head: str
    broken_at: int | None = None
    fault: str | None = None

    @property
    def sound(self) -> bool:
        """Whether every entry is there as it was written."""
        return self.broken_at is None


def content_text(entry: Entry) -> str:
    """The erasable part, in one way of writing."""
    return _canonical(
        {"asked_by": entry.asked_by, "before": entry.before, "after": entry.after, "text": entry.text},
    )


def content_digest(salt: str, content: str) -> str:
    """What stands in the chain for `content`; without the salt, short contents could be guessed from it."""
    return hashlib.sha256(f"{salt}\n{content}".encode()).hexdigest()


def link(previous: str, number: int, at: datetime, entry: Entry, digest: str) -> str:
    """The link of an entry: SHA-256 over the link before it, what is not content, and the content's digest."""
    written: Mapping[str, Any] = {
        "previous": previous,
        "number": number,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "actor": entry.actor,
        "agent": entry.agent,
        "department": entry.department,
        "subject": entry.subject,
        "subject_id": entry.subject_id,
        "linkedid": entry.linkedid,
        "recording": entry.recording,
        "content": digest,
    }
    return hashlib.sha256(_canonical(written).encode()).hexdigest()


def _canonical(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
