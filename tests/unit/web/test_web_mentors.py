"""Mentors' times by API: set, moved and ended by managers, read by who leads and by auditors; all in the audit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cti.audit.ledger import entries

Ask = Callable[..., Awaitable[tuple[int, Any]]]
TAIPEI = ZoneInfo("Asia/Taipei")


async def test_a_mentors_time_is_set_moved_and_ended(house: Any, ask: Ask) -> None:
    root, boss, audit = [await house.logged_in(one) for one in ("root", "boss", "audit")]
    soon = datetime.now(TAIPEI).replace(hour=18, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=30)
    body = {"mentor": "101", "until": soon.isoformat()}
    status, made = await ask(root, "POST", "/agents/103/mentors", json=body)
    assert (status, made["until"]) == (201, soon.replace(tzinfo=TAIPEI).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    later = soon + timedelta(days=30)
    status, moved = await ask(root, "PATCH", f"/mentors/{made['id']}", json={"until": later.isoformat()})
    assert (status, moved["starts"], moved["set_by"]) == (200, made["starts"], "root")
    assert house.services.directory.mentored("101", house.clock() + timedelta(days=45)) == {"103"}
    for reader in (boss, audit):
        assert (await ask(reader, "GET", "/mentors")) == (200, [moved])
    for until in ("2001-01-01T00:00:00", (soon + timedelta(days=400)).isoformat()):
        status, answer = await ask(root, "PATCH", f"/mentors/{made['id']}", json={"until": until})
        assert (status, answer["error"]["field"]) == (400, "until")
    assert (await ask(boss, "PATCH", f"/mentors/{made['id']}", json={"until": later.isoformat()}))[0] == 403
    assert (await ask(root, "DELETE", f"/mentors/{made['id']}"))[0] == 204
    assert (await ask(root, "PATCH", f"/mentors/{made['id']}", json={"until": later.isoformat()}))[0] == 404
    async with house.services.store.session() as session:
        told = [kept.entry for kept in await entries(session, subject="agent", subject_id="103")]
    assert [entry.action for entry in told] == ["mentor.ended", "mentor.moved", "mentor.set"]
    assert told[1].before["until"] == told[2].after["until"]
