"""What Asterisk and the mobiles' whispers keep of a person outside the database: found, and made unreadable.

The journal is written to by Asterisk at any moment, so it is never replaced: digits and names are overwritten in place,
each by as many bytes, and whoever reads it by offset goes on where they were. Must not know the database.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from cti.asterisk.journal import COLUMNS
from cti.errors import RingwardError, SwitchUnavailable

log = structlog.get_logger(__name__)

OWNER = "ringward-owner"
"""The family of AstDB that names each known caller's agent; `cti.fallback` writes it."""

MOST_LINES = 5000
"""Lines of the journal that a dossier repeats; how many more there are is said."""

_LINKEDID = COLUMNS.index("linkedid")


class AstDb(Protocol):
    """What is needed of Asterisk's store."""

    async def db_get(self, family: str, key: str) -> str | None: ...

    async def db_del(self, family: str, key: str) -> None: ...


class Copies(msgspec.Struct, frozen=True, kw_only=True):
    """What lies outside the database. `astdb`: number as dialled -> agent, None when Asterisk could not be asked.

    `journal`: lines of the switch's journal, `journal_more` how many further there are, `journal_unreadable` the files
    that could not be read (compressed, or another user's). `whispers`: sound files with callers' names, whoever's: a
    sound does not say of whom it speaks.
    """

    astdb: dict[str, str] | None
    journal: tuple[str, ...] = ()
    journal_more: int = 0
    journal_unreadable: tuple[str, ...] = ()
    whispers: int = 0


class NoSwitch:
    """In place of Asterisk's store where none can be reached."""

    async def db_get(self, family: str, key: str) -> str | None:
        """Always refused."""
        raise SwitchUnavailable("Asterisk cannot be reached")

    async def db_del(self, family: str, key: str) -> None:
        """Always refused."""
        raise SwitchUnavailable("Asterisk cannot be reached")


def national(e164: str, country: str = "886") -> str:
    """A number as AstDB's keys have it."""
    digits = e164.lstrip("+")
    return "0" + digits.removeprefix(country) if digits.startswith(country) else digits


async def kept_owners(switch: AstDb, numbers: Iterable[str]) -> dict[str, str] | None:
    """What AstDB says of these numbers (E.164); None when Asterisk cannot be asked."""
    found: dict[str, str] = {}
    try:
        for key in sorted({national(one) for one in numbers}):
            value = await switch.db_get(OWNER, key)
            if value is not None:
                found[key] = value
    except RingwardError as error:
        log.info("privacy.astdb_not_asked", reason=str(error))
        return None
    return found


async def forget_owners(switch: AstDb, numbers: Iterable[str]) -> bool:
    """Take these numbers (E.164) out of AstDB; whether it could be done. The daemon does it within a second too."""
    try:
        for key in sorted({national(one) for one in numbers}):
            await switch.db_del(OWNER, key)
    except RingwardError as error:
        log.info("privacy.astdb_not_told", reason=str(error))
        return False
    return True


def journal_files(journal: Path) -> list[Path]:
    """The journal and what rotation made of it."""
    if not journal.parent.is_dir():
        return []
    return sorted(one for one in journal.parent.glob(journal.name + "*") if one.is_file())


def journal_lines(
    journal: Path, pattern: re.Pattern[str] | None, linkedids: Iterable[str]
) -> tuple[list[str], int, list[str]]:
    """The lines about a person, how many more there are, and the files that could not be read."""
    lines: list[str] = []
    more, unreadable = 0, []
    wanted = frozenset(linkedids)
    for file in journal_files(journal):
        if file.name in _compressed(journal):
            continue
        try:
            with file.open("rb") as opened:
                for line in opened:
                    if not _about(line, _bytes(pattern), wanted):
                        continue
                    if len(lines) < MOST_LINES:
                        lines.append(line.decode(errors="replace").rstrip("\n"))
                    else:
                        more += 1
        except OSError:
            unreadable.append(file.name)
    return lines, more, [*unreadable, *_compressed(journal)]


def rewrite_journal(
    journal: Path, pattern: re.Pattern[str] | None, linkedids: Iterable[str], names: Sequence[str]
) -> tuple[int, list[str]]:
    """Overwrite numbers, and in their calls the names that were presented; how many lines, and which files stayed.

    `names` are what a carrier presented with the person's calls.
    """
    changed, unreadable = 0, []
    wanted = frozenset(linkedids)
    for file in journal_files(journal):
        if file.name in _compressed(journal):
            continue
        try:
            changed += _rewrite(file, _bytes(pattern), wanted, names)
        except OSError as error:
            log.warning("privacy.journal_not_rewritten", file=str(file), reason=str(error))
            unreadable.append(file.name)
    return changed, [*unreadable, *_compressed(journal)]


def whispers(folder: Path) -> list[Path]:
    """The sound files that tell mobiles who calls."""
    return sorted(folder.glob("*.wav")) if folder.is_dir() else []


def forget_whispers(folder: Path) -> int:
    """Delete the spoken sentences; what is needed again is spoken again. How many."""
    count = 0
    for file in whispers(folder):
        with contextlib.suppress(OSError):
            file.unlink()
            count += 1
    return count


def _rewrite(file: Path, pattern: re.Pattern[bytes] | None, linkedids: frozenset[str], names: Sequence[str]) -> int:
    changed = 0
    with file.open("r+b") as opened:
        position = 0
        for line in iter(opened.readline, b""):
            start, position = position, position + len(line)
            if not line.endswith(b"\n") or not _about(line, pattern, linkedids):
                continue
            hidden = _hidden(line, pattern, names)
            if hidden != line:
                opened.seek(start)
                opened.write(hidden)
                opened.seek(position)
                changed += 1
    return changed


def _hidden(line: bytes, pattern: re.Pattern[bytes] | None, names: Sequence[str]) -> bytes:
    """The line with the person overwritten, byte for byte as long."""
    hidden = pattern.sub(lambda found: b"x" * len(found[0]), line) if pattern is not None else line
    for name in names:
        written = name.replace('"', '""').encode()
        if len(written) > 1:
            hidden = hidden.replace(b'"' + written + b'"', b'"' + b"x" * len(written) + b'"')
    return hidden


def _about(line: bytes, pattern: re.Pattern[bytes] | None, linkedids: frozenset[str]) -> bool:
    if pattern is not None and pattern.search(line):
        return True
    return bool(linkedids) and _field(line, _LINKEDID) in linkedids


def _field(line: bytes, index: int) -> str:
    row = next(csv.reader([line.decode(errors="replace")]), [])
    return row[index] if len(row) == len(COLUMNS) else ""


def _bytes(pattern: re.Pattern[str] | None) -> re.Pattern[bytes] | None:
    return re.compile(pattern.pattern.encode()) if pattern is not None else None


def _compressed(journal: Path) -> list[str]:
    return [one.name for one in journal_files(journal) if one.suffix in {".gz", ".xz", ".bz2", ".zst"}]
