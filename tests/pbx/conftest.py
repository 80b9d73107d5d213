"""A running installation for all tests of calls, and a floor of phones and desktops for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.pbx.floor import Floor
from tests.pbx.installation import Installation, made


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Asterisk and the daemon, started once."""
    with made(tmp_path_factory.mktemp("ringward")) as running:
        yield running


@pytest_asyncio.fixture
async def pbx(installation: Installation) -> Installation:
    """The installation, running: what the test before broke is mended first."""
    if not installation.runs:
        await installation.restarted()
    return installation


@pytest_asyncio.fixture
async def floor(pbx: Installation) -> AsyncIterator[Floor]:
    """Nobody is on the line yet."""
    async with Floor(pbx) as opened:
        yield opened
