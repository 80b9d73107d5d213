"""What stands at the page's address while the daemon cannot serve yet: its database is away, or of another version.

No page, no log-in: every address says why, and what to do, in the reader's language. Must not know the database.
"""

from __future__ import annotations

from types import TracebackType

from aiohttp import web

from cti.errors import StoreUnavailable
from cti.settings import Settings
from cti.web.refusals import reader_language
from cti.wording import error_text


class Standby:
    """Opens with the first reason, closes with its `async with`, so that the page itself finds its address free."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._why = ""
        self._runner: web.AppRunner | None = None

    async def because(self, why: str) -> None:
        """Say so from now on; `why` is a refusal's English sentence.

        Raises:
            OSError: the page's port is taken.
        """
        self._why = why
        if self._runner is not None:
            return
        app = web.Application()
        app.router.add_get("/healthz", _lives)
        app.router.add_get("/readyz", self._not_ready)
        app.router.add_route("*", "/{any:.*}", self._refuse)
        # Nobody is in the middle of anything here: who keeps a connection open is not waited for.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.bind_host, self._settings.web_port).start()

    async def __aenter__(self) -> Standby:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _not_ready(self, request: web.Request) -> web.Response:
        body = {"ready": False, "parts": {"database": False}, "reason": self._sentence(request)}
        return web.json_response(body, status=503)

    async def _refuse(self, request: web.Request) -> web.Response:
        headers = {"Retry-After": "5"}
        if "text/html" in request.headers.get("Accept", ""):  # a person, who is not to read JSON
            return web.Response(text=f"503\n\n{self._sentence(request)}\n", status=503, headers=headers)
        error = {"code": StoreUnavailable.code, "message": self._sentence(request)}
        return web.json_response({"error": error}, status=503, headers=headers)

    def _sentence(self, request: web.Request) -> str:
        return error_text(self._why, reader_language(request, self._settings), StoreUnavailable.code)


async def _lives(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
