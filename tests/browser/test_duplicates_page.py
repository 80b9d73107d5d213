"""One record a person, from the administration: compared side by side, merged, told apart, taken back (M2)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from cti.customers import duplicates, people
from cti.customers.tables import CustomerRow
from tests.browser.office import Office, SitDown
from tests.browser.test_accessible import clean
from tests.browser.test_admin_page import administration

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

COMPARED = 60_000
"""Milliseconds: the whole book is compared in a process of its own, which has to start first."""


async def twins(office: Office) -> tuple[int, int, int]:
    """陳太太, the same one with another number and a mail address, and a neighbour of hers."""
    async with office.services.store.transaction() as session:
        one = (await session.scalars(select(CustomerRow.id).where(CustomerRow.name == "陳太太"))).one()
        twin = await people.add(
            session, "陳太太", ["0955-123-456", "0933-000-222"], email="second@example.com", owner="103"
        )
        await people.add_note(session, twin.id, "早餐吃素", "103")
        other = await people.add(session, "隔壁先生", ["0955-123-457"], owner="103")
        return one, twin.id, other.id


async def suspected(office: Office) -> None:
    await duplicates.find(office.services.store)


async def asked(page: Page, office: Office, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = await page.request.fetch(f"{office.url}/api/v1{path}", method=method, data=body)
    assert answer.ok, await answer.text()
    return await answer.json() if answer.status != 204 else None


async def test_a_pair_is_found_compared_merged_and_taken_back(office: Office, sit_down: SitDown) -> None:
    one, twin, _ = await twins(office)
    page = await administration(sit_down, office, "/duplicates")
    await page.get_by_role("button", name="Compare the whole book now").click()
    await expect(page.get_by_role("status")).to_contain_text("was compared", timeout=COMPARED)
    pair = page.locator(".pairs li", has_text=f"陳太太 {twin}")
    await expect(pair).to_contain_text("same telephone number · same surname")
    await clean(page)
    await pair.get_by_role("link", name="Compare").press("Enter")
    table = page.get_by_role("table")
    await expect(page.get_by_label(f"陳太太 ({one}) stays")).to_be_checked()
    # What goes is struck out, what there is but here is taken over, whatever one may have several of stays.
    mail = table.get_by_role("row", name="e-mail")
    await expect(mail.locator("del")).to_have_text("second@example.com")
    await expect(table.get_by_role("row", name="Telephone numbers")).to_contain_text("0955-123-456")
    await expect(table.get_by_role("row", name="Telephone numbers").locator("del")).to_have_count(0)
    await expect(page.locator("rw-pair")).to_contain_text("These move: ")
    await expect(page.locator("rw-pair")).to_contain_text("numbers 1")
    await page.get_by_label(f"陳太太 ({twin}) stays").check()
    await expect(mail.locator("del")).to_have_text("chen.taitai@example.com")
    await page.get_by_label(f"陳太太 ({one}) stays").check()
    await page.get_by_label("Why they are one").fill("同一人，兩支手機")
    await clean(page)
    await page.get_by_role("button", name="Merge").click()
    await expect(page.locator(".notice.good")).to_contain_text(f"陳太太 ({twin}) is 陳太太 now")
    assert (await asked(page, office, "GET", f"/customers/{twin}/card"))["customer_id"] == one
    await page.get_by_role("button", name="Back to the list").click()
    merge = page.locator("rw-merges li").first
    await expect(merge).to_contain_text("同一人，兩支手機")
    await merge.get_by_role("button", name="Take apart").click()
    await merge.get_by_role("button", name="Yes, two records again").click()
    await expect(merge.locator(".badge")).to_have_text("taken back")
    assert (await asked(page, office, "GET", f"/customers/{twin}/card"))["email"] == "second@example.com"


async def test_a_merge_that_was_built_upon_says_which_goes_first(office: Office, sit_down: SitDown) -> None:
    one, twin, other = await twins(office)
    page = await administration(sit_down, office, "/duplicates", language="zh-Hant", width=390, scheme="dark")
    first = await asked(page, office, "POST", f"/customers/{one}/merge", {"loser_id": twin})
    second = await asked(page, office, "POST", f"/customers/{other}/merge", {"loser_id": one})
    await page.reload()
    early = page.locator(f"#merge-{first['id']}")
    await early.get_by_role("button", name="還原").click()
    await early.get_by_role("button", name="確定還原成兩筆").click()
    await expect(early.locator(".notice.bad")).to_contain_text(str(second["id"]))
    await clean(page)
    await early.get_by_role("button", name=f"到第 {second['id']} 號合併").click()
    late = page.locator(f"#merge-{second['id']}")
    await expect(late).to_be_focused()
    await late.get_by_role("button", name="確定還原成兩筆").click()
    await expect(late.locator(".badge")).to_have_text("已還原")
    await early.get_by_role("button", name="還原").click()
    await early.get_by_role("button", name="確定還原成兩筆").click()
    await expect(early.locator(".badge")).to_have_text("已還原")


async def test_two_customers_are_told_apart_by_a_lead_and_only_looked_at_by_an_auditor(
    office: Office, sit_down: SitDown
) -> None:
    _, twin, _ = await twins(office)
    await suspected(office)
    manager = await administration(sit_down, office, "/duplicates")
    logins = {one["login"]: one for one in await asked(manager, office, "GET", "/logins")}
    for login, role in (("102", "lead"), ("103", "auditor")):
        await asked(manager, office, "PATCH", f"/logins/{login}", {"role": role, "version": logins[login]["version"]})
    auditor = await sit_down("103")
    await auditor.goto(f"{office.url}/admin/duplicates")
    await auditor.get_by_role("link", name=f"陳太太 {twin}").click()
    await expect(auditor.locator(".actions")).to_contain_text("You can look at this")
    await expect(auditor.get_by_role("button", name="Merge")).to_have_count(0)
    lead = await sit_down("102")
    await lead.goto(f"{office.url}/admin/duplicates")
    await expect(lead.get_by_role("button", name="Compare the whole book now")).to_have_count(0)
    await lead.get_by_role("link", name=f"陳太太 {twin}").click()
    # A lead reads customers' numbers masked here, too.
    await expect(lead.get_by_role("row", name="Telephone numbers")).to_contain_text("+8869•••222")
    await lead.get_by_role("button", name="Not the same").click()
    await lead.get_by_role("button", name="Yes, two customers").click()
    await expect(lead.locator(".notice.good")).to_contain_text("are two customers")
    await lead.get_by_role("button", name="Back to the list").click()
    await expect(lead.get_by_role("link", name=f"陳太太 {twin}")).to_have_count(0)
