"""The ways through the administration: under headings, by keyboard, on any screen, none that is not theirs."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.administration import administration, is_sound
from tests.browser.office import Office, SitDown
from tests.browser.test_accessible import CUT_OFF, clean

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LEAD = "107"


async def ways(page: Page) -> dict[str, list[str]]:
    """Each heading with the ways below it, as a screen reader has them."""
    navigation = page.get_by_role("navigation", name="Administration")
    groups = navigation.get_by_role("list").filter(has_not=page.get_by_role("list"))
    return {
        await one.evaluate(
            "list => list.getRootNode().getElementById(list.getAttribute('aria-labelledby')).innerText"
        ): (await one.get_by_role("link").all_inner_texts())
        for one in await groups.all()
    }


async def test_everybody_sees_the_ways_that_they_may_go(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people")
    found = await ways(page)
    assert list(found) == ["Team", "Telephone", "Customers", "Messages", "Oversight"]
    assert found["Team"] == ["People", "Mentors", "Log-ins"]
    assert found["Oversight"] == ["Wallboard screens", "Changes", "Audit"]
    page = await administration(sit_down, office, "/people", LEAD)
    found = await ways(page)
    assert found["Team"] == ["People", "Mentors"]
    assert found["Oversight"] == ["Changes"]
    assert "Imports" not in found["Customers"]
    # An address that somebody was given leads nowhere, either.
    await page.goto(f"{office.url}/admin/audit")
    await expect(page.locator("main")).to_contain_text("There is nothing at this address.")


async def test_where_one_is_stands_out(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people/101")
    here = page.locator("rw-navigation [aria-current=page]")
    await expect(here).to_have_text("People")
    await page.get_by_role("link", name="Duplicates").press("Enter")
    await expect(page.locator("rw-admin h1")).to_have_text("Duplicates")
    await expect(here).to_have_text("Duplicates")
    await expect(page.get_by_role("button", name="Menu")).to_be_hidden()
    await is_sound(page)


async def test_on_a_telephone_the_ways_open_by_a_button(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people", width=360)
    menu = page.get_by_role("button", name="Menu: Team People")
    await expect(menu).to_have_attribute("aria-expanded", "false")
    await expect(page.get_by_role("link", name="Audit")).to_be_hidden()
    await menu.press("Enter")
    await expect(menu).to_have_attribute("aria-expanded", "true")
    await expect(page.get_by_role("link", name="Audit")).to_be_visible()
    assert not await page.evaluate(CUT_OFF)
    await clean(page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="People", exact=True)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await expect(page.get_by_role("link", name="Audit")).to_be_hidden()
    # Gone there, the button says where that is, and has the focus.
    await menu.press("Enter")
    await page.get_by_role("link", name="Hours").press("Enter")
    there = page.get_by_role("button", name="Menu: Telephone Hours")
    await expect(there).to_be_focused()
    await expect(there).to_have_attribute("aria-expanded", "false")
    await expect(page.locator("rw-admin h1")).to_have_text("Hours")


@pytest.mark.parametrize("width", [360, 768, 1024, 1440, 3840])
async def test_no_way_is_cut_off_at_any_width(width: int, office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people", width=width, language="zh-Hant")
    menu = page.locator("rw-navigation .menu")
    if width < 896:
        await menu.click()
    await expect(page.get_by_role("link", name="稽核")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not await page.evaluate(CUT_OFF)
