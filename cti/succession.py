"""Somebody leaves the firm: everything they held passes to a successor, in one transaction, or nothing does.

Customers, open matters, promises, deputy duties, rota, groups, direct numbers, queued notices, log-ins (M17). What the
leaver wrote stays signed by them. Joins the rooms that each move their own part; must not know screens or who may ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import leaving, people
from cti.agents.mentors import end_mentor
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.customers import assignments
from cti.pocket import channels
from cti.promises.ledger import Ledger, owed_by, redirect_notices
from cti.store.revisions import PROMISES, hold


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """What passes from `leaver` to `successor`: how many customers, matters and so on, and who stands in for whom.

    `deputies`: code -> deputy from now on. `promises` are their ids. `notices`: queued mails that now go to the
    successor. `mentors`: times of listening that end. `ways` to their own mobile, by which cards came, are forgotten.
    `version` is the routing's new version; None when nothing was done (`dry_run`).
    """

    leaver: str
    successor: str
    customers: int
    matters: int
    promises: tuple[int, ...]
    stands_in: int
    deputies: dict[str, str]
    leaves: int
    turns: int
    groups: tuple[str, ...]
    numbers: tuple[str, ...]
    notices: int
    logins: tuple[str, ...]
    sessions: int
    mentors: int = 0
    ways: int = 0
    version: int | None = None


async def foresee(
    session: AsyncSession, leaver: str, successor: str, deputies: Mapping[str, str], at: datetime
) -> Succession:
    """What would pass to `successor` at the aware instant `at`; changes nothing. `deputies`: code -> new deputy.

    Raises:
        NotFound, Refused: as `succeed`, but for what only shows when it is done.
    """
    duties = await leaving.duties_of(session, leaver, successor, deputies, at)
    held = await assignments.held_by(session, leaver)
    owed = await owed_by(session, leaver)
    ways = len(await channels.read(session, leaver))
    return _succession(leaver, successor, duties, held, owed, 0, ways)


async def succeed(
    session: AsyncSession,
    leaver: str,
    successor: str,
    *,
    by: str,
    at: datetime,
    ledger: Ledger,
    deputies: Mapping[str, str] | None = None,
    mail: Mapping[str, str] | None = None,
) -> Succession:
    """Pass everything on, at the aware instant `at`; the caller commits. `mail`: addresses of notices by agent.

    Raises:
        NotFound: leaver, successor or a deputy is no agent.
        Refused: somebody would be left without a deputy or an answer; the sentence says who and what to do.
    """
    chosen = deputies or {}
    addresses = mail or {}
    duties = await leaving.duties_of(session, leaver, successor, chosen, at)
    people.act_as(session, by, people.mobile_countries(session))
    held = await assignments.hand_over(session, leaver, successor, by=by, reason="leaver", at=at)
    await hold(session, PROMISES)  # what is promised from here on finds that they have left
    owed = await owed_by(session, leaver)
    for promise_id in owed:
        await ledger.pass_on(session, promise_id, leaver, successor, by, at)
    notices = await redirect_notices(session, addresses.get(leaver), addresses.get(successor) or addresses.get("*"))
    for mentor_id in duties.mentors:
        await end_mentor(session, mentor_id, by=by, at=at)
    ways = await channels.forget_all(session, leaver)
    version = await leaving.pass_on(session, duties, leaver, successor, chosen, at)
    done = _succession(leaver, successor, duties, held, owed, notices, ways)
    done = msgspec.structs.replace(done, version=version)
    after = msgspec.to_builtins(done)
    record(session, Entry(action="agent.left", actor=by, subject="agent", subject_id=leaver, after=after), at)
    return done


def _succession(
    leaver: str,
    successor: str,
    duties: leaving.Duties,
    held: assignments.Held,
    owed: tuple[int, ...],
    notices: int,
    ways: int,
) -> Succession:
    return Succession(
        leaver=leaver,
        successor=successor,
        customers=held.customers,
        matters=held.matters,
        promises=owed,
        stands_in=held.stands_in,
        deputies=dict(duties.deputy_of),
        leaves=len(duties.leaves),
        turns=len(duties.turns),
        groups=duties.groups,
        numbers=duties.numbers,
        notices=notices,
        logins=duties.logins,
        sessions=duties.sessions,
        mentors=len(duties.mentors),
        ways=ways,
    )
