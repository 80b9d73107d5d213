"""Records that may be one customer: found over the whole book, kept with score and reasons until somebody decides.

Must not know how two are compared (`cti.customers.likeness`), nor how they become one (`cti.customers.merging`).
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers.finding import get
from cti.customers.identity_tables import DuplicateRow, IdentityNumberRow
from cti.customers.likeness import Pair, Record, find_pairs
from cti.customers.number_change import Changer
from cti.customers.tables import CustomerNumberRow, CustomerRelationRow, CustomerRow
from cti.errors import Invalid, NotFound
from cti.store.engine import Store

MOST_LISTED = 200
PAGE = 500


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """Two customers who may be one; `reasons` are codes of `cti.customers.likeness.WEIGHTS`, `found` in UTC."""

    first_id: int
    first: str
    second_id: int
    second: str
    score: int
    reasons: tuple[str, ...]
    found: datetime


async def find(store: Store, *, apart: bool = False, at: datetime | None = None) -> int:
    """Compare the whole book anew and keep what was found; how many pairs are open. Decided ones stay decided.

    `apart`: compare in a process of its own, so that neither its minute nor its memory is the daemon's.

    Raises:
        StoreUnavailable: the database is away.
    """
    async with store.session() as session:
        records = await _records(session)
    pairs = await (_apart(records) if apart else asyncio.to_thread(find_pairs, records))
    async with store.transaction() as session:
        await _keep(session, pairs, at or datetime.now(UTC))
        return len(await duplicates(session, limit=MOST_LISTED))


async def duplicates(
    session: AsyncSession, *, customer_id: int | None = None, least: int = 0, limit: int = 50
) -> list[Duplicate]:
    """Open pairs with at least this score, the likeliest first; with `customer_id` those of one customer."""
    row, first, second = DuplicateRow, aliased(CustomerRow), aliased(CustomerRow)
    statement = (
        select(row, first.name, second.name)
        .join(first, first.id == row.first_id)
        .join(second, second.id == row.second_id)
        .where(row.state == "open", row.score >= least, first.merged_into.is_(None), second.merged_into.is_(None))
        .order_by(row.score.desc(), row.id)
        .limit(max(0, min(limit, MOST_LISTED)))
    )
    if customer_id is not None:
        statement = statement.where((row.first_id == customer_id) | (row.second_id == customer_id))
    return [
        Duplicate(
            first_id=one.first_id,
            first=first_name,
            second_id=one.second_id,
            second=second_name,
            score=one.score,
            reasons=tuple(json.loads(one.reasons)),
            found=one.found,
        )
        for one, first_name, second_name in await session.execute(statement)
    ]


async def dismiss(session: AsyncSession, one: int, other: int, *, by: Changer, at: datetime | None = None) -> None:
    """These are two customers: they are not suspected again. It stands in the audit, and `reopen` takes it back.

    Raises:
        NotFound: there is no such customer. Invalid: they are one.
    """
    first, second, kept = await _pair(session, one, other)
    now = at or datetime.now(UTC)
    if kept is None:
        kept = DuplicateRow(first_id=first, second_id=second, score=0, reasons="[]", found=now)
        session.add(kept)
    if kept.state != "dismissed":
        record(session, _entry("customer.told_apart", first, second, by), now)
    kept.state, kept.decided, kept.decided_by = "dismissed", now, by.actor[:100]
    await session.flush()


async def reopen(session: AsyncSession, one: int, other: int, *, by: Changer, at: datetime | None = None) -> None:
    """They may be one customer after all: what was found alike in them stands among the suspected again.

    Raises:
        NotFound: there is no such customer, or nobody said that they are two. Invalid: they are one.
    """
    first, second, kept = await _pair(session, one, other)
    if kept is None or kept.state != "dismissed":
        raise NotFound(f"nobody said that customers {first} and {second} are two")
    if kept.score:
        kept.state, kept.decided, kept.decided_by = "open", None, ""
    else:  # nothing was found alike: only the word against it goes
        await session.delete(kept)
    record(session, _entry("customer.suspected_again", first, second, by), at)
    await session.flush()


async def _pair(session: AsyncSession, one: int, other: int) -> tuple[int, int, DuplicateRow | None]:
    first, second = sorted(((await get(session, one)).id, (await get(session, other)).id))
    if first == second:
        raise Invalid("other: these are one customer already")
    row = DuplicateRow
    kept = await session.scalars(select(row).where(row.first_id == first, row.second_id == second))
    return first, second, kept.one_or_none()


def _entry(action: str, first: int, second: int, by: Changer) -> Entry:
    return Entry(
        action=action,
        actor=by.actor,
        agent=by.agent,
        department=by.department,
        subject="customer",
        subject_id=str(first),
        after={"other_id": second},
    )


async def _keep(session: AsyncSession, pairs: Iterable[Pair], at: datetime) -> None:
    row = DuplicateRow
    known = {(one.first_id, one.second_id): one for one in await session.scalars(select(row))}
    fresh: list[dict[str, Any]] = []
    still: set[tuple[int, int]] = set()
    for pair in pairs:
        key = (pair.first, pair.second)
        still.add(key)
        reasons, kept = json.dumps(pair.reasons), known.get(key)
        if kept is None:
            values = {"score": pair.score, "reasons": reasons, "state": "open", "found": at, "decided_by": ""}
            fresh.append({"first_id": pair.first, "second_id": pair.second, **values})
        elif kept.state == "open":
            kept.score, kept.reasons = pair.score, reasons
        elif kept.state == "merged":
            # Both are here again, by a way that left no word of it.
            kept.state = "open"
    gone = [one.id for key, one in known.items() if one.state == "open" and key not in still]
    for start in range(0, len(gone), PAGE):
        await session.execute(delete(row).where(row.id.in_(gone[start : start + PAGE])))
    if fresh:
        await session.execute(insert(row), fresh)


async def _records(session: AsyncSession) -> list[Record]:
    """The whole book as far as it is compared: four statements."""
    numbers: defaultdict[int, list[str]] = defaultdict(list)
    digests: defaultdict[int, list[str]] = defaultdict(list)
    circle: defaultdict[int, list[int]] = defaultdict(list)
    number, identity, relation, row = CustomerNumberRow, IdentityNumberRow, CustomerRelationRow, CustomerRow
    for customer_id, e164 in await session.execute(select(number.customer_id, number.e164)):
        numbers[customer_id].append(e164)
    for customer_id, digest in await session.execute(select(identity.customer_id, identity.digest)):
        digests[customer_id].append(digest)
    for customer_id, of_id in await session.execute(select(relation.customer_id, relation.of_id)):
        circle[customer_id].append(of_id)
    present = select(row.id, row.kind, row.name, row.email, row.address).where(row.merged_into.is_(None))
    return [
        Record(*one, tuple(numbers.get(one.id, ())), tuple(digests.get(one.id, ())), tuple(circle.get(one.id, ())))
        for one in await session.execute(present.order_by(row.id))
    ]


async def _apart(records: list[Record]) -> list[Pair]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, find_pairs, records)
