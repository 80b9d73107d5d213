"""The demo company: what must be in it is in it, it is loaded once, and `demo.json` has what clients rely on."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from cti.agents.logins import ROLES, verify, who
from cti.agents.tables import AgentRow, GroupMemberRow, LoginRow, NumberRow
from cti.customers.tables import (
    CustomerNumberRow,
    CustomerRelationRow,
    CustomerRow,
    InteractionRow,
    MatterRow,
    OrderRow,
    PreferenceRow,
)
from cti.local.announce import demo_description, screen_lines, write_demo_json
from cti.local.demo import DemoCompany, load_demo, read_company
from cti.local.installation import DemoSecrets, read_demo_secrets
from cti.local.site import site_of
from cti.settings import Settings
from cti.store.engine import Store

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path)
    return f"sqlite+aiosqlite:///{tmp_path / 'ringward.sqlite3'}"


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the company in its database: made once, since nine passwords cost a third of a second."""
    home = tmp_path_factory.mktemp("loaded")
    shutil.copy(sqlite_template, home)

    async def load() -> None:
        store = Store(f"sqlite+aiosqlite:///{home / 'ringward.sqlite3'}")
        await load_demo(store, home, read_company(), TAIPEI, NOW)
        await store.close()

    asyncio.run(load())
    return home


