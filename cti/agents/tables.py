"""Tables of people: agents, groups, the firm's numbers, leave, log-ins and sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class AgentRow(Base):
    """A person. `code` is how everything names them (`101`); `mobile` is E.164; times in seconds.

    `presence` is what the person set by hand: `available`, `away` or `dnd`.
    """

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    nickname: Mapped[str] = mapped_column(String(100), default="")
    department: Mapped[str] = mapped_column(String(100), default="")
    extension: Mapped[str | None] = mapped_column(String(20), unique=True)
    mobile: Mapped[str | None] = mapped_column(String(20))
    deputy: Mapped[str | None] = mapped_column(String(40))
    desk_seconds: Mapped[int] = mapped_column(Integer, default=15)
    mobile_seconds: Mapped[int] = mapped_column(Integer, default=20)
    deputy_seconds: Mapped[int] = mapped_column(Integer, default=15)
    presence: Mapped[str] = mapped_column(String(20), default="available")
    phone_secret: Mapped[str] = mapped_column(String(100), default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class LeaveRow(Base):
    """An absence of an agent, from `starts` up to, not including, `ends`; `deputy` overrides the usual one."""

    __tablename__ = "leaves"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_code: Mapped[str] = mapped_column(ForeignKey("agents.code"), index=True)
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)
    deputy: Mapped[str | None] = mapped_column(String(40))


class GroupRow(Base):
    """Agents who ring together. `seconds` is the group's ring time."""

    __tablename__ = "groups"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    seconds: Mapped[int] = mapped_column(Integer, default=30)


class GroupMemberRow(Base):
    """Who rings in a group, in which order of listing."""

    __tablename__ = "group_members"
    __table_args__ = (UniqueConstraint("group_code", "agent_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_code: Mapped[str] = mapped_column(ForeignKey("groups.code"))
    agent_code: Mapped[str] = mapped_column(ForeignKey("agents.code"))
    position: Mapped[int] = mapped_column(Integer, default=0)


class NumberRow(Base):
    """A number of the firm, E.164. `agent_code` set: that agent's direct number; else `group_code` answers."""

    __tablename__ = "numbers"

    e164: Mapped[str] = mapped_column(String(20), primary_key=True)
    label: Mapped[str] = mapped_column(String(100), default="")
    agent_code: Mapped[str | None] = mapped_column(ForeignKey("agents.code"))
    group_code: Mapped[str | None] = mapped_column(ForeignKey("groups.code"))


class LoginRow(Base):
    """A log-in. `password_hash` is argon2's; `role`: agent, lead, manager, admin, auditor."""

    __tablename__ = "logins"

    login: Mapped[str] = mapped_column(String(100), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20), default="agent")
    agent_code: Mapped[str | None] = mapped_column(ForeignKey("agents.code"))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class SessionRow(Base):
    """A live session or API token; only the token's SHA-256 is kept."""

    __tablename__ = "sessions"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("logins.login"), index=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    expires: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    label: Mapped[str] = mapped_column(String(100), default="")
