"""How long a search for a customer takes among 100,000, as somebody types, on SQLite and PostgreSQL; milliseconds.

    ./bench search [CUSTOMERS]

Every beginning of what is typed is searched for, as the page does, each in a session of its own. PostgreSQL is a
server of this measurement's own, on loopback.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from cti.customers.searching import search
from cti.customers.tables import CustomerNumberRow, CustomerRow, OrderRow
from cti.store.engine import Store
from cti.store.migrate import upgrade

ROUNDS = 3
SHOWN = 10
AT_ONCE = 10_000
FAMILY = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周"
GIVEN = "怡君志明淑芬俊傑雅婷冠宇佳穎家豪美玲建宏麗華文彬詩涵宗翰惠如"


def typed() -> list[str]:
    """What somebody has typed so far, at every letter, of a name, three forms of a number, a code, an order number."""
    meant = ["陳怡君", "林志", "0922 012 345", "+886 922-099-999", "012345", "C0054321", "T2026-054321", "Nobody Known"]
    return [text[:length] for text in meant for length in range(2, len(text) + 1)]


async def fill(store: Store, count: int) -> None:
    """Invented customers, each with a code, a mobile and an order."""
    chance, now = random.Random(2026), datetime.now(UTC)
    for start in range(1, count + 1, AT_ONCE):
        ids = range(start, min(start + AT_ONCE, count + 1))
        names = ["".join((chance.choice(FAMILY), *chance.choices(GIVEN, k=2))) for _ in ids]
        people = [
            {"id": n, "name": name, "external_id": f"C{n:07}", "created": now, "owner": str(101 + n % 8)}
            for n, name in zip(ids, names, strict=True)
        ]
        numbers = [{"customer_id": n, "raw": f"09{22000000 + n}", "e164": f"+8869{22000000 + n}"} for n in ids]
        orders = [
            {"customer_id": n, "external_id": f"T2026-{n:06}", "title": "沖繩四日", "state": "paid", "placed": now}
            for n in ids
        ]
        async with store.transaction() as session:
            await session.execute(insert(CustomerRow), people)
            await session.execute(insert(CustomerNumberRow), numbers)
            await session.execute(insert(OrderRow), orders)


async def measure(url: str, count: int) -> dict[str, Any]:
    """Fill the database, then type."""
    await asyncio.to_thread(upgrade, url)
    store = Store(url)
    try:
        await fill(store, count)
        took: list[tuple[float, str]] = []
        for _ in range(ROUNDS):
            for text in typed():
                began = time.perf_counter()
                async with store.session() as session:
                    await search(session, text, SHOWN)
                took.append(((time.perf_counter() - began) * 1000, text))
    finally:
        await store.close()
    took.sort()
    at = {name: round(took[int(len(took) * share)][0], 1) for name, share in (("median", 0.5), ("p99", 0.99))}
    return at | {"longest": round(took[-1][0], 1), "longest_for": took[-1][1], "searches": len(took)}


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A server of our own: loopback, a free port, an unprivileged user; its usual settings otherwise."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cluster = folder / "cluster"
    making = [programs / "initdb", "-D", cluster, "-U", "ringward", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    control = [*as_user, str(programs / "pg_ctl"), "-D", str(cluster), "-w"]
    subprocess.run([*as_user, *map(str, making)], check=True, capture_output=True, cwd=folder)
    options = ["-l", str(folder / "log"), "-o", f"-c listen_addresses=127.0.0.1 -p {port} -k ''"]
    subprocess.run([*control, *options, "start"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    try:
        yield f"postgresql+asyncpg://ringward@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL, cwd=folder)


def main(count: int) -> None:
    """Measure on both and print one line."""
    folder = Path(tempfile.mkdtemp(prefix="ringward-bench-"))
    folder.chmod(0o755)
    try:
        result: dict[str, Any] = {"customers": count}
        result["sqlite_ms"] = asyncio.run(measure(f"sqlite+aiosqlite:///{folder / 'search.sqlite3'}", count))
        if any(Path("/usr/lib/postgresql").glob("*/bin")):
            (folder / "server").mkdir()
            with postgres(folder / "server") as url:
                result["postgresql_ms"] = asyncio.run(measure(url, count))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
