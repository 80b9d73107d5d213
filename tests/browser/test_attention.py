"""Getting someone's attention: notifications after asking, the title, a sound, and several tabs that agree."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.office import CHEN, STRANGER, Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LISTEN = """
window.told = [];
window.Notification = class {
  static permission = localStorage.getItem("test.permission") ?? "default";
  static async requestPermission() {
    localStorage.setItem("test.permission", "granted");
    return (this.permission = "granted");
  }
  constructor(title, options) { Object.assign(this, { title, ...options }); window.told.push(this); }
  close() { this.closed = true; }
};
"""
"""A headless browser shows no notifications: the page's own are kept in a list instead."""

COUNT_TONES = """
window.tones = 0;
window.OscillatorNode = class extends OscillatorNode {
  start(at) { window.tones += 1; super.start(at); }
};
"""


async def listened_to(page: Page) -> Page:
    await page.add_init_script(LISTEN)
    await page.reload()
    await page.locator(".line.open").wait_for()
    return page


async def told(page: Page) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = await page.evaluate("window.told.map((one) => ({ ...one, onclick: undefined }))")
    return said


async def notified(page: Page) -> list[dict[str, Any]]:
    """Every notification so far, once there is one: it follows the title."""
    await page.wait_for_function("told.length > 0")
    return await told(page)


async def test_notifications_come_only_after_asking_and_stay_until_the_call_is_seen_to(
    office: Office, sit_down: SitDown
) -> None:
    page = await listened_to(await sit_down("101"))
    call = office.call(STRANGER)
    await call.arrives()
    await expect(page).to_have_title("Ringing: 0911-222-333")
    assert await told(page) == []
    call.ends()
    await page.get_by_role("button", name="Turn notifications on").click()
    await expect(page.get_by_role("button", name="Notifications are on")).to_be_visible()
    second = office.call(CHEN)
    await second.arrives()
    await expect(page).to_have_title("Ringing: 陳太太")
    [notice] = await notified(page)
    assert notice["title"] == "Incoming call: 陳太太"
    assert notice["requireInteraction"] is True
    assert "closed" not in notice
    second.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    assert [one.get("closed") for one in await told(page)] == [True]


async def test_a_click_on_a_notification_brings_the_call_to_the_centre(office: Office, sit_down: SitDown) -> None:
    page = await listened_to(await sit_down("101"))
    await page.get_by_role("button", name="Turn notifications on").click()
    await office.call(CHEN).arrives()
    await expect(page.locator("rw-caller h1")).to_have_text("陳太太")
    await page.locator("rw-header rw-search input").fill("0911")
    await notified(page)
    await page.evaluate("window.told[0].onclick()")
    await expect(page.locator("rw-caller h1")).to_have_text("陳太太")
    assert (await told(page))[0]["closed"] is True


async def test_of_two_tabs_one_notifies_and_both_show_and_the_other_takes_over(
    office: Office, sit_down: SitDown
) -> None:
    first = await listened_to(await sit_down("101"))
    await first.get_by_role("button", name="Turn notifications on").click()
    second = await first.context.new_page()
    await second.add_init_script(LISTEN)
    await second.goto(office.url)
    await expect(second.get_by_role("button", name="Notifications are on")).to_be_visible()
    call = office.call(CHEN)
    await call.arrives()
    for page in (first, second):
        await expect(page.locator("rw-caller h1")).to_have_text("陳太太")
        await expect(page).to_have_title("Ringing: 陳太太")
    assert len(await notified(first)) == 1
    assert await told(second) == []
    call.ends()
    await first.close()
    taken_over = "navigator.locks.query().then(({held, pending}) => held.length === 1 && !pending.length)"
    await second.wait_for_function(taken_over)
    again = office.call(STRANGER)
    await again.arrives()
    await expect(second).to_have_title("Ringing: 0911-222-333")
    assert [one["title"] for one in await notified(second)] == ["Incoming call: 0911-222-333"]


async def test_what_is_switched_in_one_tab_is_switched_in_all(office: Office, sit_down: SitDown) -> None:
    first = await sit_down("101")
    second = await first.context.new_page()
    await second.goto(office.url)
    await second.locator(".line.open").wait_for()
    await first.get_by_role("button", name="Turn the sound on").click()
    await expect(second.get_by_role("button", name="Sound is on")).to_have_attribute("aria-pressed", "true")
    await second.get_by_role("button", name="Sound is on").click()
    await expect(first.get_by_role("button", name="Turn the sound on")).to_be_visible()


async def test_the_sound_is_heard_while_it_rings_and_no_longer(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await page.add_init_script(COUNT_TONES)
    await page.reload()
    await page.get_by_role("button", name="Turn the sound on").click()
    call = office.call(CHEN)
    await call.arrives()
    await page.wait_for_function("tones >= 2")
    call.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    heard = await page.evaluate("tones")
    await page.clock.install()
    await page.clock.run_for(10_000)
    assert await page.evaluate("tones") == heard


async def test_a_call_is_said_aloud_and_the_focus_stays(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await page.locator("rw-header rw-search input").fill("half a na")
    await office.call(CHEN).arrives()
    await expect(page.locator(".sr[aria-live=assertive]")).to_have_text("Incoming call: 陳太太")
    await expect(page.locator("rw-header rw-search input")).to_be_focused()
    await expect(page.locator("rw-header rw-search input")).to_have_value("half a na")
