"""Tables of who is who: what was learned of callers, suspected duplicates, merges, identity numbers, fields of the
firm's own, and messages that wait for a customer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class CallerChoiceRow(Base):
    """How often somebody said that a call from `e164` was this customer's. `bucket` is the hour of day of the firm's
    zone in threes: 6 is from 18 to 21 o'clock."""

    __tablename__ = "caller_choices"
    __table_args__ = (UniqueConstraint("e164", "customer_id", "bucket"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    e164: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    bucket: Mapped[int] = mapped_column(Integer)
    times: Mapped[int] = mapped_column(Integer, default=1)
    last: Mapped[datetime] = mapped_column(UtcDateTime)


class DuplicateRow(Base):
    """Two records that may be one person, `first` the lower id. `score` in hundredths; `reasons` is a JSON list.

    `state`: `open`, `dismissed` (somebody said they are two), `merged`.
    """

    __tablename__ = "duplicate_pairs"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    score: Mapped[int] = mapped_column(Integer, index=True)
    reasons: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="open", index=True)
    found: Mapped[datetime] = mapped_column(UtcDateTime)
    decided: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(100), default="")


class MergeRow(Base):
    """One merge of `loser_id` into `winner_id`. `journal` is JSON: which rows moved, which went, which fields changed,
    with their former values. `undone` when it was taken back. The foreign keys say whose it is: what is erased of a
    customer goes from the journal, too."""

    __tablename__ = "customer_merges"

    id: Mapped[int] = mapped_column(primary_key=True)
    winner_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    loser_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(200), default="")
    journal: Mapped[str] = mapped_column(Text)
    undone: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(100), default="")


class IdentityNumberRow(Base):
    """A number of an identity card, a passport or a company. `kind`: `national`, `passport`, `company`.

    `digest` (HMAC) tells whether two are the same, `shown` is what everybody may read of it (`A1•••••789`), `sealed`
    the whole, which only the installation's key opens.
    """

    __tablename__ = "identity_numbers"
    __table_args__ = (UniqueConstraint("customer_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    shown: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100), default="")
    linkedid: Mapped[str | None] = mapped_column(String(150))


class CustomerFieldRow(Base):
    """A field of the firm's own on every customer. `kind`: `text`, `number`, `date`, `choice`, `yesno`; `choices` is a
    JSON list. `ask`: whoever talks to a customer of whom it is not known is told to ask. Its values are facts."""

    __tablename__ = "customer_fields"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(10))
    choices: Mapped[str] = mapped_column(Text, default="[]")
    ask: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer, default=0)
    retired: Mapped[bool] = mapped_column(Boolean, default=False)


class OutgoingMessageRow(Base):
    """A message to a customer that waits to be sent. `channel`: `sms`, `mail`; `target` a number (E.164) or an address.

    `state`: `queued`, `sent`, `failed`, `cancelled`. `key` is unique: what was queued twice is sent once. `tried` is
    the last try; `decided` and `decided_by` the last word of a person on it (tried anew, cancelled), for `reason`.
    """

    __tablename__ = "outgoing_messages"
    __table_args__ = (Index("ix_outgoing_messages_state_not_before", "state", "not_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(String(200), index=True)
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100), default="")
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    sent: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(300), default="")
    tried: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
