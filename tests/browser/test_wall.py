"""The wallboard in Chromium: what stands on it, on screens of every size, and what it does without a line.

The pictures of docs/screens/wall-*.png are taken here when RINGWARD_SCREENS names a folder.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from cti.agents import presences
from cti.promises.model import OwnerWhy
from cti.promises.tables import PromiseRow
from cti.store.revisions import PROMISES, bump
from cti.wall import tokens
from tests.browser.conftest import PATIENCE
from tests.browser.office import CHEN, STRANGER, Office
from tests.browser.pictures import picture
from tests.browser.test_accessible import WCAG

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Looking = Any
TV = ViewportSize(width=1920, height=1080)
UHD = ViewportSize(width=3840, height=2160)
PHONE = ViewportSize(width=360, height=740)


@pytest_asyncio.fixture(loop_scope="session")
async def screen(chromium: Browser, office: Office) -> AsyncIterator[Looking]:
    """Hang a screen up: opened by its token's address. What the page throws fails a test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    async def hang(
        size: ViewportSize = TV, language: str = "en", scheme: Literal["light", "dark"] = "light", token: str = ""
    ) -> Page:
        context = await chromium.new_context(viewport=size, timezone_id="Asia/Taipei", color_scheme=scheme)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        if not token:
            async with office.services.store.transaction() as session:
                token = await tokens.add(session, f"screen {len(contexts)}", "test", office.clock())
        await page.goto(f"{office.url}/wall?lang={language}#{token}")
        return page

    yield hang
    for context in contexts:
        await context.close()
    assert not faults


async def a_busy_day(office: Office) -> None:
    """Calls that ring and talk, some that were answered and one that was not, promises due and late, people about."""
    for number in range(9):
        over = office.call(f"09{12000000 + number}")
        await over.arrives()
        if number:
            over.is_answered_by(office.tracker.get(over.linkedid).targets[0].agent)  # type: ignore[union-attr]
        over.ends()
    await office.tracker.flush()
    now = datetime.now(UTC)
    async with office.services.store.transaction() as session:
        await presences.say(session, "104", "away", reason="lunch", until=now + timedelta(minutes=40), at=now)
        await presences.say(session, "105", "dnd", at=now)
        for number, (owner, minutes) in enumerate((("101", -12), ("103", 25), ("106", 55), (None, 80))):
            revision = await bump(session, PROMISES)
            session.add(promise(number, owner, now + timedelta(minutes=minutes), now, revision))
    await office.services.directory.refresh()
    await office.services.keeper.refresh()
    ringing, talking = office.call(CHEN, "CHEN MEI"), office.call(STRANGER, dialled="0255501107")
    await talking.arrives()
    talking.is_answered_by("107")
    await ringing.arrives()


def promise(number: int, owner: str | None, due: datetime, now: datetime, revision: int) -> PromiseRow:
    caller = f"+8869330009{number:02}"
    return PromiseRow(
        caller=caller, number=caller, raw="", customer_id=None, dialled="0255501000", owner=owner, why=OwnerWhy.OWNER,
        state="open", due=due, first_missed=now, last_missed=now, since=now, attempts=1, called_back=0,
        level=0, reason="", revision=revision,
    )  # fmt: skip


async def taken(page: Page, name: str) -> None:
    if page.viewport_size != UHD:
        await picture(page, f"wall-{name}")


async def is_clean(page: Page) -> None:
    found = await Axe().run(page, options=WCAG)
    assert not [(one["id"], [node["target"] for node in one["nodes"]]) for one in found.response["violations"]]


async def is_whole(page: Page) -> None:
    """Nothing is cut on a screen that nobody can scroll."""
    assert await page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0
    cut = "[...document.querySelector('rw-wall').shadowRoot.querySelector('rw-board').shadowRoot"
    cut += ".querySelectorAll('section')].filter(s => s.scrollHeight > s.clientHeight + 1).map(s => s.className)"
    assert await page.evaluate(cut) == []


