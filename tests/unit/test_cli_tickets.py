"""Complaints and requests from the command line: what is open, of whom, and that one is settled."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cti.cli.main import run


def test_open_ones_are_listed_shown_and_settled(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))

    def do(*words: str) -> tuple[int, str, str]:
        return run(["--lang", "en", *words]), *capsys.readouterr()

    def listed(*words: str) -> list[dict[str, Any]]:
        status, out, _ = do("ticket", "list", *words, "--json")
        assert status == 0
        found: list[dict[str, Any]] = json.loads(out)
        return found

    shutil.copy(sqlite_template, tmp_path)
    assert do("ticket", "list")[:2] == (0, "Nothing is open.\n")
    do("agent", "add", "101", "--name", "林小明", "--mobile", "0900-000-101")
    do("customer", "add", "陳太太", "--number", "0933-000-222")
    do("customer", "complaint", "1", "接機晚到", "--agent", "101")
    do("customer", "complaint", "1", "訂錯房型")
    first, second = listed()
    assert first | {"opened": None} == {
        "id": 1,
        "kind": "complaint",
        "text": "接機晚到",
        "state": "open",
        "opened": None,
        "closed": None,
        "agent": "101",
        "about": None,
        "customer_id": 1,
        "customer": "陳太太",
    }
    assert listed("--agent", "101") == [first]
    assert listed("--kind", "request") == []
    assert listed("--customer", "1") == [first, second]
    assert json.loads(do("ticket", "show", "1", "--json")[1]) == first
    assert "訂錯房型" in do("ticket", "list")[1]
    assert do("ticket", "close", "1")[0] == 0
    assert listed() == [second]
    assert [(one["id"], one["state"]) for one in listed("--all")] == [(1, "closed"), (2, "open")]
    for words, status in (
        (("show", "99"), 1),
        (("close", "99"), 1),
        (("list", "--agent", "999"), 1),
        (("list", "--customer", "99"), 1),
        (("list", "--kind", "praise"), 2),
        (("show",), 2),
    ):
        assert do("ticket", *words)[0] == status
