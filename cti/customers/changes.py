"""One record as a system says it, put over what is kept: which fields change, from what to what, as plain JSON.

Must not know which tables there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Date

from cti.store.base import Base, UtcDateTime

Outcome = Literal["added", "changed", "unchanged"]


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to one record. `before` is None for a new one; both hold the changed fields only."""

    outcome: Outcome
    id: int
    customer_id: int
    before: dict[str, Any] | None
    after: dict[str, Any]


def differing(row: Base, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of `values` those that differ from the row's: as they are, and as they are to be."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    return {name: plain(getattr(row, name)) for name in changed}, {name: plain(changed[name]) for name in changed}


def put_over(row: Base, values: Mapping[str, Any]) -> None:
    """Set these fields."""
    for name, value in values.items():
        setattr(row, name, value)


def plain(value: Any) -> Any:
    """`value` as JSON has it."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def typed(row: type[Base], name: str, value: Any) -> Any:
    """What `plain` made of a column's value, as the column has it."""
    if value is None:
        return None
    kind = row.__table__.c[name].type
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
