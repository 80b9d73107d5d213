"""Routing from the command line: set up, explained through a week, logged, compared and rolled back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cti.cli.main import run

Ringward = Callable[..., Any]
EXPLAIN = ("route", "explain", "--to", "0255501000", "--from", "0933000222")


@pytest.fixture(scope="module")
def filled_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A firm of two with a service that has hours and a night group."""
    home = tmp_path_factory.mktemp("firm")
    shutil.copy(sqlite_template, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGWARD_HOME", str(home))
        for arguments in (
            ["agent", "add", "101", "--name", "林小明", "--extension", "101", "--mobile", "0900-000-101"],
            ["agent", "add", "102", "--name", "王美美", "--extension", "102", "--mobile", "0900-000-102"],
            ["agent", "set", "101", "--deputy", "102"],
            ["customer", "add", "陳太太", "--number", "0933-000-222", "--owner", "101", "--tier", "a"],
            ["route", "group", "company", "--name", "全公司", "--members", "101,102"],
            ["route", "group", "night", "--name", "夜間", "--members", "102"],
            ["route", "hours", "office", "--week", "週一-週五 09:00-18:00", "--region", "TW"],
            [
                "route",
                "service",
                "sales",
                "--name",
                "S",
                "--group",
                "company",
                "--hours",
                "office",
                "--closed",
                "night",
                "--team",
                "A=night",
            ],
            ["route", "number", "0255501000", "--service", "sales"],
        ):
            assert run(arguments) == 0
    return home


@pytest.fixture
def firm(
    filled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ringward:
    """Runs one command on a copy of the firm, in English: its output; JSON read where asked for."""
    shutil.copytree(filled_home, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("RINGWARD_HOME", str(tmp_path))
    monkeypatch.setenv("RINGWARD_LANGUAGE", "en")
    capsys.readouterr()

    def call(*arguments: str, status: int = 0) -> Any:
        assert run(list(arguments)) == status
        captured = capsys.readouterr()
        if status:
            return captured.err
        return json.loads(captured.out) if "--json" in arguments else captured.out

    return call


def test_by_day_and_by_night(firm: Ringward) -> None:
    day = firm(*EXPLAIN, "--at", "2026-11-23 10:00", "--json")
    assert day["closed"] is None
    assert [step["why_code"] for step in day["steps"]][-2:] == ["team_group", "last_resort"]
    night = firm(*EXPLAIN, "--at", "2026-11-23 21:10", "--json")
    assert (night["closed"], night["steps"][0]["endpoint"]) == ("hours", "PJSIP/0900000102@carrier")
    assert "Closed at that time: outside opening hours" in firm(*EXPLAIN, "--at", "2026-11-23 21:10")
    assert "國定假日" in firm("--lang", "zh-Hant", *EXPLAIN, "--at", "2026-12-25 10:00")


def test_a_duty_comes_first_and_is_taken_back(firm: Ringward) -> None:
    span = ("--from", "2026-11-23 18:00", "--to", "2026-11-24 09:00")
    duty = firm("route", "duty", "night", "101", *span, "--json")
    assert duty["starts"] == "2026-11-23T10:00:00+00:00"
    at = ("--at", "2026-11-23 21:10", "--json")
    assert firm(*EXPLAIN, *at)["steps"][0]["why"] == "closed now: on duty for 夜間"
    firm("route", "unduty", str(duty["id"]))
    assert firm(*EXPLAIN, *at)["steps"][0]["why_code"] == "closed_group"
    assert "no duty" in firm("route", "unduty", str(duty["id"]), status=1)


def test_a_week_in_blocks(firm: Ringward) -> None:
    firm("agent", "leave", "add", "101", "--from", "2026-11-24 09:00", "--to", "2026-11-24 12:00")
    blocks = firm("route", "week", "--to", "0255501000", "--from", "0933000222", "--at", "2026-11-23", "--json")
    assert [(one["from"][5:16], one["who"], one["closed"]) for one in blocks[:5]] == [
        ("11-23T00:00", "王美美", "hours"),
        ("11-23T09:00", "林小明", None),
        ("11-23T18:00", "王美美", "hours"),
        ("11-24T09:00", "王美美", None),
        ("11-24T12:00", "林小明", None),
    ]
    assert blocks[-1]["to"] == "2026-11-30T00:00:00+08:00"
    assert "11-24 12:00" in firm("route", "week", "--to", "0255501000", "--at", "2026-11-23", "--from", "0933000222")


def test_leave_is_listed_and_taken_back(firm: Ringward) -> None:
    span = ("--from", "2099-11-24 09:00", "--to", "2099-11-24 12:00")
    (added,) = firm("agent", "leave", "add", "101", *span, "--deputy", "102", "--json")
    assert firm("agent", "leave", "list", "101", "--json") == [added]
    assert "2099-11-24 09:00:00" in firm("agent", "leave", "list")
    firm("agent", "leave", "remove", str(added["id"]))
    assert "Nobody is away" in firm("agent", "leave", "list")
    assert "later" in firm("agent", "leave", "add", "101", "--from", "2026-11-24", "--to", "2026-11-23", status=1)


def test_an_agents_language(firm: Ringward) -> None:
    assert firm("agent", "set", "101", "--language", "en", "--json")["language"] == "en"
    assert "language" in firm("agent", "set", "101", "--language", "fr", status=1)
    assert firm("agent", "set", "101", "--language", "", "--json")["language"] == ""


def test_profile_and_steps(firm: Ringward) -> None:
    assert firm("agent", "profile", "101", "mobile-only", "--json")["extension"] == "101"
    at = ("--at", "2026-11-23 10:00", "--json")
    assert firm(*EXPLAIN, *at)["steps"][0]["kind"] == "mobile"
    firm("agent", "profile", "101", "desk-and-mobile")
    firm("agent", "steps", "101", "desk:8", "both:20")
    told = firm(*EXPLAIN, *at)["steps"]
    assert [(step["endpoint"], step["seconds"]) for step in told[:2]] == [
        ("PJSIP/101", 8),
        ("PJSIP/101&PJSIP/0900000101@carrier", 20),
    ]
    assert "desk:8 both:20" in firm("agent", "show", "101")
    assert "no step" in firm("agent", "steps", "101", "fax:3", status=1)
    firm("agent", "set", "101", "--mobile", "+852 9123 4567", status=1)


def test_a_foreign_mobile_on_the_list_is_taken(firm: Ringward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWARD_MOBILE_COUNTRIES", '["852"]')
    assert firm("agent", "set", "101", "--mobile", "+852 9123 4567", "--json")["mobile"] == "+85291234567"


def test_log_diff_and_rollback(firm: Ringward) -> None:
    good = firm("route", "log", "--json")[0]["version"]
    assert firm("route", "tier", "A", "--desk-seconds", "5", "--together", "--json")["together"] is True
    firm("agent", "set", "101", "--deputy", "")
    newest = firm("route", "log", "--json")[0]
    assert newest["by"].startswith("cli:")
    assert newest["changes"][0]["after"]["deputy"] is None
    bad = newest["version"]
    assert {one["subject"] for one in firm("route", "diff", str(good), str(bad), "--json")} == {"tier", "agent"}
    assert "deputy" in firm("route", "diff", str(good), str(bad))
    assert firm("route", "rollback", str(good), "--json")["as"] == good
    assert firm("route", "diff", str(good), str(firm("route", "log", "--json")[0]["version"]), "--json") == []
    assert firm("agent", "show", "101", "--json")["deputy"] == "102"
    assert "rollback" in firm("route", "log")
    assert "no version" in firm("route", "rollback", "4711", status=1)
    shown = firm("route", "show", "--json")
    assert (shown["tier"], shown["service"][0]["teams"]) == ([], [["A", "", "night"]])
    assert "週" not in firm("route", "show")


def test_the_calendar_comes_from_a_file_whole_or_not_at_all(firm: Ringward, tmp_path: Path) -> None:
    file = tmp_path / "2026.csv"
    file.write_text("西元日期,星期,是否放假,備註\n20261123,一,2,測試節\n20261128,六,0,補班\n", "utf-8")
    assert firm("calendar", "import", str(file), "--json") == {"changed": 2, "unchanged": 0, "years": [2026]}
    assert firm("calendar", "import", str(file), "--json")["unchanged"] == 2
    assert firm(*EXPLAIN, "--at", "2026-11-23 10:00", "--json")["closed"] == "holiday"
    assert firm(*EXPLAIN, "--at", "2026-11-28 10:00", "--json")["closed"] is None
    firm("calendar", "set", "2026-11-23", "workday", "--name", "照常上班")
    assert firm(*EXPLAIN, "--at", "2026-11-23 10:00", "--json")["closed"] is None
    file.write_text("西元日期,星期,是否放假,備註\n20261128,六,0,補班\n2026112x,一,2,\n", "utf-8")
    assert "line 3: '2026112x' is no date" in firm("calendar", "import", str(file), status=1)
    file.write_text("西元日期,星期,是否放假,備註\n20261128,六,0,補班\n", "utf-8")
    assert firm("calendar", "import", str(file), "--json")["changed"] == 1
    assert [(one["day"], one["source"]) for one in firm("calendar", "list", "--json")] == [
        ("2026-11-23", "firm"),
        ("2026-11-28", "official"),
    ]
    assert "照常上班" in firm("calendar", "list", "--year", "2026")


def test_what_cannot_be_is_refused_in_both_languages(firm: Ringward) -> None:
    firm("agent", "add", "103", "--name", "沒電話")
    wrong = ("route", "group", "empty", "--name", "空", "--members", "103")
    assert "would ring nobody" in firm(*wrong, status=1)
    assert "會沒有人接" in firm("--lang", "zh-Hant", *wrong, status=1)
    assert "no group" in firm("route", "number", "0255502000", "--group", "nothing", status=1)
    assert "no weekday" in firm("route", "hours", "x", "--week", "Someday 09:00-10:00", status=1)
    assert "no team" in firm("route", "service", "x", "--name", "x", "--team", "vip", status=2)


def test_trips_complaints_and_an_own_deputy_are_noted(firm: Ringward) -> None:
    firm("agent", "add", "103", "--name", "第三人", "--extension", "103")
    firm("customer", "deputy", "1", "103")
    at = ("--at", "2099-11-23 10:00", "--json")
    assert [step["agent"] for step in firm(*EXPLAIN, *at)["steps"]][2] == "103"
    order = firm("customer", "order", "1", "沖繩", "--from", "2099-11-25", "--to", "2099-11-28", "--json")
    assert (order["state"], order["ends"]) == ("booked", "2099-11-28")
    told = firm(*EXPLAIN, *at)
    assert (told["customer"]["travelling"], told["steps"][0]["because"]) == (True, ["trip"])
    firm("customer", "order-state", str(order["id"]), "cancelled")
    assert firm(*EXPLAIN, *at)["steps"][0]["because"] == []
    matter = firm("customer", "complaint", "1", "訂錯房", "--about", "101", "--json")
    told = firm(*EXPLAIN, *at)
    assert (told["steps"][0]["agent"], told["steps"][0]["because"]) == ("103", ["complaint"])
    assert "客訴" in firm("--lang", "zh-Hant", *EXPLAIN, *at[:2])
    firm("customer", "settle", str(matter["id"]))
    assert firm(*EXPLAIN, *at)["steps"][0]["agent"] == "101"
    assert "no agent" in firm("customer", "complaint", "1", "x", "--about", "999", status=1)
    firm("customer", "order", "1", "x", "--from", "soon", status=2)


def test_what_a_caller_hears_while_waiting_is_explained(firm: Ringward) -> None:
    plain = firm("--lang", "en", *EXPLAIN)
    assert "While waiting" not in plain
    assert firm(*EXPLAIN, "--json")["waiting"] is None
    firm("route", "service", "company", "--name", "C", "--waiting", "told", "--waiting-seconds", "30")
    assert firm(*EXPLAIN, "--json")["waiting"]["seconds"] == 30
    said = firm("--lang", "en", *EXPLAIN)
    assert "While waiting: every 30 s the caller is told, in Mandarin, that somebody is sought" in said
