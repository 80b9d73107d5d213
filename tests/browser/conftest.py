"""Chromium, an office, and people who sit down at a desk of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright, expect

from tests.browser.office import Company, Office, SitDown, found_company, opened_office

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000
"""Milliseconds until a thing that should be on the page counts as missing; a busy machine needs a few of them."""

expect.set_options(timeout=PATIENCE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One real browser for all tests; each person gets a profile of their own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The demo company, made once."""
    return await found_company(tmp_path_factory.mktemp("company"))


@pytest_asyncio.fixture(loop_scope="session")
async def office(company: Company, tmp_path: Path) -> AsyncIterator[Office]:
    """A fresh office."""
    async with opened_office(company, tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def sit_down(chromium: Browser, office: Office) -> AsyncIterator[SitDown]:
    """Log a person in and wait until their desktop stands. What the page throws or its policy refuses fails a test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    async def sit(
        login: str = "101",
        *,
        width: int = 1440,
        language: str = "en",
        scheme: Literal["light", "dark"] = "light",
        zone: str = "Asia/Taipei",
    ) -> Page:
        size = ViewportSize(width=width, height=900)
        context = await chromium.new_context(viewport=size, locale="zh-TW", timezone_id=zone, color_scheme=scheme)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        await page.goto(office.url)
        await page.evaluate("language => localStorage.setItem('ringward.language', language)", language)
        await page.reload()
        await page.fill("input[name=login]", login)
        await page.fill("input[name=password]", office.passwords[login])
        await page.press("input[name=password]", "Enter")
        await page.locator(".line.open").wait_for()
        return page

    yield sit
    for context in contexts:
        await context.close()
    assert not faults
