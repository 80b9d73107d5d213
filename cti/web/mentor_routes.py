"""Mentors of newcomers: who may listen to whose calls, from when to when. Set by managers.

Must not know what a mentor may do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from cti.agents import mentors
from cti.agents.tables import MentorRow
from cti.web.changing import may_read_all
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()


class NewMentor(Body):
    """Who looks after the newcomer, until when (instants; without a zone: the firm's); from now on unless `starts`."""

    mentor: str = Field(min_length=1, max_length=40)
    until: datetime
    starts: datetime | None = None


class NewEnd(Body):
    """Until when it goes on now (an instant; without a zone: the firm's), at most a year from its start."""

    until: datetime


class MentorAnswer(Answer):
    """One mentor's time. Instants in UTC."""

    id: int
    agent: str
    mentor: str
    starts: datetime
    until: datetime
    set_by: str


@operations.route("GET", "/mentors", answer=list[MentorAnswer])
async def list_all(asked: Asked) -> list[dict[str, Any]]:
    """Mentors' times that are not over; for leads, managers, administrators and auditors."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        return [_shown(row) for row in await mentors.list_mentors(session, ending_after=asked.services.now())]


@operations.route(
    "POST", "/agents/{code}/mentors", body=NewMentor, answer=MentorAnswer, access=Access.MANAGER, status=201
)
async def add(asked: Asked) -> dict[str, Any]:
    """Let somebody listen to a newcomer's calls for a while."""
    body, now = asked.body, asked.services.now()
    starts, until = _aware(asked, body.starts or now), _aware(asked, body.until)
    async with asked.services.store.transaction() as session:
        row = await mentors.set_mentor(
            session, asked.path("code"), body.mentor, starts, until, by=asked.who.login, at=now
        )
    await asked.services.directory.refresh()
    return _shown(row)


@operations.route("PATCH", "/mentors/{id}", body=NewEnd, answer=MentorAnswer, access=Access.MANAGER)
async def move_end(asked: Asked) -> dict[str, Any]:
    """Prolong a mentor's time, or let it end sooner."""
    mentor_id, until, now = asked.number("id", "mentor's time"), _aware(asked, asked.body.until), asked.services.now()
    async with asked.services.store.transaction() as session:
        row = await mentors.move_end(session, mentor_id, until, by=asked.who.login, at=now)
    await asked.services.directory.refresh()
    return _shown(row)


@operations.route("DELETE", "/mentors/{id}", access=Access.MANAGER)
async def end(asked: Asked) -> None:
    """End a mentor's time now."""
    number = asked.number("id", "mentor's time")
    async with asked.services.store.transaction() as session:
        await mentors.end_mentor(session, number, by=asked.who.login, at=asked.services.now())
    await asked.services.directory.refresh()


def _aware(asked: Asked, at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=asked.services.settings.zone)


def _shown(row: MentorRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "agent": row.agent_code,
        "mentor": row.mentor_code,
        "starts": row.starts,
        "until": row.until,
        "set_by": row.set_by,
    }
