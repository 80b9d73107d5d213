"""What the page lets people do to calls: each button asks the switch for it, and shows what became of it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.office import CHEN, Office, SitDown, mobile
from tests.browser.test_accessible import clean

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def talking(office: Office, page: Page) -> str:
    """Somebody calls 101, who answers; their phone's channel."""
    call = office.call(CHEN)
    await call.arrives()
    await expect(page.locator("article.ringing")).to_be_visible()
    await page.get_by_role("button", name="Pick up").click()
    channel = f"{call.linkedid}-1-101"
    await expect(page.get_by_role("button", name="Pick up")).to_be_enabled()
    call.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    return channel


async def test_hold_mute_and_hang_up(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    channel = await talking(office, page)
    control = page.locator("rw-control")
    await control.get_by_role("button", name="Hold").click()
    await expect(control.get_by_role("status")).to_contain_text("On hold")
    await expect(control.get_by_role("button", name="Resume the call")).to_have_attribute("aria-pressed", "true")
    await control.get_by_role("button", name="Mute", exact=True).click()
    await expect(control.get_by_role("status")).to_contain_text("Nobody hears you")
    await clean(page)
    await page.reload()
    await expect(page.locator("rw-control").get_by_role("status")).to_contain_text("On hold")
    await control.get_by_role("button", name="Resume the call").click()
    await expect(control.get_by_role("button", name="Hold")).to_be_visible()
    await control.get_by_role("button", name="Hang up").click()
    await expect(control.get_by_role("button", name="Hang up")).to_be_enabled()
    wanted = [("answer", channel), ("hold", channel, True), ("mute", channel, True), ("hold", channel, False)]
    assert office.wishes.asked == [*wanted, ("hang_up", channel)]


async def test_who_talks_on_a_mobile_holds_too(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(CHEN)
    await call.arrives()
    call.goes_on_to("mobile", mobile("101"))
    control = page.locator("rw-control")
    await expect(control).to_contain_text("Rings on your mobile: answer it there and press 1.")
    await expect(control.get_by_role("button")).to_have_count(0)
    call.is_answered_by("101")
    await control.get_by_role("button", name="Hold").click()
    await expect(control.get_by_role("status")).to_contain_text("On hold")
    await control.get_by_role("button", name="Mute", exact=True).click()
    await expect(control.get_by_role("status")).to_contain_text("Nobody hears you")
    await control.get_by_role("button", name="Resume the call").click()
    await expect(control.get_by_role("button", name="Hold")).to_be_visible()
    own = f"{call.linkedid}-2-0900000101"
    assert office.wishes.asked == [
        ("hold_for", own, call.linkedid),
        ("mute", own, True),
        ("take_back_for", own, call.linkedid, True),
    ]


async def test_handing_on_and_asking_first(office: Office, sit_down: SitDown) -> None:
    page, colleague = await sit_down("101"), await sit_down("102")
    channel = await talking(office, page)
    control = page.locator("rw-control")
    await control.get_by_role("button", name="Hand on…").press("Enter")
    await expect(control.get_by_role("button", name="Ask 阿美 first")).to_be_enabled()
    await clean(page)
    await control.get_by_role("button", name="Ask 阿美 first").click()
    await expect(control.get_by_role("status")).to_contain_text("Pick up your phone: it then calls 阿美")
    await expect(colleague.locator("rw-caller h1")).to_have_text("陳太太")
    await expect(colleague.locator("rw-caller .why")).to_contain_text("A colleague calls you")
    await expect(control.get_by_role("button", name="Stop asking")).to_be_visible()
    assert office.wishes.asked[-1] == ("dial", "101", "102")
    assert channel


async def test_a_lead_listens_with_the_same_card(office: Office, sit_down: SitDown) -> None:
    page, boss = await sit_down("101"), await sit_down("107")
    channel = await talking(office, page)
    await expect(page.locator("rw-floor")).to_have_count(0)
    await expect(boss.locator("rw-caller")).to_have_count(0)
    await boss.get_by_role("button", name="Listen to 小林").click()
    await expect(boss.locator("rw-caller h1")).to_have_text("陳太太")
    await expect(boss.locator("rw-caller .why")).to_have_text("· Call of 小林: you listen in")
    control = boss.locator("rw-control")
    await expect(control.get_by_role("status")).to_contain_text("nobody hears you")
    await clean(boss)
    await control.get_by_role("button", name="Whisper").click()
    await expect(control.get_by_role("status")).to_contain_text("Only 小林 hears you")
    await control.get_by_role("button", name="Stop listening").click()
    await expect(boss.locator("rw-caller")).to_have_count(0)
    listened = [("watch", "107", channel, "listen"), ("watch_as", "listener", "whisper"), ("hang_up", "listener")]
    assert office.wishes.asked[-3:] == listened
