"""Works out every customer's worth anew, set by set in the database: a million customers in tens of seconds.

One pass over the orders into a table of this connection's own, the firm's quintiles and class limits from that, then
the figures written some thousands of customers at a time, so that calls never wait behind it. Must not know what the
figures mean to people (`rules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from cti.customers.index import TAIPEI
from cti.customers.worth.days import ahead_of_utc, begins, offsets
from cti.customers.worth.rules import Terms
from cti.store.base import UtcDateTime
from cti.store.engine import Store
from cti.store.revisions import CALLERS, bump

AT_ONCE = 20_000
"""Customers written in one transaction: a few tenths of a second, in which a call's record waits at most."""

ROOMY_KIB, USUAL_KIB = 64_000, 2_000

YEAR, QUARTER = timedelta(days=365), timedelta(days=90)

_DRAFT = """
CREATE TEMPORARY TABLE worth_draft (
    customer_id INTEGER PRIMARY KEY, orders_life INTEGER, margin_life BIGINT, first_order {instant},
    last_order {instant}, orders_12m INTEGER, turnover_12m BIGINT, margin_12m BIGINT, margin_90d BIGINT,
    quotes_12m INTEGER, pay_days INTEGER, renews DATE)
"""

_FILL = """
INSERT INTO worth_draft
SELECT customer_id,
       SUM(bought), SUM(bought * gain), MIN(CASE WHEN bought = 1 THEN placed END),
       MAX(CASE WHEN bought = 1 THEN placed END),
       SUM(bought * recent), SUM(bought * recent * amount), SUM(bought * recent * gain),
       SUM(bought * latest * gain), SUM(CASE WHEN state = 'quoted' THEN recent ELSE 0 END),
       CAST({floor}(AVG(CASE WHEN recent = 1 THEN paid_after END)) AS INTEGER),
       MIN(CASE WHEN renews >= :today THEN renews END)
FROM (SELECT customer_id, placed, state, renews, CAST(amount AS BIGINT) AS amount,
             CASE WHEN state IN ('booked', 'paid', 'done') THEN 1 ELSE 0 END AS bought,
             CAST(COALESCE(margin, amount * CAST(:margin AS DOUBLE PRECISION)) AS BIGINT) AS gain,
             CASE WHEN placed >= :year THEN 1 ELSE 0 END AS recent,
             CASE WHEN placed >= :quarter THEN 1 ELSE 0 END AS latest,
             {days_settled} AS paid_after
      FROM orders WHERE placed <= :now) one
GROUP BY {customer}
"""

_QUINTILES = """
SELECT tile, MIN(value) FROM (
    SELECT {value} AS value, NTILE(5) OVER (ORDER BY {value}) AS tile FROM worth_draft WHERE orders_life > 0) ranked
GROUP BY tile ORDER BY tile
"""

_CLASSES = """
SELECT MIN(CASE WHEN above < CAST(:a_share AS DOUBLE PRECISION) * whole THEN margin_12m END),
       MIN(CASE WHEN above < CAST(:b_share AS DOUBLE PRECISION) * whole THEN margin_12m END)
FROM (SELECT margin_12m, SUM(margin_12m) OVER () AS whole,
             SUM(margin_12m) OVER (ORDER BY margin_12m DESC, customer_id ROWS UNBOUNDED PRECEDING) - margin_12m AS above
      FROM worth_draft WHERE margin_12m > 0) ranked
"""

