"""Somebody leaves the firm: what would pass to whom, and the passing on. For managers.

Must not know what is passed on: `cti.succession` does it as the command line asks it to.
"""

from __future__ import annotations

from typing import Any

import msgspec
from pydantic import Field

from cti import succession
from cti.agents import people
from cti.web.login_routes import may_close_person
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()


class Leaving(Body):
    """Who follows, and who stands in for whom instead (`{"104": "103"}`). `dry_run`: only say what would pass on."""

    to: str = Field(min_length=1, max_length=40)
    deputies: dict[str, str] = Field(default_factory=dict, max_length=1000)
    dry_run: bool = True


class SuccessionAnswer(Answer):
    """What passes, or would: how many of each, and who stands in for whom. `version` is null for a dry run."""

    leaver: str
    successor: str
    customers: int
    matters: int
    promises: list[int]
    stands_in: int
    deputies: dict[str, str]
    leaves: int
    turns: int
    groups: list[str]
    numbers: list[str]
    notices: int
    logins: list[str]
    sessions: int
    mentors: int
    ways: int
    version: int | None


@operations.route("POST", "/agents/{code}/succession", body=Leaving, answer=SuccessionAnswer, access=Access.MANAGER)
async def leave(asked: Asked) -> dict[str, Any]:
    """Pass everything that a leaver holds to who follows, in one transaction; or say what would pass."""
    services, body, at = asked.services, asked.body, asked.services.now()
    code = asked.path("code")
    async with services.store.session() as session:
        await may_close_person(asked, session, code)
    if body.dry_run:
        async with services.store.session() as session:
            found = await succession.foresee(session, code, body.to, body.deputies, at)
        return _answer(found)
    async with services.store.transaction() as session:
        people.act_as(session, asked.who.login, services.settings.mobile_countries)
        done = await succession.succeed(
            session,
            code,
            body.to,
            by=asked.who.login,
            at=at,
            ledger=services.keeper.book,
            deputies=body.deputies,
            mail=services.settings.notice_mail_to,
        )
    # Not half a second later: the next call may come in between.
    await services.directory.refresh()
    await services.keeper.refresh()
    services.pocket.withdraw_from(code)
    return _answer(done)


def _answer(found: succession.Succession) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(found)
    return answer
