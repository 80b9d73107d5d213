"""Setting up people: phones, deputy, chain, direct number, groups, leave; for managers.

Must not know how a change is checked or logged: the command line's functions do both.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field, NaiveDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import people, setup
from cti.agents.accounts import list_accounts
from cti.agents.expecting import version_of, versions_of
from cti.agents.tables import AgentRow, LeaveRow
from cti.errors import NotFound
from cti.web.changing import Change, Changed, TryQuery, Version, change, in_zone, may_read_all, tell_switch
from cti.web.login_routes import may_close_person, may_give
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()

KNOWN_TO_SWITCH = {"name", "extension", "shows", "mobile", "active"}
"""Fields that stand in Asterisk's configuration."""


class LeaveAnswer(Answer):
    """An absence, from `starts` up to, not including, `ends` (UTC); `deputy` where it is not the usual one."""

    id: int
    agent: str
    starts: datetime
    ends: datetime
    deputy: str | None
    version: int


class PersonAnswer(Answer):
    """A person as they are set up. `state` is how they are now; `desk_passed` why their desk would not be rung now.

    `version` is that of the last change: send it back with the next one.
    """

    code: str
    version: int
    name: str
    nickname: str
    department: str
    extension: str | None
    mobile: str | None
    deputy: str | None
    desk_seconds: int
    mobile_seconds: int
    deputy_seconds: int
    presence: str
    active: bool
    profile: str
    steps: str
    language: str
    shows: str
    state: str
    desk_passed: str | None
    direct: list[str]
    groups: list[str]
    leaves: list[LeaveAnswer]


class PersonAccount(Answer):
    """A person's log-in."""

    login: str
    role: str
    active: bool
    version: int


class WholePersonAnswer(PersonAnswer):
    """A person with their log-ins, which only managers and auditors see."""

    logins: list[PersonAccount]


class PeopleQuery(Body):
    """`all`: those who have left, too."""

    all: bool = False


class PersonFields(Change):
    """What is not named stays; an empty text takes a value away. `steps` like `desk:8 both:20`."""

    name: str | None = None
    nickname: str | None = None
    department: str | None = None
    extension: str | None = None
    mobile: str | None = None
    deputy: str | None = None
    desk_seconds: int | None = None
    mobile_seconds: int | None = None
    deputy_seconds: int | None = None
    presence: str | None = None
    active: bool | None = None
    profile: str | None = None
    steps: str | None = None
    language: str | None = Field(None, description="what their mobile is told in: zh-Hant, en; empty for the firm's")
    shows: str | None = Field(None, description="what their calls show: company, direct, or a number of the firm")
    direct: str | None = Field(None, description="their direct number in any form; empty for none")
    groups: list[str] | None = Field(None, max_length=100, description="codes of all groups they belong to")


class NewLoginFields(Body):
    """A log-in for a new person."""

    login: str
    password: str
    role: str = "agent"


class NewPerson(PersonFields):
    """A new person."""

    code: str
    login: NewLoginFields | None = None


class NewLeave(Body):
    """Instants without a zone are meant in the firm's."""

    starts: AwareDatetime | NaiveDatetime
    ends: AwareDatetime | NaiveDatetime
    deputy: str | None = None


class PhoneAnswer(Answer):
    """What to enter in a desk phone."""

    agent: str
    server: str
    port: int
    username: str
    password: str


