"""Puts a piece of a file's orders in at once: what all lines need is looked up together, and written together.

The rules are those of `cti.customers.orders`. Takes the caller's session and commits nothing. Must not know files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.changes import Put
from cti.customers.dealing_file import DealingLine
from cti.customers.dealings import touch_all
from cti.customers.finding import get
from cti.customers.intake import INTAKE
from cti.customers.orders import Done, check_title, checked, order_code, take_over
from cti.customers.payments import settle
from cti.customers.senders import Sender, the_customer
from cti.customers.tables import CustomerRow, OrderRow
from cti.errors import Invalid, NotFound, Refused, RingwardError
from cti.store.base import storable
from cti.store.revisions import hold

Fault = Invalid | NotFound | Refused


async def try_orders(session: AsyncSession, lines: Sequence[DealingLine], now: datetime) -> list[str | Fault]:
    """What would become of each line (`added`, `changed`, `unchanged`), or what is wrong with it. Writes nothing."""
    with session.no_autoflush:
        done = await _take_over(session, lines, now)
    session.expunge_all()
    return [one if isinstance(one, RingwardError) else one.outcome for one in done]


async def put_orders(session: AsyncSession, lines: Sequence[DealingLine], now: datetime) -> list[Put | Fault]:
    """Put each line's order in, or over the one of its number; of a line with a fault nothing."""
    await hold(session, INTAKE)
    done = await _take_over(session, lines, now)
    await session.flush()
    touched: set[int] = set()
    for one in done:
        if isinstance(one, Done):
            touched |= one.touched
            if one.outcome == "changed":
                await settle(session, one.row)
    await touch_all(session, touched)
    return [one.put if isinstance(one, Done) else one for one in done]


async def _take_over(session: AsyncSession, lines: Sequence[DealingLine], now: datetime) -> list[Done | Fault]:
    whose = await _customers(session, [line.sender for line in lines if line.sender is not None])
    codes = [line.external_id for line in lines if line.external_id]
    found = await session.scalars(select(OrderRow).where(OrderRow.external_id.in_(codes)))
    kept = {row.external_id: row for row in found}
    done: list[Done | Fault] = []
    for line in lines:
        try:
            given, code = checked(line.fields), order_code(line.external_id)
            row, customer_id = kept.get(code), None
            if line.sender is not None:
                if row is None:
                    check_title(given)
                customer_id = whose.get(line.sender) or await the_customer(session, line.sender, now)
            one = take_over(session, row, customer_id, code, given, now)
        except (Invalid, NotFound, Refused) as fault:
            done.append(fault)
        else:
            kept[code] = one.row
            done.append(one)
    return done


async def _customers(session: AsyncSession, senders: Sequence[Sender]) -> dict[Sender, int]:
    """Whom those senders mean who say a code that somebody has; the others are for `the_customer`."""
    said = {sender: storable(sender.code or "").strip() for sender in senders if sender.customer_id is None}
    row = CustomerRow
    wanted = select(row.external_id, row.id, row.merged_into).where(row.external_id.in_(set(said.values()) - {""}))
    known: dict[str | None, int] = {}
    for code, customer_id, merged_into in await session.execute(wanted):
        known[code] = customer_id if merged_into is None else (await get(session, customer_id)).id
    return {sender: known[code] for sender, code in said.items() if code in known}
