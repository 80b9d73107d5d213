"""A table in a file as numbered rows of text: CSV in the encodings an office has, and Excel's XLSX. Pure.

What is in a cell is text or becomes text; nothing is ever evaluated. Must not know what columns mean.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cti.errors import Invalid

LARGEST_FILE = 40_000_000
"""Bytes. A hundred thousand customers with addresses take about twenty million."""

LARGEST_BOOK = 10_000_000
LARGEST_UNPACKED = 120_000_000
MOST_PARTS = 1000
"""An Excel file is a packed folder: ten million bytes can unpack to ten thousand million, and must not."""

MOST_CELLS_A_ROW = 500

ENCODINGS = ("utf-8-sig", "cp950", "gb18030")
"""In the order of trying: UTF-8 is never right by accident, Taiwan's Big5 sometimes, GB 18030 nearly always."""

XLSX = "xlsx"
_PACKED, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class BadLine(Exception):
    """From this line on the file cannot be read."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows with the line on which each begins, from 1. Reading on may raise `BadLine`. `encoding` may be `xlsx`."""

    rows: Iterator[tuple[int, list[str]]]
    encoding: str


def open_sheet(content: bytes, known: Callable[[str], object]) -> Sheet:
    """The first sheet of a file. `known` says whether a header is one that is understood: it chooses the encoding.

    Raises:
        Invalid: the file is too large, packed too densely, or no table in any of these forms.
    """
    if len(content) > LARGEST_FILE:
        raise Invalid(f"the file has {len(content):,} bytes, at most {LARGEST_FILE:,} are read; split it")
    if content.startswith(_PACKED):
        return Sheet(_book(content), XLSX)
    if content.startswith(_OLD_OFFICE):
        raise Invalid("this is an old or locked Excel file; save it as XLSX without a password, or as CSV UTF-8")
    text, encoding = decode(content, known)
    if text is None:
        raise Invalid("the file is neither UTF-8 nor Big5 nor GB 18030; save it as CSV UTF-8")
    return Sheet(_lines(text), encoding)


def decode(content: bytes, known: Callable[[str], object]) -> tuple[str | None, str]:
    """The first encoding in which the header is understood; else the first in which the bytes are text at all."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    readable: tuple[str | None, str] = (None, "")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(known(cell) for cell in re.split(r"[,\t]", text.partition("\n")[0])):
            return text, encoding
        readable = readable if readable[0] is not None else (text, encoding)
    return readable


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in rows:
            yield begins, cells
            begins = rows.line_num + 1  # a cell may run over several lines
    except csv.Error as error:
        raise BadLine(rows.line_num, f"this is not CSV ({error}); close every quotation mark") from error


def _book(content: bytes) -> Iterator[tuple[int, list[str]]]:
    _check_packing(content)
    from python_calamine import CalamineError, load_workbook

    try:
        sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
        if (sheet.width or 0) > MOST_CELLS_A_ROW:
            raise Invalid(f"the sheet has more than {MOST_CELLS_A_ROW} columns; keep those that are needed")
        first = (sheet.start or (0, 0))[0]
        rows = ((first + place + 1, [_text(cell) for cell in row]) for place, row in enumerate(sheet.iter_rows()))
    except (CalamineError, IndexError, OSError, ValueError) as error:
        raise Invalid(f"this is no Excel file that can be read ({str(error)[:100]}); save it anew as XLSX") from error
    return rows


def _check_packing(content: bytes) -> None:
    """Unpack it for once, counting and keeping nothing: what a packed file says of its own size may be a lie.

    Raises:
        Invalid: it is too large or damaged.
    """
    if len(content) > LARGEST_BOOK:
        raise Invalid(f"the file has {len(content):,} bytes, at most {LARGEST_BOOK:,} are read; split it")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise Invalid("the Excel file unpacks to more than can be read; save it anew, or as CSV UTF-8")
            total = 0
            for part in parts:
                with packed.open(part) as stream:
                    while piece := stream.read(1 << 20):
                        total += len(piece)
                        if total > LARGEST_UNPACKED:
                            raise Invalid(
                                "the Excel file unpacks to more than can be read; save it anew, or as CSV UTF-8"
                            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise Invalid("this Excel file is damaged or locked; save it anew as XLSX without a password") from error


def _text(cell: Any) -> str:
    """A cell as it would be typed: a number without `.0`, a day as 2026-12-01."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time().isoformat() != "00:00:00" else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
