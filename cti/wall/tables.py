"""The table of the wall's tokens: one row a screen that shows the wallboard without a log-in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class WallTokenRow(Base):
    """A token that reads the wallboard and nothing else, until it is revoked. Only its SHA-256 is kept.

    `used` is when its screen last came or went, None while it never did.
    """

    __tablename__ = "wall_tokens"

    label: Mapped[str] = mapped_column(String(60), primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100), default="")
    used: Mapped[datetime | None] = mapped_column(UtcDateTime)