_WRITE = """
INSERT INTO customer_worth (customer_id, computed, orders_life, margin_life, first_order, last_order, orders_12m,
    turnover_12m, margin_12m, margin_90d, quotes_12m, pay_days, contacts_12m, complaints_12m, renews, rhythm_days,
    next_purchase, recency, frequency, monetary, grade, dormancy, hollow, sensitivity, completeness)
SELECT id, :now, orders_life, margin_life, first_order, last_order, orders_12m, turnover_12m, margin_12m, margin_90d,
       quotes_12m, pay_days, contacts, complaints, renews, rhythm, {next_purchase},
       CASE WHEN orders_life = 0 THEN 0 WHEN last_order >= :r5 THEN 5 WHEN last_order >= :r4 THEN 4
            WHEN last_order >= :r3 THEN 3 WHEN last_order >= :r2 THEN 2 ELSE 1 END,
       CASE WHEN orders_life = 0 THEN 0 WHEN orders_12m >= :f5 THEN 5 WHEN orders_12m >= :f4 THEN 4
            WHEN orders_12m >= :f3 THEN 3 WHEN orders_12m >= :f2 THEN 2 ELSE 1 END,
       CASE WHEN orders_life = 0 THEN 0 WHEN margin_12m >= :m5 THEN 5 WHEN margin_12m >= :m4 THEN 4
            WHEN margin_12m >= :m3 THEN 3 WHEN margin_12m >= :m2 THEN 2 ELSE 1 END,
       CASE WHEN orders_life = 0 THEN '' WHEN margin_12m <= 0 THEN 'C' WHEN margin_12m >= :a_from THEN 'A'
            WHEN margin_12m >= :b_from THEN 'B' ELSE 'C' END,
       CASE WHEN last_order IS NULL OR last_order >= :half THEN '' WHEN last_order >= :full THEN 'half' ELSE 'full' END,
       (orders_12m = 0 AND contacts + quotes_12m >= :hollow) OR (orders_12m > 0 AND margin_12m <= 0),
       CASE WHEN quotes_12m >= 3 AND orders_12m * 3 < quotes_12m THEN 'price'
            WHEN orders_12m >= 2 AND turnover_12m > 0
                 AND margin_12m >= turnover_12m * CAST(:rich AS DOUBLE PRECISION) THEN 'quality' ELSE '' END,
       20 * ((CASE WHEN numbers > 0 THEN 1 ELSE 0 END) + (CASE WHEN email <> '' THEN 1 ELSE 0 END)
           + (CASE WHEN address <> '' THEN 1 ELSE 0 END) + (CASE WHEN preferences > 0 THEN 1 ELSE 0 END)
           + (CASE WHEN owner IS NOT NULL THEN 1 ELSE 0 END))
FROM (SELECT c.id, c.email, c.address, c.owner,
             COALESCE(d.orders_life, 0) AS orders_life, COALESCE(d.margin_life, 0) AS margin_life,
             d.first_order, d.last_order, COALESCE(d.orders_12m, 0) AS orders_12m,
             COALESCE(d.turnover_12m, 0) AS turnover_12m, COALESCE(d.margin_12m, 0) AS margin_12m,
             COALESCE(d.margin_90d, 0) AS margin_90d, COALESCE(d.quotes_12m, 0) AS quotes_12m, d.pay_days, d.renews,
             COALESCE(i.n, 0) AS contacts, COALESCE(m.n, 0) AS complaints, COALESCE(t.n, 0) AS numbers,
             COALESCE(p.n, 0) AS preferences,
             CASE WHEN d.orders_life > 1 THEN {rhythm} END AS rhythm
      FROM customers c
      LEFT JOIN worth_draft d ON d.customer_id = c.id
      LEFT JOIN (SELECT customer_id, COUNT(*) AS n FROM interactions
                 WHERE customer_id > :first AND customer_id <= :last AND at >= :year AND channel <> 'note'
                 GROUP BY customer_id) i ON i.customer_id = c.id
      LEFT JOIN (SELECT customer_id, COUNT(*) AS n FROM matters
                 WHERE customer_id > :first AND customer_id <= :last AND kind = 'complaint' AND opened >= :year
                 GROUP BY customer_id) m ON m.customer_id = c.id
      LEFT JOIN (SELECT customer_id, COUNT(*) AS n FROM customer_numbers
                 WHERE customer_id > :first AND customer_id <= :last GROUP BY customer_id) t ON t.customer_id = c.id
      LEFT JOIN (SELECT customer_id, COUNT(*) AS n FROM preferences
                 WHERE customer_id > :first AND customer_id <= :last GROUP BY customer_id) p ON p.customer_id = c.id
      WHERE c.id > :first AND c.id <= :last AND c.merged_into IS NULL) figures
"""

