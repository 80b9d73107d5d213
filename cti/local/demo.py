"""The demo company: reads `demo_people.toml` and puts it into an empty database, once.

What is in the database afterwards belongs to whoever plays with it: a second start changes nothing there. Must not
know how anything is started.
"""

from __future__ import annotations

import secrets
import string
import tomllib
from datetime import UTC, datetime, time, timedelta, tzinfo
from importlib.resources import files
from pathlib import Path

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.logins import add_login, create_api_token, set_password, who
from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow, LoginRow, NumberRow
from cti.customers.numbers import is_mobile, normalise
from cti.customers.tables import (
    CustomerNumberRow,
    CustomerRelationRow,
    CustomerRow,
    InteractionRow,
    MatterRow,
    OrderRow,
    PreferenceRow,
)
from cti.local.installation import DemoSecrets, read_demo_secrets, write_demo_secrets
from cti.local.site import COMPANY_GROUP
from cti.store.engine import Store
from cti.store.revisions import CALLERS, DIRECTORY, bump, current

MARKER = "demo"
"""Subject of the revision that says the demo company was loaded into this database."""
TOKEN_LABEL = "demo.json"  # noqa: S105  the token's name, not the token


class DemoAgent(msgspec.Struct, forbid_unknown_fields=True):
    """`code` is the extension too; `direct` and `mobile` are E.164."""

    code: str
    name: str
    nickname: str
    department: str
    deputy: str
    direct: str
    mobile: str


class DemoLogin(msgspec.Struct, forbid_unknown_fields=True):
    """A log-in; the password is generated per installation."""

    login: str
    role: str
    agent: str | None = None


class DemoOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`placed` and `starts` in days from today."""

    title: str
    amount: int
    state: str
    placed: int
    starts: int
    agent: str


class DemoMatter(msgspec.Struct, forbid_unknown_fields=True):
    """A complaint or a request; `opened` and `closed` in days from today."""

    text: str
    state: str
    opened: int
    agent: str
    closed: int | None = None


class DemoInteraction(msgspec.Struct, forbid_unknown_fields=True):
    """`at` is days from today and the local time of day."""

    at: tuple[int, str]
    channel: str
    direction: str
    text: str
    agent: str


class DemoPreference(msgspec.Struct, forbid_unknown_fields=True):
    """`confirmed` in days from today."""

    key: str
    value: str
    source: str
    times: int
    confirmed: int
    do_not_mention: bool = False


class DemoRelation(msgspec.Struct, forbid_unknown_fields=True):
    """What the customer is to another one that stands before them in the file."""

    of: str
    role: str


class DemoCustomer(msgspec.Struct, forbid_unknown_fields=True):
    """`id` becomes the external id; `since` in days from today."""

    id: str
    name: str
    tier: str
    owner: str
    numbers: list[str]
    since: int
    kind: str = "person"
    title: str = ""
    state: str = "customer"
    email: str = ""
    address: str = ""
    terms: str = ""
    language: str = "zh-Hant"
    relations: list[DemoRelation] = []
    orders: list[DemoOrder] = []
    complaints: list[DemoMatter] = []
    requests: list[DemoMatter] = []
    interactions: list[DemoInteraction] = []
    preferences: list[DemoPreference] = []


class DemoCompany(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    name: str
    english_name: str
    main_number: str
    agents: list[DemoAgent]
    logins: list[DemoLogin]
    customers: list[DemoCustomer]


def read_company() -> DemoCompany:
    """The demo company as the file describes it."""
    text = files("cti.local").joinpath("demo_people.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), DemoCompany)


async def load_demo(
    store: Store, home: Path, company: DemoCompany, zone: tzinfo, now: datetime | None = None
) -> DemoSecrets:
    """Put the company into the database unless it is there, and return its secrets, which are kept in `home`.

    A database with other people in it is left alone. `now` is aware; days are counted from its day in `zone`.
    """
    made = read_demo_secrets(home)
    before = msgspec.to_builtins(made)
    instant = now or datetime.now(UTC)
    async with store.transaction() as session:
        loaded = await current(session, MARKER) > 0
        if not loaded and await session.scalar(select(func.count()).select_from(AgentRow)):
            return made
        if not loaded:
            await bump(session, MARKER)
            await _add_people(session, company, made)
            for customer in company.customers:
                await _add_customer(session, customer, _Days(instant.astimezone(zone)))
            # A daemon that runs already must see the company within a second.
            await bump(session, DIRECTORY)
            await bump(session, CALLERS)
        await _mend_secrets(session, company, made)
        # Inside the transaction: secrets nobody can read any more are worse than ones never used.
        if msgspec.to_builtins(made) != before:
            write_demo_secrets(home, made)
    return made


class _Days:
    """Instants and days counted from one local day."""

    def __init__(self, today: datetime) -> None:
        self._today = today

    def at(self, days: int, clock: str = "10:00") -> datetime:
        """An instant in UTC; never later than now, since what is told has happened."""
        moment = datetime.combine(
            self._today.date() + timedelta(days=days), time.fromisoformat(clock), self._today.tzinfo
        )
        return min(moment, self._today).astimezone(UTC)

    def on(self, days: int) -> datetime:
        """The local day, as midnight."""
        return datetime.combine(self._today.date() + timedelta(days=days), time(), self._today.tzinfo)


async def _add_people(session: AsyncSession, company: DemoCompany, made: DemoSecrets) -> None:
    for agent in company.agents:
        secret = made.phones.setdefault(agent.code, _phone_secret())
        session.add(
            AgentRow(
                code=agent.code,
                name=agent.name,
                nickname=agent.nickname,
                department=agent.department,
                extension=agent.code,
                mobile=agent.mobile,
                deputy=agent.deputy,
                phone_secret=secret,
            )
        )
    session.add(GroupRow(code=COMPANY_GROUP, name=company.name, seconds=30))
    await session.flush()
    for position, agent in enumerate(company.agents):
        session.add(GroupMemberRow(group_code=COMPANY_GROUP, agent_code=agent.code, position=position))
        session.add(NumberRow(e164=agent.direct, label=f"{agent.name}（直撥）", agent_code=agent.code))
    session.add(NumberRow(e164=company.main_number, label="總機", group_code=COMPANY_GROUP))
    await session.flush()


async def _mend_secrets(session: AsyncSession, company: DemoCompany, made: DemoSecrets) -> None:
    """Every demo log-in, phone and token has a secret that is known here; what a person has changed is kept."""
    for row in await session.scalars(select(AgentRow).where(AgentRow.code.in_([a.code for a in company.agents]))):
        made.phones[row.code] = row.phone_secret
    for login in company.logins:
        known = login.login in made.logins
        password = made.logins.setdefault(login.login, _password())
        if await session.get(LoginRow, login.login) is None:
            await add_login(session, login.login, password, login.role, login.agent)
        elif not known:
            await set_password(session, login.login, password)
    if not made.api_token or await who(session, made.api_token) is None:
        made.api_token = await create_api_token(session, "admin", TOKEN_LABEL)


def _phone_secret() -> str:
    """Letters and digits alone: it stands in configuration files and on command lines."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(20))


