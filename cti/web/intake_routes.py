"""What comes in from other channels and systems: put on its customer's time line, or kept until somebody says whose.

Must not know how a sender is found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from cti.customers import dismissal, intake
from cti.customers.discretion import FULL_SIGHT, hiding, masked, masked_mail
from cti.customers.intake_tables import WaitingMessageRow
from cti.customers.senders import Sender
from cti.customers.tables import CustomerRow
from cti.errors import Invalid
from cti.web.changing import may_read_all
from cti.web.discretion import count_found
from cti.web.operations import RANKS, Access, Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()

API = "api"
LONGEST_INTAKE = 256 * 1024
"""Bytes: ten thousand characters of Chinese, escaped, and twenty links."""


class SenderFields(Body):
    """Who it is, by what is known: what stands first counts. `code` is the customer's number in your own system."""

    customer_id: int | None = Field(None, ge=1, lt=2**31)
    code: str | None = Field(None, max_length=100)
    number: str | None = Field(None, max_length=60)
    email: str | None = Field(None, max_length=200)
    name: str = Field("", max_length=200)

    @property
    def sender(self) -> Sender | None:
        """The sender, or None when nobody is named."""
        if self.customer_id is None and not (self.code or self.number or self.email):
            return None
        return Sender(
            customer_id=self.customer_id, code=self.code, number=self.number, email=self.email, name=self.name
        )


async def count_sender(asked: Asked, body: SenderFields) -> None:
    """Count by what a sender is said to be known: the answer, a refusal too, says whether somebody is.

    Raises:
        TooManyAttempts: below manager, more were tried within the hour than anybody's work needs.
    """
    await count_found(asked, (), body.number, body.email, body.code)


class InteractionFields(SenderFields):
    """Something that was said. Times bear their zone; `attachments` are links; `external_id` makes it once only."""

    channel: str = Field(max_length=20)
    direction: str = Field("in", max_length=10)
    at: AwareDatetime | None = None
    text: str = Field("", max_length=intake.LONGEST_TEXT)
    agent: str | None = Field(None, max_length=40)
    attachments: tuple[str, ...] = Field((), max_length=intake.MOST_ATTACHMENTS)
    external_id: str | None = Field(None, max_length=intake.LONGEST_CODE)
    source: str = Field("", max_length=100)


class TakenAnswer(Answer):
    """What became of it: `added`, `known` already, or `waiting` for somebody to say whose it is."""

    outcome: str
    customer_id: int | None
    interaction_id: int | None
    waiting_id: int | None
    candidates: tuple[int, ...]
    prospect: bool


class CandidateAnswer(Answer):
    """A customer who may have sent it; `owner` is an agent's code."""

    customer_id: int
    name: str
    tier: str
    owner: str | None


class WaitingAnswer(Answer):
    """Something that waits for its customer; `candidates` are whom it may be, `may_be` the same by name.

    `dismissed`: when, by whom (`dismissed_by`) and why (`reason`) it was said to be nobody's.
    """

    id: int
    at: datetime
    channel: str
    direction: str
    name: str
    number: str | None
    email: str
    text: str
    agent: str | None
    source: str
    candidates: list[int]
    may_be: list[CandidateAnswer]
    attachments: list[str]
    dismissed: datetime | None
    dismissed_by: str
    reason: str


class WaitingQuery(Body):
    """How many; with `dismissed` those that were dismissed, the latest first."""

    limit: int = Field(50, ge=1, le=200)
    dismissed: bool = False


class Dismissal(Body):
    """Why it is nobody's."""

    reason: str = Field(min_length=1, max_length=dismissal.LONGEST_REASON)


class Whose(Body):
    """Whose it is."""

    customer_id: int = Field(ge=1, lt=2**31)


class NewSender(Body):
    """The sender as a prospect: by what name, and which agent looks after them; without one nobody yet."""

    name: str = Field(min_length=1, max_length=200)
    owner: str | None = Field(None, max_length=40)


class AssignedAnswer(Answer):
    """It stands on this customer's time line now."""

    customer_id: int
    interaction_id: int


@operations.route("POST", "/interactions", body=InteractionFields, answer=TakenAnswer, longest=LONGEST_INTAKE)
async def add_interaction(asked: Asked) -> dict[str, Any]:
    """Put a message, letter, visit or note of any channel on its customer's time line, once by `external_id`."""
    body: InteractionFields = asked.body
    sender, now = body.sender, asked.services.now()
    if sender is None:
        raise Invalid("customer: say who it is: customer_id, code, number or email")
    await count_sender(asked, body)
    message = intake.Message(
        channel=body.channel,
        direction=body.direction,
        at=body.at or now,
        text=body.text,
        agent=signed(asked, body.agent),
        attachments=body.attachments,
        external_id=body.external_id,
        source=body.source or API,
    )
    async with asked.services.store.transaction() as session:
        taken = await intake.take(session, message, sender, now)
    if taken.outcome == "added" and taken.customer_id is not None:
        await asked.services.desktops.refresh_card(taken.customer_id)
    return {name: getattr(taken, name) for name in TakenAnswer.model_fields}


