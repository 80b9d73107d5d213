"""Messages that are nobody's yet, settled on the administration's page by who leads."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.administration import MANAGER, administration, is_sound
from tests.browser.office import HOUSEHOLD, Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LEAD = "107"


async def come_in(page: Page, office: Office) -> None:
    """A form of a household's number, a mail of somebody unknown, and LINE of a stranger."""
    for said in (
        {
            "channel": "web",
            "number": HOUSEHOLD,
            "text": "想改<b>出發日</b>",
            "attachments": ["https://files.example.com/a.pdf"],
        },
        {"channel": "mail", "email": "someone@example.com", "text": "請報價"},
        {"channel": "line", "number": "0966-000-111", "text": "想去沖繩"},
    ):
        answer = await page.request.post(f"{office.url}/api/v1/interactions", data=said)
        assert (await answer.json())["outcome"] == "waiting"


async def line_of(page: Page, office: Office, q: str) -> Any:
    [found] = await (await page.request.get(f"{office.url}/api/v1/customers", params={"q": q})).json()
    answer = await page.request.get(f"{office.url}/api/v1/customers/{found['customer_id']}/history")
    return found, [one["text"] for one in await answer.json()]


async def test_messages_find_their_customers(office: Office, sit_down: SitDown) -> None:
    manager = await sit_down(MANAGER)
    await come_in(manager, office)
    page = await administration(sit_down, office, "/waiting", LEAD)
    messages = page.locator("rw-waiting-message")
    await expect(messages).to_have_count(3)
    # One of the household: asked once more, by name.
    first = messages.first
    await expect(first).to_contain_text("想改<b>出發日</b>")
    await expect(first.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer")
    choices = first.get_by_role("group", name="It may be from").get_by_role("button")
    name = (await choices.first.inner_text()).split("\n")[0].split()[0]
    await choices.first.press("Enter")
    sure = first.get_by_role("button", name="Yes, put it on their time line")
    await expect(sure).to_be_focused()
    await is_sound(page)
    await sure.press("Enter")
    await expect(page.get_by_role("status")).to_have_text(f"It stands on the time line of {name}.")
    await expect(messages).to_have_count(2)
    # What was begun with that one is not gone on with at the one that stands in its place.
    await expect(messages.first.get_by_role("button", name="Yes, put it on their time line")).to_have_count(0)
    assert "想改<b>出發日</b>" in (await line_of(manager, office, name))[1]
    # Found by a search, by keyboard alone.
    await expect(messages.first).to_contain_text("s•••@example.com")
    await messages.first.get_by_role("searchbox", name="Find the customer of message").fill("0933000222")
    await expect(messages.first.get_by_role("button", name="陳太太")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("It stands on the time line of 陳太太.")
    assert "請報價" in (await line_of(manager, office, "陳太太"))[1]
    # A stranger becomes a prospect with the number that a lead does not read.
    await expect(messages.first).to_contain_text("•••")
    await messages.first.get_by_role("button", name="New prospect").click()
    await expect(messages.first.get_by_label("What the sender is called")).to_be_focused()
    await page.keyboard.type("周小姐")
    await messages.first.get_by_label("Who looks after them").select_option("102")
    await is_sound(page)
    await messages.first.get_by_role("button", name="Make a prospect").click()
    await expect(page.locator("rw-waiting")).to_contain_text("No message waits")
    found, texts = await line_of(manager, office, "0966000111")
    assert (found["name"], found["owner"], texts) == ("周小姐", "102", ["想去沖繩"])


async def test_somebody_was_faster_with_a_message(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people", language="zh-Hant")
    await come_in(page, office)
    await page.get_by_role("link", name="待認領來訊").click()
    mail = page.locator("rw-waiting-message").nth(1)
    await mail.get_by_role("searchbox").fill("陳太太")
    await mail.get_by_role("button", name="陳太太").click()
    [waiting] = [
        one
        for one in await (await page.request.get(f"{office.url}/api/v1/interactions/waiting")).json()
        if one["email"] == "someone@example.com"
    ]
    path = f"{office.url}/api/v1/interactions/waiting/{waiting['id']}/prospect"
    assert (await page.request.post(path, data={"name": "方先生"})).ok
    await mail.get_by_role("button", name="是，放進往來紀錄").click()
    await expect(mail.get_by_role("alert")).to_contain_text("已經")
    await is_sound(page)
    await mail.get_by_role("button", name="重新查看").click()
    await expect(page.locator("rw-waiting-message")).to_have_count(2)
