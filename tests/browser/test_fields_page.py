"""Fields of the firm's own: defined by a manager on a page, asked for and filled in on the card by their type (M56)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.office import CHEN, Office, SitDown
from tests.browser.test_accessible import clean
from tests.browser.test_admin_page import administration, put

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

OWN_FIELDS: dict[str, dict[str, Any]] = {
    "seat": {"label": "座位", "kind": "choice", "choices": ["走道", "靠窗"], "ask": True},
    "smoker": {"label": "抽菸", "kind": "yesno", "ask": True},
    "passport_until": {"label": "護照效期", "kind": "date"},
    "shoe": {"label": "鞋號", "kind": "number"},
}


async def fields_of(page: Page, office: Office) -> dict[str, Any]:
    answer = await page.request.get(f"{office.url}/api/v1/fields")
    return {one["key"]: one for one in await answer.json()}


async def test_a_manager_adds_changes_and_takes_away_a_field(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/fields")
    await expect(page.locator("rw-fields")).to_contain_text("passport until")
    await clean(page)
    await page.get_by_role("link", name="New field").click()
    save = page.get_by_role("button", name="Save")
    await page.get_by_label("Name for people").first.fill("座位")
    await page.get_by_label("Name for files").fill("Seat!")
    await page.get_by_label("Holds").select_option("choice")
    await save.click()
    await expect(page.locator("#key-fault")).to_contain_text("beginning with a letter")
    await expect(page.get_by_label("Name for files")).to_be_focused()
    await page.get_by_label("Name for files").fill("seat")
    await save.click()
    await expect(page.locator("#choices-fault")).to_contain_text("give them for the type choice")
    await page.get_by_label("Choices, one a line").fill("走道\n\n靠窗")
    await page.get_by_label("Ask customers of whom it is not known").check()
    await expect(page.locator("aside select option")).to_have_text(["choose…", "走道", "靠窗"])
    await clean(page)
    await save.click()
    await page.get_by_role("link", name="座位").click()
    kept = (await fields_of(page, office))["seat"]
    assert kept == {"key": "seat", **OWN_FIELDS["seat"], "version": kept["version"]}
    await page.get_by_label("Holds").select_option("text")
    await page.get_by_label("Ask customers of whom it is not known").uncheck()
    await save.click()
    await expect(page.get_by_role("row", name="座位")).to_contain_text("text")
    # Another one under the same name would be the same.
    await page.get_by_role("link", name="New field").click()
    await page.get_by_label("Name for people").first.fill("位子")
    await page.get_by_label("Name for files").fill("seat")
    await save.click()
    await expect(page.locator("#key-fault")).to_contain_text("there is a field seat already")
    await page.get_by_role("button", name="Discard").click()
    await page.get_by_role("link", name="Back").click()
    await page.get_by_role("link", name="座位").click()
    await page.get_by_role("button", name="Take it away").click()
    await expect(page.locator(".notice.warn")).to_contain_text("What was noted is kept")
    await page.get_by_role("button", name="Yes, take it away").click()
    # The form has no rows: the list is there again once the answer has come.
    await expect(page.locator("rw-fields .empty")).to_be_visible()
    assert not await fields_of(page, office)


WORDS = {
    "en": (
        "Name for people",
        "Save",
        "while you were at it",
        "keep my changes on top",
        "Take it away",
        "Yes, take it away",
    ),
    "zh-Hant": ("顯示名稱", "儲存", "就在您編輯的時候", "保留我的更改", "移除", "確定移除"),
}


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_two_managers_at_one_field_do_not_write_over_each_other(
    office: Office, sit_down: SitDown, language: str
) -> None:
    label, save, meanwhile, take_over, away, yes = WORDS[language]
    first = await administration(sit_down, office, "/people")
    await put(first, office, "/fields/meal", {"label": "餐食", "kind": "text"})
    page = await administration(sit_down, office, "/fields/meal", language=language)
    await page.get_by_label(label).first.fill("餐點")
    now = (await fields_of(page, office))["meal"]
    await put(first, office, "/fields/meal", {"label": "餐食", "kind": "text", "ask": True, "version": now["version"]})
    await page.get_by_role("button", name=save, exact=True).click()
    notice = page.get_by_role("alert")
    await expect(notice).to_contain_text(meanwhile)
    await clean(page)
    await page.get_by_role("button", name=take_over).click()
    await expect(page.get_by_role("checkbox")).to_be_checked()
    await expect(page.get_by_label(label).first).to_have_value("餐點")
    await page.get_by_role("button", name=save, exact=True).click()
    link = page.get_by_role("link", name="餐點")
    await expect(link).to_be_visible()
    now = (await fields_of(page, office))["meal"]
    assert (now["label"], now["ask"]) == ("餐點", True)
    # Taken away by who did not see the last change: told, and only then.
    await link.click()
    await expect(page.get_by_label(label).first).to_have_value("餐點")
    await put(first, office, "/fields/meal", {"label": "餐點", "kind": "number", "version": now["version"]})
    await page.get_by_role("button", name=away, exact=True).click()
    await page.get_by_role("button", name=yes).click()
    await expect(notice).to_contain_text(meanwhile)
    await page.get_by_role("button", name=take_over).click()
    await expect(page.get_by_label(label).first).to_have_attribute("type", "text")
    await expect(page.locator("select#kind")).to_have_value("number")
    await page.get_by_role("button", name=away, exact=True).click()
    await page.get_by_role("button", name=yes).click()
    await expect(page.locator("rw-fields .empty")).to_be_visible()
    assert "meal" not in await fields_of(page, office)


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_values_are_asked_filled_in_and_changed_by_their_type(
    office: Office, sit_down: SitDown, language: str
) -> None:
    manager = await sit_down("108")
    for key, field in OWN_FIELDS.items():
        await put(manager, office, f"/fields/{key}", field)
    page = await sit_down("101", language=language, width=390 if language == "zh-Hant" else 1440)
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    ask, own = page.locator("rw-ask"), page.locator("rw-own-fields")
    seat = ask.get_by_label("座位")
    # Nothing is chosen beforehand that nobody said, and nothing is saved without a choice.
    await expect(seat).to_have_value("")
    await seat.locator("xpath=ancestor::form").get_by_role("button").click()
    await expect(seat).to_be_visible()
    await seat.select_option("靠窗")
    await clean(page)
    await seat.locator("xpath=ancestor::form").get_by_role("button").press("Enter")
    await expect(own.locator("li", has_text="座位")).to_contain_text("靠窗")
    await expect(seat).to_have_count(0)
    await ask.get_by_label("抽菸").select_option("no")
    await ask.locator("form", has_text="抽菸").get_by_role("button").click()
    words = {"en": ("no", "Fill in", "Save", "Change"), "zh-Hant": ("否", "填寫", "儲存", "變更")}[language]
    await expect(own.locator("li", has_text="抽菸").locator("b")).to_have_text(words[0])
    await own.get_by_role("button", name=words[1]).first.press("Enter")
    date = own.locator("input[type=date]")
    await expect(date).to_be_focused()
    await date.fill("2031-05-20")
    await clean(page)
    await date.press("Enter")
    await expect(own.locator("li", has_text="護照效期")).to_contain_text("2031")
    await own.get_by_role("button", name=words[1]).first.click()
    await own.locator("input[type=number]").fill("23.5")
    await own.get_by_role("button", name=words[2], exact=True).click()
    await expect(own.locator("li", has_text="鞋號").locator("b")).to_have_text("23.5")
    await own.locator("li", has_text="座位").get_by_role("button", name=words[3]).click()
    await own.locator("select").select_option("走道")
    await own.locator("select").press("Escape")
    await expect(own.locator("li", has_text="座位").locator("b")).to_have_text("靠窗")
    # A field that went is on no card any more, and what was noted of it is kept.
    seen = {"version": (await fields_of(manager, office))["shoe"]["version"]}
    assert (await manager.request.delete(f"{office.url}/api/v1/fields/shoe", data=seen)).ok
    call.ends()
    await page.locator("article.ended .state button").click()
    await office.call(CHEN).arrives()
    await expect(own.locator("li", has_text="座位")).to_be_visible()
    await expect(own.locator("li", has_text="鞋號")).to_have_count(0)
