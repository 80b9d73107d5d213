"""The lines to the carriers on their page: what was refused is seen by who leads, forgotten by managers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from tests.browser.administration import administration, is_sound
from tests.browser.office import Office, SitDown
from tests.browser.test_admin_waiting import LEAD
from tests.unit.web.test_web_trunks import Switch

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_the_carrier_refused_is_seen_and_forgotten(office: Office, sit_down: SitDown) -> None:
    switch = Switch({"carrier": f"asserted!customer!403!{int(datetime.now(UTC).timestamp())}"})
    object.__setattr__(office.services, "switch", switch)
    page = await administration(sit_down, office, "/trunks", LEAD)
    lines = page.locator("rw-trunks")
    await expect(lines).to_contain_text("does not answer")
    await expect(lines.locator(".warn")).to_contain_text("(403): the customer's number.")
    await expect(lines.get_by_role("button", name="Forget")).to_have_count(0)
    page = await administration(sit_down, office, "/people")
    await page.get_by_role("link", name="Lines to the carriers").click()
    lines = page.locator("rw-trunks")
    await expect(lines.locator(".forms b")).to_contain_text("P-Asserted-Identity")
    await is_sound(page)
    await lines.get_by_role("button", name="Forget what carrier refused").press("Enter")
    await expect(lines.get_by_role("status")).to_contain_text("Forgotten")
    await expect(lines.locator(".forms b")).to_have_text("the customer's number")
    assert switch.kept == {}
