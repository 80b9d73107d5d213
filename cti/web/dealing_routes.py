"""Orders and payments by API, one at a time or some hundred: put in once by their numbers in the system they come from.

Must not know what they change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from pydantic import AwareDatetime, Field
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers import orders, payments
from cti.customers.changes import Put
from cti.customers.crosscheck import crosscheck
from cti.customers.discretion import FULL_SIGHT
from cti.errors import Invalid, NotFound, Refused
from cti.web.discretion import count_outsider
from cti.web.identity_routes import may_change
from cti.web.intake_routes import SenderFields, count_sender, signed
from cti.web.operations import RANKS, Access, Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()

MOST_AT_ONCE = 500
LONGEST_BULK = 1024 * 1024
"""Bytes: five hundred orders with long titles."""

_WHOSE = frozenset(SenderFields.model_fields) | {"external_id", "order_id", "order"}


class OrderFields(SenderFields):
    """An order. What is not named stays as it is. Money in whole New Taiwan dollars; `placed` bears its zone."""

    external_id: str | None = Field(None, max_length=100)
    title: str | None = Field(None, max_length=200)
    amount: int | None = None
    state: str | None = Field(None, max_length=20)
    placed: AwareDatetime | None = None
    starts: date | None = None
    ends: date | None = None
    agent: str | None = Field(None, max_length=40)
    discount: int | None = None
    terms: str | None = Field(None, max_length=200)
    due: date | None = None
    margin: int | None = None
    renews: date | None = None


class PaymentFields(SenderFields):
    """A payment. `order_id`, or `order` (its number in your system): what it pays; without, it is on account."""

    external_id: str | None = Field(None, max_length=100)
    order_id: int | None = Field(None, ge=1, lt=2**31)
    order: str | None = Field(None, max_length=100)
    amount: int | None = None
    method: str | None = Field(None, max_length=20)
    at: AwareDatetime | None = None
    agent: str | None = Field(None, max_length=40)
    note: str | None = Field(None, max_length=300)


class Orders(Body):
    """Some hundred orders, all of them or none."""

    orders: tuple[OrderFields, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Payments(Body):
    """Some hundred payments, all of them or none."""

    payments: tuple[PaymentFields, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)


class PutAnswer(Answer):
    """What became of one: `added`, `changed`, or `unchanged`."""

    outcome: str
    id: int
    customer_id: int


class AccountAnswer(Answer):
    """How a customer stands: terms as agreed, how they mostly pay, what is open, and what of it is overdue."""

    terms: str
    preferred: str
    outstanding: int
    overdue: int


class CrosscheckQuery(Body):
    """Orders placed and calls made in so many days until now."""

    days: int = Field(30, ge=1, le=366)


Work = Callable[[AsyncSession], Awaitable[Put]]


@operations.route("POST", "/orders", body=OrderFields, answer=PutAnswer)
async def put_order(asked: Asked) -> dict[str, Any]:
    """Put an order in, or over the one that bears this `external_id`: below lead, one of a customer of one's own."""
    await count_sender(asked, asked.body)
    return (await _put(asked, "order", [_order(asked, asked.body)]))[0]


@operations.route(
    "POST", "/orders/bulk", body=Orders, answer=list[PutAnswer], access=Access.MANAGER, longest=LONGEST_BULK
)
async def put_orders(asked: Asked) -> list[dict[str, Any]]:
    """Put up to 500 orders in, all of them or none."""
    return await _put(asked, "order", [_order(asked, one) for one in asked.body.orders], many=True)


@operations.route("PATCH", "/orders/{order_id}", body=OrderFields, answer=PutAnswer)
async def change_order(asked: Asked) -> dict[str, Any]:
    """Change what is named of an order: below lead, one of a customer of one's own."""
    await count_sender(asked, asked.body)
    return (await _put(asked, "order", [_order(asked, asked.body, asked.number("order_id", "order"))]))[0]


@operations.route("POST", "/payments", body=PaymentFields, answer=PutAnswer)
async def put_payment(asked: Asked) -> dict[str, Any]:
    """Put a payment in (managers: or over the one of this `external_id`); an order paid in full is noted as paid."""
    await count_sender(asked, asked.body)
    return (await _put(asked, "payment", [_payment(asked, asked.body)]))[0]


