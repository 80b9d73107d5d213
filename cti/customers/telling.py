"""What another system, like the agency's booking system, is told of customers: each notice is written in the
transaction of the change it tells of, and sent by a courier until it has arrived.

A session says in its `info` whether there is anybody to tell. What comes from files is not told: it comes from there.
Must not know how notices travel.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from cti.customers.intake_tables import CustomerNoticeRow
from cti.customers.tables import CustomerNumberRow, CustomerRow, InteractionRow
from cti.delivery.tables import WEBHOOK
from cti.store.engine import Store

EVENTS = (
    "prospect.added",
    "owner.changed",
    "tier.changed",
    "number.changed",
    "interaction.added",
    "disposition.filed",
)
TEST = "test"
_TARGET, _PENDING = "customer_webhook", "customer_webhook_pending"
_FOLLOWED = {"owner": "owner.changed", "tier": "tier.changed"}


def tell_to(store: Store, url: str) -> None:
    """From now on changes made by this store's sessions are told to `url`; empty for nobody."""
    if url:
        store.info[_TARGET] = url
    else:
        store.info.pop(_TARGET, None)


def quiet(session: AsyncSession) -> None:
    """Nothing of this transaction is told: it comes from the other system itself."""
    session.sync_session.info.pop(_TARGET, None)


def is_told(session: AsyncSession) -> bool:
    """Whether anybody is told of what this transaction changes."""
    return _TARGET in session.sync_session.info


def tell(session: AsyncSession, name: str, customer_id: int, **what: Any) -> None:
    """Tell of one of `EVENTS` when this transaction commits; `what` are plain JSON values.

    For changes that are made past the session's own objects; of those it hears by itself.
    """
    if is_told(session):
        _pending(session.sync_session).append((name, customer_id, what))


def notice(
    target: str, name: str, customer: dict[str, Any] | None, what: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """A notice as it is kept: its key travels with it, by which a receiver knows that it has seen it before."""
    key = f"customer-{uuid.uuid4().hex}"
    told = {"key": key, "event": name, "at": at.astimezone(UTC).isoformat(), "customer": customer, **what}
    return {
        "key": key,
        "event": name,
        "customer_id": customer["id"] if customer else 0,
        "channel": WEBHOOK,
        "target": target,
        "body": json.dumps(told, ensure_ascii=False, default=str),
        "created": at,
        "next_try": at,
        "tries": 0,
        "error": "",
    }


def _pending(session: Session) -> list[tuple[str, int, dict[str, Any]]]:
    waiting: list[tuple[str, int, dict[str, Any]]] = session.info.setdefault(_PENDING, [])
    return waiting


@event.listens_for(Session, "after_flush")
def _notice_changes(session: Session, _context: Any) -> None:
    if _TARGET in session.info:
        _pending(session).extend(_changes(session))


def _changes(session: Session) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for row in session.new:
        if isinstance(row, CustomerRow) and row.state == "prospect":
            yield "prospect.added", row.id, {"source": row.source}
        elif isinstance(row, CustomerNumberRow):
            yield "number.changed", row.customer_id, {"number": row.e164, "now": "added"}
        elif isinstance(row, InteractionRow):
            yield "interaction.added", row.customer_id, {"interaction": _interaction(row)}
    for row in session.dirty:
        if isinstance(row, CustomerRow):
            for field, name in _FOLLOWED.items():
                before, after = _before_and_after(row, field)
                if before != after:
                    yield name, row.id, {"before": before, "after": after}
        elif isinstance(row, CustomerNumberRow):
            before, after = _before_and_after(row, "valid_until")
            if before != after:
                yield (
                    "number.changed",
                    row.customer_id,
                    {"number": row.e164, "now": "added" if after is None else "old"},
                )
    for row in session.deleted:
        if isinstance(row, CustomerNumberRow):
            yield "number.changed", row.customer_id, {"number": row.e164, "now": "removed"}


def _before_and_after(row: Any, field: str) -> tuple[Any, Any]:
    history = inspect(row).attrs[field].history
    if not history.has_changes():
        return None, None
    return (history.deleted or (None,))[0], (history.added or (None,))[0]


@event.listens_for(Session, "before_commit")
def _write_notices(session: Session) -> None:
    target = session.info.get(_TARGET)
    if target is None:
        return
    session.flush()
    pending = session.info.pop(_PENDING, [])
    fresh = {customer_id for name, customer_id, _ in pending if name == "prospect.added"}
    at = datetime.now(UTC)
    rows = []
    for name, customer_id, what in pending:
        # A new prospect's own number is told with them.
        if name != "interaction.added" and name != "prospect.added" and customer_id in fresh:
            continue
        customer = _customer(session, customer_id)
        if customer is not None:
            rows.append(notice(target, name, customer, what, at))
    if rows:
        session.execute(insert(CustomerNoticeRow), rows)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_PENDING, None)


def _customer(session: Session, customer_id: int) -> dict[str, Any] | None:
    row = session.get(CustomerRow, customer_id, populate_existing=True)
    if row is None:
        return None
    number = CustomerNumberRow
    numbers = session.execute(
        select(number.e164, number.kind, number.valid_until).where(number.customer_id == row.id).order_by(number.id)
    )
    fields = ("id", "name", "kind", "state", "tier", "owner", "email")
    return {
        **{name: getattr(row, name) for name in fields},
        "code": row.external_id,
        "numbers": [
            {"e164": e164, "kind": kind, "valid_until": until.isoformat() if until else None}
            for e164, kind, until in numbers
        ],
    }


def _interaction(row: InteractionRow) -> dict[str, Any]:
    fields = ("id", "channel", "direction", "text", "agent", "linkedid", "external_id", "source")
    return {**{name: getattr(row, name) for name in fields}, "at": row.at.astimezone(UTC).isoformat()}
