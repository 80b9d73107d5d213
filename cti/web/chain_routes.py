"""Numbers, services, groups, hours, tiers and the rota, as managers set them up.

Must not know how a change is checked or logged: the command line's functions do both.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field, NaiveDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import people, services, states
from cti.agents.dialling import dialled_key
from cti.agents.expecting import versions_of
from cti.agents.removal import remove
from cti.errors import NotFound
from cti.store.revisions import DIRECTORY, current
from cti.web.changing import Change, Changed, TryQuery, Version, change, in_zone, may_read_all
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.person_routes import number_of
from routing.model import Waiting, WaitingKind

operations = Operations()

SUBJECTS = {"numbers": "number", "services": "service", "groups": "group", "hours": "hours", "tiers": "tier"}
"""As they stand in addresses."""


class Thing(Answer):
    """One thing of routing: how it is set up, and the version of its last change."""

    key: str
    version: int
    state: dict[str, Any]


class RoutingAnswer(Answer):
    """All of it. `revision` counts every change, presence included; `zone` is the firm's time zone."""

    revision: int
    zone: str
    numbers: list[Thing]
    services: list[Thing]
    groups: list[Thing]
    hours: list[Thing]
    tiers: list[Thing]
    duties: list[Thing]


class NumberFields(Change):
    """What a number is: an agent's direct number, or a group's or a service's."""

    label: str = ""
    agent: str | None = None
    group: str | None = None
    service: str | None = None


class GroupFields(Change):
    """Who rings together, in this order of listing, for so many seconds."""

    name: str
    members: list[str] = Field(max_length=500)
    seconds: int = 30


class TeamFields(Body):
    """The group for customers of a tier or a kind; one of the two may be empty."""

    tier: str = ""
    kind: str = ""
    group: str


class WaitingFields(Body):
    """What a caller hears while it rings: `off`, `told`, `offer` (a call back by key 1), `company` as that service."""

    kind: Literal["off", "told", "offer", "company"]
    seconds: int = 18
    language: str = "zh"
    answered: bool = False

    def meant(self) -> Waiting | Literal["inherited"]:
        """As services are set up with it."""
        if self.kind == "company":
            return "inherited"
        return Waiting(WaitingKind(self.kind), self.seconds, self.language, self.answered)


class ServiceFields(Change):
    """What numbers are for. It is set whole, but for `waiting`: left out, that stays as it was."""

    name: str
    group: str | None = None
    hours: str | None = None
    closed: str | None = None
    overflow: str | None = None
    teams: list[TeamFields] = Field(default=[], max_length=50)
    waiting: WaitingFields | None = None


class HoursFields(Change):
    """`week` like `Mon-Fri 09:00-12:00,13:00-18:00; Sat 09:00-12:30`; `region` whose public holidays count."""

    week: str = Field(max_length=2000)
    zone: str | None = None
    region: str = ""


class TierFields(Change):
    """What a tier of customers changes; without seconds the agents' own."""

    desk_seconds: int | None = None
    mobile_seconds: int | None = None
    together: bool = False


class NewDuty(Body):
    """A turn of a group's rota. Instants without a zone are meant in the firm's."""

    group: str
    agent: str
    starts: AwareDatetime | NaiveDatetime
    ends: AwareDatetime | NaiveDatetime


@operations.route("GET", "/route", answer=RoutingAnswer)
async def read_routing(asked: Asked) -> dict[str, Any]:
    """Everything that routing is made of; for leads, managers, administrators and auditors."""
    may_read_all(asked)
    told: dict[str, Any] = {"zone": asked.services.settings.time_zone}
    async with asked.services.store.session() as session:
        told["revision"] = await current(session, DIRECTORY)
        for plural, subject in {**SUBJECTS, "duties": "duty"}.items():
            versions = await versions_of(session, subject)
            told[plural] = [
                Thing(key=key, version=versions.get(key, 0), state=state)
                for key, state in (await states.read_all(session, subject)).items()
            ]
    return told


