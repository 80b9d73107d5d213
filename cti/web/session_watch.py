"""Whether the sessions of open desktops are still alive, looked up for all of them at once.

A thousand desktops that each asked the database themselves kept a sixth of a core busy with it. Must not know sockets.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from aiohttp import web

from cti.agents.logins import Identity, live_sessions, session_key
from cti.web.services import Services

Found = tuple[Identity, datetime]


class SessionWatch:
    """What the database said of all sessions when it was last asked."""

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._found: dict[str, Found] = {}
        self._reading = asyncio.Lock()

    async def look(self, services: Services, token: str, oldest: float) -> Found | None:
        """Whose session this is and when it ends (aware UTC), by a reading not older than `oldest` seconds.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        key, clock = session_key(token), asyncio.get_running_loop().time
        async with self._reading:
            # One that is not known may have begun since: a new desktop must not be closed by an old reading.
            if clock() - self._read_at > oldest or key not in self._found:
                self._read_at = clock()
                async with services.store.session() as session:
                    self._found = await live_sessions(session, services.now())
        return self._found.get(key)


SESSIONS = web.AppKey("session_watch", SessionWatch)
