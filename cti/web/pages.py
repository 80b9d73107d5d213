"""What is not the API: the page and its files, and whether the daemon lives, is ready, and how busy it is.

Must not know what the page does.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import text

from cti.pocket.ways import KINDS
from cti.web.services import SERVICES, Check, Services

log = structlog.get_logger(__name__)

STATIC = Path(__file__).resolve().parent / "static"
CHECK_SECONDS = 2.0
"""A part that has not answered by then is not ready, whatever it might say later."""

REGISTRY = web.AppKey("registry", CollectorRegistry)


async def page(_request: web.Request) -> web.StreamResponse:
    """The agents' page."""
    return web.FileResponse(STATIC / "index.html")


async def admin_page(_request: web.Request) -> web.StreamResponse:
    """The administration; which of its views is the page's own business."""
    return web.FileResponse(STATIC / "admin.html")


FILES = {
    "/wall": "wall.html",
    "/pocket": "pocket-ways.html",
    "/manifest.webmanifest": "manifest.webmanifest",
    "/sw.js": "sw.js",
}
"""Files that stand outside of `/static`: pages, and what a browser wants at the top to install the page."""


def static_file(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that serves one of our files."""

    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / name)

    return serve


async def healthz(_request: web.Request) -> web.Response:
    """The process lives and its loop turns."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Whether calls can be served now, part by part: 200 when every part can, else 503."""
    services = request.app[SERVICES]
    checks: dict[str, Check] = {"database": lambda: _database(services), **services.checks}
    results = await asyncio.gather(*(_asked(name, check) for name, check in checks.items()))
    parts = dict(zip(checks, results, strict=True))
    ready = all(parts.values())
    return web.json_response({"ready": ready, "parts": parts}, status=200 if ready else 503)


async def metrics(request: web.Request) -> web.Response:
    """Prometheus' text format; figures only, nothing about any person."""
    return web.Response(body=generate_latest(request.app[REGISTRY]), headers={"Content-Type": CONTENT_TYPE_LATEST})


def registry_for(services: Services) -> CollectorRegistry:
    """A registry of this application's own, so that two of them in one process do not meet."""
    registry = CollectorRegistry()
    registry.register(_Figures(services))
    ProcessCollector(registry=registry)
    return registry


class _Figures(Collector):
    """Read when asked for: what is counted elsewhere anyway is not counted twice."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        hub = self._services.hub
        yield GaugeMetricFamily("ringward_desktops", "Open desktops", value=len(hub))
        yield CounterMetricFamily("ringward_desktop_messages", "Messages queued for desktops", value=hub.sent)
        yield CounterMetricFamily("ringward_desktop_overflows", "Desktops closed for not reading", value=hub.overflowed)
        live = GaugeMetricFamily("ringward_live_calls", "Calls now, by state", labels=["state"])
        states = [call.state.value for call in self._services.tracker.live()]
        for state in ("asking", "ringing", "talking"):
            live.add_metric([state], states.count(state))
        yield live
        owed = GaugeMetricFamily("ringward_promises", "Open promises, by how late they are", labels=["level"])
        levels = [shown.promise.level for shown in self._services.keeper.board.values()]
        for level, name in enumerate(("in_time", "late", "with_deputy", "with_manager")):
            owed.add_metric([name], levels.count(level))
        yield owed
        yield from self._pocket()

    def _pocket(self) -> Iterator[Metric]:
        pocket = self._services.pocket
        yield GaugeMetricFamily("ringward_pocket_cards", "Pocket cards out now", value=pocket.live)
        yield CounterMetricFamily("ringward_pocket_opened", "Pocket cards opened", value=pocket.opened)
        yield CounterMetricFamily("ringward_pocket_refused", "Second browsers refused a card", value=pocket.refused)
        for name, what, counts in (
            ("ringward_pocket_sent", "Links that a way took", pocket.dispatch.sent),
            ("ringward_pocket_failed", "Tries of a way that failed", pocket.dispatch.failed),
        ):
            family = CounterMetricFamily(name, what, labels=["way"])
            for way in KINDS:
                family.add_metric([way], counts[way])
            yield family


async def _asked(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            answer = check()
            return bool(await answer if inspect.isawaitable(answer) else answer)
    except Exception as error:
        log.warning("web.not_ready", part=name, reason=str(error) or type(error).__name__)
        return False


async def _database(services: Services) -> bool:
    async with services.store.session() as session:
        await session.execute(text("SELECT 1"))
    return True
