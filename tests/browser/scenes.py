"""The pictures of docs/screens: each state is brought about, seen, and kept in the folder that RINGWARD_SCREENS names.

Run when pictures are wanted, by naming this file; docs/screens/README.md has the command.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.administration import administration
from tests.browser.office import CHEN, HOUSEHOLD, STRANGER, Office, SitDown, desk, mobile
from tests.browser.pictures import picture
from tests.browser.test_admin_imports import HEAD, csv
from tests.browser.test_admin_messages import failed
from tests.browser.test_admin_page import with_hours
from tests.browser.test_admin_waiting import come_in
from tests.browser.test_asking import unsure_of
from tests.browser.test_duplicates_page import suspected, twins

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Scene = Callable[..., Awaitable[Page]]


async def rings(office: Office, sit_down: SitDown, caller: str = CHEN, login: str = "101", **looks: Any) -> Page:
    page = await sit_down(login, **looks)
    await office.call(caller).arrives()
    await page.locator("rw-caller h1").wait_for()
    return page


async def talks(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await sit_down("101", **looks)
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    await page.locator("article.talking").wait_for()
    await page.locator("rw-history .top b").first.wait_for()
    return page


async def idle(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await sit_down("101", **looks)
    await page.locator("rw-idle").wait_for()
    return page


async def deputy(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    """The owner's desk and mobile rang, now her deputy's desk does."""
    page = await sit_down("102", **looks)
    call = office.call(CHEN)
    await call.arrives()
    call.goes_on_to("mobile", mobile("101"))
    call.is_not_accepted()
    call.goes_on_to("deputy", desk("102"))
    await page.locator("rw-tried").wait_for()
    return page


async def household(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    return await rings(office, sit_down, HOUSEHOLD, "102", **looks)


async def unknown(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    return await rings(office, sit_down, STRANGER, **looks)


async def withheld(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    return await rings(office, sit_down, "anonymous", **looks)


async def held(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await talks(office, sit_down, **looks)
    await page.locator("rw-control button").first.click()
    await expect(page.locator("rw-control [role=status]")).not_to_be_empty()
    return page


async def wraps_up(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await sit_down("101", **looks)
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    call.ends()
    await page.locator("rw-countdown").wait_for()
    await page.fill("rw-note textarea", "先生想加租車，孩子兩位，要安全座椅")
    await page.locator("rw-outcome input[type=radio]").nth(1).check(force=True)
    await page.locator("rw-outcome input[type=text]").fill("向飯店問靠窗房與租車")
    await page.locator("rw-outcome button[aria-pressed]").first.click()
    await page.locator("rw-history .top b").first.wait_for()
    return page


async def offline(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await talks(office, sit_down, **looks)
    await office.shut()
    await page.locator("rw-banner [role=alert], rw-banner div").first.wait_for()
    await expect(page.locator(".line.lost")).to_have_count(1)
    return page


async def palette(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await talks(office, sit_down, **looks)
    await page.keyboard.press("Control+k")
    await page.locator("rw-palette input").fill("陳太")
    await page.locator("rw-palette [role=option]").first.wait_for()
    return page


async def asks(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    await unsure_of(office)
    page = await talks(office, sit_down, **looks)
    await page.locator("rw-ask form").first.scroll_into_view_if_needed()
    return page


async def number(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await talks(office, sit_down, **looks)
    await page.locator("rw-numbers button[aria-expanded]").first.click()
    await page.locator("rw-number-change input").first.fill("0955123456")
    await page.locator(".digits span").first.wait_for()
    return page


async def password(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await talks(office, sit_down, **looks)
    await page.locator("rw-header .me button").click()
    await page.locator("rw-password form").wait_for()
    return page


def view(path: str) -> Scene:
    """A view of the administration, loaded."""

    async def seen(office: Office, sit_down: SitDown, **looks: Any) -> Page:
        page = await administration(sit_down, office, path, **looks)
        await with_hours(page, office)
        await page.reload()
        await page.locator("rw-admin main h1").first.wait_for()
        await page.wait_for_load_state("networkidle")
        return page

    return seen


async def compared(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    one, twin, _ = await twins(office)
    await suspected(office)
    page = await administration(sit_down, office, f"/duplicates/{one}/{twin}", **looks)
    await page.get_by_role("table").wait_for()
    return page


async def imported(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await administration(sit_down, office, "/imports", **looks)
    rows = HEAD + "N1,新客人,0966-000-111,A,獅子\nN2,另一位,0966-000-112,B,\n"
    await page.locator("input[type=file]").set_input_files(csv("客戶.csv", rows))
    await page.locator(".counts").first.wait_for()
    return page


async def waiting(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await administration(sit_down, office, "/people", **looks)
    await come_in(page, office)
    await page.goto(f"{office.url}/admin/waiting")
    await page.locator("rw-waiting-message").nth(2).wait_for()
    return page


async def messages(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await administration(sit_down, office, "/people", **looks)
    await failed(page, office)
    await page.goto(f"{office.url}/admin/messages")
    await page.locator("rw-message").nth(1).wait_for()
    return page


async def menu(office: Office, sit_down: SitDown, **looks: Any) -> Page:
    page = await administration(sit_down, office, "/chains", **looks)
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.locator("rw-navigation .menu").click()
    await page.get_by_role("navigation").get_by_role("link").first.wait_for()
    return page


SCENES: dict[str, Scene] = {
    "agent-idle": idle,
    "agent-page": deputy,
    "agent-ringing": rings,
    "agent-talking": held,
    "agent-which": household,
    "agent-unknown": unknown,
    "agent-withheld": withheld,
    "agent-wrap-up": wraps_up,
    "agent-offline": offline,
    "agent-palette": palette,
    "agent-asks": asks,
    "agent-number": number,
    "agent-password": password,
    "admin-duplicates": compared,
    "admin-imports": imported,
    "admin-waiting": waiting,
    "admin-messages": messages,
    "admin-menu": menu,
    "admin-person": view("/people/101"),
    "admin-chains": view("/chains"),
    "admin-week": view("/week"),
}
"""Name of the picture -> what brings it about."""

NARROW = {"admin-menu"}
"""As on a telephone."""


@pytest.mark.parametrize("name", SCENES)
async def test_a_picture_is_taken(office: Office, sit_down: SitDown, name: str) -> None:
    page = await SCENES[name](office, sit_down, width=1280, language="zh-Hant")
    await page.set_viewport_size({"width": 390 if name in NARROW else 1280, "height": 800})
    await expect(page.locator("body")).not_to_contain_text("undefined")
    await picture(page, name)
