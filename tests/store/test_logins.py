"""Who is it that asks: passwords, sessions, tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from cti.agents import logins
from cti.agents.tables import AgentRow, SessionRow
from cti.agents.throttle import Throttle, TooManyAttempts
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def lin(store: Store) -> Store:
    """A store with agent 101 and his log-in `Lin`."""
    async with store.transaction() as session:
        session.add(AgentRow(code="101", name="林小明"))
        await session.flush()
        await logins.add_login(session, "Lin", "密碼要夠長é才行", "lead", "101")
    return store


async def test_the_right_password_in_any_spelling(lin: Store) -> None:
    async with lin.session() as session:
        assert await logins.verify(session, " LIN ", "密碼要夠長é才行") == logins.Identity("lin", "lead", "101")
        assert await logins.verify(session, "lin", "密碼要夠長e\u0301才行") is not None


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("lin", ""),
        ("lin", "密碼要夠長E才行"),
        ("nobody", "密碼要夠長é才行"),
        ("", ""),
        ("lin", "密碼要夠長é才行" * 1000),
        ("lin\x00", "\ud800"),
    ],
)
async def test_anything_else_is_nobody(lin: Store, login: str, password: str) -> None:
    async with lin.session() as session:
        assert await logins.verify(session, login, password) is None


async def test_the_password_is_not_kept(lin: Store) -> None:
    async with lin.session() as session:
        row = await session.get(logins.LoginRow, "lin")
    assert row is not None
    assert row.password_hash.startswith("$argon2id$")
    assert "密碼" not in row.password_hash


async def test_guessing_is_slowed_down_and_a_right_password_forgives(lin: Store) -> None:
    throttle = Throttle()
    async with lin.session() as session:
        for _ in range(5):
            assert await logins.verify(session, "lin", "wrong-password", throttle, now=100.0) is None
        with pytest.raises(TooManyAttempts) as caught:
            await logins.verify(session, "LIN", "密碼要夠長é才行", throttle, now=100.5)
        assert caught.value.seconds == 1
        assert await logins.verify(session, "lin", "密碼要夠長é才行", throttle, now=101.5) is not None
        assert await logins.verify(session, "lin", "wrong-password", throttle, now=101.6) is None
        assert await logins.verify(session, "lin", "密碼要夠長é才行", throttle, now=101.7) is not None


def test_failures_are_forgotten_one_by_one() -> None:
    throttle = Throttle(free=2, forgiven=60.0)
    for _ in range(2):
        throttle.failed("lin", 0.0)
    with pytest.raises(TooManyAttempts):
        throttle.check("lin", 0.5)
    throttle.check("lin", 130.0)
    throttle.failed("lin", 130.0)
    throttle.check("lin", 130.1)
    throttle.was_none("lin")
    throttle.failed("lin", 130.1)
    throttle.check("lin", 130.1)


async def test_a_session_lives_its_hours(lin: Store) -> None:
    async with lin.transaction() as session:
        token = await logins.create_session(session, "lin", 12, NOW)
    async with lin.session() as session:
        assert await logins.who(session, token, NOW + timedelta(hours=11)) == logins.Identity("lin", "lead", "101")
        assert await logins.who(session, token, NOW + timedelta(hours=12)) is None
        assert await logins.who(session, token[:-1], NOW) is None
        assert await logins.who(session, "\ud800", NOW) is None


async def test_a_session_ends_and_old_ones_are_swept(lin: Store) -> None:
    async with lin.transaction() as session:
        token = await logins.create_session(session, "lin", 1, NOW)
        other = await logins.create_session(session, "lin", 1, NOW)
        await logins.end_session(session, token)
        assert await logins.who(session, token, NOW) is None
        assert await logins.who(session, other, NOW) is not None
    async with lin.transaction() as session:
        await logins.create_session(session, "lin", 1, NOW + timedelta(hours=2))
        assert await session.scalar(select(func.count()).select_from(SessionRow)) == 1


async def test_only_the_hash_of_a_token_is_kept(lin: Store) -> None:
    async with lin.transaction() as session:
        token = await logins.create_session(session, "lin", 1)
        kept = (await session.execute(select(SessionRow.token_sha256))).scalars().all()
        assert token not in kept
        assert await logins.who(session, token) is not None


async def test_an_api_token_outlives_sessions_and_its_label_replaces_it(lin: Store) -> None:
    async with lin.transaction() as session:
        first = await logins.create_api_token(session, "lin", "report", NOW)
        second = await logins.create_api_token(session, "lin", "report", NOW)
        other = await logins.create_api_token(session, "lin", "backup", NOW)
    async with lin.session() as session:
        a_year_on = NOW + timedelta(days=365)
        assert await logins.who(session, first, NOW) is None
        assert await logins.who(session, second, a_year_on) is not None
        assert await logins.who(session, other, a_year_on) is not None


async def test_closing_a_login_ends_everything_at_once(lin: Store) -> None:
    async with lin.transaction() as session:
        token = await logins.create_session(session, "lin", 1, NOW)
        await logins.set_active(session, "lin", active=False)
    async with lin.session() as session:
        assert await logins.who(session, token, NOW) is None
        assert await logins.verify(session, "lin", "密碼要夠長é才行") is None


async def test_a_new_password_ends_the_sessions_of_the_old(lin: Store) -> None:
    async with lin.transaction() as session:
        token = await logins.create_session(session, "lin", 1, NOW)
        await logins.set_password(session, "lin", "another-password")
    async with lin.session() as session:
        assert await logins.who(session, token, NOW) is None
        assert await logins.verify(session, "lin", "another-password") is not None


async def test_what_cannot_be_a_login_is_refused(lin: Store) -> None:
    async with lin.transaction() as session:
        with pytest.raises(Refused):
            await logins.add_login(session, "LIN", "long-enough")
        with pytest.raises(Invalid):
            await logins.add_login(session, "wang", "short")
        with pytest.raises(Invalid):
            await logins.add_login(session, "wang", "long-enough", role="king")
        with pytest.raises(Invalid):
            await logins.add_login(session, "  ", "long-enough")
        with pytest.raises(NotFound):
            await logins.create_api_token(session, "nobody", "x")
        with pytest.raises(Invalid):
            await logins.create_api_token(session, "lin", " ")


async def test_who_has_left_is_nobody_any_more(lin: Store) -> None:
    """Whatever made them inactive: the page, the command line, a rolled-back change."""
    async with lin.transaction() as session:
        token = await logins.create_session(session, "lin", 12, NOW)
        key = await logins.create_api_token(session, "lin", "a program", NOW)
    async with lin.transaction() as session:
        (await session.get_one(AgentRow, 1)).active = False
    async with lin.session() as session:
        assert await logins.verify(session, "lin", "密碼要夠長é才行") is None
        assert [await logins.who(session, one, NOW) for one in (token, key)] == [None, None]
        assert await logins.live_sessions(session, NOW) == {}
