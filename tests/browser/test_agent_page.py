"""The agent's page in a real Chromium: what someone with a caller on the line sees and does."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from cti.customers import people
from cti.customers.learning import learn
from cti.customers.numbers import normalise
from tests.browser.office import CHEN, HOUSEHOLD, STRANGER, Office, SitDown, desk, mobile

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def head(page: Page, name: str) -> None:
    await expect(page.locator("rw-caller h1")).to_have_text(name)


async def test_logging_in_and_out(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await expect(page.locator("rw-header b")).to_have_text("小林")
    await expect(page.locator("rw-colleagues li")).to_have_count(7)
    await page.get_by_role("button", name="Log out").click()
    await page.fill("input[name=login]", "101")
    await page.fill("input[name=password]", "not the password")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("alert")).to_have_text("Log-in or password is not right.")


async def test_ones_own_password_is_changed_beneath_ones_name_while_a_call_rings(
    office: Office, sit_down: SitDown
) -> None:
    here, there = await sit_down("101"), await sit_down("101", language="zh-Hant")
    await office.call(CHEN).arrives()
    await here.locator("rw-header .me button").click()
    for name, text in (("present", "not mine"), ("password", "another horse"), ("again", "another hose")):
        await here.fill(f"rw-password [name={name}]", text)
    await here.keyboard.press("Enter")
    await expect(here.locator("rw-password .error")).to_have_text("The two are not the same.")
    await here.fill("rw-password [name=again]", "another horse")
    await here.keyboard.press("Enter")
    await expect(here.locator("rw-password .error")).to_contain_text("this is not your password")
    await expect(here.locator("rw-password [name=present]")).to_be_focused()
    await here.fill("rw-password [name=present]", office.passwords["101"])
    await here.keyboard.press("Enter")
    await expect(here.locator("rw-password [role=status]")).to_have_text("Your new password is set.")
    await here.keyboard.press("Escape")
    await expect(here.locator("rw-header .me button")).to_be_focused()
    await head(here, "陳太太")
    await expect(there.locator("rw-login")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
async def test_missed_calls_are_one_row_beside_the_last_contact(
    office: Office, sit_down: SitDown, language: str
) -> None:
    (chen, *_) = office.services.callers.lookup("+886933000222")
    now = datetime.now(UTC)
    async with office.services.store.transaction() as session:
        for n in range(6):
            at = now - timedelta(minutes=20 - n)
            await people.record_call(session, chen.customer_id, f"m.{n}", at, text="未接來電")
    page = await sit_down("101", language=language)
    if language == "zh-Hant":
        await page.set_viewport_size({"width": 390, "height": 900})
    await office.call(CHEN).arrives()
    await head(page, "陳太太")
    missed = {"zh-Hant": "未接來電 ×6", "en": "Missed calls ×6"}[language]
    await expect(page.locator("rw-caller .last p")).to_have_count(2)
    await expect(page.locator("rw-caller .last p").first).to_contain_text("回電")
    await expect(page.locator("rw-caller .last .missed")).to_contain_text(missed)
    await expect(page.locator("rw-card li", has_text=missed)).to_have_count(1)
    again = {"zh-Hant": "無人接聽", "en": "Back again: nobody answered at"}[language]
    await expect(page.locator("rw-hot")).to_contain_text(again)
    if folder := os.environ.get("RINGWARD_SCREENS"):
        await page.screenshot(path=f"{folder}/missed-{language}.png", full_page=True)


async def test_the_card_is_on_the_ringing_agents_page_and_on_no_other(office: Office, sit_down: SitDown) -> None:
    owner, other = await sit_down("101"), await sit_down("103")
    await office.call(CHEN).arrives()
    await head(owner, "陳太太")
    await expect(owner.locator("rw-caller .why")).to_contain_text("You look after this customer")
    card = owner.locator("rw-card")
    await expect(card).to_contain_text("沖繩四天三夜親子自由行")
    headings = owner.locator("rw-block h2")
    await expect(headings).to_have_text(["Orders", "Complaints", "Requests", "Contacts"])
    await expect(owner.locator("rw-caller")).to_contain_text("0933-000-222")
    await expect(owner.locator("rw-caller")).to_contain_text("02-5550-1000")
    await expect(owner.locator("rw-caller")).to_contain_text("not verified")
    await expect(owner).to_have_title("Ringing: 陳太太")
    # The other desktop heard of the call (its colleague rings), and shows nothing of the caller.
    await expect(other.locator("rw-colleagues li.ringing")).to_contain_text("小林")
    await expect(other.locator("rw-caller")).to_have_count(0)
    await expect(other.locator("body")).not_to_contain_text("陳太太")


async def test_the_card_follows_the_ringing_phone_and_says_who_was_tried(office: Office, sit_down: SitDown) -> None:
    owner, deputy = await sit_down("101"), await sit_down("102")
    call = office.call(CHEN)
    await call.arrives()
    await head(owner, "陳太太")
    call.goes_on_to("mobile", mobile("101"))
    tried = owner.locator("rw-caller ol li")
    await expect(tried.first).to_contain_text("小林")
    await expect(tried.first).to_contain_text("no answer")
    await expect(tried.last).to_contain_text("mobile")
    await expect(owner.locator("rw-card")).to_contain_text("沖繩四天三夜親子自由行")
    call.is_not_accepted()
    call.goes_on_to("deputy", desk("102"))
    await head(deputy, "陳太太")
    await expect(deputy.locator("rw-caller .why")).to_contain_text("You stand in for 小林")
    await expect(deputy.locator("rw-tried")).to_contain_text("picked up, not accepted")
    await expect(deputy.locator("rw-card")).to_contain_text("沖繩四天三夜親子自由行")
    await expect(owner.locator("rw-caller")).to_have_count(0)
    await expect(owner.locator("rw-notices")).to_contain_text("rings on elsewhere")


async def test_a_group_call_leaves_the_others_when_one_answers(office: Office, sit_down: SitDown) -> None:
    mine, hers = await sit_down("101", language="zh-Hant"), await sit_down("102")
    call = office.call(STRANGER)
    await call.arrives()
    await head(mine, "陌生來電")
    await head(hers, "Unknown caller")
    call.is_answered_by("102")
    await expect(hers.locator("article.talking")).to_be_visible()
    await expect(mine.locator("rw-caller")).to_have_count(0)
    await expect(mine.locator("rw-notices")).to_contain_text("阿美 已接聽")


async def test_a_reload_in_mid_call_brings_the_card_and_the_draft_back(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    await page.fill("textarea", "half a sentence")
    await page.reload()
    await head(page, "陳太太")
    await expect(page.locator("article.talking")).to_be_visible()
    await expect(page.locator("textarea")).to_have_value("half a sentence")


async def test_a_lost_connection_is_said_and_mended_with_the_same_card(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    await office.shut()
    await expect(page.locator("rw-banner")).to_contain_text("Connection lost")
    await head(page, "陳太太")
    await office.open()
    await expect(page.locator(".line.open")).to_be_visible()
    await expect(page.locator("rw-banner")).not_to_contain_text("Connection lost")
    await expect(page.locator("article.talking")).to_be_visible()
    call.ends()
    await expect(page.locator("article.ended")).to_be_visible()


async def test_a_browser_without_network_in_mid_call_keeps_the_card_and_comes_back(
    office: Office, sit_down: SitDown
) -> None:
    page = await sit_down("101")
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    network = await page.context.new_cdp_session(page)
    gone = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    await network.send("Network.enable")
    await network.send("Network.emulateNetworkConditions", gone)
    await page.fill("textarea", "said while the network was gone")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("rw-note .error")).to_contain_text("Your text is kept here")
    await head(page, "陳太太")
    office.services.hub.close()  # the server's side of a line that went dead
    await expect(page.locator("rw-banner")).to_contain_text("Connection lost")
    await network.send("Network.emulateNetworkConditions", gone | {"offline": False})
    await expect(page.locator(".line.open")).to_be_visible()
    await expect(page.locator("article.talking")).to_be_visible()
    await expect(page.locator("textarea")).to_have_value("said while the network was gone")
    await page.get_by_role("button", name="Save note").click()
    await expect(page.locator("rw-note .saved")).to_be_visible()


async def test_times_are_the_firms_wherever_the_browser_is(office: Office, sit_down: SitDown) -> None:
    here, abroad = await sit_down("101"), await sit_down("101", zone="America/Los_Angeles")
    await office.call(CHEN).arrives()
    for page in (here, abroad):
        await head(page, "陳太太")
        await expect(page.locator("rw-history .top b").first).to_be_visible()
    said = [await page.locator("rw-caller dl dd").last.inner_text() for page in (here, abroad)]
    assert said[0] == said[1]
    assert await here.locator("rw-history .top b").all_inner_texts() == (
        await abroad.locator("rw-history .top b").all_inner_texts()
    )


async def test_an_ended_call_stays_for_the_note_until_it_is_put_away(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    call.ends()
    await expect(page.locator("article.ended")).to_be_visible()
    await page.reload()
    await head(page, "陳太太")
    await page.fill("textarea", "答應週三前回覆 <b>房型</b>")
    await page.press("textarea", "Control+Enter")
    await expect(page.locator("rw-note .saved")).to_be_visible()
    await expect(page.locator("textarea")).to_have_value("")
    await expect(page.locator("rw-history li").first).to_contain_text("答應週三前回覆 <b>房型</b>")
    await page.get_by_role("button", name="Close card").click()
    await expect(page.locator("rw-idle")).to_contain_text("Ready for the next call")
    await expect(page.locator("rw-idle li")).to_contain_text(["陳太太"])


async def test_a_draft_is_kept_when_the_next_call_takes_the_centre(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    first, second = office.call(CHEN), office.call(STRANGER)
    await first.arrives()
    first.is_answered_by("101")
    first.ends()
    await expect(page.locator("article.ended")).to_be_visible()
    await page.fill("textarea", "to be finished")
    await second.arrives()
    await head(page, "Unknown caller")
    await expect(page.locator("textarea")).to_have_value("")
    await page.locator("rw-calls button.ended").click()
    await head(page, "陳太太")
    await expect(page.locator("textarea")).to_have_value("to be finished")


async def test_a_call_that_rings_does_not_take_the_card_of_whom_one_talks_to(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    first, second = office.call(CHEN), office.call(STRANGER)
    await first.arrives()
    first.is_answered_by("101")
    await expect(page.locator("article.talking")).to_be_visible()
    await second.arrives()
    await expect(page.locator("rw-calls button.ringing")).to_contain_text("0911-222-333")
    await head(page, "陳太太")


async def test_an_unknown_caller_is_a_prospect_in_one_click(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(STRANGER)
    await call.arrives()
    await head(page, "Unknown caller")
    await page.fill("textarea", "wants Hokkaido")
    await expect(page.get_by_role("button", name="Save note")).to_be_disabled()
    await page.fill("input[name=name]", "新客戶王先生")
    await page.get_by_role("button", name="New prospect").click()
    await head(page, "新客戶王先生")
    await expect(page.locator("rw-caller .badge", has_text="prospect")).to_be_visible()
    await page.get_by_role("button", name="Save note").click()
    await expect(page.locator("rw-history li").first).to_contain_text("wants Hokkaido")
    await page.reload()
    await head(page, "新客戶王先生")


async def test_a_prospect_needs_no_name(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await office.call(STRANGER).arrives()
    await page.get_by_role("button", name="New prospect").click()
    await head(page, "New prospect")


async def test_a_withheld_number_says_so_and_can_be_given_to_a_customer(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", language="zh-Hant")
    await office.call("anonymous").arrives()
    await head(page, "未顯示號碼")
    await expect(page.locator("rw-unknown")).to_contain_text("對方隱藏了號碼")
    await page.locator("rw-unknown rw-search input").fill("陳太太")
    await page.locator("rw-unknown rw-search li button").first.click()
    await head(page, "陳太太")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Probably: 2 of 2 calls between"), ("zh-Hant", "時的 2 通中有 2 通")],
)
async def test_who_usually_calls_is_named_with_the_reason_and_not_chosen(
    office: Office, sit_down: SitDown, language: str, words: str
) -> None:
    services = office.services
    e164 = normalise(HOUSEHOLD).e164 or ""
    usual = next(one for one in services.callers.lookup(e164) if one.name == "李淑惠")
    for _ in range(2):
        async with services.store.transaction() as session:
            await learn(session, e164, usual.customer_id, services.now(), services.settings.zone)
    await services.callers.refresh()
    page = await sit_down("102", language=language)
    await page.set_viewport_size({"width": 390, "height": 844})
    call = office.call(HOUSEHOLD)
    await call.arrives()
    owner = next(iter(services.desktops.pops_of(call.linkedid)))
    assert owner == "102"
    first = page.locator("rw-which li").first
    await expect(first).to_contain_text("李淑惠")
    await expect(first).to_contain_text(words)
    await expect(page.locator("rw-which [aria-pressed=true]")).to_have_count(0)
    if folder := os.environ.get("RINGWARD_SCREENS"):
        await page.screenshot(path=f"{folder}/probably-{language}.png")


async def test_of_several_people_one_is_chosen_with_one_tap(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    call = office.call(HOUSEHOLD)
    await call.arrives()
    owner = next(iter(office.services.desktops.pops_of(call.linkedid)))
    page = page if owner == "101" else await sit_down(owner)
    which = page.locator("rw-which")
    await expect(which).to_contain_text("Which of them is calling?")
    await page.fill("textarea", "ask about the seats")
    await expect(page.get_by_role("button", name="Save note")).to_be_disabled()
    await which.get_by_role("button", name="李淑惠").click()
    await head(page, "李淑惠")
    await expect(which.locator("[aria-pressed=true]")).to_contain_text("李淑惠")
    await expect(page.get_by_role("button", name="Save note")).to_be_enabled()
    await page.reload()
    await head(page, "李淑惠")
    await expect(page.locator("rw-which [aria-pressed=true]")).to_contain_text("李淑惠")


async def test_who_is_not_the_one_on_file_gets_a_card_of_their_own(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await office.call(CHEN).arrives()
    await head(page, "陳太太")
    await page.get_by_role("button", name="Someone else?").click()
    await page.fill("textarea", "her sister")
    await expect(page.get_by_role("button", name="Save note")).to_be_disabled()
    await page.fill("input[name=name]", "陳太太的妹妹")
    await page.get_by_role("button", name="New prospect").click()
    await head(page, "陳太太的妹妹")
    await expect(page.get_by_role("button", name="Save note")).to_be_enabled()


async def test_a_message_that_went_missing_costs_no_card(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    connections: list[WebSocketRoute] = []

    def swallow_the_first_pop(route: WebSocketRoute) -> None:
        connections.append(route)
        server = route.connect_to_server()
        first = len(connections) == 1

        def pass_on(message: str | bytes) -> None:
            if not (first and '"type":"pop"' in str(message)):
                route.send(message)

        server.on_message(pass_on)

    await page.route_web_socket("**/ws/desktop", swallow_the_first_pop)
    await page.reload()
    await page.locator(".line.open").wait_for()
    call = office.call(CHEN)
    await call.arrives()
    await head(page, "陳太太")
    assert len(connections) == 2


async def test_a_server_that_fell_silent_is_asked_again(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await page.clock.install()
    connections: list[WebSocketRoute] = []

    def go_deaf_after_the_snapshot(route: WebSocketRoute) -> None:
        connections.append(route)
        server = route.connect_to_server()
        first = len(connections) == 1
        server.on_message(lambda message: route.send(message) if not first or '"seq":1}' in str(message) else None)

    await page.route_web_socket("**/ws/desktop", go_deaf_after_the_snapshot)
    await page.reload()
    await page.locator(".line.open").wait_for()
    await office.call(CHEN).arrives()
    await page.clock.run_for(31_000)
    await page.clock.run_for(11_000)
    await head(page, "陳太太")
    assert len(connections) == 2


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "${alert(1)} {{alert(1)}}",
        "\u202egnp.exe & \"quotes' 😀",
        "A" * 4000,
    ],
    ids=["image", "script", "templates", "direction", "long"],
)
async def test_a_hostile_name_is_only_text(name: str, office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", width=360)
    await office.call(STRANGER, name).arrives()
    await head(page, "Unknown caller")
    says = page.locator("rw-caller .says")
    await expect(says).to_be_visible()
    if name.startswith("<"):
        await expect(says).to_contain_text(name)
    assert await page.locator("rw-caller :is(img, script)").count() == 0
    await _no_sideways_scrolling(page)


async def test_the_language_is_switched_without_losing_the_card_or_the_draft(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", language="zh-Hant")
    await office.call(CHEN).arrives()
    await expect(page.locator("rw-block h2").first).to_have_text("訂單")
    await page.fill("textarea", "草稿")
    await page.get_by_role("button", name="EN", exact=True).click()
    await expect(page.locator("rw-block h2").first).to_have_text("Orders")
    await expect(page.locator("textarea")).to_have_value("草稿")
    await page.reload()
    await expect(page.locator("rw-block h2").first).to_have_text("Orders")
    assert await page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("language", ["zh-Hant", "en"])
async def test_a_phone_wide_page_does_not_scroll_sideways(language: str, office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101", width=360, language=language)
    await _no_sideways_scrolling(page)
    await office.call(CHEN).arrives()
    await head(page, "陳太太")
    await expect(page.locator("rw-history li").first).to_be_visible()
    await _no_sideways_scrolling(page)


async def test_presence_is_set_in_the_bar_and_seen_by_colleagues(office: Office, sit_down: SitDown) -> None:
    mine, hers = await sit_down("101"), await sit_down("102")
    await mine.locator("label.away").click()
    await expect(mine.locator("label.away input")).to_be_checked()
    await expect(hers.locator("rw-colleagues li.away")).to_contain_text("小林")


async def test_a_session_that_ended_asks_for_the_log_in(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await page.context.clear_cookies()
    office.services.hub.drop("101")
    await expect(page.locator("rw-login form")).to_be_visible()


async def test_the_page_asks_no_other_host_for_anything(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.reload()
    await office.call(CHEN).arrives()
    await head(page, "陳太太")
    assert asked
    assert all(url.startswith(office.url) for url in asked)


async def _no_sideways_scrolling(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
