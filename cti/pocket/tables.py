"""Tables of the pocket card: one row a link, one a way by which an agent wants to get links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class PocketCardRow(Base):
    """A link and what became of it; see `cti.pocket.model.PocketCard`. With linkedid, step, agent and endpoint it
    stands beside its leg's record. No foreign key: the link is often written before the call's own record."""

    __tablename__ = "pocket_cards"
    __table_args__ = (Index("ix_pocket_cards_linkedid_agent", "linkedid", "agent"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    linkedid: Mapped[str] = mapped_column(String(150))
    agent: Mapped[str] = mapped_column(String(40))
    endpoint: Mapped[str] = mapped_column(String(200))
    step: Mapped[int] = mapped_column(Integer)
    issued: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(30), default="")
    by: Mapped[str | None] = mapped_column(String(40))
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    session: Mapped[str] = mapped_column(String(64), default="")
    opened: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    channel: Mapped[str] = mapped_column(String(10), default="")
    sent: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(String(300), default="")
    shown_link: Mapped[str] = mapped_column(String(300), default="")


class PocketChannelRow(Base):
    """A way to an agent, tried in the order of `position`. `kind`: `push`, `line`, `sms`, `mail` or `log`.

    `target` is a browser's push subscription (JSON), a LINE user id, a mobile number, an address, or empty for `log`.
    `failure` is what the last try said, empty when it went well; `last` is when that was.
    """

    __tablename__ = "pocket_channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_code: Mapped[str] = mapped_column(ForeignKey("agents.code"), index=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    kind: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(Text, default="")
    label: Mapped[str] = mapped_column(String(100), default="")
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    last: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str] = mapped_column(String(300), default="")
