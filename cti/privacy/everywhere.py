"""A dossier, or an erasure, of everything at once: the database, Asterisk's store and journal, the spoken sentences.

Joins the parts that each know one place. Must not know screens, nor who may ask.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.privacy import copies
from cti.privacy.copies import AstDb, Copies
from cti.privacy.dossier import Dossier, dossier
from cti.privacy.erasure import GIVEN, Erasure, erase
from cti.privacy.person import find_person, pattern_of
from cti.store.engine import Store


class Places(msgspec.Struct, frozen=True):
    """Where copies lie: the switch's journal, and the folder of spoken sentences."""

    journal: Path
    whispers: Path


class ErasedCopies(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the copies. `astdb`: taken out now; otherwise the daemon does it as soon as Asterisk answers.

    `journal` lines were overwritten; `journal_left` are files that could not be: they go when they are rotated away.
    `whispers` sound files were deleted.
    """

    astdb: bool
    journal: int
    journal_left: tuple[str, ...]
    whispers: int


async def make_dossier(
    store: Store, places: Places, switch: AstDb, customer_id: int, *, by: str, at: datetime
) -> Dossier:
    """Everything held on a customer at the aware instant `at`; that it was given out joins the audit before it is.

    Raises:
        NotFound, Refused: as `find_person`.
        StoreUnavailable: it cannot be written down, so it cannot be had.
    """
    async with store.transaction() as session:
        person = await find_person(session, customer_id)
        record(session, Entry(action=GIVEN, actor=by, subject="customer", subject_id=str(customer_id)), at)
    lines, more, unreadable = await asyncio.to_thread(
        copies.journal_lines, places.journal, pattern_of(person.needles), person.calls
    )
    found = Copies(
        astdb=await copies.kept_owners(switch, (*person.numbers, *person.shared)),
        journal=tuple(lines),
        journal_more=more,
        journal_unreadable=tuple(unreadable),
        whispers=len(copies.whispers(places.whispers)),
    )
    async with store.session() as session:
        return await dossier(session, person, found, at)


async def erase_everywhere(
    store: Store,
    places: Places,
    switch: AstDb,
    customer_id: int,
    *,
    by: str,
    reason: str,
    keep_years: int,
    at: datetime,
) -> tuple[Erasure, ErasedCopies]:
    """Erase a customer in the database, then wherever copies lie; a copy out of reach is said. Raises as `erase`."""
    done, person = await erase(store, customer_id, by=by, reason=reason, keep_years=keep_years, at=at)
    told = await copies.forget_owners(switch, person.numbers)
    lines, left = await asyncio.to_thread(
        copies.rewrite_journal, places.journal, pattern_of(person.needles), person.calls, person.presented
    )
    sounds = await asyncio.to_thread(copies.forget_whispers, places.whispers)
    return done, ErasedCopies(astdb=told, journal=lines, journal_left=tuple(left), whispers=sounds)
