"""Customers: found by name or number, their card and history, a new prospect, a note.

Nobody below manager lists the book: a search needs something to search for and answers with few, numbers outside one's
own calls are masked, and look-ups are counted. Must not know how customers are kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web
from pydantic import AwareDatetime, Field

from cti.customers import people
from cti.customers.card import load_card
from cti.customers.discretion import FULL_SIGHT, hiding, masked
from cti.customers.export import export_csv, new_watermark
from cti.customers.history import Wanted, time_line
from cti.customers.intake import numbers_of
from cti.customers.searching import looked_for, number_tried
from cti.errors import Invalid, NotFound
from cti.web.call_routes import tie, visible_call
from cti.web.discretion import count_found, count_look, may_see_numbers, note_access, shown_card, shown_choice
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()

MOST_FOUND = 20
SHORTEST_SEARCH = 2
MOST_LISTED = 200
SOURCE = "desktop"
LONGEST_NOTE = 10_000


class CustomerQuery(Body):
    """What to look for: a part of a name, of a number in any form, of a customer code or of an order number.

    Without it all customers, for managers: `limit` of them behind the id `after`.
    """

    q: str = Field("", max_length=100)
    limit: int = Field(10, ge=1, le=MOST_LISTED)
    after: int = Field(0, ge=0, lt=2**31)


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
    """`before`: the cursor of the oldest entry known already. `kind`, `channel`: one or several with commas between;
    `from` up to, not including, `to`: instants with their zone."""

    before: str | None = Field(None, max_length=30)
    limit: int = Field(20, ge=1, le=100)
    kind: str = Field("", max_length=100)
    channel: str = Field("", max_length=100)
    agent: str | None = Field(None, max_length=40)
    from_: AwareDatetime | None = Field(None, alias="from")
    to: AwareDatetime | None = None


class HistoryAnswer(Answer):
    """One entry of the time line. `kind`: call, note, message, order, payment, complaint or request; `id` is of its
    own kind, `cursor` of the whole line; `amount` in whole New Taiwan dollars."""

    kind: str
    id: int
    cursor: str
    date: datetime
    channel: str
    direction: str
    text: str
    agent: str | None
    linkedid: str | None
    external_id: str | None
    amount: int | None
    state: str
    method: str
    attachments: list[str]


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
    """Customers that a name or number may mean, never more than a few; for managers without `q` all, page by page."""
    query = asked.query
    full = asked.who.role in FULL_SIGHT
    # What is left of it counts: controls and characters that are taken apart look like more than they are.
    wanted = looked_for(query.q)
    if wanted and len(wanted) < SHORTEST_SEARCH:
        raise Invalid(f"q: give at least {SHORTEST_SEARCH} characters")
    if not wanted:
        if not full:
            raise Forbidden("q: customers are found, not listed; say what to look for")
        await note_access(asked, "customers.listed", text=f"{query.limit} after {query.after}")
        async with asked.services.store.session() as session:
            found = await people.listed(session, query.after, query.limit)
    else:
        async with asked.services.store.session() as session:
            found = await people.search(session, wanted, min(query.limit, MOST_FOUND))
        await count_found(asked, (one.customer_id for one in found), number_tried(wanted))
    return [_found(one, full) for one in found]


def _found(one: people.CustomerSummary, full: bool) -> FoundCustomer:
    number = one.found if one.found_by == "number" else next(iter(one.numbers), None)
    shown = number if full or number is None else masked(number)
    found = masked(one.found) if one.found_by == "number" and not full else one.found
    return FoundCustomer(
        customer_id=one.customer_id,
        name=one.name,
        tier=one.tier,
        owner=one.owner,
        number=shown,
        code=one.code or one.external_id,
        found_by=one.found_by,
        found=found,
    )


@operations.route("GET", "/customers/export", answer=str, access=Access.MANAGER)
async def export_customers(asked: Asked) -> web.StreamResponse:
    """Every customer as CSV that `customer import` takes back; each line bears the export's watermark."""
    watermark = new_watermark()
    await note_access(asked, "customers.exported", subject_id=watermark)
    answer = web.StreamResponse()
    answer.content_type, answer.charset = "text/csv", "utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="customers-{watermark}.csv"'
    await answer.prepare(asked.request)
    async with asked.services.store.session() as session:
        async for piece in export_csv(session, watermark):
            await answer.write(piece.encode())
    await answer.write_eof()
    return answer


