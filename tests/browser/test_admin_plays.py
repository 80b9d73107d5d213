"""Plays on the administration's page: made, refused in place, paused, ended by a day, with what came of them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.administration import administration, is_sound
from tests.browser.office import Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_play_is_made_changed_and_paused(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people")

    async def kept() -> Any:
        found = await (await page.request.get(f"{office.url}/api/v1/plays")).json()
        return next(one for one in found if one["code"] == "win-back")

    await page.get_by_role("link", name="Plays").click()
    await page.get_by_role("button", name="New play").press("Enter")
    await expect(page.get_by_label("Code")).to_be_focused()
    await page.keyboard.type("Win Back")
    await page.get_by_label("What to bring up").fill("好久不見，溫泉團有老客戶價")
    await page.get_by_role("checkbox", name="A", exact=True).check()
    await page.get_by_role("checkbox", name="half dormant").check()
    await page.get_by_label("Due again").select_option("no")
    await page.get_by_label("Held out (%)").fill("20")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("small letters")
    await expect(page.get_by_label("Code")).to_be_focused()
    await is_sound(page)
    await page.get_by_label("Code").fill("win-back")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("win-back is kept")
    play = page.locator("rw-plays article", has_text="win-back")
    await expect(play).to_contain_text("class A, half dormant, not due again")
    await expect(play).to_contain_text("20 % held out")
    await expect(play).to_contain_text("Accepted")
    made = await kept()
    assert (made["holdout"], made["active"], made["segment"]["grades"]) == (20, True, ["A"])
    # Changed: what was not touched stays, and it ends by itself.
    await play.get_by_role("button", name="Change win-back").click()
    await page.get_by_label("Last day").fill("2026-01-31")
    await is_sound(page)
    await page.get_by_role("button", name="Save").click()
    await expect(play).to_contain_text("over")
    changed = await kept()
    assert changed == {**made, "ends": "2026-01-31", "version": changed["version"]}
    await play.get_by_role("button", name="Pause win-back").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("win-back is paused")
    await expect(play).to_contain_text("paused")
    paused = await kept()
    assert paused == {**changed, "active": False, "version": paused["version"]}
    # A code that is taken writes over nothing.
    await page.get_by_role("button", name="New play").click()
    await page.get_by_label("Code").fill("win-back")
    await page.get_by_label("What to bring up").fill("別的")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is a play win-back already.")
    assert await kept() == paused


async def test_who_leads_reads_what_came_of_plays(office: Office, sit_down: SitDown) -> None:
    manager = await administration(sit_down, office, "/people")
    body = {"prompt": "續約", "segment": {"due_again": True}, "holdout": 10}
    assert (await manager.request.put(f"{office.url}/api/v1/plays/renewal", data=body)).ok
    page = await administration(sit_down, office, "/plays", "107", language="zh-Hant")
    play = page.locator("rw-plays article", has_text="renewal")
    await expect(play).to_contain_text("差不多該再訂")
    await expect(play.get_by_role("button")).to_have_count(0)


WORDS = {
    "en": ("Change duet", "What to bring up", "Save", "while you were at it", "keep my changes on top", "duet is kept"),
    "zh-Hant": ("修改 duet", "要提的話", "儲存", "就在您編輯的時候", "保留我的更改", "duet 已儲存"),
}


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_two_managers_at_one_play_do_not_write_over_each_other(
    office: Office, sit_down: SitDown, language: str
) -> None:
    change, prompt, save, meanwhile, take_over, is_kept = WORDS[language]
    first = await administration(sit_down, office, "/people")
    at = f"{office.url}/api/v1/plays"
    body = {"prompt": "賞櫻團", "segment": {"grades": ["A"]}, "holdout": 10}
    assert (await first.request.put(f"{at}/duet", data=body)).ok
    page = await administration(sit_down, office, "/plays", language=language)
    play = page.locator("rw-plays article", has_text="duet")
    await play.get_by_role("button", name=change).click()
    await page.get_by_label(prompt).fill("賞櫻團，早鳥價")
    await page.get_by_role("checkbox", name="B", exact=True).check()

    async def now() -> dict[str, Any]:
        found = await (await page.request.get(at)).json()
        return next(one for one in found if one["code"] == "duet")

    async def colleague(**fields: Any) -> None:
        seen = await now()
        del seen["code"]
        assert (await first.request.put(f"{at}/duet", data={**seen, **fields})).ok

    await colleague(holdout=30, prompt="賞楓團", ends="2031-03-31")
    await page.get_by_role("button", name=save, exact=True).click()
    notice = page.get_by_role("alert")
    await expect(notice).to_contain_text(meanwhile)
    await expect(notice.locator("li")).to_have_count(3)
    await expect(notice).to_contain_text("賞楓團")
    assert (await now())["prompt"] == "賞楓團"
    await is_sound(page)
    await page.get_by_role("button", name=take_over).click()
    # What was not touched here is the colleague's, what was stays.
    await expect(page.locator("#holdout")).to_have_value("30")
    await expect(page.locator("#ends")).to_have_value("2031-03-31")
    await expect(page.get_by_label(prompt)).to_have_value("賞櫻團，早鳥價")
    await expect(page.get_by_role("checkbox", name="B", exact=True)).to_be_checked()
    await expect(notice).to_have_count(0)
    await page.get_by_role("button", name=save, exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text(is_kept)
    both = await now()
    assert (both["prompt"], both["holdout"], both["segment"]["grades"]) == ("賞櫻團，早鳥價", 30, ["A", "B"])
    assert (await first.request.delete(f"{at}/duet", data={"version": both["version"]})).ok


async def test_who_pauses_or_takes_away_what_changed_meanwhile_is_told(office: Office, sit_down: SitDown) -> None:
    first = await administration(sit_down, office, "/people")
    at = f"{office.url}/api/v1/plays"
    assert (await first.request.put(f"{at}/solo", data={"prompt": "續約"})).ok
    page = await administration(sit_down, office, "/plays")
    play = page.locator("rw-plays article", has_text="solo")
    await expect(play).to_be_visible()

    async def colleague(prompt: str) -> None:
        found = await (await first.request.get(at)).json()
        seen = next(one for one in found if one["code"] == "solo")
        del seen["code"]
        assert (await first.request.put(f"{at}/solo", data={**seen, "prompt": prompt})).ok

    await colleague("續約八折")
    await play.get_by_role("button", name="Pause solo").click()
    await expect(page.get_by_role("alert")).to_contain_text("續約八折")
    await page.get_by_role("button", name="Look again").click()
    await expect(play.locator(".prompt")).to_have_text("續約八折")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await play.get_by_role("button", name="Change solo").click()
    await colleague("續約九折")
    await play.get_by_role("button", name="Take it away").click()
    await play.get_by_role("button", name="Yes, take it away").click()
    await expect(page.get_by_role("alert")).to_contain_text("續約九折")
    await play.get_by_role("button", name="keep my changes on top").click()
    await expect(page.get_by_label("What to bring up")).to_have_value("續約九折")
    await play.get_by_role("button", name="Take it away").click()
    await play.get_by_role("button", name="Yes, take it away").click()
    await expect(page.get_by_role("status")).to_contain_text("solo is taken away")
    await expect(play).to_have_count(0)
