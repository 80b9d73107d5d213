"""Speed of hand: search, palette and help by keyboard alone, and keys that belong to an input method."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import CDPSession, Page, expect

from tests.browser.office import CHEN, HOUSEHOLD, STRANGER, Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ENTRIES = "rw-palette [role=option]"
CHOSEN = "rw-palette [aria-selected=true]"


async def composed(page: Page, text: str) -> CDPSession:
    """An input method is putting `text` together in the field at hand."""
    session = await page.context.new_cdp_session(page)
    await session.send(
        "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
    )
    return session


async def taken_by_the_method(session: CDPSession, key: str, **more: object) -> None:
    """A key that the input method takes for itself: a browser says 229 of it."""
    event = {"key": key, "code": key, "windowsVirtualKeyCode": 229} | more
    await session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})


async def test_a_slash_finds_a_customer_by_any_form_of_a_number_without_the_mouse(
    office: Office, sit_down: SitDown
) -> None:
    page = await sit_down("101")
    await page.keyboard.press("/")
    field = page.locator("rw-header rw-search input")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    await page.keyboard.type("+886 933 000 2")
    await expect(page.locator("rw-search li button")).to_contain_text(["陳太太"])
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("rw-search li button").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("rw-person h1")).to_have_text("陳太太")


async def test_signs_typed_into_a_field_stay_there(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await office.call(CHEN).arrives()
    await page.locator("textarea").focus()
    await page.keyboard.type("7/8 ok?")
    await expect(page.locator("textarea")).to_have_value("7/8 ok?")
    await expect(page.locator("rw-help")).to_have_count(0)


async def test_the_palette_finds_customers_promises_colleagues_and_actions(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    missed = office.call(STRANGER)
    await missed.arrives()
    missed.ends()
    await expect(page.locator("rw-promises li")).to_have_count(1)
    await page.keyboard.press("Control+k")
    field = page.locator("rw-palette input")
    await expect(field).to_be_focused()
    await expect(page.locator(ENTRIES).first).to_contain_text("Call back 0911-222-333")
    await field.fill("陳太太")
    await expect(page.locator(CHOSEN)).to_contain_text("222 · Owner 小林")
    await field.fill("阿美")
    await expect(page.locator(ENTRIES, has_text="102")).to_have_count(1)
    await field.fill("lunch")
    await expect(page.locator(CHOSEN)).to_contain_text("Away")
    await page.keyboard.press("Enter")
    await expect(page.locator("label.away input")).to_be_checked()
    await expect(page.locator("rw-palette")).to_have_count(0)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("0911222333")
    async with page.expect_response("**/api/v1/calls") as called:
        await page.keyboard.press("Enter")
    assert (await called.value).status == 201
    assert office.wishes.asked == [("dial", "101", "0911222333")]


async def test_arrows_move_the_palette_and_escape_gives_the_focus_back(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await office.call(CHEN).arrives()
    await page.fill("textarea", "half a sentence")
    await page.keyboard.press("Control+k")
    first = await page.locator(CHOSEN).inner_text()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(CHOSEN)).not_to_have_text(first)
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Escape")
    await expect(page.locator("rw-palette")).to_have_count(0)
    await expect(page.locator("textarea")).to_be_focused()
    await expect(page.locator("textarea")).to_have_value("half a sentence")


async def test_the_palette_takes_nothing_from_a_call_that_comes(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("wh")
    await office.call(CHEN).arrives()
    await expect(page.locator("rw-caller h1")).to_have_text("陳太太")
    await expect(page.locator("rw-palette input")).to_be_focused()
    await expect(page.locator("rw-palette input")).to_have_value("wh")
    await page.locator("rw-caller h1").click()
    await page.locator("textarea").click()
    await expect(page.locator("rw-palette")).to_have_count(0)


async def test_help_is_a_question_mark_away(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", language="zh-Hant")
    await page.keyboard.press("?")
    await expect(page.locator("rw-help h2")).to_have_text("快速鍵與說明")
    await page.keyboard.press("Escape")
    await expect(page.locator("rw-help")).to_have_count(0)


async def test_no_letter_alone_does_anything(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    await page.locator("rw-caller h1").click()
    written: list[str] = []
    page.on("request", lambda request: written.append(request.url) if request.method != "GET" else None)
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        await page.keyboard.press(letter)
    await page.keyboard.press("Escape")
    await expect(page.locator("article.talking")).to_be_visible()
    assert not written


async def test_while_an_input_method_composes_every_key_is_its_own(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await office.call(CHEN).arrives()
    await expect(page.locator("rw-caller h1")).to_have_text("陳太太")
    await page.locator("textarea").focus()
    session = await composed(page, "ㄋㄧˇ")
    await taken_by_the_method(session, "Enter", modifiers=2)
    await taken_by_the_method(session, "k", modifiers=2)
    await expect(page.locator("rw-palette")).to_have_count(0)
    await session.send("Input.insertText", {"text": "你好"})
    await expect(page.locator("textarea")).to_have_value("你好")
    await expect(page.locator("rw-note .saved")).to_have_count(0)
    await page.keyboard.press("Control+k")
    session = await composed(page, "ㄔㄣˊ")
    for key in ("Enter", "Escape", "ArrowDown"):
        await taken_by_the_method(session, key)
    await expect(page.locator("rw-palette input")).to_have_value("ㄔㄣˊ")
    await session.send("Input.insertText", {"text": "陳太"})
    await expect(page.locator("rw-palette input")).to_have_value("陳太")
    await expect(page.locator(CHOSEN)).to_contain_text("陳太太")
    await page.keyboard.press("Enter")
    await expect(page.locator("rw-person h1")).to_have_text("陳太太")


async def test_arrows_go_between_the_people_of_a_number(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(HOUSEHOLD)
    await call.arrives()
    owner = next(iter(office.services.desktops.pops_of(call.linkedid)))
    page = page if owner == "101" else await sit_down(owner)
    people = page.locator("rw-which button")
    await people.first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(people.nth(1)).to_be_focused()
    name = re.split(r"\s*\n", (await people.nth(1).inner_text()).strip())[0]
    await page.keyboard.press("Enter")
    await expect(page.locator("rw-caller h1")).to_have_text(name)
