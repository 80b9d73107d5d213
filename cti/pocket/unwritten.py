"""Records of pocket cards, written behind what happens: a link reaches the phone that rings whether or not the database
can be used now. Must not know calls or pages."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cti.errors import StoreUnavailable
from cti.pocket import ledger
from cti.pocket.model import PocketCard
from cti.store.engine import Store

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 5.0
"""Seconds between two tries to write while the database is away."""


class Unwritten:
    """Cards as they are now that the database does not know yet. `run()` must run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cards: dict[str, PocketCard] = {}
        self._wake = asyncio.Event()

    def put(self, card: PocketCard) -> None:
        """Write this, in place of what was to be written of the same card."""
        self._cards[card.id] = card
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled; a database that is away is waited for."""
        pause = 0.0
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.flush()
                pause = 0.0
            except (StoreUnavailable, SQLAlchemyError) as error:
                pause = min(LONGEST_PAUSE, pause * 2 or 0.2)
                log.warning("pocket.not_written", unwritten=len(self._cards), reason=str(error)[:300])
                self._wake.set()
                await asyncio.sleep(pause)

    async def flush(self) -> None:
        """Write everything that is not written.

        Raises:
            StoreUnavailable: the database is gone or locked; what is not written stays to be written.
        """
        batch = dict(self._cards)
        if not batch:
            return
        async with self._store.transaction() as session:
            await ledger.save(session, batch.values())
        for card_id, card in batch.items():
            with contextlib.suppress(KeyError):
                if self._cards[card_id] is card:
                    del self._cards[card_id]
