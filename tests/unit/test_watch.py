"""Our copy of the switch is compared with it again and again, whatever went wrong with it before."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cti import watch
from cti.errors import StoreUnavailable
from cti.watch import SwitchWatch


class Ari:
    """A switch whose list of channels is taken note of."""

    def __init__(self) -> None:
        self.asked = 0

    @property
    def channels(self) -> Ari:
        return self

    async def list(self) -> list[Any]:
        self.asked += 1
        return []


async def test_a_fault_in_the_reading_ends_neither_the_watching_nor_the_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = iter((KeyError("a fault of ours"), StoreUnavailable("locked")))
    read = asyncio.Event()

    async def catch_up(*_: object, **told: object) -> None:
        fault = next(faults, None)
        if fault is not None:
            raise fault
        assert told["channels"] == {}
        read.set()

    monkeypatch.setattr(watch, "catch_up", catch_up)
    monkeypatch.setattr(watch, "RECONCILE_SECONDS", 0)
    ari: Any = Ari()
    nothing: Any = object()
    one = SwitchWatch(ari=ari, ami=nothing, tracker=nothing, directory=nothing, store=nothing, journal=Path("x"))
    monkeypatch.setattr(one, "_follow_phones", read.wait)
    running = asyncio.create_task(one.run())
    try:
        async with asyncio.timeout(10):
            await read.wait()
        assert ari.asked >= 3
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
