"""Promises to call back: one's own, or everybody's for those who lead; closing, handing over, noting.

Must not know why something is owed.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from cti.customers.discretion import hiding
from cti.customers.numbers import normalise
from cti.desktop.promises import holds, masked_number, sees_number
from cti.errors import NotFound
from cti.promises import ledger
from cti.promises.model import Shown
from cti.promises.shape import entries_json, to_json
from cti.web.discretion import count_found
from cti.web.operations import Answer, Asked, Body, Operations

operations = Operations()

Text = Annotated[str, StringConstraints(min_length=1, max_length=ledger.LONGEST_TEXT)]


class PromiseAnswer(Answer):
    """A promise: `kind` `call_back`, or `next_step` with what is to be done as `text`. Instants in UTC.

    `customer` is the customer's name, `level` how far it was passed on. `masked`: below manager, of what is not one's
    own to keep only a part of the number is shown, as `raw`.
    """

    id: int
    kind: str
    text: str
    number: str | None
    raw: str
    withheld: bool
    customer: str | None
    customer_id: int | None
    owner: str | None
    why: str
    origin: str
    due: str
    state: str
    late: bool
    level: int
    escalated_to: str | None
    attempts: int
    called_back: int
    dialled: str
    first_missed: str
    last_missed: str
    ended: str | None
    ended_by: str | None
    reason: str
    kept_linkedid: str | None
    masked: bool


class EntryAnswer(Answer):
    """One line of a promise's history; `who` is a log-in, or `ringward` for a rule."""

    at: str
    who: str
    what: str
    text: str
    linkedid: str | None


class PromiseWithHistory(PromiseAnswer):
    """A promise with everything that happened to it, and its calls."""

    history: list[EntryAnswer]
    calls: list[str]


class PromisesQuery(Body):
    """`all`: those that are over, too. `late`: only open ones that are late. `number`: in any form."""

    all: bool = False
    late: bool = False
    owner: str | None = Field(None, max_length=40)
    number: str | None = Field(None, max_length=60)
    limit: int = Field(200, ge=1, le=1000)


class Reason(Body):
    """Why nothing more is owed, or why it is owed again."""

    reason: Text


class Handover(Body):
    """Who owes it from now on."""

    owner: str = Field(min_length=1, max_length=40)


class NoteText(Body):
    """What to write down beside it."""

    text: Text


@operations.route("GET", "/promises", answer=list[PromiseAnswer], query=PromisesQuery)
async def list_promises(asked: Asked) -> list[dict[str, Any]]:
    """Promises to call back, the most urgent first: an agent's own, or everybody's for those who lead."""
    query, now = asked.query, asked.services.now()
    holder = query.owner if asked.may_read_all else asked.who.agent
    if holder is None and not asked.may_read_all:
        return []
    number = query.number
    if number is not None:
        number = normalise(number).e164 or number
    async with asked.services.store.session() as session:
        found = await ledger.find(
            session,
            everything=query.all,
            holder=holder,
            number=number,
            late_at=now if query.late else None,
            limit=query.limit,
        )
    others = (one.promise for one in found if not holds(asked.who, one.promise))
    await count_found(asked, (one.customer_id for one in others if one.customer_id is not None), number)
    return [_told(asked, shown) for shown in found]


@operations.route("GET", "/promises/{promise_id}", answer=PromiseWithHistory)
async def read_promise(asked: Asked) -> dict[str, Any]:
    """One promise with its history and its calls."""
    shown = await promise_of(asked, asked.path("promise_id"))
    async with asked.services.store.session() as session:
        entries = await ledger.history(session, shown.promise.id)
        calls = await ledger.calls_of(session, shown.promise.id)
    said = hiding(() if sees_number(asked.who, shown.promise) else (shown.promise.number or "",))
    lines = [{**one, "text": said(one["text"])} for one in entries_json(entries)]
    return _told(asked, shown) | {"history": lines, "calls": calls}


@operations.route("POST", "/promises/{promise_id}/close", body=Reason, answer=PromiseAnswer)
async def close_promise(asked: Asked) -> dict[str, Any]:
    """Say why nothing more is owed; the reason is kept."""
    promise = (await promise_of(asked, asked.path("promise_id"))).promise
    async with asked.services.store.transaction() as session:
        await asked.services.keeper.book.close(session, promise.id, *_by(asked, asked.body.reason))
    return await _now(asked, promise.id)


@operations.route("POST", "/promises/{promise_id}/reopen", body=Reason, answer=PromiseAnswer)
async def reopen_promise(asked: Asked) -> dict[str, Any]:
    """Owe it again, with a new due time."""
    promise = (await promise_of(asked, asked.path("promise_id"))).promise
    due = asked.services.keeper.due(promise.dialled, asked.services.now())
    async with asked.services.store.transaction() as session:
        await asked.services.keeper.book.reopen(session, promise.id, *_by(asked, asked.body.reason), due)
    return await _now(asked, promise.id)


@operations.route("POST", "/promises/{promise_id}/assign", body=Handover, answer=PromiseAnswer)
async def assign_promise(asked: Asked) -> dict[str, Any]:
    """Give it to another agent."""
    promise = (await promise_of(asked, asked.path("promise_id"))).promise
    services = asked.services
    async with services.store.transaction() as session:
        await services.keeper.book.assign(session, promise.id, asked.body.owner, asked.who.login, services.now())
    return await _now(asked, promise.id)


@operations.route("POST", "/promises/{promise_id}/note", body=NoteText, answer=PromiseAnswer)
async def note_promise(asked: Asked) -> dict[str, Any]:
    """Write something down beside it."""
    promise = (await promise_of(asked, asked.path("promise_id"))).promise
    async with asked.services.store.transaction() as session:
        await asked.services.keeper.book.note(session, promise.id, *_by(asked, asked.body.text))
    return await _now(asked, promise.id)


def _by(asked: Asked, text: str) -> tuple[str, str, Any]:
    return asked.who.login, text, asked.services.now()


def _told(asked: Asked, shown: Shown) -> dict[str, Any]:
    """The promise as the person asking may read it."""
    told, promise = to_json(shown, asked.services.now()), shown.promise
    if sees_number(asked.who, promise):
        return told | {"masked": False}
    said = hiding((promise.number or "",))
    text, reason = said(promise.text), said(promise.reason)
    return told | {"number": None, "raw": masked_number(promise), "text": text, "reason": reason, "masked": True}


async def promise_of(asked: Asked, text: str) -> Shown:
    """The promise of this number, if the person asking may know of it.

    Raises:
        NotFound: there is none, or it is not theirs to know.
    """
    promise_id = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    async with asked.services.store.session() as session:
        shown = await ledger.get(session, promise_id)
    if not (asked.may_read_all or holds(asked.who, shown.promise)):
        raise NotFound(f"there is no promise {promise_id}")
    return shown


async def _now(asked: Asked, promise_id: int) -> dict[str, Any]:
    """The promise as it is after the change, which every desktop has been told of by then."""
    await asked.services.keeper.refresh()
    async with asked.services.store.session() as session:
        return _told(asked, await ledger.get(session, promise_id))
