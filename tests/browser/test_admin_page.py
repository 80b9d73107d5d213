"""The administration in a real Chromium: what a manager sets up there is what rings."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.administration import MANAGER, administration, is_sound
from tests.browser.office import CHEN, MAIN, Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def plan_of(page: Page, office: Office, **call: str) -> Any:
    return await (await page.request.get(f"{office.url}/api/v1/route/explain", params=call)).json()


async def put(page: Page, office: Office, path: str, body: dict[str, Any], method: str = "PUT") -> Any:
    answer = await page.request.fetch(f"{office.url}/api/v1{path}", method=method, data=body)
    assert answer.ok, await answer.text()
    return await answer.json()


async def test_a_person_is_set_up_on_one_page_and_rings(office: Office, sit_down: SitDown) -> None:
    page = await sit_down(MANAGER)
    await page.get_by_role("link", name="Administration").click()
    await page.get_by_role("link", name="New person").click()
    await page.get_by_label("Code").fill("109")
    await page.get_by_label("Full name").fill("何大同")
    await page.get_by_label("Nickname").fill("阿同")
    await page.get_by_label("Direct number").fill("02-5550-1109")
    await page.get_by_label("Desk extension").fill("109")
    await page.get_by_label("Mobile", exact=True).fill("0900-000-109")
    await page.get_by_label("Deputy").select_option("101")
    await page.get_by_role("textbox", name="Log-in").fill("tong")
    await page.get_by_label("First password").fill("long enough")
    # Before anything is kept the page says who would ring.
    preview = page.locator("aside rw-plan li b")
    await expect(preview.first).to_have_text("阿同")
    await expect(preview.nth(2)).to_have_text("小林")
    assert (await page.request.get(f"{office.url}/api/v1/people/109")).status == 404
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("h1")).to_contain_text("何大同")
    told = await plan_of(page, office, to="02-5550-1109")
    assert [step["agent"] for step in told["steps"]][:3] == ["109", "109", "101"]
    await expect(page.locator("rw-login-form")).to_contain_text("tong")


async def test_a_chain_that_is_refused_says_why_beside_its_field(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people/101")
    await page.get_by_label("Mobile", exact=True).fill("0204-123-456")
    await expect(page.locator("#mobile-fault")).to_contain_text("premium-rate")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Mobile", exact=True)).to_be_focused()
    await page.get_by_label("Mobile", exact=True).fill("")
    await page.get_by_role("button", name="Set up a chain of one's own").click()
    await page.get_by_label("Phone of step 1").select_option("mobile")
    await expect(page.locator(".notice.bad")).to_contain_text("ring nobody")
    await page.get_by_role("button", name="Discard").click()
    await expect(page.get_by_label("Mobile", exact=True)).to_have_value("0900-000-101")
    await expect(page.locator("aside rw-plan li b").first).to_have_text("小林")


async def test_somebody_was_faster(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people/101")
    await expect(page.get_by_label("Full name")).to_have_value("林小明")
    await put(page, office, "/people/101", {"deputy": "103", "version": 0}, "PATCH")
    await page.get_by_label("Nickname").fill("林大")
    await expect(page.locator(".notice.warn")).to_contain_text("108 changed this")
    await expect(page.locator(".notice.warn")).to_contain_text("Deputy: 102 → 103")
    await page.get_by_role("button", name="Take that over, and keep my changes on top").click()
    await expect(page.get_by_label("Deputy")).to_have_value("103")
    await expect(page.get_by_label("Nickname")).to_have_value("林大")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved")
    person = await (await page.request.get(f"{office.url}/api/v1/people/101")).json()
    assert (person["nickname"], person["deputy"]) == ("林大", "103")


async def test_what_is_unsaved_is_not_lost_by_a_click(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people/101")
    await page.get_by_label("Nickname").fill("林大")
    await page.get_by_role("link", name="All people").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("unsaved changes")
    await page.get_by_role("button", name="Stay").click()
    await expect(page.get_by_label("Nickname")).to_have_value("林大")
    await page.get_by_role("link", name="All people").click()
    await page.get_by_role("button", name="Leave and lose them").click()
    await expect(page.locator("h1")).to_have_text("People")


async def test_leave_and_a_new_password(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people/101")
    await page.get_by_label("Away from").fill("2026-11-20T09:00")
    await page.get_by_label("Back at").fill("2036-12-05T18:00")
    await page.get_by_label("Who stands in").select_option("103")
    await page.get_by_role("button", name="Note this absence").click()
    await expect(page.locator("rw-leaves li")).to_contain_text("阿宇")
    assert (await plan_of(page, office, agent="101", at="2026-12-01 10:00"))["steps"][0]["agent"] == "103"
    await page.get_by_role("button", name="Take back").click()
    await expect(page.locator("rw-leaves")).to_contain_text("No absence is noted.")
    await page.get_by_role("button", name="New password").click()
    await page.get_by_label("New password of 101").fill("short")
    await page.get_by_role("button", name="Set it").click()
    await expect(page.locator("rw-login-form .notice.bad")).to_contain_text("password")
    await page.get_by_label("New password of 101").fill("long enough now")
    await page.get_by_role("button", name="Set it").click()
    await expect(page.locator("rw-login-form")).to_contain_text("The new password is set")
    assert await status_of_login(office, {"login": "101", "password": "long enough now"}) == 200


async def test_an_agent_is_told_whose_page_it_is(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    await page.goto(f"{office.url}/admin")
    await expect(page.locator("h1")).to_have_text("For managers")
    await expect(page.locator("nav")).to_have_count(0)


async def with_hours(page: Page, office: Office) -> None:
    """The main number by a service with hours, and who answers while closed."""
    await put(page, office, "/route/groups/night", {"name": "夜間", "members": ["103"]})
    await put(page, office, "/route/hours/office", {"week": "Mon-Fri 09:00-18:00"})
    service = {"name": "業務", "group": "company", "hours": "office", "closed": "night"}
    await put(page, office, "/route/services/sales", service)
    await put(page, office, f"/route/numbers/{MAIN}", {"label": "總機", "service": "sales", "version": 0})


async def test_the_week_shows_who_would_ring_and_an_hour_why(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people")
    await with_hours(page, office)
    await page.get_by_role("link", name="The week").click()
    await page.get_by_label("Seven days from").fill("2026-11-23")
    night = page.get_by_role("gridcell", name="Mon 23 Nov 03:00")
    await expect(night).to_have_accessible_name("Mon 23 Nov 03:00 阿宇 (outside opening hours)")
    await night.click()
    plan = page.locator("aside rw-plan")
    await expect(plan).to_contain_text("Closed: outside opening hours")
    await expect(plan.locator("li b").first).to_have_text("阿宇")
    # By keyboard: one to the right, eight down, is Tuesday at eleven.
    await night.press("ArrowRight")
    for _ in range(8):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("aside h2")).to_have_text("Tue 24 Nov at 11:00")
    await expect(plan).not_to_contain_text("Closed")
    # For a customer the owner rings first.
    await page.get_by_label("From the number").fill(CHEN)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("gridcell", name="Tue 24 Nov 11:00")).to_have_accessible_name("Tue 24 Nov 11:00 小林")
    await page.get_by_label("A call to").select_option("agent:104")
    await expect(page).to_have_url(f"{office.url}/admin/week/agent/104")
    await expect(page.locator(".legend li").first).to_have_text("雅婷")


async def test_what_callers_hear_while_waiting_is_set_on_the_page(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people")
    await with_hours(page, office)
    await page.goto(f"{office.url}/admin/chains/service/sales")
    await expect(page.get_by_label("Every so many seconds")).to_have_count(0)
    await page.get_by_label("While waiting").select_option("offer")
    await page.get_by_label("Every so many seconds").select_option("30")
    heard = "While waiting: every 30 s the caller is offered, in Mandarin, a call back on key 1"
    await expect(page.locator("aside rw-plan")).to_contain_text(heard)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved")
    await page.goto(f"{office.url}/admin/chains/service/sales")
    await expect(page.get_by_label("While waiting")).to_have_value("offer")
    await expect(page.get_by_label("Every so many seconds")).to_have_value("30")
    await expect(page.get_by_label("Answer the call for it")).not_to_be_checked()


async def test_a_change_is_seen_with_who_made_it_and_taken_back(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/changes")
    await expect(page.locator("rw-changes")).to_contain_text("Nothing has been changed yet")
    await with_hours(page, office)
    wrong = {"week": "Mon 09:00-10:00"}
    hours = next(one for one in (await (await page.request.get(f"{office.url}/api/v1/route")).json())["hours"])
    await put(page, office, "/route/hours/office", {**wrong, "version": hours["version"]})
    await page.reload()
    newest = page.locator(".versions > li").first
    await expect(newest).to_contain_text("Mon-Fri 09:00-18:00 → Mon 09:00-10:00")
    await expect(newest).to_contain_text(MANAGER)
    await page.get_by_role("button", name="Back to version").first.click()
    way = page.get_by_role("group", name="Back to version")
    await expect(way).to_be_focused()
    await expect(way).to_contain_text("Mon 09:00-10:00 → Mon-Fri 09:00-18:00")
    await page.get_by_role("button", name="Yes, go back").click()
    await expect(page.get_by_role("status")).to_contain_text("Everything is as in version")
    told = await plan_of(page, office, to=MAIN, at="2026-11-24 11:00")
    assert told["closed"] is None
    # Somebody changes something between looking and going back: it is not undone unseen.
    await page.get_by_role("button", name="Back to version").last.click()
    await put(page, office, "/people/101", {"deputy": "103", "version": 0}, "PATCH")
    await page.get_by_role("button", name="Yes, go back").click()
    await expect(way).to_contain_text("was changed by 108 meanwhile")


async def test_changes_name_people_groups_and_numbers(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people")
    await with_hours(page, office)
    await put(page, office, "/people/101", {"deputy": "103", "mobile": "0900-000-199", "version": 0}, "PATCH")
    groups = (await (await page.request.get(f"{office.url}/api/v1/route")).json())["groups"]
    night = next(one for one in groups if one["key"] == "night")
    await put(
        page, office, "/route/groups/night", {"name": "夜間", "members": ["103", "104"], "version": night["version"]}
    )
    await page.goto(f"{office.url}/admin/changes")
    versions = page.locator(".versions > li")
    await expect(versions.first).to_contain_text("Group 夜間 night")
    await expect(versions.first).to_contain_text("Members: 阿宇 103 → 阿宇 103, 雅婷 104")
    await expect(versions.first).to_contain_text("芬姐 108")
    await expect(versions.nth(1)).to_contain_text("Person 小林 101")
    await expect(versions.nth(1)).to_contain_text("Deputy: 阿美 102 → 阿宇 103")
    await expect(versions.nth(1)).to_contain_text("Mobile: 0900-000-101 → 0900-000-199")
    await expect(versions.nth(2)).to_contain_text("Telephone number 02-5550-1000 總機")
    await expect(versions.nth(2)).to_contain_text("業務 sales")
    # Found by a name as by a code.
    await page.get_by_label("Search changes").fill("雅婷")
    await expect(versions).to_have_count(1)
    await is_sound(page)


async def status_of_login(office: Office, body: dict[str, str]) -> int:
    """From elsewhere: a log-in with the page's own cookies would take its session."""
    async with ClientSession() as client, client.post(f"{office.url}/api/v1/session", json=body) as answer:
        return answer.status


