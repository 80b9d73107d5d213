"""The wallboard's screens on the administration's page: a link shown once, seen when it is used, dark when revoked."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.administration import administration, is_sound
from tests.browser.office import Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_screen_gets_its_link_once_and_goes_dark(office: Office, sit_down: SitDown, chromium: Browser) -> None:
    page = await administration(sit_down, office, "/people")
    await page.get_by_role("link", name="Wallboard screens").click()
    await expect(page.locator("rw-screens")).to_contain_text("No screen has a link yet.")
    await page.get_by_label("New screen").fill("業務部")
    await page.keyboard.press("Enter")
    link = page.get_by_label("Open this link on the screen 業務部")
    await expect(link).to_be_focused()
    address = await link.input_value()
    row = page.locator("rw-screens li")
    await expect(row).to_contain_text("never opened")
    await expect(row).to_contain_text("by 芬姐 108")
    await is_sound(page)
    # The screen, somewhere else, without a log-in.
    context = await chromium.new_context()
    try:
        wall = await context.new_page()
        await wall.goto(f"{office.url}/wall#{address.partition('#')[2]}")
        await wall.locator(".calls .none").wait_for()
        await page.reload()
        await expect(row).to_contain_text("shows the wall now")
        await expect(link).to_have_count(0)
        # The name is taken.
        await page.get_by_label("New screen").fill("業務部")
        await page.get_by_role("button", name="Make its link").click()
        await expect(page.get_by_role("alert")).to_contain_text("業務部 has a token")
        await expect(page.get_by_label("New screen")).to_be_focused()
        await row.get_by_role("button", name="Revoke").click()
        await expect(row.get_by_role("button", name="Yes, revoke it")).to_be_focused()
        await is_sound(page)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_have_text("The screen 業務部 is dark now.")
        await expect(row).to_have_count(0)
        await wall.locator(".why").wait_for()
    finally:
        await context.close()
