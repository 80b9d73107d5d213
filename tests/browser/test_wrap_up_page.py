"""Wrap-up on the page: the countdown, an outcome, a next step that becomes a promise, the matter it belongs to."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.office import CHEN, HOUSEHOLD, Office, SitDown, SwitchedCall

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def talked(office: Office, page: Page, caller: str = CHEN) -> SwitchedCall:
    """A call that was answered by 101."""
    call = office.call(caller)
    await call.arrives()
    call.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    return call


async def test_the_countdown_runs_and_is_prolonged_once_and_ended_by_hand(office: Office, sit_down: SitDown) -> None:
    page, other = await sit_down("101"), await sit_down("103")
    call = await talked(office, page)
    await expect(page.locator("rw-countdown")).to_have_count(0)
    call.ends()
    await expect(page.locator("rw-countdown")).to_contain_text(re.compile(r"Wrap-up 0:\d\d"))
    await expect(other.locator("rw-colleagues li.wrap_up")).to_contain_text("小林")
    await page.get_by_role("button", name="As long again").click()
    await expect(page.get_by_role("button", name="As long again")).to_have_count(0)
    await page.reload()
    await expect(page.locator("rw-countdown")).to_be_visible()
    await page.get_by_role("button", name="Free now").click()
    await expect(page.locator("rw-countdown")).to_have_count(0)
    await expect(page.locator("article.ended")).to_be_visible()
    await expect(other.locator("rw-colleagues li.wrap_up")).to_have_count(0)


async def test_what_came_of_a_call_is_filed_by_keyboard_alone(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = await talked(office, page)
    call.ends()
    await page.keyboard.press("Alt+n")
    await expect(page.locator("textarea")).to_be_focused()
    await page.keyboard.type("wants the higher floor")
    await page.keyboard.press("Tab")
    for _ in range(2):  # past the two buttons of the clock
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Tab")
    await page.keyboard.type("ask the hotel")
    await page.get_by_role("button", name="Tomorrow").click()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("rw-note .saved")).to_be_visible()
    await expect(page.locator("rw-countdown")).to_have_count(0)
    await expect(page.locator("rw-promises li[data-promise]")).to_contain_text("ask the hotel")
    await expect(page.locator("rw-history li").first).to_contain_text("wants the higher floor")
    await page.reload()
    await expect(page.locator("rw-outcome input[type=radio]:checked")).to_have_count(1)
    await expect(page.get_by_role("textbox", name="Next step", exact=True)).to_have_value("ask the hotel")


async def test_a_wrap_up_is_shown_on_a_page_opened_only_now(office: Office, sit_down: SitDown) -> None:
    desk = await sit_down("101")
    call = await talked(office, desk)
    call.ends()
    await expect(desk.locator("rw-countdown")).to_be_visible()
    phone = await sit_down("101", width=390)
    await expect(phone.locator("rw-caller h1")).to_have_text("陳太太")
    await expect(phone.locator("rw-countdown")).to_be_visible()
    await phone.locator("rw-outcome .outcomes label").first.click()
    await phone.get_by_role("button", name="File the call").click()
    await expect(desk.locator("rw-countdown")).to_have_count(0)


async def test_a_next_step_with_a_day_needs_words(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = await talked(office, page)
    call.ends()
    await page.locator("rw-outcome .outcomes label").first.click()
    await expect(page.get_by_role("button", name="File the call")).to_be_enabled()
    await page.get_by_role("button", name="In a week").click()
    await expect(page.get_by_role("button", name="File the call")).to_be_disabled()
    await expect(page.locator("rw-note")).to_contain_text("Say what the next step is")


async def test_a_matter_that_a_colleague_has_says_so(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("102")
    call = office.call(CHEN)
    await call.arrives()
    await page.wait_for_function("document.title")
    owner = await sit_down("101")
    call.is_answered_by("101")
    await expect(owner.locator("article.talking")).to_be_visible()
    await owner.get_by_label("Belongs to").select_option(index=1)
    await expect(owner.locator(".taken")).to_have_count(0)  # it is their own
    await expect(owner.get_by_label("Belongs to")).to_contain_text("小林")


async def test_nothing_is_filed_before_it_is_known_who_called(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(HOUSEHOLD)
    await call.arrives()
    [owner] = office.services.desktops.pops_of(call.linkedid)
    page = page if owner == "101" else await sit_down(owner)
    call.is_answered_by(owner)
    await expect(page.locator("article.talking")).to_be_visible()
    await page.locator("rw-outcome .outcomes label").first.click()
    await expect(page.get_by_role("button", name="File the call")).to_be_disabled()
    await page.locator("rw-which button").first.click()
    await expect(page.get_by_role("button", name="File the call")).to_be_enabled()
