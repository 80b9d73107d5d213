"""The command line: every verb is documented and translated, JSON has its fixed shapes, errors are one sentence."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.core import TyperGroup
from typer.main import get_command

from cti.calls import records
from cti.calls.model import Call, CallState, Leg, LegReason
from cti.cli.calls import changes
from cti.cli.main import NOUNS, command_line, run
from cti.store.engine import Store
from cti.wording import catalogue

TOP = Path(__file__).resolve().parents[2]
Ringward = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ringward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ringward:
    """Runs one command on an installation of its own, in English; exit status, output and errors."""
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_LANGUAGE", "en")

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(list(arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def filled_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of a firm of two; made once."""
    home = tmp_path_factory.mktemp("firm")
    shutil.copy(sqlite_template, home)
    mobile = ["--mobile", "0900-000-101", "--extension", "101"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGWARD_HOME", str(home))
        for arguments in (
            ["agent", "add", "101", "--name", "林小明", "--nickname", "小林", *mobile],
            ["agent", "add", "102", "--name", "王美美", "--extension", "102"],
            ["agent", "set", "101", "--deputy", "102"],
            ["customer", "add", "陳太太", "--number", "0933-000-222", "--owner", "101", "--tier", "a"],
        ):
            assert run(arguments) == 0
    return home


@pytest.fixture
def firm(filled_home: Path, tmp_path: Path, ringward: Ringward) -> Ringward:
    """A firm of two, to be changed at will."""
    shutil.copytree(filled_home, tmp_path, dirs_exist_ok=True)
    return ringward


def _commands(group: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in (group or get_command(command_line())).commands.items():
        # A group that does something by itself (`agent leave`) is one command with shorthands.
        if getattr(command, "commands", None) and type(command) is TyperGroup:
            yield from _commands(command, (*words, name))
        else:
            yield (*words, name)


COMMANDS = list(_commands())


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_loaded_alone_is_the_same(noun: str) -> None:
    alone = get_command(command_line(noun))
    assert list(alone.commands) == [noun]
    assert set(_commands(alone)) == {command for command in COMMANDS if command[0] == noun}


def test_help_and_wrong_usage_speak_of_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    whole = capsys.readouterr().out
    assert all(noun in whole for noun in NOUNS)
    assert run(["--lang", "en", "agents", "list"]) == 2
    assert "agents" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_is_documented_with_an_example(command: tuple[str, ...]) -> None:
    text = (TOP / "docs" / "cli.md").read_text("utf-8")
    words = " ".join(("ringward", *command))
    assert re.search(rf"^### `{words}`$", text, re.M), f"docs/cli.md has no section on `{words}`"
    assert re.search(rf"^    {words}\b", text, re.M), f"docs/cli.md has no example of `{words}`"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(command: tuple[str, ...], ringward: Ringward) -> None:
    status, out, _ = ringward(*command, "--help")
    assert status == 0
    assert "Usage" in out


def test_documented_commands_exist() -> None:
    text = (TOP / "docs" / "cli.md").read_text("utf-8")
    documented = {tuple(words.split()) for words in re.findall(r"^### `ringward ([a-z -]+)`$", text, re.M)}
    assert documented == set(COMMANDS)


CHECKS = ["cti/doctor.py", "cti/findings.py", "cti/switch_check.py"]
SPEAKING = ["cti/cli/*.py", *CHECKS, "cti/local/own_asterisk.py", "cti/local/demo_call.py"]
SAYS = {"say", "text", "complain", "tell", "table", "_block", "Finding"}
NOT_SAID = {"", "PRAGMA journal_mode"}


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.List | ast.Tuple):
        for one in node.elts:
            yield from literals(one)
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def sentences(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            if name in SAYS:
                given = node.args[1:] if name == "Finding" and str(path.relative_to(TOP)) in CHECKS else node.args
                for argument in given:
                    yield from (one for one in literals(argument) if not one.startswith("SELECT"))
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"advice", "what", "headings"}:
            yield from literals(node.value)


@pytest.mark.parametrize("path", [path for one in SPEAKING for path in sorted(TOP.glob(one))], ids=lambda p: p.name)
def test_everything_said_has_its_chinese(path: Path) -> None:
    chinese = catalogue("zh-Hant")
    missing = {one for one in sentences(path) if one not in NOT_SAID} - set(chinese)
    assert not missing


def test_agents_are_added_changed_and_shown(firm: Ringward) -> None:
    status, out, _ = firm("agent", "list", "--json")
    first, second = json.loads(out)
    assert status == 0
    assert (first["code"], first["mobile"], first["deputy"], first["desk_seconds"]) == (
        "101",
        "+886900000101",
        "102",
        15,
    )
    assert "secret" not in out
    assert second["mobile"] is None
    _, out, _ = firm("agent", "set", "101", "--mobile", "", "--mobile-seconds", "25", "--json")
    assert (json.loads(out)["mobile"], json.loads(out)["mobile_seconds"]) == (None, 25)
    assert firm("agent", "set", "102", "--inactive")[0] == 0
    assert [one["code"] for one in json.loads(firm("agent", "list", "--json")[1])] == ["101"]
    assert "has left" in firm("agent", "list", "--all")[1]
    assert "小林" in firm("agent", "show", "101")[1]


def test_the_plan_is_explained(firm: Ringward) -> None:
    plan = ("route", "explain", "--to", "0255501000", "--from", "0933 000 222", "--at", "2026-11-23 21:10")
    status, out, _ = firm(*plan, "--json")
    told = json.loads(out)
    assert status == 0
    assert told["at"] == "2026-11-23T21:10:00+08:00"
    assert {"kind", "agent", "endpoint", "seconds", "why"} <= set(told["steps"][0])
    assert [step["kind"] for step in told["steps"]] == ["desk", "mobile", "deputy", "group"]
    assert told["steps"][0]["why"] == "desk of 小林, who looks after 陳太太"
    chinese = firm("--lang", "zh-Hant", *plan)[1]
    assert "陳太太的負責人小林的桌機" in chinese
    assert "PJSIP/0900000101@carrier" in chinese


def test_customers_are_found_and_shown(firm: Ringward) -> None:
    status, out, _ = firm("customer", "list", "--find", "0933000222", "--json")
    (found,) = json.loads(out)
    assert status == 0
    assert (found["name"], found["tier"], found["owner"]) == ("陳太太", "A", "101")
    status, out, _ = firm("customer", "show", str(found["customer_id"]), "--json")
    assert json.loads(out)["numbers"][0]["e164"] == "+886933000222"
    assert "負責人" in firm("--lang", "zh-Hant", "customer", "show", str(found["customer_id"]))[1]
    assert "No customer found." in firm("customer", "list", "--find", "nobody")[1]


def test_a_file_is_imported_wholly_or_not_at_all(firm: Ringward, tmp_path: Path) -> None:
    good = "external_id,name,numbers,owner\nX1,周小姐,0912-345-678,101\n"
    file = tmp_path / "customers.csv"
    file.write_text(good, "utf-8")
    status, out, _ = firm("customer", "import", str(file), "--json")
    told = json.loads(out)
    assert (status, told["added"], told["changed"], told["unchanged"]) == (0, 1, 0, 0)
    assert json.loads(firm("customer", "import", str(file), "--json")[1])["unchanged"] == 1
    assert json.loads(firm("import", "list", "--json")[1])[0]["id"] == told["import_id"]
    assert "1 put back, 0 left." in firm("import", "undo", str(told["import_id"]))[1]
    assert json.loads(firm("customer", "list", "--find", "X1", "--json")[1]) == []
    file.write_text(good + "X2,吳先生,not a number,101\n", "utf-8")
    status, out, err = firm("customer", "import", str(file))
    assert (status, out) == (1, "")
    assert "line 3" in err
    assert "Nothing was imported: 1 faults." in err
    assert json.loads(firm("customer", "list", "--find", "X2", "--json")[1]) == []


def test_there_are_no_calls_before_the_first(firm: Ringward) -> None:
    assert firm("call", "list", "--json")[1] == "[]\n"
    assert "No calls yet." in firm("call", "list")[1]
    assert firm("call", "watch", "--seconds", "0")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["agent", "show", "999"], 1, "there is no agent 999"),
        (["agent", "set", "101", "--deputy", "101"], 1, "nobody is their own deputy"),
        (["agent", "add", "101", "--name", "x"], 1, "agent 101 exists already"),
        (["customer", "show", "99"], 1, "there is no customer 99"),
        (["customer", "add", "x", "--number", "12"], 1, "number: '12'"),
        (["customer", "add", "x", "--owner", "777"], 1, "there is no agent 777"),
        (["customer", "import", "/nowhere.csv"], 1, "/nowhere.csv cannot be read"),
        (["call", "show", "1.2"], 1, "there is no call 1.2"),
        (["dialplan", "install", "--target", "/nowhere"], 1, "/nowhere is no folder"),
        (["demo", "call"], 1, "start the demo company with ./run first"),
        (["demo", "call", "--answer", "cat"], 2, "cat is not one of"),
        (["route", "explain", "--to", "1", "--at", "tomorrow"], 2, "'tomorrow' is no time"),
        (["route", "explain"], 2, "give either --to or --agent"),
        (["route", "explain", "--to", "main"], 2, "a telephone number has digits"),
        (["agent", "set", "101"], 2, "say what to change"),
        (["customer", "show", "x"], 2, "valid integer"),
        (["bogus"], 2, "No such command"),
        (["--lang", "fr", "agent", "list"], 2, "fr is not one of"),
    ],
)
def test_an_error_is_one_sentence_and_its_exit_status(
    firm: Ringward, arguments: list[str], status: int, says: str
) -> None:
    got, out, err = firm(*arguments)
    assert (got, out) == (status, "")
    assert says in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    # The same in Chinese: no sentence of ours is left in English.
    language = [] if "--lang" in arguments else ["--lang", "zh-Hant"]
    chinese = firm(*language, *arguments)[2]
    if language:
        assert re.search(r"[一-鿿]", chinese)
        assert not re.match(r"ringward: (找不到|輸入有誤|目前無法這麼做|發生錯誤)\uff1a", chinese), chinese


