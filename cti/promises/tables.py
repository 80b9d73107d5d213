"""Tables of promises: what is owed, which calls it comes from, who did what to it, and the notices still to be sent.

Must not know why a promise is made or kept; `cti.promises.rules` does.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cti.delivery.tables import NoticeColumns
from cti.store.base import Base, UtcDateTime


class PromiseRow(Base):
    """An owned, dated call-back. `number` is E.164; null when the caller withheld it, then `raw` is as presented.

    `caller` names who is owed (`rules.caller_key`): of one caller at most one promise is open, which the database
    itself sees to. `customer_id` is an id of the customers' room without a foreign key: what was owed outlives
    erasure. `why` is the rule that chose the owner. Only a talk from `since` on keeps it: since the last missed call,
    or since it was reopened. `level`: 0 in time, 1 late, 2 with the deputy, 3 with the manager. `escalated_to` is the
    agent who holds it beside the owner since it was late. `origin`: `missed`, or `asked` when the caller chose a call
    back instead of waiting. `revision` is the number of the `promises` revision in which
    it last changed. `kind`: `call_back`, or `next_step` with what is to be done as `text` (of one call, `caller`, one).
    """

    __tablename__ = "promises"
    __table_args__ = (
        Index(
            "uq_promises_open",
            "caller",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    caller: Mapped[str] = mapped_column(String(250), index=True)
    number: Mapped[str | None] = mapped_column(String(20), index=True)
    raw: Mapped[str] = mapped_column(String(200), default="")
    customer_id: Mapped[int | None] = mapped_column(Integer, index=True)
    dialled: Mapped[str] = mapped_column(String(60), default="")
    owner: Mapped[str | None] = mapped_column(String(40), index=True)
    why: Mapped[str] = mapped_column(String(30), default="")
    state: Mapped[str] = mapped_column(String(20), index=True)
    due: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    first_missed: Mapped[datetime] = mapped_column(UtcDateTime)
    last_missed: Mapped[datetime] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=1)
    called_back: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    level: Mapped[int] = mapped_column(Integer, default=0)
    escalated_to: Mapped[str | None] = mapped_column(String(40))
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text, default="")
    kept_linkedid: Mapped[str | None] = mapped_column(String(150))
    origin: Mapped[str] = mapped_column(String(10), default="missed", server_default="missed")
    revision: Mapped[int] = mapped_column(Integer, default=0, index=True)
    kind: Mapped[str] = mapped_column(String(20), default="call_back", server_default="call_back")
    text: Mapped[str] = mapped_column(Text, default="", server_default="")


class PromiseCallRow(Base):
    """What one ended call meant for promises, decided once: the primary key is what makes it once.

    `outcome`: `missed`, `spoke`, `brief` (connected, too short to keep a promise) or `none`. `at` is when the caller
    was missed, or when the two were connected.
    """

    __tablename__ = "promise_calls"
    __table_args__ = (Index("ix_promise_calls_caller_at", "caller", "at"),)

    linkedid: Mapped[str] = mapped_column(String(150), primary_key=True)
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promises.id"), index=True)
    caller: Mapped[str] = mapped_column(String(250))
    outcome: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class PromiseHistoryRow(Base):
    """Who did what to a promise, and when. Only ever added to. `who` is a log-in, or `ringward` for a rule.

    `what`: `opened`, `missed_again`, `brief`, `tried`, `late`, `escalated`, `kept`, `closed`, `reopened`, `assigned`,
    `noted`.
    """

    __tablename__ = "promise_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(100))
    what: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text, default="")
    linkedid: Mapped[str | None] = mapped_column(String(150))


class PromiseNoticeRow(NoticeColumns, Base):
    """A notice of a promise that is or was to be sent."""

    __tablename__ = "promise_notices"
    __table_args__ = (Index("ix_promise_notices_waiting", "next_try", "sent"),)

    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), index=True)
