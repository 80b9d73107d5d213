"""Plays and the firm's own fields on the command line: what is not named stays, and an old version is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cti.cli.main import run


@pytest.fixture
def firm(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_LANGUAGE", "en")
    shutil.copy(sqlite_template, tmp_path)
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run([*words, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_play_is_changed_only_where_it_is_named(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["play", "set", "spring"]) == 1
    assert "say what" in capsys.readouterr().err
    made = ["--prompt", "賞櫻團", "--segment", '{"grades": ["A"]}', "--from", "2026-03-01", "--holdout", "10"]
    assert run(["play", "set", "spring", *made]) == 0
    [first] = listed(capsys, "play", "list")
    assert run(["play", "set", "spring", "--inactive", "--version", str(first["version"])]) == 0
    [now] = listed(capsys, "play", "list")
    assert now == {**first, "active": False, "version": now["version"]}
    for words in (["set", "spring", "--holdout", "20"], ["remove", "spring"]):
        assert run(["play", *words, "--version", str(first["version"])]) == 1
        assert "play spring was changed by cli:" in capsys.readouterr().err
    assert run(["play", "set", "spring", "--from", ""]) == 0
    [now] = listed(capsys, "play", "list")
    assert (now["starts"], now["holdout"], now["active"]) == (None, 10, False)
    assert run(["play", "remove", "spring", "--version", str(now["version"])]) == 0
    assert listed(capsys, "play", "list") == []
    assert run(["play", "remove", "spring"]) == 1
    [entry, *_] = listed(capsys, "audit", "list")
    assert (entry["action"], entry["subject_id"], entry["before"]["prompt"]) == ("play.removed", "spring", "賞櫻團")
    assert run(["audit", "verify"]) == 0


def test_a_field_of_an_old_version_is_left_alone(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["customer", "field", "set", "seat", "座位"]) == 0
    [first] = listed(capsys, "customer", "field", "list")
    assert run(["customer", "field", "set", "seat", "機上座位", "--version", str(first["version"])]) == 0
    for words in (["set", "seat", "位子"], ["retire", "seat"]):
        assert run(["customer", "field", *words, "--version", str(first["version"])]) == 1
        assert "field seat was changed by cli:" in capsys.readouterr().err
    [now] = listed(capsys, "customer", "field", "list")
    assert now["label"] == "機上座位"
    assert run(["customer", "field", "retire", "seat", "--version", str(now["version"])]) == 0
