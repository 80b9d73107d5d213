"""Who a customer is: a changed number, relations, the firm's own code for them.

Must not know how any of it is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pydantic import Field
from sqlalchemy import select

from cti.calls.tables import CallRow
from cti.customers import families, number_change, people, relations
from cti.customers.discretion import masked
from cti.customers.finding import get
from cti.customers.number_change import Changer, NumberChange
from cti.customers.numbers import display
from cti.errors import Invalid
from cti.web.call_routes import visible_call
from cti.web.changing import Tried, may_read_all
from cti.web.discretion import count_found, count_outsider, may_see_numbers
from cti.web.operations import RANKS, Access, Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()


class NumberChangeBody(Body):
    """`old` in any form, or `#ID` for one that is shown masked. `read_back`: the new number was read to whoever asked.
    `call_id` is the call in which they asked. To try, nothing need be read back."""

    old: str = Field(min_length=1, max_length=60)
    new: str = Field(min_length=1, max_length=60)
    asked_by: str = Field(min_length=1, max_length=200)
    read_back: bool = False
    call_id: str | None = Field(None, max_length=150)


class HolderAnswer(Answer):
    """Another customer who has the new number, too."""

    customer_id: int
    name: str


class NumberChangeAnswer(Answer):
    """What was done: the old number still tells who calls, marked as old. `messages` that waited go to the new one.

    `old` is masked when it was named by its id by one who reads the customer's numbers masked. `shown` is the new one
    in the groups in which it is read out, `also` are others who have it. `recording` is that of the call; null as long
    as calls are not recorded.
    """

    customer_id: int
    old: str
    new: str
    shown: str
    also: list[HolderAnswer]
    messages: int
    department: str
    asked_by: str
    linkedid: str | None
    recording: str | None


class NumberChangeEntry(Answer):
    """One change of a number, as the audit has it; `called` is when the call began in which it was asked for. UTC."""

    at: datetime
    actor: str
    agent: str | None
    department: str
    asked_by: str
    before: str
    after: str
    linkedid: str | None
    called: datetime | None
    recording: str | None


class RelationBody(Body):
    """`role` of the customer in the path: `customer_id` who is known, or `name` of somebody new. `call_id` is the call
    in which it was told."""

    role: str = Field(min_length=1, max_length=20)
    customer_id: int | None = Field(None, ge=1, lt=2**31)
    name: str | None = Field(None, min_length=1, max_length=200)
    call_id: str | None = Field(None, max_length=150)


class RelationAnswer(Answer):
    """Who is that of the customer now."""

    customer_id: int
    of_id: int
    role: str


class CodeBody(Body):
    """The firm's own code for a customer; null for none."""

    code: str | None = Field(None, max_length=40)


@operations.route(
    "POST",
    "/customers/{customer_id}/numbers/change",
    body=NumberChangeBody,
    query=Tried,
    answer=NumberChangeAnswer,
)
async def change_number(asked: Asked) -> dict[str, Any]:
    """Put another number in place of one, read back to whoever asked. For the customer's owner and deputy, whoever
    talks to them now or did within the hour, and those who lead; anybody else's try is written down."""
    customer_id, body, tried = path_id(asked), asked.body, asked.query.try_
    await may_change(asked, customer_id)
    if body.call_id is not None:
        await visible_call(asked, body.call_id)
    # Whether they have the old one, and who else has the new one, is told to whoever only tries, too.
    await count_found(asked, (), *(one for one in (body.old, body.new) if not one.startswith("#")))
    # A session that nobody commits leaves nothing behind.
    opened = asked.services.store.session if tried else asked.services.store.transaction
    async with opened() as session:
        change = await number_change.change_number(
            session,
            customer_id,
            body.old,
            body.new,
            asked_by=body.asked_by,
            read_back=body.read_back or tried,
            by=changer(asked, body.call_id),
            at=asked.services.now(),
        )
    if not tried:
        await asked.services.desktops.refresh_card(change.customer_id)
    await count_found(asked, (one.customer_id for one in change.also))
    # Named by its id it may be one that the asker must not read: trying must not tell it.
    hidden = body.old.startswith("#") and not await may_see_numbers(asked, change.customer_id)
    old = masked(change.old) if hidden else change.old
    return {**msgspec.structs.asdict(change), "old": old, "shown": display(change.new), "also": _named(change)}


