"""The plan of a call put into words, for one instant and through a week.

Must not know how it is made: `cti.explain` is asked, as the command line asks it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, time
from typing import Any

from pydantic import AwareDatetime, ConfigDict, Field, NaiveDatetime
from sqlalchemy import select

from cti.agents.tables import GroupRow
from cti.errors import Invalid
from cti.explain import explain, joined, quarters, reaching
from cti.web.discretion import count_found
from cti.web.operations import Answer, Asked, Body, Operations
from cti.web.refusals import reader_language
from routing.model import Directory

operations = Operations()

AT_ONCE = 16
"""Decisions between two looks at the rest of the world: some four milliseconds, which calls wait for too."""


class RouteQuery(Body):
    """A call that might come, to a number or to an agent directly. `at` without a zone is meant in the firm's; without
    `at`: now."""

    to: str = Field("", max_length=60)
    agent: str = Field("", max_length=40)
    from_: str = Field("", alias="from", max_length=60)
    at: AwareDatetime | NaiveDatetime | None = None


class TargetAnswer(Answer):
    """One phone of a step; `passed` says why it would not be rung."""

    agent: str
    name: str
    endpoint: str
    passed: str | None


class StepAnswer(Answer):
    """One step of the plan. `agent` is null for a group; `endpoint` then joins all by `&`."""

    kind: str
    agent: str | None
    endpoint: str
    seconds: int
    why: str
    why_code: str
    passed: str | None
    passed_text: str
    targets: list[TargetAnswer]


class WaitingAnswer(Answer):
    """What the caller hears beside the ringing: `told` or `offer` (a call back by key 1), after `seconds` and again."""

    kind: str
    seconds: int
    language: str
    answered: bool
    text: str


class ExplainAnswer(Answer):
    """Who would ring, in which order, and why. `closed`: `holiday`, `hours`, or null; `on_leave` who is passed over;
    `waiting` null while the caller hears nothing but the ringing."""

    dialled: str
    caller: str | None
    at: str
    customer: dict[str, Any] | None
    closed: str | None
    on_leave: list[str]
    plan_id: str
    steps: list[StepAnswer]
    waiting: WaitingAnswer | None


class BlockAnswer(Answer):
    """A time in which the same rings first. Instants in the firm's time zone; all else null when nobody rings."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    from_: str = Field(alias="from")
    to: str
    closed: str | None
    kind: str | None
    agent: str | None
    who: str | None
    endpoint: str | None
    seconds: int | None
    why: str | None
    why_code: str | None


@operations.route("GET", "/route/explain", answer=ExplainAnswer, query=RouteQuery)
async def explain_route(asked: Asked) -> dict[str, Any]:
    """Who would ring for a call, for how long, and why."""
    services, query = asked.services, asked.query
    directory, to = _called(asked)
    at: datetime = query.at or services.now()
    if at.tzinfo is None:
        at = at.replace(tzinfo=services.settings.zone)
    language = reader_language(asked.request, services.settings)
    told = explain(directory, services.callers.as_of(at), to, query.from_, at, await _names(asked), language)
    # It says whose a number is: asked of one after another it would be the whole book.
    await count_found(asked, [told["customer"]["customer_id"]] if told["customer"] else (), query.from_)
    return told


@operations.route("GET", "/route/week", answer=list[BlockAnswer], query=RouteQuery)
async def explain_week(asked: Asked) -> list[dict[str, Any]]:
    """Who would ring first, through the seven days that begin with the day of `at`."""
    services, query = asked.services, asked.query
    zone = services.settings.zone
    directory, to = _called(asked)
    await count_found(asked, (), query.from_)
    at: datetime = query.at or services.now()
    day = (at.astimezone(zone) if at.tzinfo else at).date()
    start = datetime.combine(day, time.min, zone)
    language = reader_language(asked.request, services.settings)
    names = await _names(asked)
    told: list[dict[str, Any]] = []
    for block in quarters(directory, services.callers.as_of, to, query.from_, start, names, language):
        told.append(block)
        if len(told) % AT_ONCE == 0:
            await asyncio.sleep(0)
    return joined(told)


def _called(asked: Asked) -> tuple[Directory, str]:
    """Whom the question is about.

    Raises:
        Invalid: a number or an agent, and not both. NotFound: no such agent.
    """
    query = asked.query
    if bool(query.to) == bool(query.agent):
        raise Invalid("to: give a number that is dialled, or else an agent")
    directory = asked.services.directory.directory
    return reaching(directory, query.agent) if query.agent else (directory, query.to)


async def _names(asked: Asked) -> dict[str, str]:
    async with asked.services.store.session() as session:
        groups = {row.code: row.name for row in await session.scalars(select(GroupRow))}
    return {**groups, **asked.services.directory.names}
