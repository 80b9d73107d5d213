"""What Asterisk and the daemon start from is made once, follows the settings, and is private where it must be."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cti.local import containers
from cti.local.demo import read_company
from cti.local.installation import prepare_home
from cti.local.prepare import prepare
from dialplan.site import Paths


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_changed_port_is_rendered_and_nothing_else_is_touched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    etc = home / "asterisk" / "etc"
    first = prepare(prepare_home(home), read_company(), Paths(), said.append)
    assert len(said) == 1
    assert stat.S_IMODE((home / "ringward.sqlite3").stat().st_mode) == 0o600
    assert (home / "asterisk" / "sounds" / "ringward-accept-key1.wav").stat().st_size > 1000
    before = {path.name: (path.read_text(), path.stat().st_mtime_ns) for path in etc.iterdir()}
    assert first.phones["101"] in before["pjsip.conf"][0]

    monkeypatch.setenv("RINGWARD_AGI_PORT", "14573")
    assert prepare(prepare_home(home), read_company(), Paths(), said.append) == first
    after = {path.name: (path.read_text(), path.stat().st_mtime_ns) for path in etc.iterdir()}
    assert len(said) == 1
    assert {name for name in after if after[name] != before[name]} == {"ringward.conf"}
    assert ":14573/route" in after["ringward.conf"][0]


def test_containers_are_prepared_by_the_same_steps(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    switch = tmp_path / "switch"
    monkeypatch.setenv("RINGWARD_ASTERISK_DIR", str(switch / "etc"))
    assert containers.main([]) == 0
    assert (switch / "etc" / "asterisk.conf").is_file()
    assert (switch / "log" / "cel-custom").is_dir()
    demo = json.loads((home / "demo.json").read_text())
    assert demo["command"] == containers.COMMAND
    printed = capsys.readouterr().out
    assert demo["web"]["users"][0]["password"] in printed
    assert demo["web"]["url"] in printed


def test_a_daemon_that_does_not_serve_is_unhealthy(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(containers, "HEALTH_SECONDS", 0.1)
    monkeypatch.setenv("RINGWARD_WEB_PORT", "9")  # "discard": nobody serves pages there
    assert containers.main(["health"]) == 1
    assert "did not become ready" in capsys.readouterr().err
