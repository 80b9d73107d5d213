"""A promise written with its history and its notices: one change, one transaction, which the caller opens and commits.

Must not know what changes a promise, nor how notices travel (`cti.delivery.courier`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.tables import CustomerRow
from cti.promises.finding import SAME
from cti.promises.model import Entry, Promise, Shown
from cti.promises.notices import Composer, no_notices
from cti.promises.tables import PromiseHistoryRow, PromiseNoticeRow, PromiseRow
from cti.store.base import storable
from cti.store.revisions import PROMISES, bump


class Writing:
    """`compose` says which notices a happening is worth; none by default."""

    def __init__(self, compose: Composer = no_notices) -> None:
        self._compose = compose

    async def _write(
        self, session: AsyncSession, row: PromiseRow, promise: Promise, entries: Iterable[Entry]
    ) -> Promise:
        for name in SAME:
            setattr(row, name, getattr(promise, name))
        row.raw = storable(promise.raw)[:200]
        row.dialled = storable(promise.dialled)[:60]
        row.why, row.state, row.reason = promise.why.value, promise.state.value, promise.reason
        row.origin = promise.origin.value
        row.revision = await bump(session, PROMISES)
        session.add(row)
        await session.flush()
        promise = replace(promise, id=row.id)
        for entry in entries:
            line = PromiseHistoryRow(
                promise_id=row.id, at=entry.at, who=entry.who[:100], what=entry.what.value, text=entry.text
            )
            line.linkedid = entry.linkedid
            session.add(line)
            await session.flush()
            await self._tell(session, promise, entry, line.id)
        return promise

    async def _tell(self, session: AsyncSession, promise: Promise, entry: Entry, line: int) -> None:
        customer = await session.get(CustomerRow, promise.customer_id) if promise.customer_id is not None else None
        at = datetime.now(UTC)
        for notice in self._compose(Shown(promise, customer.name if customer else None), entry):
            # The address itself may hold a secret, and the key stands in logs.
            target = hashlib.sha256(notice.target.encode()).hexdigest()[:12]
            key = f"ringward-promise-{promise.id}-{line}-{notice.channel}-{target}"
            session.add(
                PromiseNoticeRow(
                    key=key,
                    promise_id=promise.id,
                    channel=notice.channel,
                    target=notice.target,
                    body=notice.body(key),
                    created=at,
                    next_try=at,
                )
            )
