"""Tables of people and of what they answer: agents, groups, numbers, services, hours, leave, log-ins, sessions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from cti.store.base import Base, UtcDateTime


class AgentRow(Base):
    """A person. `code` is how everything names them (`101`); `mobile` is E.164; times in seconds.

    `presence` is what the person said of themselves at `presence_since`: `available`, `away` or `dnd`; `presence_until`
    ends it by itself. `profile`: `desk-and-mobile`, or
    `mobile-only`, which leaves the desk as it is and does not ring it. `steps`: the agent's own chain, like
    `desk:8 both:20`; empty for desk, then mobile. `shows`: the number that the agent's calls outside show: `company`,
    `direct` (their own), or a number of the firm in E.164. `language`: what their mobile is
    told in (`zh-Hant`, `en`); empty for the firm's.
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
    profile: Mapped[str] = mapped_column(String(20), default="desk-and-mobile", server_default="desk-and-mobile")
    steps: Mapped[str] = mapped_column(String(200), default="", server_default="")
    shows: Mapped[str] = mapped_column(String(20), default="company", server_default="company")
    language: Mapped[str] = mapped_column(String(10), default="", server_default="")
    presence_reason: Mapped[str | None] = mapped_column(String(100))
    presence_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    presence_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PresenceChangeRow(Base):
    """One line of the record of presence. Only ever added to. `by` is a log-in, or `ringward` for what was seen.

    `source`: `said` by somebody, or `seen` from then on, which is how the person was altogether. `left_page`: offline
    because they closed the page, not because nothing of theirs is registered.
    """

    __tablename__ = "presence_changes"
    __table_args__ = (Index("ix_presence_changes_agent_code_at", "agent_code", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_code: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    source: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(100))
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100), default="")
    left_page: Mapped[bool] = mapped_column(Boolean, default=False)


class LeaveRow(Base):
    """An absence of an agent, from `starts` up to, not including, `ends`; `deputy` overrides the usual one."""

    __tablename__ = "leaves"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_code: Mapped[str] = mapped_column(ForeignKey("agents.code"), index=True)
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)
    deputy: Mapped[str | None] = mapped_column(String(40))


class MentorRow(Base):
    """`mentor_code` may listen to the calls of `agent_code` from `starts` up to, not including, `until`."""

    __tablename__ = "mentors"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_code: Mapped[str] = mapped_column(ForeignKey("agents.code"), index=True)
    mentor_code: Mapped[str] = mapped_column(ForeignKey("agents.code"))
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by: Mapped[str] = mapped_column(String(100), default="")


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
    service_code: Mapped[str | None] = mapped_column(ForeignKey("services.code"))


class HoursRow(Base):
    """Opening hours: `weekly` like `Mon-Fri 09:00-18:00` in the IANA `zone`; `region` whose public holidays count."""

    __tablename__ = "hours"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    zone: Mapped[str] = mapped_column(String(60))
    weekly: Mapped[str] = mapped_column(String(500))
    region: Mapped[str] = mapped_column(String(10), default="")


class CalendarDayRow(Base):
    """A day that is not as its weekday: `kind` `holiday` or `workday`. `source` `firm` overrules `official`."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100), default="")


class ServiceRow(Base):
    """What numbers are for. `group_code` answers, `overflow_group` after it; `closed_group` outside `hours_code`.

    `waiting`: what a caller hears while it rings, `off`, `told` or `offer`, after `waiting_seconds`, in
    `waiting_language`; empty as for the service `company`. `waiting_answered`: the call is answered for it.
    """

    __tablename__ = "services"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    group_code: Mapped[str | None] = mapped_column(ForeignKey("groups.code"))
    hours_code: Mapped[str | None] = mapped_column(ForeignKey("hours.code"))
    closed_group: Mapped[str | None] = mapped_column(ForeignKey("groups.code"))
    overflow_group: Mapped[str | None] = mapped_column(ForeignKey("groups.code"))
    waiting: Mapped[str] = mapped_column(String(10), default="", server_default="")
    waiting_seconds: Mapped[int | None] = mapped_column(Integer)
    waiting_language: Mapped[str] = mapped_column(String(5), default="", server_default="")
    waiting_answered: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class ServiceTeamRow(Base):
    """The group of a service for customers of a `tier`, a `kind`, or both; empty stands for any."""

    __tablename__ = "service_teams"
    __table_args__ = (UniqueConstraint("service_code", "tier", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_code: Mapped[str] = mapped_column(ForeignKey("services.code"))
    tier: Mapped[str] = mapped_column(String(10), default="")
    kind: Mapped[str] = mapped_column(String(20), default="")
    group_code: Mapped[str] = mapped_column(ForeignKey("groups.code"))


class DutyRow(Base):
    """A turn of a group's rota, from `starts` up to, not including, `ends`."""

    __tablename__ = "duties"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_code: Mapped[str] = mapped_column(ForeignKey("groups.code"), index=True)
    agent_code: Mapped[str] = mapped_column(ForeignKey("agents.code"))
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)


class TierRow(Base):
    """What a tier of customers changes: ring times in seconds (none: the agents' own), desk and mobile together."""

    __tablename__ = "tiers"

    tier: Mapped[str] = mapped_column(String(10), primary_key=True)
    desk_seconds: Mapped[int | None] = mapped_column(Integer)
    mobile_seconds: Mapped[int | None] = mapped_column(Integer)
    together: Mapped[bool] = mapped_column(Boolean, default=False)


class RoutingChangeRow(Base):
    """One thing of the routing configuration before and after a change, as JSON (empty: there was none).

    `version` is the `directory` revision of the change; several things changed at once share it.
    """

    __tablename__ = "routing_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(100), default="")
    subject: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(100))
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(String(200), default="")


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
