"""Waits until the daemon says that it serves. Must not know who started it."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request

from cti.errors import Refused


async def wait_for_page(url: str, seconds: float) -> None:
    """Return once `url` answers 200.

    Raises:
        Refused: it did not within `seconds`.
    """
    said = "no connection"
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = await asyncio.to_thread(_ask, url)
                if answer is None:
                    return
                said = answer
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise Refused(f"the daemon did not become ready within {seconds:g} s: {url} says {said}.") from None


def _ask(url: str) -> str | None:
    """None when the page is there, else what was heard instead."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  our own http address
            return None if response.status == 200 else f"status {response.status}"
    except urllib.error.HTTPError as error:
        return f"status {error.code}, {error.read(200).decode(errors='replace').strip()}"
    except OSError:
        return "no connection"
