"""INVITE to pop, and pop to the desk's INVITE, with 100 desktops and 100,000 customers; the daemon's memory then.

    ./bench pop [CALLS [CUSTOMERS [DESKTOPS]]]

The desktop that is measured, the caller and the desk share one process and one clock; the other desktops are in a
process of their own, so that reading them does not take our loop's time.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from trial import asterisk, figures, resident_megabytes, trial

from cti.local.sip_phone import SipPhone

CUSTOMER = "0933000222"
AT_ONCE = 5000


def add_customers(demo: dict[str, Any], count: int) -> None:
    """Add invented customers with a mobile each, owned by 101 to 108 in turn, in one transaction as an import would."""
    path = demo["database"]["url"].removeprefix("sqlite+aiosqlite:///")
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    connection = sqlite3.connect(path, timeout=30)
    with connection:
        first = connection.execute("SELECT max(id) FROM customers").fetchone()[0] + 1
        revision = connection.execute("SELECT number FROM revisions WHERE subject = 'callers'").fetchone()[0] + 1
        connection.executemany(
            "INSERT INTO customers (id, kind, name, title, tier, state, owner, email, address, terms, language,"
            " created, source, revision)"
            " VALUES (?, 'person', ?, '', 'C', 'customer', ?, '', '', '', 'zh-Hant', ?, 'bench', ?)",
            ((first + n, f"客戶 {n}", str(101 + n % 8), now, revision) for n in range(count)),
        )
        connection.executemany(
            "INSERT INTO customer_numbers (customer_id, raw, e164, extension, kind) VALUES (?, ?, ?, '', 'mobile')",
            ((first + n, f"09{20000000 + n}", f"+8869{20000000 + n}") for n in range(count)),
        )
        connection.execute("UPDATE revisions SET number = ? WHERE subject = 'callers'", (revision,))
    connection.close()


async def until_kept(demo: dict[str, Any], count: int) -> float:
    """Wait until every owner stands in Asterisk's store too; returns the seconds it took."""
    began = time.monotonic()
    async with asyncio.timeout(600):
        while True:
            said = await asyncio.to_thread(asterisk, demo, 'database query "SELECT count(*) FROM astdb"')
            if any(word.isdigit() and int(word) >= count for word in said.replace("|", " ").split()):
                return time.monotonic() - began
            await asyncio.sleep(1)


async def log_in(session: aiohttp.ClientSession, demo: dict[str, Any], login: str) -> str:
    """The bearer token of a demo log-in."""
    user = next(one for one in demo["web"]["users"] if one["login"] == login)
    body = {"login": login, "password": user["password"]}
    async with session.post(f"{demo['web']['url']}/api/v1/session", json=body) as answer:
        return str((await answer.json())["token"])


async def crowd(demo: dict[str, Any], count: int) -> None:
    """Open the other desktops, say so, read them until stdin ends."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tokens = [await log_in(session, demo, str(102 + n)) for n in range(7)]
        url = f"{demo['web']['url']}/ws/desktop"
        sockets = [
            await session.ws_connect(url, headers={"Authorization": f"Bearer {tokens[n % 7]}"}) for n in range(count)
        ]
        print("open", flush=True)
        readers = [asyncio.create_task(_drain(one)) for one in sockets]
        await asyncio.to_thread(sys.stdin.read)
        for one in readers:
            one.cancel()
        for socket in sockets:
            await socket.close()


async def _drain(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


async def measure(demo: dict[str, Any], calls: int) -> tuple[list[float], list[float]]:
    """Milliseconds from INVITE to pop, and from pop to the desk's INVITE, of `calls` calls one at a time."""
    sip = demo["sip"]
    host, port = sip["carrier"].split(":")
    server = (sip["host"], sip["port"])
    phone = next(one for one in sip["phones"] if one["extension"] == "101")
    to_pop, to_desk = [], []
    async with (
        aiohttp.ClientSession() as session,
        SipPhone(server=server, bind=host, port=int(port)) as carrier,
        SipPhone(phone["username"], phone["password"], server=server) as desk,
    ):
        await desk.register()
        token = await log_in(session, demo, "101")
        headers = {"Authorization": f"Bearer {token}"}
        async with session.ws_connect(f"{demo['web']['url']}/ws/desktop", headers=headers) as socket:
            for turn in range(calls + 10):
                began = time.perf_counter()
                waiting = asyncio.create_task(_next_pop(socket))
                call = await carrier.place(demo["numbers"]["main"].replace("+886", "0"), number=CUSTOMER)
                ringing = await desk.incoming()
                invited = time.perf_counter()
                popped = await waiting
                ringing.ring()
                await call.until_ringing()
                call.hang_up()
                await ringing.until_over()
                await call.until_over()
                if turn >= 10:
                    to_pop.append((popped - began) * 1000)
                    to_desk.append((invited - popped) * 1000)
    return to_pop, to_desk


async def _next_pop(socket: aiohttp.ClientWebSocketResponse) -> float:
    async with asyncio.timeout(10):
        while True:
            message = await socket.receive_json()
            at = time.perf_counter()
            if message["type"] == "pop":
                assert message["card"], "the pop came without its card"
                return at


async def whole(demo: dict[str, Any], calls: int, customers: int, desktops: int) -> dict[str, Any]:
    """Fill the database, open the crowd, measure, look at the daemon's memory."""
    pid = int(Path(demo["daemon"]["pid_file"]).read_text("ascii"))
    await asyncio.to_thread(add_customers, demo, customers)
    copied = await until_kept(demo, customers)
    others = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--crowd", json.dumps(demo), str(desktops - 1),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert others.stdin is not None
    assert others.stdout is not None
    try:
        assert (await others.stdout.readline()).strip() == b"open", "the crowd could not be opened"
        to_pop, to_desk = await measure(demo, calls)
        memory = resident_megabytes(pid)
    finally:
        others.stdin.close()
        await others.wait()
    return {
        "calls": calls,
        "customers": customers,
        "desktops": desktops,
        "invite_to_pop_ms": figures(to_pop),
        "pop_to_desk_invite_ms": figures(to_desk) | {"min": round(min(to_desk), 2)},
        "pops_before_invite": sum(1 for one in to_desk if one > 0),
        "daemon_resident_mb": memory,
        "seconds_to_copy_owners_to_asterisk": round(copied, 1),
    }


def main() -> None:
    """Run one measurement, or be the crowd of one."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if sys.argv[1:2] == ["--crowd"]:
            runner.run(crowd(json.loads(sys.argv[2]), int(sys.argv[3])))
            return
        given = [int(word) for word in sys.argv[1:4]]
        calls, customers, desktops = [*given, *(200, 100_000, 100)[len(given) :]]
        with trial() as demo:
            print(json.dumps(runner.run(whole(demo, calls, customers, desktops))))


if __name__ == "__main__":
    main()
