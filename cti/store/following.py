"""Keeps a copy in memory equal to the database by looking for changes. Must not know what is copied."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from cti.errors import StoreUnavailable

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
"""One primary-key read; what the command line or another daemon changes counts for calls within a second."""


async def follow(refresh: Callable[[], Awaitable[object]], copy: str) -> None:
    """Look for changes until cancelled. A database that is away is waited for; the last copy serves meanwhile, and the
    log says once which `copy` that is."""
    away = False
    while True:
        try:
            await refresh()
            away = False
        except StoreUnavailable as error:
            if not away:
                log.warning(f"{copy}.store_away", reason=str(error))
            away = True
        await asyncio.sleep(POLL_SECONDS)
