"""The time line on the page: messages, orders and payments beside calls, read on in pages, nothing of it run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import expect

from cti.customers import intake
from cti.customers.orders import put_order
from cti.customers.payments import put_payment
from cti.customers.senders import Sender
from tests.browser.office import CHEN, Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SENDER = Sender(number=CHEN)
HOSTILE = "<img src=x onerror=alert(1)> 想改 12/5 出發"


async def deal(office: Office) -> None:
    """An order of today with its deposit, a message with a link, and more messages than one page shows."""
    now = office.services.now()
    async with office.services.store.transaction() as session:
        for days in range(12):
            said = intake.Message(channel="fax", at=now - timedelta(days=400 + days), text=f"傳真 {days}")
            await intake.take(session, said, SENDER, now)
        order = await put_order(
            session,
            {"title": "沖繩五日親子團", "amount": 128000, "placed": now - timedelta(minutes=9), "agent": "101"},
            now=now,
            sender=SENDER,
        )
        paid = {"amount": 30000, "method": "transfer", "at": now - timedelta(minutes=5), "note": "訂金", "agent": "101"}
        await put_payment(session, paid, now=now, order_id=order.id)
        link = "https://files.example.com/passport.pdf"
        said = intake.Message(channel="line", at=now - timedelta(minutes=2), text=HOSTILE, attachments=(link,))
        await intake.take(session, said, SENDER, now)


async def test_everything_stands_on_the_line_and_is_read_on(office: Office, sit_down: SitDown) -> None:
    await deal(office)
    page = await sit_down("101")
    await office.call(CHEN).arrives()
    lines = page.locator("rw-history li")
    await expect(lines).to_have_count(10)
    await expect(lines.nth(0)).to_contain_text(HOSTILE)
    await expect(lines.nth(0).get_by_role("link")).to_have_attribute("rel", "noopener noreferrer")
    await expect(lines.nth(1)).to_contain_text("Payment · Bank transfer")
    await expect(lines.nth(1)).to_contain_text("沖繩五日親子團 · 訂金 NT$30,000")
    await expect(lines.nth(2)).to_contain_text("Order · Booked")
    await expect(lines.nth(2)).to_contain_text("NT$128,000")
    await expect(page.locator("rw-account")).to_contain_text("Mostly pays by bank transfer")
    await expect(page.locator("rw-account")).to_contain_text("Open: NT$")
    more = page.locator("rw-history").get_by_role("button", name="Earlier")
    while await more.count():
        seen = await lines.count()
        await more.click()
        await expect(lines).not_to_have_count(seen)
    texts = await lines.all_inner_texts()
    assert sum("傳真" in one for one in texts) == 12
    assert len(set(texts)) == len(texts), "no entry stands on two pages"
