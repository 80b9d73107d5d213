"""Wrap-up over HTTP: the outcomes to choose from, filing what came of a call, and the clock of it.

Must not know what filing does.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from cti.calls.model import Call
from cti.errors import NotFound, Refused
from cti.web.call_routes import visible_call
from cti.web.operations import RANKS, Access, Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden, reader_language
from cti.wrapup.configured import outcomes_of
from cti.wrapup.filing import LONGEST_NOTE, LONGEST_STEP, file_call, find
from cti.wrapup.model import EndReason, Filing, had_a_part, had_by

operations = Operations()


def _day_or_instant(value: object) -> object:
    """`2026-11-25` is the day, and not its midnight, which is what an instant would make of it."""
    if isinstance(value, str) and len(value.strip()) == len("2026-11-25"):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return value
    return value


class OutcomeAnswer(Answer):
    """One outcome a call can have: its code, its words in the reader's language, and in both."""

    code: str
    text: str
    zh: str
    en: str


class WrapUpBody(Body):
    """What came of a call; all of it each time, the same again changes nothing.

    `next_step_due`: an instant (without a zone: the firm's), or a day, which means the end of its opening hours; with
    it the next step becomes a promise. `matter_id`: an open complaint or request of the customer. `stay`: the clock
    of the wrap-up runs on.
    """

    disposition: str = Field(max_length=40)
    note: str = Field("", max_length=LONGEST_NOTE)
    next_step: str = Field("", max_length=LONGEST_STEP)
    next_step_due: Annotated[datetime | date | None, BeforeValidator(_day_or_instant)] = None
    matter_id: int | None = Field(None, ge=1, lt=2**31)
    stay: bool = False


class WrapUpAnswer(Answer):
    """What is known of a call's wrap-up. Instants in UTC; `running`: its clock runs."""

    linkedid: str
    agent: str
    customer_id: int | None
    started: datetime | None
    ends: datetime | None
    ended: datetime | None
    end_reason: str
    running: bool
    disposition: str | None
    note: str
    next_step: str
    next_step_due: datetime | None
    matter_id: int | None
    saved: datetime | None
    saved_by: str


@operations.route("GET", "/dispositions", answer=list[OutcomeAnswer])
async def list_outcomes(asked: Asked) -> list[OutcomeAnswer]:
    """The outcomes an agent chooses from."""
    language = reader_language(asked.request, asked.services.settings)
    outcomes = outcomes_of(asked.services.settings)
    return [OutcomeAnswer(code=one.code, text=one.text(language), zh=one.zh, en=one.en) for one in outcomes]


@operations.route("GET", "/calls/{linkedid}/wrap-up", answer=WrapUpAnswer)
async def read_wrap_up(asked: Asked) -> dict[str, Any]:
    """What was filed about a call, and whether its wrap-up runs."""
    call = await visible_call(asked, asked.path("linkedid"))
    return await _shown(asked, call.linkedid)


@operations.route("PUT", "/calls/{linkedid}/wrap-up", body=WrapUpBody, answer=WrapUpAnswer)
async def file_wrap_up(asked: Asked) -> dict[str, Any]:
    """File what came of a call: the outcome, a note, the next step, the matter it belongs to."""
    return await file_for(asked, await _own_call(asked))


async def file_for(asked: Asked, call: Call) -> dict[str, Any]:
    """File what `asked.body` (a `WrapUpBody`) says of a call that `asked.who` may file.

    Raises:
        Invalid, Refused, NotFound: as `file_call`; nothing is filed then.
    """
    body, services = asked.body, asked.services
    due = _due(asked, call, body.next_step_due)
    filing = Filing(body.disposition, body.note, body.next_step, due, body.matter_id)
    async with services.store.transaction() as session:
        filed = await file_call(
            session,
            call,
            filing,
            outcomes=outcomes_of(services.settings),
            book=services.keeper.book,
            who=asked.who.login,
            at=services.now(),
            language=services.settings.language,
        )
    if not body.stay:
        services.clocks.end(call.linkedid, EndReason.SAVED)
    await services.keeper.refresh()
    if filed.customer_id is not None:
        services.desktops.noted(asked.who.agent, filed.customer_id)
        await services.desktops.refresh_card(filed.customer_id)
    return await _shown(asked, call.linkedid)


@operations.route("POST", "/calls/{linkedid}/wrap-up/extend", answer=WrapUpAnswer)
async def extend_wrap_up(asked: Asked) -> dict[str, Any]:
    """As long again, once."""
    call = await _own_call(asked)
    asked.services.clocks.extend(call.linkedid)
    return await _shown(asked, call.linkedid)


@operations.route("POST", "/calls/{linkedid}/wrap-up/end", answer=WrapUpAnswer)
async def end_wrap_up(asked: Asked) -> dict[str, Any]:
    """Be free again before the time is up; ending it twice changes nothing."""
    call = await _own_call(asked)
    asked.services.clocks.end(call.linkedid, EndReason.BY_HAND)
    return await _shown(asked, call.linkedid)


async def _own_call(asked: Asked) -> Call:
    """The call, if the person asking had it, be it before it was handed on, or leads.

    Raises:
        NotFound: there is none, or it is not theirs to know. Forbidden: somebody else had it. Refused: nobody had.
    """
    call = await visible_call(asked, asked.path("linkedid"))
    if had_by(call) is None:
        raise Refused("nobody answered this call: there is nothing to wrap up")
    if not had_a_part(call, asked.who.agent) and RANKS[asked.who.role] < Access.LEAD:
        raise Forbidden("only who had this call files it, or who leads")
    return call


async def _shown(asked: Asked, linkedid: str) -> dict[str, Any]:
    await asked.services.clocks.flush()
    async with asked.services.store.session() as session:
        found = await find(session, linkedid)
    if found is None:
        raise NotFound(f"nothing was filed about call {linkedid[:150]} yet")
    return found.to_json() | {"running": found.linkedid in asked.services.clocks.linkedids}


def _due(asked: Asked, call: Call, due: datetime | date | None) -> datetime | None:
    services = asked.services
    if isinstance(due, datetime):
        return due if due.tzinfo is not None else due.replace(tzinfo=services.settings.zone)
    return services.keeper.by_the_end_of(due, services.settings.zone, call.dialled) if due is not None else None
