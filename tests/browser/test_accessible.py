"""The page for everyone: axe finds nothing in any state, in both languages, light and dark; big text, any width."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.office import CHEN, HOUSEHOLD, STRANGER, Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
"""Target size and contrast among them: WCAG 2.2 AA, and what axe thinks good practice."""

LOOKS = [("zh-Hant", "light"), ("zh-Hant", "dark"), ("en", "light"), ("en", "dark")]


async def clean(page: Page) -> None:
    """Axe finds nothing; what it finds is said with the place."""
    found = await Axe().run(page, options=WCAG)
    faults = [
        (fault["id"], [(node["target"], node.get("failureSummary", "")[:300]) for node in fault["nodes"]])
        for fault in found.response["violations"]
    ]
    assert not faults


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_axe_finds_nothing_in_any_state(language: str, scheme: str, office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", language=language, scheme=scheme)
    missed = office.call(STRANGER)
    await missed.arrives()
    await expect(page.locator("rw-unknown form")).to_be_visible()
    await clean(page)
    missed.ends()
    await page.locator("label.away").click()
    await expect(page.locator("rw-promises li")).to_have_count(1)
    await page.locator("article.ended .state button").click()
    await expect(page.locator("rw-idle li")).to_have_count(1)
    await clean(page)
    call = office.call(CHEN)
    await call.arrives()
    await expect(page.locator("rw-history li").first).to_be_visible()
    await clean(page)
    call.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    await clean(page)
    call.ends()
    await expect(page.locator("article.ended")).to_be_visible()
    await page.keyboard.press("Control+k")
    await expect(page.locator("rw-palette [role=option]").first).to_be_visible()
    await clean(page)
    await page.keyboard.press("Escape")
    await page.locator("rw-caller h1").click()
    await page.keyboard.press("?")
    await expect(page.locator("rw-help")).to_be_visible()
    await clean(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_where_several_people_may_be_calling(
    scheme: str, office: Office, sit_down: SitDown
) -> None:
    page = await sit_down("101", scheme=scheme)
    call = office.call(HOUSEHOLD)
    await call.arrives()
    owner = next(iter(office.services.desktops.pops_of(call.linkedid)))
    page = page if owner == "101" else await sit_down(owner, scheme=scheme)
    await expect(page.locator("rw-which")).to_be_visible()
    await clean(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_at_the_log_in_or_off_line(scheme: str, office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", scheme=scheme)
    await office.shut()
    await expect(page.locator("rw-banner")).to_contain_text("Connection lost")
    await clean(page)
    await office.open()
    await expect(page.locator(".line.open")).to_be_visible()
    await page.get_by_role("button", name="Log out").click()
    await expect(page.locator("rw-login form")).to_be_visible()
    await clean(page)


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
async def test_text_of_twice_the_size_loses_nothing(language: str, office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", language=language, width=1280)
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    await office.call(CHEN).arrives()
    await expect(page.locator("rw-history li").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = await page.evaluate(CUT_OFF)
    assert not cut


@pytest.mark.parametrize("width", [360, 768, 1024, 1920, 3840])
async def test_nothing_is_cut_off_at_any_width(width: int, office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", width=width)
    await page.locator("label.away").click()
    await office.call(CHEN).arrives()
    await expect(page.locator("rw-history li").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not await page.evaluate(CUT_OFF)


CUT_OFF = """
() => {
  const cut = [];
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot);
      if (!["BUTTON", "H1", "H2", "B", "LABEL", "TEXTAREA", "SELECT"].includes(element.tagName)) continue;
      const box = element.getBoundingClientRect();
      if (box.width && (box.left < -0.5 || box.right > innerWidth + 0.5)) cut.push(element.outerHTML.slice(0, 120));
    }
  };
  look(document);
  return cut;
}
"""
"""What lies beyond the sides of the window."""