@operations.route("GET", "/interactions/waiting", answer=list[WaitingAnswer], query=WaitingQuery)
async def list_waiting(asked: Asked) -> list[dict[str, Any]]:
    """What came in and waits for somebody to say whose it is, the oldest first; for those who lead, and auditors."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        listed = dismissal.dismissed if asked.query.dismissed else intake.waiting
        rows = await listed(session, asked.query.limit)
        customers = await intake.candidates_of(session, rows)
    full = asked.who.role in FULL_SIGHT
    return [_waiting(row, full, customers) for row in rows]


@operations.route("POST", "/interactions/waiting/{waiting_id}", body=Whose, answer=AssignedAnswer, access=Access.LEAD)
async def assign_waiting(asked: Asked) -> AssignedAnswer:
    """Say whose a waiting message is."""
    waiting_id, by, now = _waiting_id(asked), asked.who.login, asked.services.now()
    async with asked.services.store.transaction() as session:
        row = await intake.assign_waiting(session, waiting_id, asked.body.customer_id, by=by, now=now)
    await asked.services.desktops.refresh_card(row.customer_id)
    return AssignedAnswer(customer_id=row.customer_id, interaction_id=row.id)


@operations.route(
    "POST",
    "/interactions/waiting/{waiting_id}/prospect",
    body=NewSender,
    answer=AssignedAnswer,
    access=Access.LEAD,
    status=201,
)
async def make_prospect(asked: Asked) -> AssignedAnswer:
    """Make a prospect of a waiting message's sender."""
    waiting_id, by, now = _waiting_id(asked), asked.who.login, asked.services.now()
    owner = asked.body.owner or None
    if owner is not None and asked.services.directory.agent(owner) is None:
        raise Invalid(f"owner: there is no agent {owner}")
    async with asked.services.store.transaction() as session:
        row = await intake.make_prospect(session, waiting_id, asked.body.name, owner=owner, by=by, now=now)
    return AssignedAnswer(customer_id=row.customer_id, interaction_id=row.id)


@operations.route("POST", "/interactions/waiting/{waiting_id}/dismiss", body=Dismissal, status=204, access=Access.LEAD)
async def dismiss_waiting(asked: Asked) -> None:
    """Say that a waiting message is no customer's: it waits no more."""
    by, at = asked.who.login, asked.services.now()
    async with asked.services.store.transaction() as session:
        await dismissal.dismiss(session, _waiting_id(asked), asked.body.reason, by=by, at=at)


@operations.route("POST", "/interactions/waiting/{waiting_id}/restore", status=204, access=Access.LEAD)
async def restore_waiting(asked: Asked) -> None:
    """Let a message that was dismissed wait again."""
    by, at = asked.who.login, asked.services.now()
    async with asked.services.store.transaction() as session:
        await dismissal.restore(session, _waiting_id(asked), by=by, at=at)


def signed(asked: Asked, agent: str | None) -> str | None:
    """Whose work it is: one's own, unless a manager or a program of theirs says whose.

    Raises:
        Forbidden: below manager, another's name. Invalid: no such agent.
    """
    if agent is None or agent == asked.who.agent:
        return asked.who.agent
    if RANKS[asked.who.role] < Access.MANAGER:
        raise Forbidden("agent: sign with your own name")
    if asked.services.directory.agent(agent) is None:
        raise Invalid(f"agent: there is no agent {agent[:40]}")
    return agent


def _waiting_id(asked: Asked) -> int:
    text = asked.path("waiting_id")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _waiting(row: WaitingMessageRow, full: bool, customers: Mapping[int, CustomerRow]) -> dict[str, Any]:
    plain = (
        "id",
        "at",
        "channel",
        "direction",
        "name",
        "text",
        "agent",
        "source",
        "dismissed",
        "dismissed_by",
        "reason",
    )
    told = {name: getattr(row, name) for name in plain}
    if not full:  # a form says once more in its text where to call back
        told["text"] = hiding((row.number or "", row.email))(row.text)
    number = row.number if full or row.number is None else masked(row.number)
    email = row.email if full else masked_mail(row.email)
    candidates = json.loads(row.candidates)
    known = {customers[one].id: customers[one] for one in candidates if one in customers}
    may_be = [
        CandidateAnswer(customer_id=one.id, name=one.name, tier=one.tier, owner=one.owner) for one in known.values()
    ]
    lists = {"candidates": candidates, "may_be": may_be, "attachments": json.loads(row.attachments)}
    return {**told, "number": number, "email": email, **lists}
