"""Presence: how everybody is, one's own to say, a colleague's for managers, and the record of every change.

Must not know how a state is decided.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from cti.agents import people, presences
from cti.agents.tables import PresenceChangeRow
from cti.desktop.messages import Presence
from cti.errors import NotFound, Refused
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()


class PresenceAnswer(Answer):
    """How a colleague is, since when, and until when if that is known; the same as in the message `presence`."""

    agent: str
    name: str
    state: str
    reason: str | None
    since: datetime | None
    until: datetime | None


class PresenceWish(Body):
    """What to be from now on. `reason` (of away): `lunch`, `meeting`, `training`, or any text. `until`: its end."""

    state: Literal["available", "away", "dnd"]
    reason: str | None = Field(None, max_length=presences.LONGEST_REASON)
    until: datetime | None = None


class PresenceLine(Answer):
    """One line of the record: `said` by `by`, or `seen` from then on."""

    agent: str
    at: datetime
    source: str
    state: str
    reason: str | None
    until: datetime | None
    by: str


class RecordQuery(Body):
    """Whose, and of which span; instants without a zone are UTC."""

    agent: str | None = Field(None, max_length=40)
    since: datetime | None = None
    until: datetime | None = None
    limit: int = Field(200, ge=1, le=2000)


@operations.route("GET", "/presence", answer=list[PresenceAnswer])
async def list_presence(asked: Asked) -> list[PresenceAnswer]:
    """How everybody is now."""
    return [_shown(one) for one in asked.services.desktops.everybody().values()]


@operations.route("PUT", "/presence", body=PresenceWish, answer=PresenceAnswer)
async def say_own(asked: Asked) -> PresenceAnswer:
    """Say how you are: available, away for a reason, or do not disturb."""
    agent = asked.who.agent
    if agent is None:
        raise Refused("this login is no agent; presence belongs to agents")
    return await _say(asked, agent)


@operations.route("PUT", "/agents/{code}/presence", body=PresenceWish, answer=PresenceAnswer, access=Access.MANAGER)
async def say_of(asked: Asked) -> PresenceAnswer:
    """Say how a colleague is, who forgot to."""
    return await _say(asked, asked.path("code"))


@operations.route("GET", "/presence/history", answer=list[PresenceLine], query=RecordQuery)
async def read_record(asked: Asked) -> list[PresenceLine]:
    """Every change of presence, the latest first: an agent's own, or everybody's for those who lead."""
    query = asked.query
    code = query.agent if asked.may_read_all else asked.who.agent
    if code is None and not asked.may_read_all:
        return []
    async with asked.services.store.session() as session:
        since, until = _aware(query.since), _aware(query.until)
        rows = await presences.history(session, code=code, since=since, until=until, limit=query.limit)
    return [_line(row) for row in rows]


async def _say(asked: Asked, code: str) -> PresenceAnswer:
    wish, services = asked.body, asked.services
    async with services.store.transaction() as session:
        people.act_as(session, asked.who.login)
        until = _aware(wish.until)
        await presences.say(session, code, wish.state, reason=wish.reason, until=until, at=services.now())
    # Not half a second later: the next call may come in between.
    await services.directory.refresh()
    services.desktops.refresh_presence()
    shown = services.desktops.everybody().get(code)
    if shown is None:
        raise NotFound(f"agent {code[:40]} has left")
    return _shown(shown)


def _shown(one: Presence) -> PresenceAnswer:
    return PresenceAnswer(**{name: getattr(one, name) for name in PresenceAnswer.model_fields})


def _line(row: PresenceChangeRow) -> PresenceLine:
    return PresenceLine(
        agent=row.agent_code,
        at=row.at,
        source=row.source,
        state=row.state,
        reason=row.reason,
        until=row.until,
        by=row.by,
    )


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
