"""The page's dictionary, and the plan of a call put into words.

Must not know how either is made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field, NaiveDatetime
from sqlalchemy import select

from cti.agents.tables import GroupRow
from cti.errors import NotFound
from cti.explain import explain
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.refusals import reader_language
from cti.wording import catalogue, known_language

operations = Operations()


class RouteQuery(Body):
    """A call that might come. `at` without a zone is meant in the firm's; without `at`: now."""

    to: str = Field(min_length=1, max_length=60)
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


class ExplainAnswer(Answer):
    """Who would ring, in which order, and why."""

    dialled: str
    caller: str | None
    at: str
    customer: dict[str, Any] | None
    plan_id: str
    steps: list[StepAnswer]


@operations.route("GET", "/translations/{language}", answer=dict[str, str], access=Access.PUBLIC)
async def read_translations(asked: Asked) -> dict[str, str]:
    """The page's dictionary: English to the reader's language."""
    language = known_language(asked.path("language"))
    if language is None:
        raise NotFound("there is no such language here; zh-Hant and en there are")
    return catalogue(language)


@operations.route("GET", "/route/explain", answer=ExplainAnswer, query=RouteQuery)
async def explain_route(asked: Asked) -> dict[str, Any]:
    """Who would ring for a call, for how long, and why."""
    services, query = asked.services, asked.query
    at: datetime = query.at or services.now()
    if at.tzinfo is None:
        at = at.replace(tzinfo=services.settings.zone)
    language = reader_language(asked.request, services.settings)
    async with services.store.session() as session:
        groups = {row.code: row.name for row in await session.scalars(select(GroupRow))}
    names = {**groups, **services.directory.names}
    return explain(services.directory.directory, services.callers, query.to, query.from_, at, names, language)
