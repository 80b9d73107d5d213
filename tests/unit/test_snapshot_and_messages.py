"""The desktop protocol's promise: a snapshot and the messages after it always give what a fresh snapshot would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from cti.store.engine import Store
from tests.unit.desktop_histories import CALLS, STORIES, folded, histories, played

RINGS = [("fact", CALLS[0], said) for said in STORIES[0]]
BECOMES, IS_NO_MORE = ("mentors", "102", "101", True), ("mentors", "102", "101", False)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A database nobody can read: everything here is known without it."""
    return Store(f"sqlite+aiosqlite:///{tmp_path / 'none.sqlite3'}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
@example(history=(RINGS[:6], [BECOMES]))
@example(history=([BECOMES, *RINGS[:6]], [IS_NO_MORE]))
@example(history=([BECOMES, *RINGS[:6]], [IS_NO_MORE, *RINGS[6:]]))
@example(history=([BECOMES, *RINGS[:6]], [("quits", "101", True), *RINGS[6:]]))
async def test_a_snapshot_and_what_follows_is_a_fresh_snapshot(store: Store, history: Any) -> None:
    for messages, fresh in await played(store, *history):
        assert [one["seq"] for one in messages] == list(range(1, len(messages) + 1))
        assert messages[0]["type"] == "snapshot"
        assert folded(messages) == folded([fresh])
