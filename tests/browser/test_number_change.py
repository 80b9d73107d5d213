"""A customer's number changes while they are on the line: read back, written down, flagged as old (M18, story 8)."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from cti.audit.ledger import entries
from cti.customers import outbox, people
from cti.customers.tables import CustomerRow
from tests.browser.office import CHEN, Office, SitDown
from tests.browser.test_accessible import clean

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

OWN_NUMBERS = "rw-card rw-numbers li"


async def customer_named(office: Office, name: str) -> int:
    async with office.services.store.session() as session:
        return (await session.scalars(select(CustomerRow.id).where(CustomerRow.name == name))).one()


async def looked_up(page: Page, name: str) -> None:
    await page.locator("rw-header rw-search input").fill(name)
    await page.locator("rw-header rw-search li button").first.click()
    await expect(page.locator("rw-person h1")).to_have_text(name)


async def test_a_number_is_changed_by_keyboard_in_the_call_and_the_old_one_still_tells_who_calls(
    office: Office, sit_down: SitDown
) -> None:
    customer_id = await customer_named(office, "陳太太")
    async with office.services.store.transaction() as session:
        await outbox.queue(session, customer_id, "sms", "0933-000-222", "行前通知", key="n1", by="101")
    page = await sit_down("101")
    call = office.call(CHEN)
    await call.arrives()
    call.is_answered_by("101")
    await page.get_by_role("button", name="Change 0933-000-222").press("Enter")
    new = page.get_by_label("New number in place of 0933-000-222")
    await expect(new).to_be_focused()
    save, right = page.get_by_role("button", name="Change the number"), page.get_by_label("I read it back")
    await expect(right).to_be_disabled()
    await new.fill("0955-1")
    await new.press("Tab")
    await expect(page.locator("#wrong")).to_contain_text("is no telephone number; write it like")
    await expect(save).to_be_disabled()
    await new.fill("+886 955 123 456")
    await expect(page.locator(".digits span")).to_have_text(["0955", "123", "456"])
    await expect(save).to_be_disabled()
    # Enter before it is read back saves nothing, and leads to what is missing.
    await new.press("Enter")
    await expect(right).to_be_focused()
    await clean(page)
    await right.press("Space")
    await expect(page.get_by_label("Asked for in the call with 陳太太")).to_be_checked()
    await page.get_by_label("Who asked for it").press("Enter")
    await expect(page.locator("rw-numbers .done")).to_contain_text("0955-123-456 is the new number. 1 messages")
    await expect(page.locator(OWN_NUMBERS).first).to_contain_text("0955-123-456")
    await expect(page.locator(OWN_NUMBERS, has_text="0933-000-222")).to_contain_text("old number")
    await clean(page)
    async with office.services.store.session() as session:
        (kept,) = await entries(session, action="number.changed")
    assert (kept.entry.asked_by, kept.entry.agent, kept.entry.linkedid) == ("陳太太", "101", call.linkedid)
    call.ends()
    await page.get_by_role("button", name="Close card").click()
    await office.services.callers.refresh()
    await office.call(CHEN).arrives()
    await expect(page.locator("rw-caller")).to_contain_text("a number the customer used to have")
    # Those who lead see who changed it, and in which call.
    manager = await sit_down("108")
    await looked_up(manager, "陳太太")
    await manager.get_by_role("button", name="Who changed a number when").click()
    log = manager.locator("rw-numbers .log")
    await expect(log).to_contain_text("0933-000-222 → 0955-123-456")
    await expect(log).to_contain_text("小林")
    await expect(log).to_contain_text("陳太太 had asked")
    await expect(log).to_contain_text("In the call of")
    await clean(manager)


async def test_a_number_that_is_somebodys_is_said_and_who_may_not_change_it_is_refused_and_logged(
    office: Office, sit_down: SitDown
) -> None:
    async with office.services.store.transaction() as session:
        await people.add(session, "隔壁先生", ["0955-123-456"], owner="103")
    mine = await sit_down("101", language="zh-Hant", scheme="dark", width=390)
    await office.call(CHEN).arrives()
    await mine.get_by_role("button", name="變更 0933-000-222").click()
    new = mine.get_by_label("取代 0933-000-222 的新號碼")
    await new.fill("0955123456")
    await expect(mine.locator(".also")).to_contain_text("隔壁先生也登記了這個號碼")
    await clean(mine)
    await new.press("Escape")
    await expect(mine.get_by_role("button", name="變更 0933-000-222")).to_be_focused()
    colleague = await sit_down("103")
    await looked_up(colleague, "陳太太")
    await colleague.get_by_role("button", name="Change").first.click()
    await colleague.get_by_label("New number").fill("0955123456")
    await expect(colleague.locator("rw-number-change .foot .error")).to_contain_text("this customer is a colleague's")
    await expect(colleague.get_by_label("New number")).to_be_disabled()
    async with office.services.store.session() as session:
        refused = [kept.entry for kept in await entries(session, action="access.refused")]
        assert not await entries(session, action="number.changed")
    assert [(one.agent, "numbers/change" in one.subject_id) for one in refused] == [("103", True)]


async def test_the_server_is_away_and_nothing_typed_is_lost(office: Office, sit_down: SitDown) -> None:
    page = await sit_down("101")
    await office.call(CHEN).arrives()
    await page.get_by_role("button", name="Change 0933-000-222").click()
    await page.get_by_label("New number").fill("02-2555-1234")
    await page.get_by_label("I read it back").check()
    await office.shut()
    await page.get_by_role("button", name="Change the number").click()
    await expect(page.locator("rw-number-change")).to_contain_text("What you typed stays here")
    await expect(page.get_by_label("New number")).to_have_value("02-2555-1234")
    await office.open()
    await expect(page.locator(".line.open")).to_be_visible()
    await page.get_by_role("button", name="Change the number").click()
    await expect(page.locator("rw-numbers .done")).to_contain_text("02-2555-1234 is the new number.")
