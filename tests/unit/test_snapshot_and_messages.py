"""The desktop protocol's promise: a snapshot and the messages after it always give what a fresh snapshot would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from cti.store.engine import Store
from tests.unit.desktop_histories import folded, histories, played


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A database nobody can read: everything here is known without it."""
    return Store(f"sqlite+aiosqlite:///{tmp_path / 'none.sqlite3'}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
async def test_a_snapshot_and_what_follows_is_a_fresh_snapshot(store: Store, history: Any) -> None:
    for messages, fresh in await played(store, *history):
        assert [one["seq"] for one in messages] == list(range(1, len(messages) + 1))
        assert messages[0]["type"] == "snapshot"
        assert folded(messages) == folded([fresh])
