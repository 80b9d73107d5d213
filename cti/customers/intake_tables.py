"""Tables of what comes in from other systems: payments, messages nobody could be found for, imports with what each
changed, and the notices by which other systems hear of our changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cti.delivery.tables import NoticeColumns
from cti.store.base import Base, UtcDateTime


class PaymentRow(Base):
    """Money that came (or, below zero, went back). `amount` in whole New Taiwan dollars.

    `method`: one of `cti.customers.payments.METHODS`. Without `order_id` it is on account.
    """

    __tablename__ = "payments"
    __table_args__ = (Index("ix_payments_customer_id_at", "customer_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    amount: Mapped[int] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    agent: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(300), default="")
    source: Mapped[str] = mapped_column(String(100), default="")


class WaitingMessageRow(Base):
    """Something that came in and of which nobody could say whose it is: it waits for a person to assign it.

    `candidates` is a JSON list of customers' ids; empty when the sender is unknown. `interaction_id` is set when it
    was assigned, without a foreign key: what was said may be erased later. `dismissed`: it is nobody's and never will
    be (advertising, a wrong number), for `reason`.
    """

    __tablename__ = "waiting_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    number: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    candidates: Mapped[str] = mapped_column(Text, default="[]")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    agent: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(100), default="")
    attachments: Mapped[str] = mapped_column(Text, default="[]")
    received: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    assigned_by: Mapped[str] = mapped_column(String(100), default="")
    interaction_id: Mapped[int | None] = mapped_column(Integer)
    dismissed: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dismissed_by: Mapped[str] = mapped_column(String(100), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")


class ImportRow(Base):
    """One import that changed something. `kind`: `customers`, `orders`, `payments`, `interactions`.

    `digest` is the file's SHA-256. `kept` is how many changes an undo left, for somebody had changed them since.
    """

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(200), default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100), default="")
    added: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    undone: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(100), default="")
    kept: Mapped[int] = mapped_column(Integer, default=0)


class ImportChangeRow(Base):
    """What an import did to one record, as JSON of its fields. Without `before` the import made the record."""

    __tablename__ = "import_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), index=True)
    subject_id: Mapped[int] = mapped_column(Integer)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)


class CustomerNoticeRow(NoticeColumns, Base):
    """A change of a customer that another system is told of: see `cti.customers.telling`."""

    __tablename__ = "customer_notices"
    __table_args__ = (Index("ix_customer_notices_waiting", "next_try", "sent"),)

    event: Mapped[str] = mapped_column(String(40))
    customer_id: Mapped[int] = mapped_column(Integer, index=True)