@operations.route(
    "POST", "/payments/bulk", body=Payments, answer=list[PutAnswer], access=Access.MANAGER, longest=LONGEST_BULK
)
async def put_payments(asked: Asked) -> list[dict[str, Any]]:
    """Put up to 500 payments in, all of them or none."""
    return await _put(asked, "payment", [_payment(asked, one) for one in asked.body.payments], many=True)


@operations.route("PATCH", "/payments/{payment_id}", body=PaymentFields, answer=PutAnswer, access=Access.MANAGER)
async def change_payment(asked: Asked) -> dict[str, Any]:
    """Change what is named of a payment."""
    await count_sender(asked, asked.body)
    return (await _put(asked, "payment", [_payment(asked, asked.body, asked.number("payment_id", "payment"))]))[0]


@operations.route("GET", "/customers/{customer_id}/account", answer=AccountAnswer)
async def read_account(asked: Asked) -> dict[str, Any]:
    """How a customer pays, and what is open."""
    customer_id = asked.number("customer_id", "customer")
    await count_outsider(asked, customer_id)
    today = asked.services.now().astimezone(asked.services.settings.zone).date()
    async with asked.services.store.session() as session:
        return msgspec.structs.asdict(await payments.account(session, customer_id, today))


@operations.route("GET", "/reports/orders", query=CrosscheckQuery, answer=dict[str, Any])
async def read_crosscheck(asked: Asked) -> dict[str, Any]:
    """Orders that stand twice, orders before which nobody spoke with the customer, callers who ordered nothing."""
    if asked.who.role not in FULL_SIGHT:
        raise Forbidden("this needs the role manager or higher")
    until = asked.services.now()
    async with asked.services.store.session() as session:
        found = await crosscheck(session, until - timedelta(days=asked.query.days), until)
    told: dict[str, Any] = msgspec.to_builtins(found)
    return told


def _order(asked: Asked, body: OrderFields, order_id: int | None = None) -> Work:
    given = _given(asked, body)

    async def work(session: AsyncSession) -> Put:
        now = asked.services.now()
        return await orders.put_order(
            session, given, now=now, sender=body.sender, external_id=body.external_id, order_id=order_id
        )

    return work


def _payment(asked: Asked, body: PaymentFields, payment_id: int | None = None) -> Work:
    given = _given(asked, body)

    async def work(session: AsyncSession) -> Put:
        return await payments.put_payment(
            session,
            given,
            now=asked.services.now(),
            sender=body.sender,
            order_id=body.order_id,
            order=body.order,
            external_id=body.external_id,
            payment_id=payment_id,
        )

    return work


def _given(asked: Asked, body: SenderFields) -> dict[str, Any]:
    """The fields that were named. Nothing said of who did it: whoever is logged in."""
    given = {name: getattr(body, name) for name in body.model_fields_set - _WHOSE}
    if "agent" in given or asked.who.agent is not None:
        given["agent"] = signed(asked, given.get("agent"))
    return given


async def _put(asked: Asked, subject: str, works: Sequence[Work], many: bool = False) -> list[dict[str, Any]]:
    services, who = asked.services, asked.who
    done: list[Put] = []
    async with services.store.transaction() as session:
        for place, work in enumerate(works):
            try:
                done.append(await work(session))
            except (Invalid, NotFound, Refused) as error:
                if many:
                    raise Invalid(f"{subject}s.{place}: {error}; nothing was kept") from error
                raise
        for put in done:
            if put.outcome == "changed":
                await _may_change(asked, subject, put)
            if put.outcome != "unchanged":
                entry = Entry(
                    action=f"{subject}.{put.outcome}",
                    actor=who.login,
                    agent=who.agent,
                    subject=subject,
                    subject_id=str(put.id),
                    before=put.before,
                    after=put.after,
                )
                record(session, entry, services.now())
    for customer_id in {put.customer_id for put in done if put.outcome != "unchanged"}:
        await services.desktops.refresh_card(customer_id)
    return [{"outcome": put.outcome, "id": put.id, "customer_id": put.customer_id} for put in done]


async def _may_change(asked: Asked, subject: str, put: Put) -> None:
    """Below lead only orders of customers that one answers for are changed, or moved to another who is one's own, too.

    Raises:
        Forbidden: it is a colleague's, or a payment, which managers change; nothing is kept.
    """
    if subject == "payment" and RANKS[asked.who.role] < Access.MANAGER:
        raise Forbidden("this needs the role manager or higher")
    for customer_id in {put.customer_id, (put.before or {}).get("customer_id", put.customer_id)}:
        await may_change(asked, customer_id)
