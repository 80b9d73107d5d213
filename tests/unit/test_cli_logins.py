"""Log-ins from the command line, and taking things of routing away."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cti.cli.main import run

Ringward = Callable[..., tuple[int, str, str]]


@pytest.fixture
def firm(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ringward:
    """Runs one command in English on a firm of one; `typed` is what is piped in."""
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))

    def do(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = run(["--lang", "en", *arguments])
        return status, *capsys.readouterr()

    shutil.copy(sqlite_template, tmp_path)
    made = ("agent", "add", "101", "--name", "林小明", "--mobile", "0900-000-101", "--direct", "02-5550-1101")
    assert do(*made)[0] == 0
    return do


def listed(firm: Ringward) -> dict[str, Any]:
    return {one["login"]: one for one in json.loads(firm("login", "list", "--json")[1])}


def test_logins_are_made_changed_and_closed(firm: Ringward) -> None:
    assert firm("login", "add", "Lin", "--agent", "101", typed="long enough\n")[0] == 0
    assert listed(firm)["lin"] | {"role": "agent", "agent": "101", "active": True} == listed(firm)["lin"]
    assert "hash" not in str(listed(firm))
    assert firm("login", "set", "lin", "--role", "lead")[0] == 0
    assert firm("login", "set", "lin", "--close")[0] == 0
    assert (listed(firm)["lin"]["role"], listed(firm)["lin"]["active"]) == ("lead", False)
    assert "out of use" in firm("login", "list")[1]
    assert firm("login", "password", "lin", typed="another one\n")[0] == 0
    status, _, err = firm("login", "password", "lin", typed="short\n")
    assert (status, "password: give 8 to" in err) == (1, True)
    assert firm("login", "set", "lin")[0] == 2
    assert firm("login", "set", "nobody", "--close")[0] == 1
    log = firm("route", "log", "--json")[1]
    assert "another one" not in log
    assert '"cli:' in log


def test_the_last_administrator_is_kept(firm: Ringward) -> None:
    assert firm("login", "add", "root", "--role", "admin", typed="long enough\n")[0] == 0
    status, _, err = firm("login", "set", "root", "--role", "agent")
    assert (status, "last administrator" in err) == (1, True)
    assert listed(firm)["root"]["role"] == "admin"
    assert firm("login", "add", "second", "--role", "admin", typed="long enough\n")[0] == 0
    assert firm("login", "set", "root", "--role", "agent")[0] == 0


def test_groups_and_numbers_are_taken_away(firm: Ringward) -> None:
    assert firm("route", "group", "few", "--name", "少數", "--members", "101")[0] == 0
    assert firm("route", "number", "02-5550-1999", "--group", "few")[0] == 0
    status, _, err = firm("route", "remove", "group", "few")
    assert (status, "still used by number +886255501999" in err) == (1, True)
    assert firm("route", "remove", "number", "02-5550-1999")[0] == 0
    assert firm("route", "remove", "group", "few")[0] == 0
    assert firm("route", "remove", "group", "few")[0] == 1
    assert firm("route", "remove", "colour", "red")[0] == 2
    assert json.loads(firm("route", "show", "--json")[1])["group"] == []


def test_an_agent_is_explained_and_moved_between_groups(firm: Ringward) -> None:
    assert firm("route", "group", "few", "--name", "少數", "--members", "101")[0] == 0
    told = json.loads(firm("route", "explain", "--agent", "101", "--json")[1])
    assert (told["dialled"], told["steps"][0]["agent"]) == ("+886255501101", "101")
    assert firm("agent", "set", "101", "--direct", "")[0] == 0
    assert json.loads(firm("route", "explain", "--agent", "101", "--json")[1])["steps"][0]["agent"] == "101"
    status, _, err = firm("agent", "set", "101", "--groups", "")
    assert (status, "group few would ring nobody" in err) == (1, True)
    assert firm("route", "explain", "--agent", "777")[0] == 1
