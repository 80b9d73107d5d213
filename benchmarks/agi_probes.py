"""How long the event loop lags while 1,000 port probes connect to the FastAGI server and leave: one JSON line.

The probes run in a process of their own, as a port scanner would; what is measured is the server's loop alone.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time

import uvloop

from cti.asterisk.fastagi import AgiRequest, FastAgiServer

PROBES = 1000
TICK = 0.001


async def measure() -> dict[str, float | int | bool]:
    """Probe, tick, and ask one real question at the end. Times in milliseconds."""
    server = FastAgiServer(host="127.0.0.1", port=0)

    async def handler(request: AgiRequest) -> None:
        await request.set_variable("RW_PLAN", "x")

    server.add_route("/route", handler)
    await server.start()
    lags: list[float] = []
    ticker = asyncio.create_task(_tick(lags))
    await asyncio.sleep(0.5)
    idle = max(lags)  # what the machine's other work costs by itself
    lags.clear()
    began = time.perf_counter()
    prober = await asyncio.create_subprocess_exec(sys.executable, __file__, str(server.port))
    await prober.wait()
    took = time.perf_counter() - began
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"agi_network_script: route?dialled=1\n\n")
    served = (await reader.readline()).startswith(b"SET VARIABLE RW_PLAN")
    writer.write(b"200 result=1\n")
    await reader.read()
    writer.close()
    for _ in range(1000):
        if not server.connections:
            break
        await asyncio.sleep(TICK)
    ticker.cancel()
    left = server.connections
    await server.close()
    return {
        "probes": PROBES,
        "max_lag_ms": round(max(lags) * 1000, 2),
        "idle_max_lag_ms": round(idle * 1000, 2),
        "p99_lag_ms": round(sorted(lags)[int(len(lags) * 0.99)] * 1000, 2),
        "seconds": round(took, 2),
        "left_open": left,
        "still_answers": served,
    }


async def _tick(lags: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(TICK)
        lags.append(time.perf_counter() - before - TICK)


def probe(port: int) -> None:
    """Connect and leave, at once or in the middle of the headers, or with a reset."""
    for number in range(PROBES):
        with socket.create_connection(("127.0.0.1", port)) as probing:
            if number % 3 == 1:
                probing.sendall(b"agi_network: yes\n")
            elif number % 3 == 2:
                probing.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        probe(int(sys.argv[1]))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the daemon's loop
            print(json.dumps(runner.run(measure())))
