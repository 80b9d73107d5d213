"""Every change of routing: who changed what and when, checked before it takes effect, counted up in one transaction.

    async with changing(session, "agent", code):
        row.deputy = "103"

Reads the thing before and after, refuses what would leave callers without an answer, writes one line of the log and
counts the `directory` revision up. Must not know what any thing means.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import states
from cti.agents.directory import build_directory
from cti.agents.tables import RoutingChangeRow
from cti.errors import Refused
from cti.store.revisions import DIRECTORY, bump
from routing.check import Fault, Problem, problems

_ACTOR, _COUNTRIES = "routing_actor", "routing_mobile_countries"

Change = tuple[str, str, states.State | None, states.State | None]
"""Subject, key, before, after."""


def act_as(session: AsyncSession, by: str, mobile_countries: Iterable[str] = ()) -> None:
    """Say who makes the changes of this session (a log-in, `cli:root`), and to which other countries a mobile may
    belong (calling codes: `852`)."""
    session.info[_ACTOR] = by[:100]
    session.info[_COUNTRIES] = frozenset(mobile_countries)


def acting(session: AsyncSession) -> str:
    """Who makes the changes of this session; empty when nobody said."""
    by: str = session.info.get(_ACTOR, "")
    return by


def mobile_countries(session: AsyncSession) -> frozenset[str]:
    """Calling codes of other countries whose mobiles may be rung; none unless `act_as` said so."""
    found: frozenset[str] = session.info.get(_COUNTRIES, frozenset())
    return found


@asynccontextmanager
async def changing(session: AsyncSession, subject: str, key: str, *, check: bool = True) -> AsyncIterator[None]:
    """Around a change of one thing. `check` may be left out for what can make no chain worse.

    Raises:
        Refused: callers would be left without an answer who are not now; the sentence says whom and why.
    """
    before = await states.read(session, subject, key)
    faults = problems((await build_directory(session))[1]) if check else frozenset()
    yield
    await session.flush()
    after = await states.read(session, subject, key)
    if check and before != after:
        await refuse_new(session, faults)
    await record(session, [(subject, key, before, after)])


async def refuse_new(session: AsyncSession, faults: frozenset[Problem]) -> None:
    """Refuse what is wrong now and was not before.

    Raises:
        Refused: something is.
    """
    for problem in sorted(problems((await build_directory(session))[1]) - faults):
        raise Refused(sentence(problem))


async def record(session: AsyncSession, changes: Iterable[Change], note: str = "") -> int:
    """Count the directory up and write down what differs; the version that these changes share."""
    version = await bump(session, DIRECTORY)
    at, by = datetime.now(UTC), acting(session)
    for subject, key, before, after in changes:
        if before == after:
            continue
        row = RoutingChangeRow(version=version, at=at, by=by, subject=subject, key=key, note=note)
        row.before, row.after = written(before), written(after)
        session.add(row)
    await session.flush()
    return version


def written(state: states.State | None) -> str:
    """A state as it is kept: JSON, or empty for none."""
    return "" if state is None else json.dumps(state, ensure_ascii=False, sort_keys=True)


def sentence(problem: Problem) -> str:
    """Why a configuration is refused, and what to do."""
    match problem.fault:
        case Fault.NUMBER_RINGS_NOBODY:
            return (
                f"number {problem.subject} would ring nobody: give its agent a phone or a deputy, or its group members"
            )
        case Fault.GROUP_RINGS_NOBODY:
            return f"group {problem.subject} would ring nobody: none of its members has a phone"
        case Fault.UNKNOWN_AGENT:
            return f"{problem.subject} names agent {problem.detail}, whom there is not"
        case Fault.LEAVE_LOOP:
            return f"deputies go round in a ring while all of them are away: {problem.detail}; name another deputy"
