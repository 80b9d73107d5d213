"""`ringward webhook`: whether the other system listens, tried over a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from cti.delivery.courier import signature
from cti.settings import Settings
from tests.unit.test_cli import Ringward, filled_home, firm, ringward  # noqa: F401 - fixtures


class Listener(BaseHTTPRequestHandler):
    """Answers with the server's `status` and keeps what it heard."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.headers["Ringward-Signature"], body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Listener)
    server.heard, server.status = [], 204
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("RINGWARD_CUSTOMER_WEBHOOK_URL", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("RINGWARD_CUSTOMER_WEBHOOK_SECRET", "s3")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_test_is_signed_and_its_answer_told(firm: Ringward, listener: Any) -> None:  # noqa: F811
    status, out, _ = firm("webhook", "test")
    assert (status, out) == (0, "It was taken.\n")
    ((signed, body),) = listener.heard
    assert signed == signature("s3", body)
    assert json.loads(body)["event"] == "test"
    listener.status = 500
    status, _, err = firm("webhook", "test")
    assert (status, "HTTP 500" in err) == (1, True)


def test_what_is_not_told_yet_is_listed(firm: Ringward, listener: Any) -> None:  # noqa: F811
    assert "Nothing waits to be told." in firm("webhook", "list")[1]
    firm("customer", "add", "周小姐", "--number", "0955123456", "--prospect")
    (waiting,) = json.loads(firm("webhook", "list", "--json")[1])
    assert (waiting["event"], waiting["sent"], waiting["tries"]) == ("prospect.added", None, 0)


def test_without_an_address_nobody_is_told(firm: Ringward) -> None:  # noqa: F811
    assert "customer_webhook_url is not set" in firm("webhook", "test")[2]


@pytest.mark.parametrize(
    "wrong", [{"customer_webhook_url": "ftp://x", "customer_webhook_secret": "s"}, {"customer_webhook_url": "http://x"}]
)
def test_settings_that_would_send_unsigned_or_nowhere_are_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="customer_webhook"):
        Settings(home=tmp_path, **wrong)  # type: ignore[arg-type]
