"""The columns that every outbox has. Must not know what stands in one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import UtcDateTime

MAIL, WEBHOOK = "mail", "webhook"


class NoticeColumns:
    """A notice that is or was to be sent, written with what it tells of. `key` is unique and travels with it.

    `channel`: `mail` or `webhook`; `target` an address or URL; `body` what is sent, made when the thing happened.
    Neither `sent` nor `given_up`: still to be sent, not before `next_try`.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(400), unique=True)
    channel: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    next_try: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    sent: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(300), default="")
