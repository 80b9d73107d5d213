"""`ringward audit`: what it lists, and its exit status when somebody touched the chain."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.cli.main import run
from cti.store.engine import Store


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation with two entries."""
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_LANGUAGE", "en")
    shutil.copy(sqlite_template, tmp_path)
    found = f"sqlite+aiosqlite:///{tmp_path / 'ringward.sqlite3'}"
    asyncio.run(_write(found))
    return found


async def _write(url: str) -> None:
    store = Store(url)
    async with store.transaction() as session:
        record(
            session, Entry(action="number.changed", actor="101", asked_by="王經理", subject="customer", subject_id="1")
        )
        record(session, Entry(action="customers.list_refused", actor="101", text="\x1b[31mred"))
    await store.close()


async def _tamper(url: str) -> None:
    store = Store(url)
    async with store.engine.begin() as connection:
        await connection.execute(text("DROP TRIGGER audit_entries_update_refused"))
        await connection.execute(text("UPDATE audit_entries SET actor = '102' WHERE number = 2"))
    await store.close()


def test_list_by_subject_and_by_action(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "list", "--subject", "customer:1", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["number"], entry["asked_by"], entry["erased"]) == (1, "王經理", False)
    assert run(["audit", "list", "--action", "customers.", "--window", "1h"]) == 0
    out = capsys.readouterr().out
    assert "customers.list_refused" in out
    assert "\x1b[31m" not in out
    assert run(["audit", "list", "--subject", "customer"]) == 1
    assert "customer:12" in capsys.readouterr().err


def test_verify_says_where_it_is_broken(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "verify"]) == 0
    assert "2 entries" in capsys.readouterr().out
    asyncio.run(_tamper(url))
    assert run(["audit", "verify", "--json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["sound"], verdict["broken_at"], verdict["fault"]) == (False, 2, "altered")
