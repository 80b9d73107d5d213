"""`ringward customer dossier`, `… erase` and `ringward retention`, on an installation without Asterisk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cti.cli.main import run


@pytest.fixture
def home(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """An installation with one customer."""
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_LANGUAGE", "en")
    monkeypatch.setenv("RINGWARD_AMI_PORT", "1")  # nobody listens there
    monkeypatch.setattr("cti.rehearse.ANSWER_SECONDS", 0.05)
    shutil.copy(sqlite_template, tmp_path)
    assert run(["customer", "add", "陳太太", "--number", "0933-000-222"]) == 0
    capsys.readouterr()
    return tmp_path


def test_a_dossier_is_written_for_its_owner_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = home / "chen.json"
    assert run(["--lang", "zh-Hant", "customer", "dossier", "1", "--out", str(out)]) == 0
    assert json.loads(out.read_text("utf-8"))["numbers"]["theirs_alone"] == ["+886933000222"]
    text = (home / "chen.json.txt").read_text("utf-8")
    assert "陳太太（客戶編號 1）的全部資料" in text
    assert "== 電話號碼" in text
    assert {file.stat().st_mode & 0o777 for file in home.glob("chen.json*")} == {0o600}
    assert "chen.json.txt" in capsys.readouterr().out
    assert run(["customer", "dossier", "1", "--out", str(home / "no" / "such")]) == 1
    assert run(["customer", "dossier", "7", "--out", str(out)]) == 1


def test_erasing_is_tried_then_done_then_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    erase = ["customer", "erase", "1", "--reason", "letter"]
    assert run(erase) == 0
    assert "would be erased" in capsys.readouterr().out
    assert run([*erase, "--yes"]) == 0
    out = capsys.readouterr().out
    assert "Customer 1 is erased:" in out
    assert "Asterisk does not answer" in out
    assert run([*erase, "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["again"], told["rows"]) == (True, {})
    assert run(["customer", "show", "1"]) == 1
    assert "was erased" in capsys.readouterr().err


def test_terms_are_shown_and_applied(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["retention", "show", "--json"]) == 0
    shown = {one["kind"]: one["days"] for one in json.loads(capsys.readouterr().out)}
    assert shown["calls"] == 0
    assert shown["notices"] == 90
    assert run(["retention", "run", "--dry-run"]) == 0
    assert "Nothing is older than it may be." in capsys.readouterr().out
    assert run(["retention", "show"]) == 0
    assert "for good" in capsys.readouterr().out
    for wrong in ('{"calls": 7}', '{"letters": 90}'):
        monkeypatch.setenv("RINGWARD_KEEP_DAYS", wrong)
        assert run(["retention", "run"]) == 1
        assert "keep_days" in capsys.readouterr().err
