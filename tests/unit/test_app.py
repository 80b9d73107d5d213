"""The daemon's parts: what one of them cannot do is no reason for the others not to do theirs."""

from __future__ import annotations

import asyncio

import pytest

from cti import app


async def test_a_part_that_fails_is_begun_again_and_takes_no_other_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "PART_PAUSE", 0)
    begun: list[str] = []
    steady = asyncio.Event()

    async def inner() -> None:
        raise KeyError("a record that nobody foresaw")

    async def fails_twice() -> None:
        begun.append("fails")
        if len(begun) < 3:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(inner())
        steady.set()

    async def goes_on() -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        other = asyncio.create_task(app.kept_running(goes_on))
        await app.kept_running(fails_twice)
        await steady.wait()
        assert begun == ["fails"] * 3
        assert not other.done()
        other.cancel()
        with pytest.raises(asyncio.CancelledError):
            await other
