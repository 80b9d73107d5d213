"""The journal: Asterisk's CEL file, which is written whether or not the daemon lives, read into typed facts.

Knows the file's columns and how files are rotated. Must not know calls, nor where the reading stopped last time.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import structlog

from cti.asterisk.events import (
    AnySwitchEvent,
    CallEnded,
    CallsJoined,
    ChannelBegan,
    ChannelHungUp,
    Connected,
    LegUp,
    PartyHandedOn,
)
from cti.asterisk.notes import parse_note

COLUMNS = (
    "eventtype",
    "eventtime",
    "uniqueid",
    "linkedid",
    "channame",
    "cid_num",
    "cid_name",
    "exten",
    "context",
    "appname",
    "userdefined",
    "eventextra",
)

CHUNK = 4 * 1024 * 1024
"""Bytes read at once: some ten thousand rows, so that a month's journal is never all in memory."""

COMPRESSED = frozenset({".gz", ".bz2", ".xz", ".zst", ".lz4"})
"""What rotation makes of a file in the end; nothing of these is read."""

MOST_LINES_A_ROW = 5
"""A quoted field may hold line ends; a quote that is never closed must not swallow the rest of the file."""

NOTE = "RINGWARD"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = re.compile(r"([0-9]{1,11})(?:\.([0-9]{1,6}))?\Z")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JournalRead:
    """What one reading gave. `offset` and `inode` say where to go on; `positions[i]` is where `events[i]`'s row begins.

    `ahead` is true while more is known to stand behind `offset`, in this file or the one that replaced it.
    """

    events: tuple[AnySwitchEvent, ...]
    positions: tuple[int, ...]
    offset: int
    inode: int
    ahead: bool = False


def read_journal(path: Path, offset: int, inode: int, *, chunk: int = CHUNK) -> JournalRead:
    """Read whole rows from byte `offset` of the file that has `inode`, at most about `chunk` bytes of them.

    The file was rotated when `path` is another one by now: its rest is read first, from the sibling it was renamed
    to, then each file that was rotated since, then the new one. `inode` 0 means: never read before. When the file with
    `inode` is gone, the siblings that are left are younger, for rotation takes the oldest away. A file that is not
    there, or cannot be read, has no rows.
    """
    files = _files(path)
    place = next((place for place, one in enumerate(files) if inode and _inode(one) == inode), None)
    if place is None:
        place, offset = 0 if inode else len(files) - 1, 0
    source, later = files[place], files[place + 1] if place + 1 < len(files) else None
    try:
        with source.open("rb") as file:
            status = os.fstat(file.fileno())
            if not _goes_on(file, offset, status.st_size):
                log.info("journal.begun_anew", path=str(source), offset=offset, size=status.st_size)
                offset = 0
            file.seek(offset)
            rows = list(_rows(file, offset, chunk))
    except FileNotFoundError:
        return JournalRead((), (), offset, inode)
    except OSError as error:
        log.warning("journal.unreadable", path=str(source), reason=error.strerror or str(error))
        return JournalRead((), (), offset, inode)
    end = rows[-1][1] if rows else offset
    events: list[AnySwitchEvent] = []
    positions: list[int] = []
    for start, _, row in rows:
        for event in parse_cel(row):
            events.append(event)
            positions.append(start)
    then = _inode(later) if later is not None else 0
    if then and not rows:
        return JournalRead((), (), 0, then, ahead=True)
    return JournalRead(tuple(events), tuple(positions), end, status.st_ino, ahead=bool(then) or end < status.st_size)


