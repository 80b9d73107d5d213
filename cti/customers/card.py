"""The card: everything the person answering needs, made of the rows that one statement reads (`card_query`).

Must not know who looks at the card.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, cast

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from cti.customers.asking import CORE, STALE_DAYS, CardFact, Field, to_ask, with_age
from cti.customers.card_query import CARD, COUNTS, MOST_INTERACTIONS, NO_COUNT, wanted
from cti.customers.contacts import folded
from cti.customers.hot import hot_flags
from cti.customers.index import TAIPEI
from cti.customers.model import (
    ERASED,
    Card,
    CardAssignment,
    CardField,
    CardIdentity,
    CardInteraction,
    CardMatter,
    CardNumber,
    CardOrder,
    CardPreference,
    CardRelation,
)
from cti.customers.worth.rules import CardWorth, Worth, on_card
from cti.store.engine import Store


async def load_card(
    session: AsyncSession,
    customer_id: int,
    at: datetime | None = None,
    zone: tzinfo = TAIPEI,
    stale_days: int = STALE_DAYS,
    call_id: str | None = None,
) -> Card | None:
    """The card of a customer as of the aware instant `at` (now); None when there is no such customer. For one that was
    merged into another, that other's.

    Trips begin and end with the days of `zone`, the firm's. `call_id`: the call beside which it is read; that it is on
    the time line already does not make its caller one who calls again.

    Orders newest first; complaints and requests the open ones first, then those closed in the last `CLOSED_DAYS`.
    """
    at = at or datetime.now(UTC)
    rows = (await session.execute(CARD, wanted(customer_id, at))).all()
    while (other := _merged_into(rows)) is not None:
        rows = (await session.execute(CARD, wanted(other, at))).all()
    return _read(rows, at, zone, stale_days, call_id)


async def quick_card(
    store: Store, customer_id: int, zone: tzinfo = TAIPEI, stale_days: int = STALE_DAYS
) -> Card | None:
    """As `load_card`, in a reading of its own: for the moment before a phone rings.

    Raises:
        StoreUnavailable: the database cannot be used now.
    """
    at = datetime.now(UTC)
    rows = await store.rows(CARD, wanted(customer_id, at))
    while (other := _merged_into(rows)) is not None:
        rows = await store.rows(CARD, wanted(other, at))
    return _read(rows, at, zone, stale_days)


def card_json(card: Card) -> dict[str, Any]:
    """The card as it travels to a desktop: plain JSON types, instants in UTC as ISO 8601."""
    return cast(dict[str, Any], msgspec.to_builtins(card))


def _merged_into(rows: Sequence[Row[Any]]) -> int | None:
    return next((row.amount for row in rows if row[0] == "customer"), None)


def _read(
    rows: Sequence[Row[Any]], at: datetime, zone: tzinfo, stale_days: int, call_id: str | None = None
) -> Card | None:
    blocks: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        blocks[row[0]].append(row)
    if not blocks["customer"] or blocks["customer"][0].e == ERASED:
        return None
    contacts = _contacts(blocks)
    card = _card(blocks, contacts)
    before = folded([one for one in contacts if call_id is None or one.linkedid != call_id], MOST_INTERACTIONS)
    hot = hot_flags(card.orders, card.complaints, before, at, zone)
    facts = with_age(_facts(blocks), at, stale_days)
    asked = to_ask(
        card.kind, facts, {row.a: Field(row.a, row.b, row.c, row.d, bool(row.id)) for row in blocks["field"]}
    )
    return msgspec.structs.replace(card, hot=hot, facts=facts, to_ask=asked, worth=_worth_shown(blocks, at, zone))


def _contacts(blocks: dict[str, list[Row[Any]]]) -> list[CardInteraction]:
    return [
        CardInteraction(row.id, row.at, row.a, row.b, row.c, row.d, row.e, missed)
        for block, missed in (("interaction", 0), ("missed", 1))
        for row in blocks[block]
    ]


def _card(blocks: dict[str, list[Row[Any]]], contacts: Sequence[CardInteraction]) -> Card:
    me = blocks["customer"][0]
    return Card(
        customer_id=me.id,
        name=me.a,
        title=me.b,
        kind=me.c,
        tier=me.d,
        state=me.e,
        owner=me.f,
        terms=me.g,
        email=me.h,
        address=me.i,
        numbers=tuple(CardNumber(row.a, row.b, row.c, row.until, row.id) for row in blocks["number"]),
        orders=tuple(
            CardOrder(row.id, row.a, row.amount, row.b, row.at, row.day, row.c, row.last) for row in blocks["order"]
        ),
        complaints=tuple(_matter(row) for row in blocks["complaint"]),
        requests=tuple(_matter(row) for row in blocks["request"]),
        interactions=folded(contacts, MOST_INTERACTIONS),
        preferences=tuple(
            CardPreference(row.a, row.b, row.c, row.amount, row.at, row.g == "1", row.id)
            for row in blocks["fact"]
            if row.d == "preference"
        ),
        identity=tuple(CardIdentity(row.a, row.b) for row in blocks["identity"]),
        code=me.j,
        relations=tuple(CardRelation(row.id, row.a, row.b) for row in blocks["relation"]),
        assignments=tuple(CardAssignment(row.a, row.at, row.until, row.b, row.c) for row in blocks["assignment"]),
        fields=tuple(CardField(row.a, row.b, row.c, tuple(json.loads(row.d))) for row in blocks["field"]),
    )


def _facts(blocks: dict[str, list[Row[Any]]]) -> list[CardFact]:
    """All facts; those that only stand in the customer's columns are as old as the customer."""
    (me,) = blocks["customer"]
    # A file brings the values of own fields among the preferences.
    own = {row.a for row in blocks["field"]}
    kept = [
        CardFact(
            row.id,
            row.a,
            "field" if row.a in own else row.d,
            row.b,
            row.c,
            row.e,
            row.f,
            row.until or row.at,
            row.amount,
            row.at,
            row.g == "1",
        )
        for row in blocks["fact"]
    ]
    known = {fact.key for fact in kept}
    columns = {"terms": me.g, "email": me.h, "address": me.i}
    # A file may have brought another value since somebody said so.
    kept = [
        msgspec.structs.replace(one, value=columns[one.key], source="import")
        if columns.get(one.key) and columns[one.key] != one.value
        else one
        for one in kept
    ]
    bare = [
        CardFact(None, key, CORE[key], value, me.k, None, "", me.at, 1, me.at, False)
        for key, value in columns.items()
        if value and key not in known
    ]
    return kept + bare


def _worth_shown(blocks: dict[str, list[Row[Any]]], at: datetime, zone: tzinfo) -> CardWorth | None:
    if not blocks["worth"]:
        return None
    (row,), (more,) = blocks["worth"], blocks["renewal"]
    counts: dict[str, Any] = dict(zip(COUNTS, map(int, row.d.split(",")), strict=False))
    for name in ("pay_days", "rhythm_days"):
        counts[name] = None if counts[name] == NO_COUNT else counts[name]
    return on_card(
        Worth(
            customer_id=blocks["customer"][0].id,
            computed=more.until,
            first_order=more.at,
            last_order=row.at,
            next_purchase=row.day,
            renews=more.day,
            grade=row.a,
            dormancy=row.b,
            sensitivity=row.c,
            hollow=bool(row.id),
            **counts,
        ),
        at.astimezone(zone).date(),
        zone,
    )


def _matter(row: Row[Any]) -> CardMatter:
    return CardMatter(row.id, row.a, row.b, row.at, row.until, row.c, row.d)