@operations.route("GET", "/customers/{customer_id}/numbers/changes", answer=list[NumberChangeEntry])
async def list_changes(asked: Asked) -> list[dict[str, Any]]:
    """Who changed this customer's numbers, who had asked, and which department answers for it; the latest first."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        kept = await number_change.changes(session, path_id(asked))
        named = [one.entry.linkedid for one in kept]
        calls = await session.execute(select(CallRow.linkedid, CallRow.started).where(CallRow.linkedid.in_(named)))
        called = dict(calls.all())
    shown = str if await may_see_numbers(asked, path_id(asked)) else masked
    return [
        {
            "at": one.at,
            "actor": one.entry.actor,
            "agent": one.entry.agent,
            "department": one.entry.department,
            "asked_by": one.entry.asked_by,
            "before": shown((one.entry.before or {}).get("number", "")),
            "after": shown((one.entry.after or {}).get("number", "")),
            "linkedid": one.entry.linkedid,
            "called": called.get(one.entry.linkedid or ""),
            "recording": one.entry.recording,
        }
        for one in kept
    ]


def _named(change: NumberChange) -> list[dict[str, Any]]:
    return [msgspec.structs.asdict(one) for one in change.also]


@operations.route("POST", "/customers/{customer_id}/relations", body=RelationBody, answer=RelationAnswer, status=201)
async def add_relation(asked: Asked) -> dict[str, Any]:
    """Note that somebody, known or new, is the spouse, the child, the payer … of this customer."""
    of_id, body = path_id(asked), asked.body
    if (body.customer_id is None) == (body.name is None):
        raise Invalid("name: give the name of somebody new, or the customer_id of somebody known")
    await may_change(asked, of_id)
    if body.call_id is not None:
        await visible_call(asked, body.call_id)
    if body.customer_id is not None:
        # One's own customer related to one after another would say everybody's name.
        await count_outsider(asked, body.customer_id)
    said = {"source": "call" if body.call_id else asked.who.login, "linkedid": body.call_id}
    async with asked.services.store.transaction() as session:
        now = asked.services.now()
        if body.name is not None:
            row = await families.add_relative(session, of_id, body.name, body.role, at=now, **said)
            customer_id = row.id
        else:
            customer_id = (await get(session, body.customer_id)).id
            await relations.relate(session, customer_id, of_id, body.role, at=now, **said)
        of_id = (await get(session, of_id)).id
    await asked.services.desktops.refresh_card(of_id)
    return {"customer_id": customer_id, "of_id": of_id, "role": body.role}


@operations.route("DELETE", "/customers/{customer_id}/relations/{other_id}/{role}", status=204)
async def remove_relation(asked: Asked) -> None:
    """They are not that of this customer any more."""
    of_id, other = path_id(asked), path_id(asked, "other_id")
    await may_change(asked, of_id)
    async with asked.services.store.transaction() as session:
        await relations.unrelate(session, other, of_id, asked.path("role"))
    await asked.services.desktops.refresh_card(of_id)


@operations.route("PUT", "/customers/{customer_id}/code", body=CodeBody, status=204, access=Access.LEAD)
async def set_code(asked: Asked) -> None:
    """Give a customer the firm's own code."""
    async with asked.services.store.transaction() as session:
        await people.set_code(session, path_id(asked), asked.body.code)


def path_id(asked: Asked, name: str = "customer_id") -> int:
    """The customer in the path.

    Raises:
        NotFound: it is no number.
    """
    return asked.number(name, "customer")


async def may_change(asked: Asked, customer_id: int) -> None:
    """Whoever answers for a customer changes what is known of them: owner and deputy, who talks to them now or did
    within the hour, and those who lead.

    Raises:
        NotFound: no such customer. Forbidden: it is none of theirs; the try stands in the audit.
    """
    async with asked.services.store.session() as session:
        customer = await get(session, customer_id)
    if RANKS.get(asked.who.role, Access.PUBLIC) >= Access.LEAD:
        return
    agent = asked.who.agent
    if agent is not None and agent in (customer.owner, customer.deputy):
        return
    if not await may_see_numbers(asked, customer.id):
        raise Forbidden("this customer is a colleague's; ask them, or whoever leads the team")


def changer(asked: Asked, linkedid: str | None) -> Changer:
    """Who makes a change, as the audit will say it. No call has a recording yet."""
    who = asked.who
    row = asked.services.directory.agent(who.agent) if who.agent else None
    department = row.department if row is not None else ""
    return Changer(actor=who.login, agent=who.agent, department=department, linkedid=linkedid)