@pytest.fixture
async def company_store(loaded: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """A store over a copy of it, whose home is `tmp_path`."""
    for name in ("ringward.sqlite3", "demo-secrets.json"):
        shutil.copy(loaded / name, tmp_path)
    opened = Store(f"sqlite+aiosqlite:///{tmp_path / 'ringward.sqlite3'}")
    yield opened
    await opened.close()


async def counts(store: Store) -> dict[str, int]:
    tables = (AgentRow, CustomerRow, CustomerNumberRow, OrderRow, MatterRow, InteractionRow, PreferenceRow, LoginRow)
    async with store.session() as session:
        return {
            table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
        }


def test_the_company_is_the_one_that_is_promised() -> None:
    company = read_company()
    assert company.main_number == "+886255501000"
    assert [agent.code for agent in company.agents] == [str(code) for code in range(101, 109)]
    for agent in company.agents:
        assert agent.direct == f"+88625550{'1' + agent.code}"
        assert agent.mobile == f"+886900000{agent.code}"
        assert agent.deputy in {other.code for other in company.agents} - {agent.code}
    first, second = company.agents[:2]
    assert (first.name, first.nickname, first.deputy) == ("林小明", "小林", "102")
    assert (second.name, second.nickname) == ("王美美", "阿美")
    assert len(company.customers) >= 31
    assert Counter(login.role for login in company.logins) == {"agent": 6, "lead": 1, "manager": 1, "admin": 1}
    assert {login.role for login in company.logins} <= set(ROLES)


def test_every_customer_reads_well() -> None:
    company = read_company()
    codes = {agent.code for agent in company.agents}
    assert len({customer.id for customer in company.customers}) == len(company.customers)
    for customer in company.customers:
        assert customer.owner in codes
        assert customer.kind in {"person", "company", "household"}
        assert customer.state in {"prospect", "customer"}
        assert customer.tier in {"A", "B", "C"}
        assert {relation.role for relation in customer.relations} <= {"member", "traveller", "booker", "payer"}
        assert {order.state for order in customer.orders} <= {"quoted", "booked", "paid", "done", "cancelled"}
        for order in customer.orders:
            assert order.placed <= min(0, order.starts), f"{customer.name}: ordered after it began"
            assert (order.starts < 0) or order.state != "done", f"{customer.name}: done before it began"
        for matter in (*customer.complaints, *customer.requests):
            assert matter.state in {"open", "in_progress", "closed"}
            assert (matter.closed is not None) == (matter.state == "closed")


async def test_mrs_chen_has_what_the_first_call_shows(company_store: Store) -> None:
    async with company_store.session() as session:
        chen = (await session.scalars(select(CustomerRow).where(CustomerRow.external_id == "demo-001"))).one()
        assert (chen.name, chen.owner, chen.tier) == ("陳太太", "101", "A")
        numbers = await session.scalars(select(CustomerNumberRow.e164).where(CustomerNumberRow.customer_id == chen.id))
        assert list(numbers) == ["+886933000222"]
        order = (await session.scalars(select(OrderRow).where(OrderRow.customer_id == chen.id))).one()
        assert order.state == "paid"
        assert "沖繩" in order.title
        matters = list(await session.scalars(select(MatterRow).where(MatterRow.customer_id == chen.id)))
        assert [(one.kind, one.state) for one in matters] == [("complaint", "open"), ("request", "open")]
        assert "靠窗房間" in matters[1].text
        talks = list(await session.scalars(select(InteractionRow).where(InteractionRow.customer_id == chen.id)))
        assert {talk.agent for talk in talks} == {"101"}
        assert all(talk.at <= NOW for talk in talks)


async def test_a_household_shares_a_landline_and_an_account_has_its_people(company_store: Store) -> None:
    async with company_store.session() as session:
        sharing = select(CustomerRow.name).join(CustomerNumberRow, CustomerNumberRow.customer_id == CustomerRow.id)
        names = set(await session.scalars(sharing.where(CustomerNumberRow.e164 == "+88635551111")))
        assert names == {"張家", "張國華", "李淑惠", "張奶奶", "張育誠"}
        account = await session.scalar(select(CustomerRow.id).where(CustomerRow.external_id == "demo-010"))
        roles = await session.scalars(select(CustomerRelationRow.role).where(CustomerRelationRow.of_id == account))
        assert Counter(roles) == {"traveller": 2, "booker": 1}


async def test_everybody_rings_in_the_company_group(company_store: Store) -> None:
    company = read_company()
    async with company_store.session() as session:
        members = await session.scalars(
            select(GroupMemberRow.agent_code)
            .where(GroupMemberRow.group_code == "company")
            .order_by(GroupMemberRow.position)
        )
        assert list(members) == [agent.code for agent in company.agents]
        main = await session.get(NumberRow, company.main_number)
        assert main is not None
        assert (main.agent_code, main.group_code) == (None, "company")
        site = await site_of(session, Settings(ami_secret="a" * 20, ari_secret="b" * 20))
        assert {phone.extension for phone in site.phones} == {agent.code for agent in company.agents}


async def test_the_last_net_rings_the_mobile_of_who_has_no_desk_any_more(company_store: Store) -> None:
    async with company_store.session() as session:
        (await session.scalars(select(AgentRow).where(AgentRow.code == "101"))).one().profile = "mobile-only"
        site = await site_of(session, Settings(ami_secret="a" * 20, ari_secret="b" * 20))
    assert [(one.desk, one.mobile) for one in site.members[:2]] == [(None, "0900000101"), ("102", "0900000102")]


async def test_loading_again_changes_nothing(company_store: Store, tmp_path: Path) -> None:
    first = read_demo_secrets(tmp_path)
    assert len(first.logins) == 9
    before = await counts(company_store)
    async with company_store.transaction() as session:
        row = (await session.scalars(select(CustomerRow).where(CustomerRow.external_id == "demo-001"))).one()
        row.name = "陳女士"
    assert await load_demo(company_store, tmp_path, read_company(), TAIPEI, NOW) == first
    assert await counts(company_store) == before
    async with company_store.session() as session:
        assert await session.scalar(select(CustomerRow.name).where(CustomerRow.external_id == "demo-001")) == "陳女士"


async def test_a_database_with_other_people_is_left_alone(url: str, tmp_path: Path) -> None:
    store = Store(url)
    async with store.transaction() as session:
        session.add(AgentRow(code="201", name="別家的人"))
    await load_demo(store, tmp_path, read_company(), TAIPEI, NOW)
    assert (await counts(store))["agents"] == 1
    assert (await counts(store))["logins"] == 0
    await store.close()


async def test_the_printed_passwords_and_the_token_open_the_door(company_store: Store, tmp_path: Path) -> None:
    secrets = read_demo_secrets(tmp_path)
    async with company_store.session() as session:
        identity = await verify(session, "101", secrets.logins["101"])
        assert identity is not None
        assert (identity.role, identity.agent) == ("agent", "101")
        token = await who(session, secrets.api_token)
        assert token is not None
        assert token.role == "admin"


async def test_lost_secrets_are_made_anew_and_work(company_store: Store, tmp_path: Path) -> None:
    old = read_demo_secrets(tmp_path)
    (tmp_path / "demo-secrets.json").unlink()
    new = await load_demo(company_store, tmp_path, read_company(), TAIPEI)
    assert new.logins["108"] != old.logins["108"]
    assert new.phones == old.phones
    async with company_store.session() as session:
        assert await verify(session, "108", old.logins["108"]) is None
        assert await verify(session, "108", new.logins["108"]) is not None
        assert await who(session, new.api_token) is not None


async def test_a_new_database_gets_the_kept_secrets(url: str, loaded: Path, tmp_path: Path) -> None:
    shutil.copy(loaded / "demo-secrets.json", tmp_path)
    old = read_demo_secrets(tmp_path)
    store = Store(url)
    new = await load_demo(store, tmp_path, read_company(), TAIPEI)
    assert (new.logins, new.phones) == (old.logins, old.phones)
    async with store.session() as session:
        assert await who(session, new.api_token) is not None
    await store.close()


@pytest.fixture
def described(tmp_path: Path) -> tuple[Settings, DemoCompany, dict[str, object]]:
    company = read_company()
    settings = Settings(home=tmp_path / "a home", web_port=18080, sip_port=15060)
    (tmp_path / "a home").mkdir()
    secrets = made_secrets(company)
    return settings, company, demo_description(settings, company, secrets, "chroot /root asterisk -rx")


def made_secrets(company: DemoCompany) -> DemoSecrets:
    return DemoSecrets(
        logins={login.login: f"password-{login.login}" for login in company.logins},
        phones={agent.code: f"phone-{agent.code}" for agent in company.agents},
        api_token="the-token",
    )


def test_demo_json_has_what_clients_rely_on(described: tuple[Settings, DemoCompany, dict[str, object]]) -> None:
    settings, _, description = described
    path = write_demo_json(settings, description)
    assert path == settings.home / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    demo = json.loads(path.read_text())
    assert demo["web"]["url"] == "http://127.0.0.1:18080"
    assert demo["web"]["users"][0] == {"login": "101", "password": "password-101", "role": "agent", "agent": "101"}
    assert demo["web"]["users"][-1] == {
        "login": "admin",
        "password": "password-admin",
        "role": "admin",
        "agent": None,
    }
    assert demo["api"] == {"token": "the-token"}
    assert (demo["sip"]["host"], demo["sip"]["port"], demo["sip"]["carrier"]) == ("127.0.0.1", 15060, "127.0.0.2:5060")
    assert demo["sip"]["phones"][0] == {"extension": "101", "username": "101", "password": "phone-101"}
    assert demo["numbers"]["main"] == "+886255501000"
    assert demo["numbers"]["direct"]["108"] == "+886255501108"
    assert demo["numbers"]["mobile"]["101"] == "+886900000101"
    assert demo["asterisk"] == {"cli": "chroot /root asterisk -rx"}
    assert demo["daemon"] == {"pid_file": str(settings.home / "run" / "daemon.pid")}
    assert demo["database"] == {"url": settings.database}
    assert f"'{settings.home}'" in demo["command"]
    assert demo["command"].endswith("/ringward")


def test_the_screen_shows_address_and_log_ins(described: tuple[Settings, DemoCompany, dict[str, object]]) -> None:
    settings, company, description = described
    lines = list(screen_lines(settings, company, description))
    assert any(line.endswith("http://127.0.0.1:18080/") for line in lines)
    for login in company.logins:
        assert any(line.split()[:3] == [login.login, f"password-{login.login}", login.role] for line in lines)
    assert all("\n" not in line for line in lines)
