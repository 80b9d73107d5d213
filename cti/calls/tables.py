"""Tables of calls: one row a `linkedid`, one a leg, and how far the journal has been read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class CallRow(Base):
    """One call. `customer_id` is an id of the customers' room, kept without a foreign key: records outlive erasure."""

    __tablename__ = "calls"

    linkedid: Mapped[str] = mapped_column(String(150), primary_key=True)
    caller_raw: Mapped[str] = mapped_column(String(200), default="")
    caller_name: Mapped[str] = mapped_column(String(200), default="")
    caller_e164: Mapped[str | None] = mapped_column(String(20), index=True)
    dialled: Mapped[str] = mapped_column(String(60), default="")
    dialled_e164: Mapped[str | None] = mapped_column(String(20), index=True)
    direction: Mapped[str] = mapped_column(String(10), default="inbound")
    made_by: Mapped[str | None] = mapped_column(String(40), index=True)
    shown: Mapped[str] = mapped_column(String(40), default="", server_default="")
    customer_id: Mapped[int | None] = mapped_column(Integer, index=True)
    plan_id: Mapped[str | None] = mapped_column(String(40))
    plan_source: Mapped[str | None] = mapped_column(String(10))
    caller_channel: Mapped[str | None] = mapped_column(String(150))
    started: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    answered: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    step: Mapped[int] = mapped_column(Integer, default=0)
    steps_over: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(20), index=True)
    answered_by: Mapped[str | None] = mapped_column(String(40))
    transfers: Mapped[str] = mapped_column(Text, default="[]", server_default="[]")
    bridged: Mapped[datetime | None] = mapped_column(UtcDateTime)
    callback_asked: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LegRow(Base):
    """One leg. A phone passed without being rung has no channel; then step and agent name it."""

    __tablename__ = "call_legs"
    __table_args__ = (UniqueConstraint("linkedid", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    linkedid: Mapped[str] = mapped_column(ForeignKey("calls.linkedid", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    agent: Mapped[str | None] = mapped_column(String(40), index=True)
    endpoint: Mapped[str] = mapped_column(String(200))
    seconds: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str | None] = mapped_column(String(150))
    started: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ringing: Mapped[datetime | None] = mapped_column(UtcDateTime)
    picked_up: Mapped[datetime | None] = mapped_column(UtcDateTime)
    connected: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused: Mapped[bool] = mapped_column(Boolean, default=False)
    cause: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(String(30))


class JournalMarkRow(Base):
    """How far a CEL file was read: byte offset, and the file's identity so that a rotated file starts anew."""

    __tablename__ = "journal_marks"

    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    inode: Mapped[int] = mapped_column(BigInteger, default=0)
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
