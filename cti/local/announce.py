"""What a running installation tells the outside: `demo.json` for programs, the lines on the screen for people.

Must not know how anything is started.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cti.local.demo import DemoCompany
from cti.local.installation import DemoSecrets, write_private
from cti.settings import Settings


def console_command(settings: Settings) -> str:
    """A command line that runs this checkout's `ringward` on this installation."""
    return f"env RINGWARD_HOME={shlex.quote(str(settings.home))} {shlex.quote(str(ringward_program()))}"


def ringward_program() -> Path:
    """The console command of the environment this runs in."""
    return Path(sys.executable).parent / "ringward"


def web_url(settings: Settings) -> str:
    """Where the page is."""
    host = f"[{settings.bind_host}]" if ":" in settings.bind_host else settings.bind_host
    return f"http://{host}:{settings.web_port}"


def demo_description(
    settings: Settings, company: DemoCompany, secrets: DemoSecrets, asterisk_cli: str
) -> dict[str, Any]:
    """Everything an outside client needs to play with the demo company; the shape is fixed, clients rely on it."""
    return {
        "web": {
            "url": web_url(settings),
            "users": [
                {
                    "login": login.login,
                    "password": secrets.logins.get(login.login, ""),
                    "role": login.role,
                    "agent": login.agent,
                }
                for login in company.logins
            ],
        },
        "api": {"token": secrets.api_token},
        "sip": {
            "host": settings.bind_host,
            "port": settings.sip_port,
            "carrier": f"{settings.carrier_host}:{settings.carrier_port}",
            "phones": [
                {"extension": agent.code, "username": agent.code, "password": secrets.phones.get(agent.code, "")}
                for agent in company.agents
            ],
        },
        "numbers": {
            "main": company.main_number,
            "direct": {agent.code: agent.direct for agent in company.agents},
            "mobile": {agent.code: agent.mobile for agent in company.agents},
        },
        "asterisk": {"cli": asterisk_cli},
        "daemon": {"pid_file": str(settings.home / "run" / "daemon.pid")},
        "database": {"url": settings.database},
        "command": console_command(settings),
    }


def write_demo_json(settings: Settings, description: dict[str, Any]) -> Path:
    """Write `demo.json` into the home folder, for the owner's eyes: it holds passwords."""
    path = settings.home / "demo.json"
    write_private(path, json.dumps(description, ensure_ascii=False, indent=2) + "\n")
    return path


def screen_lines(settings: Settings, company: DemoCompany, description: dict[str, Any]) -> Iterable[str]:
    """What a person needs to begin: address, log-ins, one command to try."""
    names = {agent.code: agent.name for agent in company.agents}
    yield ""
    yield f"Ringward · {company.name} {company.english_name}"
    yield f"  address / 網址: {web_url(settings)}/"
    yield "  log-ins / 帳號:"
    for user in description["web"]["users"]:
        line = f"    {user['login']:<8} {user['password']:<18} {user['role']:<8} {names.get(user['agent'], '')}"
        yield line.rstrip()
    yield f"  more in / 其他資料: {settings.home / 'demo.json'}"
    yield "  try / 試試看:"
    yield f"    {description['command']} demo call --from 0933000222 --to 0255501000"