@operations.route(
    "PUT", "/route/numbers/{key}", body=NumberFields, query=TryQuery, answer=Changed, access=Access.MANAGER
)
async def set_number(asked: Asked) -> Changed:
    """Make or change a number of the firm."""
    body: NumberFields = asked.body
    number = asked.path("key")

    async def work(session: AsyncSession) -> str:
        whose = {"agent": body.agent or None, "group": body.group or None, "service": body.service or None}
        return (await people.set_number(session, number, label=body.label, **whose)).e164

    return await change(asked, "number", dialled_key(number), body.version, work)


@operations.route("PUT", "/route/groups/{key}", body=GroupFields, query=TryQuery, answer=Changed, access=Access.MANAGER)
async def set_group(asked: Asked) -> Changed:
    """Make or change a group."""
    body: GroupFields = asked.body
    code = asked.path("key")

    async def work(session: AsyncSession) -> str:
        return (await people.set_group(session, code, body.name, body.members, body.seconds)).code

    return await change(asked, "group", code, body.version, work)


@operations.route(
    "PUT", "/route/services/{key}", body=ServiceFields, query=TryQuery, answer=Changed, access=Access.MANAGER
)
async def set_service(asked: Asked) -> Changed:
    """Make or change a service: who answers, when, who else, and who while closed."""
    body: ServiceFields = asked.body
    code = asked.path("key")

    async def work(session: AsyncSession) -> str:
        row = await services.set_service(
            session,
            code,
            body.name,
            group=body.group or None,
            hours=body.hours or None,
            closed_group=body.closed or None,
            overflow_group=body.overflow or None,
            teams=[(team.tier, team.kind, team.group) for team in body.teams],
            waiting=body.waiting.meant() if body.waiting else "kept",
        )
        return row.code

    return await change(asked, "service", code, body.version, work)


@operations.route("PUT", "/route/hours/{key}", body=HoursFields, query=TryQuery, answer=Changed, access=Access.MANAGER)
async def set_hours(asked: Asked) -> Changed:
    """Make or change opening hours."""
    body: HoursFields = asked.body
    code, zone = asked.path("key"), asked.services.settings.time_zone

    async def work(session: AsyncSession) -> str:
        return (await services.set_hours(session, code, body.week, body.zone or zone, body.region)).code

    return await change(asked, "hours", code, body.version, work)


@operations.route("PUT", "/route/tiers/{key}", body=TierFields, query=TryQuery, answer=Changed, access=Access.MANAGER)
async def set_tier(asked: Asked) -> Changed:
    """Say what a tier of customers changes."""
    body: TierFields = asked.body
    tier = asked.path("key")

    async def work(session: AsyncSession) -> str:
        seconds = {"desk_seconds": body.desk_seconds, "mobile_seconds": body.mobile_seconds}
        return (await services.set_tier_rule(session, tier, together=body.together, **seconds)).tier

    return await change(asked, "tier", tier, body.version, work)


@operations.route(
    "POST", "/route/duties", body=NewDuty, query=TryQuery, answer=Changed, access=Access.MANAGER, status=201
)
async def add_duty(asked: Asked) -> Changed:
    """Add a turn of the rota of the group that answers while closed."""
    body: NewDuty = asked.body
    span = in_zone(asked, body.starts), in_zone(asked, body.ends)

    async def work(session: AsyncSession) -> str:
        return str((await services.add_duty(session, body.group, body.agent, *span)).id)

    return await change(asked, "duty", None, None, work)


@operations.route("DELETE", "/route/duties/{duty_id}", body=Version, answer=Changed, access=Access.MANAGER)
async def remove_duty(asked: Asked) -> Changed:
    """Take a turn of the rota back."""
    number = number_of(asked, "duty_id")

    async def work(session: AsyncSession) -> None:
        await services.remove_duty(session, number)

    return await change(asked, "duty", str(number), asked.body.version, work)


@operations.route("DELETE", "/route/{subject}/{key}", body=Version, answer=Changed, access=Access.MANAGER)
async def remove_thing(asked: Asked) -> Changed:
    """Take a number, service, group, hours or tier's rule away, unless something still stands on it."""
    subject = SUBJECTS.get(asked.path("subject"))
    if subject is None:
        raise NotFound("there is nothing at this address")
    key = dialled_key(asked.path("key")) if subject == "number" else asked.path("key")

    async def work(session: AsyncSession) -> None:
        await remove(session, subject, key)

    return await change(asked, subject, key, asked.body.version, work)
