"""Messages to customers by HTTP: queued, looked at, tried anew, cancelled. Must not know how they travel."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from cti.customers import outbox
from cti.customers.discretion import FULL_SIGHT, masked, masked_mail
from cti.customers.finding import get
from cti.customers.identity_tables import OutgoingMessageRow
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
    """A message. `state`: `queued`, `sent`, `failed`, `cancelled`; `error` why the last try failed, or a code:
    `unwanted`, `unspeakable`, `number_over`. `target` is masked where numbers are."""

    id: int
    customer_id: int
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


class MessageQuery(Body):
    """Which, and how many; `state` empty for all."""

    state: str = Field("", max_length=10)
    limit: int = Field(50, ge=1, le=200)


@operations.route("GET", "/messages", answer=list[MessageAnswer], query=MessageQuery)
async def list_messages(asked: Asked) -> list[MessageAnswer]:
    """What is and was to be sent to customers, the newest first; for those who lead, and auditors."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        rows = await outbox.messages(session, None, asked.query.limit, state=asked.query.state)
    await count_found(asked, (row.customer_id for row in rows))
    return [_answer(row, asked.who.role in FULL_SIGHT) for row in rows]


@operations.route("GET", "/customers/{customer_id}/messages", answer=list[MessageAnswer], query=MessageQuery)
async def list_customers_messages(asked: Asked) -> list[MessageAnswer]:
    """What is and was to be sent to one customer, the newest first."""
    await count_outsider(asked, path_id(asked))
    async with asked.services.store.session() as session:
        customer = await get(session, path_id(asked))
        rows = await outbox.messages(session, customer.id, asked.query.limit, state=asked.query.state)
    full = await may_see_numbers(asked, customer.id)
    return [_answer(row, full) for row in rows]


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
    return _answer(row, await may_see_numbers(asked, row.customer_id))


@operations.route("POST", "/messages/{message_id}/retry", answer=MessageAnswer)
async def retry_message(asked: Asked) -> MessageAnswer:
    """Try a message that was given up anew. For whoever may change what is known of the customer."""
    message_id = await _may_decide(asked)
    async with asked.services.store.transaction() as session:
        row = await outbox.retry(session, message_id, by=asked.who.login, at=asked.services.now())
    return _answer(row, await may_see_numbers(asked, row.customer_id))


@operations.route("POST", "/messages/{message_id}/cancel", answer=MessageAnswer)
async def cancel_message(asked: Asked) -> MessageAnswer:
    """Do not send a message that waits. For whoever may change what is known of the customer."""
    message_id = await _may_decide(asked)
    async with asked.services.store.transaction() as session:
        row = await outbox.cancel(session, message_id, by=asked.who.login, at=asked.services.now())
    return _answer(row, await may_see_numbers(asked, row.customer_id))


async def _may_decide(asked: Asked) -> int:
    message_id = asked.number("message_id", "message")
    async with asked.services.store.session() as session:
        row = await outbox.find(session, message_id)
    await may_change(asked, row.customer_id)
    return row.id


def _answer(row: OutgoingMessageRow, full: bool) -> MessageAnswer:
    target = row.target if full else masked_mail(row.target) if "@" in row.target else masked(row.target)
    fields = {name: getattr(row, name) for name in MessageAnswer.model_fields}
    return MessageAnswer.model_validate({**fields, "target": target})
