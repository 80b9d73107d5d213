"""What an agent who leaves the firm holds of its routing, and how it passes to a successor.

Deputy duties, turns of the rota, places in groups, direct numbers, log-ins. Functions take the caller's session and
commit nothing. Must not know customers or promises: `cti.succession` joins the rooms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents import states
from cti.agents.changes import Change, record, refuse_new
from cti.agents.directory import build_directory
from cti.agents.logins import administrators, keep_an_administrator
from cti.agents.people import get_agent
from cti.agents.tables import (
    AgentRow,
    DutyRow,
    GroupMemberRow,
    LeaveRow,
    LoginRow,
    MentorRow,
    NumberRow,
    SessionRow,
)
from cti.errors import Refused
from routing.check import problems


@dataclass(frozen=True, slots=True)
class Duties:
    """What somebody holds of the routing. `deputy_of`: code of who is stood in for -> who will from now on.

    `mentors`: times in which they are a mentor or have one; those end, and pass to nobody: who listens was chosen.
    """

    deputy_of: Mapping[str, str]
    leaves: tuple[int, ...]
    turns: tuple[int, ...]
    groups: tuple[str, ...]
    numbers: tuple[str, ...]
    logins: tuple[str, ...]
    sessions: int
    mentors: tuple[int, ...] = ()


async def duties_of(
    session: AsyncSession, leaver: str, successor: str, deputies: Mapping[str, str], at: datetime
) -> Duties:
    """What `leaver` holds, and who will be whose deputy afterwards; `deputies` overrides the successor by code.

    Raises:
        NotFound: leaver, successor or a deputy is no agent.
        Refused: they are the same, the successor takes no calls, or somebody would be left without a deputy.
    """
    leaving, following = await get_agent(session, leaver), await get_agent(session, successor)
    if leaving.code == following.code:
        raise Refused(f"{leaver} cannot succeed themselves; name another agent with --to")
    if not following.active:
        raise Refused(f"agent {successor} has left, too; name one who takes calls")
    stood_for = select(AgentRow.code).where(AgentRow.deputy == leaver, AgentRow.active, AgentRow.code != leaver)
    deputy_of = {}
    for code in await session.scalars(stood_for.order_by(AgentRow.code)):
        deputy_of[code] = await _deputy(session, code, deputies.get(code, following.code), leaver)
    leaves = select(LeaveRow).where(LeaveRow.deputy == leaver, LeaveRow.ends > at).order_by(LeaveRow.id)
    covered = [row for row in await session.scalars(leaves) if row.agent_code != leaver]
    for row in covered:
        await _deputy(session, row.agent_code, deputies.get(row.agent_code, following.code), leaver)
    logins = list(await session.scalars(select(LoginRow.login).where(LoginRow.agent_code == leaver, LoginRow.active)))
    open_sessions = await session.scalars(select(SessionRow.token_sha256).where(SessionRow.login.in_(logins)))
    turns = select(DutyRow.id).where(DutyRow.agent_code == leaver, DutyRow.ends > at).order_by(DutyRow.id)
    member_of = select(GroupMemberRow.group_code).where(GroupMemberRow.agent_code == leaver)
    numbers = select(NumberRow.e164).where(NumberRow.agent_code == leaver)
    of_them = or_(MentorRow.agent_code == leaver, MentorRow.mentor_code == leaver)
    mentored = select(MentorRow.id).where(of_them, MentorRow.until > at).order_by(MentorRow.id)
    return Duties(
        deputy_of=deputy_of,
        leaves=tuple(row.id for row in covered),
        turns=tuple(await session.scalars(turns)),
        groups=tuple(await session.scalars(member_of.order_by(GroupMemberRow.group_code))),
        numbers=tuple(await session.scalars(numbers.order_by(NumberRow.e164))),
        logins=tuple(logins),
        sessions=len(open_sessions.all()),
        mentors=tuple(await session.scalars(mentored)),
    )


async def pass_on(
    session: AsyncSession, duties: Duties, leaver: str, successor: str, deputies: Mapping[str, str], at: datetime
) -> int:
    """Pass everything in `duties` on, close the leaver's log-ins, end their sessions; the new version of the routing.

    Their chain points at the successor from now on: whoever still names the leaver reaches the successor.

    Raises:
        Refused: callers would be left without an answer who are not now, or nobody could administer any more.
    """
    administer = await administrators(session)
    faults = problems((await build_directory(session))[1])
    changes: list[Change] = []
    touched = [("agent", code) for code in (leaver, *duties.deputy_of)]
    touched += [("leave", str(number)) for number in duties.leaves]
    touched += [("duty", str(number)) for number in duties.turns]
    touched += [("group", code) for code in duties.groups]
    touched += [("number", e164) for e164 in duties.numbers]
    before = {one: await states.read(session, *one) for one in touched}
    leaving = await get_agent(session, leaver)
    leaving.active, leaving.deputy, leaving.presence = False, successor, "away"
    for code, deputy in duties.deputy_of.items():
        (await get_agent(session, code)).deputy = deputy
    for number in duties.leaves:
        leave = await session.get_one(LeaveRow, number)
        leave.deputy = deputies.get(leave.agent_code, successor)
    for number in duties.turns:
        changes.extend(await _pass_turn(session, number, successor, at))
    for group in duties.groups:
        await _replace_member(session, group, leaver, successor)
    for e164 in duties.numbers:
        (await session.get_one(NumberRow, e164)).agent_code = successor
    for login in duties.logins:
        (await session.get_one(LoginRow, login)).active = False
    await session.execute(delete(SessionRow).where(SessionRow.login.in_(duties.logins)))
    await session.flush()
    await keep_an_administrator(session, administer)
    await refuse_new(session, faults)
    for subject, key in touched:
        changes.append((subject, key, before[subject, key], await states.read(session, subject, key)))
    return await record(session, changes, note=f"{leaver} leaves, {successor} succeeds")


async def _deputy(session: AsyncSession, code: str, deputy: str, leaver: str) -> str:
    """Who stands in for `code` from now on.

    Raises:
        Refused: that would be themselves or the leaver, or somebody who takes no calls.
    """
    if deputy in (code, leaver):
        raise Refused(f"{code} would be left without a deputy; name one with --deputy {code}=CODE")
    if not (await get_agent(session, deputy)).active:
        raise Refused(f"agent {deputy} has left and can be nobody's deputy; name another with --deputy {code}=CODE")
    return deputy


async def _pass_turn(session: AsyncSession, number: int, successor: str, at: datetime) -> list[Change]:
    """A turn to come is the successor's; one that runs ends now, and the successor's begins."""
    turn = await session.get_one(DutyRow, number)
    if turn.starts >= at:
        turn.agent_code = successor
        return []
    rest = DutyRow(group_code=turn.group_code, agent_code=successor, starts=at, ends=turn.ends)
    turn.ends = at
    session.add(rest)
    await session.flush()
    return [("duty", str(rest.id), None, await states.state_of(session, "duty", rest))]


async def _replace_member(session: AsyncSession, group: str, leaver: str, successor: str) -> None:
    """The successor takes the leaver's place in a group, unless they have one there already."""
    row = GroupMemberRow
    places = {one.agent_code: one for one in await session.scalars(select(row).where(row.group_code == group))}
    if successor in places:
        await session.delete(places[leaver])
    else:
        places[leaver].agent_code = successor
    await session.flush()
