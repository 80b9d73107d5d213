"""Fields of the firm's own on every customer, with a type; their values are facts (M56).

Functions take the caller's session and commit nothing. Must not know who may define one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers.asking import CORE
from cti.customers.identity_tables import CustomerFieldRow
from cti.customers.number_change import Changer
from cti.customers.tables import PreferenceRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.revisions import hold

KINDS = ("text", "number", "date", "choice", "yesno")
MOST_FIELDS = 60
"""A form that nobody fills in tells nothing."""

SUBJECT = "field"
"""What the audit calls one, and what is held while one is changed."""

ACTIONS = ("field.defined", "field.retired")

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_YES = {"yes": "yes", "y": "yes", "true": "yes", "1": "yes", "是": "yes", "有": "yes"}
_NO = {"no": "no", "n": "no", "false": "no", "0": "no", "否": "no", "無": "no", "沒有": "no"}


async def define(
    session: AsyncSession,
    key: str,
    label: str,
    kind: str = "text",
    *,
    choices: Sequence[str] = (),
    ask: bool = False,
    new: bool = False,
    by: Changer,
    at: datetime | None = None,
) -> CustomerFieldRow:
    """Define a field, or change the words, choices and asking of one; its type, too, until it holds a value. What
    changed stands in the audit.

    Raises:
        Invalid: a key that is none, an unknown type, a choice without choices, too many fields, another type.
        Refused: it is to be `new`, and there is one.
    """
    if not _KEY.match(key) or key in CORE:
        raise Invalid("key: a to z, 0 to 9 and _, beginning with a letter, and none of the card's own")
    if kind not in KINDS:
        raise Invalid(f"kind: one of {', '.join(KINDS)}")
    offered = tuple(dict.fromkeys(one.strip() for one in choices if one.strip()))
    if (kind == "choice") != bool(offered):
        raise Invalid("choices: give them for the type choice, and for no other")
    if not 0 < len(label.strip()) <= 60:
        raise Invalid("label: give 1 to 60 characters")
    await hold(session, SUBJECT)
    row = await session.get(CustomerFieldRow, key)
    before = _told(row) if row is not None and not row.retired else None
    if row is None:
        many = await session.scalar(select(func.count()).select_from(CustomerFieldRow)) or 0
        if many >= MOST_FIELDS:
            raise Invalid(f"key: at most {MOST_FIELDS} fields")
        row = CustomerFieldRow(key=key, kind=kind, position=many)
        session.add(row)
    elif new and not row.retired:
        raise Refused(f"key: there is a field {key} already")
    elif row.kind != kind and await _holds_values(session, key):
        raise Invalid(f"kind: this field is a {row.kind} and holds such values already; define another")
    row.kind, row.label, row.choices, row.ask = kind, label.strip(), json.dumps(offered, ensure_ascii=False), ask
    row.retired = False
    await session.flush()
    if before != _told(row):
        record(session, _entry("field.defined", key, by, before, _told(row)), at)
    return row


def _told(row: CustomerFieldRow) -> dict[str, Any]:
    return {"label": row.label, "kind": row.kind, "choices": json.loads(row.choices), "ask": row.ask}


def _entry(action: str, key: str, by: Changer, before: Any, after: Any) -> Entry:
    return Entry(
        action=action,
        actor=by.actor,
        agent=by.agent,
        department=by.department,
        subject=SUBJECT,
        subject_id=key,
        before=before,
        after=after,
    )


async def _holds_values(session: AsyncSession, key: str) -> bool:
    return await session.scalar(select(PreferenceRow.id).where(PreferenceRow.key == key).limit(1)) is not None


async def retire(session: AsyncSession, key: str, *, by: Changer, at: datetime | None = None) -> None:
    """The field is asked and offered no more; what was noted stays. It stands in the audit.

    Raises:
        NotFound: there is no such field.
    """
    await hold(session, SUBJECT)
    row = await of_key(session, key)
    if row is None:
        raise NotFound(f"there is no field {key[:40]}")
    row.retired = True
    await session.flush()
    record(session, _entry("field.retired", key, by, _told(row), None), at)


async def defined(session: AsyncSession) -> list[CustomerFieldRow]:
    """The fields in use, in the order in which they were defined."""
    row = CustomerFieldRow
    return list(await session.scalars(select(row).where(~row.retired).order_by(row.position, row.key)))


async def of_key(session: AsyncSession, key: str) -> CustomerFieldRow | None:
    """The field of this key that is in use."""
    row = await session.get(CustomerFieldRow, key)
    return row if row is not None and not row.retired else None


def checked(field: CustomerFieldRow, value: str) -> str:
    """The value as it is kept: numbers plain, days like 2026-12-01, `yes` or `no`.

    Raises:
        Invalid: it is not of the field's type; the sentence says what is.
    """
    text = value.strip()
    if field.kind == "number":
        try:
            number = Decimal(text.replace(",", ""))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise Invalid(f"{field.key}: must be a number")
        return f"{number:f}"
    if field.kind == "date":
        try:
            return date.fromisoformat(text.replace("/", "-")).isoformat()
        except ValueError:
            raise Invalid(f"{field.key}: must be a day like 2026-12-01") from None
    if field.kind == "yesno":
        read = (_YES | _NO).get(text.casefold())
        if read is None:
            raise Invalid(f"{field.key}: must be yes or no")
        return read
    if field.kind == "choice" and text not in json.loads(field.choices):
        raise Invalid(f"{field.key}: one of {', '.join(json.loads(field.choices))}")
    return text
