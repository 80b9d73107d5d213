"""What to bring up with a customer, what came of it, and what plays and classes there are.

Must not know how worth is worked out.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import msgspec
from pydantic import Field

from cti.audit.expecting import expect, versions_of
from cti.customers.worth import plays
from cti.customers.worth.rules import Segment
from cti.customers.worth.tables import WorthRow
from cti.web.call_routes import visible_call
from cti.web.changing import Change, Version
from cti.web.discretion import count_outsider
from cti.web.identity_routes import changer, may_change
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.refusals import Forbidden

operations = Operations()


class PromptAnswer(Answer):
    """What to bring up, and by which play."""

    play: str
    text: str


class Outcome(Body):
    """What came of it; `amount` in whole New Taiwan dollars. With `call_id` it was in that call."""

    outcome: Literal["accepted", "declined", "later"]
    amount: int = Field(0, ge=0, lt=2**31)
    call_id: str | None = Field(None, max_length=150)


class PlayFields(Body):
    """A play: what to say to whom, from when to when, and how many are held out to compare with (per cent)."""

    prompt: str = Field(min_length=1, max_length=300)
    segment: dict[str, Any] = Field(default_factory=dict)
    starts: date | None = None
    ends: date | None = None
    holdout: int = Field(0, ge=0, le=90)
    active: bool = True


class PlayBody(PlayFields, Change):
    """A play as it is to be; `version` is that of the last change that was seen of it, none for a new one."""


class PlayAnswer(PlayFields, Answer):
    """A play under its code; who changes it says which `version` they read."""

    code: str
    version: int


class PlayReportAnswer(Answer):
    """What came of a play, in customers; `amount` in whole New Taiwan dollars."""

    code: str
    fits: int
    held_out: int
    asked: int
    accepted: int
    declined: int
    later: int
    amount: int


@operations.route("GET", "/customers/{customer_id}/prompts", answer=list[PromptAnswer])
async def read_prompts(asked: Asked) -> list[dict[str, Any]]:
    """What to bring up with this customer now; the most important first."""
    customer_id = asked.number("customer_id", "customer")
    await count_outsider(asked, customer_id)
    async with asked.services.store.session() as session:
        row = await session.get(WorthRow, customer_id)
        worth = plays.worth_of(row) if row is not None else None
        found = await plays.prompts_for(session, worth, asked.services.now(), asked.services.settings.zone)
    return [msgspec.structs.asdict(one) for one in found]


@operations.route("POST", "/customers/{customer_id}/plays/{play}/outcome", body=Outcome, status=204)
async def note_outcome(asked: Asked) -> None:
    """Say with one click what came of it: of a customer that one answers for, or whose the call was."""
    body, customer_id = asked.body, asked.number("customer_id", "customer")
    call = await visible_call(asked, body.call_id) if body.call_id is not None else None
    if call is None or call.customer_id != customer_id:
        # Said again on one day it is said anew, with who said it: nobody takes a colleague's sale.
        await may_change(asked, customer_id)
    async with asked.services.store.transaction() as session:
        await plays.note_outcome(
            session,
            asked.path("play"),
            customer_id,
            body.outcome,
            asked.services.now(),
            agent=asked.who.agent,
            linkedid=call.linkedid if call is not None else None,
            amount=body.amount,
            zone=asked.services.settings.zone,
        )


@operations.route("GET", "/plays", answer=list[PlayAnswer])
async def list_plays(asked: Asked) -> list[dict[str, Any]]:
    """Every play; for leads, managers, administrators and auditors."""
    _leading(asked)
    async with asked.services.store.session() as session:
        # First: what is read after it is never older than it says.
        versions = await versions_of(session, plays.SUBJECT, plays.ACTIONS)
        rows = await plays.plays(session)
    return [
        {
            "code": row.code,
            "prompt": row.prompt,
            "segment": msgspec.to_builtins(plays.segment_of(row)),
            "starts": row.starts,
            "ends": row.ends,
            "holdout": row.holdout,
            "active": row.active,
            "version": versions.get(row.code, 0),
        }
        for row in rows
    ]


@operations.route("PUT", "/plays/{play}", body=PlayBody, status=204, access=Access.MANAGER)
async def set_play(asked: Asked) -> None:
    """Make or change a play; refused when somebody else changed it since `version`. For managers."""
    code, body = asked.path("play"), asked.body
    segment: Segment = plays.segment_from(body.segment)
    async with asked.services.store.transaction() as session:
        if body.version is not None:
            await expect(session, plays.SUBJECT, code, body.version)
        await plays.set_play(
            session,
            code,
            body.prompt,
            segment,
            starts=body.starts,
            ends=body.ends,
            holdout=body.holdout,
            active=body.active,
            new=body.version is None,
            by=changer(asked, None),
            at=asked.services.now(),
        )


@operations.route("DELETE", "/plays/{play}", body=Version, status=204, access=Access.MANAGER)
async def remove_play(asked: Asked) -> None:
    """Take a play away that was never brought up with anybody; one that was is paused. For managers."""
    code = asked.path("play")
    async with asked.services.store.transaction() as session:
        await expect(session, plays.SUBJECT, code, asked.body.version)
        await plays.remove(session, code, by=changer(asked, None), at=asked.services.now())


@operations.route("GET", "/reports/plays", answer=list[PlayReportAnswer])
async def read_play_report(asked: Asked) -> list[dict[str, Any]]:
    """What came of every play; for leads, managers, administrators and auditors."""
    _leading(asked)
    async with asked.services.store.session() as session:
        found = await plays.report(session, _local_now(asked).date())
    return [msgspec.structs.asdict(one) for one in found]


def _leading(asked: Asked) -> None:
    """Whoever sees everybody's calls sees what came of plays.

    Raises:
        Forbidden: the person asking sees only their own.
    """
    if not asked.may_read_all:
        raise Forbidden("this needs the role lead or higher")


def _local_now(asked: Asked) -> datetime:
    return asked.services.now().astimezone(asked.services.settings.zone)
