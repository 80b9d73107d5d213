"""Sessions of open desktops: one look serves them all, and none is closed by a look from before it began."""

from __future__ import annotations

from typing import Any

import pytest

from cti.agents.logins import Identity, set_active
from cti.web import session_watch
from cti.web.session_watch import SessionWatch


async def test_one_look_serves_everybody(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    read = session_watch.live_sessions

    async def counted(*asked: Any) -> Any:
        looks.append(asked)
        return await read(*asked)

    monkeypatch.setattr(session_watch, "live_sessions", counted)
    watch, first, second = SessionWatch(), await house.token("lin"), await house.token("mei")
    for token, who in ((first, Identity("lin", "agent", "101")), (second, Identity("mei", "agent", "102"))):
        found = await watch.look(house.services, token, 60)
        assert found is not None
        assert found[0] == who
    assert len(looks) == 1
    new = await watch.look(house.services, await house.token("boss"), 60)
    assert new is not None, "it began after the look"
    assert len(looks) == 2
    async with house.services.store.transaction() as session:
        await set_active(session, "lin", False)
    assert await watch.look(house.services, first, 60) is not None, "so long an old look may serve"
    assert await watch.look(house.services, first, 0) is None
