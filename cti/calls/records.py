"""Records of calls: a `Call` into its rows and back, and the shape it is shown in.

Must not know the tracker or the switch. Works the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.calls.attempts import attempts
from cti.calls.model import ROUND, Call, CallState, Leg, LegReason, Transfer, in_plan
from cti.calls.reasons import is_mobile
from cti.calls.tables import CallRow, LegRow
from cti.store.base import storable
from routing.model import Target, TargetType

_CALL_TEXTS = {"caller_raw": 200, "caller_name": 200, "dialled": 60, "shown": 40, "plan_id": 40, "plan_source": 10}
_CALL_SAME: tuple[str, ...] = ("caller_e164", "direction", "customer_id", "caller_channel", "started", "answered")
_CALL_SAME += ("ended", "step", "steps_over", "answered_by", "bridged", "callback_asked", "dialled_e164", "made_by")
_LEG_SAME: tuple[str, ...] = ("kind", "agent", "endpoint", "seconds", "channel", "started", "ringing", "picked_up")
_LEG_SAME += ("connected", "answered", "ended", "refused", "cause")

_transfers = msgspec.json.Decoder(tuple[Transfer, ...])

AT_ONCE = 500


async def save(session: AsyncSession, call: Call) -> None:
    """Write the call and its legs as they are now, over whatever was recorded of it before. Commits nothing."""
    await save_many(session, [call])


async def save_many(session: AsyncSession, calls: Sequence[Call]) -> None:
    """As `save`, for calls that are all different; at most a few hundred at a time."""
    linkedids = [call.linkedid for call in calls]
    rows = {row.linkedid: row for row in await session.scalars(select(CallRow).where(CallRow.linkedid.in_(linkedids)))}
    legs: defaultdict[str, dict[int, LegRow]] = defaultdict(dict)
    if rows:
        for leg in await session.scalars(select(LegRow).where(LegRow.linkedid.in_(rows))):
            legs[leg.linkedid][leg.position] = leg
    for call in calls:
        row = rows.get(call.linkedid)
        if row is None:
            row = CallRow(linkedid=call.linkedid)
            session.add(row)
        _write_call(row, call)
    await session.flush()  # the legs' foreign key
    for call in calls:
        for surplus in _write_legs(session, call, legs[call.linkedid]):
            await session.delete(surplus)


async def set_customer(session: AsyncSession, linkedid: str, customer_id: int | None) -> bool:
    """Tie a recorded call to a customer, for a call that the tracker no longer holds. False: no such record."""
    statement = update(CallRow).where(CallRow.linkedid == linkedid).values(customer_id=customer_id)
    result = await session.execute(statement.returning(CallRow.linkedid))
    return result.scalar_one_or_none() is not None


async def recognise(session: AsyncSession, number: str, customer_id: int) -> list[str]:
    """Tie the recorded calls from a number (E.164) that have no customer to the one it has turned out to be: which."""
    unknown = update(CallRow).where(CallRow.caller_e164 == number, CallRow.customer_id.is_(None))
    return list(await session.scalars(unknown.values(customer_id=customer_id).returning(CallRow.linkedid)))


async def load(session: AsyncSession, linkedid: str) -> Call | None:
    """The recorded call, or None."""
    return (await load_many(session, [linkedid])).get(linkedid)


async def load_many(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, Call]:
    """Those of `linkedids` that are recorded. At most a few hundred at a time: each is a bound parameter."""
    wanted = [storable(linkedid) for linkedid in linkedids]  # they may come from outside
    rows = await session.scalars(select(CallRow).where(CallRow.linkedid.in_(wanted)))
    return {call.linkedid: call for call in await _with_legs(session, rows.all())}


async def recent(
    session: AsyncSession,
    *,
    limit: int,
    before: datetime | None = None,
    customer_id: int | None = None,
    number: str | None = None,
) -> list[Call]:
    """The latest calls first. `before`: only those that started earlier (aware). `number`: E.164, or as presented."""
    query = select(CallRow).order_by(CallRow.started.desc().nulls_last(), CallRow.linkedid.desc()).limit(limit)
    if before is not None:
        query = query.where(CallRow.started < before)
    if customer_id is not None:
        query = query.where(CallRow.customer_id == customer_id)
    if number is not None:
        others = CallRow.caller_e164 == number, CallRow.caller_raw == number, CallRow.dialled_e164 == number
        query = query.where(or_(*others))
    return await _with_legs(session, (await session.scalars(query)).all())


async def between(session: AsyncSession, since: datetime, until: datetime) -> list[Call]:
    """Every call that started from `since` up to, not including, `until` (aware), the earliest first."""
    query = select(CallRow).where(CallRow.started >= since, CallRow.started < until)
    rows = (await session.scalars(query.order_by(CallRow.started, CallRow.linkedid))).all()
    found: list[Call] = []
    for start in range(0, len(rows), AT_ONCE):  # each call's linkedid is a bound parameter
        found.extend(await _with_legs(session, rows[start : start + AT_ONCE]))
    return found


async def live(session: AsyncSession) -> list[Call]:
    """Calls of which no end is recorded, the oldest first."""
    query = select(CallRow).where(CallRow.state != CallState.ENDED.value).order_by(CallRow.started, CallRow.linkedid)
    return await _with_legs(session, (await session.scalars(query)).all())


def to_json(call: Call) -> dict[str, Any]:
    """What `call show --json` and the HTTP API give (DESIGN.md, section 1), and some more. Instants as text in UTC."""
    return {
        "linkedid": call.linkedid,
        "caller": call.caller_e164 or call.caller_raw,
        "caller_name": call.caller_name,
        "dialled": call.dialled,
        "dialled_e164": call.dialled_e164,
        "direction": call.direction,
        "made_by": call.made_by,
        "shown": call.shown,
        "customer_id": call.customer_id,
        "plan_source": call.plan_source,
        "state": call.state.value,
        "started": instant(call.started),
        "answered": instant(call.answered),
        "answered_by": call.answered_by,
        "callback_asked": instant(call.callback_asked),
        "ended": instant(call.ended),
        "transfers": len(call.transfers),
        "transferred": [_transfer_to_json(transfer) for transfer in call.transfers],
        "legs": [_leg_to_json(leg) for leg in attempts(call)],
    }


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and `Z`."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _transfer_to_json(transfer: Transfer) -> dict[str, Any]:
    return {
        "at": instant(transfer.at),
        "by": transfer.by,
        "to": transfer.to,
        "how": transfer.how,
        "back": instant(transfer.back),
    }


def _leg_to_json(leg: Leg) -> dict[str, Any]:
    return {
        "index": in_plan(leg.index),
        "round": leg.index // ROUND + 1,
        "kind": leg.kind,
        "agent": leg.agent,
        "endpoint": leg.endpoint,
        "started": instant(leg.started),
        "ringing": instant(leg.ringing),
        "answered": instant(leg.answered),
        "ended": instant(leg.ended),
        "reason": leg.reason.value if leg.reason else None,
    }


def _write_call(row: CallRow, call: Call) -> None:
    for name in _CALL_SAME:
        setattr(row, name, getattr(call, name))
    for name, longest in _CALL_TEXTS.items():
        setattr(row, name, _storable(getattr(call, name), longest))
    row.state = call.state.value
    row.transfers = msgspec.json.encode(call.transfers).decode()


def _write_legs(session: AsyncSession, call: Call, rows: dict[int, LegRow]) -> list[LegRow]:
    """Write each leg at its position; the rows at positions that the call no longer has are returned."""
    for position, leg in enumerate(call.legs):
        row = rows.get(position)
        if row is None:
            row = LegRow(linkedid=call.linkedid, position=position)
            session.add(row)
        row.step = leg.index
        row.reason = leg.reason.value if leg.reason else None
        for name in _LEG_SAME:
            setattr(row, name, getattr(leg, name))
    return [row for position, row in rows.items() if position >= len(call.legs)]


async def _with_legs(session: AsyncSession, rows: Sequence[CallRow]) -> list[Call]:
    legs: defaultdict[str, list[LegRow]] = defaultdict(list)
    if rows:
        query = select(LegRow).where(LegRow.linkedid.in_([row.linkedid for row in rows])).order_by(LegRow.position)
        for leg in await session.scalars(query):
            legs[leg.linkedid].append(leg)
    return [_call_of(row, legs[row.linkedid]) for row in rows]


def _call_of(row: CallRow, leg_rows: Iterable[LegRow]) -> Call:
    legs = tuple(_leg_of(leg) for leg in leg_rows)
    state = CallState(row.state)
    now = [leg for leg in legs if leg.index == row.step]
    ringing = state is CallState.RINGING and row.steps_over < row.step
    return Call(
        linkedid=row.linkedid,
        state=state,
        kind=now[0].kind if now else "",
        targets=tuple(dict.fromkeys(_target_of(leg) for leg in now if leg.channel)) if ringing else (),
        legs=legs,
        transfers=_transfers.decode(row.transfers),
        **{name: getattr(row, name) for name in (*_CALL_SAME, *_CALL_TEXTS)},
    )


def _leg_of(row: LegRow) -> Leg:
    reason = LegReason(row.reason) if row.reason else None
    return Leg(index=row.step, reason=reason, **{name: getattr(row, name) for name in _LEG_SAME})


def _target_of(leg: Leg) -> Target:
    """Which phone the step dialled; steps have no rows of their own."""
    resource = leg.endpoint.partition("/")[2].partition("@")[0]
    return Target(TargetType.MOBILE if is_mobile(leg) else TargetType.DESK, leg.agent or "", resource)


def _storable(text: str | None, longest: int) -> str | None:
    """As much as the column takes. PostgreSQL stores neither NUL nor halves of characters."""
    if text is None:
        return None
    return text.encode(errors="replace").decode().replace("\x00", "")[:longest]