def _password() -> str:
    """Twelve characters in three groups, without the ones people misread: about 59 bits, and it can be dictated."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


async def _add_customer(session: AsyncSession, customer: DemoCustomer, days: _Days) -> None:
    row = CustomerRow(
        external_id=customer.id,
        kind=customer.kind,
        name=customer.name,
        title=customer.title,
        tier=customer.tier,
        state=customer.state,
        owner=customer.owner,
        email=customer.email,
        address=customer.address,
        terms=customer.terms,
        language=customer.language,
        created=days.at(customer.since),
        source="demo",
    )
    session.add(row)
    await session.flush()
    for raw in customer.numbers:
        number = normalise(raw)
        assert number.e164 is not None, f"{raw} of {customer.id} is no number"
        kind = "mobile" if is_mobile(number.e164) else "landline"
        session.add(
            CustomerNumberRow(
                customer_id=row.id, raw=raw, e164=number.e164, extension=number.extension, kind=kind, valid_until=None
            )
        )
    for relation in customer.relations:
        of = await session.scalar(select(CustomerRow.id).where(CustomerRow.external_id == relation.of))
        assert of is not None, f"{customer.id} belongs to {relation.of}, which does not stand before it"
        session.add(CustomerRelationRow(customer_id=row.id, of_id=of, role=relation.role))
    _add_history(session, customer, row.id, days)


def _add_history(session: AsyncSession, customer: DemoCustomer, customer_id: int, days: _Days) -> None:
    for index, order in enumerate(customer.orders, 1):
        session.add(
            OrderRow(
                external_id=f"{customer.id}-{index}",
                customer_id=customer_id,
                title=order.title,
                amount=order.amount,
                state=order.state,
                placed=days.at(order.placed),
                starts=days.on(order.starts).date(),
                agent=order.agent,
            )
        )
    for kind, matters in (("complaint", customer.complaints), ("request", customer.requests)):
        for matter in matters:
            session.add(
                MatterRow(
                    customer_id=customer_id,
                    kind=kind,
                    text=matter.text,
                    state=matter.state,
                    opened=days.at(matter.opened),
                    closed=None if matter.closed is None else days.at(matter.closed),
                    agent=matter.agent,
                )
            )
    for one in customer.interactions:
        session.add(
            InteractionRow(
                customer_id=customer_id,
                at=days.at(*one.at),
                channel=one.channel,
                direction=one.direction,
                text=one.text,
                agent=one.agent,
                linkedid=None,
            )
        )
    for preference in customer.preferences:
        session.add(
            PreferenceRow(
                customer_id=customer_id,
                key=preference.key,
                value=preference.value,
                source=preference.source,
                times_confirmed=preference.times,
                last_confirmed=days.at(preference.confirmed),
                do_not_mention=preference.do_not_mention,
            )
        )
