"""The house stands: imports run one way, as docs/architecture.md draws it, and rules' modules stay pure."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]

SMALL = {"cti.errors", "cti.settings", "cti.bus", "cti.wording", "cti"}
MAY: dict[str, set[str]] = {
    "routing": set(),
    "dialplan": {"routing", "cti.errors"},
    "cti.errors": set(),
    "cti.bus": {"cti.errors"},
    "cti.settings": {"cti.errors"},
    "cti.wording": {"routing", "cti.errors"},
    "cti.store": SMALL,
    "cti.asterisk": {"routing", *SMALL},
    "cti.audit": {"cti.store", "cti.errors"},
    "cti.delivery": {"cti.store", "cti.errors"},
    "cti.agents": {"routing", "cti.audit", "cti.store", *SMALL},
    "cti.customers": {"routing", "cti.audit", "cti.delivery", "cti.store", *SMALL},
    "cti.calls": {"routing", "cti.audit", "cti.store", "cti.asterisk", *SMALL},
    "cti.promises": {
        "routing",
        "cti.audit",
        "cti.calls",
        "cti.delivery",
        "cti.agents",
        "cti.customers",
        "cti.store",
        *SMALL,
    },
    "cti.wrapup": {"routing", "cti.store", "cti.calls", "cti.agents", "cti.customers", "cti.promises", *SMALL},
    "cti.desktop": {
        "routing",
        "cti.store",
        "cti.calls",
        "cti.agents",
        "cti.customers",
        "cti.promises",
        "cti.wrapup",
        *SMALL,
    },
    "cti.pocket": {
        "routing",
        "cti.audit",
        "cti.delivery",
        "cti.store",
        "cti.calls",
        "cti.agents",
        "cti.customers",
        "cti.desktop",
        "cti.promises",
        *SMALL,
    },
    "cti.reports": {"routing", "cti.store", "cti.asterisk", "cti.calls", "cti.agents", "cti.customers", *SMALL},
}
ROOMS = {"cti.store", "cti.asterisk", "cti.agents", "cti.customers", "cti.calls", "cti.promises", "cti.desktop"}
MAY["cti.mobile"] = {*MAY["cti.reports"], "cti.desktop", "cti.reports"}
ROOMS |= {"cti.reports", "cti.audit", "cti.pocket", "cti.mobile", "cti.wrapup", "cti.delivery"}
MAY["cti.wall"] = {*MAY["cti.reports"], "cti.audit", "cti.promises", "cti.wrapup", "cti.desktop", "cti.reports"}
ROOMS |= {"cti.wall"}
MAY["cti.messages"] = {*MAY["cti.pocket"], "cti.pocket"}
ROOMS |= {"cti.messages"}
MAY["cti.privacy"] = ROOMS | SMALL
ROOMS |= {"cti.privacy"}
ABOVE = ROOMS | SMALL | {"routing"}
MAY |= {
    "cti.explain": ABOVE | {"cti.decision"},
    "cti.decision": ABOVE,
    "cti.conversations": ABOVE,
    "cti.supervision": ABOVE,
    "cti.resuming": ABOVE,
    "cti.inbound": ABOVE | {"cti.decision"},
    "cti.transfers": ABOVE | {"cti.inbound"},
    "cti.fallback": ABOVE,
    "cti.succession": ABOVE,
    "cti.daily": SMALL,
    "cti.nightly": ABOVE | {"cti.daily"},
    "cti.watch": ABOVE,
    "cti.trunks": ABOVE,
    "cti.findings": set(),
    "cti.switch_check": ABOVE | {"cti.findings", "cti.trunks"},
    "cti.doctor": ABOVE | {"dialplan", "cti.findings", "cti.switch_check", "cti.trunks"},
    "cti.rehearse": ABOVE | {"cti.daily", "cti.fallback", "cti.trunks"},
    "cti.web": ABOVE | {"cti.conversations", "cti.supervision", "cti.explain", "cti.succession", "cti.trunks"},
    "cti.local": ABOVE | {"dialplan", "cti.doctor"},
    "cti.app": ABOVE
    | {
        "cti.decision",
        "cti.explain",
        "cti.inbound",
        "cti.transfers",
        "cti.fallback",
        "cti.watch",
        "cti.conversations",
        "cti.supervision",
        "cti.resuming",
        "cti.web",
        "cti.rehearse",
        "cti.nightly",
        "dialplan",
    },
    "cti.cli": ABOVE
    | {
        "cti.explain",
        "cti.inbound",
        "cti.transfers",
        "cti.fallback",
        "cti.succession",
        "cti.nightly",
        "cti.watch",
        "cti.doctor",
        "cti.rehearse",
        "cti.trunks",
        "cti.web",
        "cti.local",
        "cti.app",
        "dialplan",
    },
}

PURE = [
    "cti/audit/model.py",
    "routing/check.py",
    "routing/groups.py",
    "routing/hours.py",
    "routing/model.py",
    "routing/phones.py",
    "routing/route.py",
    "routing/wire.py",
    "cti/agents/presence.py",
    "cti/calls/machine.py",
    "cti/calls/rounds.py",
    "cti/calls/settling.py",
    "cti/calls/taken.py",
    "cti/calls/reasons.py",
    "cti/calls/model.py",
    "cti/customers/numbers.py",
    "cti/customers/discretion.py",
    "cti/customers/worth/rules.py",
    "cti/customers/identity_numbers.py",
    "cti/customers/model.py",
    "cti/pocket/message.py",
    "cti/pocket/model.py",
    "cti/pocket/reporting.py",
    "cti/pocket/rules.py",
    "cti/pocket/sms.py",
    "cti/pocket/wire.py",
    "cti/promises/model.py",
    "cti/promises/opening.py",
    "cti/promises/rules.py",
    "cti/promises/notices.py",
    "cti/promises/shape.py",
    "cti/wrapup/model.py",
    "cti/desktop/pops.py",
    "cti/desktop/messages.py",
    "cti/asterisk/events.py",
    "cti/asterisk/notes.py",
    "cti/mobile/words.py",
    "cti/mobile/person.py",
    "cti/reports/answering.py",
    "cti/reports/decided.py",
    "cti/reports/live.py",
    "cti/reports/live.py",
    "cti/reports/nearly_lost.py",
    "cti/wall/messages.py",
    "cti/reports/deputies.py",
    "cti/reports/periods.py",
    "cti/reports/rehearsal.py",
    "cti/reports/standing_in.py",
]
IMPURE = {"asyncio", "aiohttp", "socket", "sqlalchemy", "time", "os", "pathlib", "random", "subprocess"}


def room_of(module: str) -> str | None:
    """`cti.calls.machine` -> `cti.calls`; None for what is not ours."""
    parts = module.split(".")
    if parts[0] in {"routing", "dialplan"}:
        return parts[0]
    if parts[0] != "cti":
        return None
    return ".".join(parts[:2]) if len(parts) > 1 else "cti"


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports whole, relative ones hide the room"
            module = node.module or ""
            # `from cti import inbound` names a room in what it imports; `from cti import __version__` does not.
            yield from (
                f"cti.{name.name}" if module == "cti" and not name.name.startswith("_") else module
                for name in node.names
            )


def sources() -> list[Path]:
    return sorted(
        path
        for room in ("routing", "dialplan", "cti")
        for path in (TOP / room).rglob("*.py")
        if "versions" not in path.parts
    )


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(TOP)))
def test_imports_run_one_way(path: Path) -> None:
    room = room_of(".".join(path.relative_to(TOP).with_suffix("").parts))
    assert room is not None
    if room == "cti" or (path.name == "__init__.py" and path.parent == TOP / "cti"):
        return
    assert room in MAY, f"{room} is in no plan: give it a place in docs/architecture.md and here"
    for module in imports(path):
        other = room_of(module)
        if other is None or other == room or other == "cti":
            continue
        assert other in MAY[room], f"{path.relative_to(TOP)} imports {module}: {room} must not know {other}"


@pytest.mark.parametrize("name", PURE)
def test_rules_do_no_input_or_output(name: str) -> None:
    used = {module.split(".")[0] for module in imports(TOP / name)}
    assert not used & IMPURE, f"{name} decides purely; it must not import {used & IMPURE}"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(TOP)))
def test_every_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{path} opens with no sentence"


HEAVY = ("alembic", "aiosmtplib", "holidays", "linebot", "openpyxl", "opencc", "pypinyin", "python_calamine")
HEAVY += ("pywebpush", "vobject")


def test_the_daemon_starts_without_what_it_may_never_need() -> None:
    """Each costs memory and time at every start; who needs one loads it then."""
    look = "import sys, cti.app; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=TOP)
    assert not set(HEAVY) & set(done.stdout.split())


def test_no_two_files_of_tests_have_one_name() -> None:
    """Tests stand in no package, so pytest would take the second for the first and collect nothing at all."""
    names = [path.name for path in (TOP / "tests").rglob("*.py") if path.name not in {"conftest.py", "__init__.py"}]
    assert not {name for name in names if names.count(name) > 1}
