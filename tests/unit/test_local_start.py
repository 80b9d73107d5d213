"""A second start of an installation that runs: refused, or, where only its running was asked for, announced."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cti.errors import Refused
from cti.local.announce import demo_description, write_demo_json
from cti.local.demo import read_company
from cti.local.installation import DemoSecrets, prepare_home
from cti.local.processes import InstallationLock
from cti.local.start import start


class Ready(BaseHTTPRequestHandler):
    """A daemon that serves."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of an installation that is held by its supervisor and serves."""
    server = HTTPServer(("127.0.0.1", 0), Ready)
    serving = Thread(target=server.serve_forever)
    serving.start()
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_WEB_PORT", str(server.server_port))
    settings, company = prepare_home(tmp_path), read_company()
    secrets = DemoSecrets(logins={login.login: f"password-{login.login}" for login in company.logins})
    write_demo_json(settings, demo_description(settings, company, secrets, "asterisk"))
    lock = InstallationLock(tmp_path)
    assert lock.acquire()
    yield tmp_path
    lock.release()
    server.shutdown()
    serving.join()
    server.server_close()


def test_it_is_announced_as_if_it_had_been_started_now(running: Path) -> None:
    said: list[str] = []
    start(said.append, lambda: None, unless_running=True)
    assert said[-1] == "ready"
    assert any(line.split()[:2] == ["101", "password-101"] for line in said)


def test_what_would_stay_in_the_foreground_is_refused(running: Path) -> None:
    with pytest.raises(Refused, match=r"already runs.*\./run stop"):
        start(lambda _: None, lambda: None)
