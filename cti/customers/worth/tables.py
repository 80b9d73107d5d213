"""Tables of worth: figures of each customer as of the last nightly run, plays, and what became of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class WorthRow(Base):
    """A customer's figures. Money in whole New Taiwan dollars; `_12m` is the year before `computed`, `_90d` its last
    90 days. Only orders that were booked count as bought.

    `recency`, `frequency`, `monetary`: 1 to 5, the firm's quintiles; 0 without an order. `grade`: `A`, `B`, `C`, or
    empty. `dormancy`: empty, `half` or `full`. `hollow`: the false customer, who costs time and buys nothing.
    `sensitivity`: `price`, `quality` or empty. `completeness`: per cent of what a file should hold.
    """

    __tablename__ = "customer_worth"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True, autoincrement=False)
    computed: Mapped[datetime] = mapped_column(UtcDateTime)
    orders_life: Mapped[int] = mapped_column(Integer)
    margin_life: Mapped[int] = mapped_column(BigInteger)
    first_order: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_order: Mapped[datetime | None] = mapped_column(UtcDateTime)
    orders_12m: Mapped[int] = mapped_column(Integer)
    turnover_12m: Mapped[int] = mapped_column(BigInteger)
    margin_12m: Mapped[int] = mapped_column(BigInteger)
    margin_90d: Mapped[int] = mapped_column(BigInteger)
    quotes_12m: Mapped[int] = mapped_column(Integer)
    pay_days: Mapped[int | None] = mapped_column(Integer)
    contacts_12m: Mapped[int] = mapped_column(Integer)
    complaints_12m: Mapped[int] = mapped_column(Integer)
    renews: Mapped[date | None] = mapped_column(Date)
    rhythm_days: Mapped[int | None] = mapped_column(Integer)
    next_purchase: Mapped[date | None] = mapped_column(Date)
    recency: Mapped[int] = mapped_column(Integer)
    frequency: Mapped[int] = mapped_column(Integer)
    monetary: Mapped[int] = mapped_column(Integer)
    grade: Mapped[str] = mapped_column(String(1))
    dormancy: Mapped[str] = mapped_column(String(4))
    hollow: Mapped[bool] = mapped_column(Boolean)
    sensitivity: Mapped[str] = mapped_column(String(10))
    completeness: Mapped[int] = mapped_column(Integer)


class PlayRow(Base):
    """A play: what to say to whom (IDMR, M11). `segment` is JSON of `cti.customers.worth.rules.Segment`.

    `holdout` per cent of those it fits are never prompted, so that one sees what the play itself did.
    """

    __tablename__ = "plays"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    prompt: Mapped[str] = mapped_column(String(300))
    segment: Mapped[str] = mapped_column(Text)
    starts: Mapped[date | None] = mapped_column(Date)
    ends: Mapped[date | None] = mapped_column(Date)
    holdout: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class PlayOutcomeRow(Base):
    """What came of a play with one customer, at most one a day: `accepted`, `declined` or `later`."""

    __tablename__ = "play_outcomes"
    __table_args__ = (Index("ix_play_outcomes_play_customer", "play", "customer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    play: Mapped[str] = mapped_column(ForeignKey("plays.code"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    agent: Mapped[str | None] = mapped_column(String(40))
    linkedid: Mapped[str | None] = mapped_column(String(150))
    outcome: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int] = mapped_column(Integer, default=0)
