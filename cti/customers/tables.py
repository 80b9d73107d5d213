"""Tables of customers: people and companies, their numbers, and what happened between them and the firm."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from cti.store.base import Base, UtcDateTime


def email_key(address: str | None) -> str:
    """An address as it is compared: A and a are the same."""
    return (address or "").strip().lower()


def _key_of_insert(context: Any) -> str:
    return email_key(context.get_current_parameters().get("email"))


class CustomerRow(Base):
    """A person or a company. The company that runs Ringward owns the customer; `owner` is who looks after them.

    `deputy` is whom they want when the owner is not there, else the owner's own deputy answers. `tier_by` is `worth`
    when the nightly run set the tier: what a person or an import set it leaves alone.

    `kind`: `person`, `company`, `household`. `state`: `prospect` or `customer`. `tier`: `A`, `B`, `C` or empty.
    `external_id` is the customer's number in the system the record was imported from. `revision` is the number of
    the `callers` revision in which name, tier, owner, numbers or relations last changed: what has a higher one than
    a copy in memory was changed since that copy was made.

    `email_key` follows `email` by itself: who writes to us is found by it.

    `code` is the firm's own name for them, which they may give on the telephone. `merged_into`: this record and that
    one were found to be one customer; it holds nothing any more, and whoever asks for it gets that one.
    """

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(20), default="person")
    name: Mapped[str] = mapped_column(String(200), index=True)
    title: Mapped[str] = mapped_column(String(40), default="")
    tier: Mapped[str] = mapped_column(String(10), default="")
    tier_by: Mapped[str] = mapped_column(String(10), default="", server_default="")
    state: Mapped[str] = mapped_column(String(20), default="customer")
    owner: Mapped[str | None] = mapped_column(String(40), index=True)
    deputy: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(200), default="")
    email_key: Mapped[str] = mapped_column(String(200), default=_key_of_insert, server_default="", index=True)
    address: Mapped[str] = mapped_column(String(300), default="")
    terms: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(20), default="zh-Hant")
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(100), default="")
    revision: Mapped[int] = mapped_column(Integer, default=0, index=True)
    code: Mapped[str | None] = mapped_column(String(40), index=True, unique=True)
    merged_into: Mapped[int | None] = mapped_column(Integer, index=True)

    @validates("email")
    def _follow(self, _column: str, address: str) -> str:
        self.email_key = email_key(address)
        return address


class AssignmentRow(Base):
    """Who looked after a customer from when until when; without `ends` they do now. Never deleted: people hold
    customers for a time, the firm owns them.

    `by` is the log-in that assigned, `reason` why (`leaver`, or a sentence).
    """

    __tablename__ = "assignments"
    __table_args__ = (Index("ix_assignments_agent_ends", "agent", "ends"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    agent: Mapped[str] = mapped_column(String(40))
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")


class CustomerRelationRow(Base):
    """`customer_id` is `role` of `of_id`: `member` of a household, `traveller`, `booker` or `payer` of a company, or a
    person's `spouse`, `child`, `referrer` and so on (`cti.customers.relations`). `linkedid` is the call it was told in.
    """

    __tablename__ = "customer_relations"
    __table_args__ = (UniqueConstraint("customer_id", "of_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    of_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(100), default="", server_default="")
    linkedid: Mapped[str | None] = mapped_column(String(150))
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CustomerNumberRow(Base):
    """A number of a customer: several a person, several people a number. `raw` is as it was given."""

    __tablename__ = "customer_numbers"
    __table_args__ = (UniqueConstraint("customer_id", "e164"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    raw: Mapped[str] = mapped_column(String(60))
    e164: Mapped[str] = mapped_column(String(20), index=True)
    extension: Mapped[str] = mapped_column(String(20), default="")
    kind: Mapped[str] = mapped_column(String(20), default="mobile")
    valid_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OrderRow(Base):
    """An order. `amount` in whole New Taiwan dollars; `state`: `quoted`, `booked`, `paid`, `done`, `cancelled`.

    `starts` to `ends`, both included, are the days of travel or stay; without `ends` it is the one day. `terms` and
    `due` say how and until when it is to be paid, where that is not as the customer's terms have it; `discount` is
    what was taken off to come to `amount`. `margin` is what the firm earns by it (none: the usual share), `settled`
    when it was paid in full, `renews` the day on which it would have to be renewed.
    """

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_customer_id_placed", "customer_id", "placed"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    title: Mapped[str] = mapped_column(String(200))
    amount: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(20))
    placed: Mapped[datetime] = mapped_column(UtcDateTime)
    starts: Mapped[date | None] = mapped_column(Date)
    ends: Mapped[date | None] = mapped_column(Date)
    agent: Mapped[str | None] = mapped_column(String(40))
    discount: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    terms: Mapped[str] = mapped_column(String(200), default="", server_default="")
    due: Mapped[date | None] = mapped_column(Date)
    margin: Mapped[int | None] = mapped_column(Integer)
    settled: Mapped[datetime | None] = mapped_column(UtcDateTime)
    renews: Mapped[date | None] = mapped_column(Date)


class MatterRow(Base):
    """A complaint or a request. `kind`: `complaint`, `request`; `state`: `open`, `in_progress`, `closed`.

    `agent` looks after it; `about_agent` is who a complaint is about: until it is closed they are not rung.
    """

    __tablename__ = "matters"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default="open")
    opened: Mapped[datetime] = mapped_column(UtcDateTime)
    closed: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agent: Mapped[str | None] = mapped_column(String(40))
    about_agent: Mapped[str | None] = mapped_column(String(40))


class InteractionRow(Base):
    """Something between customer and firm. `channel`: `phone`, `note`, `web`, `mail`, `line`, `face`, `fax`, `sms`.

    A call is one interaction whoever notes it and however often: its `linkedid` is unique among those of `phone`.
    `external_id` is its number in the system it came from, `source` which that is; `attachments` a JSON list of links.
    """

    __tablename__ = "interactions"
    __table_args__ = (
        Index("ix_interactions_customer_id_at", "customer_id", "at"),
        Index(
            "uq_interactions_call",
            "linkedid",
            unique=True,
            sqlite_where=text("channel = 'phone'"),
            postgresql_where=text("channel = 'phone'"),
        ),
        Index("uq_interactions_external_id", "external_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    channel: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(10), default="in")
    text: Mapped[str] = mapped_column(Text, default="")
    agent: Mapped[str | None] = mapped_column(String(40))
    linkedid: Mapped[str | None] = mapped_column(String(150), index=True)
    external_id: Mapped[str | None] = mapped_column(String(100))
    source: Mapped[str] = mapped_column(String(100), default="", server_default="")
    attachments: Mapped[str] = mapped_column(Text, default="[]", server_default="[]")


class PreferenceRow(Base):
    """A fact (M12): `key` and `value`, where it comes from, how often and when last confirmed.

    `kind`: `preference`, `contact` (address, mail), `family`, `policy`, `terms`, `consent`, or `field` of the firm's
    own (`customer_fields`). `source` says how it came (`call`, `person`, `import`, a file), `linkedid` in which call,
    `by` through whom.
    """

    __tablename__ = "preferences"
    __table_args__ = (UniqueConstraint("customer_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(100), default="")
    times_confirmed: Mapped[int] = mapped_column(Integer, default=1)
    last_confirmed: Mapped[datetime] = mapped_column(UtcDateTime)
    do_not_mention: Mapped[bool] = mapped_column(Boolean, default=False)
    kind: Mapped[str] = mapped_column(String(20), default="preference", server_default="preference")
    linkedid: Mapped[str | None] = mapped_column(String(150))
    by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    created: Mapped[datetime | None] = mapped_column(UtcDateTime)
