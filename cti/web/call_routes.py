"""Calls: one's own, or everybody's for those who lead; and whose call it was.

Must not know how a call is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.calls import records
from cti.calls.model import INBOUND, OUTBOUND, Call
from cti.calls.tables import CallRow, LegRow
from cti.customers.discretion import masked, masked_if_number
from cti.customers.learning import learn
from cti.customers.tables import CustomerRow
from cti.desktop.pops import caller_of, resource_of
from cti.errors import NotFound
from cti.web.discretion import count_found, count_look, is_theirs, may_see_caller, shown_choice
from cti.web.operations import Answer, Asked, Body, Operations
from cti.wrapup.filing import find, find_many
from cti.wrapup.model import WrapUp
from cti.wrapup.time_line import keep_tied

operations = Operations()


class CallerAnswer(Answer):
    """Who was presented as calling; the same as in a pop."""

    raw: str
    e164: str | None
    name: str
    verified: bool
    withheld: bool


class LegAnswer(Answer):
    """One attempt to reach one person at one endpoint. Instants in UTC."""

    index: int
    round: int
    kind: str
    agent: str | None
    endpoint: str
    started: str | None
    ringing: str | None
    answered: str | None
    ended: str | None
    reason: str | None


class TransferAnswer(Answer):
    """One transfer: `to` is an agent's code or a number, `how` `blind` or `attended`, `back` when it came back."""

    at: str
    by: str | None
    to: str | None
    how: str
    back: str | None


class CallAnswer(Answer):
    """One call with its legs. `reason` is the last leg's: why nobody answered. `disposition`: the outcome filed.

    `masked`: below manager, outside one's own calls of the last hour: of numbers only a part is shown, and no `e164`.
    """

    linkedid: str
    caller: CallerAnswer
    dialled: str
    dialled_e164: str | None
    direction: str
    made_by: str | None
    shown: str
    customer_id: int | None
    customer_name: str | None
    plan_source: str | None
    state: str
    started: str | None
    answered: str | None
    answered_by: str | None
    callback_asked: str | None
    ended: str | None
    reason: str | None
    disposition: str | None
    transfers: int
    transferred: list[TransferAnswer]
    legs: list[LegAnswer]
    masked: bool


class CallsQuery(Body):
    """`before`: only calls that started earlier."""

    limit: int = Field(20, ge=1, le=200)
    before: datetime | None = None


class CustomerChoice(Body):
    """Whose call it is."""

    customer_id: int = Field(ge=1, lt=2**31)


@operations.route("GET", "/calls", answer=list[CallAnswer], query=CallsQuery)
async def list_calls(asked: Asked) -> list[dict[str, Any]]:
    """The latest calls: an agent's own, or everybody's for those who lead."""
    query = asked.query
    before = query.before if query.before is None or query.before.tzinfo else query.before.replace(tzinfo=UTC)
    async with asked.services.store.session() as session:
        if asked.may_read_all:
            calls = await records.recent(session, limit=query.limit, before=before)
        else:
            calls = await _of_agent(session, asked.who.agent, query.limit, before)
        # What is live is known better by the tracker than by the record, which follows it.
        calls = [asked.services.tracker.get(call.linkedid) or call for call in calls]
        names = await _customer_names(session, calls)
        filed = await find_many(session, [call.linkedid for call in calls])
    others = (call.customer_id for call in calls if call.customer_id is not None and not is_theirs(asked, call))
    await count_found(asked, others)
    return [_shown(asked, call, names, filed.get(call.linkedid)) for call in calls]


@operations.route("GET", "/calls/{linkedid}", answer=CallAnswer)
async def read_call(asked: Asked) -> dict[str, Any]:
    """One call with its legs."""
    call = await visible_call(asked, asked.path("linkedid"))
    async with asked.services.store.session() as session:
        names, filed = await _customer_names(session, [call]), await find(session, call.linkedid)
    return _shown(asked, call, names, filed)


@operations.route("POST", "/calls/{linkedid}/customer", body=CustomerChoice, answer=dict[str, Any])
async def choose_customer(asked: Asked) -> dict[str, Any]:
    """Say whose call it is; the card changes on every desktop that has it up."""
    call = await visible_call(asked, asked.path("linkedid"))
    # One's own call tied to one customer after another would be a way through the whole book.
    await count_look(asked, asked.body.customer_id)
    before = call.customer_id
    card = await tie(asked, call.linkedid, asked.body.customer_id)
    await _learn(asked, call, card["customer_id"], before)
    return shown_choice(asked, call, card)


