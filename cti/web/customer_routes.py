"""Customers: found by name or number, their card and history, a new prospect, a note.

Nobody lists the book: a search needs something to search for and answers with few. Must not know how they are kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pydantic import Field

from cti.customers import people
from cti.customers.card import card_json, load_card
from cti.errors import Invalid, NotFound
from cti.web.call_routes import tie, visible_call
from cti.web.operations import Answer, Asked, Body, Operations

operations = Operations()

MOST_FOUND = 20
SOURCE = "desktop"
LONGEST_NOTE = 10_000


class CustomerQuery(Body):
    """What to look for: a part of a name, of a number in any form, of a customer code or of an order number."""

    q: str = Field(min_length=2, max_length=100)
    limit: int = Field(10, ge=1, le=MOST_FOUND)


class FoundCustomer(Answer):
    """One line of a search. `number` is the one that was found, else their first; `found_by` and `found` say why."""

    customer_id: int
    name: str
    tier: str
    owner: str | None
    number: str | None
    code: str | None
    found_by: str
    found: str


class HistoryQuery(Body):
    """`before`: the id of the oldest entry known already."""

    before: int | None = Field(None, ge=1, lt=2**31)
    limit: int = Field(20, ge=1, le=100)


class InteractionAnswer(Answer):
    """One entry of the time line."""

    id: int
    date: datetime
    channel: str
    direction: str
    text: str
    agent: str | None
    linkedid: str | None


class Prospect(Body):
    """A new prospect. With `call_id` the number of the call is used, and the call is tied to them."""

    name: str = Field(min_length=1, max_length=200)
    number: str | None = Field(None, max_length=60)
    call_id: str | None = Field(None, max_length=150)


class ProspectAnswer(Answer):
    """The new prospect and their card."""

    customer_id: int
    card: dict[str, Any]


class Note(Body):
    """What was said. With `call_id` it belongs to that call."""

    text: str = Field(min_length=1, max_length=LONGEST_NOTE)
    call_id: str | None = Field(None, max_length=150)


@operations.route("GET", "/customers", answer=list[FoundCustomer], query=CustomerQuery)
async def find_customers(asked: Asked) -> list[FoundCustomer]:
    """Customers that a name or number may mean; never more than a few."""
    async with asked.services.store.session() as session:
        found = await people.search(session, asked.query.q, asked.query.limit)
    return [
        FoundCustomer(
            customer_id=one.customer_id,
            name=one.name,
            tier=one.tier,
            owner=one.owner,
            number=one.found if one.found_by == "number" else next(iter(one.numbers), None),
            code=one.external_id,
            found_by=one.found_by,
            found=one.found,
        )
        for one in found
    ]


@operations.route("POST", "/customers", body=Prospect, answer=ProspectAnswer, status=201)
async def add_prospect(asked: Asked) -> dict[str, Any]:
    """Make a prospect of a caller; yours from now on."""
    body = asked.body
    number = body.number
    if body.call_id is not None:
        call = await visible_call(asked, body.call_id)
        number = call.caller_e164 or number
    if not number and body.call_id is None:
        raise Invalid("number: give a number, or the call_id of the call")
    async with asked.services.store.transaction() as session:
        owner = asked.who.agent
        if number:
            row = await people.add_prospect(session, body.name, number, SOURCE, owner, asked.services.now())
        else:  # withheld, and made known by a name alone
            row = await people.add(session, body.name, state="prospect", source=SOURCE, owner=owner)
        customer_id = row.id
    if body.call_id is not None:
        return {"customer_id": customer_id, "card": await tie(asked, body.call_id, customer_id)}
    return {"customer_id": customer_id, "card": await _card(asked, customer_id)}


@operations.route("GET", "/customers/{customer_id}/card", answer=dict[str, Any])
async def read_card(asked: Asked) -> dict[str, Any]:
    """The card, as it comes up with a call."""
    return await _card(asked, _customer_id(asked))


@operations.route("GET", "/customers/{customer_id}/history", answer=list[InteractionAnswer], query=HistoryQuery)
async def read_history(asked: Asked) -> list[dict[str, Any]]:
    """The time line over all channels, newest first."""
    async with asked.services.store.session() as session:
        entries = await people.history(session, _customer_id(asked), asked.query.before, asked.query.limit)
    return [msgspec.structs.asdict(one) for one in entries]


@operations.route("POST", "/customers/{customer_id}/notes", body=Note, status=204)
async def add_note(asked: Asked) -> None:
    """Write down what was said."""
    customer_id = _customer_id(asked)
    if asked.body.call_id is not None:
        await visible_call(asked, asked.body.call_id)
    async with asked.services.store.transaction() as session:
        await people.add_note(
            session, customer_id, asked.body.text, asked.who.agent, asked.body.call_id, asked.services.now()
        )
    await asked.services.desktops.refresh_card(customer_id)


async def _card(asked: Asked, customer_id: int) -> dict[str, Any]:
    async with asked.services.store.session() as session:
        card = await load_card(session, customer_id, zone=asked.services.settings.zone)
    if card is None:
        raise NotFound(f"there is no customer {customer_id}")
    return card_json(card)


def _customer_id(asked: Asked) -> int:
    text = asked.path("customer_id")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise NotFound(f"there is no customer {text[:20]}")
    return int(text)
