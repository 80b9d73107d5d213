"""The WebSocket over real sockets: who gets in, what they get, and desktops that stop reading."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import WSMsgType

from cti.agents.logins import set_active
from cti.desktop.hub import CLOSE_OUTBOX_FULL, CLOSE_SESSION_ENDED
from cti.desktop.messages import PopWithdrawn
from cti.web import desktop_socket
from cti.web.sockets import CLOSE_WRONG_ORIGIN

Ask = Callable[..., Awaitable[tuple[int, Any]]]


async def close_code(client: Any, **headers: str) -> int | None:
    """How a connection that should not be is closed; nothing may come before it."""
    async with client.ws_connect("/ws/desktop", headers=headers) as socket:
        assert (await socket.receive(timeout=10)).type is WSMsgType.CLOSE
        code: int | None = socket.close_code
        return code


async def test_the_pop_is_on_the_owners_desktop_and_on_nobody_elses(house: Any) -> None:
    owner, deputy = await house.desk("lin"), await house.desk("mei")
    house.arrives()
    house.rings("101")
    pop = await owner.expect("pop")
    assert (pop["caller"]["e164"], pop["matches"][0]["name"], pop["leg"]["agent"]) == ("+886933000222", "陳太太", "101")
    house.answers()
    answered = await owner.expect("call.answered")
    assert answered["agent"] == "101"
    house.hangs_up()
    assert (await owner.expect("call.ended"))["reason"] == "completed"
    house.services.hub.send("102", PopWithdrawn("sentinel", "busy"))
    assert (await deputy.expect("pop.withdrawn"))["call_id"] == "sentinel", "a pop came before it"


async def test_flush_means_that_the_bytes_have_left(house: Any) -> None:
    owner = await house.desk("lin")
    house.arrives()
    house.rings("101")
    assert await house.services.hub.flush({"101"}, 5)
    assert (await owner.expect("pop"))["call_id"] == "1.1"


async def test_a_reload_in_mid_call_brings_the_same_pop(house: Any) -> None:
    first = await house.desk("lin")
    house.arrives()
    house.rings("101")
    pop = await first.expect("pop")
    pop["card"] = (await first.expect("pop.card"))["card"]
    await first.socket.close()
    [again] = (await house.desk("lin")).snapshot["pops"]
    assert again == {key: value for key, value in pop.items() if key != "seq"}


async def test_a_browser_comes_in_by_cookie_from_our_own_pages(house: Any) -> None:
    client = await house.logged_in("lin")
    for origin in (house.origin, "https://desk.example"):
        async with client.ws_connect("/ws/desktop", headers={"Origin": origin}) as socket:
            assert (await socket.receive_json())["type"] == "snapshot"


async def test_other_sites_and_cookies_without_origin_stay_out(house: Any) -> None:
    client = await house.logged_in("lin")
    for origin in ("https://evil.example", "null", house.origin.replace("http:", "https:"), f"{house.origin}0"):
        assert await close_code(client, Origin=origin) == CLOSE_WRONG_ORIGIN
    assert await close_code(client) == CLOSE_WRONG_ORIGIN
    stranger = house.browser(Authorization=f"Bearer {await house.token('lin')}")
    assert await close_code(stranger, Origin="https://evil.example") == CLOSE_WRONG_ORIGIN


async def test_without_a_session_there_is_no_desktop(house: Any) -> None:
    assert await close_code(house.browser(), Origin=house.origin) == CLOSE_SESSION_ENDED
    assert await close_code(house.browser(Authorization="Bearer nonsense")) == CLOSE_SESSION_ENDED
    token = await house.token("lin")
    async with house.browser().ws_connect(f"/ws/desktop?token={token}", headers={"Origin": house.origin}) as socket:
        await socket.receive(timeout=10)
        assert socket.close_code == CLOSE_SESSION_ENDED
    assert len(house.services.hub) == 0


async def test_logging_out_closes_the_desktop(house: Any, ask: Ask) -> None:
    client = await house.logged_in("lin")
    async with client.ws_connect("/ws/desktop", headers={"Origin": house.origin}) as socket:
        await socket.receive_json()
        await ask(client, "DELETE", "/session")
        while (await socket.receive(timeout=10)).type is WSMsgType.TEXT:
            pass
        assert socket.close_code == CLOSE_SESSION_ENDED


async def test_a_login_closed_elsewhere_loses_its_desktop(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop_socket, "SESSION_SECONDS", 0.01)
    page = await house.desk("lin")
    async with house.services.store.transaction() as session:
        await set_active(session, "lin", False)
    assert await page.close_code() == CLOSE_SESSION_ENDED


async def test_a_session_that_runs_out_loses_its_desktop(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop_socket, "SESSION_SECONDS", 0.01)
    page = await house.desk("lin")
    house.clock.ahead = timedelta(hours=13)
    assert await page.close_code() == CLOSE_SESSION_ENDED


async def test_what_a_page_says_changes_nothing(house: Any) -> None:
    page = await house.desk("lin")
    for text in ('{"type":"pong"}', '{"type":"hello","last_seq":3}', '{"type":"pop"}', "{", "[]", "null", "\u0000"):
        await page.socket.send_str(text)
    await page.socket.send_bytes(b"\xff")
    house.arrives()
    house.rings("101")
    await page.expect("pop")


async def test_a_page_that_shouts_is_shown_out(house: Any) -> None:
    page = await house.desk("lin")
    await page.socket.send_str(json.dumps({"type": "x" * 10_000}))
    assert await page.close_code() == 1009


async def test_a_peer_that_never_reads_slows_nobody_and_is_let_go(house: Any) -> None:
    """A real TCP peer with a filled window: the others get everything, and the hub forgets the stuck one."""
    token = await house.token("lin")
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port, limit=1024)
    writer.write(
        f"GET /ws/desktop HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    writer.transport.pause_reading()
    healthy = await house.desk("lin")
    hub = house.services.hub
    stuck, _ = hub._connections
    for number in range(4000):
        hub.send("101", PopWithdrawn("x" * 20_000, str(number)))
        message = await healthy.expect("pop.withdrawn")
        assert message["reason"] == str(number)
        if stuck.is_closed:
            break
    assert await stuck.closed() == CLOSE_OUTBOX_FULL
    assert len(hub) == 1
    assert hub.overflowed == 1
    writer.transport.abort()
    # What it missed it gets with the snapshot of its next connection.
    house.arrives()
    house.rings("101")
    [pop] = (await house.desk("lin")).snapshot["pops"]
    assert pop["call_id"] == "1.1"


async def test_a_hostile_name_arrives_as_text(house: Any) -> None:
    page = await house.desk("lin")
    house.arrives(name="<script>alert('x')</script>\r\n${EXTEN}&\udca4" + "長" * 4000)
    house.rings("101")
    name = (await page.expect("pop"))["caller"]["name"]
    assert name.startswith("<script>alert('x')</script> ${EXTEN}&")
    assert len(name) <= 200
