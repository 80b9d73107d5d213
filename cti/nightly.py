"""Works out every customer's worth once a night, at the hour of the settings.

Must not know what the figures mean: `cti.customers.worth` does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import func, select

from cti.customers.worth.nightly import Done, work_out
from cti.customers.worth.rules import Terms
from cti.customers.worth.tables import WorthRow
from cti.daily import is_due, when_due
from cti.settings import Settings
from cti.store.engine import Store

log = structlog.get_logger(__name__)


def terms_of(settings: Settings) -> Terms:
    """The firm's thresholds."""
    return Terms(
        a_share=settings.worth_a_share,
        b_share=max(settings.worth_a_share, settings.worth_b_share),
        margin=settings.worth_margin,
        half_dormant_days=settings.worth_half_dormant_days,
        dormant_days=max(settings.worth_half_dormant_days, settings.worth_dormant_days),
        hollow_contacts=settings.worth_hollow_contacts,
    )


class Nightly:
    """The daemon's nightly run. `run()` must run."""

    def __init__(self, settings: Settings, store: Store, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._now = now
        self._started = now()

    async def run(self) -> None:
        """Work out when it is time, until cancelled; a database that is away is tried again."""
        await when_due(self.work_out_if_due, "worth.not_worked_out")

    async def work_out_if_due(self) -> Done | None:
        """Work out if tonight's run is to be made now; what it did.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        settings, now = self._settings, self._now()
        if settings.worth_at is None:
            return None
        async with self._store.session() as session:
            last: datetime | None = await session.scalar(select(func.max(WorthRow.computed)))
        if not is_due(settings.worth_at, last or self._started, now, settings.zone):
            return None
        done = await work_out(
            self._store, terms_of(settings), now, set_tiers=settings.worth_sets_tier, zone=settings.zone
        )
        log.info("worth.worked_out", customers=done.customers, tiers=done.tiers)
        return done
