"""Messages that did not arrive: seen by who leads, sent again or given up; and messages that are nobody's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

from cti.agents.logins import add_login
from cti.customers import outbox
from tests.browser.administration import MANAGER, administration, is_sound
from tests.browser.office import CHEN, Office, SitDown
from tests.browser.test_admin_waiting import LEAD, come_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def failed(page: Page, office: Office) -> None:
    """Two messages to one customer that were given up: one by the gateway, one by the mail server."""
    [found] = await (await page.request.get(f"{office.url}/api/v1/customers", params={"q": CHEN})).json()
    said = (
        ("sms", CHEN, "您的機票已開立，請於三日內付款。", "HTTP 200: statuscode=e 0933000222 unreachable"),
        ("mail", "chen@example.com", "沖繩五日行程表", "550 5.1.1 <chen@example.com>: unknown user"),
    )
    async with office.services.store.transaction() as session:
        for channel, target, text, error in said:
            row = await outbox.queue(session, found["customer_id"], channel, target, text, key=channel, by="101")
            row.state, row.tries, row.tried, row.error = "failed", 12, datetime.now(UTC), error


async def test_what_failed_is_sent_again_or_given_up(office: Office, sit_down: SitDown) -> None:
    manager = await sit_down(MANAGER)
    await failed(manager, office)
    page = await administration(sit_down, office, "/people", LEAD)
    await page.get_by_role("link", name="Messages to customers").click()
    messages = page.locator("rw-message")
    await expect(messages).to_have_count(2)
    mail, sms = messages.nth(0), messages.nth(1)
    await expect(sms).to_contain_text("陳太太")
    await expect(sms).to_contain_text("•••222 unreachable")
    await expect(sms).not_to_contain_text("0933000222")
    await expect(mail).to_contain_text("<c•••@example.com>: unknown user")
    await expect(mail).to_contain_text("tried 12 times")
    await mail.get_by_role("button", name="Give up the message to 陳太太").press("Enter")
    await expect(mail.get_by_label("Why it need not arrive")).to_be_focused()
    await is_sound(page)
    await page.keyboard.type("已用電話告知")
    await page.keyboard.press("Enter")
    said = page.locator(".said")
    await expect(said).to_have_text("The message to 陳太太 is given up.")
    await expect(said).to_be_focused()
    await expect(messages).to_have_count(1)
    await messages.get_by_role("button", name="Send it again to 陳太太").click()
    await expect(said).to_have_text("The message to 陳太太 is sent again now.")
    await expect(page.locator("rw-messages .empty")).to_contain_text("Nothing failed")
    await page.get_by_role("link", name="Waiting to be sent").click()
    await expect(messages).to_contain_text("no way of sending is set up")
    await page.get_by_role("link", name="Cancelled").click()
    await expect(messages).to_contain_text("已用電話告知")
    await expect(messages).to_contain_text("家豪哥 107")
    await is_sound(page)


async def test_an_auditor_looks_at_what_failed(office: Office, sit_down: SitDown) -> None:
    manager = await sit_down(MANAGER)
    await failed(manager, office)
    async with office.services.store.transaction() as session:
        await add_login(session, "audit", "correct horse", "auditor")
    office.passwords["audit"] = "correct horse"
    page = await administration(sit_down, office, "/messages", "audit")
    await expect(page.locator("rw-message")).to_have_count(2)
    await expect(page.locator("rw-message").nth(1)).to_contain_text("0933000222 unreachable")
    await expect(page.locator("rw-message button")).to_have_count(0)


async def test_a_message_that_is_nobodys_is_dismissed_and_taken_back(office: Office, sit_down: SitDown) -> None:
    manager = await sit_down(MANAGER)
    await come_in(manager, office)
    page = await administration(sit_down, office, "/waiting", LEAD)
    messages = page.locator("rw-waiting-message")
    await expect(messages).to_have_count(3)
    await messages.nth(1).get_by_role("button", name="Dismiss…").press("Enter")
    await expect(messages.nth(1).get_by_label("Why it is no customer's")).to_be_focused()
    await is_sound(page)
    await page.keyboard.type("廣告")
    await page.keyboard.press("Enter")
    await expect(page.locator(".said")).to_contain_text("The message is dismissed")
    await expect(messages).to_have_count(2)
    await page.get_by_role("link", name="Dismissed ones").click()
    await expect(page.get_by_role("heading", name="Dismissed messages")).to_be_visible()
    await expect(messages).to_contain_text("請報價")
    await expect(messages).to_contain_text("廣告")
    await is_sound(page)
    await messages.get_by_role("button", name="Take it back").click()
    await expect(page.locator("rw-waiting .empty")).to_have_text("No message was dismissed.")
    await page.get_by_role("link", name="Those that wait").click()
    await expect(messages).to_have_count(3)
