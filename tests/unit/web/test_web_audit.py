"""The audit over the API: for those who answer for the firm and those who check them, and nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cti.audit.ledger import record
from cti.audit.model import Entry

Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.mark.parametrize("path", ["/audit", "/audit/verdict"])
async def test_only_managers_administrators_and_auditors_read_it(house: Any, ask: Ask, path: str) -> None:
    assert (await ask(await house.logged_in("lin"), "GET", path))[0] == 403
    for login in ("root", "audit"):
        assert (await ask(await house.logged_in(login), "GET", path))[0] == 200, login
    assert (await ask(house.browser(), "GET", path))[0] == 401


async def test_entries_are_found_by_what_they_are_about(house: Any, ask: Ask) -> None:
    async with house.services.store.transaction() as session:
        record(session, Entry(action="number.changed", actor="lin", subject="customer", subject_id="12", after="B"))
        record(session, Entry(action="customers.list_refused", actor="lin"))
    root = await house.logged_in("root")
    status, found = await ask(root, "GET", "/audit?subject=customer&subject_id=12")
    assert (status, [(one["number"], one["after"]) for one in found]) == (200, [(1, "B")])
    assert [one["number"] for one in (await ask(root, "GET", "/audit"))[1]] == [2, 1]
    assert (await ask(root, "GET", "/audit?since=yesterday"))[0] == 400
    status, verdict = await ask(root, "GET", "/audit/verdict")
    assert (status, verdict["sound"], verdict["entries"]) == (200, True, 2)


async def test_a_day_is_the_firms_wherever_one_reads(house: Any, ask: Ask) -> None:
    """Half past midnight in Taipei is the day before in UTC."""
    late, early = datetime(2026, 1, 4, 15, 30, tzinfo=UTC), datetime(2026, 1, 4, 16, 30, tzinfo=UTC)
    async with house.services.store.transaction() as session:
        for at in (late, early):
            record(session, Entry(action="number.changed", actor="lin"), at)
    root = await house.logged_in("root")
    for query, numbers in (
        ("since=2026-01-05", [2]),
        ("since=2026-01-04&until=2026-01-05", [1]),
        ("since=2026-01-05T00:00", [2]),
        ("since=2026-01-05T00:00Z", []),
        ("since=2026-01-05T00:00%2B09:00", [1, 2]),
    ):
        found = await ask(root, "GET", f"/audit?{query}")
        assert (query, found[0], sorted(one["number"] for one in found[1])) == (query, 200, numbers)
