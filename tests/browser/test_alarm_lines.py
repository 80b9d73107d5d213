"""The alarms of those who lead, on the page: one line each, in the reader's language, and gone when they are over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import expect

from cti.desktop.messages import Alarm
from tests.browser.office import Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SINCE = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)
SAID = {
    ("en", "rehearsal"): "3 failures in the rehearsal of the chains",
    ("en", "answer_rate"): "75 % of calls answered in the last 60 minutes: 15 of 20",
    ("zh-Hant", "rehearsal"): "轉接演練有 3 項不合格",
    ("zh-Hant", "answer_rate"): "最近 60 分鐘接聽率 75 %：20 通接了 15 通",
}


def alarm(office: Office, kind: str, raised: bool, **values: Any) -> None:
    office.services.desktops.set_alarm(Alarm(kind, raised, SINCE, values))


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_a_manager_sees_each_alarm_and_its_end(office: Office, sit_down: SitDown, language: str) -> None:
    manager, agent = await sit_down("107", language=language), await sit_down("101", language=language)
    lines = manager.locator("rw-alarms li")
    await expect(lines).to_have_count(0)
    alarm(office, "rehearsal", True, fails=3)
    alarm(office, "answer_rate", True, rate=0.75, threshold=0.9, answered=15, inbound=20, minutes=60)
    await expect(lines).to_have_count(2)
    await expect(lines.first).to_contain_text(SAID[language, "rehearsal"])
    await expect(lines.last).to_contain_text(SAID[language, "answer_rate"])
    await expect(lines.first).to_contain_text("09:05")
    await expect(agent.locator("rw-alarms li")).to_have_count(0)
    await manager.reload()
    await expect(lines).to_have_count(2)
    alarm(office, "rehearsal", False, fails=0)
    await expect(lines).to_have_count(1)
    await expect(lines).to_contain_text(SAID[language, "answer_rate"])
