"""Nightly run and card query with 1,000,000 customers and 5,000,000 orders, on SQLite and PostgreSQL.

    ./bench customers [CUSTOMERS]

Five orders a customer, in the order of time and not of customers, as a firm's years make them. The nightly run's
memory is the peak of a process that does nothing else; PostgreSQL is a server of this measurement's own, on loopback.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from search import postgres
from sqlalchemy import text
from trial import figures

from cti.customers.card import quick_card
from cti.customers.worth.nightly import work_out
from cti.customers.worth.rules import Terms
from cti.store.engine import Store
from cti.store.migrate import upgrade

ORDERS_EACH = 5
CARDS = 3000
SPREAD = 7919
"""A prime: one order after another belongs to customers far apart."""

_SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n < :most - 1) ",
    "postgresql": "WITH series AS (SELECT generate_series(CAST(0 AS BIGINT), :most - 1) AS n) ",
}
_AGO = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || ({days}) || ' days')",
    "postgresql": "now() - ({days}) * interval '1 day'",
}


async def fill(store: Store, dialect: str, count: int) -> None:
    """Invented customers with a number, five orders each over four years, most of them paid after some weeks."""

    def ago(days: str) -> str:
        return _AGO[dialect].format(days=days)

    series = _SERIES[dialect]
    orders = count * ORDERS_EACH
    days = f"1460 - 1460.0 * n / {orders}"
    steps = [
        (
            count,
            "INSERT INTO customers (id, external_id, kind, name, title, tier, state, owner, email, address, terms,"
            " language, created, source, revision) "
            + series
            + "SELECT n + 1, 'C' || n, 'person', '客戶' || n, '', '', 'customer', CAST(101 + n % 8 AS TEXT),"
            f" '', '', '', 'zh-Hant', {ago('1500')}, 'bench', 0 FROM series",
        ),
        (
            count,
            "INSERT INTO customer_numbers (customer_id, raw, e164, extension, kind) " + series + "SELECT n + 1,"
            " CAST(900000000 + n AS TEXT), '+886' || CAST(900000000 + n AS TEXT), '', 'mobile' FROM series",
        ),
        (
            orders,
            "INSERT INTO orders (external_id, customer_id, title, amount, state, placed, settled, margin) "
            + series
            + f"SELECT 'T' || n, (n * {SPREAD}) % {count} + 1, '行程', 3000 + (n * 31) % 90000,"
            " CASE WHEN n % 9 = 0 THEN 'quoted' ELSE 'done' END,"
            f" {ago(days)}, CASE WHEN n % 9 = 0 THEN NULL ELSE {ago(f'{days} - n % 60')} END,"
            " CASE WHEN n % 3 = 0 THEN NULL ELSE (n * 17) % 9000 - 400 END FROM series",
        ),
    ]
    async with store.engine.begin() as connection:
        for most, statement in steps:
            # The driver of PostgreSQL would take a bare parameter for an integer of four bytes here and eight there.
            await connection.execute(text(statement.replace(":most", str(most))))
    async with store.engine.connect() as connection:
        await connection.execute(text("ANALYZE"))
        await connection.commit()


async def measure(url: str, count: int) -> dict[str, Any]:
    """Fill, run the night once and once more, then read cards of customers drawn at random."""
    await asyncio.to_thread(upgrade, url)
    store = Store(url)
    dialect = store.engine.dialect.name
    try:
        await fill(store, dialect, count)
        runs = []
        for _ in range(2):
            began = time.perf_counter()
            done = await work_out(store, Terms(), datetime.now(UTC), set_tiers=True)
            runs.append((round(time.perf_counter() - began, 1), done.tiers))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        drawn = random.Random(2026)
        took = []
        for turn in range(CARDS + 50):
            began = time.perf_counter()
            card = await quick_card(store, drawn.randint(1, count))
            if turn >= 50:
                took.append((time.perf_counter() - began) * 1000)
            assert card is not None
            assert card.worth is not None
    finally:
        await store.close()
    (first, tiers), (again, _) = runs
    return {
        "nightly_s": first,
        "nightly_again_s": again,
        "tiers_set": tiers,
        "memory_mb": memory,
        "card_ms": figures(took),
    }


def _apart(url: str, count: int, answer: Connection) -> None:
    answer.send(asyncio.run(measure(url, count)))


def alone(url: str, count: int) -> dict[str, Any]:
    """Measure in a process of its own, so that its peak of memory is its own."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_apart, args=(url, count, theirs))
    process.start()
    theirs.close()
    result: dict[str, Any] = mine.recv()
    process.join()
    print(url.partition(":")[0], json.dumps(result), file=sys.stderr)
    return result


def main(count: int) -> None:
    """Measure on both and print one line."""
    folder = Path(tempfile.mkdtemp(prefix="ringward-bench-"))
    folder.chmod(0o755)
    try:
        result: dict[str, Any] = {"customers": count, "orders": count * ORDERS_EACH}
        result["sqlite"] = alone(f"sqlite+aiosqlite:///{folder / 'customers.sqlite3'}", count)
        if any(Path("/usr/lib/postgresql").glob("*/bin")):
            (folder / "server").mkdir()
            with postgres(folder / "server") as url:
                result["postgresql"] = alone(url, count)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
