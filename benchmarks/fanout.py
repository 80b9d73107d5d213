"""A thousand desktops on one daemon: how soon a pop and a broadcast are there, and what the daemon holds in memory.

    ./bench fanout [DESKTOPS [BROADCASTS [CALLS]]]

Real WebSockets, real calls. A broadcast is a colleague's presence: timed from the request that changes it to each
desktop's receipt, half of the turns with one desktop open that reads nothing. Pops are timed from the caller's INVITE
to one desktop of the owner, who has many. The others are in a process of their own, which takes its times itself:
CLOCK_MONOTONIC is one clock for the whole machine. What that process needs for reading is in the figures.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import resource
import socket
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from pop import CUSTOMER, log_in
from trial import figures, resident_megabytes, trial

from cti.local.sip_phone import SipPhone

AT_ONCE = 25
IDLE_SECONDS = 15.0
"""As long as the daemon lets pass between two looks at a desktop's session."""

MARK = re.compile(rb'"reason":"bench-(\d+)"')


async def crowd(demo: dict[str, Any], count: int) -> None:
    """Open the desktops, say so; say each turn that all of them have heard; at the end of stdin, when each heard it."""
    heard: dict[int, list[float]] = {}

    async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            found = MARK.search(message.data.encode() if isinstance(message.data, str) else message.data)
            if found:
                times = heard.setdefault(int(found[1]), [])
                times.append(time.monotonic())
                if len(times) == count:
                    print(int(found[1]), flush=True)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tokens = [await log_in(session, demo, str(101 + n)) for n in range(8)]
        url, sockets = f"{demo['web']['url']}/ws/desktop", []
        for start in range(0, count, AT_ONCE):
            some = range(start, min(count, start + AT_ONCE))
            sockets += await asyncio.gather(
                *(session.ws_connect(url, headers={"Authorization": f"Bearer {tokens[n % 8]}"}) for n in some)
            )
        readers = [asyncio.create_task(listen(one)) for one in sockets]
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(json.dumps(heard), flush=True)
        for one in readers:
            one.cancel()
        await asyncio.gather(*(one.close() for one in sockets))


