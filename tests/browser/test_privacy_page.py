"""Personal data from the administration: given out as a file, erased once the name was typed, how long it is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select, update

from cti.audit.ledger import entries
from cti.customers.tables import CustomerRow, OrderRow
from tests.browser.office import CHEN, Office, SitDown
from tests.browser.test_accessible import clean
from tests.browser.test_admin_page import administration

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def delivered(office: Office) -> int:
    """陳太太 with nothing that is still to be delivered: her order is over."""
    async with office.services.store.transaction() as session:
        one = (await session.scalars(select(CustomerRow.id).where(CustomerRow.name == "陳太太"))).one()
        over = update(OrderRow).where(OrderRow.customer_id == one)
        await session.execute(over.values(state="done", starts=None, ends=None, placed=datetime.now(UTC)))
        return one


async def found(page: Page, name: str) -> None:
    await page.locator("rw-privacy rw-search input").fill(name)
    await page.locator("rw-privacy rw-search li button").first.click()
    await expect(page.get_by_role("heading", name="What is held on")).to_be_visible()


async def actions(office: Office, action: str) -> int:
    async with office.services.store.session() as session:
        return len(await entries(session, action=action))


async def test_a_dossier_is_downloaded_to_read_and_as_json_and_audited(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/privacy")
    kept = page.get_by_role("row", name="links of pocket cards")
    await expect(kept).to_contain_text("180 days")
    await expect(page.get_by_role("row", name="calls and their legs")).to_contain_text("for good")
    await expect(page.locator("rw-privacy")).to_contain_text("every night at 03:30")
    await clean(page)
    await found(page, "陳太太")
    async with page.expect_download() as begun:
        await page.get_by_role("button", name="Download to read").click()
    text = Path(await (await begun.value).path()).read_text("utf-8")
    assert text.startswith("Everything held on 陳太太")
    async with page.expect_download() as begun:
        await page.get_by_role("button", name="Download as JSON").click()
    file = await begun.value
    held = json.loads(Path(await file.path()).read_text("utf-8"))
    assert (held["name"], file.suggested_filename) == ("陳太太", f"dossier-{held['customer_id']}.json")
    await expect(page.get_by_role("status")).to_contain_text("the audit says so")
    assert await actions(office, "customer.dossier_made") == 2


async def test_a_person_is_foreseen_confirmed_by_name_and_erased(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/privacy")
    # What is still to be delivered stands in the way, and nothing is erased.
    await found(page, "陳太太")
    await page.get_by_role("button", name="Look what would go").click()
    await expect(page.locator(".notice.bad")).to_be_focused()
    one = await delivered(office)
    await page.get_by_role("button", name="Look what would go").click()
    await expect(page.locator(".foreseen")).to_contain_text("numbers 1")
    await expect(page.locator(".foreseen")).to_contain_text("1 paid orders stay without the person")
    erase = page.get_by_role("button", name="Erase for good")
    await page.get_by_label("Who asked for it").fill("她來信要求")
    await page.get_by_label("Type 陳太太 to confirm").fill("陳太")
    await expect(erase).to_be_disabled()
    await clean(page)
    await page.get_by_label("Type 陳太太 to confirm").fill("陳太太")
    await erase.click()
    await expect(page.locator(".notice.good")).to_contain_text("The person is erased")
    await expect(page.locator(".notice.good")).to_contain_text("Asterisk does not answer")
    await clean(page)
    assert await actions(office, "customer.erased") == 1
    assert (await page.request.get(f"{office.url}/api/v1/customers/{one}/card")).status == 404
    agent = await sit_down("101")
    await office.call(CHEN).arrives()
    await expect(agent.locator("rw-caller h1")).to_have_text("Unknown caller")


async def test_it_is_for_managers_alone_and_sound_on_a_phone(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/privacy", language="zh-Hant", width=390, scheme="dark")
    await expect(page.locator("rw-privacy h1")).to_have_text("個人資料")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await clean(page)
    one = await delivered(office)
    await page.goto(f"{office.url}/admin/privacy/{one}")
    await page.get_by_role("button", name="看看會刪除什麼").click()
    await expect(page.locator(".foreseen")).to_be_focused()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await clean(page)
    logins = {row["login"]: row for row in await (await page.request.get(f"{office.url}/api/v1/logins")).json()}
    body = {"role": "lead", "version": logins["102"]["version"]}
    assert (await page.request.patch(f"{office.url}/api/v1/logins/102", data=body)).ok
    lead = await sit_down("102")
    await lead.goto(f"{office.url}/admin/duplicates")
    await expect(lead.get_by_role("link", name="Duplicates")).to_be_visible()
    await expect(lead.get_by_role("link", name="Personal data")).to_have_count(0)
