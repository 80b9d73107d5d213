"""Reads the journal from where it was last read, so that what happened unwatched is known and recorded.

After a start, after the live stream was lost, and now and then in between. Must not know the journal's format.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import structlog

from cti.asterisk.journal import CHUNK, JournalRead, read_journal
from cti.calls.model import CallState
from cti.calls.tables import JournalMarkRow
from cti.calls.tracker import Tracker
from cti.store.engine import Store

log = structlog.get_logger(__name__)


async def catch_up(
    tracker: Tracker,
    store: Store,
    path: Path,
    *,
    channels: Mapping[str, str] | None = None,
    since: float | None = None,
    asked: datetime | None = None,
    chunk: int = CHUNK,
) -> None:
    """Apply every row behind the mark, end what is gone, write all of it, and move the mark.

    `channels`, `since` and `asked` as in `Tracker.resync`, which is done between the reading and the telling when they
    are given: a call whose end nobody saw is never announced as ringing. The mark stops before the first row of the
    oldest call that still goes on, and moves only when the records before it are committed. Rows that were also seen
    live change nothing. `chunk`: how many bytes are read, applied and written at once.

    Raises:
        StoreUnavailable: the database is gone or locked. The mark stays, and the next reading does it all.
    """
    mark = await _load_mark(store, path)
    open_since: dict[str, tuple[int, int]] = {}
    offset, inode, ahead = mark.offset, mark.inode, True
    while ahead:
        read = await asyncio.to_thread(read_journal, path, offset, inode, chunk=chunk)
        await tracker.absorb(read.events)
        await tracker.flush()
        _note_first_rows(open_since, read, tracker)
        ahead = read.ahead and (read.offset, read.inode) != (offset, inode)
        offset, inode = read.offset, read.inode
    if channels is not None:
        tracker.resync(channels, since=since, asked=asked)
    tracker.announce()
    await tracker.flush()
    going_on = {call.linkedid for call in tracker.live()}
    # Insertion order is the journal's order, over rotated files too.
    first = next((place for linkedid, place in open_since.items() if linkedid in going_on), (inode, offset))
    await _save_mark(store, JournalMarkRow(path=str(path), inode=first[0], offset=first[1]))
    log.info("journal.read", path=str(path), inode=first[0], offset=first[1], going_on=len(going_on))


def _note_first_rows(open_since: dict[str, tuple[int, int]], read: JournalRead, tracker: Tracker) -> None:
    for event, position in zip(read.events, read.positions, strict=True):
        open_since.setdefault(event.linkedid, (read.inode, position))
    for linkedid in tuple(open_since):
        call = tracker.get(linkedid)
        if call is None or call.state is CallState.ENDED:
            del open_since[linkedid]


async def _load_mark(store: Store, path: Path) -> JournalMarkRow:
    async with store.session() as session:
        return await session.get(JournalMarkRow, str(path)) or JournalMarkRow(path=str(path), inode=0, offset=0)


async def _save_mark(store: Store, mark: JournalMarkRow) -> None:
    async with store.transaction() as session:
        await session.merge(mark)
