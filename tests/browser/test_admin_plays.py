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
    assert changed == {**made, "ends": "2026-01-31"}
    await play.get_by_role("button", name="Pause win-back").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("win-back is paused")
    await expect(play).to_contain_text("paused")
    assert await kept() == {**changed, "active": False}
    # A code that is taken writes over nothing.
    await page.get_by_role("button", name="New play").click()
    await page.get_by_label("Code").fill("win-back")
    await page.get_by_label("What to bring up").fill("別的")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is a play win-back already.")
    assert await kept() == {**changed, "active": False}


async def test_who_leads_reads_what_came_of_plays(office: Office, sit_down: SitDown) -> None:
    manager = await administration(sit_down, office, "/people")
    body = {"prompt": "續約", "segment": {"due_again": True}, "holdout": 10}
    assert (await manager.request.put(f"{office.url}/api/v1/plays/renewal", data=body)).ok
    page = await administration(sit_down, office, "/plays", "107", language="zh-Hant")
    play = page.locator("rw-plays article", has_text="renewal")
    await expect(play).to_contain_text("差不多該再訂")
    await expect(play.get_by_role("button")).to_have_count(0)
