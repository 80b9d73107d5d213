"""The wallboard over real sockets: who sees it, what it never shows, and screens that live on a token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from cti.agents.logins import Identity
from cti.audit import ledger
from cti.desktop.hub import CLOSE_OUTBOX_FULL, CLOSE_SESSION_ENDED, OUTBOX_MESSAGES
from cti.wall import board, tokens
from cti.wall.messages import on_the_wall
from cti.web import wall_socket
from cti.web.sockets import CLOSE_WRONG_ORIGIN

BOSS = Identity("boss", "lead", "103")
Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "GATHER_SECONDS", 0)


async def shown(socket: ClientWebSocketResponse, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> Any:
    """The next board that fits."""
    while True:
        message = msgspec.json.decode(await socket.receive_str(timeout=10))
        if message["type"] == "wall" and fits(message["live"]):
            return message


async def closed(socket: ClientWebSocketResponse) -> int | None:
    while (await socket.receive(timeout=10)).type is WSMsgType.TEXT:
        pass
    return socket.close_code


async def screen(house: Any, ask: Ask, label: str = "floor") -> tuple[Any, str]:
    """A browser on a wall that was opened once by its token's address, and the token."""
    status, made = await ask(await house.logged_in("root"), "POST", "/wall/tokens", json={"label": label})
    assert status == 201
    client = house.browser(Origin=house.origin)
    status, viewer = await ask(client, "POST", "/wall/screen", json={"token": made["token"]})
    assert (status, viewer["viewer"]) == (200, f"wall:{label}")
    assert made["address"].endswith(f"/wall#{made['token']}")
    return client, made["token"]


async def test_a_call_is_followed_from_ring_to_end(house: Any) -> None:
    boss = await house.logged_in("boss", Origin=house.origin)
    async with boss.ws_connect("/ws/wall") as wall:
        first = await shown(wall)
        assert (first["seq"], first["live"]["calls"], first["live"]["answer_rate"]["rate"]) == (1, [], None)
        house.arrives()
        house.rings("101")
        [call] = (await shown(wall, lambda live: live["calls"] and live["calls"][0]["agents"]))["live"]["calls"]
        assert call | {"state": "ringing", "agents": ["101"], "kind": "desk"} == call
        house.answers()
        talking = await shown(wall, lambda live: live["talking"] == 1)
        assert talking["live"]["calls"][0]["state"] == "talking"
        house.hangs_up()
        over = await shown(wall, lambda live: not live["calls"])
        assert over["seq"] > 1


async def test_nothing_of_a_customer_is_on_the_wall(house: Any, ask: Ask) -> None:
    client, _ = await screen(house, ask)
    async with client.ws_connect("/ws/wall") as wall:
        house.arrives(name="CHEN MEI")
        house.rings("101")
        message = await shown(wall, lambda live: live["calls"] and live["calls"][0]["agents"])
    told = str(message)
    for personal in ("933000222", "0933", "CHEN", "陳太太"):
        assert personal not in told
    assert message["live"]["calls"][0]["caller"] is None
    status, live = await ask(await house.logged_in("boss"), "GET", "/live")
    assert status == 200
    assert set(live) == set(message["live"]), "the wall and the API tell the same"


async def test_a_token_reads_the_wall_and_nothing_else(house: Any, ask: Ask) -> None:
    client, token = await screen(house, ask)
    assert (await ask(client, "GET", "/wall"))[0] == 200
    for path in ("/live", "/agents", "/calls", "/wall/tokens", "/session"):
        assert (await ask(client, "GET", path))[0] == 401, path
    program = house.browser(Authorization=f"Bearer {token}")
    assert (await ask(program, "GET", "/wall"))[1]["viewer"] == "wall:floor"
    assert (await ask(program, "GET", "/live"))[0] == 401
    async with program.ws_connect("/ws/wall") as wall:
        await shown(wall)
    async with program.ws_connect("/ws/desktop") as desktop:
        assert await closed(desktop) == CLOSE_SESSION_ENDED


