"""Plays: what to say to whom, and what came of it (IDMR: interact, differentiate, measure, respond).

Functions take the caller's session and commit nothing. Must not know screens.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers.finding import get
from cti.customers.index import TAIPEI
from cti.customers.number_change import Changer
from cti.customers.worth.rules import OUTCOMES, Segment, Worth, fits, is_held_out
from cti.customers.worth.tables import PlayOutcomeRow, PlayRow, WorthRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable
from cti.store.revisions import hold

MOST_PROMPTS = 3
"""On one card: who has a caller on the line says one thing, not ten."""

REST = timedelta(days=30)
"""Who accepted or declined is not asked the same again within a month; who said later, is."""

LONGEST_PROMPT = 300
SUBJECT = "play"
"""What the audit calls one, and what is held while one is changed."""

ACTIONS = ("play.kept", "play.removed")

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")


class Prompt(msgspec.Struct, frozen=True):
    """What to bring up with this customer, and by which play."""

    play: str
    text: str


class PlayReport(msgspec.Struct, frozen=True):
    """What a play did. `fits` are those it is for now, `held_out` those of them it is kept from, `asked` different
    customers with an outcome; `amount` what the accepted ones were worth, in whole New Taiwan dollars.

    """

    code: str
    fits: int
    held_out: int
    asked: int
    accepted: int
    declined: int
    later: int
    amount: int


async def set_play(
    session: AsyncSession,
    code: str,
    prompt: str,
    segment: Segment,
    *,
    starts: date | None = None,
    ends: date | None = None,
    holdout: int = 0,
    active: bool = True,
    new: bool = False,
    by: Changer,
    at: datetime | None = None,
) -> PlayRow:
    """Make or change a play; what changed stands in the audit.

    Raises:
        Invalid: code, prompt, dates or share. Refused: it is to be `new`, and there is one.
    """
    if not _CODE.match(code):
        raise Invalid("code: 1 to 40 small letters, digits or '-'")
    words = storable(prompt).strip()
    if not 1 <= len(words) <= LONGEST_PROMPT:
        raise Invalid(f"prompt: write 1 to {LONGEST_PROMPT} characters")
    if starts and ends and ends < starts:
        raise Invalid("ends: must not be before starts")
    if not 0 <= holdout <= 90:
        raise Invalid("holdout: give 0 to 90 per cent")
    await hold(session, SUBJECT)
    row = await session.get(PlayRow, code)
    if new and row is not None:
        raise Refused(f"code: play {code} exists already; change it instead")
    before = _told(row) if row is not None else None
    if row is None:
        row = PlayRow(code=code)
        session.add(row)
    row.prompt, row.segment = words, msgspec.json.encode(segment).decode()
    row.starts, row.ends, row.holdout, row.active = starts, ends, holdout, active
    await session.flush()
    if before != _told(row):
        record(session, _entry("play.kept", code, by, before, _told(row)), at)
    return row


async def remove(session: AsyncSession, code: str, *, by: Changer, at: datetime | None = None) -> None:
    """Take a play away that nobody was ever asked for; it stands in the audit.

    Raises:
        NotFound: there is no such play. Refused: something came of it, and the report goes on counting that.
    """
    await hold(session, SUBJECT)
    row = await of_code(session, code)
    # An outcome that is being noted holds the play until it is kept; it must be seen, not hang in the air.
    await session.refresh(row, with_for_update=True)
    if await session.scalar(select(PlayOutcomeRow.id).where(PlayOutcomeRow.play == row.code).limit(1)) is not None:
        raise Refused(f"play {row.code} was brought up already, and what came of it is counted; pause it instead")
    before = _told(row)
    await session.execute(delete(PlayRow).where(PlayRow.code == row.code))
    record(session, _entry("play.removed", row.code, by, before, None), at)


async def of_code(session: AsyncSession, code: str) -> PlayRow:
    """The play of this code.

    Raises:
        NotFound: there is none.
    """
    row = await session.get(PlayRow, storable(code))
    if row is None:
        raise NotFound(f"there is no play {code[:40]}")
    return row


def _told(row: PlayRow) -> dict[str, Any]:
    return {
        "prompt": row.prompt,
        "segment": json.loads(row.segment),
        "starts": row.starts.isoformat() if row.starts else None,
        "ends": row.ends.isoformat() if row.ends else None,
        "holdout": row.holdout,
        "active": row.active,
    }


def _entry(action: str, code: str, by: Changer, before: Any, after: Any) -> Entry:
    return Entry(
        action=action,
        actor=by.actor,
        agent=by.agent,
        department=by.department,
        subject=SUBJECT,
        subject_id=code,
        before=before,
        after=after,
    )


async def plays(session: AsyncSession) -> list[PlayRow]:
    """Every play, in the order of codes."""
    return list(await session.scalars(select(PlayRow).order_by(PlayRow.code)))


async def prompts_for(session: AsyncSession, worth: Worth | None, now: datetime, zone: tzinfo = TAIPEI) -> list[Prompt]:
    """What to bring up with a customer at the aware instant `now`; nothing for who is held out or was asked within
    `REST`. Plays begin and end with the days of `zone`, the firm's.
    """
    if worth is None:
        return []
    today = now.astimezone(zone).date()
    open_now = [one for one in await plays(session) if _runs(one, today)]
    fitting = [one for one in open_now if fits(segment_of(one), worth, today)]
    wanted = [one for one in fitting if not is_held_out(one.code, worth.customer_id, one.holdout)]
    if not wanted:
        return []
    row = PlayOutcomeRow
    asked = select(row.play).where(
        row.customer_id == worth.customer_id, row.at > now - REST, row.outcome.in_(("accepted", "declined"))
    )
    done = set(await session.scalars(asked))
    return [Prompt(one.code, one.prompt) for one in wanted if one.code not in done][:MOST_PROMPTS]


async def note_outcome(
    session: AsyncSession,
    play: str,
    customer_id: int,
    outcome: str,
    at: datetime,
    *,
    agent: str | None = None,
    linkedid: str | None = None,
    amount: int = 0,
    zone: tzinfo = TAIPEI,
) -> None:
    """What came of a play with a customer; said again on the same day of `zone`, the firm's, it is corrected.

    Raises:
        NotFound: no such play or customer. Invalid: an unknown outcome, or a negative amount.
    """
    if outcome not in OUTCOMES:
        raise Invalid(f"outcome: one of {', '.join(OUTCOMES)}")
    if not 0 <= amount < 2**31:
        raise Invalid("amount: whole dollars, not negative")
    await of_code(session, play)
    customer_id = (await get(session, customer_id)).id
    row = PlayOutcomeRow
    today = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    same = select(row).where(row.play == play, row.customer_id == customer_id, row.at >= today)
    kept = (await session.scalars(same.order_by(row.id.desc()).limit(1))).first()
    if kept is None:
        kept = row(play=play, customer_id=customer_id)
        session.add(kept)
    kept.outcome, kept.at, kept.agent, kept.linkedid, kept.amount = outcome, at, agent, linkedid, amount
    await session.flush()


async def report(session: AsyncSession, today: date) -> list[PlayReport]:
    """What every play did, in the order of codes."""
    rows = await plays(session)
    fitting: defaultdict[str, list[int]] = defaultdict(list)
    if rows:
        stream = await session.stream_scalars(select(WorthRow).execution_options(yield_per=2000))
        async for figures in stream:
            worth = worth_of(figures)
            for one in rows:
                if fits(segment_of(one), worth, today):
                    fitting[one.code].append(worth.customer_id)
    counted = await _outcomes(session)
    return [_report(one, fitting[one.code], counted[one.code]) for one in rows]


def worth_of(row: WorthRow) -> Worth:
    """The figures as a value."""
    return Worth(**{name: getattr(row, name) for name in Worth.__struct_fields__})


def segment_of(row: PlayRow) -> Segment:
    """Whom a play is for."""
    return msgspec.json.decode(row.segment, type=Segment)


def read_segment(text: str) -> Segment:
    """A segment from JSON, as it is written on the command line or sent to the API.

    Raises:
        Invalid: it is none; the sentence says which fields there are.
    """
    try:
        return segment_from(json.loads(text))
    except ValueError as error:
        raise Invalid("segment: this is not JSON") from error


def segment_from(value: Any) -> Segment:
    """A segment from plain values.

    Raises:
        Invalid: a field that there is not, or a value that cannot stand in one.
    """
    try:
        return msgspec.convert(value, Segment)
    except msgspec.ValidationError as error:
        fields = ", ".join(Segment.__struct_fields__)
        raise Invalid(f"segment: {error}; write JSON with any of {fields}") from error


def _runs(row: PlayRow, today: date) -> bool:
    return row.active and (row.starts is None or row.starts <= today) and (row.ends is None or today <= row.ends)


async def _outcomes(session: AsyncSession) -> defaultdict[str, dict[str, Any]]:
    row = PlayOutcomeRow
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    statement = select(row.play, row.outcome, func.count(), func.sum(row.amount)).group_by(row.play, row.outcome)
    for play, outcome, count, amount in await session.execute(statement):
        found[play][outcome] = (count, int(amount or 0))
    asked = select(row.play, func.count(row.customer_id.distinct())).group_by(row.play)
    for play, count in await session.execute(asked):
        found[play]["asked"] = count
    return found


def _report(row: PlayRow, fitting: Iterable[int], counted: dict[str, Any]) -> PlayReport:
    ids = list(fitting)
    times = {outcome: counted.get(outcome, (0, 0)) for outcome in OUTCOMES}
    return PlayReport(
        code=row.code,
        fits=len(ids),
        held_out=sum(is_held_out(row.code, one, row.holdout) for one in ids),
        asked=counted.get("asked", 0),
        accepted=times["accepted"][0],
        declined=times["declined"][0],
        later=times["later"][0],
        amount=times["accepted"][1],
    )