@operations.route("GET", "/people", answer=list[PersonAnswer], query=PeopleQuery)
async def list_people(asked: Asked) -> list[dict[str, Any]]:
    """Everybody as they are set up; for leads, managers, administrators and auditors."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        rows = await people.list_agents(session, active_only=not asked.query.all)
        versions = await versions_of(session, "agent")
        return [await _told(asked, session, row, versions.get(row.code, 0)) for row in rows]


@operations.route("GET", "/people/{code}", answer=WholePersonAnswer)
async def read_person(asked: Asked) -> dict[str, Any]:
    """One person as they are set up; one's own, or anybody's for those who lead."""
    if asked.path("code") != asked.who.agent:
        may_read_all(asked)
    async with asked.services.store.session() as session:
        row = await people.get_agent(session, asked.path("code"))
        told = await _told(asked, session, row, await version_of(session, "agent", row.code))
        versions = await versions_of(session, "login")
        accounts = await list_accounts(session) if asked.who.role in {"manager", "admin", "auditor"} else []
    logins = [
        PersonAccount(login=one.login, role=one.role, active=one.active, version=versions.get(one.login, 0))
        for one in accounts
        if one.agent == row.code
    ]
    return {**told, "logins": logins}


@operations.route("POST", "/people", body=NewPerson, query=TryQuery, answer=Changed, access=Access.MANAGER, status=201)
async def add_person(asked: Asked) -> Changed:
    """Set up a new person: phones, deputy, direct number, groups and log-in in one change."""
    body: NewPerson = asked.body
    login = None
    if body.login is not None:
        may_give(asked, body.login.role)
        login = setup.NewLogin(body.login.login, body.login.password, body.login.role)

    async def work(session: AsyncSession) -> str:
        row = await setup.set_up(
            session, body.code, _fields(body), new=True, direct=body.direct, groups=body.groups, login=login
        )
        return row.code

    return await _and_switch(asked, await change(asked, "agent", body.code, None, work), KNOWN_TO_SWITCH)


@operations.route("PATCH", "/people/{code}", body=PersonFields, query=TryQuery, answer=Changed, access=Access.MANAGER)
async def set_person(asked: Asked) -> Changed:
    """Change what is named of a person; `version` says which state of theirs was seen."""
    body: PersonFields = asked.body
    code = asked.path("code")
    async with asked.services.store.session() as session:
        await people.get_agent(session, code)
        if body.active is False:
            await may_close_person(asked, session, code)

    async def work(session: AsyncSession) -> str:
        row = await setup.set_up(session, code, _fields(body), new=False, direct=body.direct, groups=body.groups)
        return row.code

    return await _and_switch(asked, await change(asked, "agent", code, body.version or 0, work), set(_fields(body)))


@operations.route("GET", "/people/{code}/phone", answer=PhoneAnswer, access=Access.MANAGER)
async def read_phone(asked: Asked) -> PhoneAnswer:
    """What to enter in a person's desk phone, its password included."""
    async with asked.services.store.session() as session:
        row = await people.get_agent(session, asked.path("code"))
    if row.extension is None:
        raise NotFound(f"agent {row.code} has no desk phone; give one first")
    settings = asked.services.settings
    return PhoneAnswer(
        agent=row.code,
        server=settings.bind_host,
        port=settings.sip_port,
        username=row.extension,
        password=row.phone_secret,
    )


@operations.route(
    "POST",
    "/people/{code}/leaves",
    body=NewLeave,
    query=TryQuery,
    answer=Changed,
    access=Access.MANAGER,
    status=201,
)
async def add_leave(asked: Asked) -> Changed:
    """Note an absence, by date and hour."""
    body: NewLeave = asked.body
    span = in_zone(asked, body.starts), in_zone(asked, body.ends)

    async def work(session: AsyncSession) -> str:
        return str((await people.add_leave(session, asked.path("code"), *span, body.deputy or None)).id)

    return await change(asked, "leave", None, None, work)


@operations.route("DELETE", "/leaves/{leave_id}", body=Version, answer=Changed, access=Access.MANAGER)
async def remove_leave(asked: Asked) -> Changed:
    """Take an absence back."""
    number = number_of(asked, "leave_id")

    async def work(session: AsyncSession) -> None:
        await people.remove_leave(session, number)

    return await change(asked, "leave", str(number), asked.body.version, work)


def number_of(asked: Asked, name: str) -> int:
    """A number in the path; 0, which nothing has, for what is none."""
    text = asked.path(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def _and_switch(asked: Asked, changed: Changed, fields: set[str]) -> Changed:
    if asked.query.try_ or not fields & KNOWN_TO_SWITCH:
        return changed
    return changed.model_copy(update={"switch": await tell_switch(asked)})


def _fields(body: PersonFields) -> dict[str, Any]:
    given = body.model_fields_set - {"version", "direct", "groups", "code", "login"}
    return {name: value for name, value in body.model_dump(include=given).items() if value is not None}


async def _told(asked: Asked, session: AsyncSession, row: AgentRow, version: int) -> dict[str, Any]:
    services = asked.services
    live = services.directory.directory.agents.get(row.code)
    passed = live.desk_passed if live is not None else None
    leaves = await people.list_leaves(session, row.code, services.now())
    fields = (
        *("code", "name", "nickname", "department", "extension", "mobile", "deputy", "desk_seconds"),
        *("mobile_seconds", "deputy_seconds", "presence", "active", "profile", "steps", "language", "shows"),
    )
    return {
        **{name: getattr(row, name) for name in fields},
        "version": version,
        "state": services.desktops.presences().get(row.code, "offline"),
        "desk_passed": passed.value if passed is not None else None,
        "direct": await setup.direct_numbers(session, row.code),
        "groups": await setup.groups_of(session, row.code),
        "leaves": [_leave(one, await version_of(session, "leave", str(one.id))) for one in leaves],
    }


def _leave(row: LeaveRow, version: int) -> LeaveAnswer:
    deputy = row.deputy
    return LeaveAnswer(
        id=row.id, agent=row.agent_code, starts=row.starts, ends=row.ends, deputy=deputy, version=version
    )