async def test_a_revoked_token_leaves_the_wall_at_once_and_all_of_it_is_audited(house: Any, ask: Ask) -> None:
    client, token = await screen(house, ask)
    root = await house.logged_in("root")
    assert [one["label"] for one in (await ask(root, "GET", "/wall/tokens"))[1]] == ["floor"]
    assert token not in str(await ask(root, "GET", "/wall/tokens"))
    async with client.ws_connect("/ws/wall") as wall:
        await shown(wall)
        assert (await ask(root, "DELETE", "/wall/tokens/floor"))[0] == 204
        assert await closed(wall) == CLOSE_SESSION_ENDED
    assert (await ask(client, "GET", "/wall"))[0] == 401
    assert (await ask(client, "POST", "/wall/screen", json={"token": token}))[0] == 401
    assert (await ask(root, "DELETE", "/wall/tokens/floor"))[0] == 404
    async with house.services.store.session() as session:
        found = await ledger.entries(session, action="wall_token.")
    assert [(one.entry.action, one.entry.actor, one.entry.subject_id) for one in found] == [
        ("wall_token.revoked", "root", "floor"),
        ("wall_token.added", "root", "floor"),
    ]
    assert token not in str(found)


async def test_a_screen_is_seen_when_it_comes_and_when_it_goes(house: Any, ask: Ask) -> None:
    root = await house.logged_in("root")
    client, _ = await screen(house, ask)

    async def listed() -> tuple[str | None, bool]:
        _, [one] = await ask(root, "GET", "/wall/tokens")
        return one["used"], one["showing"]

    assert await listed() == (None, False)
    async with client.ws_connect("/ws/wall") as wall:
        await shown(wall)
        came, showing = await listed()
        assert came is not None
        assert showing
        house.clock.ahead += timedelta(hours=2)
    async with asyncio.timeout(10):
        while (await listed())[1] or (await listed())[0] == came:
            await asyncio.sleep(0.02)


async def test_a_token_revoked_elsewhere_leaves_the_wall(house: Any, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall_socket, "LOOK_SECONDS", 0.01)
    client, _ = await screen(house, ask)
    async with client.ws_connect("/ws/wall") as wall:
        await shown(wall)
        async with house.services.store.transaction() as session:
            await tokens.revoke(session, "floor", "cli:root", house.clock())
        assert await closed(wall) == CLOSE_SESSION_ENDED


async def test_agents_other_sites_and_strangers_see_no_wall(house: Any, ask: Ask) -> None:
    agent = await house.logged_in("lin", Origin=house.origin)
    assert (await ask(agent, "GET", "/wall"))[0] == 403
    for client, code in ((agent, CLOSE_WRONG_ORIGIN), (house.browser(Origin=house.origin), CLOSE_SESSION_ENDED)):
        async with client.ws_connect("/ws/wall") as wall:
            assert await closed(wall) == code
    boss = await house.logged_in("boss")
    async with boss.ws_connect("/ws/wall", headers={"Origin": "https://evil.example"}) as wall:
        assert await closed(wall) == CLOSE_WRONG_ORIGIN
    async with boss.ws_connect("/ws/wall") as wall:
        assert await closed(wall) == CLOSE_WRONG_ORIGIN, "a cookie without an origin"


async def test_a_label_that_is_none_or_taken_is_refused(house: Any, ask: Ask) -> None:
    root = await house.logged_in("root")
    assert (await ask(root, "POST", "/wall/tokens", json={"label": "floor"}))[0] == 201
    for label, status in (("floor", 409), ("\u202e", 400), ("", 400), ("x" * 61, 400)):
        assert (await ask(root, "POST", "/wall/tokens", json={"label": label}))[0] == status, label


async def test_without_the_database_calls_are_shown_all_the_same(house: Any) -> None:
    boss = await house.logged_in("boss", Origin=house.origin)
    async with boss.ws_connect("/ws/wall") as wall:
        await shown(wall)
        async with house.services.store.transaction() as session:
            await (await session.connection()).exec_driver_sql("DROP TABLE call_legs")
        house.arrives()
        house.rings("101")
        await shown(wall, lambda live: live["ringing"] == 1)


async def test_a_stuck_screen_is_let_go_and_comes_back_to_a_whole_board(house: Any) -> None:
    walls = house.services.walls
    stuck, live = await walls.open(BOSS), await walls.now()
    for number in range(OUTBOX_MESSAGES):
        walls.hub.broadcast(on_the_wall(replace(live, late=number)))
    assert await stuck.closed() == CLOSE_OUTBOX_FULL
    assert len(walls.hub) == 0
    assert (await walls.open(BOSS)).seq == 1
