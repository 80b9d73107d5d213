"""Wall tokens, and the look at all sessions, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cti.agents.logins import Identity, add_login, create_session, live_sessions, session_key, set_active
from cti.audit import ledger
from cti.errors import Invalid, NotFound, Refused
from cti.store.engine import Store
from cti.wall import tokens

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


async def test_a_token_is_in_force_until_it_is_revoked(store: Store) -> None:
    async with store.transaction() as session:
        token = await tokens.add(session, " 業務部 ", "root", NOON)
        other = await tokens.add(session, "hall", "root", NOON)
    async with store.session() as session:
        assert await tokens.who(session, token) == Identity("wall:業務部", tokens.ROLE, None)
        assert await tokens.who(session, token + "x") is None
        assert [(one.label, one.created, one.by) for one in await tokens.tokens(session)] == [
            ("hall", NOON, "root"),
            ("業務部", NOON, "root"),
        ]
    async with store.transaction() as session:
        await tokens.note_use(session, Identity("wall:業務部", tokens.ROLE, None), NOON)
        await tokens.note_use(session, Identity("wall:hall", "lead", None), NOON)  # a log-in that is called so
        assert [one.used for one in await tokens.tokens(session)] == [None, NOON]
        await tokens.revoke(session, "業務部", "cli:root", NOON)
    async with store.session() as session:
        assert await tokens.who(session, token) is None
        assert await tokens.who(session, other) is not None
        actions = [(one.entry.action, one.entry.subject_id) for one in await ledger.entries(session)]
        assert actions[0] == ("wall_token.revoked", "業務部")
        assert (await ledger.verify(session)).sound


async def test_what_cannot_be_made_or_revoked_is_said(store: Store) -> None:
    async with store.transaction() as session:
        await tokens.add(session, "hall", "root", NOON)
    for label, kind in (("hall", Refused), ("", Invalid), ("a\nb", Invalid), ("x" * 61, Invalid)):
        async with store.session() as session:
            with pytest.raises(kind):
                await tokens.add(session, label, "root", NOON)
    async with store.session() as session:
        with pytest.raises(NotFound):
            await tokens.revoke(session, "attic", "root", NOON)


async def test_sessions_that_are_alive_are_found_together(store: Store) -> None:
    async with store.transaction() as session:
        for login in ("lin", "mei", "gone"):
            await add_login(session, login, "long enough", "lead")
        kept, ended, closed = [
            await create_session(session, login, hours, NOON) for login, hours in (("lin", 2), ("mei", 1), ("gone", 2))
        ]
        await set_active(session, "gone", False)
    later = NOON + timedelta(minutes=90)
    async with store.session() as session:
        found = await live_sessions(session, later)
    assert found == {session_key(kept): (Identity("lin", "lead", None), NOON + timedelta(hours=2))}
    assert session_key(ended) not in found
    assert session_key(closed) not in found
