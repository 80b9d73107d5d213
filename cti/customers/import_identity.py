"""Identity numbers that come with a customers' file: only what is not kept yet is added, sealed at once.

Takes the caller's session and commits nothing. Must not know how files are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.identity_tables import IdentityNumberRow
from cti.customers.sealing import Seal, masked

IMPORT = "import"
Numbers = Sequence[tuple[str, str]]
"""Pairs of kind and number, as the file has them."""


async def kinds_kept(session: AsyncSession, customers: Sequence[int]) -> Mapping[int, set[str]]:
    """Which kinds are kept of each of these customers."""
    row, kept = IdentityNumberRow, defaultdict[int, set[str]](set)
    found = select(row.customer_id, row.kind).where(row.customer_id.in_(customers))
    for customer_id, kind in await session.execute(found):
        kept[customer_id].add(kind)
    return kept


def sealed(numbers: Iterable[tuple[int, Numbers]], seal: Seal, at: datetime) -> list[dict[str, Any]]:
    """Rows to insert: each customer's id with their numbers."""
    return [
        {
            "customer_id": customer_id,
            "kind": kind,
            "digest": seal.digest(kind, number),
            "shown": masked(number),
            "sealed": seal.close(number),
            "at": at,
            "by": IMPORT,
        }
        for customer_id, theirs in numbers
        for kind, number in theirs
    ]


async def take_back(session: AsyncSession, customer_id: int, kinds: Collection[str]) -> list[str]:
    """Take away those of `kinds` that a file brought; the kinds that somebody has noted anew since."""
    row = IdentityNumberRow
    kept = await session.execute(select(row.kind, row.by).where(row.customer_id == customer_id, row.kind.in_(kinds)))
    left = [kind for kind, by in kept if by != IMPORT]
    theirs = (row.customer_id == customer_id, row.kind.in_(kinds), row.by == IMPORT)
    await session.execute(delete(row).where(*theirs))
    return left


async def is_as_brought(session: AsyncSession, customer_id: int, kinds: Collection[str]) -> bool:
    """Whether a customer has those of `kinds` from the file, and no others."""
    row = IdentityNumberRow
    found = (await session.execute(select(row.kind, row.by).where(row.customer_id == customer_id))).all()
    return {kind for kind, _ in found} == set(kinds) and all(by == IMPORT for _, by in found)
