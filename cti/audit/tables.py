"""Tables of the audit. Triggers of the database itself refuse to change, replace or delete an entry, and to set the end
of the chain back (migrations 0006, 0022)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class AuditEntryRow(Base):
    """One link of the chain: see `cti.audit.model.Entry`. Never changed, never deleted."""

    __tablename__ = "audit_entries"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    action: Mapped[str] = mapped_column(String(60), index=True)
    actor: Mapped[str] = mapped_column(String(100), index=True)
    agent: Mapped[str | None] = mapped_column(String(40))
    department: Mapped[str] = mapped_column(String(100), default="")
    subject: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[str] = mapped_column(String(150), default="", index=True)
    linkedid: Mapped[str | None] = mapped_column(String(150), index=True)
    recording: Mapped[str | None] = mapped_column(String(200))
    content_digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    link: Mapped[str] = mapped_column(String(64))


class AuditContentRow(Base):
    """What an entry says of people, as JSON. Never changed; deleted only when the law has it erased."""

    __tablename__ = "audit_contents"

    number: Mapped[int] = mapped_column(ForeignKey("audit_entries.number"), primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(32))
    content: Mapped[str] = mapped_column(Text)


class AuditHeadRow(Base):
    """The end of the chain, one row: who appends holds it until the transaction ends, so that links never fork."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer)
    link: Mapped[str] = mapped_column(String(64))