async def _learn(asked: Asked, call: Call, customer_id: int, before: int | None) -> None:
    """A caller who could be several and was said to be one: the next call from there may say who it probably is."""
    services = asked.services
    number = call.caller_e164 if call.direction == INBOUND else None
    if number is None or customer_id not in {match.customer_id for match in services.callers.lookup(number)}:
        return
    async with services.store.transaction() as session:
        at = call.started or services.now()
        await learn(session, number, customer_id, at, services.settings.zone, instead_of=before)
    await services.callers.refresh()  # they may well call back before the index looks again by itself


async def tie(asked: Asked, linkedid: str, customer_id: int) -> dict[str, Any]:
    """Tie a call, live or over, to a customer; the customer's card.

    Raises:
        NotFound: no such customer.
    """
    card = await asked.services.desktops.choose_customer(linkedid, customer_id)
    if asked.services.tracker.get(linkedid) is None:
        async with asked.services.store.transaction() as session:
            await records.set_customer(session, linkedid, customer_id)
            await keep_tied(session, [linkedid], asked.services.settings.language)
    return card


async def visible_call(asked: Asked, linkedid: str) -> Call:
    """A call this person may see: live or recorded, theirs or, for those who lead, anybody's.

    Raises:
        NotFound: there is none, or it is not theirs to know.
    """
    services = asked.services
    call = services.tracker.get(linkedid)
    if call is None:
        async with services.store.session() as session:
            call = await records.load(session, linkedid[:150])
    if call is None or not (asked.may_read_all or is_theirs(asked, call)):
        raise NotFound(f"there is no call {linkedid[:150]} of yours")
    return call


async def _of_agent(session: AsyncSession, agent: str | None, limit: int, before: datetime | None) -> list[Call]:
    if agent is None:
        return []
    rung = select(LegRow.linkedid).where(LegRow.agent == agent)
    query = select(CallRow.linkedid).where(or_(CallRow.linkedid.in_(rung), CallRow.made_by == agent))
    if before is not None:
        query = query.where(CallRow.started < before)
    query = query.order_by(CallRow.started.desc().nulls_last(), CallRow.linkedid.desc()).limit(limit)
    linkedids = list(await session.scalars(query))
    found = await records.load_many(session, linkedids)
    return [found[linkedid] for linkedid in linkedids if linkedid in found]


async def _customer_names(session: AsyncSession, calls: Iterable[Call]) -> dict[int, str]:
    ids = {call.customer_id for call in calls if call.customer_id is not None}
    if not ids:
        return {}
    rows = await session.execute(select(CustomerRow.id, CustomerRow.name).where(CustomerRow.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _shown(asked: Asked, call: Call, names: dict[int, str], filed: WrapUp | None) -> dict[str, Any]:
    caller = caller_of(call.caller_raw, call.caller_name, call.caller_e164)
    reasons = [leg.reason.value for leg in call.legs if leg.reason is not None]
    told = records.to_json(call) | {
        "caller": {name: getattr(caller, name) for name in CallerAnswer.model_fields},
        "customer_name": names.get(call.customer_id) if call.customer_id is not None else None,
        "reason": reasons[-1] if reasons else None,
        "disposition": filed.disposition if filed is not None else None,
        "masked": not may_see_caller(asked, call),
    }
    return _masked(call, told) if told["masked"] else told


def _masked(call: Call, told: dict[str, Any]) -> dict[str, Any]:
    """The call without whoever stands outside: the caller's number, or the one that was called or handed on to."""
    if call.direction == INBOUND:
        caller = told["caller"]
        raw = masked(caller["e164"] or caller["raw"]) if caller["raw"] and not caller["withheld"] else caller["raw"]
        told["caller"] = caller | {"raw": raw, "e164": None, "name": masked_if_number(caller["name"])}
    elif call.direction == OUTBOUND:
        told |= {"dialled": masked(call.dialled_e164 or call.dialled), "dialled_e164": None}
        told["legs"] = [
            leg | {"endpoint": masked(resource_of(leg["endpoint"]))} if leg["kind"] == OUTBOUND else leg
            for leg in told["legs"]
        ]
    told["transferred"] = [one | {"to": masked_if_number(one["to"] or "") or None} for one in told["transferred"]]
    return told