_TIERS = """
UPDATE customers SET tier = grade, tier_by = 'worth', revision = :revision
FROM customer_worth
WHERE customer_worth.customer_id = customers.id AND customers.id > :first AND customers.id <= :last
  AND customers.tier <> customer_worth.grade AND (customers.tier = '' OR customers.tier_by = 'worth')
"""

_PIECES = {
    "sqlite": {
        "customer": "+customer_id",  # not by the index: reading rows in its order jumps through the whole file
        "instant": "DATETIME",
        "floor": "",  # its CAST cuts off, PostgreSQL's rounds
        "days_settled": "CASE WHEN settled IS NOT NULL THEN julianday(settled) - julianday(placed) END",
        "rhythm": "CAST((julianday(d.last_order) - julianday(d.first_order)) / (d.orders_life - 1) AS INTEGER)",
        "next_purchase": "CASE WHEN rhythm > 0 THEN date(last_order, ({ahead}) || ' seconds', rhythm || ' days') END",
    },
    "postgresql": {
        "customer": "customer_id",
        "instant": "TIMESTAMP WITH TIME ZONE",
        "floor": "FLOOR",
        "days_settled": "CASE WHEN settled IS NOT NULL THEN EXTRACT(EPOCH FROM settled - placed) / 86400 END",
        "rhythm": (
            "CAST(FLOOR(EXTRACT(EPOCH FROM d.last_order - d.first_order) / 86400 / (d.orders_life - 1)) AS INTEGER)"
        ),
        "next_purchase": (
            "CASE WHEN rhythm > 0 THEN"
            " CAST(last_order AT TIME ZONE 'UTC' + ({ahead}) * INTERVAL '1 second' AS DATE) + rhythm END"
        ),
    },
}

_NO_DAY = datetime(9999, 12, 31, tzinfo=UTC)
_NEVER = 2**31 - 1
"""A limit that nobody reaches (an INTEGER on PostgreSQL): where a firm has no margin at all there is no class A."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: customers worked out, and how many of them got another tier."""

    customers: int
    tiers: int


async def work_out(store: Store, terms: Terms, now: datetime, *, set_tiers: bool, zone: tzinfo = TAIPEI) -> Done:
    """Work out everybody's figures as of the aware instant `now`. With `set_tiers` the grade becomes the tier of those
    whose tier nobody set by hand, and routing follows. Days are those of `zone`, the firm's: renewals are looked for
    from today on, the next purchase and how long somebody has not bought are counted from the day of the last order.

    Raises:
        StoreUnavailable: the database cannot be used now; the figures of those not reached stay the old ones.
    """
    times = _times(terms, now, zone)
    async with store.engine.connect() as connection:
        pieces = _PIECES[connection.dialect.name]
        try:
            await _roomy(connection, ROOMY_KIB)
            await connection.execute(text("DROP TABLE IF EXISTS worth_draft"))
            await connection.execute(text(_DRAFT.format(**pieces)))
            await _run(
                connection,
                _FILL.format(**pieces),
                times | {"margin": terms.margin, "today": now.astimezone(zone).date()},
            )
            limits = await _limits(connection, terms)
            ahead, turns = await _ahead(connection, zone, now)
            newest = await connection.scalar(text("SELECT COALESCE(MAX(id), 0) FROM customers")) or 0
            await connection.commit()
            pieces = pieces | {"next_purchase": pieces["next_purchase"].format(ahead=ahead)}
            return await _write(store, connection, times | limits | turns, pieces, newest, set_tiers=set_tiers)
        finally:
            await connection.rollback()
            await connection.execute(text("DROP TABLE IF EXISTS worth_draft"))
            await connection.commit()
            await _roomy(connection, USUAL_KIB)


