"""The doctor sees what is well and what is not, over real sockets, and says what to do."""

from __future__ import annotations

import asyncio
import shutil
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cti import doctor
from cti.agents import people
from cti.doctor import FAIL, OK, WARN, clock_finding, examine, version_finding
from cti.settings import Settings
from cti.store.engine import Store
from tests.ports import free_ports


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    ports = free_ports("ami_port", "ari_port", "agi_port", "web_port")
    with wave.open(str(tmp_path / "said.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\x00\x20\x00\xe0" * 8000)
    speech = ("cp", str(tmp_path / "said.wav"), "{file}")  # a machine without a voice can still be looked at
    return Settings(home=tmp_path, ami_secret="right", ari_secret="right", speech_command=speech, **ports)


async def test_speech_that_fails_is_told_with_what_to_do(settings: Settings) -> None:
    silent = settings.model_copy(update={"speech_command": ("/no/such/program", "{file}")})
    (finding,) = [one for one in await examine(silent) if one.check == "speech"]
    assert finding.state == WARN
    assert "could not be run" in str(finding.values["reason"])
    assert "speech_command" in finding.advice


def found(findings: list[doctor.Finding]) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    for finding in findings:
        states.setdefault(finding.check, []).append(finding.state)
    return states


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("22.10.1~dfsg+~cs6.15", OK),
        ("23.0.0", OK),
        ("22.10.0", WARN),
        ("20.5.0", WARN),
        ("18.9-cert4", FAIL),
        ("unknown", FAIL),
    ],
)
def test_versions_are_judged(version: str, state: str) -> None:
    assert version_finding(version).state == state


@pytest.mark.parametrize(("seconds", "state"), [(0.2, OK), (-0.9, OK), (3.0, WARN), (-3.0, WARN), (60.0, FAIL)])
def test_clocks_are_judged(seconds: float, state: str) -> None:
    assert clock_finding("Asterisk", seconds).state == state


async def test_where_nothing_runs_everything_fails_with_advice(settings: Settings) -> None:
    findings = await examine(settings)
    states = found(findings)
    assert {check for check, one in states.items() if FAIL in one} == {
        "database",
        "ari",
        "ami",
        "fastagi",
        "web",
        "journal",
    }
    assert all(finding.advice for finding in findings if finding.state != OK)
    for finding in findings:
        finding.what.format(**finding.values)
        finding.advice.format(**finding.values)


