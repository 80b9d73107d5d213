"""How programs are shown a promise and its history: one shape for command line, HTTP API, desktop and webhook. Pure.

Must not know who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cti.customers.numbers import display
from cti.promises.model import Entry, Shown, State


def to_json(shown: Shown, now: datetime) -> dict[str, Any]:
    """What `promise list --json` and the HTTP API give (DESIGN.md, section 1), and some more. Instants in UTC."""
    promise = shown.promise
    return {
        "id": promise.id,
        "kind": promise.kind,
        "text": promise.text,
        "number": promise.number,
        "raw": promise.raw,
        "withheld": promise.withheld,
        "customer": shown.customer,
        "customer_id": promise.customer_id,
        "owner": promise.owner,
        "why": promise.why.value,
        "origin": promise.origin.value,
        "due": instant(promise.due),
        "state": promise.state.value,
        "late": promise.state is State.OPEN and promise.due < now,
        "level": promise.level,
        "escalated_to": promise.escalated_to,
        "attempts": promise.attempts,
        "called_back": promise.called_back,
        "dialled": promise.dialled,
        "first_missed": instant(promise.first_missed),
        "last_missed": instant(promise.last_missed),
        "ended": instant(promise.ended),
        "ended_by": promise.ended_by,
        "reason": promise.reason,
        "kept_linkedid": promise.kept_linkedid,
    }


def entries_json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """A history, one object a line."""
    return [entry_json(entry) for entry in entries]


def entry_json(entry: Entry) -> dict[str, Any]:
    """One line of a history."""
    return {
        "at": instant(entry.at),
        "who": entry.who,
        "what": entry.what.value,
        "text": entry.text,
        "linkedid": entry.linkedid,
    }


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and `Z`."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def caller_text(shown: Shown) -> str:
    """Who is to be called back, on one line: name and number as far as they are known; empty when withheld.

    Of a next step, what is to be done stands behind it.
    """
    promise = shown.promise
    number = display(promise.number) if promise.number else ""
    if not number and not promise.withheld:
        number = promise.raw
    return " ".join(f"{shown.customer or ''} {number} {promise.text}".split())