async def test_the_wall_shows_who_rings_who_talks_and_who_is_where(office: Office, screen: Looking) -> None:
    await a_busy_day(office)
    page = await screen()
    await expect(page.locator(".calls li")).to_have_count(2)
    await expect(page.locator(".calls .ringing .who")).to_contain_text("小林")
    await expect(page.locator(".calls .talking .state")).to_have_text("talking")
    await expect(page.locator(".rate .figure")).to_contain_text("90%")
    await expect(page.locator(".promises .late .when")).to_contain_text("min late")
    await expect(page.locator(".people li.away")).to_contain_text("Lunch")
    text = await page.locator("rw-wall").inner_text()
    for personal in ("CHEN", "陳太太", "0933", STRANGER):
        assert personal not in text
    assert "#" not in page.url, "the token stays out of the screen's history"
    await is_clean(page)
    await taken(page, "en")


@pytest.mark.parametrize(("name", "size"), [("zh", TV), ("4k", UHD), ("phone", PHONE)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_every_screen(
    office: Office, screen: Looking, name: str, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    await a_busy_day(office)
    page = await screen(size, "zh-Hant", scheme)
    await page.locator(".people li").first.wait_for()
    over = "document.documentElement.scrollWidth - innerWidth"
    assert await page.evaluate(over) <= 0, "nothing is wider than the screen"
    await taken(page, f"{name}-{scheme}")
    if size is not PHONE:
        await is_whole(page)
    await is_clean(page)


async def test_a_rush_is_counted_where_it_does_not_fit(office: Office, screen: Looking) -> None:
    page = await screen()
    await page.locator(".calls .none").wait_for()
    for number in range(12):
        await office.call(f"09{12000000 + number}").arrives()
    await expect(page.locator(".calls li")).to_have_count(7)
    await expect(page.locator(".calls .more")).to_have_text("and 5 more")
    await is_whole(page)
    await is_clean(page)
    await taken(page, "rush")


async def test_an_empty_day_says_so(screen: Looking) -> None:
    page = await screen()
    await expect(page.locator(".calls .none")).to_have_text("No calls now.")
    await expect(page.locator(".promises .none")).to_have_text("Nothing is owed.")
    await expect(page.locator(".rate .figure")).to_contain_text("—")
    await is_clean(page)
    await taken(page, "empty")


async def test_without_a_line_time_stands_still_and_the_wall_comes_back(office: Office, screen: Looking) -> None:
    page = await screen()
    call = office.call()
    await call.arrives()
    call.is_answered_by("101")
    await page.locator(".calls .talking").wait_for()
    await office.shut()
    await page.locator(".lost").wait_for()
    await is_clean(page)
    await taken(page, "lost")
    call.ends()
    await office.open()
    await page.locator(".lost").wait_for(state="detached")
    await page.locator(".calls .none").wait_for()


async def test_a_revoked_screen_goes_dark_and_says_why(office: Office, screen: Looking) -> None:
    page = await screen()
    await page.locator(".calls .none").wait_for()
    async with office.services.store.transaction() as session:
        await tokens.revoke(session, "screen 1", "test", office.clock())
    office.services.walls.hub.drop("wall:screen 1")
    await page.locator(".why").wait_for()
    assert await page.locator("rw-board").count() == 0
    await is_clean(page)
    await taken(page, "revoked")


async def test_who_leads_looks_by_log_in_and_an_agent_does_not(office: Office, screen: Looking) -> None:
    page = await screen(token="unknown")
    await page.locator(".why", has_text="unknown or revoked").wait_for()
    lead = next(login for login in ("manager", "boss", "admin", "lead") if login in office.passwords)
    for login, sees in (("101", False), (lead, True)):
        await page.fill("input[name=login]", login)
        await page.fill("input[name=password]", office.passwords[login])
        await page.press("input[name=password]", "Enter")
        await page.locator(".calls" if sees else ".why >> text=sees no wallboard").wait_for()
