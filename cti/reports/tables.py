"""Tables of evidence: what was decided for each call, and what each rehearsal found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class CallPlanRow(Base):
    """The plan that was handed to the switch for a call. `content` is `reports.decided.Decided` as JSON.

    No foreign key: it is written before the call's own record, and may be of a call that never got one.
    """

    __tablename__ = "call_plans"

    linkedid: Mapped[str] = mapped_column(String(150), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    content: Mapped[str] = mapped_column(Text)


class RehearsalRow(Base):
    """One rehearsal of every chain. `content` is `reports.rehearsal.Rehearsal` as JSON, with so many `failures` in it.

    `scheduled`: the daemon's daily one, not one that a person asked for.
    """

    __tablename__ = "rehearsals"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    scheduled: Mapped[bool] = mapped_column(Boolean, default=False)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    content: Mapped[str] = mapped_column(Text)
