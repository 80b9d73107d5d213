"""Merging on the command line, in a process of its own: there nothing is loaded but what the command asks for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cti.cli.main import run

PROGRAM = "import sys; from cti.cli.main import run; sys.exit(run(sys.argv[1:]))"


@pytest.fixture
def firm(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_LANGUAGE", "en")
    shutil.copy(sqlite_template, tmp_path)
    for name, number in (("陳美玲", "0933-000-222"), ("陈美玲", "0933-000-222")):
        assert run(["customer", "add", name, "--number", number]) == 0
    return tmp_path


def ringward(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_are_found_merged_and_taken_apart(firm: Path) -> None:
    (pair,) = json.loads(ringward("customer", "duplicates", "--find", "--json"))
    assert (pair["first_id"], pair["second_id"], pair["reasons"]) == (1, 2, ["number", "name"])
    done = json.loads(ringward("customer", "merge", "1", "2", "--json"))
    assert done["set_aside"] == {"customer_numbers": 1}
    undone = json.loads(ringward("customer", "unmerge", str(done["id"]), "--json"))
    assert undone["undone"] is not None
