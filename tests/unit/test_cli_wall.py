"""Wall tokens from the command line: shown once, listed without the token, revoked, audited."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cti.cli.main import run


def test_a_token_is_made_listed_and_revoked(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_PUBLIC_URL", "https://phones.example.com")

    def do(*words: str) -> tuple[int, str, str]:
        return run(["--lang", "en", *words]), *capsys.readouterr()

    shutil.copy(sqlite_template, tmp_path)
    assert "No screen has a token" in do("wall", "token", "list")[1]
    status, out, _ = do("wall", "token", "add", "sales floor")
    assert status == 0
    address = out.strip().splitlines()[-1]
    assert address.startswith("https://phones.example.com/wall#")
    token = address.partition("#")[2]
    assert do("wall", "token", "add", "sales floor")[::2] == (
        1,
        "ringward: the screen sales floor has a token; revoke it first, or choose another label\n",
    )
    listed = do("wall", "token", "list", "--json")[1]
    assert [(one["label"], one["used"]) for one in json.loads(listed)] == [("sales floor", None)]
    assert token not in listed + do("wall", "token", "list")[1]
    assert do("wall", "token", "revoke", "sales floor")[:2] == (0, "The token of sales floor is revoked.\n")
    assert do("wall", "token", "revoke", "sales floor")[0] == 1
    actions = [one["action"] for one in json.loads(do("audit", "list", "--json")[1])]
    assert actions == ["wall_token.revoked", "wall_token.added"]
    assert token not in do("audit", "list", "--json")[1]
