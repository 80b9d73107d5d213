"""Records that may be one customer: found, told apart, merged and un-merged by those who lead.

Must not know how two are compared or become one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pydantic import Field
from sqlalchemy import select

from cti.customers import duplicates, merging
from cti.customers.tables import CustomerRow
from cti.web.changing import Tried, may_read_all
from cti.web.discretion import count_found
from cti.web.identity_routes import changer, path_id
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()


class DuplicatesQuery(Body):
    """Pairs with at least the score `least` (0 to 99), the likeliest first; those of one customer."""

    customer_id: int | None = Field(None, ge=1, lt=2**31)
    least: int = Field(0, ge=0, le=99)
    limit: int = Field(50, ge=1, le=duplicates.MOST_LISTED)


class DuplicateAnswer(Answer):
    """Two customers who may be one, with the score (0 to 99) and its reasons, the heaviest first."""

    first_id: int
    first: str
    second_id: int
    second: str
    score: int
    reasons: list[str]
    found: datetime


class Found(Answer):
    """How many pairs are open now."""

    open: int


class OtherBody(Body):
    """The other customer."""

    other_id: int = Field(ge=1, lt=2**31)


class MergeBody(Body):
    """Who becomes the customer in the path, and why."""

    loser_id: int = Field(ge=1, lt=2**31)
    reason: str = Field("", max_length=200)


class MergeAnswer(Answer):
    """A merge. `moved` counts rows by table; `set_aside` those of which there can be but one, kept for an un-merge."""

    id: int
    winner_id: int
    loser_id: int
    at: datetime
    by: str
    reason: str
    moved: dict[str, int]
    set_aside: dict[str, int]
    undone: datetime | None
    undone_by: str


class MergesQuery(Body):
    """The latest merges of everybody."""

    limit: int = Field(50, ge=1, le=duplicates.MOST_LISTED)


class NamedMerge(MergeAnswer):
    """A merge with the names of both, as they are now."""

    winner: str
    loser: str


@operations.route("GET", "/duplicates", answer=list[DuplicateAnswer], query=DuplicatesQuery)
async def list_duplicates(asked: Asked) -> list[dict[str, Any]]:
    """Customers who may be one, as they were last found."""
    may_read_all(asked)
    query = asked.query
    async with asked.services.store.session() as session:
        found = await duplicates.duplicates(
            session, customer_id=query.customer_id, least=query.least, limit=query.limit
        )
    await count_found(asked, (one for pair in found for one in (pair.first_id, pair.second_id)))
    return [msgspec.structs.asdict(one) for one in found]


@operations.route("POST", "/duplicates/find", answer=Found, access=Access.MANAGER)
async def find_duplicates(asked: Asked) -> Found:
    """Compare the whole book anew; takes some seconds for each ten thousand customers."""
    return Found(open=await duplicates.find(asked.services.store, apart=True, at=asked.services.now()))


@operations.route("POST", "/customers/{customer_id}/duplicates/dismiss", body=OtherBody, status=204, access=Access.LEAD)
async def dismiss_duplicate(asked: Asked) -> None:
    """These are two customers, and are not suspected again."""
    async with asked.services.store.transaction() as session:
        by, at = changer(asked, None), asked.services.now()
        await duplicates.dismiss(session, path_id(asked), asked.body.other_id, by=by, at=at)


@operations.route("POST", "/customers/{customer_id}/duplicates/reopen", body=OtherBody, status=204, access=Access.LEAD)
async def reopen_duplicate(asked: Asked) -> None:
    """That they are two is taken back: what is alike in them stands among the suspected again."""
    async with asked.services.store.transaction() as session:
        by, at = changer(asked, None), asked.services.now()
        await duplicates.reopen(session, path_id(asked), asked.body.other_id, by=by, at=at)


@operations.route(
    "POST", "/customers/{customer_id}/merge", body=MergeBody, query=Tried, answer=MergeAnswer, access=Access.LEAD
)
async def merge_customers(asked: Asked) -> dict[str, Any]:
    """Everything of `loser_id` becomes this customer's; whoever asks for the one gets the other."""
    # A session that nobody commits leaves nothing behind.
    tried = asked.query.try_
    opened = asked.services.store.session if tried else asked.services.store.transaction
    async with opened() as session:
        done = await merging.merge(
            session,
            path_id(asked),
            asked.body.loser_id,
            by=changer(asked, None),
            reason=asked.body.reason,
            at=asked.services.now(),
        )
    if tried:
        return msgspec.structs.asdict(done)
    for call in asked.services.tracker.live():
        if call.customer_id == done.loser_id:
            await asked.services.desktops.choose_customer(call.linkedid, done.winner_id)
    await asked.services.desktops.refresh_card(done.winner_id)
    return msgspec.structs.asdict(done)


@operations.route("GET", "/merges", answer=list[NamedMerge], query=MergesQuery)
async def list_all_merges(asked: Asked) -> list[dict[str, Any]]:
    """Every merge, the latest first, also those that were taken back."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        found = await merging.merges(session, limit=asked.query.limit)
        ids = {one for merge in found for one in (merge.winner_id, merge.loser_id)}
        row = CustomerRow
        names = dict((await session.execute(select(row.id, row.name).where(row.id.in_(ids)))).all())
    await count_found(asked, ids)
    told = [(one, names.get(one.winner_id, ""), names.get(one.loser_id, "")) for one in found]
    return [{**msgspec.structs.asdict(one), "winner": winner, "loser": loser} for one, winner, loser in told]


@operations.route("GET", "/customers/{customer_id}/merges", answer=list[MergeAnswer])
async def list_merges(asked: Asked) -> list[dict[str, Any]]:
    """Merges into or of this customer, the latest first."""
    may_read_all(asked)
    async with asked.services.store.session() as session:
        return [msgspec.structs.asdict(one) for one in await merging.merges(session, path_id(asked))]


@operations.route("POST", "/merges/{merge_id}/undo", answer=MergeAnswer, access=Access.LEAD)
async def undo_merge(asked: Asked) -> dict[str, Any]:
    """Two records again: what came from the other goes back, what was added since stays."""
    agents = asked.services.directory.directory.agents
    gone = {code for code, agent in agents.items() if not agent.active}
    async with asked.services.store.transaction() as session:
        done = await merging.unmerge(
            session, path_id(asked, "merge_id"), by=changer(asked, None), gone=gone, at=asked.services.now()
        )
    await asked.services.desktops.refresh_card(done.winner_id)
    return msgspec.structs.asdict(done)
