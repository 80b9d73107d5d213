"""Files by API: for managers only, all or nothing, undone whole, each in the audit."""

from __future__ import annotations

import base64
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cti.agents.logins import add_login
from cti.audit.ledger import entries
from cti.web.import_routes import LONGEST_UPLOAD

Ask = Callable[..., Awaitable[tuple[int, Any]]]
CUSTOMERS = "客戶編號,姓名,電話,等級\nC1,=cmd|' /C calc'!A1,0966-000-111,A\n"


def upload(text: str, **more: Any) -> dict[str, Any]:
    return {"file": "客戶.csv", "content": base64.b64encode(text.encode("cp950")).decode(), **more}


@pytest.fixture
async def chief(house: Any) -> Any:
    async with house.services.store.transaction() as session:
        await add_login(session, "chief", "correct horse", "manager")
    return await house.logged_in("chief")


async def test_a_manager_tries_imports_and_takes_back(house: Any, ask: Ask, chief: Any) -> None:
    status, tried = await ask(chief, "POST", "/imports", json=upload(CUSTOMERS, dry_run=True))
    assert (status, tried["added"], tried["import_id"], tried["encoding"]) == (200, 1, None, "cp950")
    assert (await ask(chief, "GET", "/customers?q=0966000111"))[1] == []
    _, done = await ask(chief, "POST", "/imports", json=upload(CUSTOMERS))
    [found] = (await ask(chief, "GET", "/customers?q=0966000111"))[1]
    assert found["name"].startswith("=cmd")
    _, [made] = await ask(chief, "GET", "/imports")
    assert (made["id"], made["file"], made["by"], made["undone"]) == (done["import_id"], "客戶.csv", "chief", None)
    status, undone = await ask(chief, "POST", f"/imports/{made['id']}/undo", json={})
    assert (status, undone["restored"], undone["left"]) == (200, 1, [])
    assert (await ask(chief, "POST", f"/imports/{made['id']}/undo", json={}))[0] == 409
    async with house.services.store.session() as session:
        told = [kept.entry.action for kept in await entries(session, subject="import")]
    assert told == ["import.undone", "import.applied"]


async def test_a_file_at_fault_says_where_and_writes_nothing(house: Any, ask: Ask, chief: Any) -> None:
    wrong = upload(CUSTOMERS + "C1,第二次,hello,Z\n")
    status, report = await ask(chief, "POST", "/imports", json=wrong)
    assert (status, report["import_id"]) == (200, None)
    assert [(one["line"], one["column"]) for one in report["faults"]] == [(3, "電話"), (3, "等級"), (3, "客戶編號")]
    assert (await ask(chief, "GET", "/imports"))[1] == []
    _, report = await ask(chief, "POST", "/imports", json=wrong, headers={"Accept-Language": "zh-TW"})
    assert report["faults"][2]["what"] == "C1 在第 2 行已經出現過"


@pytest.mark.parametrize("body", [{"content": "not base64!"}, {"kind": "secrets", "content": "YQ=="}, {"content": ""}])
async def test_what_is_no_file_is_refused(house: Any, ask: Ask, chief: Any, body: dict[str, Any]) -> None:
    assert (await ask(chief, "POST", "/imports", json=body))[0] == 400


async def test_too_large_a_body_is_refused(chief: Any) -> None:
    body = io.BytesIO(b'{"content": "' + b"A" * LONGEST_UPLOAD + b'"}')
    async with chief.post("/api/v1/imports", data=body, headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 413
        assert "8192 kB" in (await answer.json())["error"]["message"]


@pytest.mark.parametrize("login", ["lin", "boss", "audit"])
async def test_nobody_below_manager_imports_or_takes_back(house: Any, ask: Ask, login: str) -> None:
    client = await house.logged_in(login)
    for method, path, body in (
        ("POST", "/imports", upload(CUSTOMERS)),
        ("GET", "/imports", None),
        ("POST", "/imports/1/undo", {}),
    ):
        assert (await ask(client, method, path, json=body))[0] == 403
