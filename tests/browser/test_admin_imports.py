"""Files imported on the administration's page: looked at, refused line by line, written whole, and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.administration import administration, is_sound
from tests.browser.office import Office, SitDown

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HEAD = "客戶編號,姓名,電話,等級,星座\n"


def csv(name: str, text: str, encoding: str = "cp950") -> Any:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode(encoding)}


async def known(page: Page, office: Office, q: str) -> Any:
    return await (await page.request.get(f"{office.url}/api/v1/customers", params={"q": q})).json()


async def test_a_file_is_looked_at_imported_and_taken_back(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people")
    await page.get_by_role("link", name="Imports").click()
    await expect(page.locator("rw-imports")).to_contain_text("No file has changed anything yet.")
    chosen = page.get_by_label("Choose a file…")
    found = page.get_by_role("group", name="What the file brings")
    # Faults by line: nothing can be imported.
    await chosen.set_input_files(csv("錯.csv", HEAD + "N1,新客人,hello,A,\nN1,第二次,0966-000-112,Z,\n"))
    await expect(found).to_be_focused()
    await expect(found.locator("tbody tr")).to_have_count(3)
    await expect(found.locator("tbody tr").first).to_contain_text("電話")
    await expect(found).to_contain_text("N1 stands in line 2 already")
    await expect(found.get_by_role("button", name="Import")).to_have_count(0)
    await is_sound(page)
    # Mended: what would happen, and nothing of it has.
    await chosen.set_input_files(csv("客戶.csv", HEAD + "N1,新客人,0966-000-111,A,獅子\nN2,另一位,0966-000-112,B,\n"))
    await expect(found.locator(".counts")).to_contain_text("Added 2")
    await expect(found).to_contain_text("Big5")
    await expect(found).to_contain_text("Columns that nobody knows: 星座")
    assert await known(page, office, "新客人") == []
    await is_sound(page)
    await found.get_by_role("button", name="Import 2").press("Enter")
    done = page.get_by_role("status").filter(has_text="Imported.")
    await expect(done).to_be_focused()
    await expect(done).to_contain_text("Added 2")
    [customer] = await known(page, office, "新客人")
    row = page.locator("rw-import-list li").first
    await expect(row).to_contain_text("客戶.csv")
    await expect(row).to_contain_text("2 new, 0 changed, 0 as they were")
    await expect(row).to_contain_text("芬姐 108")
    # The same again changes nothing.
    await chosen.set_input_files(csv("客戶.csv", HEAD + "N1,新客人,0966-000-111,A,獅子\nN2,另一位,0966-000-112,B,\n"))
    await expect(found).to_contain_text("Everything in this file is here already.")
    await found.get_by_role("button", name="Leave it").click()
    await expect(chosen).to_be_focused()
    # Somebody notes something of one of them: that one stays when the import is taken back.
    number = customer["customer_id"]
    noted = await page.request.post(f"{office.url}/api/v1/customers/{number}/notes", data={"text": "要靠窗"})
    assert noted.ok
    await row.get_by_role("button", name="Take import").click()
    sure = row.get_by_role("button", name="Yes, take the import back")
    await expect(sure).to_be_focused()
    await is_sound(page)
    await sure.press("Enter")
    result = row.locator(".result")
    await expect(result).to_contain_text("1 put back, 1 left.")
    await expect(result.locator("tbody tr")).to_contain_text("新客人")
    await expect(result.locator("tbody tr")).to_contain_text("others hang on it")
    await is_sound(page)
    await page.reload()
    await expect(row).to_contain_text("1 stayed, changed since")
    await expect(row.get_by_role("button")).to_have_count(0)
    assert await known(page, office, "另一位") == []


async def test_other_files_and_those_that_are_none(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/imports", language="zh-Hant")
    chosen = page.get_by_label("選擇檔案…")
    found = page.get_by_role("group", name="檔案內容")
    await page.get_by_label("資料種類").select_option("orders")
    await chosen.set_input_files(csv("訂單.csv", "訂單編號,品名,金額,電話\nO1,沖繩四日,三萬,0933-000-222\n", "gb18030"))
    await expect(found.locator("tbody tr")).to_have_text("2金額'三萬' 不是整數金額；請寫成 36000")
    await chosen.set_input_files(csv("訂單.csv", "訂單編號,品名,金額,電話\nO1,沖繩四日,36000,0933-000-222\n"))
    await expect(found.locator(".counts")).to_contain_text("新增 1")
    # The wrong kind for this file says so; the right one again, and it is looked at anew.
    await page.get_by_label("資料種類").select_option("payments")
    await expect(found).to_contain_text("處錯誤")
    locked: Any = {
        "name": "舊檔.xls",
        "mimeType": "application/vnd.ms-excel",
        "buffer": b"\xd0\xcf\x11\xe0" + bytes(64),
    }
    await chosen.set_input_files(locked)
    await expect(found).to_contain_text("這是舊版或加密的 Excel 檔")
    large: Any = {"name": "全部.csv", "mimeType": "text/csv", "buffer": b"a" * 6_000_001}
    await chosen.set_input_files(large)
    await expect(page.get_by_role("alert")).to_contain_text("全部.csv 超過 6 MB")
    await expect(found).to_have_count(0)
    await page.get_by_label("資料種類").select_option("customers")
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:abc\r\nFN:高先生\r\nTEL:0966-000-113\r\nEND:VCARD\r\n"
    await office.shut()
    await chosen.set_input_files({"name": "高.vcf", "mimeType": "text/vcard", "buffer": card.encode()})
    await expect(page.get_by_role("alert")).to_contain_text("連不上伺服器")
    await office.open()
    await chosen.set_input_files({"name": "高.vcf", "mimeType": "text/vcard", "buffer": card.encode()})
    await expect(found).to_contain_text("vCard")
    await found.get_by_role("button", name="匯入 1 筆").click()
    await expect(page.locator("rw-import-list li").first).to_contain_text("高.vcf")


async def test_who_leads_is_not_offered_imports(office: Office, sit_down: SitDown) -> None:
    page = await administration(sit_down, office, "/people", "107")
    await expect(page.get_by_role("link", name="Chains and numbers")).to_be_visible()
    await expect(page.get_by_role("link", name="Imports")).to_have_count(0)