def test_a_reading_command_makes_no_empty_database(ringward: Ringward, tmp_path: Path) -> None:
    status, _, err = ringward("agent", "list")
    assert status == 1
    assert "ringward db upgrade" in err
    assert not (tmp_path / "ringward.sqlite3").exists()


def test_a_database_of_another_version_is_named(ringward: Ringward, tmp_path: Path) -> None:
    (tmp_path / "ringward.sqlite3").touch()
    status, _, err = ringward("agent", "list")
    assert status == 1
    assert "the database is of an older version" in err
    assert "run `ringward db upgrade`" in err
    assert err.count("\n") == 1
    assert "資料庫是舊版的" in ringward("--lang", "zh-TW", "agent", "list")[2]


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('web_port = "many"', "setting web_port"),
        ("this is no toml", "ringward.toml"),
        ('time_zone = "Mars/Olympus"', "Mars/Olympus"),
        ('bind_host = "0.0.0.0"', "loopback"),
    ],
)
def test_a_wrong_setting_is_one_sentence(ringward: Ringward, tmp_path: Path, toml: str, says: str) -> None:
    (tmp_path / "ringward.toml").write_text(toml + "\n", "utf-8")
    status, _, err = ringward("agent", "list")
    assert status == 1
    assert says in err
    assert err.count("\n") == 1


