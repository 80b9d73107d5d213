"""One change of the firm's set-up by the web: who makes it, from which version, tried only or kept.

The functions are those of the command line. Must not know what is changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import people, states
from cti.agents.directory import build_directory
from cti.agents.expecting import expect, version_of
from cti.agents.tables import GroupRow
from cti.errors import SwitchUnavailable
from cti.explain import explain, reaching
from cti.store.revisions import DIRECTORY, hold
from cti.web.operations import Answer, Asked, Body
from cti.web.plan_routes import ExplainAnswer
from cti.web.refusals import Forbidden, reader_language

AGENT = "agent:"
"""Before an agent's code, in place of a number: a call to them directly."""


class Change(Body):
    """`version` is that of the last change that was seen of this thing; none for a new one."""

    version: int | None = Field(None, ge=0, lt=2**31)


class Version(Body):
    """`version` is that of the last change that was seen of this thing."""

    version: int = Field(ge=0, lt=2**31)


class Tried(Body):
    """With `try` nothing is kept: the answer says what would be done."""

    try_: bool = Field(False, alias="try")


class TryQuery(Tried):
    """With `try` nothing is kept: the answer says what would become of a call `from` (any form) `to` (any form, or
    `agent:101`)."""

    to: str = Field("", max_length=60)
    from_: str = Field("", alias="from", max_length=60)


class Changed(Answer):
    """A thing as it is now (null: there is none), its version, and with `try` the plan of the call in question.

    `switch`: what Asterisk knows of it: `told`, `unchanged`, `later` (it does not run now), `by_hand` (its
    configuration is the site's own: `ringward dialplan install`); null where it need not know.
    """

    key: str
    version: int
    state: dict[str, Any] | None
    plan: ExplainAnswer | None = None
    switch: str | None = None


Work = Callable[[AsyncSession], Awaitable[str | None]]
"""Makes the change; returns the key of what was changed where that is known only now."""


async def change(asked: Asked, subject: str, key: str | None, version: int | None, work: Work) -> Changed:
    """Make one change, or try it; in memory and routing calls when this returns.

    Without a `key` the thing is new and its number known afterwards: no version is looked at.

    Raises:
        Stale: somebody else changed it since `version`. Otherwise as `work`.
    """
    services = asked.services
    query = asked.query if isinstance(asked.query, TryQuery) else TryQuery()
    # A session that nobody commits leaves nothing behind: what is only tried goes through everything but that.
    opened = services.store.session if query.try_ else services.store.transaction
    async with opened() as session:
        await hold(session, DIRECTORY)
        act_as(asked, session)
        if key is not None:
            await expect(session, subject, key, version)
        found = await work(session) or key or ""
        await session.flush()
        state = await states.read(session, subject, found) if subject in states.SUBJECTS else None
        answer = Changed(key=found, version=await version_of(session, subject, found), state=state)
        if query.try_ and query.to:
            answer = answer.model_copy(update={"plan": await _plan(asked, session, query)})
    if not query.try_:
        await services.directory.refresh()
    return answer


def act_as(asked: Asked, session: AsyncSession) -> None:
    """Who makes the changes of this session."""
    people.act_as(session, asked.who.login, asked.services.settings.mobile_countries)


async def tell_switch(asked: Asked) -> str:
    """Bring people's phones to Asterisk; how that went, as in `Changed.switch`."""
    tell = asked.services.tell_switch
    if tell is None:
        return "by_hand"
    try:
        modules = await tell()
    except SwitchUnavailable:
        return "later"
    if modules is None:
        return "by_hand"
    return "told" if modules else "unchanged"


def in_zone(asked: Asked, at: datetime) -> datetime:
    """An instant; one without a zone is meant in the firm's."""
    return at if at.tzinfo is not None else at.replace(tzinfo=asked.services.settings.zone)


def may_read_all(asked: Asked) -> None:
    """Whoever sees everybody's calls sees what they are routed by.

    Raises:
        Forbidden: the person asking sees only their own.
    """
    if not asked.may_read_all:
        raise Forbidden("this needs the role lead or higher")


async def _plan(asked: Asked, session: AsyncSession, query: TryQuery) -> ExplainAnswer:
    """The plan as it would be, from what stands in this transaction only."""
    rows, directory = await build_directory(session)
    # What is known of the desk phones now is no configuration: it is as in the live directory.
    live = asked.services.directory.directory.agents
    known = {code: live[code].desk_passed for code in directory.agents if code in live}
    agents = {code: replace(one, desk_passed=known.get(code)) for code, one in directory.agents.items()}
    directory = replace(directory, agents=agents)
    to = query.to
    if to.startswith(AGENT):
        directory, to = reaching(directory, to.removeprefix(AGENT))
    groups = {row.code: row.name for row in await session.scalars(select(GroupRow))}
    names = {**groups, **{code: row.nickname or row.name for code, row in rows.items()}}
    language = reader_language(asked.request, asked.services.settings)
    told = explain(directory, asked.services.callers, to, query.from_, asked.services.now(), names, language)
    return ExplainAnswer.model_validate(told)
