"""Who looks after a customer, from when until when, and handing them over. For those who lead.

Must not know how assignments are kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from cti.agents.people import get_active
from cti.customers.assignments import assignments
from cti.customers.owner import hand_to
from cti.customers.people import get
from cti.web.customer_routes import customer_id_of
from cti.web.discretion import count_outsider
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()


class AssignmentAnswer(Answer):
    """One time of looking after a customer; without `until` it is now. `by` is the log-in that assigned."""

    agent: str
    since: datetime
    until: datetime | None
    by: str
    reason: str


class NewOwner(Body):
    """Who looks after them from now on (an agent's code; null for nobody), and why."""

    to: str | None = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=200)


@operations.route("GET", "/customers/{customer_id}/assignments", answer=list[AssignmentAnswer])
async def read_assignments(asked: Asked) -> list[dict[str, Any]]:
    """Everyone who looked after a customer, the latest first."""
    await count_outsider(asked, customer_id_of(asked))
    return await _assignments(asked)


async def _assignments(asked: Asked) -> list[dict[str, Any]]:
    async with asked.services.store.session() as session:
        row = await get(session, customer_id_of(asked))
        found = await assignments(session, row.id)
    return [
        {"agent": one.agent, "since": one.starts, "until": one.ends, "by": one.by, "reason": one.reason}
        for one in found
    ]


@operations.route(
    "POST",
    "/customers/{customer_id}/owner",
    body=NewOwner,
    answer=list[AssignmentAnswer],
    access=Access.LEAD,
)
async def assign_owner(asked: Asked) -> list[dict[str, Any]]:
    """Hand a customer to another agent; the next call rings them."""
    services, customer_id = asked.services, customer_id_of(asked)
    async with services.store.transaction() as session:
        if asked.body.to is not None:
            await get_active(session, asked.body.to)
        await hand_to(
            session, customer_id, asked.body.to, by=asked.who.login, reason=asked.body.reason, at=services.now()
        )
    await services.callers.refresh()
    await services.desktops.refresh_card(customer_id)
    return await _assignments(asked)
