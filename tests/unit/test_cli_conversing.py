"""What is done during a call from the command line: refused in one sentence when nobody can do it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cti.agents.tables import SessionRow
from cti.calls import records
from cti.calls.model import Call, CallState, Leg
from cti.store.engine import Store
from tests.unit.test_cli_logins import Ringward, firm

__all__ = ["firm"]

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def answered(linkedid: str, agent: str | None) -> Call:
    leg = Leg(index=1, kind="desk", agent=agent, endpoint="PJSIP/101", seconds=15, channel="c", answered=NOON)
    return Call(linkedid=linkedid, started=NOON, answered=NOON, state=CallState.TALKING, legs=(leg,))


def keep(folder: Path, *calls: Call) -> None:
    async def work() -> None:
        store = Store(f"sqlite+aiosqlite:///{folder / 'ringward.sqlite3'}")
        async with store.transaction() as session:
            await records.save_many(session, calls)
        await store.close()

    asyncio.run(work())


def sessions(folder: Path) -> int:
    async def work() -> int:
        store = Store(f"sqlite+aiosqlite:///{folder / 'ringward.sqlite3'}")
        async with store.session() as session:
            count = await session.scalar(select(func.count()).select_from(SessionRow))
        await store.close()
        return count or 0

    return asyncio.run(work())


def test_refusals(firm: Ringward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    monkeypatch.setenv("RINGWARD_WEB_PORT", str(unused_tcp_port))
    over = Call(linkedid="1.3", started=NOON, ended=NOON, state=CallState.ENDED)
    rings = Leg(index=1, kind="desk", agent="101", endpoint="PJSIP/101", seconds=15, channel="c", ended=NOON)
    keep(
        tmp_path, answered("1.1", "101"), answered("1.2", None), over, Call(linkedid="1.4", started=NOON, legs=(rings,))
    )
    assert "there is no call 9.9" in firm("call", "hold", "9.9")[2]
    assert "this call is over" in firm("call", "mute", "1.3")[2]
    assert "nobody talks in this call now" in firm("call", "join", "1.2")[2]
    assert "say whose phone it is with --agent" in firm("call", "answer", "1.4")[2]
    assert "agent 101 has no log-in" in firm("call", "hold", "1.1")[2]
    assert firm("login", "add", "eye", "--role", "auditor", "--agent", "101", typed="long enough\n")[0] == 0
    assert "agent 101 has no log-in" in firm("call", "hold", "1.1")[2]
    assert firm("login", "add", "lin", "--agent", "101", typed="long enough\n")[0] == 0
    status, _, complaint = firm("call", "hold", "1.1")
    assert (status, "the daemon at http://127.0.0.1:" in complaint, "does not answer" in complaint) == (1, True, True)
    assert firm("call", "listen", "1.1")[0] == 2  # who listens is not said
    assert sessions(tmp_path) == 0
