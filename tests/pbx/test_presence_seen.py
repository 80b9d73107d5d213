"""Presence on the real switch: pages, phones and the calendar change it, colleagues see it, and each change is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cti.agents.people import add_leave
from tests.pbx.floor import Floor

pytestmark = pytest.mark.pbx

SHORT = timedelta(seconds=4)
"""A leave that ends while somebody looks on; a busy machine needs a second or two to hear of it."""


async def test_pages_phones_and_the_calendar_change_it_and_all_is_kept(floor: Floor) -> None:
    began = datetime.now(UTC)
    await floor.register("105", "106")
    (colleague,) = await floor.desktops("106")
    (page,) = await floor.desktops("105")

    async def seen(state: str) -> datetime:
        told = await colleague.expect("presence", agent="105", state=state)
        return datetime.fromisoformat(told["since"])

    since = []
    await page.close()  # the phone stays on the desk
    since.append(await seen("offline"))
    (page,) = await floor.desktops("105")
    since.append(await seen("available"))
    await page.close()
    since.append(await seen("offline"))
    await floor.desks["105"].register(expires=0)
    await floor.everybody("offline", ["105"])
    await floor.desks["105"].register()  # plugged in: somebody is there, page or no page
    since.append(await seen("available"))
    await floor.desks["105"].register(expires=0)
    since.append(await seen("offline"))
    await floor.desks["105"].register()
    since.append(await seen("available"))
    # Not by the command line, whose start alone may take longer than the leave on a busy machine.
    async with floor.pbx.database() as store, store.transaction() as session:
        now = datetime.now(UTC)
        await add_leave(session, "105", now, now + SHORT)
    since.append(await seen("on_leave"))
    since.append(await seen("available"))
    await floor.pbx.ringward("presence", "set", "105", "away", "--reason", "lunch")
    since.append(await seen("away"))
    await floor.pbx.ringward("presence", "set", "105", "available")
    since.append(await seen("available"))
    assert since == sorted(since)

    asked = ("presence", "history", "105", "--from", began.isoformat(), "--json")
    kept = [one for one in reversed(json.loads(await floor.pbx.ringward(*asked))) if one["source"] == "seen"]
    told = [one["state"] for one in kept][-len(since) :]
    assert told == [
        "offline",
        "available",
        "offline",
        "available",
        "offline",
        "available",
        "on_leave",
        "available",
        "away",
        "available",
    ]
    assert [datetime.fromisoformat(one["at"]) for one in kept][-len(since) :] == since
    said = [one for one in json.loads(await floor.pbx.ringward(*asked)) if one["source"] == "said"]
    assert [(one["state"], one["reason"]) for one in reversed(said)] == [("away", "lunch"), ("available", None)]
    assert all(one["by"].startswith("cli:") for one in said)