def stuck(demo: dict[str, Any], token: str) -> socket.socket:
    """A desktop whose browser takes nothing: a small window, and nobody who reads from it."""
    host, port = demo["web"]["url"].removeprefix("http://").split(":")
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    peer.connect((host, int(port)))
    lines = (
        "GET /ws/desktop HTTP/1.1",
        f"Host: {host}:{port}",
        f"Authorization: Bearer {token}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
    peer.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return peer


async def broadcasts(
    session: aiohttp.ClientSession, demo: dict[str, Any], token: str, turns: range, heard: asyncio.StreamReader
) -> dict[int, float]:
    """Change a colleague's presence once a turn, each time until every desktop knows; when each was asked for."""
    asked = {}
    headers = {"Authorization": f"Bearer {token}"}
    for turn in turns:
        asked[turn] = time.monotonic()
        body = {"state": "away", "reason": f"bench-{turn}"}
        async with session.put(f"{demo['web']['url']}/api/v1/presence", json=body, headers=headers) as answer:
            answer.raise_for_status()
        async with asyncio.timeout(60):
            assert int(await heard.readline()) == turn
    return asked


async def pops(session: aiohttp.ClientSession, demo: dict[str, Any], token: str, calls: int) -> list[float]:
    """Milliseconds from INVITE to pop."""
    sip, found = demo["sip"], []
    host, port = sip["carrier"].split(":")
    phone = next(one for one in sip["phones"] if one["extension"] == "101")
    server, headers = (sip["host"], sip["port"]), {"Authorization": f"Bearer {token}"}
    async with (
        SipPhone(server=server, bind=host, port=int(port)) as carrier,
        SipPhone(phone["username"], phone["password"], server=server) as desk,
        session.ws_connect(f"{demo['web']['url']}/ws/desktop", headers=headers) as page,
    ):
        await desk.register()
        for turn in range(calls + 3):
            began = time.perf_counter()
            call = await carrier.place(demo["numbers"]["main"].replace("+886", "0"), number=CUSTOMER)
            async with asyncio.timeout(30):
                while (await page.receive_json())["type"] != "pop":
                    pass
            popped = time.perf_counter()
            ringing = await desk.incoming()
            ringing.ring()
            await call.until_ringing()
            call.hang_up()
            await ringing.until_over()
            await call.until_over()
            if turn >= 3:
                found.append((popped - began) * 1000)
    return found


async def overflowed(session: aiohttp.ClientSession, demo: dict[str, Any]) -> int:
    """How many desktops the daemon has let go for not reading."""
    async with session.get(f"{demo['web']['url']}/metrics") as answer:
        found = re.search(r"^ringward_desktop_overflows_total (\d+)", await answer.text(), re.M)
    return int(found[1]) if found else 0


async def idle_share(pid: int, seconds: float) -> float:
    """Hundredths of one core that the daemon needs for desktops on which nothing happens."""
    ticks = os.sysconf("SC_CLK_TCK")

    def used() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / ticks

    before = used()
    await asyncio.sleep(seconds)
    return round((used() - before) / seconds * 100, 1)


async def whole(demo: dict[str, Any], desktops: int, turns: int, calls: int) -> dict[str, Any]:
    """Open the crowd, measure, look at the daemon's memory."""
    pid = int(Path(demo["daemon"]["pid_file"]).read_text("ascii"))
    before = resident_megabytes(pid)
    began = time.monotonic()
    others = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--crowd", json.dumps(demo), str(desktops),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**26,
    )  # fmt: skip
    assert others.stdin is not None
    assert others.stdout is not None
    try:
        assert (await others.stdout.readline()).strip() == b"open", "the crowd could not be opened"
        opened = time.monotonic() - began
        idle = await idle_share(pid, IDLE_SECONDS)
        async with aiohttp.ClientSession() as session:
            token, owner = await log_in(session, demo, "108"), await log_in(session, demo, "101")
            asked = await broadcasts(session, demo, token, range(turns), others.stdout)
            with contextlib.closing(stuck(demo, owner)):
                asked |= await broadcasts(session, demo, token, range(turns, 2 * turns), others.stdout)
                to_pop = await pops(session, demo, owner, calls)
                memory = resident_megabytes(pid)
                gone = await overflowed(session, demo)
        others.stdin.close()
        heard = {int(turn): times for turn, times in json.loads(await others.stdout.readline()).items()}
    finally:
        others.stdin.close()
        await others.wait()
    took = {turn: [(at - asked[turn]) * 1000 for at in times] for turn, times in heard.items()}
    return {
        "desktops": desktops,
        "seconds_to_open": round(opened, 1),
        "broadcast_ms": figures([one for turn in range(turns) for one in took[turn]]),
        "broadcast_with_one_stuck_ms": figures([one for turn in range(turns, 2 * turns) for one in took[turn]]),
        "idle_percent_of_a_core": idle,
        "invite_to_pop_ms": figures(to_pop),
        "daemon_resident_mb": memory,
        "daemon_resident_without_desktops_mb": before,
        "kb_a_desktop": round((memory - before) * 1024 / desktops, 1),
        "stuck_let_go": gone,
        "load_average": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Run the measurement, or be its crowd."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if sys.argv[1:2] == ["--crowd"]:
            runner.run(crowd(json.loads(sys.argv[2]), int(sys.argv[3])))
            return
        given = [int(word) for word in sys.argv[1:4]]
        desktops, turns, calls = [*given, *(1000, 20, 50)[len(given) :]]
        with trial() as demo:
            print(json.dumps(runner.run(whole(demo, desktops, turns, calls))))


if __name__ == "__main__":
    main()
