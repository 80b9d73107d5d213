"""What the page makes of messages: after any history it knows what a page knows that was opened just now."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from playwright.async_api import Browser, Page

from tests.browser.office import Office
from tests.unit.desktop_histories import histories, played

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KNOWN = """
async ([messages, fresh]) => {
  const { applyMessage, emptyDesktop, liveCalls } = await import("/static/js/desktop-state.js");
  const context = { now: Date.parse("2026-11-23T10:00:00Z"), hasDraft: () => false };
  const own = new Set(["chosen", "disputed", "ended", "reason"]);
  const by = (key) => (one, other) => String(one[key]).localeCompare(String(other[key]));
  const told = (call) => Object.fromEntries(Object.entries(call).filter(([name]) => !own.has(name)));
  const plain = ({ type, seq, ...rest }) => rest;
  const plainly = (_, value) =>
    value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value;
  const known = (all) => {
    const state = all.reduce((before, one) => applyMessage(before, one, context), emptyDesktop());
    return {
      agent: state.agent, name: state.name, calls: liveCalls(state).map(told).sort(by("call_id")),
      colleagues: [...state.colleagues].sort(by("agent")), promises: state.promises.map(plain),
      alarms: state.alarms.map(({ kind, since, values }) => ({ kind, since, values })).sort(by("kind")),
      wrapUp: state.wrapUp,
      floor: state.floor.map((one) => JSON.stringify(plain(one), plainly)).sort(),
      company: state.company.map((one) => JSON.stringify(plain(one), plainly)).sort(),
    };
  };
  return [known(messages), known([fresh])].map((one) => JSON.stringify(one, plainly));
}
"""
"""Both ways to know, without what is the page's own: who was chosen, what is over and not put away yet."""


@pytest_asyncio.fixture(loop_scope="session")
async def blank(chromium: Browser, office: Office) -> AsyncIterator[Page]:
    """The page's address without a log-in: its modules can be taken from there."""
    page = await chromium.new_page()
    await page.goto(office.url)
    yield page
    await page.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
async def test_the_page_knows_what_a_fresh_page_knows(blank: Page, office: Office, history: Any) -> None:
    for told in await played(office.services.store, *history):
        known, fresh = await blank.evaluate(KNOWN, list(told))
        assert json.loads(known) == json.loads(fresh)