async def _roomy(connection: AsyncConnection, kib: int) -> None:
    """Give SQLite memory for sorting five million orders; its usual two megabytes are for an office's short reads."""
    if connection.dialect.name == "sqlite":
        await connection.execute(text(f"PRAGMA cache_size = -{kib}"))
        await connection.commit()


async def _ahead(connection: AsyncConnection, zone: tzinfo, now: datetime) -> tuple[str, dict[str, datetime]]:
    """SQL for how far the firm's clock was ahead of UTC at each last order, and its parameters."""
    oldest = text("SELECT MIN(last_order) AS oldest FROM worth_draft").columns(oldest=UtcDateTime)
    return ahead_of_utc("last_order", offsets(zone, await connection.scalar(oldest) or now, now))


def _times(terms: Terms, now: datetime, zone: tzinfo) -> dict[str, Any]:
    return {
        "now": now,
        "year": now - YEAR,
        "quarter": now - QUARTER,
        # Who bought on the day after still counts a day less, at whatever hour this runs.
        "half": begins(now, terms.half_dormant_days - 1, zone),
        "full": begins(now, terms.dormant_days - 1, zone),
        "hollow": terms.hollow_contacts,
        "rich": terms.margin * 1.5,
    }


async def _limits(connection: AsyncConnection, terms: Terms) -> dict[str, Any]:
    """From which value on a customer stands in which fifth, and in which class."""
    found: dict[str, Any] = {}
    for letter, value in (("r", "last_order"), ("f", "orders_12m"), ("m", "margin_12m")):
        ranked = await connection.execute(text(_QUINTILES.format(value=value)))
        tiles: dict[int, Any] = dict(ranked.all())
        least = None
        for tile in range(1, 6):
            # A firm with three customers has three fifths: the fifths above take the last one's limit.
            least = tiles.get(tile, least)
            found[f"{letter}{tile}"] = least if least is not None else (_NO_DAY if letter == "r" else _NEVER)
    shares = {"a_share": terms.a_share, "b_share": terms.b_share}
    a_from, b_from = (await connection.execute(text(_CLASSES), shares)).one()
    found["a_from"] = _NEVER if a_from is None else int(a_from)
    found["b_from"] = _NEVER if b_from is None else int(b_from)
    return found


async def _write(
    store: Store,
    connection: AsyncConnection,
    values: dict[str, Any],
    pieces: dict[str, str],
    newest: int,
    *,
    set_tiers: bool,
) -> Done:
    customers = tiers = 0
    write = _WRITE.format(**pieces)
    for first in range(0, newest, AT_ONCE):
        some = {"first": first, "last": first + AT_ONCE}
        await connection.execute(
            text("DELETE FROM customer_worth WHERE customer_id > :first AND customer_id <= :last"), some
        )
        customers += (await _run(connection, write, values | some)).rowcount
        await connection.commit()
        if set_tiers:
            tiers += await _set_tiers(store, some)
    return Done(customers, tiers)


async def _set_tiers(store: Store, some: dict[str, int]) -> int:
    async with store.transaction() as session:
        differing = text(
            "SELECT COUNT(*) FROM customers JOIN customer_worth ON customer_worth.customer_id = customers.id "
            "WHERE customers.id > :first AND customers.id <= :last AND customers.tier <> customer_worth.grade "
            "AND (customers.tier = '' OR customers.tier_by = 'worth')"
        )
        if not await session.scalar(differing, some):
            return 0
        revision = await bump(session, CALLERS)
        done = await session.execute(text(_TIERS), some | {"revision": revision})
        return int(getattr(done, "rowcount", 0))


async def _run(connection: AsyncConnection, statement: str, values: dict[str, Any]) -> Any:
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    instants = [bindparam(name, type_=UtcDateTime) for name, value in used.items() if isinstance(value, datetime)]
    return await connection.execute(text(statement).bindparams(*instants), used)
