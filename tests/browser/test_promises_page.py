"""Promises on the page: whom to call back, who is late, and closing one with a reason where it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import expect

from cti.promises import ledger
from tests.browser.office import CHEN, STRANGER, Office, SitDown, mobile

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def miss(office: Office, caller: str) -> None:
    """A caller gives up while the phone rings."""
    call = office.call(caller)
    await call.arrives()
    call.ends()


async def test_a_missed_caller_stands_on_the_owners_page_at_once(office: Office, sit_down: SitDown) -> None:
    owner, other = await sit_down("101"), await sit_down("103")
    await expect(owner.locator("rw-promises")).to_contain_text("Nobody is waiting for a call back")
    await miss(office, CHEN)
    item = owner.locator("rw-promises li")
    await expect(item).to_contain_text("陳太太")
    await expect(item).to_contain_text("0933-000-222")
    await expect(item).to_contain_text("called at")
    await miss(office, CHEN)
    await expect(item).to_contain_text("called 2 times")
    await expect(item).to_have_count(1)
    await item.get_by_role("button", name="Show customer 陳太太").click()
    await expect(owner.locator("rw-person h1")).to_contain_text("陳太太")
    await expect(other.locator("rw-promises li")).to_have_count(0)


async def test_a_late_one_is_red_and_said(office: Office, sit_down: SitDown) -> None:
    owner, deputy = await sit_down("101"), await sit_down("102")
    await miss(office, CHEN)
    await expect(owner.locator("rw-promises li")).to_have_count(1)
    office.clock.ahead = timedelta(days=4)
    late = owner.locator("rw-promises li.late")
    await expect(late).to_contain_text("late since")
    await expect(late).to_contain_text("passed on to 阿美")
    await expect(owner.locator("rw-promises .badge")).to_have_text("1 late")
    await expect(owner).to_have_title("(1 late) Ringward")
    await expect(owner.locator(".sr[aria-live=polite]")).to_have_text("Call back overdue: 陳太太")
    await expect(deputy.locator("rw-promises li.late")).to_contain_text("小林")
    await owner.reload()
    await expect(owner).to_have_title("(1 late) Ringward")


async def test_one_is_closed_with_a_reason_where_it_stands(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await miss(office, CHEN)
    item = page.locator("rw-promises li")
    await item.get_by_role("button", name="Done without a call…").click()
    field = page.get_by_label("Why is no call back needed?")
    await expect(field).to_be_focused()
    await expect(item.get_by_role("button", name="Close promise")).to_be_disabled()
    await page.keyboard.press("Escape")
    await expect(item.get_by_role("button", name="Done without a call…")).to_be_focused()
    await page.keyboard.press("Enter")
    await field.fill("已用 LINE <b>聯絡</b>")
    await page.keyboard.press("Enter")
    await expect(item).to_have_count(0)
    async with office.services.store.session() as session:
        [shown] = await ledger.find(session, everything=True)
    assert (shown.promise.ended_by, shown.promise.reason) == ("101", "已用 LINE <b>聯絡</b>")


async def test_a_reason_being_written_survives_news_of_others(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await miss(office, CHEN)
    item = page.locator("rw-promises li", has_text="陳太太")
    await item.get_by_role("button", name="Done without a call…").click()
    await page.get_by_label("Why is no call back needed?").type("已")
    await miss(office, STRANGER)
    await miss(office, CHEN)
    await expect(item).to_contain_text("called 2 times")
    await expect(page.get_by_label("Why is no call back needed?")).to_have_value("已")
    await expect(page.get_by_label("Why is no call back needed?")).to_be_focused()


async def test_a_talk_takes_it_away(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await miss(office, CHEN)
    await expect(page.locator("rw-promises li")).to_have_count(1)
    again = office.call(CHEN)
    await again.arrives()
    again.goes_on_to("mobile", mobile("101"))
    again.is_answered_by("101")
    again.lasts(60)
    again.ends()
    await expect(page.locator("rw-promises li")).to_have_count(0)


async def test_on_a_narrow_screen_what_is_owed_stands_first_and_a_call_before_it(
    office: Office, sit_down: SitDown
) -> None:
    await miss(office, CHEN)
    page = await sit_down("101", width=390)
    owed = page.locator("rw-promises")
    await expect(owed.locator("li")).to_have_count(1)

    async def top(selector: str) -> float:
        box = await page.locator(selector).bounding_box()
        assert box is not None
        return box["y"]

    assert await top("rw-promises") < await top("rw-idle")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await office.call(STRANGER).arrives()
    await expect(page.locator("rw-caller")).to_be_visible()
    assert await top("rw-caller") < await top("rw-promises")


async def test_one_is_noted_and_handed_over_where_it_stands(office: Office, sit_down: SitDown) -> None:
    mine, hers = await sit_down("101"), await sit_down("103")
    await miss(office, CHEN)
    item = mine.locator("rw-promises li[data-promise]")
    await item.get_by_role("button", name="Note…").click()
    await expect(item.locator(".history")).to_contain_text("Missed call — 小林")
    await mine.get_by_label("What should be known of it?").fill("晚上六點後再打 <i>")
    await mine.keyboard.press("Enter")
    await expect(item.get_by_role("button", name="Note…")).to_be_focused()
    await mine.keyboard.press("Enter")
    await expect(item.locator(".history")).to_contain_text("Noted — 晚上六點後再打 <i>")
    await mine.keyboard.press("Escape")
    await item.get_by_role("button", name="Hand over…").click()
    await mine.get_by_label("Hand over to").select_option("103")
    await item.get_by_role("button", name="Hand over", exact=True).click()
    await expect(item).to_have_count(0)
    await expect(hers.locator("rw-promises li[data-promise]")).to_contain_text("陳太太")


async def test_a_number_that_is_owed_a_call_can_be_called(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await miss(office, CHEN)
    call = page.get_by_role("link", name="Call back 陳太太")
    await expect(call).to_have_attribute("href", "tel:+886933000222")


async def test_who_leads_calls_back_for_a_colleague_without_reading_the_number(
    office: Office, sit_down: SitDown
) -> None:
    lead = await sit_down("107")
    await miss(office, CHEN)
    item = lead.locator("rw-promises li")
    await expect(item).to_contain_text("陳太太")
    await expect(item).to_contain_text("+8869•••222")
    await expect(item).not_to_contain_text("0933-000-222")
    async with lead.expect_response("**/api/v1/calls"):
        await item.get_by_role("button", name="Call back 陳太太").click()
    assert office.wishes.asked[-1] == ("dial", "107", "0933000222")
