"""The files of one installation that are made once and kept: folders, `ringward.toml`, the demo company's secrets.

Must not know what is started with them.
"""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import msgspec
from pydantic import ValidationError

from cti.errors import Refused
from cti.settings import Settings

KEPT = (
    "sip_port",
    "ami_port",
    "ari_port",
    "agi_port",
    "web_port",
    "rtp_start",
    "rtp_end",
    "carrier_host",
    "carrier_port",
    "database_url",
)
"""Settings that are written down as they were last given: the command line must find a copy that was moved."""

HEADER = """\
# Ringward's settings for this installation. Variables RINGWARD_… win over this file; ./run writes down here what it
# was last started with, so that the command line finds the same ports. Keep it private: it holds secrets.
"""


class DemoSecrets(msgspec.Struct):
    """What is generated once per installation for the demo company: passwords by log-in, phone secrets by extension."""

    logins: dict[str, str] = {}
    phones: dict[str, str] = {}
    api_token: str = ""


def write_private(path: Path, text: str) -> None:
    """Write so that nobody else may read it, and so that a cut-off write leaves the old file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def prepare_home(home: Path) -> Settings:
    """Make the home folder and its `ringward.toml`, write down what was given, and return the settings in force.

    Raises:
        Refused: as `read_settings`.
    """
    for folder in (home, home / "run", home / "log"):
        folder.mkdir(parents=True, exist_ok=True)
    toml = home / "ringward.toml"
    written = _read_toml(toml)
    settings = read_settings(home)
    changes: dict[str, Any] = {
        name: getattr(settings, name) for name in KEPT if _differs(written.get(name), getattr(settings, name), name)
    }
    for name in ("ami_secret", "ari_secret"):
        if not getattr(settings, name):
            changes[name] = secrets.token_urlsafe(24)
    if not toml.exists():
        changes["pocket_log"] = True  # whoever tries it out has no gateway yet, and wants to see a card
    if changes or not toml.exists():
        write_private(toml, _edited(toml.read_text(encoding="utf-8") if toml.exists() else HEADER, changes))
        settings = read_settings(home)
    return settings


def read_settings(home: Path) -> Settings:
    """The settings in force, from the environment and `home`'s `ringward.toml`; nothing is written.

    Raises:
        Refused: a setting or the file is not usable; the sentence names it.
    """
    toml = home / "ringward.toml"
    _read_toml(toml)
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        where = f"RINGWARD_{name.upper()} or {name} in {toml}" if name else f"the environment or {toml}"
        raise Refused(f"a setting is not usable, see {where}: {first['msg']}.") from error
    except ZoneInfoNotFoundError as error:
        raise Refused(f"the time zone is not known, see RINGWARD_TIME_ZONE or time_zone in {toml}: {error}.") from error


def read_demo_secrets(home: Path) -> DemoSecrets:
    """What was generated before; empty when nothing was, or when the file does not read any more."""
    try:
        return msgspec.json.decode((home / "demo-secrets.json").read_bytes(), type=DemoSecrets)
    except (FileNotFoundError, msgspec.DecodeError):
        return DemoSecrets()


def write_demo_secrets(home: Path, made: DemoSecrets) -> None:
    """Keep them for the next start, readable by the owner alone."""
    write_private(home / "demo-secrets.json", json.dumps(msgspec.to_builtins(made), indent=2) + "\n")


def _differs(written: Any, value: Any, name: str) -> bool:
    default = Settings.model_fields[name].default
    return bool(value != (default if written is None else written))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read as TOML: {error}. Mend it, or remove it to have it made anew.") from error


def _edited(text: str, changes: dict[str, Any]) -> str:
    """`text` with the changed settings in place; everything a person wrote in it stays."""
    lines = text.splitlines()
    tables = next((index for index, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    for name, value in changes.items():
        line = f"{name} = {json.dumps(value)}"  # JSON's strings and numbers are TOML's too
        for index, old in enumerate(lines):
            if old.partition("=")[0].strip() == name:
                lines[index] = line
                break
        else:
            lines.insert(tables, line)
            tables += 1
    return "\n".join(lines) + "\n"