async def test_a_login_is_made_changed_and_closed(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/logins")
    await page.get_by_role("button", name="New log-in").click()
    await page.get_by_label("Log-in", exact=True).fill("night")
    await page.get_by_role("button", name="Suggest a password").click()
    password = await page.get_by_label("First password").input_value()
    await page.get_by_role("button", name="Make the log-in").click()
    row = page.locator("li", has=page.get_by_label("Role of night"))
    await expect(row).to_contain_text("not logged in")
    body = {"login": "night", "password": password}
    assert await status_of_login(office, body) == 200
    await page.get_by_label("Role of night").select_option("lead")
    await expect(row).to_contain_text("The role is changed.")
    await row.get_by_role("button", name="Close the log-in").click()
    await expect(row.locator(".badge")).to_have_text("out of use")
    assert await status_of_login(office, body) == 401
    await expect(page.get_by_label("Role of admin")).to_be_disabled()


async def test_a_chain_is_drawn_changed_and_refused_in_place(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/chains")
    await with_hours(page, office)
    await page.reload()
    path = page.locator(".path")
    await expect(path).to_contain_text("who is on duty")
    await expect(path).to_contain_text("Mon–Fri 09:00–18:00")
    await path.get_by_role("link", name="夜間").click()
    await page.get_by_role("button", name="Take 阿宇 out").click()
    await expect(page.locator(".notice.bad")).to_contain_text("group night would ring nobody")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".notice.bad")).to_be_focused()
    await page.get_by_label("Add a member").select_option("104")
    await expect(page.locator(".notice.bad")).to_have_count(0)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved")
    told = await plan_of(page, office, to=MAIN, at="2026-11-24 23:00")
    assert told["steps"][0]["targets"][0]["agent"] == "104"
    await page.get_by_role("button", name="Take it away").click()
    await page.get_by_role("button", name="Yes, take it away").click()
    await expect(page.locator(".notice.bad")).to_contain_text("still used by service sales")