def parse_cel(row: Sequence[str]) -> tuple[AnySwitchEvent, ...]:
    """The facts in one row of `COLUMNS`; none for a row that says nothing to us or cannot be read."""
    if len(row) != len(COLUMNS):
        log.warning("journal.row_unreadable", columns=len(row), row=",".join(row)[:200])
        return ()
    cel = dict(zip(COLUMNS, row, strict=True))
    at = _instant(cel["eventtime"])
    if at is None:
        log.warning("journal.row_unreadable", eventtime=cel["eventtime"][:40])
        return ()
    if cel["eventtype"] in ("USER_DEFINED", NOTE):
        return _note(cel, at)
    linkedid, channel = cel["linkedid"], cel["uniqueid"]
    match cel["eventtype"]:
        case "CHAN_START" if channel != linkedid and cel["channame"].startswith("PJSIP/"):
            return (ChannelBegan(at=at, linkedid=linkedid, channel=channel, channel_name=cel["channame"]),)
        case "ANSWER":
            return (LegUp(at=at, linkedid=linkedid, channel=channel),)
        case "BRIDGE_ENTER":
            bridge = str(_extra(cel).get("bridge_id", ""))
            return (Connected(at=at, linkedid=linkedid, channel=channel, bridge=bridge),)
        case "HANGUP":
            return (ChannelHungUp(at=at, linkedid=linkedid, channel=channel, cause=_cause(cel)),)
        case "CHAN_END":
            # Always behind the channel's HANGUP, which carries the cause; alone only where that is not logged.
            return (ChannelHungUp(at=at, linkedid=linkedid, channel=channel, cause=0),)
        case "BLINDTRANSFER":
            party = _extra(cel).get("transferee_channel_uniqueid")
            if not isinstance(party, str):
                return ()
            return (PartyHandedOn(at=at, linkedid=linkedid, channel=channel, party=party),)
        case "ATTENDEDTRANSFER":
            extra = _extra(cel)
            second, target = extra.get("channel2_uniqueid"), extra.get("transfer_target_channel_uniqueid")
            transferee = extra.get("transferee_channel_uniqueid")
            if not (isinstance(second, str) and isinstance(target, str) and isinstance(transferee, str)):
                return ()
            return (
                CallsJoined(
                    at=at, linkedid=linkedid, channel=channel, second=second, transferee=transferee, target=target
                ),
            )
        case "LINKEDID_END":
            return (CallEnded(at=at, linkedid=linkedid, channel=channel),)
    return ()


def _note(cel: dict[str, str], at: datetime) -> tuple[AnySwitchEvent, ...]:
    if NOTE not in (cel["eventtype"], cel["userdefined"]):
        return ()
    note = parse_note(
        str(_extra(cel).get("extra", cel["eventextra"])),
        at=at,
        linkedid=cel["linkedid"],
        channel=cel["uniqueid"],
        channel_name=cel["channame"],
        caller_raw=cel["cid_num"],
        caller_name=cel["cid_name"],
    )
    return () if note is None else (note,)


def _rows(file: IO[bytes], offset: int, chunk: int) -> Iterator[tuple[int, int, list[str]]]:
    """Whole rows with the byte offsets of their beginning and end. What is half written stays for the next time."""
    start = position = offset
    lines: list[bytes] = []
    for line in file:
        if not line.endswith(b"\n"):
            return
        position += len(line)
        lines.append(line)
        if sum(one.count(b'"') for one in lines) % 2 and len(lines) < MOST_LINES_A_ROW:
            continue
        if len(lines) == MOST_LINES_A_ROW:
            # The quote belongs to a broken line: it alone is given up, and what came behind it is read again.
            log.warning("journal.row_unreadable", row=lines[0][:200])
            position = start + len(lines[0])
            file.seek(position)
        else:
            yield start, position, next(csv.reader([b"".join(lines).decode(errors="replace")]), [])
        start, lines = position, []
        if position - offset >= chunk:
            return


def _files(path: Path) -> list[Path]:
    """The siblings that rotation renamed `path` to and has not compressed, in the order of their last rows; then it."""
    siblings = {one for one in path.parent.glob(f"{path.name}?*") if one.suffix not in COMPRESSED and one.is_file()}
    return [*sorted(siblings, key=lambda one: (_last_written(one), one.name)), path]


def _goes_on(file: IO[bytes], offset: int, size: int) -> bool:
    """Whether reading may go on at `offset`: there, behind a whole row. Else the file was cut, or it is another one
    that was given the number of one that is gone.
    """
    if offset == 0:
        return True
    if size < offset:
        return False
    file.seek(offset - 1)
    return file.read(1) == b"\n"


def _last_written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def _instant(text: str) -> datetime | None:
    """`cel.conf` without `dateformat` writes seconds since 1970 with six digits behind the point."""
    found = _SECONDS.match(text)
    if found is None:
        return None
    return _EPOCH + timedelta(seconds=int(found[1]), microseconds=int((found[2] or "").ljust(6, "0")))


def _extra(cel: dict[str, str]) -> dict[str, object]:
    """The last column is a JSON object for every event that has more to tell."""
    try:
        extra = json.loads(cel["eventextra"] or "{}")
    except ValueError:
        return {}
    return extra if isinstance(extra, dict) else {}


def _cause(cel: dict[str, str]) -> int:
    cause = _extra(cel).get("hangupcause", 0)
    return cause if isinstance(cause, int) else 0
