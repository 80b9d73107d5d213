"""Who looks after a newcomer: set, prolonged and ended on the administration's page and on the person's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.browser.administration import administration, is_sound
from tests.browser.office import Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def evening(days: int) -> str:
    """Six o'clock in the evening, the firm's, so many days from now; as a field for it takes it."""
    return f"{datetime.now(ZoneInfo('Asia/Taipei')) + timedelta(days=days):%Y-%m-%d}T18:00"


def mentored(office: Office, mentor: str, days: int) -> frozenset[str]:
    return office.services.directory.mentored(mentor, datetime.now(UTC) + timedelta(days=days))


async def test_a_mentor_is_set_prolonged_and_ended(office: Office, sit_down: SitDown) -> None:
    # A manager who travels reads and writes the firm's hours all the same.
    page = await administration(sit_down, office, "/people", zone="America/New_York")
    await page.get_by_role("link", name="Mentors").click()
    await expect(page.locator("rw-mentors")).to_contain_text("Nobody has a mentor now.")
    await expect(page.get_by_label("Until")).to_have_value(evening(30))
    await page.get_by_label("Mentor", exact=True).select_option("102")
    await page.get_by_label("Newcomer").select_option("105")
    await page.get_by_role("button", name="Set the mentor").press("Enter")
    status = page.locator("rw-mentors [role=status]")
    await expect(status).to_contain_text("may listen to the calls of")
    row = page.locator("rw-mentors li").first
    await expect(row).to_contain_text("阿美 102")
    await expect(row).to_contain_text("18:00")
    await expect(row).to_contain_text("set by 芬姐 108")
    assert mentored(office, "102", 29) == {"105"}
    # Longer than a year is refused beside the field, and nothing is lost.
    await row.get_by_role("button", name="Prolong").press("Enter")
    until = row.get_by_label("Until")
    await expect(until).to_be_focused()
    await expect(until).to_have_value(evening(30))
    await until.fill(evening(400))
    await row.get_by_role("button", name="Let it last until then").click()
    await expect(row.get_by_role("alert")).to_contain_text("at most a year")
    await expect(until).to_be_focused()
    await is_sound(page)
    await until.fill(evening(90))
    await row.get_by_role("button", name="Let it last until then").click()
    await expect(status).to_have_text("It lasts until then now.")
    assert mentored(office, "102", 89) == {"105"}
    await row.get_by_role("button", name="End: ").click()
    await row.get_by_role("button", name="Yes, end it now").press("Enter")
    await expect(status).to_have_text("It has ended.")
    await expect(page.locator("rw-mentors li")).to_have_count(0)
    assert mentored(office, "102", 1) == frozenset()


async def test_a_persons_page_has_their_mentors(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people/105", language="zh-Hant")
    panel = page.locator("rw-mentors")
    await panel.get_by_label("帶領人").select_option("101")
    await panel.get_by_label("開始").fill(evening(2))
    await panel.get_by_role("button", name="設定帶領人").click()
    await expect(panel.locator("li")).to_contain_text("小林 101")
    await expect(panel.locator("li")).to_contain_text("18:00 起")
    assert not mentored(office, "101", 1)
    assert mentored(office, "101", 4) == {"105"}
    await is_sound(page)
    await panel.get_by_role("link", name="小林 101").click()
    await expect(page.locator("h1")).to_contain_text("林小明")
    await expect(panel.locator("li")).to_contain_text("105")
    # Who leads reads it and is offered no change.
    lead = await administration(sit_down, office, "/mentors", "107")
    await expect(lead.locator("rw-mentors li")).to_contain_text("小林 101")
    await expect(lead.locator("rw-mentors").get_by_role("button")).to_have_count(0)