async def test_hours_the_rota_and_a_calendar_that_is_looked_at_first(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/hours")
    await with_hours(page, office)
    await page.reload()
    await page.get_by_role("link", name="office").click()
    await page.get_by_label("Sat: add a time").click()
    await page.get_by_label("Sat: open until").fill("12:30")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved")
    assert (await plan_of(page, office, to=MAIN, at="2026-11-28 11:00"))["closed"] is None
    await page.get_by_role("link", name="Back").click()
    await page.get_by_label("Group", exact=True).select_option("night")
    await page.get_by_label("Whose turn").select_option("105")
    await page.get_by_label("Starts").fill("2036-11-24T18:00")
    await page.get_by_label("Ends").fill("2036-11-25T09:00")
    await page.get_by_role("button", name="Enter this turn").click()
    await expect(page.locator("rw-rota tbody")).to_contain_text("阿豪")
    assert (await plan_of(page, office, to=MAIN, at="2036-11-24 22:00"))["steps"][0]["why_code"] == "on_duty"
    text = "西元日期,是否放假,備註\n20271223,2,自訂假日\n20271225,0,補行上班\n"
    file: Any = {"name": "2027.csv", "mimeType": "text/csv", "buffer": text.encode("cp950")}
    await page.get_by_label("The official calendar").set_input_files(file)
    dry = page.get_by_role("group", name="What the file brings")
    await expect(dry).to_contain_text("2027: 2 days would change")
    assert await (await page.request.get(f"{office.url}/api/v1/calendar")).json() == []
    await page.get_by_role("button", name="Take over 2 days").click()
    await expect(page.get_by_role("status")).to_contain_text("2 days were taken over")
    await expect(page.locator("rw-calendar .days")).to_contain_text("自訂假日")
    wrong: Any = {"name": "wrong.csv", "mimeType": "text/csv", "buffer": "西元日期,是否放假\n明天,2\n".encode()}
    await page.get_by_label("The official calendar").set_input_files(wrong)
    await expect(dry).to_contain_text("line 2")
    await expect(dry.get_by_role("button", name="Take over")).to_have_count(0)


VIEWS = ("/people", "/people/101", "/people/+", "/chains", "/chains/service/sales", "/chains/group/night", "/hours")
VIEWS += (
    "/hours/office",
    "/week",
    "/mentors",
    "/imports",
    "/waiting",
    "/waiting/dismissed",
    "/messages",
    "/trunks",
    "/plays",
    "/logins",
    "/screens",
    "/changes",
)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_every_view_is_sound_for_everybody_on_any_screen(
    office: Office, sit_down: SitDown, language: str, width: int, scheme: str
) -> None:
    page = await administration(sit_down, office, "/people", language=language)
    await with_hours(page, office)
    faults: list[str] = []
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for view in VIEWS:
        await page.goto(f"{office.url}/admin{view}")
        await expect(page.locator("rw-admin main h1").first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{view} at {width}"
        found = (await Axe().run(page)).response["violations"]
        faults += [f"{view} {scheme} {one['id']}: {one['nodes'][0]['target']}" for one in found]
    assert not faults


async def test_the_server_is_away_and_comes_back(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people/101")
    await page.get_by_label("Nickname").fill("林大")
    await office.shut()
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".notice.bad")).to_contain_text("The server cannot be reached")
    await expect(page.get_by_label("Nickname")).to_have_value("林大")
    await office.open()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved")


async def test_a_leaver_is_foreseen_confirmed_and_stands_in_the_audit(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people/101")
    panel = page.locator("rw-leaver")
    await panel.get_by_label("Who follows").select_option("103")
    await expect(panel.locator(".notice").first).to_contain_text("This would pass to")
    leave = panel.get_by_role("button", name="Pass everything on")
    await expect(leave).to_be_disabled()
    await panel.get_by_label("Type 101 to confirm").fill("101")
    assert (await Axe().run(page)).violations_count == 0
    await leave.click()
    await expect(panel.get_by_role("status")).to_contain_text("has left")
    await page.get_by_role("link", name="Audit").click()
    await expect(page.locator("rw-audit .notice.good")).to_contain_text("stand as they were written")
    await page.locator("rw-audit").get_by_label("What was done").fill("agent.left")
    await page.get_by_role("button", name="Find").click()
    await expect(page.locator("rw-audit .entries li")).to_have_count(1)
    assert (await Axe().run(page)).violations_count == 0


async def test_the_audit_is_asked_for_the_firms_day(office: Office, sit_down: SitDown) -> None:
    """The manager is in New York; the day that is chosen begins in Taipei."""
    page = await administration(sit_down, office, "/audit", zone="America/New_York")
    audit = page.locator("rw-audit")
    await audit.get_by_label("From this day on").fill("2026-11-23")
    async with page.expect_request(lambda asked: "/api/v1/audit?" in asked.url) as asked:
        await page.get_by_role("button", name="Find").click()
    url = (await asked.value).url
    assert "since=2026-11-23&" in f"{url}&"
    await expect(audit.get_by_role("alert")).to_have_count(0)
