"""Table of wrap-ups: one a call, from its end until the agent is free again, with what came of the call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class WrapUpRow(Base):
    """The wrap-up of one call. `ends` is when it ends by itself; `ended` when it did, for `end_reason`.

    Without `started` the agent had no time for it (none is set, or it was filed for a call of long ago). `disposition`
    is the outcome the agent chose (a code of the settings), never the CDR's; `saved` when, `saved_by` which log-in.
    `matter_id` is the complaint or request the call belongs to. No foreign keys: what was done outlives erasure.
    """

    __tablename__ = "wrap_ups"

    linkedid: Mapped[str] = mapped_column(String(150), primary_key=True)
    agent: Mapped[str] = mapped_column(String(40), index=True)
    customer_id: Mapped[int | None] = mapped_column(Integer, index=True)
    started: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends: Mapped[datetime | None] = mapped_column(UtcDateTime)
    extended: Mapped[bool] = mapped_column(Boolean, default=False)
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    end_reason: Mapped[str] = mapped_column(String(20), default="")
    disposition: Mapped[str | None] = mapped_column(String(40), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    next_step_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    matter_id: Mapped[int | None] = mapped_column(Integer, index=True)
    saved: Mapped[datetime | None] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String(100), default="")