@operations.route("POST", "/customers", body=Prospect, answer=ProspectAnswer, status=201)
async def add_prospect(asked: Asked) -> dict[str, Any]:
    """Make a prospect of a caller; yours from now on."""
    body = asked.body
    number = body.number
    call = await visible_call(asked, body.call_id) if body.call_id is not None else None
    if call is not None:
        number = call.caller_e164 or number
    if not number and call is None:
        raise Invalid("number: give a number, or the call_id of the call")
    async with asked.services.store.transaction() as session:
        owner = asked.who.agent
        if number:
            row = await people.add_prospect(session, body.name, number, SOURCE, owner, asked.services.now())
        else:  # withheld, and made known by a name alone
            row = await people.add(session, body.name, state="prospect", source=SOURCE, owner=owner)
        customer_id = row.id
    if call is not None:
        card = await tie(asked, call.linkedid, customer_id)
        return {"customer_id": customer_id, "card": shown_choice(asked, call, card)}
    return {"customer_id": customer_id, "card": await _card(asked, customer_id)}


class CardQuery(Body):
    """`call_id`: the call beside which it is read, which its caller does not come back after."""

    call_id: str | None = Field(None, max_length=150)


@operations.route("GET", "/customers/{customer_id}/card", query=CardQuery, answer=dict[str, Any])
async def read_card(asked: Asked) -> dict[str, Any]:
    """The card, as it comes up with a call."""
    card = await _card(asked, customer_id_of(asked), asked.query.call_id)
    asked.services.desktops.looked_up(asked.who.agent, card["customer_id"])
    return card


@operations.route("GET", "/customers/{customer_id}/history", answer=list[HistoryAnswer], query=HistoryQuery)
async def read_history(asked: Asked) -> list[dict[str, Any]]:
    """The time line over all channels, orders, payments, complaints and requests, newest first."""
    full = await may_see_numbers(asked, customer_id_of(asked))
    if not full:
        await count_look(asked, customer_id_of(asked))
    query: HistoryQuery = asked.query
    wanted = Wanted(
        kinds=_listed(query.kind),
        channels=_listed(query.channel),
        agent=query.agent,
        since=query.from_,
        until=query.to,
        before=query.before,
        limit=query.limit,
    )
    async with asked.services.store.session() as session:
        entries = await time_line(session, customer_id_of(asked), wanted)
        customer = await people.get(session, customer_id_of(asked))
        said = hiding(() if full else (*await numbers_of(session, customer.id), customer.email))
    return [{**msgspec.structs.asdict(one), "text": said(one.text)} for one in entries]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))


@operations.route("POST", "/customers/{customer_id}/notes", body=Note, status=204)
async def add_note(asked: Asked) -> None:
    """Write down what was said."""
    customer_id = customer_id_of(asked)
    if asked.body.call_id is not None:
        await visible_call(asked, asked.body.call_id)
    async with asked.services.store.transaction() as session:
        await people.add_note(
            session, customer_id, asked.body.text, asked.who.agent, asked.body.call_id, asked.services.now()
        )
    asked.services.desktops.noted(asked.who.agent, customer_id)
    await asked.services.desktops.refresh_card(customer_id)


async def _card(asked: Asked, customer_id: int, call_id: str | None = None) -> dict[str, Any]:
    async with asked.services.store.session() as session:
        card = await load_card(
            session,
            customer_id,
            zone=asked.services.settings.zone,
            stale_days=asked.services.settings.fact_stale_days,
            call_id=call_id,
        )
    if card is None:
        raise NotFound(f"there is no customer {customer_id}")
    return await shown_card(asked, card)


def customer_id_of(asked: Asked) -> int:
    """The customer in the path.

    Raises:
        NotFound: it is no id.
    """
    return asked.number("customer_id", "customer")
