"""A manager sits down at one of the administration's views, and what every view of it must be."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.office import Office, SitDown

MANAGER = "108"


async def administration(sit_down: SitDown, office: Office, path: str, login: str = MANAGER, **options: Any) -> Page:
    """A manager, or somebody else, at one of the views."""
    page = await sit_down(login, **options)
    await page.goto(f"{office.url}/admin{path}")
    await expect(page.locator("rw-admin h1").first).to_be_visible()
    return page


async def is_sound(page: Page) -> None:
    """Axe finds nothing as it stands, and nothing is wider than a telephone of 390 px."""
    size = page.viewport_size
    assert size is not None
    found = (await Axe().run(page)).response["violations"]
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found += (await Axe().run(page)).response["violations"]
    await page.set_viewport_size(size)
    faults = [(one["id"], one["nodes"][0]["target"], one["nodes"][0]["html"][:200]) for one in found]
    assert not faults, faults
