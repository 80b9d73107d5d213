"""What an ended call means, who owes a promise, when it is kept, and who hears of it when it is late. Pure.

Must not know tables, clocks or the network: calls, people, hours and instants come in, values go out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from cti.agents.dialling import dialled_key
from cti.calls.model import INBOUND, INTERNAL, Call
from cti.calls.segments import is_under_way, last_transfer
from cti.calls.taken import is_taken
from cti.customers.numbers import NumberKind, normalise
from cti.promises.model import (
    BY_RULE,
    WITHHELD,
    Duty,
    Entry,
    Happening,
    Origin,
    Outcome,
    OwnerWhy,
    Promise,
    Reading,
    State,
)
from cti.promises.opening import Opening, due_at
from routing.model import Directory
from routing.route import service_of

LATE, WITH_DEPUTY, WITH_MANAGER = 1, 2, 3


def read(call: Call, kept_seconds: float) -> Reading | None:
    """What `call` means for promises; None while it goes on. `kept_seconds`: how long a talk must last to count.

    An outbound call bears the other party in `dialled`; it can keep a promise and never makes one. Colleagues who call
    each other owe each other nothing here.
    """
    at = call.ended
    if at is None:
        return None
    if call.direction == INTERNAL:
        return Reading(linkedid=call.linkedid, outcome=Outcome.NONE, caller=f"{WITHHELD}{call.linkedid}"[:250], at=at)
    inbound = call.direction == INBOUND
    number = call.caller_e164 if inbound else call.dialled_e164 or normalise(call.dialled).e164
    raw = call.caller_raw if inbound else call.dialled
    outcome, spoke_from = _outcome(call, at, kept_seconds, inbound)
    return Reading(
        linkedid=call.linkedid,
        outcome=outcome,
        caller=caller_key(number, raw, call.linkedid),
        at=spoke_from or at,
        number=number,
        raw=raw,
        dialled=call.dialled,
        customer_id=call.customer_id,
        outbound=not inbound,
        asked=outcome is Outcome.MISSED and call.callback_asked is not None,
    )


def caller_key(number: str | None, raw: str, linkedid: str) -> str:
    """Who is called back: the number, or what was presented when it cannot be read.

    Nobody knows whether two withheld calls are of one person, so each stands for itself: merging them could lose one.
    """
    if number is not None:
        return number
    presented = normalise(raw)
    if presented.kind is NumberKind.WITHHELD:
        return f"{WITHHELD}{linkedid}"[:250]
    return f"raw:{raw.strip()}"[:250]


def take(
    held: Promise | None, reading: Reading, talk: Reading | None, duty: Duty
) -> tuple[Promise | None, list[Entry]]:
    """The caller's promise after an ended call, and what happened to it.

    `held` is the caller's open promise. `talk` is the latest conversation known with that caller, should the calls be
    read in another order than they happened. `duty` is used for a new promise, or when they asked for
    a call. None and no entry: nothing owed.
    """
    if reading.outcome is Outcome.MISSED:
        promise, entries = _missed(held, reading, duty)
        news = held is None or reading.at > held.last_missed
        if news and talk is not None and talk.at >= promise.since:
            return _kept(promise, talk, entries)
        return promise, entries
    if held is None or reading.at < held.since:
        return held, []
    if reading.outcome is Outcome.SPOKE:
        return _kept(held, reading, [])
    what = Happening.BRIEF if reading.outcome is Outcome.BRIEF else Happening.TRIED
    tried = replace(held, called_back=held.called_back + 1) if reading.outbound else held
    return tried, [Entry(what, reading.at, linkedid=reading.linkedid)]


def owner_of(
    call: Call, directory: Directory, customer_owner: str | None, at: datetime, avoid: Collection[str] = ()
) -> tuple[str | None, OwnerWhy]:
    """Who owes the call-back, and by which rule: somebody who is here, as long as there is anybody at all.

    The customer's owner, else whom the call was being transferred to, else the direct number's agent, else the deputy
    of any of them, else the first of the group that was rung, of the dialled number's or of the company's; else anyone.
    `avoid`: whom the caller has an open complaint about; they owe it only when there is no other agent at all.
    """

    def is_free(code: str | None) -> bool:
        return code not in avoid and is_here(directory, code, at)

    number = directory.numbers.get(dialled_key(call.dialled))
    service = service_of(number, directory)
    group = (number.group if number else None) or (service.group if service else None)
    direct = number.agent if number else None
    transfer = last_transfer(call)
    wanted = transfer.to if transfer is not None and transfer.to in directory.agents else None
    named = ((customer_owner, OwnerWhy.OWNER), (wanted, OwnerWhy.TRANSFER), (direct, OwnerWhy.DIRECT))
    for code, why in named:
        if is_free(code):
            return code, why
    for code, _ in named:
        deputy = deputy_of(directory, code, at, avoid)
        if deputy is not None:
            return deputy, OwnerWhy.DEPUTY
    for code, why in _members(call, directory, group):
        if is_free(code):
            return code, why
    active = [code for code, agent in directory.agents.items() if agent.active]
    anyone = next((code for code in active if is_free(code)), None)
    anyone = anyone or next((code for code in active if code not in avoid), None)
    anyone = anyone or next((code for code in active if is_here(directory, code, at)), active[0] if active else None)
    return (anyone, OwnerWhy.ANYONE) if anyone is not None else (None, OwnerWhy.NOBODY)


def opening_of(directory: Directory, dialled: str, default: Opening) -> Opening:
    """The hours in which a call to `dialled` is called back: its service's, else the company's, else `default`."""
    own = service_of(directory.numbers.get(dialled_key(dialled)), directory)
    for service in (own, directory.services.get(directory.company_service)):
        if service is not None and service.opening is not None:
            return service.opening
    return default


def is_here(directory: Directory, code: str | None, at: datetime) -> bool:
    """Whether this agent works here and is not on leave at `at`."""
    agent = directory.agents.get(code) if code is not None else None
    return agent is not None and agent.active and not any(leave.starts <= at < leave.ends for leave in agent.leaves)


def deputy_of(directory: Directory, code: str | None, at: datetime, avoid: Collection[str] = ()) -> str | None:
    """The first in the chain of deputies who is here and not one of `avoid`; None when there is none."""
    seen = {code}
    while code is not None:
        agent = directory.agents.get(code)
        if agent is None:
            return None
        leave = next((one for one in agent.leaves if one.starts <= at < one.ends), None)
        code = (leave.deputy if leave and leave.deputy else None) or agent.deputy
        if code in seen:
            return None
        if code not in avoid and is_here(directory, code, at):
            return code
        seen.add(code)
    return None


def turns(promise: Promise, opening: Opening, deputy_minutes: int, manager_minutes: int) -> tuple[datetime, ...]:
    """When an open promise becomes late, goes to the deputy, and to the manager; in open hours, aware UTC."""
    deputy = due_at(promise.due, opening, deputy_minutes)
    return promise.due, deputy, max(deputy, due_at(promise.due, opening, manager_minutes))


def escalate(promise: Promise, level: int, directory: Directory, at: datetime) -> tuple[Promise, list[Entry]]:
    """The promise at a higher level of lateness, each level that was passed told once. The owner stays the owner."""
    entries: list[Entry] = []
    for reached in range(promise.level + 1, level + 1):
        if reached == LATE:
            entries.append(Entry(Happening.LATE, at, text=promise.owner or ""))
            continue
        deputy = deputy_of(directory, promise.owner, at) if reached == WITH_DEPUTY else None
        if deputy is not None:
            promise = replace(promise, escalated_to=deputy)
        if deputy is not None or reached == WITH_MANAGER:
            entries.append(Entry(Happening.ESCALATED, at, text=deputy or "manager"))
    return replace(promise, level=max(level, promise.level)), entries


def _missed(held: Promise | None, reading: Reading, duty: Duty) -> tuple[Promise, list[Entry]]:
    if held is not None:
        merged = replace(
            held,
            attempts=held.attempts + 1,
            first_missed=min(held.first_missed, reading.at),
            last_missed=max(held.last_missed, reading.at),
            since=max(held.since, reading.at),
            customer_id=held.customer_id or reading.customer_id,
        )
        if reading.asked:
            # Who asks is served sooner than who was only missed, and never later than was promised before.
            merged = replace(merged, origin=Origin.ASKED, due=min(held.due, duty.due))
        return merged, [Entry(Happening.MISSED_AGAIN, reading.at, linkedid=reading.linkedid), *_asked(reading)]
    made = Promise(
        caller=reading.caller,
        number=reading.number,
        raw=reading.raw,
        customer_id=reading.customer_id or duty.customer_id,
        dialled=reading.dialled,
        owner=duty.owner,
        why=duty.why,
        state=State.OPEN,
        due=duty.due,
        first_missed=reading.at,
        last_missed=reading.at,
        since=reading.at,
        origin=Origin.ASKED if reading.asked else Origin.MISSED,
    )
    opened = Entry(Happening.OPENED, reading.at, text=duty.owner or "", linkedid=reading.linkedid)
    return made, [opened, *_asked(reading)]


def _asked(reading: Reading) -> list[Entry]:
    return [Entry(Happening.CALLBACK_ASKED, reading.at, linkedid=reading.linkedid)] if reading.asked else []


def _kept(promise: Promise, talk: Reading, entries: list[Entry]) -> tuple[Promise, list[Entry]]:
    kept = replace(promise, state=State.KEPT, ended=talk.at, ended_by=BY_RULE, kept_linkedid=talk.linkedid)
    return kept, [*entries, Entry(Happening.KEPT, talk.at, linkedid=talk.linkedid)]


def _outcome(call: Call, ended: datetime, kept_seconds: float, inbound: bool) -> tuple[Outcome, datetime | None]:
    if inbound and is_under_way(call):
        # Handed on, and gone before anybody took the call: whatever was said before, this wish was not heard.
        return Outcome.MISSED, None
    taken = is_taken(call)
    if inbound and not taken:
        return Outcome.MISSED, None
    talks = [(leg.connected, leg.ended or ended) for leg in call.legs if leg.connected is not None]
    if talks:
        spoke = sum(((until - start) for start, until in talks), timedelta(0))
        enough = spoke >= timedelta(seconds=kept_seconds)
        return (Outcome.SPOKE if enough else Outcome.BRIEF), min(start for start, _ in talks)
    if call.bridged is not None:
        # Somebody whom we did not ring spoke with the caller: a member of the site's own queue.
        enough = ended - call.bridged >= timedelta(seconds=kept_seconds)
        return (Outcome.SPOKE if enough else Outcome.BRIEF), call.bridged
    return (Outcome.BRIEF, call.answered) if taken else (Outcome.NONE, None)


def _members(call: Call, directory: Directory, group: str | None) -> Iterator[tuple[str | None, OwnerWhy]]:
    yield from ((leg.agent, OwnerWhy.GROUP) for leg in call.legs if leg.kind == "group")
    for code, why in ((group, OwnerWhy.GROUP), (directory.company_group, OwnerWhy.COMPANY)):
        found = directory.groups.get(code) if code is not None else None
        yield from ((member, why) for member in (found.members if found else ()))