def test_a_name_cannot_steer_the_terminal(firm: Ringward) -> None:
    assert firm("customer", "add", "\x1b[2J[red]惡意\u202e", "--number", "0912000111")[0] == 0
    out = firm("customer", "list", "--find", "惡意")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]惡意" in out


def test_the_version_is_told(ringward: Ringward) -> None:
    assert ringward("--version")[1].startswith("ringward ")


NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def a_call(**legs_are: Any) -> Call:
    leg = Leg(
        index=1, kind="desk", agent="101", endpoint="PJSIP/101", seconds=15, channel="c", started=NOON, **legs_are
    )
    return Call(linkedid="1.1", caller_raw="0933000222", started=NOON, state=CallState.RINGING, legs=(leg,))


def test_a_watcher_is_told_what_moved_and_nothing_twice() -> None:
    called, ringing = a_call(), a_call(ringing=NOON)
    over = msgspec.structs.replace(
        a_call(ringing=NOON, ended=NOON, reason=LegReason.CALLER_HUNG_UP), state=CallState.ENDED, ended=NOON
    )

    def told(before: Call | None, after: Call) -> list[str | None]:
        moved = changes({before.linkedid: before} if before else {}, {after.linkedid: after})
        return [leg.endpoint if leg else None for _, leg in moved]

    assert told(None, called) == [None, "PJSIP/101"]
    assert told(called, called) == []
    assert told(called, ringing) == ["PJSIP/101"]
    assert told(ringing, over) == ["PJSIP/101", None]
    assert told(over, over) == []


