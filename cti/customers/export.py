"""The customers as one CSV file that `customer import` takes back, every line with the export's watermark.

Whoever finds a copy reads on any line of it which export it came from; the audit says whose that was. Reads only; must
not know who may export.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import AsyncIterator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.model import ERASED
from cti.customers.tables import CustomerNumberRow, CustomerRow, PreferenceRow

PAGE = 500
COLUMNS = (
    "external_id",
    "name",
    "title",
    "kind",
    "state",
    "numbers",
    "owner",
    "tier",
    "email",
    "address",
    "terms",
    "language",
    "preferences",
    "source",
    "watermark",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula; the East Asian editions take the wide forms, too."""


def new_watermark() -> str:
    """A mark that no other export bears."""
    return f"RW-{secrets.token_hex(5)}"


async def export_csv(session: AsyncSession, watermark: str) -> AsyncIterator[str]:
    """The file in pieces: UTF-8 with a byte order mark, for spreadsheets take Chinese for Latin without it.

    Facts that must not be mentioned are not in it. A cell that a spreadsheet would run as a formula gets a `'` first.
    """
    yield "\ufeff" + _line(COLUMNS)
    last = 0
    row = CustomerRow
    while True:
        present = select(row).where(row.id > last, row.merged_into.is_(None), row.state != ERASED)
        page = list(await session.scalars(present.order_by(row.id).limit(PAGE)))
        if not page:
            return
        last = page[-1].id
        ids = [one.id for one in page]
        numbers = await _numbers(session, ids)
        preferences = await _preferences(session, ids)
        session.expunge_all()
        yield "".join(_line(_cells(one, numbers, preferences, watermark)) for one in page)


def _cells(
    row: CustomerRow, numbers: dict[int, list[str]], preferences: dict[int, list[str]], watermark: str
) -> list[str]:
    return [
        row.external_id or f"ringward-{row.id}",
        row.name,
        row.title,
        row.kind,
        row.state,
        "; ".join(numbers.get(row.id, ())),
        row.owner or "",
        row.tier,
        row.email,
        row.address,
        row.terms,
        row.language,
        "; ".join(preferences.get(row.id, ())),
        row.source,
        watermark,
    ]


async def _numbers(session: AsyncSession, ids: list[int]) -> dict[int, list[str]]:
    row = CustomerNumberRow
    found: dict[int, list[str]] = {}
    statement = select(row.customer_id, row.raw).where(row.customer_id.in_(ids), row.valid_until.is_(None))
    for customer_id, raw in await session.execute(statement.order_by(row.id)):
        found.setdefault(customer_id, []).append(raw)
    return found


async def _preferences(session: AsyncSession, ids: list[int]) -> dict[int, list[str]]:
    row = PreferenceRow
    found: dict[int, list[str]] = {}
    statement = select(row.customer_id, row.key, row.value).where(
        row.customer_id.in_(ids), ~row.do_not_mention, row.kind.in_(("preference", "field"))
    )
    for customer_id, key, value in await session.execute(statement.order_by(row.key)):
        found.setdefault(customer_id, []).append(f"{key}={value}")
    return found


def _line(cells: tuple[str, ...] | list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_inert(cell) for cell in cells])
    return out.getvalue()


def _inert(cell: str) -> str:
    """A cell that no spreadsheet runs; blanks in front of a formula do not keep it from running."""
    return f"'{cell}" if cell.lstrip(" \u3000\xa0").startswith(_FORMULA) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    """A telephone number in E.164 is no formula, and must come back as it is."""
    return cell.startswith("+") and all(one in "0123456789+ -()#;" for one in cell[1:])
