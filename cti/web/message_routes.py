"""Messages to customers by HTTP: queued, looked at, tried anew, cancelled. Must not know how they travel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime, Field
from sqlalchemy import select

from cti.customers import outbox
from cti.customers.discretion import FULL_SIGHT, masked_target, masked_within
from cti.customers.finding import get
from cti.customers.identity_tables import OutgoingMessageRow
from cti.customers.tables import CustomerRow
from cti.web.changing import may_read_all
from cti.web.discretion import count_found, count_outsider, may_see_numbers
from cti.web.identity_routes import may_change, path_id
from cti.web.operations import Answer, Asked, Body, Operations

operations = Operations()


class MessageBody(Body):
    """`channel`: `sms` or `mail`; `target` a mobile in any form, or an address. Queued twice under one `key` it is
    sent once. `not_before` bears its zone; now unless given."""

    channel: str = Field(max_length=10)
    target: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=outbox.LONGEST_TEXT)
    key: str = Field(min_length=1, max_length=100)
    not_before: AwareDatetime | None = None


class MessageAnswer(Answer):
    """A message. `state`: `queued`, `sent`, `failed`, `cancelled`; `error` why the last try (`tried`) failed, or a
    code: `unwanted`, `unspeakable`, `number_over`. `target` is masked where numbers are, in `error` and `text`, too.

    `decided`, `decided_by`, `reason`: who had it tried anew, or gave it up and why. `has_way`: the firm sends by this
    channel now; without one it waits until a way is set up.
    """

    id: int
    customer_id: int
    customer: str
    channel: str
    target: str
    text: str
    state: str
    created: datetime
    not_before: datetime
    tries: int
    sent: datetime | None
    error: str
    by: str
    tried: datetime | None
    decided: datetime | None
    decided_by: str
    reason: str
    has_way: bool


class MessageQuery(Body):
    """Which, and how many; `state` empty for all, `before` the id of the last one that was seen."""

    state: str = Field("", max_length=10)
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=1, lt=2**31)


class GivingUp(Body):
    """Why it is given up."""

    reason: str = Field(min_length=1, max_length=outbox.LONGEST_REASON)


@operations.route("GET", "/messages", answer=list[MessageAnswer], query=MessageQuery)
async def list_messages(asked: Asked) -> list[MessageAnswer]:
    """What is and was to be sent to customers, the newest first; for those who lead, and auditors."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        rows = await outbox.messages(
            session, None, asked.query.limit, state=asked.query.state, before=asked.query.before
        )
    await count_found(asked, (row.customer_id for row in rows))
    return await _answers(asked, rows, asked.who.role in FULL_SIGHT)


@operations.route("GET", "/customers/{customer_id}/messages", answer=list[MessageAnswer], query=MessageQuery)
async def list_customers_messages(asked: Asked) -> list[MessageAnswer]:
    """What is and was to be sent to one customer, the newest first."""
    await count_outsider(asked, path_id(asked))
    async with asked.services.store.session() as session:
        customer = await get(session, path_id(asked))
        rows = await outbox.messages(
            session, customer.id, asked.query.limit, state=asked.query.state, before=asked.query.before
        )
    return await _answers(asked, rows, await may_see_numbers(asked, customer.id))


@operations.route("POST", "/customers/{customer_id}/messages", body=MessageBody, answer=MessageAnswer, status=201)
async def queue_message(asked: Asked) -> MessageAnswer:
    """Queue a message to a customer, once per key. For whoever may change what is known of them."""
    customer_id, body = path_id(asked), asked.body
    await may_change(asked, customer_id)
    async with asked.services.store.transaction() as session:
        row = await outbox.queue(
            session,
            customer_id,
            body.channel,
            body.target,
            body.text,
            key=body.key,
            by=asked.who.login,
            at=asked.services.now(),
            not_before=body.not_before,
        )
    if row.customer_id != customer_id:
        await may_change(asked, row.customer_id)
    return await _one(asked, row)


@operations.route("POST", "/messages/{message_id}/retry", answer=MessageAnswer)
async def retry_message(asked: Asked) -> MessageAnswer:
    """Try a message that was given up anew. For whoever may change what is known of the customer."""
    message_id = await _may_decide(asked)
    async with asked.services.store.transaction() as session:
        row = await outbox.retry(session, message_id, by=asked.who.login, at=asked.services.now())
    return await _one(asked, row)


@operations.route("POST", "/messages/{message_id}/cancel", answer=MessageAnswer)
async def cancel_message(asked: Asked) -> MessageAnswer:
    """Do not send a message that waits. For whoever may change what is known of the customer."""
    message_id = await _may_decide(asked)
    async with asked.services.store.transaction() as session:
        row = await outbox.cancel(session, message_id, by=asked.who.login, at=asked.services.now())
    return await _one(asked, row)


@operations.route("POST", "/messages/{message_id}/give-up", body=GivingUp, answer=MessageAnswer)
async def give_message_up(asked: Asked) -> MessageAnswer:
    """Do not send a message, and say why. For whoever may change what is known of the customer."""
    message_id, why = await _may_decide(asked), asked.body.reason
    async with asked.services.store.transaction() as session:
        row = await outbox.cancel(session, message_id, by=asked.who.login, at=asked.services.now(), reason=why)
    return await _one(asked, row)


async def _may_decide(asked: Asked) -> int:
    message_id = asked.number("message_id", "message")
    async with asked.services.store.session() as session:
        row = await outbox.find(session, message_id)
    await may_change(asked, row.customer_id)
    return row.id


async def _one(asked: Asked, row: OutgoingMessageRow) -> MessageAnswer:
    [answer] = await _answers(asked, [row], await may_see_numbers(asked, row.customer_id))
    return answer


async def _answers(asked: Asked, rows: Sequence[OutgoingMessageRow], full: bool) -> list[MessageAnswer]:
    """The messages as they are told; where they go is masked unless `full`."""
    customer, ways = CustomerRow, asked.services.settings.message_channels
    named = select(customer.id, customer.name).where(customer.id.in_({row.customer_id for row in rows}))
    async with asked.services.store.session() as session:
        names = {row.id: row.name for row in await session.execute(named)}
    return [_answer(row, full, names.get(row.customer_id, ""), row.channel in ways) for row in rows]


def _answer(row: OutgoingMessageRow, full: bool, name: str, has_way: bool) -> MessageAnswer:
    made = {"customer": name, "has_way": has_way}
    if not full:
        said = {name: masked_within(getattr(row, name), row.target) for name in ("error", "text")}
        made |= {"target": masked_target(row.target), **said}
    kept = {field: getattr(row, field) for field in MessageAnswer.model_fields if field not in made}
    return MessageAnswer.model_validate({**kept, **made})
