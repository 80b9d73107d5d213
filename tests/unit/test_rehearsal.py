"""The rehearsal: what is found wrong with chains, phones, deputies, carrier, Asterisk's copy, and when it is made."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cti.agents.directory import DirectoryCache
from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow, NumberRow
from cti.asterisk.ami import AmiClient
from cti.asterisk.sip_options import ask_options
from cti.bus import LocalBus
from cti.cli.main import run
from cti.customers.index import CallerIndex
from cti.daily import is_due
from cti.fallback import LONGEST_VALUE, chain_entries
from cti.rehearse import Rehearsals
from cti.reports.reading import read_last_failures, read_last_rehearsal
from cti.reports.rehearsal import FAIL, OK, SENTENCES, Finding, Looked, Rehearsal, Trunk, rehearse
from cti.settings import Settings
from cti.store.base import Base
from cti.store.engine import Store
from cti.wording import catalogue
from routing.model import Agent, DialledNumber, Directory, Group, Leave

AT = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
TAIPEI = ZoneInfo("Asia/Taipei")
AWAY = (Leave(AT - timedelta(days=1), AT + timedelta(days=1)),)
LIN = Agent("101", desk="101", mobile="0900000101", deputy="102")
MEI = Agent("102", desk="102", mobile="0900000102", deputy="101")
HO = Agent("103", desk="103")


def looked(*agents: Agent, **different: object) -> Looked:
    people = {one.code: one for one in agents or (LIN, MEI, HO)}
    firm = Directory(
        agents=people,
        groups={"company": Group("company", tuple(people))},
        numbers={"+886255501000": DialledNumber("+886255501000", group="company")},
    )
    wanted = chain_entries(firm, AT)
    well = Looked(
        at=AT,
        directory=firm,
        names={"101": "小林", "102": "阿美", "company": "總機"},
        registered=frozenset({"101", "102", "103"}),
        trunks=(Trunk("127.0.0.2:5060", True, "200 OK"),),
        wanted=wanted,
        kept=wanted,
        longest_kept=LONGEST_VALUE,
    )
    return replace(well, **different)  # type: ignore[arg-type]


def wrong(found: Rehearsal) -> dict[tuple[str, str], str]:
    return {(one.code, one.subject): one.state for one in found.findings if one.state != OK}


def test_a_firm_in_order_has_nothing_wrong_and_every_chain_is_told() -> None:
    found = rehearse(looked())

    assert wrong(found) == {}
    assert (found.failures, found.warnings) == (0, 0)
    assert {one.code for one in found.findings} == {"trunk_ok", "desk_ok", "kept_ok"}
    assert [(one.of, one.subject) for one in found.chains] == [
        ("number", "+886255501000"),
        ("agent", "101"),
        ("agent", "102"),
        ("agent", "103"),
    ]
    steps = [(one.kind, one.agents, one.ready) for one in found.chains[1].steps]
    assert steps[:2] == [("desk", ("101",), 1), ("mobile", ("101",), 1)]
    assert steps[-1] == ("group", ("101", "102", "103"), 3)


def test_a_desk_that_is_off_is_a_phone_less_and_a_chain_of_them_a_failure() -> None:
    assert wrong(rehearse(looked(registered=frozenset({"101", "102"})))) == {("desk_offline", "103"): "warn"}

    found = wrong(
        rehearse(looked(registered=frozenset(), trunks=(Trunk("127.0.0.2:5060", False, "Connection refused"),)))
    )

    assert found["trunk_silent", ""] == "fail"
    assert {subject for code, subject in found if code == "chain_silent"} == {"+886255501000", "101", "102", "103"}


def test_a_carrier_that_is_silent_is_a_failure_though_desks_still_ring() -> None:
    down, up = Trunk("127.0.0.2:5060", False, "Connection refused"), Trunk("127.0.0.5:5060", True, "200 OK")
    assert wrong(rehearse(looked(trunks=(down,)))) == {("trunk_silent", ""): "fail"}
    assert wrong(rehearse(looked(trunks=(down, up)))) == {("trunk_down", ""): "warn"}


def test_deputies_who_are_away() -> None:
    mei_away, lin_away = replace(MEI, leaves=AWAY), replace(LIN, leaves=AWAY)
    assert wrong(rehearse(looked(LIN, mei_away, HO))) == {("nobody_stands_in", "101"): "warn"}, "he is there himself"
    both = wrong(rehearse(looked(lin_away, mei_away, HO)))
    assert {code for code in both if code[0] == "nobody_stands_in"} == {
        ("nobody_stands_in", "101"),
        ("nobody_stands_in", "102"),
    }
    assert both["nobody_stands_in", "101"] == "fail"
    third = replace(mei_away, deputy="103")
    (found,) = (one for one in rehearse(looked(LIN, third, HO)).findings if one.code == "deputy_away")
    assert (found.state, found.values) == ("warn", {"name": "小林", "deputy": "阿美", "next": "103"})


def test_two_people_who_are_each_others_deputies_are_no_loop() -> None:
    two = (replace(LIN, desk=None), replace(MEI, desk=None))
    assert wrong(rehearse(looked(*two))) == {}


@pytest.mark.parametrize(
    ("agent", "code", "state"),
    [
        (replace(HO, mobile="0900"), "mobile_invalid", "fail"),
        (replace(HO, mobile="0223456789"), "mobile_invalid", "fail"),
        (replace(HO, dnd=True), "dnd", "warn"),
        (replace(HO, desk=None), "no_chain", "warn"),
        (replace(HO, deputy="999"), "unknown_agent", "fail"),
    ],
)
def test_faults_of_one_agent(agent: Agent, code: str, state: str) -> None:
    assert wrong(rehearse(looked(LIN, MEI, agent)))[code, "103"] == state


def test_who_has_left_the_firm_is_not_looked_at() -> None:
    gone = replace(HO, active=False, mobile="1")
    assert wrong(rehearse(looked(LIN, MEI, gone))) == {}


def test_groups_without_anybody() -> None:
    firm = looked().directory
    empty = replace(firm, groups={"company": Group("company", ())})
    assert wrong(rehearse(looked(directory=empty)))["group_rings_nobody", "company"] == "fail"
    away = [replace(one, leaves=AWAY) for one in (LIN, MEI, HO)]
    assert wrong(rehearse(looked(*away)))["group_away", "company"] == "fail"


def test_plans_too_long_for_asterisks_copy_or_for_any_line() -> None:
    assert wrong(rehearse(looked(longest_kept=150)))["plan_cut", "101"] == "warn"
    odd = replace(HO, desk="1 03")
    found = rehearse(looked(LIN, MEI, odd, registered=frozenset({"101", "102", "1 03"})))
    assert wrong(found)["plan_unfit", "103"] == "fail"


def test_asterisks_copy_is_compared_entry_by_entry() -> None:
    right = dict(looked().wanted)
    old = right | {("ringward-chain", "101"): "RW1~old"}
    more = right | {("ringward-dnd", "107"): "1"}
    assert wrong(rehearse(looked(kept=old))) == {("kept_differs", ""): "fail"}
    assert wrong(rehearse(looked(kept=more))) == {("kept_extra", ""): "warn"}
    assert wrong(rehearse(looked(kept={})))["kept_differs", ""] == "fail"


def test_a_desk_whose_owner_is_away_from_it_would_not_ring() -> None:
    found = rehearse(looked(replace(HO, away=True)))
    assert wrong(found)["chain_silent", "103"] == "fail"
    mobile_too = rehearse(looked(replace(LIN, deputy=None, away=True)))
    assert ("chain_silent", "101") not in wrong(mobile_too)


def test_an_asterisk_that_is_away_is_one_failure_and_not_one_a_phone() -> None:
    assert wrong(rehearse(looked(registered=None, kept=None))) == {("switch_away", ""): "fail"}


def test_every_finding_has_words_in_both_languages_with_the_same_places() -> None:
    chinese = catalogue("zh-Hant")
    for what, advice in SENTENCES.values():
        for sentence in filter(None, (what, advice)):
            assert chinese[sentence] != sentence
            assert set(_places(chinese[sentence])) == set(_places(sentence))


def _places(text: str) -> list[str]:
    return [piece.partition("}")[0] for piece in text.split("{")[1:]]


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        ("2026-11-22T08:30", "2026-11-23T08:29", False),
        ("2026-11-22T08:30", "2026-11-23T08:30", True),
        ("2026-11-22T08:30", "2026-11-23T14:00", True),
        ("2026-11-23T08:30", "2026-11-23T14:00", False),
        ("2026-11-23T13:00", "2026-11-23T14:00", False),
        ("2026-11-23T08:00", "2026-11-23T08:31", True),
    ],
    ids=["not yet", "now", "was away", "made", "first start in the afternoon", "first start before the hour"],
)
def test_when_it_is_due(last: str, now: str, due: bool) -> None:
    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=TAIPEI).astimezone(UTC)

    assert is_due(time(8, 30), local(last), local(now), TAIPEI) is due


class Peer(asyncio.DatagramProtocol):
    """A SIP peer that answers as it is told; the first requests may get lost."""

    def __init__(self, answer: bytes, lost: int = 0) -> None:
        self.answer, self.lost = answer, lost
        self.requests: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)  # a base class of it only since Python 3.12
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self.requests.append(data)
        if len(self.requests) > self.lost:
            self.transport.sendto(self.answer, addr)


async def peer(answer: bytes, lost: int = 0) -> Peer:
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(lambda: Peer(answer, lost), local_addr=("127.0.0.1", 0))
    return protocol


@pytest.mark.parametrize("status", ["200 OK", "403 Forbidden", "503 Service Unavailable"])
async def test_whatever_the_carrier_answers_somebody_is_there(status: str) -> None:
    carrier = await peer(f"SIP/2.0 {status}\r\nVia: x\r\n\r\n".encode())
    assert await ask_options("127.0.0.1", carrier.port, 10) == status
    lines = carrier.requests[0].decode().split("\r\n")
    assert lines[0] == f"OPTIONS sip:127.0.0.1:{carrier.port} SIP/2.0"
    assert any(line.startswith("CSeq: 1 OPTIONS") for line in lines)
    carrier.transport.close()


async def test_a_lost_request_is_sent_again_and_the_same() -> None:
    carrier = await peer(b"SIP/2.0 200 OK\r\n\r\n", lost=1)
    assert await ask_options("127.0.0.1", carrier.port, 10) == "200 OK"
    assert carrier.requests[0] == carrier.requests[1]
    carrier.transport.close()


async def test_noise_is_no_answer() -> None:
    carrier = await peer(b"\xff\x00 hello\r\n")
    with pytest.raises(TimeoutError):
        await ask_options("127.0.0.1", carrier.port, 0.1)
    carrier.transport.close()


async def test_nobody_there_is_told_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        await ask_options("127.0.0.1", port, 30)


async def furnished(path: Path) -> Store:
    store = Store(f"sqlite+aiosqlite:///{path}")
    async with store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with store.transaction() as session:
        session.add(AgentRow(code="101", name="林小明", extension="101", mobile="+886900000101"))
        session.add(GroupRow(code="company", name="總機"))
        await session.flush()
        session.add(GroupMemberRow(group_code="company", agent_code="101"))
        session.add(NumberRow(e164="+886255501000", group_code="company"))
    return store


async def test_the_daemon_rehearses_once_a_day_and_keeps_what_it_found(tmp_path: Path) -> None:
    store, carrier = await furnished(tmp_path / "r.sqlite3"), await peer(b"SIP/2.0 200 OK\r\n\r\n")
    settings = Settings(home=tmp_path, carrier_host="127.0.0.1", carrier_port=carrier.port, rehearse_at=time(8, 30))
    directory, callers = DirectoryCache(store, LocalBus()), CallerIndex(store, LocalBus())
    await directory.load()
    await callers.load()
    clock = [datetime(2026, 11, 23, 8, 0, tzinfo=TAIPEI)]
    ami = AmiClient("127.0.0.1", 1, "ringward", "")
    daily = Rehearsals(settings, store, directory, callers, ami, lambda: clock[0].astimezone(UTC))

    assert await daily.rehearse_if_due() is None
    clock[0] += timedelta(minutes=30)
    found = await daily.rehearse_if_due()
    assert found is not None
    assert wrong(found) == {("switch_away", ""): "fail"}
    assert await daily.rehearse_if_due() is None
    assert await read_last_rehearsal(store) == found
    assert await read_last_failures(store) == 1
    clock[0] += timedelta(days=1)
    assert await daily.rehearse_if_due() is not None
    carrier.transport.close()
    await store.close()


def test_without_an_hour_it_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWARD_REHEARSE_AT", "")
    assert Settings().rehearse_at is None
    monkeypatch.setenv("RINGWARD_REHEARSE_AT", "07:15")
    assert Settings().rehearse_at == time(7, 15)


def test_the_command_says_it_in_both_languages_and_keeps_it(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("HOME", str(tmp_path)), ("AMI_PORT", "1"), ("CARRIER_HOST", "127.0.0.1")):
        monkeypatch.setenv(f"RINGWARD_{name}", value)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("RINGWARD_CARRIER_PORT", str(probe.getsockname()[1]))
    monkeypatch.setattr("cti.rehearse.ANSWER_SECONDS", 0.2)
    shutil.copy(sqlite_template, tmp_path)
    assert run(["agent", "add", "101", "--name", "林小明", "--extension", "101"]) == 0
    assert run(["report", "rehearsal"]) == 1
    capsys.readouterr()

    assert run(["route", "rehearse", "--json"]) == 1
    made = json.loads(capsys.readouterr().out)
    assert {one["check"] for one in made["findings"] if one["state"] == FAIL} >= {"switch_away", "trunk_silent"}
    assert run(["--lang", "zh-Hant", "report", "rehearsal"]) == 0
    assert "Asterisk 沒有回應" in capsys.readouterr().out
    assert run(["--lang", "en", "report", "rehearsal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["at"] == made["at"]


def test_what_is_kept_reads_back() -> None:
    found = rehearse(looked(registered=frozenset()))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Rehearsal) == found
    assert isinstance(found.findings[0], Finding)


def test_a_mobile_that_sends_calls_back_to_the_firm_is_named() -> None:
    found = rehearse(looked(forwards=frozenset({"900000102"})))

    assert wrong(found) == {("mobile_forwards", "102"): "warn"}
    (one,) = (finding for finding in found.findings if finding.code == "mobile_forwards")
    assert one.values == {"name": "阿美", "mobile": "0900000102"}