class Switch:
    """What the doctor asks of Asterisk and the daemon, as real servers: AMI, ARI, FastAGI, web page."""

    def __init__(self) -> None:
        self.contexts = {"ringward-route", "ringward-ask", "ringward-step", "ringward-accept"}
        self.astdb: list[tuple[str, str]] = []
        self.ahead = 0.0
        self.frozen = False

    async def ami(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        while block := await reader.read(4096):
            fields = dict(line.split(": ", 1) for line in block.decode().split("\r\n") if ": " in line)
            match fields["Action"]:
                case "Login" if fields["Secret"] != "right":
                    answer = "Response: Error\r\nMessage: Authentication failed"
                case "Ping":
                    now = doctor.time.time() + self.ahead
                    answer = f"Event: FullyBooted\r\nStatus: x\r\n\r\nResponse: Success\r\nTimestamp: {now:.6f}"
                case "Getvar":
                    context = fields["Variable"].partition("(")[2].partition(",")[0]
                    answer = f"Response: Success\r\nValue: {int(context in self.contexts)}"
                case "DBGetTree":
                    kept = (f"Event: DBGetTreeResponse\r\nKey: {key}\r\nVal: {value}" for key, value in self.astdb)
                    answer = "\r\n\r\n".join(("Response: Success", *kept, "Event: DBGetTreeComplete"))
                case _:
                    answer = "Response: Success"
            writer.write(f"{answer}\r\n\r\n".encode())
        writer.close()

    async def agi(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n\n")
        if self.frozen:
            await reader.read()
        writer.close()

    def ari(self) -> web.Application:
        async def information(_request: web.Request) -> web.Response:
            return web.json_response({"system": {"version": "22.10.1", "entity_id": "x"}})

        async def endpoint(request: web.Request) -> web.Response:
            extension = request.match_info["extension"]
            if extension == "103":
                return web.json_response({"message": "Endpoint not found"}, status=404)
            state = "online" if extension == "101" else "offline"
            return web.json_response({"technology": "PJSIP", "resource": extension, "state": state, "channel_ids": []})

        application = web.Application()
        application.router.add_get("/ari/asterisk/info", information)
        application.router.add_get("/ari/endpoints/PJSIP/{extension}", endpoint)
        return application

    def page(self) -> web.Application:
        async def ready(_request: web.Request) -> web.Response:
            return web.json_response({"status": "ok"})

        application = web.Application()
        application.router.add_get("/readyz", ready)
        return application


@pytest.fixture
async def switch(sqlite_template: Path, settings: Settings) -> AsyncIterator[Switch]:
    one = Switch()
    shutil.copy(sqlite_template, settings.home)
    store = Store(settings.database)
    async with store.transaction() as session:
        for code in ("101", "102", "103"):
            await people.add_agent(session, code, f"agent {code}", extension=code)
    await store.close()
    settings.journal_file.parent.mkdir(parents=True)
    settings.journal_file.touch()
    pages = [TestServer(one.ari(), port=settings.ari_port), TestServer(one.page(), port=settings.web_port)]
    for page in pages:
        await page.start_server()
    async with (
        await asyncio.start_server(one.ami, "127.0.0.1", settings.ami_port),
        await asyncio.start_server(one.agi, "127.0.0.1", settings.agi_port),
    ):
        yield one
    for page in pages:
        await page.close()


async def test_where_all_is_well_it_says_so(settings: Settings, switch: Switch) -> None:
    states = found(await examine(settings))
    assert states.pop("phones") == [OK, WARN, FAIL]
    assert {state for one in states.values() for state in one} == {OK}
    assert set(states) >= {
        "settings",
        "database",
        "clock",
        "ari",
        "asterisk",
        "ami",
        "dialplan",
        "fastagi",
        "web",
        "journal",
    }


async def test_a_frozen_daemon_is_not_taken_for_a_living_one(
    settings: Settings, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LOOK_SECONDS", 0.3)
    switch.frozen = True
    (finding,) = [one for one in await examine(settings) if one.check == "fastagi"]
    assert finding.state == FAIL
    assert "frozen" in finding.what


async def test_a_context_that_is_not_loaded_is_named(settings: Settings, switch: Switch) -> None:
    switch.contexts.remove("ringward-accept")
    (finding,) = [one for one in await examine(settings) if one.check == "dialplan"]
    assert (finding.state, finding.values["contexts"]) == (FAIL, "ringward-accept")


async def test_a_switch_with_another_clock_and_another_password_is_told(settings: Settings, switch: Switch) -> None:
    switch.ahead = 5.0
    assert found(await examine(settings))["clock"] == [OK, WARN]
    wrong = settings.model_copy(update={"ami_secret": "wrong"})
    assert found(await examine(wrong))["ami"] == [FAIL]


async def test_an_older_database_is_told(settings: Settings, switch: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "newest_revision", lambda: "9999")
    (finding,) = [one for one in await examine(settings) if one.check == "database"]
    assert finding.state == FAIL
    assert "db upgrade" in finding.advice


async def test_a_carrier_that_refuses_a_caller_id_is_told(settings: Settings, switch: Switch) -> None:
    switch.astdb = [("/ringward-trunk/carrier", f"company!customer!403!{int(doctor.time.time())}")]
    (learnt,) = [finding for finding in await examine(settings) if finding.check == "trunk"]
    assert learnt.state == WARN
    assert (learnt.values["refused"], learnt.values["status"], learnt.values["form"]) == ("customer", 403, "company")
