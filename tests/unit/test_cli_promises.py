"""`ringward promise`: its JSON, its exit statuses, and the name that its history keeps."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cti.calls.model import Call, CallState
from cti.cli.main import run
from cti.promises.ledger import Ledger
from cti.promises.model import Duty, OwnerWhy
from cti.store.engine import Store

Ringward = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def firm(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of a firm of two with two callers who were missed: 1 is owed by 101 and late, 2 withheld."""
    home = tmp_path_factory.mktemp("firm")
    shutil.copy(sqlite_template, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGWARD_HOME", str(home))
        for arguments in (
            ["agent", "add", "101", "--name", "林小明"],
            ["agent", "add", "102", "--name", "王美美"],
            ["customer", "add", "陳太太", "--number", "0933-000-222", "--owner", "101"],
        ):
            assert run(arguments) == 0
    asyncio.run(_miss(f"sqlite+aiosqlite:///{home / 'ringward.sqlite3'}"))
    return home


@pytest.fixture
def ringward(
    firm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ringward:
    """One command in English on a copy of the firm."""
    shutil.copytree(firm, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_LANGUAGE", "en")

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(list(arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


async def _miss(url: str) -> None:
    store, now = Store(url), datetime.now(UTC)
    duties = {"1.1": Duty("101", OwnerWhy.OWNER, now - timedelta(hours=1), 1)}
    for linkedid, number, raw in (("1.1", "+886933000222", "0933000222"), ("2.1", None, "anonymous")):
        started = now - timedelta(hours=2)
        call = Call(
            linkedid=linkedid,
            caller_raw=raw,
            caller_e164=number,
            dialled="0255501000",
            started=started,
            ended=started + timedelta(seconds=9),
            state=CallState.ENDED,
        )
        duty = duties.get(linkedid, Duty("102", OwnerWhy.GROUP, now + timedelta(hours=1)))
        async with store.transaction() as session:
            await Ledger().decide(session, call, 20, lambda _call, _at, duty=duty: duty)  # type: ignore[misc]
    await store.close()


def test_the_list_has_its_fixed_shape(ringward: Ringward) -> None:
    status, out, _ = ringward("promise", "list", "--json")
    found = json.loads(out)
    assert status == 0
    assert [{name: one[name] for name in ("id", "number", "customer", "owner", "state", "late")} for one in found] == [
        {"id": 1, "number": "+886933000222", "customer": "陳太太", "owner": "101", "state": "open", "late": True},
        {"id": 2, "number": None, "customer": None, "owner": "102", "state": "open", "late": False},
    ]
    assert datetime.fromisoformat(found[0]["due"]).tzinfo is not None


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ((), [1, 2]),
        (("--late",), [1]),
        (("--owner", "102"), [2]),
        (("--number", "0933-000-222"), [1]),
        (("--number", "0912-345-678"), []),
        (("--limit", "1"), [1]),
    ],
)
def test_the_list_is_filtered(ringward: Ringward, options: tuple[str, ...], ids: list[int]) -> None:
    _, out, _ = ringward("promise", "list", *options, "--json")
    assert [one["id"] for one in json.loads(out)] == ids


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("陳太太 0933-000-222", "overdue", "Number withheld")), ("zh-Hant", ("已逾期", "待回電", "101 林小明"))],
)
def test_people_read_it_in_their_language(ringward: Ringward, language: str, words: tuple[str, ...]) -> None:
    _, out, _ = ringward("--lang", language, "promise", "list")
    for word in words:
        assert word in out


def test_close_reopen_assign_and_note(ringward: Ringward) -> None:
    assert ringward("promise", "assign", "1", "102")[0] == 0
    assert ringward("promise", "note", "1", "三點再打")[0] == 0
    status, out, _ = ringward("promise", "close", "1", "--reason", "已用 LINE 聯絡", "--json")
    closed = json.loads(out)
    assert (status, closed["state"], closed["reason"]) == (0, "closed", "已用 LINE 聯絡")
    assert closed["ended_by"].startswith("cli")
    assert [one["what"] for one in closed["history"]] == ["opened", "assigned", "noted", "closed"]
    assert closed["calls"] == ["1.1"]
    assert [one["id"] for one in json.loads(ringward("promise", "list", "--json")[1])] == [2]
    assert len(json.loads(ringward("promise", "list", "--all", "--json")[1])) == 2
    _, out, _ = ringward("promise", "reopen", "1", "--reason", "客戶說沒有", "--json")
    again = json.loads(out)
    assert (again["state"], again["late"]) == ("open", False)
    assert "owed again" in ringward("promise", "show", "1")[1]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("show", "99"), 1, "there is no promise 99"),
        (("close", "99", "--reason", "x"), 1, "there is no promise 99"),
        (("close", "1", "--reason", " "), 1, "reason: write 1 to 2000 characters"),
        (("assign", "1", "999"), 1, "there is no agent 999"),
        (("reopen", "1", "--reason", "x"), 1, "promise 1 is open"),
        (("close", "1"), 2, "reason"),
        (("close", "one", "--reason", "x"), 2, "promise_id"),
    ],
)
def test_what_is_refused(ringward: Ringward, arguments: tuple[str, ...], status: int, sentence: str) -> None:
    found, _, error = ringward("promise", *arguments)
    assert found == status
    assert sentence in error
    if status == 1:
        _, _, chinese = ringward("--lang", "zh-Hant", "promise", *arguments)
        assert sentence not in chinese
