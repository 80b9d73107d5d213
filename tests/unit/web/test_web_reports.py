"""Reports over the API: the same figures as the command line's, for those who lead only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cti.rehearse import keep
from cti.reports import reading
from cti.reports.rehearsal import Chain, ChainStep, Finding, Rehearsal

Ask = Callable[..., Awaitable[tuple[int, Any]]]
REPORTS = ["/reports/answer-rate", "/reports/nearly-lost", "/reports/stand-ins"]


@pytest.mark.parametrize("path", REPORTS)
async def test_only_those_who_lead_read_reports(house: Any, ask: Ask, path: str) -> None:
    assert (await ask(await house.logged_in("lin"), "GET", path))[0] == 403
    for login in ("boss", "root", "audit"):
        assert (await ask(await house.logged_in(login), "GET", path))[0] == 200, login
    assert (await ask(house.browser(), "GET", path))[0] == 401


async def test_the_api_answers_what_the_reports_say(house: Any, ask: Ask) -> None:
    house.arrives()
    house.rings("101")
    house.hangs_up()
    await house.tracker.flush()
    now = house.clock()

    status, rate = await ask(await house.logged_in("boss"), "GET", "/reports/answer-rate?window=1h")
    assert (status, rate["inbound"], rate["missed"], rate["rate"]) == (200, 1, 1, 0.0)
    status, late = await ask(await house.logged_in("boss"), "GET", f"/reports/nearly-lost?from={now:%Y-%m-%dT%H}:00Z")
    asked = await reading.read_nearly_lost(house.services.store, now - timedelta(hours=1), now)
    assert status == 200
    assert [one["linkedid"] for one in late["calls"]] == ["1.1"]
    assert late["calls"][0]["tried"] == list(msgspec.to_builtins(asked)["calls"][0]["tried"])


@pytest.mark.parametrize(
    "path", ["/reports/answer-rate?window=soon", "/reports/stand-ins?from=x", "/reports/nearly-lost?until=2026-11-23"]
)
async def test_a_wrong_period_is_refused_with_a_sentence(house: Any, ask: Ask, path: str) -> None:
    status, answer = await ask(await house.logged_in("boss"), "GET", path)
    assert (status, answer["error"]["code"]) == (400, "invalid")


async def test_reports_are_described(house: Any, ask: Ask) -> None:
    _, described = await ask(house.browser(), "GET", "/openapi.json")
    for path in REPORTS:
        described["paths"][f"/api/v1{path}"]["get"]["responses"]["200"]["content"]
    assert "LateCall" in described["components"]["schemas"]


async def test_the_last_rehearsal_in_the_readers_language(house: Any, ask: Ask) -> None:
    boss = await house.logged_in("boss")
    assert (await ask(boss, "GET", "/reports/rehearsal"))[0] == 404
    finding = Finding("switch_away", "fail")
    made = Rehearsal(
        house.clock(), 1, 0, (finding,), (Chain("agent", "101", (ChainStep("desk", 15, ("101",), 1, 1),)),)
    )
    await keep(house.services.store, made, scheduled=True)

    status, told = await ask(boss, "GET", "/reports/rehearsal", headers={"Accept-Language": "zh-TW"})
    assert (status, told["failures"], told["chains"][0]["steps"][0]["agents"]) == (200, 1, ["101"])
    assert told["findings"][0]["what"].startswith("Asterisk 沒有回應")
    assert (await ask(await house.logged_in("lin"), "GET", "/reports/rehearsal"))[0] == 403


async def test_the_firm_as_it_stands_now(house: Any, ask: Ask) -> None:
    house.arrives()
    house.rings("101")
    house.answers()
    await house.tracker.flush()
    status, found = await ask(await house.logged_in("boss"), "GET", "/live?window=1h")
    assert status == 200
    assert (found["talking"], found["ringing"], found["states"]["on_call"]) == (1, 0, 1)
    assert {one["agent"]: one["state"] for one in found["people"]}["101"] == "on_call"
    assert found["answer_rate"]["rate"] == 1
    assert (await ask(await house.logged_in("lin"), "GET", "/live"))[0] == 403
    assert (await ask(await house.logged_in("boss"), "GET", "/live?window=soon"))[0] == 400
