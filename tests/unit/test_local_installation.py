"""`ringward.toml` is made once, keeps what it was told, and leaves what people wrote in it."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from cti.errors import Refused
from cti.local.installation import (
    DemoSecrets,
    prepare_home,
    read_demo_secrets,
    write_demo_secrets,
    write_private,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("RINGWARD_HOME", str(folder))
    return folder


def test_secrets_are_made_once_and_are_private(home: Path) -> None:
    first = prepare_home(home)
    assert len(first.ami_secret) >= 20
    assert first.ami_secret != first.ari_secret
    assert prepare_home(home) == first
    assert stat.S_IMODE((home / "ringward.toml").stat().st_mode) == 0o600


def test_two_homes_have_different_secrets(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepare_home(home)
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path / "other"))
    second = prepare_home(tmp_path / "other")
    assert first.ami_secret != second.ami_secret
    assert second.home == tmp_path / "other"


def test_a_port_given_once_is_kept_for_the_command_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWARD_WEB_PORT", "18080")
    prepare_home(home)
    monkeypatch.delenv("RINGWARD_WEB_PORT")
    assert prepare_home(home).web_port == 18080
    monkeypatch.setenv("RINGWARD_WEB_PORT", "8080")
    prepare_home(home)
    monkeypatch.delenv("RINGWARD_WEB_PORT")
    assert prepare_home(home).web_port == 8080


def test_what_people_wrote_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    toml = home / "ringward.toml"
    toml.write_text('# ours\ntime_zone = "Europe/Vienna"\nweb_port = 9000 # why\n\n[theirs]\nkey = 1\n')
    monkeypatch.setenv("RINGWARD_WEB_PORT", "9001")
    settings = prepare_home(home)
    text = toml.read_text()
    assert "# ours" in text
    assert tomllib.loads(text)["theirs"] == {"key": 1}
    assert (settings.time_zone, settings.web_port) == ("Europe/Vienna", 9001)
    assert tomllib.loads(text)["web_port"] == 9001


@pytest.mark.parametrize("content", ["web_port = ", "web_port = 70000\n", 'time_zone = "Atlantis"\n'])
def test_a_file_that_cannot_be_used_is_one_sentence(home: Path, content: str) -> None:
    home.mkdir()
    (home / "ringward.toml").write_text(content)
    with pytest.raises(Refused, match=r"ringward\.toml") as refusal:
        prepare_home(home)
    assert "\n" not in str(refusal.value)


def test_a_variable_that_cannot_be_used_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWARD_SIP_PORT", "many")
    with pytest.raises(Refused, match="RINGWARD_SIP_PORT"):
        prepare_home(home)


def test_demo_secrets_survive_and_a_torn_file_is_made_anew(tmp_path: Path) -> None:
    assert read_demo_secrets(tmp_path) == DemoSecrets()
    made = DemoSecrets(logins={"101": "secret"}, phones={"101": "phone"}, api_token="token")
    write_demo_secrets(tmp_path, made)
    assert read_demo_secrets(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "demo-secrets.json").stat().st_mode) == 0o600
    (tmp_path / "demo-secrets.json").write_text('{"logins": {"10')
    assert read_demo_secrets(tmp_path) == DemoSecrets()


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