def test_a_call_that_lives_is_told_to_a_watcher_with_its_legs(firm: Ringward, tmp_path: Path) -> None:
    async def record() -> None:
        store = Store(f"sqlite+aiosqlite:///{tmp_path / 'ringward.sqlite3'}")
        async with store.transaction() as session:
            await records.save(session, a_call(ringing=NOON))
        await store.close()

    asyncio.run(record())
    out = firm("call", "watch", "--seconds", "0")[1]
    assert "desk 小林 PJSIP/101: ringing" in out
    assert "2026-11-23 12:00:00" in out
    assert json.loads(firm("call", "show", "1.1", "--json")[1])["legs"][0]["endpoint"] == "PJSIP/101"


def test_reports_of_an_empty_and_of_a_bad_day(firm: Ringward, tmp_path: Path) -> None:
    assert "No calls yet." in firm("report", "answer-rate")[1]
    assert "No deputy was rung." in firm("report", "stand-ins")[1]
    missed = msgspec.structs.replace(
        a_call(ringing=NOON, ended=NOON, reason=LegReason.CALLER_HUNG_UP), state=CallState.ENDED, ended=NOON
    )

    async def record() -> None:
        store = Store(f"sqlite+aiosqlite:///{tmp_path / 'ringward.sqlite3'}")
        async with store.transaction() as session:
            await records.save(session, missed)
        await store.close()

    asyncio.run(record())
    day = ("--from", "2026-11-23", "--to", "2026-11-23")
    status, out, _ = firm("report", "nearly-lost", *day)
    assert status == 0
    assert "1 calls, 0 answered, 0 of them by the last net only, 1 missed." in out
    assert "小林" in out
    assert "caller hung up" in out
    told = json.loads(firm("report", "nearly-lost", *day, "--json")[1])
    assert (told["missed"], told["calls"][0]["linkedid"], told["reasons"]) == (1, "1.1", {"caller_hung_up": 1})
    assert firm("report", "nearly-lost", "--from", "soon")[0] == 1
    assert firm("--lang", "zh-Hant", "report", "answer-rate", "--window", "soon")[2].startswith(
        "ringward: window：soon 不對"
    )


def test_presence_is_said_listed_and_kept(firm: Ringward) -> None:
    assert firm("presence", "set", "101", "away", "--reason", "lunch")[0] == 0
    assert "lunch" in firm("presence", "list")[1]
    [first, second] = json.loads(firm("presence", "list", "--json")[1])
    assert (first["agent"], first["state"], first["reason"], first["said"]["state"]) == ("101", "away", "lunch", "away")
    assert second["state"] == "available"
    [line] = json.loads(firm("presence", "history", "101", "--json")[1])
    assert (line["source"], line["state"], line["by"].split(":")[0]) == ("said", "away", "cli")
    assert "away" in firm("presence", "history")[1]
    for wrong in (["109", "away"], ["101", "asleep"], ["101", "available", "--reason", "lunch"]):
        status, _, error = firm("presence", "set", *wrong)
        assert (status, bool(error)) == (1, True)
    assert firm("presence", "set", "101", "away", "--until", "soon")[0] == 2


def test_the_firm_as_it_stands_now(firm: Ringward) -> None:
    firm("presence", "set", "102", "away", "--reason", "meeting")
    status, out, _ = firm("report", "live", "--json")
    found = json.loads(out)
    assert (status, found["states"], found["ringing"]) == (0, {"available": 1, "away": 1}, 0)
    assert found["people"][1]["reason"] == "meeting"
    assert "王美美" in firm("report", "live")[1]
