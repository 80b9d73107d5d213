"""What is known is not asked; a gap is filled and a stale fact confirmed where the card says so (M4, M9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from cti.customers.facts import set_fact
from cti.customers.number_change import Changer
from cti.customers.tables import CustomerRow, PreferenceRow
from tests.browser.office import CHEN, Office, SitDown
from tests.browser.test_accessible import clean

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def unsure_of(office: Office) -> int:
    """陳太太 without an e-mail, and with an address that nobody has confirmed for two years."""
    async with office.services.store.transaction() as session:
        customer = (await session.scalars(select(CustomerRow).where(CustomerRow.name == "陳太太"))).one()
        customer.email = customer.address = ""
        by, long_ago = Changer(actor="101", agent="101"), datetime.now(UTC) - timedelta(days=800)
        await set_fact(session, customer.id, "address", "花蓮市中山路 1 號", kind="contact", by=by, at=long_ago)
        return customer.id


async def values(office: Office, customer_id: int) -> dict[str, tuple[str, int]]:
    """Key -> value and how often it was confirmed."""
    async with office.services.store.session() as session:
        rows = await session.scalars(select(PreferenceRow).where(PreferenceRow.customer_id == customer_id))
        return {row.key: (row.value, row.times_confirmed) for row in rows}


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_a_gap_is_filled_and_a_stale_fact_confirmed_on_the_card(
    office: Office, sit_down: SitDown, language: str
) -> None:
    customer_id = await unsure_of(office)
    page = await sit_down("101", language=language)
    await office.call(CHEN).arrives()
    ask = page.locator("rw-ask")
    gap, stale = ask.locator("li:has(form)"), ask.locator("li", has_text="花蓮市中山路 1 號")
    await expect(gap).to_have_count(1)
    await clean(page)
    mail = ask.get_by_label("e-mail" if language == "en" else "電子郵件")
    await mail.fill("chen@example.test")
    await mail.press("Enter")
    await expect(gap).to_have_count(0)
    await stale.get_by_role("button", name="Still so" if language == "en" else "仍然正確").click()
    await expect(stale.get_by_role("button")).to_have_count(0)
    kept = await values(office, customer_id)
    assert kept["email"][0] == "chen@example.test"
    assert kept["address"] == ("花蓮市中山路 1 號", 2)
