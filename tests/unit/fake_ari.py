"""An ARI that is a real HTTP and WebSocket server: what a test says is what the client hears."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

Answer = Callable[[web.Request], web.Response]


class FakeAri:
    """One ARI. `requests` holds (method, path and query, JSON) of every operation in order."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.streams: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}
        self.refuse_streams = 0
        self.ports: list[int] = []
        self._open: set[web.WebSocketResponse] = set()
        app = web.Application()
        app.router.add_get("/ari/events", self._events)
        app.router.add_route("*", "/ari/{path:.*}", self._operation)
        self.server = TestServer(app)
        self.mute = False

    @property
    def url(self) -> str:
        return str(self.server.make_url("/")).rstrip("/")

    async def say(self, stream: web.WebSocketResponse, *events: dict[str, Any]) -> None:
        """Send events over one stream."""
        for event in events:
            await stream.send_str(json.dumps(event))

    async def stop(self) -> None:
        for stream in tuple(self._open):
            await stream.close()
        await self.server.close()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        self._note(request, None)
        if self.refuse_streams:
            self.refuse_streams -= 1
            return web.json_response({"message": "Authentication required"}, status=401)
        stream = web.WebSocketResponse(autoping=not self.mute)
        await stream.prepare(request)
        self._open.add(stream)
        self.streams.put_nowait(stream)
        async for message in stream:
            assert message.type in {WSMsgType.PING, WSMsgType.PONG}
        self._open.discard(stream)
        return stream

    async def _operation(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self._note(request, body)
        path = request.path.removeprefix("/ari")
        status, answer = self.answers.get((request.method, path), (200, {}))
        return web.json_response(answer, status=status) if answer is not None else web.Response(status=status)

    def _note(self, request: web.Request, body: Any) -> None:
        assert request.headers["Authorization"].startswith("Basic ")
        self.requests.append((request.method, request.raw_path.removeprefix("/ari"), body))
