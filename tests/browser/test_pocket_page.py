"""The pocket card in a real Chromium, 390 px wide: read at a glance, worked with a thumb, gone when it should be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.conftest import PATIENCE
from tests.browser.office import CHEN, HOUSEHOLD, MAIN, STRANGER, Office, SitDown, SwitchedCall, desk, mobile
from tests.browser.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Pocket = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def pocket(chromium: Browser, office: Office) -> AsyncIterator[Pocket]:
    """Open the latest link of an agent on a phone of their own. What the page throws or its policy refuses fails."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    async def open_link(agent: str, *, language: str = "en", dark: bool = False, wait: str = "h1") -> Page:
        context = await chromium.new_context(
            viewport=ViewportSize(width=390, height=844),
            locale="zh-TW",
            timezone_id="Asia/Taipei",
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        await context.add_init_script(f"localStorage.setItem('ringward.language', '{language}')")
        await page.goto(await office.link(agent))
        await page.locator(f"rw-pocket {wait}").first.wait_for()
        return page

    yield open_link
    for context in contexts:
        await context.close()
    assert not faults


async def photograph(page: Page, name: str) -> None:
    await picture(page, f"pocket-{name}")


async def clean(page: Page) -> None:
    found = (await Axe().run(page)).response["violations"]
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


async def rings_mobile(office: Office, caller: str = CHEN, agent: str = "101", dialled: str = MAIN) -> SwitchedCall:
    call = office.call(caller, dialled=dialled)
    await call.arrives()
    call.goes_on_to("mobile", mobile(agent))
    return call


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
async def test_the_card_is_read_at_a_glance(office: Office, pocket: Pocket, language: str) -> None:
    await rings_mobile(office)
    page = await pocket("101", language=language)
    name = page.locator("h1")
    await expect(name).to_have_text("陳太太")
    assert float((await name.evaluate("one => getComputedStyle(one).fontSize")).removesuffix("px")) >= 48
    await expect(page.locator(".tier")).to_have_text({"zh-Hant": "A 級", "en": "Tier A"}[language])
    await expect(page.locator(".bar")).to_contain_text({"zh-Hant": "來電", "en": "Ringing"}[language])
    await expect(page.locator(".matter")).to_be_visible()
    await expect(page.locator(".hush")).to_contain_text("婆婆 去年過世")  # what must not be said stands above all
    await expect(page.locator("rw-tried")).to_contain_text("小林")
    await expect(page.locator("rw-card")).to_contain_text("沖繩四天三夜親子自由行")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await photograph(page, f"ringing-{language}")
    await clean(page)


async def test_nothing_of_the_caller_stays_when_a_colleague_has_answered(office: Office, pocket: Pocket) -> None:
    call = await rings_mobile(office)
    page = await pocket("101", language="zh-Hant")
    call.is_not_accepted()
    call.goes_on_to("deputy", desk("102"))
    await expect(page.locator("rw-pocket-gone h1")).to_have_text("已轉往下一位")
    await expect(page.locator("body")).not_to_contain_text("陳太太")
    call.is_answered_by("102")
    await expect(page.locator("rw-pocket-gone h1")).to_have_text("阿美 已接聽")
    await photograph(page, "answered-elsewhere-zh-Hant")
    await clean(page)
    await page.reload()
    await expect(page.locator("rw-pocket-gone h1")).to_have_text("阿美 已接聽")


async def test_a_caller_who_hung_up_is_owed_a_call(office: Office, pocket: Pocket) -> None:
    call = await rings_mobile(office)
    page = await pocket("101")
    call.ends()
    await expect(page.locator("rw-pocket-gone h1")).to_have_text("The caller hung up")
    await expect(page.locator("rw-pocket-gone")).to_contain_text("call-back is promised")
    await photograph(page, "hung-up-en")


async def test_who_answers_keeps_it_through_a_network_loss_and_after_the_call(office: Office, pocket: Pocket) -> None:
    call = await rings_mobile(office)
    page = await pocket("101")
    call.is_answered_by("101")
    await expect(page.locator(".bar.talking")).to_contain_text("Talking")
    await photograph(page, "talking-en")
    await office.shut()
    await expect(page.locator(".offline")).to_contain_text("reconnecting")
    await expect(page.locator("h1")).to_have_text("陳太太")
    await photograph(page, "offline-en")
    await office.open()
    await expect(page.locator(".offline")).to_have_count(0)
    call.ends()
    await expect(page.locator(".bar.wrap_up")).to_contain_text("Call over")
    await expect(page.locator("h1")).to_have_text("陳太太")


async def test_what_came_of_the_call_takes_two_taps(office: Office, pocket: Pocket) -> None:
    call = await rings_mobile(office)
    page = await pocket("101", language="zh-Hant")
    call.is_answered_by("101")
    await expect(page.locator(".bar.talking")).to_be_visible()
    call.lasts(30)
    call.ends()
    outcomes = page.locator("rw-pocket-outcome .thumb")
    await expect(outcomes).not_to_have_count(0)
    await photograph(page, "outcome-zh-Hant")
    await clean(page)
    await outcomes.first.click()
    await expect(page.locator("rw-pocket-outcome .next")).to_have_count(4)
    await photograph(page, "next-step-zh-Hant")
    await page.get_by_role("button", name="明天回電").click()
    await expect(page.locator("rw-pocket-outcome")).to_contain_text("結果已登錄")
    assert any("明天回電" in str(shown) for shown in office.services.keeper.board.values())


async def test_a_second_phone_is_refused(office: Office, pocket: Pocket) -> None:
    await rings_mobile(office)
    await pocket("101")
    second = await pocket("101", wait="rw-pocket-gone h1")
    await expect(second.locator("h1")).to_have_text("Open elsewhere")
    await photograph(second, "open-elsewhere-en")


async def test_one_of_a_household_is_chosen_with_a_thumb(office: Office, pocket: Pocket, sit_down: SitDown) -> None:
    await rings_mobile(office, HOUSEHOLD)
    page = await pocket("101")
    buttons = page.locator(".which button")
    await expect(buttons).not_to_have_count(0)
    second = buttons.nth(1)
    box = await second.bounding_box()
    assert box is not None
    assert box["height"] >= 60
    wanted = (await second.locator("span").inner_text()).strip()
    await second.click()
    await expect(page.locator("h1")).to_have_text(wanted)
    await photograph(page, "household-en")
    await clean(page)


async def test_a_stranger_in_the_dark(office: Office, pocket: Pocket) -> None:
    await rings_mobile(office, STRANGER)
    page = await pocket("101", language="zh-Hant", dark=True)
    await expect(page.locator("h1")).to_have_text("陌生來電")
    await photograph(page, "stranger-dark-zh-Hant")
    await clean(page)


async def test_a_link_that_never_was_says_so(office: Office, pocket: Pocket) -> None:
    await rings_mobile(office)
    page = await pocket("101")
    await page.goto(f"{office.url}/p/{'A' * 43}")
    await expect(page.locator("rw-pocket-gone h1")).to_have_text("This link is over")


async def test_ones_ways_are_set_on_the_phone(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", width=390)
    await page.goto(f"{office.url}/pocket")
    await expect(page.locator("h1")).to_have_text("Pocket card: my ways")
    await expect(page.locator("li")).to_contain_text("The daemon's log")
    await photograph(page, "ways-en")
    await clean(page)


async def test_the_page_installs_and_keeps_nothing_of_a_call(office: Office, pocket: Pocket, sit_down: SitDown) -> None:
    page = await sit_down("101", width=390)
    await page.evaluate("navigator.serviceWorker.ready")
    await page.reload()
    await page.locator(".line.open").wait_for()
    await rings_mobile(office)
    await page.goto(await office.link("101"))
    await page.locator("rw-pocket h1").wait_for()
    kept = await page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
            return found;
        }"""
    )
    assert kept
    assert all(path == "/" or path.startswith("/static/") for path in kept), kept
